/* SPDX-License-Identifier: ISC */
/* The rate holds over any time, and neither the start nor a pause is followed by a burst. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/rate_limit.h"

static struct instant at(int64_t ms)
{
	return (struct instant){.ns = INT64_C(5000000000) + ms * 1000000};
}

static void the_start_gives_one_and_no_burst(void **state)
{
	struct rate_limit limit;

	(void)state;
	rate_limit_init(&limit, 1000, at(0));
	assert_int_equal(rate_limit_available(&limit, at(0)), 1);
	rate_limit_take(&limit, 1);
	assert_int_equal(rate_limit_available(&limit, at(0)), 0);
	assert_int_equal(rate_limit_available(&limit, at(10)), 10);
}

static void a_pause_is_not_followed_by_a_burst(void **state)
{
	struct rate_limit limit;

	(void)state;
	rate_limit_init(&limit, 1000, at(0));
	assert_int_equal(rate_limit_available(&limit, at(3600000)), 1000 * RATE_LIMIT_BURST_MS / 1000);
}

static void a_slow_rate_still_gives_one_at_a_time(void **state)
{
	struct rate_limit limit;

	(void)state;
	rate_limit_init(&limit, 0.5, at(0));
	rate_limit_take(&limit, rate_limit_available(&limit, at(0)));
	assert_int_equal(rate_limit_available(&limit, at(1990)), 0);
	assert_true(instant_is_before(at(1990), rate_limit_next(&limit)));
	assert_int_equal(rate_limit_available(&limit, rate_limit_next(&limit)), 1);
	assert_int_equal(rate_limit_available(&limit, at(100000)), 1);
}

static void over_a_long_time_the_rate_is_what_was_asked_for(void **state)
{
	struct rate_limit limit;
	unsigned taken = 0;

	(void)state;
	rate_limit_init(&limit, 333.3, at(0));
	for (int64_t ms = 0; ms <= 60000; ms += 3) {
		unsigned available = rate_limit_available(&limit, at(ms));

		rate_limit_take(&limit, available);
		taken += available;
	}
	assert_in_range(taken, 19998 - 2, 19998 + 2);
}

static void a_clock_that_stands_still_gives_nothing(void **state)
{
	struct rate_limit limit;

	(void)state;
	rate_limit_init(&limit, 1e6, at(0));
	rate_limit_take(&limit, rate_limit_available(&limit, at(0)));
	assert_int_equal(rate_limit_available(&limit, at(0)), 0);
	assert_int_equal(rate_limit_available(&limit, at(-50)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_start_gives_one_and_no_burst),
		cmocka_unit_test(a_pause_is_not_followed_by_a_burst),
		cmocka_unit_test(a_slow_rate_still_gives_one_at_a_time),
		cmocka_unit_test(over_a_long_time_the_rate_is_what_was_asked_for),
		cmocka_unit_test(a_clock_that_stands_still_gives_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
