/* SPDX-License-Identifier: ISC */
/* dh-common-1024: one computation opens all who share it. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	const char *whose = common_prime_name(view->tls->dh_prime_sha256);

	if (view->tls->dh_bits != 1024 || whose == NULL)
		return false;
	evidence_say(finding, "the prime is %s; its SHA-256 begins ", whose);
	evidence_fingerprint(finding, view->tls->dh_prime_sha256, sizeof(view->tls->dh_prime_sha256));
	return true;
}

const struct finding_rule FINDING_DH_COMMON_1024 = {
	.id = "dh-common-1024",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_LOW,
	.title = "A 1024-bit group that many servers share",
	.rules = "T-17",
	.reference = "RFC 7919 1, RFC 9325 4.5",
	.condition = "The Diffie-Hellman prime has 1024 bits and is one that ships with widespread software or a standard.",
	.explanation = "Most of the work to break Diffie-Hellman has to be done once for each prime. For a prime that millions of servers "
		       "share it pays. Use ECDHE alone, or a prime of 2048 bits or more.",
	.exploit = "A state, or someone of its means, who can read the traffic.",
	.user_sentence = "Nothing to do if your mail program is up to date.",
	.lab = "common-dh1024:143",
	.holds_for_service = holds,
};
