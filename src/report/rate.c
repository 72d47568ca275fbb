/* SPDX-License-Identifier: ISC */
/* Whole numbers throughout, so that the same counts give the same digits everywhere. */
#include "report/rate.h"

#include <inttypes.h>
#include <stdio.h>

uint64_t rate_round(uint64_t count, uint64_t times, uint64_t of)
{
	return of > 0 ? (count * times + of / 2) / of : 0;
}

void rate_format(uint64_t count, uint64_t times, uint64_t of, unsigned digits, char text[RATE_TEXT_SIZE])
{
	uint64_t unit = digits == 2 ? 100 : 10, parts = rate_round(count, times * unit, of);

	text[0] = '\0';
	if (of > 0)
		(void)snprintf(text, RATE_TEXT_SIZE, "%" PRIu64 ".%0*" PRIu64, parts / unit, (int)digits, parts % unit);
}
