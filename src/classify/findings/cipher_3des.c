/* SPDX-License-Identifier: ISC */
/* cipher-3des: Sweet32. */
#include "classify/finding_rule.h"
#include "classify/questions.h"
#include "model/suite_trait.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	return accepts_suites_with(view, SUITE_3DES, finding);
}

const struct finding_rule FINDING_CIPHER_3DES = {
	.id = "cipher-3des",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_LOW,
	.title = "Triple DES is accepted",
	.rules = "T-1",
	.reference = "RFC 9325 4.1, CVE-2016-2183",
	.condition = "The server accepts a suite with triple DES.",
	.explanation = "Triple DES works on blocks of 64 bits; after some tens of gigabytes under one key parts of the text can be "
		       "recovered (Sweet32). It is slow as well. Take it out of the list of ciphers.",
	.exploit = "Someone who can record very long connections.",
	.user_sentence = "Nothing to do if your mail program is up to date.",
	.lab = "3des-accepted:143",
	.holds_for_service = holds,
};
