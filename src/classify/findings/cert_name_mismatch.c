/* SPDX-License-Identifier: ISC */
/* cert-name-mismatch: only where a name was asked for. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	size_t index = 0;
	const struct chain_facts *chain = next_chain(view, &index);

	if (view->reference_name[0] == '\0' || view->name_match != NAME_DIFFERS || chain == NULL)
		return false;
	evidence_say(finding, "asked for ");
	evidence_quote_text(finding, view->reference_name);
	evidence_of_leaf(chain, finding);
	evidence_say(finding, " names ");
	evidence_quote_text(finding, chain->leaf.has_dns_names ? chain->leaf.names : chain->leaf.common_name);
	return true;
}

const struct finding_rule FINDING_CERT_NAME_MISMATCH = {
	.id = "cert-name-mismatch",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_LOW,
	.title = "The certificate is for another name",
	.rules = "N-10, N-11, N-12, N-14",
	.reference = "RFC 7817 3, RFC 9525 6.1",
	.condition = "The service was asked for by name, and no name in its certificate is that one.",
	.explanation = "Mail programs compare the name that the user typed with those in the certificate and warn when none fits. Get a "
		       "certificate with this name, or tell the users the name that is in it.",
	.exploit = "Someone who can change the traffic profits from users who are used to warnings.",
	.user_sentence = "Check the name of the server in your mail program; if it is right, ask the administrator.",
	.lab = "cert-wrong-name:143",
	.holds_for_service = holds,
};
