/* SPDX-License-Identifier: ISC */
/* What is excluded stays excluded; what is opened is exactly what was named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "scope/exclusion_list.h"

static struct ip_address number_address(uint32_t number)
{
	return (struct ip_address){.family = IP_FAMILY_4,
	                           .bytes = {(uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number}};
}

static struct ip_address address_of(const char *text)
{
	struct ip_address address;

	assert_true(ip_address_parse(span_from_text(text), &address));
	return address;
}

static struct exclusion_list *special_list(const char *const *opened, size_t opened_count)
{
	struct exclusion_list *list = exclusion_list_new();
	struct error error = {{0}};

	assert_true(exclusion_list_add_special(list, opened, opened_count, &error));
	exclusion_list_seal(list);
	return list;
}

static void check_reason(const struct exclusion_list *list, const char *address, const char *expected)
{
	const char *reason = exclusion_list_reason(list, address_of(address));

	if (expected == NULL && reason != NULL)
		fail_msg("%s is excluded as %s", address, reason);
	if (expected != NULL && (reason == NULL || strcmp(reason, expected) != 0))
		fail_msg("%s is excluded as %s, not %s", address, reason != NULL ? reason : "nothing", expected);
}

static void every_special_range_is_excluded_at_both_ends(void **state)
{
	struct exclusion_list *list = special_list(NULL, 0);

	(void)state;
	for (size_t i = 0; i < SPECIAL_RANGE_COUNT; i++) {
		struct ip_range range;

		assert_true(strlen(SPECIAL_RANGES[i].source) > 3);
		if (!ip_range_parse(span_from_text(SPECIAL_RANGES[i].prefix), &range)) {
			assert_string_equal(SPECIAL_RANGES[i].name, "ipv4-mapped");
			continue;
		}
		assert_non_null(exclusion_list_reason(list, range.first));
		assert_non_null(exclusion_list_reason(list, range.last));
	}
	exclusion_list_free(list);
}

static void public_addresses_may_be_contacted(void **state)
{
	static const char *const allowed[] = {"1.0.0.0",         "9.255.255.255",   "11.0.0.0",  "126.255.255.255",
	                                      "128.0.0.0",       "192.0.1.0",       "192.0.3.0", "198.17.255.255",
	                                      "198.20.0.0",      "223.255.255.255", "2000::",    "2001:200::",
	                                      "2001:db7:ffff::", "2001:db9::",      "2003::1",   "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	                                      "2a00:1450::1"};
	struct exclusion_list *list = special_list(NULL, 0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(allowed); i++)
		check_reason(list, allowed[i], NULL);
	exclusion_list_free(list);
}

static void reasons_name_the_narrowest_range(void **state)
{
	struct exclusion_list *list = special_list(NULL, 0);

	(void)state;
	check_reason(list, "127.0.0.1", "loopback");
	check_reason(list, "::1", "loopback");
	check_reason(list, "::2", "not-unicast");
	check_reason(list, "0.0.0.0", "unspecified");
	check_reason(list, "0.0.0.1", "this-network");
	check_reason(list, "255.255.255.255", "broadcast");
	check_reason(list, "255.255.255.254", "class-e");
	check_reason(list, "239.1.2.3", "multicast");
	check_reason(list, "192.0.0.170", "nat64-discovery");
	check_reason(list, "192.0.0.200", "ietf-protocol");
	check_reason(list, "100.64.0.1", "shared");
	check_reason(list, "2001:2::1", "benchmarking");
	check_reason(list, "2001:2:1::", "ietf-protocol");
	check_reason(list, "2001:0:1::", "teredo");
	check_reason(list, "fd00::1", "unique-local");
	check_reason(list, "fe80::1", "link-local");
	check_reason(list, "ff02::1", "multicast");
	check_reason(list, "4000::", "not-unicast");
	check_reason(list, "5f00::1", "srv6");
	exclusion_list_free(list);
}

static void mapped_addresses_of_the_ipv6_family_are_excluded(void **state)
{
	struct ip_address mapped = {.family = IP_FAMILY_6, .bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 8, 8, 8, 8}};
	struct exclusion_list *list = special_list(NULL, 0);

	(void)state;
	assert_string_equal(exclusion_list_reason(list, mapped), "ipv4-mapped");
	exclusion_list_free(list);
}

static void all_special_ranges_of_ipv4_leave_3702257664_addresses(void **state)
{
	struct exclusion_list *list = special_list(NULL, 0);
	struct ip_range range;
	uint64_t excluded = 0;

	(void)state;
	for (size_t i = 0; exclusion_list_range(list, i, &range) && range.first.family == IP_FAMILY_4; i++) {
		uint64_t first = 0, last = 0;

		for (size_t byte = 0; byte < 4; byte++) {
			first = first << 8 | range.first.bytes[byte];
			last = last << 8 | range.last.bytes[byte];
		}
		excluded += last - first + 1;
	}
	assert_int_equal(excluded, 592709632);
	exclusion_list_free(list);
}

static void opening_a_name_opens_exactly_its_ranges(void **state)
{
	static const char *const opened[] = {"loopback", "benchmarking", "class-e", "documentation"};
	struct exclusion_list *list = special_list(opened, ARRAY_LENGTH(opened));

	(void)state;
	check_reason(list, "127.0.0.0", NULL);
	check_reason(list, "127.255.255.255", NULL);
	check_reason(list, "::1", NULL);
	check_reason(list, "::", "unspecified");
	check_reason(list, "::2", "not-unicast");
	check_reason(list, "198.18.0.0", NULL);
	check_reason(list, "198.19.255.255", NULL);
	check_reason(list, "2001:2::", NULL);
	check_reason(list, "2001:2:0:ffff:ffff:ffff:ffff:ffff", NULL);
	check_reason(list, "2001:2:1::", "ietf-protocol");
	check_reason(list, "2001:1:ffff:ffff:ffff:ffff:ffff:ffff", "ietf-protocol");
	check_reason(list, "240.0.0.0", NULL);
	check_reason(list, "255.255.255.254", NULL);
	check_reason(list, "255.255.255.255", "broadcast");
	check_reason(list, "239.255.255.255", "multicast");
	check_reason(list, "192.0.2.1", NULL);
	check_reason(list, "203.0.113.255", NULL);
	check_reason(list, "2001:db8:ffff::", NULL);
	check_reason(list, "10.0.0.1", "private");
	exclusion_list_free(list);
}

static void opening_a_wide_range_leaves_the_narrow_ones_in_it_closed(void **state)
{
	static const char *const wide[] = {"ietf-protocol"};
	static const char *const both[] = {"ietf-protocol", "teredo"};
	struct exclusion_list *list = special_list(wide, 1);

	(void)state;
	check_reason(list, "192.0.0.9", "pcp-anycast");
	check_reason(list, "192.0.0.100", NULL);
	check_reason(list, "2001::1", "teredo");
	check_reason(list, "2001:100::1", NULL);
	exclusion_list_free(list);
	list = special_list(both, 2);
	check_reason(list, "2001::1", NULL);
	check_reason(list, "2001:2::1", "benchmarking");
	exclusion_list_free(list);
}

static void an_unknown_name_is_refused_and_the_known_ones_are_listed(void **state)
{
	static const char *const opened[] = {"lopback"};
	struct exclusion_list *list = exclusion_list_new();
	struct error error = {{0}};

	(void)state;
	assert_false(exclusion_list_add_special(list, opened, 1, &error));
	assert_non_null(strstr(error.text, "'lopback'"));
	assert_non_null(strstr(error.text, "loopback"));
	assert_non_null(strstr(error.text, "not-unicast"));
	exclusion_list_free(list);
}

static void a_list_in_zmaps_format_is_read(void **state)
{
	static const char text[] = "\xef\xbb\xbf# a blocklist\n"
				   "\n"
				   "192.0.2.0/24   # documentation\n"
				   "  198.51.100.7\r\n"
				   "203.0.113.10-203.0.113.20\n"
				   "2001:db8::/32\n"
				   "2001:db9::1-2001:db9::5#no blank needed\n"
				   "\t8.8.8.8";
	struct exclusion_list *list = exclusion_list_new();
	struct error error = {{0}};
	struct ip_range range;

	(void)state;
	assert_true(exclusion_list_add_text(list, span_from_text(text), "block.txt", "blocklist", &error));
	exclusion_list_seal(list);
	check_reason(list, "192.0.2.255", "blocklist");
	check_reason(list, "192.0.3.0", NULL);
	check_reason(list, "198.51.100.7", "blocklist");
	check_reason(list, "198.51.100.8", NULL);
	check_reason(list, "203.0.113.15", "blocklist");
	check_reason(list, "203.0.113.21", NULL);
	check_reason(list, "2001:db8:1::", "blocklist");
	check_reason(list, "2001:db9::5", "blocklist");
	check_reason(list, "2001:db9::6", NULL);
	check_reason(list, "8.8.8.8", "blocklist");
	assert_true(exclusion_list_range(list, 5, &range));
	assert_false(exclusion_list_range(list, 6, &range));
	exclusion_list_free(list);
}

static void check_refused(const char *text, const char *advice)
{
	struct exclusion_list *list = exclusion_list_new();
	struct error error = {{0}};

	assert_false(exclusion_list_add_text(list, span_from_text(text), "block.txt", "blocklist", &error));
	if (strstr(error.text, advice) == NULL)
		fail_msg("the advice '%s' is missing in: %s", advice, error.text);
	exclusion_list_free(list);
}

static void a_malformed_line_stops_with_its_number_and_advice(void **state)
{
	(void)state;
	check_refused("192.0.2.0/24\n\n# comment\n192.0.2.1/24\n",
	              "block.txt, line 4: 192.0.2.1/24: host bits are set; did you mean 192.0.2.0/24?");
	check_refused("mail.example.org\n", "block.txt, line 1: mail.example.org: a list takes addresses");
	check_refused("192.0.2.1 - 192.0.2.9\n", "without spaces");
	check_refused("192.0.2.1\t192.0.2.9\n", "without spaces");
	check_refused("192.0.2.0/24 ; comment\n", "'#' before a comment");
	check_refused("AS64500\n", "block.txt, line 1");
	check_refused("192.0.2.1:143\n", "block.txt, line 1");
	check_refused("[2001:db8::1]\n", "block.txt, line 1");
}

static void a_nul_byte_is_malformed_and_not_an_end(void **state)
{
	struct exclusion_list *list = exclusion_list_new();
	struct error error = {{0}};

	(void)state;
	assert_false(exclusion_list_add_text(list, span_make("192.0.2.1\0\n8.8.8.8\n", 19), "block.txt", "blocklist", &error));
	assert_non_null(strstr(error.text, "192.0.2.1\\x00"));
	exclusion_list_free(list);
}

static void overlapping_lists_merge_and_explain_with_file_and_line(void **state)
{
	struct exclusion_list *list = exclusion_list_new();
	struct error error = {{0}};
	struct ip_range range;
	struct buffer why;

	(void)state;
	assert_true(exclusion_list_add_text(list, span_from_text("8.8.4.0/24\n8.8.5.0/24\n"), "block.txt", "blocklist", &error));
	assert_true(exclusion_list_add_text(list, span_from_text("8.8.4.128/25\n\n8.8.5.0-8.8.6.9\n"), "out.txt", "opt-out", &error));
	exclusion_list_seal(list);
	assert_true(exclusion_list_range(list, 0, &range));
	assert_int_equal(ip_address_compare(range.first, address_of("8.8.4.0")), 0);
	assert_int_equal(ip_address_compare(range.last, address_of("8.8.6.9")), 0);
	assert_false(exclusion_list_range(list, 1, &range));
	check_reason(list, "8.8.6.1", "opt-out");
	buffer_init(&why, 300);
	exclusion_list_explain(list, address_of("8.8.6.1"), &why);
	assert_string_equal(buffer_text(&why), "the opt-out (out.txt, line 3)");
	buffer_clear(&why);
	exclusion_list_explain(list, address_of("8.8.4.1"), &why);
	assert_string_equal(buffer_text(&why), "the blocklist (block.txt, line 1)");
	buffer_clear(&why);
	exclusion_list_explain(list, address_of("9.9.9.9"), &why);
	assert_string_equal(buffer_text(&why), "");
	buffer_done(&why);
	exclusion_list_free(list);
}

static void a_list_wins_over_an_opened_range(void **state)
{
	static const char *const opened[] = {"loopback"};
	struct ip_range range = {{.family = IP_FAMILY_4, .bytes = {127, 0, 0, 5}}, {.family = IP_FAMILY_4, .bytes = {127, 0, 0, 5}}};
	struct exclusion_list *list = exclusion_list_new();
	struct error error = {{0}};

	(void)state;
	assert_true(exclusion_list_add_special(list, opened, 1, &error));
	exclusion_list_add_range(list, &range, "opt-out");
	exclusion_list_seal(list);
	check_reason(list, "127.0.0.4", NULL);
	check_reason(list, "127.0.0.5", "opt-out");
	exclusion_list_free(list);
}

/* Edges of /16, ranges over several of them, many in one: each address around each edge, against the merged ranges themselves. */
static void many_ranges_are_answered_as_they_lie(void **state)
{
	struct exclusion_list *list = exclusion_list_new();
	struct ip_range range;
	uint32_t random = 1, number = 0;

	(void)state;
	for (unsigned i = 0; i < 3000; i++) {
		random = random * 1664525U + 1013904223U;
		number += i % 7 == 0 ? 0x10000 - (number & 0xffff) : (random >> 8) % (i % 50 == 0 ? 300000 : 900) + 1;
		range.first = number_address(number);
		number += i % 3 == 0 ? 0 : (random >> 4) % (i % 40 == 0 ? 200000 : 300);
		range.last = number_address(number);
		exclusion_list_add_range(list, &range, "mine");
	}
	exclusion_list_seal(list);
	for (size_t i = 0; exclusion_list_range(list, i, &range); i++) {
		struct ip_address before = range.first, after = ip_address_next(range.last);

		for (size_t byte = 4; byte-- > 0 && before.bytes[byte]-- == 0;) {
		}
		assert_string_equal(exclusion_list_reason(list, range.first), "mine");
		assert_string_equal(exclusion_list_reason(list, range.last), "mine");
		assert_null(exclusion_list_reason(list, before)); /* merged ranges are never adjacent */
		assert_null(exclusion_list_reason(list, after));
	}
	exclusion_list_free(list);
}

static void the_whole_of_both_families_can_be_excluded(void **state)
{
	struct exclusion_list *list = exclusion_list_new();
	struct error error = {{0}};
	struct ip_range range;

	(void)state;
	assert_true(exclusion_list_add_text(list, span_from_text("0.0.0.0/1\n128.0.0.0/1\n::/0\n0.0.0.0/0\n"), "all", "blocklist", &error));
	exclusion_list_seal(list);
	check_reason(list, "0.0.0.0", "blocklist");
	check_reason(list, "255.255.255.255", "blocklist");
	check_reason(list, "::", "blocklist");
	check_reason(list, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "blocklist");
	assert_true(exclusion_list_range(list, 1, &range));
	assert_false(exclusion_list_range(list, 2, &range));
	exclusion_list_free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_special_range_is_excluded_at_both_ends),
		cmocka_unit_test(public_addresses_may_be_contacted),
		cmocka_unit_test(reasons_name_the_narrowest_range),
		cmocka_unit_test(mapped_addresses_of_the_ipv6_family_are_excluded),
		cmocka_unit_test(all_special_ranges_of_ipv4_leave_3702257664_addresses),
		cmocka_unit_test(opening_a_name_opens_exactly_its_ranges),
		cmocka_unit_test(opening_a_wide_range_leaves_the_narrow_ones_in_it_closed),
		cmocka_unit_test(an_unknown_name_is_refused_and_the_known_ones_are_listed),
		cmocka_unit_test(a_list_in_zmaps_format_is_read),
		cmocka_unit_test(a_malformed_line_stops_with_its_number_and_advice),
		cmocka_unit_test(a_nul_byte_is_malformed_and_not_an_end),
		cmocka_unit_test(overlapping_lists_merge_and_explain_with_file_and_line),
		cmocka_unit_test(a_list_wins_over_an_opened_range),
		cmocka_unit_test(many_ranges_are_answered_as_they_lie),
		cmocka_unit_test(the_whole_of_both_families_can_be_excluded),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
