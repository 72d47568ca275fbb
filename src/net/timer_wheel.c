/* SPDX-License-Identifier: ISC */
/* A hierarchical timing wheel. A timer lives on the level of the highest 6-bit digit in which its due time differs from now, in the slot of that digit.
   So all of a lower level is due before all of a higher one, and the next thing to do is always in the first occupied slot of the lowest occupied level. */
#include "net/timer_wheel.h"

#include <stddef.h>

static const uint64_t DUE_MAX = (UINT64_C(1) << (TIMER_WHEEL_SLOT_BITS * TIMER_WHEEL_LEVELS)) - 1;

static void link_init(struct timer_link *list)
{
	list->next = list->previous = list;
}

static void link_append(struct timer_link *list, struct timer_link *link)
{
	link->next = list;
	link->previous = list->previous;
	list->previous->next = link;
	list->previous = link;
}

static void link_remove(struct timer_link *link)
{
	link->previous->next = link->next;
	link->next->previous = link->previous;
	link->next = link->previous = NULL;
}

void timer_wheel_init(struct timer_wheel *wheel, struct instant now)
{
	wheel->start = now;
	wheel->now_ms = 0;
	wheel->count = 0;
	link_init(&wheel->expired);
	for (unsigned level = 0; level < TIMER_WHEEL_LEVELS; level++) {
		wheel->occupied[level] = 0;
		for (unsigned slot = 0; slot < TIMER_WHEEL_SLOTS; slot++)
			link_init(&wheel->slots[level][slot]);
	}
}

bool timer_is_set(const struct timer *timer)
{
	return timer->link.next != NULL;
}

/* due_ms > now_ms: the two differ in some digit. */
static unsigned level_of(const struct timer_wheel *wheel, uint64_t due_ms)
{
	return (63 - (unsigned)__builtin_clzll(due_ms ^ wheel->now_ms)) / TIMER_WHEEL_SLOT_BITS;
}

static unsigned slot_of(uint64_t due_ms, unsigned level)
{
	return (unsigned)(due_ms >> (TIMER_WHEEL_SLOT_BITS * level)) & (TIMER_WHEEL_SLOTS - 1);
}

static void place(struct timer_wheel *wheel, struct timer *timer)
{
	unsigned level, slot;

	if (timer->due_ms <= wheel->now_ms) {
		link_append(&wheel->expired, &timer->link);
		return;
	}
	level = level_of(wheel, timer->due_ms);
	slot = slot_of(timer->due_ms, level);
	link_append(&wheel->slots[level][slot], &timer->link);
	wheel->occupied[level] |= UINT64_C(1) << slot;
}

void timer_wheel_set(struct timer_wheel *wheel, struct timer *timer, struct instant due)
{
	int64_t after_ns = due.ns - wheel->start.ns;

	timer_wheel_cancel(wheel, timer);
	timer->due_ms = after_ns <= 0 ? 0 : (uint64_t)after_ns / 1000000 + ((uint64_t)after_ns % 1000000 != 0 ? 1 : 0);
	if (timer->due_ms > DUE_MAX)
		timer->due_ms = DUE_MAX;
	place(wheel, timer);
	wheel->count++;
}

void timer_wheel_cancel(struct timer_wheel *wheel, struct timer *timer)
{
	bool is_last_of_slot;

	if (!timer_is_set(timer))
		return;
	is_last_of_slot = timer->link.next == timer->link.previous && timer->link.next != &wheel->expired;
	if (is_last_of_slot && timer->due_ms > wheel->now_ms) {
		unsigned level = level_of(wheel, timer->due_ms);

		wheel->occupied[level] &= ~(UINT64_C(1) << slot_of(timer->due_ms, level));
	}
	link_remove(&timer->link);
	wheel->count--;
}

/* The first occupied slot, and the time at which it has to be looked at. */
static bool first_slot(const struct timer_wheel *wheel, unsigned *level_out, unsigned *slot_out, uint64_t *at_ms_out)
{
	for (unsigned level = 0; level < TIMER_WHEEL_LEVELS; level++) {
		unsigned shift = TIMER_WHEEL_SLOT_BITS * level;
		uint64_t above = wheel->now_ms >> (shift + TIMER_WHEEL_SLOT_BITS) << (shift + TIMER_WHEEL_SLOT_BITS);

		if (wheel->occupied[level] == 0)
			continue;
		*level_out = level;
		*slot_out = (unsigned)__builtin_ctzll(wheel->occupied[level]);
		*at_ms_out = above | (uint64_t)*slot_out << shift;
		return true;
	}
	return false;
}

/* Moves time on: slots that are reached spread over lower levels, at last into expired. */
static void advance(struct timer_wheel *wheel, uint64_t to_ms)
{
	unsigned level, slot;
	uint64_t at_ms;

	while (first_slot(wheel, &level, &slot, &at_ms) && at_ms <= to_ms) {
		struct timer_link *list = &wheel->slots[level][slot];

		wheel->now_ms = at_ms;
		wheel->occupied[level] &= ~(UINT64_C(1) << slot);
		while (list->next != list) {
			struct timer *timer = (struct timer *)list->next;

			link_remove(&timer->link);
			place(wheel, timer);
		}
	}
	if (wheel->now_ms < to_ms)
		wheel->now_ms = to_ms;
}

struct timer *timer_wheel_take(struct timer_wheel *wheel, struct instant now)
{
	struct timer *timer;

	if (now.ns > wheel->start.ns)
		advance(wheel, (uint64_t)(now.ns - wheel->start.ns) / 1000000);
	if (wheel->expired.next == &wheel->expired)
		return NULL;
	timer = (struct timer *)wheel->expired.next;
	link_remove(&timer->link);
	wheel->count--;
	return timer;
}

static struct instant instant_of(const struct timer_wheel *wheel, uint64_t at_ms)
{
	return instant_after_ms(wheel->start, (int64_t)at_ms);
}

bool timer_wheel_next(const struct timer_wheel *wheel, struct instant *next_out)
{
	unsigned level, slot;
	uint64_t at_ms = wheel->now_ms;

	if (wheel->expired.next == &wheel->expired && !first_slot(wheel, &level, &slot, &at_ms))
		return false;
	*next_out = instant_of(wheel, at_ms);
	return true;
}

bool timer_wheel_earliest(const struct timer_wheel *wheel, struct instant *due_out)
{
	unsigned level, slot;
	uint64_t earliest_ms = wheel->now_ms;

	if (wheel->expired.next == &wheel->expired) {
		if (!first_slot(wheel, &level, &slot, &earliest_ms))
			return false;
		earliest_ms = DUE_MAX;
		for (const struct timer_link *link = wheel->slots[level][slot].next; link != &wheel->slots[level][slot];
		     link = link->next) {
			const struct timer *timer = (const struct timer *)link;

			if (timer->due_ms < earliest_ms)
				earliest_ms = timer->due_ms;
		}
	}
	*due_out = instant_of(wheel, earliest_ms);
	return true;
}
