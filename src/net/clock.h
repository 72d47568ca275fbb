/* SPDX-License-Identifier: ISC */
/* The only reader of clocks: everything else is given the time as an argument. */
#ifndef NET_CLOCK_H
#define NET_CLOCK_H

#include <stdint.h>

#include "base/instant.h"

/* Steady, for deadlines; never jumps. */
struct instant clock_now(void);
/* The wall clock, for records; may jump when somebody sets it. */
struct timestamp clock_wall(void);

/* Sleeps so long, at most a second; a signal ends it early. */
void clock_sleep(int64_t ns);

#endif
