/* SPDX-License-Identifier: ISC */
/* Tokens flow in with time; a pause is not followed by a burst. */
#include "net/token_bucket.h"

#include <assert.h>
#include <limits.h>

static const double NS_PER_SECOND = 1e9;
static const double US_PER_SECOND = 1e6;

static double capacity_of(double per_second)
{
	double burst = per_second * TOKEN_BUCKET_BURST_US / US_PER_SECOND;

	return burst > 1 ? burst : 1;
}

void token_bucket_init(struct token_bucket *bucket, double per_second, struct instant now)
{
	assert(per_second >= 0);
	*bucket = (struct token_bucket){.per_second = per_second, .capacity = capacity_of(per_second), .tokens = 1, .refilled_at = now};
}

void token_bucket_refill(struct token_bucket *bucket, struct instant now)
{
	if (now.ns <= bucket->refilled_at.ns)
		return;
	bucket->tokens += (double)(now.ns - bucket->refilled_at.ns) / NS_PER_SECOND * bucket->per_second;
	if (bucket->tokens > bucket->capacity)
		bucket->tokens = bucket->capacity;
	bucket->refilled_at = now;
}

void token_bucket_set_rate(struct token_bucket *bucket, double per_second, struct instant now)
{
	token_bucket_refill(bucket, now);
	bucket->per_second = per_second;
	bucket->capacity = capacity_of(per_second);
	if (bucket->tokens > bucket->capacity)
		bucket->tokens = bucket->capacity;
}

bool token_bucket_may(const struct token_bucket *bucket)
{
	return bucket->per_second == 0 || bucket->tokens >= 1;
}

unsigned token_bucket_available(const struct token_bucket *bucket)
{
	if (bucket->per_second == 0 || bucket->tokens >= (double)INT_MAX)
		return INT_MAX;
	return bucket->tokens < 1 ? 0 : (unsigned)bucket->tokens;
}

void token_bucket_take(struct token_bucket *bucket, double count)
{
	if (bucket->per_second > 0)
		bucket->tokens -= count;
}

struct instant token_bucket_next(const struct token_bucket *bucket)
{
	double wanted = bucket->capacity / 2 > 1 ? bucket->capacity / 2 : 1;
	double missing_ns;

	if (bucket->per_second == 0 || bucket->tokens >= wanted)
		return bucket->refilled_at;
	missing_ns = (wanted - bucket->tokens) / bucket->per_second * NS_PER_SECOND;
	if (missing_ns > (double)(INT64_MAX / 4))
		missing_ns = (double)(INT64_MAX / 4);
	return (struct instant){.ns = bucket->refilled_at.ns + (int64_t)missing_ns + 1}; /* rounded up: not a moment too early */
}
