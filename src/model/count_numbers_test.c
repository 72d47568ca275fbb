/* SPDX-License-Identifier: ISC */
/* Tests of model/count_numbers.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/count_numbers.h"

static void numbers_come_back(void **state)
{
	struct buffer text;
	struct span rest, name;
	uint64_t number;

	(void)state;
	buffer_init(&text, 200);
	count_numbers_begin(&text);
	count_numbers_add(&text, "hosts", 3);
	count_numbers_add(&text, "nothing", 0);
	count_numbers_add(&text, "service-no-tls", UINT64_MAX);
	count_numbers_end(&text);
	assert_string_equal(buffer_text(&text), "{\"hosts\":3,\"service-no-tls\":18446744073709551615}");
	rest = buffer_view(&text);
	assert_true(count_numbers_take(&rest, &name, &number) && span_equals_text(name, "hosts") && number == 3);
	assert_true(count_numbers_take(&rest, &name, &number) && span_equals_text(name, "service-no-tls") && number == UINT64_MAX);
	assert_false(count_numbers_take(&rest, &name, &number));
	assert_int_equal(rest.size, 0);
	buffer_clear(&text);
	count_numbers_begin(&text);
	count_numbers_end(&text);
	rest = buffer_view(&text);
	assert_false(count_numbers_take(&rest, &name, &number));
	assert_int_equal(rest.size, 0);
	buffer_done(&text);
}

static void what_we_did_not_write_is_refused(void **state)
{
	static const char *const WRONG[] = {"",           "{",          "{\"a\"}",       "{\"a\":}",
	                                    "{\"a\":1",   "{\"a\":-1}", "{\"a\":1.5}",   "{\"a\":1 }",
	                                    "{ \"a\":1}", "{\"\":1}",   "[\"a\":1]",     "{\"a\\n\":1}",
	                                    "{\"a\":1,}", "{\"a\":1}}", "{\"a\":\"1\"}", "{\"a\":18446744073709551616}"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(WRONG); i++) {
		struct span rest = span_from_text(WRONG[i]), name;
		uint64_t number;

		while (count_numbers_take(&rest, &name, &number))
			continue;
		if (i > 0)
			assert_int_not_equal(rest.size, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_come_back),
		cmocka_unit_test(what_we_did_not_write_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
