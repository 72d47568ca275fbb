/* SPDX-License-Identifier: ISC */
/* What people write as a target, and what they are told when it is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "scope/target_set.h"

static void format_ports(const struct port_list *ports, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < ports->count; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%u", i > 0 ? "," : "", ports->ports[i]);
}

static void check_range(const char *word, const char *first, const char *last, const char *ports)
{
	struct ip_range range;
	struct port_list list;
	struct span name;
	struct error error = {{0}};
	char text[128];

	assert_int_equal(target_parse(span_from_text(word), &range, &list, &name, &error), TARGET_RANGE);
	ip_address_format(range.first, text);
	assert_string_equal(text, first);
	ip_address_format(range.last, text);
	assert_string_equal(text, last);
	format_ports(&list, text, sizeof(text));
	assert_string_equal(text, ports);
}

static void addresses_prefixes_and_ranges_go_with_and_without_ports(void **state)
{
	(void)state;
	check_range("192.0.2.1", "192.0.2.1", "192.0.2.1", "");
	check_range("192.0.2.0/24", "192.0.2.0", "192.0.2.255", "");
	check_range("192.0.2.1-192.0.2.9", "192.0.2.1", "192.0.2.9", "");
	check_range("2001:db8::/120", "2001:db8::", "2001:db8::ff", "");
	check_range("2001:db8::1-2001:db8::9", "2001:db8::1", "2001:db8::9", "");
	check_range("192.0.2.1:143", "192.0.2.1", "192.0.2.1", "143");
	check_range("[2001:db8::1]:993", "2001:db8::1", "2001:db8::1", "993");
	check_range("[2001:db8::1]", "2001:db8::1", "2001:db8::1", "");
	check_range("[2001:db8::/120]:993", "2001:db8::", "2001:db8::ff", "993");
	check_range("[2001:db8::1-2001:db8::9]:110,995", "2001:db8::1", "2001:db8::9", "110,995");
	check_range("192.0.2.0/24:110,995", "192.0.2.0", "192.0.2.255", "110,995");
	check_range("192.0.2.1-192.0.2.9:995,110,995", "192.0.2.1", "192.0.2.9", "110,995");
	check_range("2001:db8::1:993", "2001:db8::1:993", "2001:db8::1:993", "");
}

static void check_name(const char *word, const char *expected_name, const char *ports)
{
	struct ip_range range;
	struct port_list list;
	struct span name;
	struct error error = {{0}};
	char text[128];

	assert_int_equal(target_parse(span_from_text(word), &range, &list, &name, &error), TARGET_HOST_NAME);
	assert_true(span_equals_text(name, expected_name));
	format_ports(&list, text, sizeof(text));
	assert_string_equal(text, ports);
}

static void host_names_are_told_from_addresses(void **state)
{
	(void)state;
	check_name("mail.example.org", "mail.example.org", "");
	check_name("mail.example.org.:143", "mail.example.org.", "143");
	check_name("mail-1.example.org:143,993", "mail-1.example.org", "143,993");
	check_name("127.example.org", "127.example.org", "");
	check_name("localhost", "localhost", "");
	check_name("xn--mller-kva.example", "xn--mller-kva.example", "");
	check_name("abc.de", "abc.de", "");
}

static void check_refused(const char *word, const char *advice)
{
	struct ip_range range;
	struct port_list list;
	struct span name;
	struct error error = {{0}};

	assert_int_equal(target_parse(span_from_text(word), &range, &list, &name, &error), TARGET_MALFORMED);
	if (strstr(error.text, advice) == NULL)
		fail_msg("for %s the advice '%s' is missing in: %s", word, advice, error.text);
}

static void what_is_wrong_is_told_with_what_would_be_right(void **state)
{
	(void)state;
	check_refused("192.0.2.1/24", "192.0.2.1/24: host bits are set; did you mean 192.0.2.0/24?");
	check_refused("2001:db8::1/64", "did you mean 2001:db8::/64?");
	check_refused("1.2.3.4/0", "did you mean 0.0.0.0/0?");
	check_refused("192.0.2.0/33", "from 0 to 32");
	check_refused("192.0.2.0/", "from 0 to 32");
	check_refused("2001:db8::/129", "from 0 to 128");
	check_refused("::ffff:192.0.2.0/120", "write IPv4 addresses as IPv4, such as 192.0.2.0");
	check_refused("192.0.2.9-192.0.2.1", "did you mean 192.0.2.1-192.0.2.9?");
	check_refused("192.0.2.1-9", "did you mean 192.0.2.1-192.0.2.9?");
	check_refused("192.0.2.1-2001:db8::1", "both IPv6");
	check_refused("192.0.2.300", "from 0 to 255");
	check_refused("192.0.2", "four numbers");
	check_refused("192.0.2.1.5", "four numbers");
	check_refused("010.0.0.1", "leading zeros");
	check_refused("fe80::1%eth0", "zone");
	check_refused("2001:db8::g", "not an IPv6 address");
	check_refused("[2001:db8::1", "[2001:db8::1]:993");
	check_refused("[2001:db8::1]993", "[2001:db8::1]:993");
	check_refused("[]:993", "missing");
	check_refused("", "missing");
	check_refused("192.0.2.1-", "missing");
	check_refused("192.0.2.1:", "1 to 65535");
	check_refused("192.0.2.1:0", "1 to 65535");
	check_refused("192.0.2.1:65536", "1 to 65535");
	check_refused("192.0.2.1:imap", "1 to 65535");
	check_refused("mail.example.org:1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17", "up to 16 ports");
	check_refused("mail..example.org", "host name");
	check_refused("-mail.example.org", "host name");
	check_refused("b\xc3\xbc"
	              "cher.example",
	              "xn--");
	check_refused("mail.example.org/24", "a prefix begins with an address");
	check_refused("imap://mail.example.org", "of a URL give the host name alone");
	check_refused("someone@example.org", "mail address");
}

static void hostile_words_are_shown_harmless_and_short(void **state)
{
	char word[4096];
	struct ip_range range;
	struct port_list list;
	struct span name;
	struct error error = {{0}};

	(void)state;
	memset(word, 0x1b, sizeof(word));
	assert_int_equal(target_parse(span_make(word, sizeof(word)), &range, &list, &name, &error), TARGET_MALFORMED);
	assert_null(strchr(error.text, 0x1b));
	assert_true(strlen(error.text) < 400);
	assert_non_null(strstr(error.text, "...: "));
}

static void names_are_as_long_as_dns_allows_and_no_longer(void **state)
{
	char word[256];
	struct ip_range range;
	struct port_list list;
	struct span name;
	struct error error = {{0}};

	(void)state;
	memset(word, 'a', sizeof(word));
	for (size_t i = 63; i < sizeof(word); i += 64)
		word[i] = '.';
	assert_int_equal(target_parse(span_make(word, 253), &range, &list, &name, &error), TARGET_HOST_NAME);
	assert_int_equal(target_parse(span_make(word, 254), &range, &list, &name, &error), TARGET_MALFORMED);
	memset(word, 'a', sizeof(word));
	assert_int_equal(target_parse(span_make(word, 63), &range, &list, &name, &error), TARGET_HOST_NAME);
	assert_int_equal(target_parse(span_make(word, 64), &range, &list, &name, &error), TARGET_MALFORMED);
}

static void port_lists_are_sorted_and_bounded(void **state)
{
	static const char *const bad[] = {"",      ",",  "110,", ",110", "0",
	                                  "65536", "-1", " 110", "110 ", "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17"};
	struct port_list list;
	char text[128];

	(void)state;
	assert_true(port_list_parse(span_from_text("995,110,143,993,110"), &list));
	format_ports(&list, text, sizeof(text));
	assert_string_equal(text, "110,143,993,995");
	assert_true(port_list_parse(span_from_text("16,15,14,13,12,11,10,9,8,7,6,5,4,3,2,1,1"), &list));
	assert_int_equal(list.count, TARGET_PORTS_MAX);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(port_list_parse(span_from_text(bad[i]), &list));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_prefixes_and_ranges_go_with_and_without_ports),
		cmocka_unit_test(host_names_are_told_from_addresses),
		cmocka_unit_test(what_is_wrong_is_told_with_what_would_be_right),
		cmocka_unit_test(hostile_words_are_shown_harmless_and_short),
		cmocka_unit_test(names_are_as_long_as_dns_allows_and_no_longer),
		cmocka_unit_test(port_lists_are_sorted_and_bounded),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
