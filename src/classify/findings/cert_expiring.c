/* SPDX-License-Identifier: ISC */
/* cert-expiring: while there is time to do something. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool is_expiring(const struct service_view *view, const struct certificate_facts *leaf)
{
	static const int64_t day_ms = (int64_t)24 * 60 * 60 * 1000;
	int64_t life_ms = leaf->not_after.unix_ms - leaf->not_before.unix_ms;
	int64_t left_ms = leaf->not_after.unix_ms - view->now.unix_ms;

	if (left_ms < 0 || view->now.unix_ms < leaf->not_before.unix_ms)
		return false;
	return life_ms < 30 * day_ms ? left_ms <= life_ms / 3 : left_ms <= 14 * day_ms;
}

static bool holds(const struct service_view *view, struct finding *finding)
{
	size_t index = 0;
	const struct chain_facts *chain;

	while (view->now.unix_ms > 0 && (chain = next_chain(view, &index)) != NULL) {
		char date[DATE_TEXT_SIZE];

		if (!is_expiring(view, &chain->leaf))
			continue;
		evidence_of_leaf(chain, finding);
		date_format(chain->leaf.not_after, date);
		evidence_say(finding, " ends on %s", date);
		return true;
	}
	return false;
}

const struct finding_rule FINDING_CERT_EXPIRING = {
	.id = "cert-expiring",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_INFO,
	.title = "The certificate expires soon",
	.rules = "C-1",
	.reference = "RFC 5280 4.1.2.5",
	.condition = "A leaf ends within 14 days; of one that lives less than 30 days, when a third of its life or less is left.",
	.explanation = "The certificate is still good but ends soon. If it is renewed automatically, see why that has not happened yet; if "
		       "not, renew it now.",
	.exploit = "",
	.user_sentence = "Nothing to do for you yet.",
	.lab = "cert-expiring:143",
	.holds_for_service = holds,
};
