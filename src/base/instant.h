/* SPDX-License-Identifier: ISC */
/* Time as a value, always an argument: instants of a steady clock for deadlines, timestamps of the wall clock for records. */
#ifndef BASE_INSTANT_H
#define BASE_INSTANT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/span.h"

/* Nanoseconds of a clock that never jumps; only differences mean something. */
struct instant {
	int64_t ns;
};

/* Milliseconds since 1970-01-01T00:00:00Z. */
struct timestamp {
	int64_t unix_ms;
};

enum { TIMESTAMP_TEXT_SIZE = 40 };

struct instant instant_after_ms(struct instant start, int64_t ms);
int64_t instant_ms_between(struct instant earlier, struct instant later); /* rounded down, may be negative */
bool instant_is_before(struct instant a, struct instant b);
struct instant instant_earlier_of(struct instant a, struct instant b);
struct instant instant_later_of(struct instant a, struct instant b);
/* RFC 3339 in UTC with milliseconds: 2026-11-23T20:36:00.123Z; years outside 1970..9999 are clamped. */
void timestamp_format(struct timestamp timestamp, char text[TIMESTAMP_TEXT_SIZE]);
/* "2026-11-23" (its beginning), or RFC 3339 with seconds, of which fractions beyond milliseconds are dropped, in UTC ("Z") or with an offset ("+01:00").
   False: it is neither, or no day of the years 1970 to 9999. */
bool timestamp_parse(struct span text, struct timestamp *timestamp_out) MUST_CHECK;

#endif
