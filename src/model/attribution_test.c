/* SPDX-License-Identifier: ISC */
/* Tests of codes of countries, numbers of networks and prefixes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "model/attribution.h"

static void country_is(const char *text, const char *country, const char *reserved)
{
	char found[3], found_reserved[3];

	assert_true(country_code_read(span_from_text(text), found, found_reserved));
	assert_string_equal(found, country);
	assert_string_equal(found_reserved, reserved);
}

static void countries_are_read(void **state)
{
	char found[3], reserved[3];

	(void)state;
	country_is("DE", "DE", "");
	country_is("de", "DE", "");
	country_is("UK", "GB", "");
	country_is("EU", "", "EU");
	country_is("zz", "", "ZZ");
	country_is("A1", "", "A1");
	assert_false(country_code_read(span_from_text(""), found, reserved));
	assert_false(country_code_read(span_from_text("D"), found, reserved));
	assert_false(country_code_read(span_from_text("DEU"), found, reserved));
	assert_false(country_code_read(span_from_text("D\n"), found, reserved));
}

static void numbers_are_read(void **state)
{
	uint32_t asn = 0;

	(void)state;
	assert_true(asn_read(span_from_text("AS64500"), &asn));
	assert_int_equal(asn, 64500);
	assert_true(asn_read(span_from_text("4294967295"), &asn));
	assert_int_equal(asn, 4294967295U);
	assert_false(asn_read(span_from_text("4294967296"), &asn));
	assert_false(asn_read(span_from_text("AS"), &asn));
	assert_false(asn_read(span_from_text("-1"), &asn));
}

static int length_of(const char *text)
{
	struct ip_range range;

	assert_true(ip_range_parse(span_from_text(text), &range));
	return ip_range_prefix_length(&range);
}

static void prefix_lengths_are_found(void **state)
{
	(void)state;
	assert_int_equal(length_of("0.0.0.0/0"), 0);
	assert_int_equal(length_of("192.0.2.0/24"), 24);
	assert_int_equal(length_of("192.0.2.0-192.0.2.255"), 24);
	assert_int_equal(length_of("192.0.2.7"), 32);
	assert_int_equal(length_of("192.0.2.1-192.0.2.2"), -1);
	assert_int_equal(length_of("192.0.2.0-192.0.4.255"), -1);
	assert_int_equal(length_of("192.0.3.0-192.0.4.255"), -1);
	assert_int_equal(length_of("2001:db8::/33"), 33);
	assert_int_equal(length_of("2001:db8::"), 128);
	assert_int_equal(length_of("::/0"), 0);
}

static void prefix_of(const char *address, int16_t length, const char *expected)
{
	static const struct attribution_origin origin = {.source = "test"};
	struct attribution attribution = {.prefix_length = length, .prefix_origin = &origin};
	char text[IP_RANGE_TEXT_SIZE];
	struct ip_address parsed;

	assert_true(ip_address_parse(span_from_text(address), &parsed));
	attribution_format_prefix(&attribution, parsed, text);
	assert_string_equal(text, expected);
}

static void prefixes_are_written(void **state)
{
	(void)state;
	prefix_of("192.0.2.255", 24, "192.0.2.0/24");
	prefix_of("192.0.2.255", 25, "192.0.2.128/25");
	prefix_of("192.0.2.255", 0, "0.0.0.0/0");
	prefix_of("192.0.2.255", 32, "192.0.2.255/32");
	prefix_of("192.0.2.255", -1, "");
	prefix_of("2001:db8:ffff::1", 33, "2001:db8:8000::/33");
	prefix_of("2001:db8:ffff::1", 128, "2001:db8:ffff::1/128");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(countries_are_read),
		cmocka_unit_test(numbers_are_read),
		cmocka_unit_test(prefix_lengths_are_found),
		cmocka_unit_test(prefixes_are_written),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
