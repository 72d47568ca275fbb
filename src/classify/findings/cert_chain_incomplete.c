/* SPDX-License-Identifier: ISC */
/* cert-chain-incomplete: the link to the root was not sent. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	size_t index = 0;
	const struct chain_facts *chain;

	while ((chain = next_chain(view, &index)) != NULL) {
		if (chain->mozilla != TRUST_INCOMPLETE || chain->is_cut)
			continue;
		evidence_of_leaf(chain, finding);
		evidence_say(finding, "; %u sent, missing is ", (unsigned)chain->count);
		evidence_quote_text(finding, chain->missing_issuer[0] != '\0' ? chain->missing_issuer : chain->leaf.issuer);
		return true;
	}
	return false;
}

const struct finding_rule FINDING_CERT_CHAIN_INCOMPLETE = {
	.id = "cert-chain-incomplete",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_LOW,
	.title = "An intermediate certificate is missing",
	.rules = "C-2",
	.reference = "RFC 8446 4.4.2, RFC 5246 7.4.2",
	.condition = "A path to a root of Mozilla's exists only with an intermediate certificate that the server did not send.",
	.explanation = "The server sends its own certificate but not the one that links it to a trusted root. Some mail programs find the "
		       "missing one, others warn or refuse. Install the full chain (\"fullchain\") that the authority gave out.",
	.exploit = "",
	.user_sentence = "If your mail program warns here and others do not, the server is the reason.",
	.lab = "cert-missing-intermediate:143",
	.holds_for_service = holds,
};
