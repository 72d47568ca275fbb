/* SPDX-License-Identifier: ISC */
/* dh-weak: Logjam. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	if (view->tls->dh_bits == 0 || view->tls->dh_bits >= 2048)
		return false;
	finding->severity = view->tls->dh_bits < 1024 ? SEVERITY_MEDIUM : SEVERITY_LOW;
	evidence_say(finding, "a prime of %u bits with SHA-256 ", (unsigned)view->tls->dh_bits);
	evidence_fingerprint(finding, view->tls->dh_prime_sha256, sizeof(view->tls->dh_prime_sha256));
	return true;
}

const struct finding_rule FINDING_DH_WEAK = {
	.id = "dh-weak",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_LOW,
	.title = "Diffie-Hellman group below 2048 bits",
	.rules = "T-17",
	.reference = "RFC 9325 4.5, RFC 7919 1",
	.condition = "The finite-field Diffie-Hellman prime has less than 2048 bits. Medium below 1024.",
	.explanation = "Short groups can be broken: 512 bits by anybody with some money, 1024 bits by a state (Logjam, CVE-2015-4000). Use "
		       "ECDHE alone, or a prime of 2048 bits or more (RFC 7919 has good ones).",
	.exploit = "Someone with much computing power who can read the traffic; below 1024 bits little power is enough.",
	.user_sentence = "Nothing to do if your mail program is up to date: it prefers better key exchanges.",
	.lab = "dh1024:143",
	.holds_for_service = holds,
};
