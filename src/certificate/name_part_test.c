/* SPDX-License-Identifier: ISC */
/* Tests of certificate/name_part.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "certificate/name_part.h"

static void expect_part(const char *name, const char *type, const char *value)
{
	char out[32];

	assert_int_equal(name_part_find(span_from_text(name), type, out, sizeof(out)), value[0] != '\0');
	assert_string_equal(out, value);
}

static void parts_are_found_by_their_type(void **state)
{
	(void)state;
	expect_part("CN=R11,O=Let's Encrypt,C=US", "O", "Let's Encrypt");
	expect_part("CN=R11,O=Let's Encrypt,C=US", "CN", "R11");
	expect_part("CN=R11,O=Let's Encrypt,C=US", "C", "US");
	expect_part("CN=R11,O=Let's Encrypt,C=US", "OU", "");
	expect_part("C=US+O=Two Parts", "O", "Two Parts");
	expect_part("", "O", "");
}

static void what_is_escaped_does_not_end_a_part(void **state)
{
	(void)state;
	expect_part("O=Example\\, Inc.,CN=x", "O", "Example, Inc.");
	expect_part("CN=a\\,O=not this,O=this", "O", "this");
	expect_part("O=a\\+b\\\\\\\"", "O", "a+b\\\"");
	expect_part("O=\\C3\\84rzte", "O", "\xc3\x84rzte");
	expect_part("O=\\00", "O", "?");
}

static void what_is_cut_or_no_name_is_harmless(void **state)
{
	(void)state;
	expect_part("O", "O", "");
	expect_part("O=", "O", "");
	expect_part("O=a\\", "O", "a\\");
	expect_part("O=a\\4", "O", "a4");
	expect_part(",,,O=x", "O", "x");
	expect_part("CN=no=O=x", "O", "");
	expect_part("O=0123456789012345678901234567890123456789", "O", "0123456789012345678901234567890");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_are_found_by_their_type),
		cmocka_unit_test(what_is_escaped_does_not_end_a_part),
		cmocka_unit_test(what_is_cut_or_no_name_is_harmless),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
