/* SPDX-License-Identifier: ISC */
/* no-ems: the keys are not tied to the whole handshake. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	if (view->tls->extended_master_secret != ANSWER_NO)
		return false;
	evidence_say(finding, "the server answered no extended_master_secret");
	return true;
}

const struct finding_rule FINDING_NO_EMS = {
	.id = "no-ems",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_INFO,
	.title = "No extended master secret",
	.rules = "T-19",
	.reference = "RFC 7627 5",
	.condition = "Offered extended_master_secret, the server did not answer it (TLS 1.2 and older).",
	.explanation = "The extension ties the keys to the whole handshake; without it some attacks with resumed sessions and client "
		       "certificates are possible. Current TLS libraries have it. Update.",
	.exploit = "Someone who can change the traffic, against client certificates above all.",
	.user_sentence = "Nothing to do for you.",
	.lab = "no-ems:143",
	.holds_for_service = holds,
};
