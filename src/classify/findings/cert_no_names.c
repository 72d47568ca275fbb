/* SPDX-License-Identifier: ISC */
/* cert-no-names: a common name alone is ignored today. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	size_t index = 0;
	const struct chain_facts *chain;

	while ((chain = next_chain(view, &index)) != NULL) {
		if (chain->leaf.has_dns_names)
			continue;
		evidence_of_leaf(chain, finding);
		evidence_say(finding, " has no dNSName");
		return true;
	}
	return false;
}

const struct finding_rule FINDING_CERT_NO_NAMES = {
	.id = "cert-no-names",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_INFO,
	.title = "The certificate has no name that clients look at",
	.rules = "N-11",
	.reference = "RFC 9525 2, RFC 7817 3",
	.condition = "A leaf has no dNSName in subjectAltName.",
	.explanation = "The name stands only in the common name, or nowhere. Modern clients look at subjectAltName alone and will refuse "
		       "the certificate. Get a new one; public authorities always fill it in.",
	.exploit = "",
	.user_sentence = "New mail programs may refuse this server.",
	.lab = "cert-no-names:143",
	.holds_for_service = holds,
};
