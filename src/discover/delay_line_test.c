/* SPDX-License-Identifier: ISC */
/* Never too early, hardly too late, whatever the steps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "discover/delay_line.h"

static struct instant at_ms(int64_t ms)
{
	return (struct instant){.ns = 7 + ms * 1000000};
}

static void what_passed_is_released_after_the_delay_and_not_before(void **state)
{
	struct delay_line line;

	(void)state;
	delay_line_init(&line, 100, 2000);
	assert_int_equal(line.released, 100);
	assert_true(delay_line_due_ns(&line) == INT64_MAX);
	delay_line_pass(&line, 140, at_ms(0));
	delay_line_advance(&line, at_ms(1999));
	assert_int_equal(line.released, 100);
	assert_true(delay_line_due_ns(&line) == at_ms(2000).ns);
	delay_line_advance(&line, at_ms(2000));
	assert_int_equal(line.released, 140);
	assert_true(delay_line_due_ns(&line) == INT64_MAX);
}

/* Position p passes at millisecond p / 10; steps of all sizes. */
static void any_pace_is_followed_within_a_128th(void **state)
{
	static const unsigned steps[] = {1, 3, 7, 15, 16, 40, 700, 5000};

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct delay_line line;

		delay_line_init(&line, 0, 2000);
		for (unsigned ms = 0; ms < 20000; ms += steps[i]) {
			delay_line_pass(&line, (uint64_t)ms * 10, at_ms(ms));
			delay_line_advance(&line, at_ms(ms));
			assert_true(line.released <= (ms < 2000 ? 0 : (uint64_t)(ms - 2000) * 10));
			if (ms >= 2000 + 16 + 2 * steps[i])
				assert_true(line.released >= (uint64_t)(ms - 2000 - 16 - 2 * steps[i]) * 10);
		}
	}
}

static void a_line_that_nobody_advances_only_gets_later(void **state)
{
	struct delay_line line;

	(void)state;
	delay_line_init(&line, 0, 100);
	for (unsigned ms = 0; ms < 10000; ms++)
		delay_line_pass(&line, ms, at_ms(ms));
	delay_line_advance(&line, at_ms(9999));
	assert_true(line.released <= 9899);
	delay_line_advance(&line, at_ms(10099));
	assert_int_equal(line.released, 9999);
}

static void without_delay_all_is_released_at_once(void **state)
{
	struct delay_line line;

	(void)state;
	delay_line_init(&line, 5, 0);
	delay_line_pass(&line, 9, at_ms(0));
	assert_int_equal(line.released, 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_passed_is_released_after_the_delay_and_not_before),
		cmocka_unit_test(any_pace_is_followed_within_a_128th),
		cmocka_unit_test(a_line_that_nobody_advances_only_gets_later),
		cmocka_unit_test(without_delay_all_is_released_at_once),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
