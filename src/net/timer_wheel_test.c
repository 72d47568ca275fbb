/* SPDX-License-Identifier: ISC */
/* Timers are due in time and only once, however far away, however many, whatever is cancelled. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "net/timer_wheel.h"

static const struct instant START = {.ns = INT64_C(123456789012345)};

static struct instant at(int64_t ms)
{
	return instant_after_ms(START, ms);
}

static void a_timer_is_due_at_its_time_and_not_before(void **state)
{
	static const int64_t times[] = {1, 63, 64, 65, 4095, 4096, 10000, 262143, 262144, 600000, 3600000, INT64_C(86400000) * 365};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(times); i++) {
		struct timer_wheel wheel;
		struct timer timer = {.owner = &wheel};

		timer_wheel_init(&wheel, START);
		timer_wheel_set(&wheel, &timer, at(times[i]));
		assert_null(timer_wheel_take(&wheel, at(times[i] - 1)));
		assert_true(timer_is_set(&timer));
		assert_ptr_equal(timer_wheel_take(&wheel, at(times[i])), &timer);
		assert_false(timer_is_set(&timer));
		assert_null(timer_wheel_take(&wheel, at(times[i] + 100000)));
	}
}

static void a_fraction_of_a_millisecond_is_never_cut_off(void **state)
{
	struct timer_wheel wheel;
	struct timer timer = {0};

	(void)state;
	timer_wheel_init(&wheel, START);
	timer_wheel_set(&wheel, &timer, (struct instant){.ns = START.ns + 1000001});
	assert_null(timer_wheel_take(&wheel, (struct instant){.ns = START.ns + 1999999}));
	assert_non_null(timer_wheel_take(&wheel, at(2)));
}

static void what_is_over_is_due_at_once(void **state)
{
	struct timer_wheel wheel;
	struct timer early = {0}, ancient = {0};

	(void)state;
	timer_wheel_init(&wheel, START);
	assert_null(timer_wheel_take(&wheel, at(5000)));
	timer_wheel_set(&wheel, &early, at(4000));
	timer_wheel_set(&wheel, &ancient, (struct instant){.ns = INT64_MIN / 2});
	assert_non_null(timer_wheel_take(&wheel, at(5000)));
	assert_non_null(timer_wheel_take(&wheel, at(5000)));
	assert_null(timer_wheel_take(&wheel, at(5000)));
}

static void a_cancelled_timer_is_never_due(void **state)
{
	struct timer_wheel wheel;
	struct timer kept = {0}, cancelled = {0};
	struct instant next;

	(void)state;
	timer_wheel_init(&wheel, START);
	timer_wheel_set(&wheel, &cancelled, at(70));
	timer_wheel_cancel(&wheel, &cancelled);
	timer_wheel_cancel(&wheel, &cancelled);
	assert_false(timer_wheel_next(&wheel, &next));
	timer_wheel_set(&wheel, &kept, at(100));
	timer_wheel_set(&wheel, &cancelled, at(100));
	timer_wheel_cancel(&wheel, &cancelled);
	assert_ptr_equal(timer_wheel_take(&wheel, at(1000)), &kept);
	assert_null(timer_wheel_take(&wheel, at(1000)));
	assert_int_equal(wheel.count, 0);
}

static void setting_again_moves_a_timer(void **state)
{
	struct timer_wheel wheel;
	struct timer timer = {0};

	(void)state;
	timer_wheel_init(&wheel, START);
	timer_wheel_set(&wheel, &timer, at(50));
	timer_wheel_set(&wheel, &timer, at(5000));
	assert_int_equal(wheel.count, 1);
	assert_null(timer_wheel_take(&wheel, at(4999)));
	assert_ptr_equal(timer_wheel_take(&wheel, at(5000)), &timer);
}

/* A small generator of its own: the same numbers on every machine. */
static uint64_t next_number(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *state >> 33;
}

enum { MANY = 20000 };

static void many_timers_come_in_order_and_the_next_is_never_told_too_late(void **state)
{
	struct timer_wheel wheel;
	struct timer *timers = calloc(MANY, sizeof(*timers));
	int64_t *due = calloc(MANY, sizeof(*due));
	uint64_t seed = 7;
	size_t left = MANY, cancelled = 0;
	int64_t now = 0;

	(void)state;
	assert_non_null(timers);
	assert_non_null(due);
	timer_wheel_init(&wheel, START);
	for (size_t i = 0; i < MANY; i++) {
		due[i] = (int64_t)(next_number(&seed) % (i % 3 == 0 ? 100 : i % 3 == 1 ? 20000 : 5000000));
		timers[i].owner = &due[i];
		timer_wheel_set(&wheel, &timers[i], at(due[i]));
	}
	for (size_t i = 0; i < MANY; i += 7) {
		timer_wheel_cancel(&wheel, &timers[i]);
		cancelled++;
	}
	left -= cancelled;
	while (left > 0) {
		struct instant next, earliest;
		struct timer *timer;

		assert_int_equal(wheel.count, left);
		assert_true(timer_wheel_next(&wheel, &next));
		assert_true(timer_wheel_earliest(&wheel, &earliest));
		assert_false(instant_is_before(earliest, next));
		now += (int64_t)(next_number(&seed) % 700);
		if (instant_is_before(at(now), next)) {
			assert_null(timer_wheel_take(&wheel, at(now)));
			now = instant_ms_between(START, next);
		}
		while ((timer = timer_wheel_take(&wheel, at(now))) != NULL) {
			const int64_t *its_due = timer->owner;

			assert_true(*its_due <= now);
			assert_true(at(*its_due).ns >= earliest.ns);
			left--;
		}
		assert_true(left == 0 || (timer_wheel_earliest(&wheel, &earliest) && instant_is_before(at(now), earliest)));
	}
	free(timers);
	free(due);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_timer_is_due_at_its_time_and_not_before),
		cmocka_unit_test(a_fraction_of_a_millisecond_is_never_cut_off),
		cmocka_unit_test(what_is_over_is_due_at_once),
		cmocka_unit_test(a_cancelled_timer_is_never_due),
		cmocka_unit_test(setting_again_moves_a_timer),
		cmocka_unit_test(many_timers_come_in_order_and_the_next_is_never_told_too_late),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
