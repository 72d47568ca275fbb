/* SPDX-License-Identifier: ISC */
/* A strict token bucket: over any span of time no more than rate times that span and one small burst. Pure: time is an argument. */
#ifndef NET_TOKEN_BUCKET_H
#define NET_TOKEN_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"

/* What may come at once after a pause: so much of a second, but at least one token. A limit kept over 100 ms is then exceeded by 1 % at most, twice this: a burst may be late. */
enum { TOKEN_BUCKET_BURST_US = 500 };

struct token_bucket {
	double per_second; /* 0: no limit */
	double capacity;
	double tokens; /* may fall below 0: what was taken in advance is waited for */
	struct instant refilled_at;
};

/* per_second 0: no limit. Begins with one token. */
void token_bucket_init(struct token_bucket *bucket, double per_second, struct instant now);
/* From now on another rate; what is there stays, but no more than the new burst. */
void token_bucket_set_rate(struct token_bucket *bucket, double per_second, struct instant now);
void token_bucket_refill(struct token_bucket *bucket, struct instant now);
/* At least one token is there. */
bool token_bucket_may(const struct token_bucket *bucket);
/* Whole tokens that are there; a large number without a limit. */
unsigned token_bucket_available(const struct token_bucket *bucket);
void token_bucket_take(struct token_bucket *bucket, double count);
/* When so many tokens will be there that a look is worth it: half a burst, but at least one. Now or earlier without a limit. */
struct instant token_bucket_next(const struct token_bucket *bucket);

#endif
