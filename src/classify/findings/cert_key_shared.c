/* SPDX-License-Identifier: ISC */
/* cert-key-shared: it came with a device or an image. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	enum { ADDRESSES = 20, NETWORKS = 3 };
	size_t index = 0;
	const struct chain_facts *chain = next_chain(view, &index);

	/* What a public authority certified on many networks is a hosting company's, not an accident. */
	if (chain == NULL || !chain_is_untrusted(chain) || view->key_shared_addresses < ADDRESSES || view->key_shared_networks < NETWORKS)
		return false;
	evidence_of_leaf(chain, finding);
	evidence_say(finding, "; its key is on %u addresses in %u networks", view->key_shared_addresses, view->key_shared_networks);
	return true;
}

const struct finding_rule FINDING_CERT_KEY_SHARED = {
	.id = "cert-key-shared",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_LOW,
	.title = "Many servers share this key",
	.rules = "C-6",
	.reference = "RFC 8314 4.4",
	.condition = "The same key is shown by 20 or more addresses in 3 or more networks of different operators, and no public authority "
		     "stands behind it.",
	.explanation = "Strangers use the same private key: it came with a device or an image. Each of them can pretend to be this server. "
		       "Make a new key and certificate.",
	.exploit = "Anybody who owns a copy of the same software or device and can change the traffic.",
	.user_sentence = "You cannot know whether this is really your server.",
	.lab = "unit:certificate_findings_test",
	.holds_for_service = holds,
};
