/* SPDX-License-Identifier: ISC */
/* Very many timers: adding, cancelling and taking one each cost the same however many there are. Pure: time is an argument. */
#ifndef NET_TIMER_WHEEL_H
#define NET_TIMER_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"

enum {
	TIMER_WHEEL_SLOT_BITS = 6,
	TIMER_WHEEL_SLOTS = 1 << TIMER_WHEEL_SLOT_BITS,
	TIMER_WHEEL_LEVELS = 7, /* 64^7 ms are 139 years */
};

struct timer_link {
	struct timer_link *next, *previous;
};

/* Part of whatever waits. Zeroed it is a timer that is not set. */
struct timer {
	struct timer_link link; /* both NULL: not set; must be the first member */
	uint64_t due_ms;
	void *owner; /* whoever waits; the wheel does not look at it */
};

/* Its resolution is a millisecond; a timer is never taken early, and late by less than one plus the time between two looks. */
struct timer_wheel {
	struct instant start;
	uint64_t now_ms; /* since start; everything due until then is in expired */
	uint64_t occupied[TIMER_WHEEL_LEVELS];
	struct timer_link slots[TIMER_WHEEL_LEVELS][TIMER_WHEEL_SLOTS];
	struct timer_link expired;
	uint64_t count;
};

/* The wheel must not be moved in memory afterwards. */
void timer_wheel_init(struct timer_wheel *wheel, struct instant now);
/* Sets the timer; one that is set already is moved. A time that is over is due at once. */
void timer_wheel_set(struct timer_wheel *wheel, struct timer *timer, struct instant due);
/* Nothing happens when it is not set. */
void timer_wheel_cancel(struct timer_wheel *wheel, struct timer *timer);
bool timer_is_set(const struct timer *timer);
/* Takes one timer that is due; NULL when there is none. What is due at the same time comes in any order. Timers may be set and cancelled between two calls. */
struct timer *timer_wheel_take(struct timer_wheel *wheel, struct instant now);
/* Nothing is due before this; false when no timer is set. Exact within the next 64 ms, else it may be early (look again then), never late. */
bool timer_wheel_next(const struct timer_wheel *wheel, struct instant *next_out);
/* The earliest due time, exactly. Looks at all timers of one slot: for displays, not for each round. */
bool timer_wheel_earliest(const struct timer_wheel *wheel, struct instant *due_out);

#endif
