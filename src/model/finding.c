/* SPDX-License-Identifier: ISC */
/* The words of severities and grades. */
#include "model/finding.h"

#include "base/attributes.h"

static const char *const SEVERITIES[SEVERITY_COUNT] = {
	[SEVERITY_INFO] = "info", [SEVERITY_LOW] = "low",           [SEVERITY_MEDIUM] = "medium",
	[SEVERITY_HIGH] = "high", [SEVERITY_CRITICAL] = "critical",
};

static const char *const GRADES[] = {
	[GRADE_UNKNOWN] = "?", [GRADE_F] = "F", [GRADE_E] = "E", [GRADE_D] = "D",
	[GRADE_C] = "C",       [GRADE_B] = "B", [GRADE_A] = "A", [GRADE_A_PLUS] = "A+",
};

const char *severity_name(enum severity severity)
{
	return (size_t)severity < ARRAY_LENGTH(SEVERITIES) ? SEVERITIES[severity] : "?";
}

bool severity_parse(struct span name, enum severity *severity_out)
{
	for (size_t i = 0; i < ARRAY_LENGTH(SEVERITIES); i++) {
		if (span_equals_text(name, SEVERITIES[i])) {
			*severity_out = (enum severity)i;
			return true;
		}
	}
	return false;
}

const char *grade_name(enum grade grade)
{
	return (size_t)grade < ARRAY_LENGTH(GRADES) ? GRADES[grade] : "?";
}
