/* SPDX-License-Identifier: ISC */
/* The table of begun hosts keeps what it was given through growth and removal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/host_table.h"

static void entries_survive_growth_and_the_removal_of_others(void **state)
{
	enum { COUNT = 5000 };
	struct host_table table = {0};

	(void)state;
	for (uint64_t number = 0; number < COUNT; number++)
		host_table_get(&table, number * 64)->closed_count = (uint8_t)number;
	for (uint64_t number = 0; number < COUNT; number += 2)
		host_table_remove(&table, number * 64);
	assert_int_equal(table.count, COUNT / 2);
	for (uint64_t number = 1; number < COUNT; number += 2)
		assert_int_equal(host_table_get(&table, number * 64)->closed_count, (uint8_t)number);
	assert_int_equal(table.count, COUNT / 2);
	assert_int_equal(host_table_get(&table, 0)->closed_count, 0);
	host_table_remove(&table, 12345678);
	host_table_done(&table);
}

static void removing_from_an_empty_table_is_fine(void **state)
{
	struct host_table table = {0};

	(void)state;
	host_table_remove(&table, 1);
	assert_int_equal(table.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_survive_growth_and_the_removal_of_others),
		cmocka_unit_test(removing_from_an_empty_table_is_fine),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
