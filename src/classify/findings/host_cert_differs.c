/* SPDX-License-Identifier: ISC */
/* host-cert-differs: one was forgotten at the last renewal. */
#include <string.h>

#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool is_shared(const struct service_view *a, const struct service_view *b)
{
	for (size_t i = 0; i < a->chain_count; i++) {
		for (size_t j = 0; j < b->chain_count; j++) {
			if (fingerprint_equals(a->chains[i].leaf.sha256, b->chains[j].leaf.sha256))
				return true;
		}
	}
	return false;
}

/* An RSA and an ECDSA certificate may both be there and only one of them have been asked for: compared is like with like. */
static bool differ(const struct service_view *a, const struct service_view *b, struct finding *finding)
{
	size_t i = 0;
	const struct chain_facts *of_a, *of_b;

	while ((of_a = next_chain(a, &i)) != NULL) {
		size_t j = 0;

		while ((of_b = next_chain(b, &j)) != NULL) {
			if (of_a->leaf.key_type[0] == '\0' || strcmp(of_a->leaf.key_type, of_b->leaf.key_type) != 0)
				continue;
			evidence_next(finding);
			evidence_say(finding, "port %u shows ", (unsigned)a->port);
			evidence_fingerprint(finding, of_a->leaf.sha256, sizeof(of_a->leaf.sha256));
			evidence_say(finding, ", port %u ", (unsigned)b->port);
			evidence_fingerprint(finding, of_b->leaf.sha256, sizeof(of_b->leaf.sha256));
			return true;
		}
	}
	return false;
}

static bool holds(const struct host_view *view, struct finding *finding)
{
	bool is_found = false;

	for (size_t i = 0; i < view->service_count; i++) {
		for (size_t j = i + 1; j < view->service_count; j++) {
			const struct service_view *a = &view->services[i], *b = &view->services[j];
			enum wire_protocol protocol = protocol_of(a);

			if (protocol == WIRE_UNKNOWN || protocol != protocol_of(b) || is_shared(a, b))
				continue;
			is_found = differ(a, b, finding) || is_found;
		}
	}
	return is_found;
}

const struct finding_rule FINDING_HOST_CERT_DIFFERS = {
	.id = "host-cert-differs",
	.scope = FINDING_OF_HOST,
	.severity = SEVERITY_INFO,
	.title = "The ports of one protocol show different certificates",
	.rules = "T-21",
	.reference = "RFC 8314 4.4",
	.condition = "Two ports of one protocol have no certificate in common, although the keys are of one kind.",
	.explanation =
		"One protocol, two certificates: usually one of them was forgotten at the last renewal. Use the same one on all ports.",
	.exploit = "",
	.user_sentence = "If your mail program warns on one port only, this is the reason.",
	.lab = "different-certificates:143",
	.holds_for_host = holds,
};
