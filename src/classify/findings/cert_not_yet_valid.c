/* SPDX-License-Identifier: ISC */
/* cert-not-yet-valid: too early, or a wrong clock. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	size_t index = 0;
	const struct chain_facts *chain, *shown = NULL;
	char date[DATE_TEXT_SIZE];

	if (view->now.unix_ms <= 0 || !all_chains_are_known(view))
		return false;
	while ((chain = next_chain(view, &index)) != NULL) {
		if (chain->leaf.not_before.unix_ms <= view->now.unix_ms)
			return false;
		if (shown == NULL)
			shown = chain;
	}
	if (shown == NULL)
		return false;
	evidence_of_leaf(shown, finding);
	date_format(shown->leaf.not_before, date);
	evidence_say(finding, " begins on %s", date);
	return true;
}

const struct finding_rule FINDING_CERT_NOT_YET_VALID = {
	.id = "cert-not-yet-valid",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_LOW,
	.title = "The certificate is not valid yet",
	.rules = "C-1, T-21",
	.reference = "RFC 5280 4.1.2.5",
	.condition = "The validity begins in the future on every leaf that is shown to who names the host.",
	.explanation = "Mail programs refuse a certificate before its first day. Either it was installed too early, or the clock of the "
		       "machine that made it was wrong.",
	.exploit = "Someone who can change the traffic profits from users who are used to warnings.",
	.user_sentence = "Your mail program is right to warn; ask the administrator.",
	.lab = "cert-not-yet-valid:143",
	.holds_for_service = holds,
};
