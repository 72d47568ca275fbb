/* SPDX-License-Identifier: ISC */
/* cipher-export: weak by order of 1992. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"
#include "model/suite_trait.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	const uint32_t traits = SUITE_EXPORT;
	uint16_t suite = suite_chosen_with(view, traits);

	if ((view->tls->traits_accepted & traits) == 0)
		return false;
	evidence_say(finding, "when offered nothing better the server chose %s",
	             suite_name(suite) != NULL ? suite_name(suite) : "such a suite");
	if (view->tls->rsa_export_bits > 0)
		evidence_say(finding, ", with a temporary RSA key of %u bits", (unsigned)view->tls->rsa_export_bits);
	return true;
}

const struct finding_rule FINDING_CIPHER_EXPORT = {
	.id = "cipher-export",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_LOW,
	.title = "Export ciphers are accepted",
	.rules = "T-1, T-17",
	.reference = "RFC 9325 4.1",
	.condition = "The server accepts a suite with keys weakened for export (40 or 56 bits, or 512-bit RSA or Diffie-Hellman).",
	.explanation = "These suites were made weak on purpose in the 1990s and can be broken within hours. FREAK and Logjam "
		       "(CVE-2015-0204, CVE-2015-4000) push even good mail programs down to them. Take them out of the list of ciphers.",
	.exploit = "Someone who can change the traffic while the connection is made.",
	.user_sentence = "Nothing to do if your mail program is up to date: it refuses such keys.",
	.lab = "export-only:143",
	.holds_for_service = holds,
};
