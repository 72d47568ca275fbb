/* SPDX-License-Identifier: ISC */
/* cert-sig-weak: of leaf and intermediates; that of a root means nothing. */
#include <strings.h>

#include "base/attributes.h"
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool is_weak(const char *hash)
{
	static const char *const weak[] = {"SHA1", "SHA-1", "MD5", "MD4", "MD2"};

	for (size_t i = 0; i < ARRAY_LENGTH(weak); i++) {
		if (strcasecmp(hash, weak[i]) == 0)
			return true;
	}
	return false;
}

static bool holds(const struct service_view *view, struct finding *finding)
{
	size_t index = 0;
	const struct chain_facts *chain;

	while ((chain = next_chain(view, &index)) != NULL) {
		const char *hash = chain->weakest_signature_hash[0] != '\0' ? chain->weakest_signature_hash : chain->leaf.signature_hash;

		if (!is_weak(hash))
			continue;
		evidence_of_leaf(chain, finding);
		evidence_say(finding, ": the weakest signature of its chain is with ");
		evidence_quote_text(finding, hash);
		return true;
	}
	return false;
}

const struct finding_rule FINDING_CERT_SIG_WEAK = {
	.id = "cert-sig-weak",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_LOW,
	.title = "Signed with a broken hash",
	.rules = "C-4",
	.reference = "RFC 6194 3, RFC 6151 2",
	.condition = "The leaf or an intermediate certificate is signed with SHA-1, MD5 or MD2.",
	.explanation = "For these hashes two different texts with the same value can be made, so a signature says little. Current mail "
		       "programs reject such certificates. Get a new one; every authority signs with SHA-256 today.",
	.exploit = "Someone with the means to forge a certificate by a collision.",
	.user_sentence = "Your mail program may refuse this server; the administrator has to get a new certificate.",
	.lab = "cert-sha1:143",
	.holds_for_service = holds,
};
