/* SPDX-License-Identifier: ISC */
/* cipher-no-pfs: what is recorded today can be read when the key leaks. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"
#include "model/suite_trait.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	uint16_t suite = suite_chosen_with(view, SUITE_STATIC_KEY_EXCHANGE);

	if ((view->tls->traits_accepted & SUITE_STATIC_KEY_EXCHANGE) == 0 || (view->tls->traits_accepted & SUITE_FORWARD_SECRECY) != 0 ||
	    (view->tls->traits_refused & SUITE_FORWARD_SECRECY) == 0)
		return false;
	evidence_say(finding, "suites with ECDHE or DHE are refused, and %s is accepted",
	             suite_name(suite) != NULL ? suite_name(suite) : "one with a static key");
	if (view->tls->versions[TLS_INDEX_TLS_1_3] == ANSWER_YES)
		evidence_say(finding, "; TLS 1.3, which always has it, is accepted too");
	return true;
}

const struct finding_rule FINDING_CIPHER_NO_PFS = {
	.id = "cipher-no-pfs",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_LOW,
	.title = "No forward secrecy",
	.rules = "T-1",
	.reference = "RFC 9325 4.1, 4.2",
	.condition = "Up to TLS 1.2 the server accepts suites with static keys, and none with an ephemeral (EC)DHE exchange.",
	.explanation = "Without forward secrecy, traffic that was recorded can be read later by whoever gets hold of the server's private "
		       "key. Enable suites with ECDHE, or TLS 1.3.",
	.exploit = "Someone who records traffic now and gets the private key later.",
	.user_sentence = "Nothing to do for you.",
	.lab = "no-pfs:143",
	.holds_for_service = holds,
};
