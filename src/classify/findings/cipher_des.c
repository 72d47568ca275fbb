/* SPDX-License-Identifier: ISC */
/* cipher-des: 56 bits. */
#include "classify/finding_rule.h"
#include "classify/questions.h"
#include "model/suite_trait.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	return accepts_suites_with(view, SUITE_DES, finding);
}

const struct finding_rule FINDING_CIPHER_DES = {
	.id = "cipher-des",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_LOW,
	.title = "Single DES is accepted",
	.rules = "T-1",
	.reference = "RFC 5469 2, RFC 9325 4.1",
	.condition = "The server accepts a suite with single DES.",
	.explanation = "DES has keys of 56 bits, which are found by trying all of them within a day. Take it out of the list of ciphers.",
	.exploit = "Anyone who can record the traffic of a mail program that still uses DES.",
	.user_sentence = "Nothing to do if your mail program is up to date.",
	.lab = "des-only:143",
	.holds_for_service = holds,
};
