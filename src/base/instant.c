/* SPDX-License-Identifier: ISC */
/* Arithmetic on instants, and wall time as text (own calendar arithmetic: no environment, no time zone). */
#include "base/instant.h"

#include <stdio.h>

static const int64_t LAST_MS = 253402300799999; /* 9999-12-31T23:59:59.999Z */

struct instant instant_after_ms(struct instant start, int64_t ms)
{
	return (struct instant){.ns = start.ns + ms * 1000000};
}

int64_t instant_ms_between(struct instant earlier, struct instant later)
{
	int64_t ns = later.ns - earlier.ns;

	return ns >= 0 ? ns / 1000000 : -((-ns + 999999) / 1000000);
}

bool instant_is_before(struct instant a, struct instant b)
{
	return a.ns < b.ns;
}

struct instant instant_earlier_of(struct instant a, struct instant b)
{
	return instant_is_before(b, a) ? b : a;
}

struct instant instant_later_of(struct instant a, struct instant b)
{
	return instant_is_before(a, b) ? b : a;
}

void timestamp_format(struct timestamp timestamp, char text[TIMESTAMP_TEXT_SIZE])
{
	int64_t ms = timestamp.unix_ms < 0 ? 0 : timestamp.unix_ms > LAST_MS ? LAST_MS : timestamp.unix_ms;
	int64_t seconds = ms / 1000;
	int64_t second_of_day = seconds % 86400;
	/* Days to civil date in the proleptic Gregorian calendar, counted from 0000-03-01 so that the leap day comes last. */
	int64_t days = seconds / 86400 + 719468;
	int64_t era = days / 146097;
	int64_t day_of_era = days - era * 146097;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t shifted_month = (5 * day_of_year + 2) / 153;
	int64_t day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
	int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
	int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);

	(void)snprintf(text, TIMESTAMP_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", (int)year, (int)month, (int)day,
	               (int)(second_of_day / 3600), (int)(second_of_day / 60 % 60), (int)(second_of_day % 60), (int)(ms % 1000));
}
