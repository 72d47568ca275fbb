/* SPDX-License-Identifier: ISC */
/* No password is shown, wherever it stands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "store/location.h"

static void passwords_are_not_shown(void **state)
{
	static const struct {
		const char *location, *shown;
	} ROWS[] = {
		{"census.db", "census.db"},
		{"/srv/a:b@c.db", "/srv/a:b@c.db"},
		{"postgresql://", "postgresql://"},
		{"postgres://h/d", "postgres://h/d"},
		{"postgresql:///d?host=/run/pg&user=u", "postgresql:///d?host=/run/pg&user=u"},
		{"postgresql://u:SECRET@h:5432/d", "postgresql://u@h:5432/d"},
		{"postgresql://u:SEC@RET@h/d", "postgresql://u@h/d"},
		{"postgresql://u:SEC/RET?x@h/d", "postgresql://u@h/d"},
		{"postgresql://u:SECRET@[2001:db8::1]:5432/d?sslmode=require", "postgresql://u@[2001:db8::1]:5432/d?sslmode=require"},
		{"postgresql://h/d?password=SECRET&port=1&sslpassword=SECRET&passfile=SECRET", "postgresql://h/d?port=1"},
		{"postgresql://h/d?PASSWORD=SECRET&options=-c%20x=SECRET", "postgresql://h/d"},
		{"postgresql://u:SECRET@", "postgresql://u@"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(ROWS); i++) {
		char shown[LOCATION_SHOWN_SIZE];

		location_show(ROWS[i].location, shown);
		assert_string_equal(shown, ROWS[i].shown);
		assert_int_equal(location_is_server(ROWS[i].location), strncmp(ROWS[i].location, "postgres", 8) == 0);
	}
}

static void a_long_one_is_cut(void **state)
{
	char location[2 * LOCATION_SHOWN_SIZE], shown[LOCATION_SHOWN_SIZE];

	(void)state;
	memset(location, 'x', sizeof(location) - 1);
	location[sizeof(location) - 1] = '\0';
	location_show(location, shown);
	assert_int_equal(strlen(shown), LOCATION_SHOWN_SIZE - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passwords_are_not_shown),
		cmocka_unit_test(a_long_one_is_cut),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
