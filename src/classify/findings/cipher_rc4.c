/* SPDX-License-Identifier: ISC */
/* cipher-rc4: forbidden since 2015. */
#include "classify/finding_rule.h"
#include "classify/questions.h"
#include "model/suite_trait.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	return accepts_suites_with(view, SUITE_RC4, finding);
}

const struct finding_rule FINDING_CIPHER_RC4 = {
	.id = "cipher-rc4",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_LOW,
	.title = "RC4 is accepted",
	.rules = "T-1",
	.reference = "RFC 7465 2",
	.condition = "The server accepts a suite with RC4.",
	.explanation =
		"RC4 has biases that reveal what is sent often, passwords first. RFC 7465 forbids it. Take it out of the list of ciphers.",
	.exploit = "Someone who can read very many connections of the same user.",
	.user_sentence = "Nothing to do if your mail program is up to date: it does not use RC4.",
	.lab = "rc4-only:143",
	.holds_for_service = holds,
};
