/* SPDX-License-Identifier: ISC */
/* no-secure-renegotiation: CVE-2009-3555. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	if (view->tls->secure_renegotiation != ANSWER_NO)
		return false;
	evidence_say(finding, "the server answered no renegotiation_info");
	return true;
}

const struct finding_rule FINDING_NO_SECURE_RENEGOTIATION = {
	.id = "no-secure-renegotiation",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_LOW,
	.title = "No secure renegotiation",
	.rules = "T-19",
	.reference = "RFC 5746 3.6, RFC 9325 3.5",
	.condition = "Offered the renegotiation_info extension, the server did not answer it (TLS 1.2 and older).",
	.explanation = "Without this extension of 2010 an attacker may be able to put own bytes in front of those of a client "
		       "(CVE-2009-3555). The TLS library is very old or the extension is switched off. Update it.",
	.exploit = "Someone who can change the traffic while the connection is made.",
	.user_sentence = "Nothing to do for you.",
	.lab = "no-renegotiation-info:143",
	.holds_for_service = holds,
};
