/* SPDX-License-Identifier: ISC */
/* tls-compression: CRIME. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	if (view->tls->compression != ANSWER_YES)
		return false;
	evidence_say(finding, "the server chose DEFLATE");
	return true;
}

const struct finding_rule FINDING_TLS_COMPRESSION = {
	.id = "tls-compression",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_LOW,
	.title = "TLS compression is on",
	.rules = "T-19",
	.reference = "RFC 9325 3.3, RFC 3749",
	.condition = "Offered compression, the server chose it.",
	.explanation =
		"The size of compressed and then encrypted text tells about its content (CRIME, CVE-2012-4929). Switch compression off.",
	.exploit = "Someone who can read the traffic and make the client send chosen text.",
	.user_sentence = "Nothing to do for you.",
	.lab = "compression:143",
	.holds_for_service = holds,
};
