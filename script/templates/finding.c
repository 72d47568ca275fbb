/* SPDX-License-Identifier: ISC */
/* @id@: say in a few words what it is. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

/* True only of what was seen: ANSWER_UNKNOWN, and what was not measured, never make a finding. */
static bool holds(const struct service_view *view, struct finding *finding)
{
	if (view->observation_count == 0)
		return false;
	evidence_say(finding, "what was seen");
	return false;
}

/* script/test architecture fails until every text says something, and the rule, the test and the lab's server exist. */
const struct finding_rule FINDING_@NAME@ = {
	.id = "@id@",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_INFO,
	.title = "",
	.rules = "",
	.reference = "",
	.condition = "",
	.explanation = "",
	.exploit = "",
	.user_sentence = "",
	.lab = "",
	.holds_for_service = holds,
};
