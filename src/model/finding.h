/* SPDX-License-Identifier: ISC */
/* One thing that is true of a service or a host and worth telling. */
#ifndef MODEL_FINDING_H
#define MODEL_FINDING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "base/attributes.h"
#include "model/verdict.h"

/* Words and meaning are Shadowserver's (rulebook 5.1). */
enum severity {
	SEVERITY_INFO,     /* worth knowing */
	SEVERITY_LOW,      /* needs an active man in the middle, or departs from good practice */
	SEVERITY_MEDIUM,   /* who can watch the traffic is enough: unencrypted logins */
	SEVERITY_HIGH,     /* no more security fixes, and the like */
	SEVERITY_CRITICAL, /* data is open now */
};
enum { SEVERITY_COUNT = SEVERITY_CRITICAL + 1 };

enum finding_scope {
	FINDING_OF_SERVICE,
	FINDING_OF_HOST,
};

enum { FINDING_EVIDENCE_MAX = 480 };

struct finding {
	const char *id; /* "no-tls": of the rule, stable for ever */
	enum severity severity;
	enum confidence confidence;
	char evidence[FINDING_EVIDENCE_MAX]; /* what was seen, in words and numbers, with what the server said escaped: printable UTF-8 */
};

/* A to F as in rulebook 5.5. */
enum grade {
	GRADE_UNKNOWN, /* "?": nothing could be measured */
	GRADE_F,
	GRADE_E,
	GRADE_D,
	GRADE_C,
	GRADE_B,
	GRADE_A,
	GRADE_A_PLUS,
};

const char *severity_name(enum severity severity); /* "info", "low", "medium", "high", "critical" */
bool severity_parse(struct span name, enum severity *severity_out) MUST_CHECK;
const char *grade_name(enum grade grade); /* "?", "F" ... "A", "A+" */

#endif
