/* SPDX-License-Identifier: ISC */
/* cert-self-signed: nobody vouches for it. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	size_t index = 0;
	const struct chain_facts *chain;

	while ((chain = next_chain(view, &index)) != NULL) {
		if (!chain->leaf.is_self_signed)
			continue;
		evidence_of_leaf(chain, finding);
		evidence_say(finding, " signed itself");
		return true;
	}
	return false;
}

const struct finding_rule FINDING_CERT_SELF_SIGNED = {
	.id = "cert-self-signed",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_LOW,
	.title = "The certificate is self-signed",
	.rules = "C-2",
	.reference = "RFC 8314 4.4, RFC 5280 6.1",
	.condition = "Issuer and subject of a leaf are the same, and its own key signed it.",
	.explanation = "Nobody vouches for this certificate, so no mail program can tell it from one that an attacker made a minute ago. "
		       "Get one from a public authority; there are free ones.",
	.exploit = "Someone who can change the traffic puts in a certificate of their own, and the user sees the same warning as ever.",
	.user_sentence = "You cannot know whether this is really your server; ask the administrator for a trusted certificate.",
	.lab = "cert-self-signed:143",
	.holds_for_service = holds,
};
