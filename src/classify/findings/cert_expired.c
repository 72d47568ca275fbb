/* SPDX-License-Identifier: ISC */
/* cert-expired: on all leaves, as a client may be shown any. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	int64_t days = 0;
	size_t index = 0;
	const struct chain_facts *chain;
	char date[DATE_TEXT_SIZE];

	if (!all_leaves_are_expired(view, &days) || (chain = next_chain(view, &index)) == NULL)
		return false;
	evidence_of_leaf(chain, finding);
	date_format(chain->leaf.not_after, date);
	evidence_say(finding, " ended on %s, %lld days ago", date, (long long)days);
	return true;
}

const struct finding_rule FINDING_CERT_EXPIRED = {
	.id = "cert-expired",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_LOW,
	.title = "The certificate has expired",
	.rules = "C-1, T-21",
	.reference = "RFC 5280 4.1.2.5, RFC 8314 4.4",
	.condition = "The end of the validity has passed on every leaf that is shown to who names the host.",
	.explanation = "Mail programs warn about an expired certificate or refuse it. Who learns to click the warning away will also click "
		       "away that of an attacker. Renew it, and let that be done automatically.",
	.exploit = "Someone who can change the traffic profits from users who are used to warnings.",
	.user_sentence = "Do not click the warning away for good; ask the administrator to renew the certificate.",
	.lab = "cert-expired:143",
	.holds_for_service = holds,
};
