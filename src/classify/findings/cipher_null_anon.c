/* SPDX-License-Identifier: ISC */
/* cipher-null-anon: TLS in name only. */
#include "classify/finding_rule.h"
#include "classify/questions.h"
#include "model/suite_trait.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	return accepts_suites_with(view, SUITE_NULL | SUITE_ANONYMOUS, finding);
}

const struct finding_rule FINDING_CIPHER_NULL_ANON = {
	.id = "cipher-null-anon",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_MEDIUM,
	.title = "Suites without encryption or without a certificate",
	.rules = "T-1",
	.reference = "RFC 9325 4.1",
	.condition = "The server accepts a suite that does not encrypt (NULL), or one without any certificate (anonymous).",
	.explanation = "With a NULL suite everything goes in clear text under the name of TLS; with an anonymous one anybody can pretend "
		       "to be the server. Neither has a place on a mail server. Take them out of the list of ciphers.",
	.exploit = "With NULL, anyone who can read the traffic; with anonymous suites, anyone who can change it. A mail program must have "
		   "such suites switched on, too.",
	.user_sentence = "Nothing to do if your mail program is up to date: it does not use such suites.",
	.lab = "null-suites:143",
	.holds_for_service = holds,
};
