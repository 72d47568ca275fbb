/* SPDX-License-Identifier: ISC */
/* Reads CLOCK_MONOTONIC and CLOCK_REALTIME. */
#include "net/clock.h"

#include <stdlib.h>
#include <time.h>

static int64_t read_ns(clockid_t clock)
{
	struct timespec time;

	if (clock_gettime(clock, &time) != 0)
		abort(); /* both clocks exist on every Linux */
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

struct instant clock_now(void)
{
	return (struct instant){.ns = read_ns(CLOCK_MONOTONIC)};
}

struct timestamp clock_wall(void)
{
	return (struct timestamp){.unix_ms = read_ns(CLOCK_REALTIME) / 1000000};
}

void clock_sleep(int64_t ns)
{
	static const int64_t SECOND_NS = 1000000000;
	struct timespec time = {.tv_sec = ns >= SECOND_NS ? 1 : 0, .tv_nsec = ns >= SECOND_NS ? 0 : ns};

	(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
}
