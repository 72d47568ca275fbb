/* SPDX-License-Identifier: ISC */
/* Tests of report/country_population.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/country_population.h"

static void every_country_is_found(void **state)
{
	(void)state;
	assert_true(COUNTRY_POPULATION_COUNT > 230);
	for (size_t i = 0; i < COUNTRY_POPULATION_COUNT; i++) {
		assert_true(COUNTRY_POPULATIONS[i].inhabitants > 1);
		assert_int_equal(country_population(COUNTRY_POPULATIONS[i].code), COUNTRY_POPULATIONS[i].inhabitants);
	}
	assert_in_range(country_population("DE"), 75000000, 95000000);
	assert_in_range(country_population("VA"), 100, 5000);
}

static void what_is_no_country_has_no_number(void **state)
{
	static const char *const WRONG[] = {"", "D", "DEU", "de", "EU", "ZZ", "anycast", "BV"};

	(void)state;
	for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++)
		assert_int_equal(country_population(WRONG[i]), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_country_is_found),
		cmocka_unit_test(what_is_no_country_has_no_number),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
