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

static void copy(struct finding *to, const struct finding *from)
{
	to->id = from->id;
	to->severity = from->severity;
	to->confidence = from->confidence;
	memcpy(to->evidence, from->evidence, strnlen(from->evidence, sizeof(from->evidence) - 1) + 1);
}

/* Worst first; among equals in the order of the rules, in which they come. */
static void insert(struct finding *findings, size_t count, const struct finding *found)
{
	size_t place = count;

	while (place > 0 && findings[place - 1].severity < found->severity) {
		copy(&findings[place], &findings[place - 1]);
		place--;
	}
	copy(&findings[place], found);
}

/* The room for evidence is not cleared: most rules do not hold, and it is larger than all else. */
static void begin(const struct finding_rule *rule, struct finding *finding)
{
	finding->id = rule->id;
	finding->severity = rule->severity;
	finding->confidence = CONFIDENCE_HIGH;
	finding->evidence[0] = '\0';
}

size_t findings_of_service(const struct service_view *view, struct finding *findings_out)
{
	struct finding finding;
	size_t count = 0;

	if (view->judgement->verdict == VERDICT_FALSE_HOST) /* there is no service (rule D-7) */
		return 0;
	for (size_t i = 0; FINDING_RULES[i] != NULL && count < FINDINGS_MAX; i++) {
		if (FINDING_RULES[i]->holds_for_service == NULL)
			continue;
		begin(FINDING_RULES[i], &finding);
		if (FINDING_RULES[i]->holds_for_service(view, &finding))
			insert(findings_out, count++, &finding);
	}
	return count;
}

size_t findings_of_host(const struct host_view *view, struct finding *findings_out)
{
	struct finding finding;
	size_t count = 0;

	for (size_t i = 0; FINDING_RULES[i] != NULL && count < FINDINGS_MAX; i++) {
		if (FINDING_RULES[i]->holds_for_host == NULL)
			continue;
		begin(FINDING_RULES[i], &finding);
		if (FINDING_RULES[i]->holds_for_host(view, &finding))
			insert(findings_out, count++, &finding);
	}
	return count;
}
