/* SPDX-License-Identifier: ISC */
/* One letter for a host (rulebook 5.5): begin at A+ and apply every cap that holds; the lowest wins, and is named. */
#ifndef CLASSIFY_GRADE_H
#define CLASSIFY_GRADE_H

#include "classify/finding_rule.h"

enum { GRADE_REASONS_MAX = 12, GRADE_REASON_SIZE = 96 };

struct grade_judgement {
	enum grade grade;
	size_t reason_count;                                /* of the deciding cap */
	char reasons[GRADE_REASONS_MAX][GRADE_REASON_SIZE]; /* "no-tls on 143", "TLS 1.0 is accepted on 993" */
};

/* findings of the host itself beside those of its services in the view. */
void grade_judge(const struct host_view *view, const struct finding *host_findings, size_t host_finding_count,
                 struct grade_judgement *judgement_out);

#endif
