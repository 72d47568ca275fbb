/* SPDX-License-Identifier: ISC */
/* Tokens flow in with time and are capped low, so that a pause is not followed by a burst. */
#include "net/rate_limit.h"

#include <assert.h>
#include <limits.h>

static const double NS_PER_SECOND = 1e9;

void rate_limit_init(struct rate_limit *limit, double per_second, struct instant now)
{
	double burst = per_second * RATE_LIMIT_BURST_MS / 1000;

	assert(per_second > 0);
	*limit = (struct rate_limit){.per_second = per_second, .tokens_max = burst > 1 ? burst : 1, .tokens = 1, .refilled_at = now};
}

unsigned rate_limit_available(struct rate_limit *limit, struct instant now)
{
	if (limit->refilled_at.ns < now.ns) {
		limit->tokens += (double)(now.ns - limit->refilled_at.ns) / NS_PER_SECOND * limit->per_second;
		if (limit->tokens > limit->tokens_max)
			limit->tokens = limit->tokens_max;
		limit->refilled_at = now;
	}
	return limit->tokens >= (double)UINT_MAX ? UINT_MAX : (unsigned)limit->tokens;
}

void rate_limit_take(struct rate_limit *limit, unsigned count)
{
	assert((double)count <= limit->tokens);
	limit->tokens -= (double)count;
}

struct instant rate_limit_next(const struct rate_limit *limit)
{
	double missing_ns = limit->tokens >= 1 ? 0 : (1 - limit->tokens) / limit->per_second * NS_PER_SECOND;

	if (missing_ns > (double)(INT64_MAX / 4))
		missing_ns = (double)(INT64_MAX / 4);
	return (struct instant){.ns = limit->refilled_at.ns + (int64_t)missing_ns + 1}; /* rounded up: not a moment too early */
}
