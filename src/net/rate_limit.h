/* SPDX-License-Identifier: ISC */
/* A token bucket: how many connections may begin now. Time is an argument. */
#ifndef NET_RATE_LIMIT_H
#define NET_RATE_LIMIT_H

#include <stdint.h>

#include "base/instant.h"

/* What was not used is kept for this long, no longer: after a pause, and at the start, at most rate * RATE_LIMIT_BURST_MS / 1000 begin at once (but always one). */
enum { RATE_LIMIT_BURST_MS = 20 };

struct rate_limit {
	double per_second;
	double tokens_max;
	double tokens;
	struct instant refilled_at;
};

/* per_second > 0, or an assertion fails. Begins with one token. */
void rate_limit_init(struct rate_limit *limit, double per_second, struct instant now);
/* How many may begin now. */
unsigned rate_limit_available(struct rate_limit *limit, struct instant now);
/* count have begun; at most what rate_limit_available() said. */
void rate_limit_take(struct rate_limit *limit, unsigned count);
/* When at least one may begin; now or in the past when one may already. */
struct instant rate_limit_next(const struct rate_limit *limit);

#endif
