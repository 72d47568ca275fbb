/* SPDX-License-Identifier: ISC */
/* path-dependent-starttls: two vantage points disagree. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static enum presence announced(const struct service_view *view)
{
	enum presence presence = PRESENCE_UNKNOWN;

	for (size_t i = 0; i < view->observation_count; i++) {
		enum presence seen = view->observations[i].starttls_advertised;

		if (seen == PRESENCE_UNKNOWN)
			continue;
		if (presence != PRESENCE_UNKNOWN && presence != seen)
			return PRESENCE_UNKNOWN; /* it changes by itself */
		presence = seen;
	}
	return presence;
}

static bool holds(const struct service_view *view, struct finding *finding)
{
	enum presence here = announced(view);
	bool is_only_there = here == PRESENCE_ABSENT && view->other_vantage_starttls == ANSWER_YES;
	bool is_only_here = here == PRESENCE_PRESENT && view->other_vantage_starttls == ANSWER_NO;

	if (!is_only_there && !is_only_here)
		return false;
	evidence_say(finding,
	             is_only_here ? "announced here, not at another vantage point" : "announced at another vantage point, not here");
	return true;
}

const struct finding_rule FINDING_PATH_DEPENDENT_STARTTLS = {
	.id = "path-dependent-starttls",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_MEDIUM,
	.title = "STARTTLS depends on where one comes from",
	.rules = "J-24",
	.reference = "RFC 8314 3, RFC 9325 3.2",
	.condition = "This vantage point and another one disagree about whether the server announces STARTTLS.",
	.explanation = "Seen from one network the server announces STARTTLS, from another it does not. Something on one of the ways takes "
		       "it out, or the server treats networks differently.",
	.exploit = "Whoever controls the way on which STARTTLS is missing.",
	.user_sentence = "On some networks your mail program will not be offered TLS here; use port 993 or 995.",
	.lab = "unit:dialogue_findings_test",
	.holds_for_service = holds,
};
