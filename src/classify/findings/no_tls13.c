/* SPDX-License-Identifier: ISC */
/* no-tls13: the newest version is not there. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	if (view->tls->versions[TLS_INDEX_TLS_1_3] != ANSWER_NO || tls_facts_highest_version(view->tls) == 0)
		return false;
	evidence_of_versions(view, finding);
	return true;
}

const struct finding_rule FINDING_NO_TLS13 = {
	.id = "no-tls13",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_INFO,
	.title = "No TLS 1.3",
	.rules = "T-11, T-12",
	.reference = "RFC 8446, RFC 9325 3.1.1",
	.condition = "A hello for TLS 1.3 was refused, while another one was answered.",
	.explanation = "TLS 1.3 is faster, encrypts more of the handshake, and leaves out everything that went wrong before. TLS 1.2 is "
		       "still good. Update the mail server or its TLS library.",
	.exploit = "",
	.user_sentence = "Nothing to do for you.",
	.lab = "cyrus-old-tls:143",
	.holds_for_service = holds,
};
