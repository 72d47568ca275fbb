/* SPDX-License-Identifier: ISC */
/* Addresses and ranges as text and numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/endpoint.h"

static void check_round(const char *text, const char *expected)
{
	struct ip_address address;
	char out[IP_ADDRESS_TEXT_SIZE];

	assert_true(ip_address_parse(span_from_text(text), &address));
	ip_address_format(address, out);
	assert_string_equal(out, expected);
}

static void addresses_are_printed_as_rfc5952_says(void **state)
{
	(void)state;
	check_round("192.0.2.1", "192.0.2.1");
	check_round("2001:DB8:0:0:0:0:0:1", "2001:db8::1");
	check_round("::", "::");
	check_round("::1", "::1");
	check_round("1::", "1::");
	check_round("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1");
	check_round("2001:0:0:1:0:0:0:1", "2001:0:0:1::1");
	check_round("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1");
	check_round("::ffff:192.0.2.7", "192.0.2.7");
	check_round("64:ff9b::192.0.2.33", "64:ff9b::c000:221");
}

static void malformed_addresses_are_refused(void **state)
{
	static const char *const bad[] = {"",      "1.2.3",     "1.2.3.4.5",     "1.2.3.256",         "01.2.3.4", "1.2.3.4 ", "a.b.c.d",
	                                  ":::",   "1::2::3",   "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::",  "::1.2.3",  "fe80::1%lo",
	                                  "[::1]", "1.2.3.4::", "::1:"};
	struct ip_address address;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
		assert_false(ip_address_parse(span_from_text(bad[i]), &address));
}

static void check_range(const char *text, const char *first, const char *last)
{
	struct ip_range range;
	char out[IP_ADDRESS_TEXT_SIZE];

	assert_true(ip_range_parse(span_from_text(text), &range));
	ip_address_format(range.first, out);
	assert_string_equal(out, first);
	ip_address_format(range.last, out);
	assert_string_equal(out, last);
}

static void ranges_have_three_forms(void **state)
{
	static const char *const bad[] = {"192.0.2.1/24",
	                                  "192.0.2.0/33",
	                                  "192.0.2.0/",
	                                  "192.0.2.9-192.0.2.1",
	                                  "192.0.2.1-2001:db8::1",
	                                  "2001:db8::1/64",
	                                  "2001:db8::/129",
	                                  "-",
	                                  "1.2.3.4-"};
	struct ip_range range;

	(void)state;
	check_range("192.0.2.0/24", "192.0.2.0", "192.0.2.255");
	check_range("192.0.2.4/30", "192.0.2.4", "192.0.2.7");
	check_range("0.0.0.0/0", "0.0.0.0", "255.255.255.255");
	check_range("192.0.2.1-192.0.2.9", "192.0.2.1", "192.0.2.9");
	check_range("2001:db8::/33", "2001:db8::", "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff");
	check_range("::1", "::1", "::1");
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
		assert_false(ip_range_parse(span_from_text(bad[i]), &range));
}

static void endpoints_bracket_ipv6(void **state)
{
	struct endpoint endpoint = {.port = 993};
	char out[ENDPOINT_TEXT_SIZE];

	(void)state;
	assert_true(ip_address_parse(span_from_text("2001:db8::5"), &endpoint.address));
	endpoint_format(endpoint, out);
	assert_string_equal(out, "[2001:db8::5]:993");
}

static void the_next_address_carries(void **state)
{
	struct ip_address address;
	char out[IP_ADDRESS_TEXT_SIZE];

	(void)state;
	assert_true(ip_address_parse(span_from_text("10.0.255.255"), &address));
	ip_address_format(ip_address_next(address), out);
	assert_string_equal(out, "10.1.0.0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_printed_as_rfc5952_says),
		cmocka_unit_test(malformed_addresses_are_refused),
		cmocka_unit_test(ranges_have_three_forms),
		cmocka_unit_test(endpoints_bracket_ipv6),
		cmocka_unit_test(the_next_address_carries),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
