/* SPDX-License-Identifier: ISC */
/* Known again or new, whatever the hashes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "store/postgres/shared_rows.h"

static void the_same_bytes_are_the_same_entry(void **state)
{
	struct shared_rows rows = {.count = 0};
	bool is_new;

	(void)state;
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 5000; i++) {
			char text[32];
			int size = snprintf(text, sizeof(text), "look %u", i);

			assert_int_equal(shared_rows_meet(&rows, span_make(text, (size_t)size), &is_new), i);
			assert_int_equal(is_new, round == 0);
		}
	}
	assert_int_equal(shared_rows_meet(&rows, span_make(NULL, 0), &is_new), 5000);
	assert_true(is_new);
	shared_rows_done(&rows);
	assert_int_equal(shared_rows_meet(&rows, span_from_text("look 7"), &is_new), 0);
	assert_true(is_new);
	shared_rows_done(&rows);
}

static void it_is_full_by_number_and_by_bytes(void **state)
{
	static const unsigned char BYTES[SHARED_BYTES_MAX] = {1};
	struct shared_rows rows = {.count = 0};
	bool is_new;

	(void)state;
	for (uint32_t i = 0; i < SHARED_ENTRIES_MAX; i++) {
		assert_false(shared_rows_is_full(&rows));
		(void)shared_rows_meet(&rows, span_make(&i, sizeof(i)), &is_new);
	}
	assert_true(shared_rows_is_full(&rows));
	shared_rows_done(&rows);
	assert_false(shared_rows_is_full(&rows));
	(void)shared_rows_meet(&rows, span_make(BYTES, sizeof(BYTES)), &is_new);
	assert_true(shared_rows_is_full(&rows));
	shared_rows_done(&rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_bytes_are_the_same_entry),
		cmocka_unit_test(it_is_full_by_number_and_by_bytes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
