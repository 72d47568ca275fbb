/* SPDX-License-Identifier: ISC */
/* cert-default: put there by the software, to be replaced. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	size_t index = 0;
	const struct chain_facts *chain;

	while ((chain = next_chain(view, &index)) != NULL) {
		const char *why = placeholder_of(&chain->leaf);

		if (why == NULL || !chain_is_untrusted(chain))
			continue;
		evidence_of_leaf(chain, finding);
		evidence_say(finding, ": %s", why);
		return true;
	}
	return false;
}

const struct finding_rule FINDING_CERT_DEFAULT = {
	.id = "cert-default",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_LOW,
	.title = "A placeholder instead of a certificate",
	.rules = "C-5",
	.reference = "RFC 8314 4.4",
	.condition = "Subject or issuer of a leaf is one that software or a vendor puts there to be replaced, and no public authority "
		     "stands behind it.",
	.explanation = "The certificate that came with the software is still in use. It names nobody, and with some vendors everybody has "
		       "its private key. Get a certificate for the name of the server.",
	.exploit = "Someone who can change the traffic; where the vendor ships one key to all, with that very key.",
	.user_sentence = "You cannot know whether this is really your server; ask the administrator for a real certificate.",
	.lab = "placeholder-cert:143",
	.holds_for_service = holds,
};
