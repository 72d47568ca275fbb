/* SPDX-License-Identifier: ISC */
/* So many of a thousand, of a million, of a hundred. */
#ifndef REPORT_RATE_H
#define REPORT_RATE_H

#include <stdint.h>

enum { RATE_TEXT_SIZE = 32 };

/* count * times / of, to the nearest; 0 where there is nothing to divide by. */
uint64_t rate_round(uint64_t count, uint64_t times, uint64_t of);
/* The same with one or two digits behind the point; "" where there is nothing to divide by. */
void rate_format(uint64_t count, uint64_t times, uint64_t of, unsigned digits, char text[RATE_TEXT_SIZE]);

#endif
