/* SPDX-License-Identifier: ISC */
/* Asks every rule of the registry and puts what holds in order. */
#include "classify/finding_rule.h"

#include <string.h>

const struct finding_rule *finding_rule_find(const char *id)
{
	for (size_t i = 0; FINDING_RULES[i] != NULL; i++) {
		if (strcmp(FINDING_RULES[i]->id, id) == 0)
			return FINDING_RULES[i];
	}
	return NULL;
}

/* Worst first; among equals in the order of the rules, in which they come. */
static void insert(struct finding *findings, size_t count, const struct finding *found)
{
	size_t place = count;

	while (place > 0 && findings[place - 1].severity < found->severity) {
		findings[place] = findings[place - 1];
		place--;
	}
	findings[place] = *found;
}

static struct finding begin(const struct finding_rule *rule)
{
	return (struct finding){.id = rule->id, .severity = rule->severity, .confidence = CONFIDENCE_HIGH};
}

size_t findings_of_service(const struct service_view *view, struct finding *findings_out)
{
	size_t count = 0;

	if (view->judgement->verdict == VERDICT_FALSE_HOST) /* there is no service (rule D-7) */
		return 0;
	for (size_t i = 0; FINDING_RULES[i] != NULL && count < FINDINGS_MAX; i++) {
		struct finding finding = begin(FINDING_RULES[i]);

		if (FINDING_RULES[i]->holds_for_service != NULL && FINDING_RULES[i]->holds_for_service(view, &finding))
			insert(findings_out, count++, &finding);
	}
	return count;
}

size_t findings_of_host(const struct host_view *view, struct finding *findings_out)
{
	size_t count = 0;

	for (size_t i = 0; FINDING_RULES[i] != NULL && count < FINDINGS_MAX; i++) {
		struct finding finding = begin(FINDING_RULES[i]);

		if (FINDING_RULES[i]->holds_for_host != NULL && FINDING_RULES[i]->holds_for_host(view, &finding))
			insert(findings_out, count++, &finding);
	}
	return count;
}
