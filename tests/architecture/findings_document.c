/* SPDX-License-Identifier: ISC */
/* Writes docs/findings.md from the rules themselves: `script/document findings`. */
#include <stdio.h>

#include "classify/finding_rule.h"

static const char *scope_name(enum finding_scope scope)
{
	return scope == FINDING_OF_HOST ? "host" : "service";
}

static void write_head(void)
{
	puts("# Findings\n");
	puts("What mailcensus can find wrong, or worth knowing, with a service or a host. This document is written by `script/document "
	     "findings`");
	puts("from the files in `src/classify/findings/`; change those. Identifiers are stable for ever. The severity is the usual one; "
	     "where it");
	puts("depends on what was seen, the condition says so. Nothing that was not measured, or could not be told, is ever a finding.\n");
	puts("| severity | means |");
	puts("|---|---|");
	puts("| critical | data is open now |");
	puts("| high | no more security fixes, and the like |");
	puts("| medium | who can watch the traffic is enough |");
	puts("| low | needs somebody active on the way, or departs from good practice |");
	puts("| info | worth knowing |\n");
	puts("## All findings\n");
	puts("| id | of a | severity | title |");
	puts("|---|---|---|---|");
}

/* Rules stand in docs/rules.md, which has no anchor for a row. */
static void write_finding(const struct finding_rule *rule)
{
	printf("\n## %s\n\n", rule->id);
	printf("**%s.** Severity %s, of a %s.\n\n", rule->title, severity_name(rule->severity), scope_name(rule->scope));
	printf("- **Holds when:** %s\n", rule->condition);
	printf("- **Why it matters:** %s\n", rule->explanation);
	printf("- **Who can exploit it:** %s\n", rule->exploit[0] != '\0' ? rule->exploit : "Nobody, by itself.");
	printf("- **For who only reads mail:** %s\n", rule->user_sentence);
	printf("- **Rules:** %s ([rules.md](rules.md))\n", rule->rules);
	printf("- **Reference:** %s\n", rule->reference);
	printf("- **Shown by:** `%s`\n", rule->lab);
}

int main(void)
{
	write_head();
	for (size_t i = 0; FINDING_RULES[i] != NULL; i++) {
		const struct finding_rule *rule = FINDING_RULES[i];

		printf("| [%s](#%s) | %s | %s | %s |\n", rule->id, rule->id, scope_name(rule->scope), severity_name(rule->severity),
		       rule->title);
	}
	for (size_t i = 0; FINDING_RULES[i] != NULL; i++)
		write_finding(FINDING_RULES[i]);
	return fflush(stdout) == 0 && ferror(stdout) == 0 ? 0 : 1;
}
