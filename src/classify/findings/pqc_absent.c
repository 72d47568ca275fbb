/* SPDX-License-Identifier: ISC */
/* pqc-absent: what is recorded today may be read later. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	if (view->tls->post_quantum != ANSWER_NO)
		return false;
	evidence_say(finding, "every group with ML-KEM was refused");
	return true;
}

const struct finding_rule FINDING_PQC_ABSENT = {
	.id = "pqc-absent",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_INFO,
	.title = "No post-quantum key exchange",
	.rules = "T-30, T-33",
	.reference = "RFC 8446 4.2.7, draft-ietf-tls-ecdhe-mlkem",
	.condition = "Groups with ML-KEM were offered and none was accepted.",
	.explanation = "Traffic recorded today can be read by a large quantum computer, should there be one. X25519MLKEM768 prevents that; "
		       "OpenSSL 3.5 and later offer it without any setting.",
	.exploit = "Someone who records traffic now and waits.",
	.user_sentence = "Nothing to do for you.",
	.lab = "tls13-only-own:143",
	.holds_for_service = holds,
};
