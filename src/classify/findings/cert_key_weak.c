/* SPDX-License-Identifier: ISC */
/* cert-key-weak: too short, or made badly. */
#include <string.h>

#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool is_weak(const struct certificate_facts *leaf)
{
	if (leaf->is_known_weak_key == ANSWER_YES)
		return true;
	if (leaf->key_bits == 0)
		return false;
	if (strcmp(leaf->key_type, "RSA") == 0 || strcmp(leaf->key_type, "RSA-PSS") == 0)
		return leaf->key_bits < 2048;
	if (strcmp(leaf->key_type, "EC") == 0)
		return leaf->key_bits < 224;
	return strcmp(leaf->key_type, "DSA") == 0;
}

static bool is_broken(const struct certificate_facts *leaf)
{
	return leaf->is_known_weak_key == ANSWER_YES ||
	       (strncmp(leaf->key_type, "RSA", 3) == 0 && leaf->key_bits > 0 && leaf->key_bits < 1024);
}

static bool holds(const struct service_view *view, struct finding *finding)
{
	size_t index = 0;
	const struct chain_facts *chain, *worst = NULL;

	while ((chain = next_chain(view, &index)) != NULL) {
		if (is_weak(&chain->leaf) && (worst == NULL || is_broken(&chain->leaf)))
			worst = chain;
	}
	if (worst == NULL)
		return false;
	finding->severity = is_broken(&worst->leaf) ? SEVERITY_MEDIUM : SEVERITY_LOW;
	evidence_of_leaf(worst, finding);
	evidence_say(finding, " has a key of ");
	evidence_quote_text(finding, worst->leaf.key_type);
	evidence_say(finding, " with %u bits%s", worst->leaf.key_bits,
	             worst->leaf.is_known_weak_key == ANSWER_YES ? ", of a kind known to be weak" : "");
	return true;
}

const struct finding_rule FINDING_CERT_KEY_WEAK = {
	.id = "cert-key-weak",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_LOW,
	.title = "The key of the certificate is weak",
	.rules = "C-3",
	.reference = "RFC 9325 4.5",
	.condition = "An RSA key below 2048 bits, an elliptic curve below 224, a DSA key, or a key that is known to be weak. Medium below "
		     "1024 bits of RSA and for known ones.",
	.explanation = "Who can find the private key can pretend to be the server and read what was sent. RSA with 1024 bits is within "
		       "reach of states, with 512 of anybody. Make a new key (RSA with 3072 bits, or P-256) and a new certificate.",
	.exploit = "Someone with computing power who can change the traffic; without forward secrecy reading is enough.",
	.user_sentence = "Nothing you can do; the administrator has to make a new key.",
	.lab = "cert-rsa1024:143",
	.holds_for_service = holds,
};
