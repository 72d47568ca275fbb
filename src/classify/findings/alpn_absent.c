/* SPDX-License-Identifier: ISC */
/* alpn-absent: ALPACA. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	if (view->tls->alpn != ANSWER_NO)
		return false;
	evidence_say(finding, "the name of the protocol was offered and not chosen");
	return true;
}

const struct finding_rule FINDING_ALPN_ABSENT = {
	.id = "alpn-absent",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_INFO,
	.title = "No answer to ALPN",
	.rules = "T-7",
	.reference = "RFC 7301 3.2, RFC 9325 3.8",
	.condition = "Offered its own protocol by ALPN, the server did not choose it.",
	.explanation = "With ALPN client and server agree on the protocol, so that an attacker cannot lead a connection meant for another "
		       "server of the same certificate here (ALPACA). Few mail servers do it yet.",
	.exploit = "Someone who can lead connections elsewhere, against browsers mostly.",
	.user_sentence = "Nothing to do for you.",
	.lab = "courier-tls-required:143",
	.holds_for_service = holds,
};
