/* SPDX-License-Identifier: ISC */
/* Hosts, services and findings of a comparison counted by what became of them, as a whole and by country and network. */
#ifndef APP_DIFF_TOTALS_H
#define APP_DIFF_TOTALS_H

#include "app/census_diff.h"
#include "app/diff_groups.h"
#include "base/buffer.h"

struct diff_finding {
	const char *id; /* the stream's */
	uint64_t counts[CHANGE_COUNT];
};
enum { DIFF_FINDINGS_MAX = 512 };

struct diff_totals {
	struct diff_counts all;
	uint64_t answering[DIFF_SIDES], without_tls[DIFF_SIDES]; /* hosts, in the census itself */
	uint64_t details[DETAIL_COUNT];                          /* of changed services; one can have several */
	uint64_t doubts[DIFF_SIDES][REACH_COUNT];                /* services of which it cannot be said, by why there is no row */
	uint64_t untold[DIFF_SIDES];                             /* or because that look could not tell, the other one was asked */
	struct diff_finding findings[DIFF_FINDINGS_MAX];
	size_t finding_count;
	struct diff_groups groups;
};

void diff_totals_done(struct diff_totals *totals);
/* attributor may be NULL when there are no groups. */
void diff_totals_count(struct diff_totals *totals, struct census_diff *diff, const struct diff_host *host,
                       const struct attributor *attributor);
/* Most regressed hosts first. To be called before one of the three below, after which nothing is counted any more. */
void diff_totals_sort(struct diff_totals *totals);

void diff_totals_render(const struct diff_totals *totals, struct buffer *out);
void diff_totals_render_groups(const struct diff_totals *totals, const struct attributor *attributor, struct buffer *out);
void diff_totals_csv_groups(const struct diff_totals *totals, const struct attributor *attributor, struct buffer *out);
/* Members of an object: hosts, services, changed, cannot_say_because, findings, groups. */
void diff_totals_json(const struct diff_totals *totals, const struct attributor *attributor, struct buffer *out);

#endif
