/* SPDX-License-Identifier: ISC */
/* cert-lifetime: the schedule of the CA/Browser Forum. */
#include "base/attributes.h"
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

struct limit {
	int64_t from_unix_s; /* 00:00 UTC */
	int64_t days;
};

/* The newest first. */
static const struct limit LIMITS[] = {
	{1868227200, 47},  /* 2029-03-15 */
	{1805068800, 100}, /* 2027-03-15 */
	{1773532800, 200}, /* 2026-03-15 */
	{1598918400, 398}, /* 2020-09-01 */
};

static int64_t limit_days(struct timestamp not_before)
{
	for (size_t i = 0; i < ARRAY_LENGTH(LIMITS); i++) {
		if (not_before.unix_ms >= LIMITS[i].from_unix_s * 1000)
			return LIMITS[i].days;
	}
	return 0;
}

static bool holds(const struct service_view *view, struct finding *finding)
{
	static const int64_t day_ms = (int64_t)24 * 60 * 60 * 1000;
	size_t index = 0;
	const struct chain_facts *chain;

	while ((chain = next_chain(view, &index)) != NULL) {
		int64_t limit = limit_days(chain->leaf.not_before);
		int64_t life_ms = chain->leaf.not_after.unix_ms - chain->leaf.not_before.unix_ms;
		char first[DATE_TEXT_SIZE], last[DATE_TEXT_SIZE];

		if (chain->mozilla != TRUST_GOOD || limit == 0 || life_ms <= limit * day_ms)
			continue;
		date_format(chain->leaf.not_before, first);
		date_format(chain->leaf.not_after, last);
		evidence_of_leaf(chain, finding);
		evidence_say(finding, " is valid from %s to %s, %lld days where %lld were allowed", first, last,
		             (long long)((life_ms + day_ms - 1) / day_ms), (long long)limit);
		return true;
	}
	return false;
}

const struct finding_rule FINDING_CERT_LIFETIME = {
	.id = "cert-lifetime",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_INFO,
	.title = "The certificate lives longer than allowed",
	.rules = "C-7",
	.reference = "CA/Browser Forum Baseline Requirements 6.3.2 (no RFC limits it)",
	.condition = "A leaf of a public authority is valid for longer than the CA/Browser Forum allowed on the day it begins: 398 days "
		     "from 2020-09-01, 200 from 2026-03-15, 100 from 2027-03-15, 47 from 2029-03-15.",
	.explanation = "Authorities have to keep to these limits, and some programs refuse certificates beyond them. Get a new one, and "
		       "have it renewed automatically.",
	.exploit = "",
	.user_sentence = "Nothing to do for you.",
	.lab = "cert-lifetime:143",
	.holds_for_service = holds,
};
