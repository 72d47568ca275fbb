/* SPDX-License-Identifier: ISC */
/* cert-untrusted: no path to a root that clients know. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	size_t index = 0;
	const struct chain_facts *chain;

	while ((chain = next_chain(view, &index)) != NULL) {
		if (chain->leaf.is_self_signed || !chain_is_untrusted(chain))
			continue;
		evidence_of_leaf(chain, finding);
		evidence_say(finding, " was issued by ");
		evidence_quote_text(finding, chain->leaf.issuer);
		return true;
	}
	return false;
}

const struct finding_rule FINDING_CERT_UNTRUSTED = {
	.id = "cert-untrusted",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_LOW,
	.title = "The certificate is not trusted",
	.rules = "C-2",
	.reference = "RFC 8314 4.4, RFC 5280 6.1",
	.condition = "No path leads from the leaf to a root of Mozilla's with what the server sent, nor with any intermediate that is "
		     "known. A leaf that signed itself is cert-self-signed instead.",
	.explanation = "The certificate comes from an authority that mail programs do not know: a private one, or one that lost its trust. "
		       "They warn or refuse. Get one from a public authority.",
	.exploit = "Someone who can change the traffic puts in a certificate of their own, and the user sees the same warning as ever.",
	.user_sentence = "You cannot know whether this is really your server, unless your organization has installed its own authority on "
			 "your computer.",
	.lab = "cert-untrusted:143",
	.holds_for_service = holds,
};
