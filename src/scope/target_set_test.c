/* SPDX-License-Identifier: ISC */
/* Every address once, with all its ports, and none that is excluded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "scope/target_set.h"

static struct target_set *new_set(void)
{
	struct port_list ports;

	assert_true(port_list_parse(span_from_text("110,143"), &ports));
	return target_set_new(&ports);
}

static void add(struct target_set *set, const char *word)
{
	struct ip_range range;
	struct port_list ports;
	struct span name;
	struct error error = {{0}};

	assert_int_equal(target_parse(span_from_text(word), &range, &ports, &name, &error), TARGET_RANGE);
	target_set_add(set, &range, &ports);
}

/* excluded is a list's text. */
static struct exclusion_list *exclusions_of(const char *excluded)
{
	struct exclusion_list *list = exclusion_list_new();
	struct error error = {{0}};

	assert_true(exclusion_list_add_text(list, span_from_text(excluded), "block.txt", "blocklist", &error));
	exclusion_list_seal(list);
	return list;
}

static bool seal(struct target_set *set, const char *excluded, struct error *error)
{
	struct exclusion_list *list = exclusions_of(excluded);
	bool is_sealed = target_set_seal(set, list, error);

	exclusion_list_free(list);
	return is_sealed;
}

/* The sealed set as "first-last:ports" lines. */
static void render(const struct target_set *set, char *text, size_t size)
{
	struct ip_range range;
	struct port_list ports;
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; target_set_range(set, i, &range, &ports); i++) {
		char first[IP_ADDRESS_TEXT_SIZE], last[IP_ADDRESS_TEXT_SIZE];

		ip_address_format(range.first, first);
		ip_address_format(range.last, last);
		used += (size_t)snprintf(text + used, size - used, "%s%s-%s", i > 0 ? "\n" : "", first, last);
		for (size_t port = 0; port < ports.count; port++)
			used += (size_t)snprintf(text + used, size - used, "%c%u", port == 0 ? ':' : ',', ports.ports[port]);
	}
}

static void check_sealed(const char *words, const char *excluded, const char *expected, uint64_t count)
{
	struct target_set *set = new_set();
	struct span rest = span_from_text(words);
	struct error error = {{0}};
	char text[2048];

	for (;;) {
		struct span word = span_take_word(&rest);
		char copy[128];

		if (word.size == 0)
			break;
		(void)snprintf(copy, sizeof(copy), "%.*s", (int)word.size, (const char *)word.data);
		add(set, copy);
	}
	if (!seal(set, excluded, &error))
		fail_msg("%s", error.text);
	render(set, text, sizeof(text));
	assert_string_equal(text, expected);
	assert_int_equal(target_set_count(set), count);
	target_set_free(set);
}

static void overlaps_and_duplicates_become_one_range(void **state)
{
	(void)state;
	check_sealed("192.0.2.0/25 192.0.2.64-192.0.2.200 192.0.2.5 192.0.2.5", "", "192.0.2.0-192.0.2.200:110,143", 201);
	check_sealed("192.0.2.128/25 192.0.2.0/25", "", "192.0.2.0-192.0.2.255:110,143", 256);
	check_sealed("0.0.0.0/0 0.0.0.0/0 255.255.255.255 128.0.0.0/1", "", "0.0.0.0-255.255.255.255:110,143", UINT64_C(1) << 32);
	check_sealed("2001:db8::1 192.0.2.1", "", "192.0.2.1-192.0.2.1:110,143\n2001:db8::1-2001:db8::1:110,143", 2);
	check_sealed("255.255.255.255 ::", "", "255.255.255.255-255.255.255.255:110,143\n::-:::110,143", 2);
	check_sealed("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff00/120 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "",
	             "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff00-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:110,143", 256);
}

static void ports_of_overlaps_are_united(void **state)
{
	(void)state;
	check_sealed("192.0.2.0/30:993 192.0.2.1:995", "", "192.0.2.0-192.0.2.0:993\n192.0.2.1-192.0.2.1:993,995\n192.0.2.2-192.0.2.3:993",
	             4);
	check_sealed("192.0.2.1:2143 192.0.2.1", "", "192.0.2.1-192.0.2.1:110,143,2143", 1);
	check_sealed("192.0.2.0/31:143 192.0.2.0/31:110", "", "192.0.2.0-192.0.2.1:110,143", 2);
	check_sealed("192.0.2.0-192.0.2.5:1 192.0.2.3-192.0.2.9:2 192.0.2.5-192.0.2.5:3", "",
	             "192.0.2.0-192.0.2.2:1\n192.0.2.3-192.0.2.4:1,2\n192.0.2.5-192.0.2.5:1,2,3\n192.0.2.6-192.0.2.9:2", 10);
	check_sealed("192.0.2.0:110,143 192.0.2.1", "", "192.0.2.0-192.0.2.1:110,143", 2);
}

static void excluded_parts_are_cut_out(void **state)
{
	(void)state;
	check_sealed("192.0.2.0/24", "192.0.2.10-192.0.2.19\n", "192.0.2.0-192.0.2.9:110,143\n192.0.2.20-192.0.2.255:110,143", 246);
	check_sealed("192.0.2.0/24", "192.0.2.0\n192.0.2.255\n", "192.0.2.1-192.0.2.254:110,143", 254);
	check_sealed("192.0.2.0/24 198.51.100.0/30", "192.0.2.128-198.51.100.1\n",
	             "192.0.2.0-192.0.2.127:110,143\n198.51.100.2-198.51.100.3:110,143", 130);
	check_sealed("192.0.2.1:1 192.0.2.2:2 192.0.2.3:3", "192.0.2.2\n", "192.0.2.1-192.0.2.1:1\n192.0.2.3-192.0.2.3:3", 2);
	check_sealed("0.0.0.0/0", "0.0.0.0/1\n255.0.0.0/8\n", "128.0.0.0-254.255.255.255:110,143", UINT64_C(127) << 24);
}

static void what_was_cut_out_is_counted(void **state)
{
	struct target_set *set = new_set();
	struct error error = {{0}};

	(void)state;
	add(set, "192.0.2.0/24");
	add(set, "192.0.2.0/25");
	add(set, "2001:db8::/112");
	assert_true(seal(set, "192.0.2.0-192.0.2.9\n192.0.2.100\n2001:db8::1-2001:db8::ffff\n", &error));
	assert_int_equal(target_set_excluded_count(set), 11 + 65535);
	assert_int_equal(target_set_count(set), 245 + 1);
	target_set_free(set);
	set = new_set();
	add(set, "2001:db8::/32");
	add(set, "192.0.2.1");
	assert_true(seal(set, "2001:db8::/32\n", &error));
	assert_int_equal(target_set_excluded_count(set), UINT64_MAX);
	target_set_free(set);
}

static void every_index_gives_its_host_in_ascending_order(void **state)
{
	struct target_set *set = new_set();
	struct error error = {{0}};
	struct target_host host = {0}, before = {0};
	struct exclusion_list *list = exclusions_of("192.0.2.7\n");
	uint64_t found;

	(void)state;
	add(set, "192.0.2.0/27");
	add(set, "192.0.2.9:993");
	add(set, "198.51.100.250-198.51.101.5:995");
	add(set, "[2001:db8::fff0-2001:db8::1:f]:143");
	assert_true(target_set_seal(set, list, &error));
	assert_int_equal(target_set_count(set), 31 + 12 + 32);
	for (uint64_t i = 0; i < target_set_count(set); i++) {
		target_set_host(set, i, &host);
		assert_null(exclusion_list_reason(list, host.address));
		assert_true(target_set_find(set, host.address, &found));
		assert_int_equal(found, i);
		if (i > 0)
			assert_true(ip_address_compare(before.address, host.address) < 0);
		before = host;
	}
	host.address.bytes[15]++; /* behind the last */
	assert_false(target_set_find(set, host.address, &found));
	target_set_host(set, 6, &host);
	host.address.bytes[3]++; /* 192.0.2.7 */
	assert_false(target_set_find(set, host.address, &found));
	target_set_host(set, 8, &host);
	assert_int_equal(host.address.bytes[3], 9);
	assert_int_equal(host.ports.count, 3);
	assert_int_equal(host.ports.ports[2], 993);
	exclusion_list_free(list);
	target_set_free(set);
}

static void nothing_left_says_which_rule_and_how_to_open_it(void **state)
{
	struct target_set *set = new_set();
	struct exclusion_list *list = exclusion_list_new();
	struct error error = {{0}};

	(void)state;
	assert_true(exclusion_list_add_special(list, NULL, 0, &error));
	exclusion_list_seal(list);
	add(set, "127.0.0.1");
	assert_false(target_set_seal(set, list, &error));
	assert_string_equal(error.text, "there is nothing to scan: 127.0.0.1 is excluded by the special-purpose range loopback "
	                                "(127.0.0.0/8, RFC 1122 section 3.2.1.3), which --open loopback opens for a lab");
	exclusion_list_free(list);
	target_set_free(set);

	set = new_set();
	add(set, "192.0.2.0/24");
	assert_false(seal(set, "192.0.2.0/25\n192.0.2.128/25\n", &error));
	assert_string_equal(error.text,
	                    "there is nothing to scan: all 256 addresses are excluded; 192.0.2.0 by the blocklist (block.txt, line 1)");
	target_set_free(set);

	set = new_set();
	assert_false(seal(set, "", &error));
	assert_non_null(strstr(error.text, "no address was named"));
	target_set_free(set);
}

static void too_many_ports_of_one_address_are_refused(void **state)
{
	struct target_set *set = new_set();
	struct error error = {{0}};

	(void)state;
	add(set, "192.0.2.0/24:1,2,3,4,5,6,7,8,9,10");
	add(set, "192.0.2.77:11,12,13,14,15,16,17");
	assert_false(seal(set, "", &error));
	assert_non_null(strstr(error.text, "192.0.2.77: 17 different ports"));
	target_set_free(set);

	set = new_set();
	add(set, "192.0.2.0/24:1,2,3,4,5,6,7,8,9,10");
	add(set, "192.0.2.77:11,12,13,14,15,16,17");
	assert_true(seal(set, "192.0.2.77\n", &error)); /* excluded: nobody asks for its ports */
	target_set_free(set);
}

static void up_to_2_to_the_63_addresses_are_possible(void **state)
{
	struct target_set *set = new_set();
	struct error error = {{0}};
	struct target_host host;
	char text[IP_ADDRESS_TEXT_SIZE];

	(void)state;
	add(set, "2001:db8::/65");
	assert_true(seal(set, "", &error));
	assert_int_equal(target_set_count(set), UINT64_C(1) << 63);
	target_set_host(set, (UINT64_C(1) << 63) - 1, &host);
	ip_address_format(host.address, text);
	assert_string_equal(text, "2001:db8::7fff:ffff:ffff:ffff");
	target_set_free(set);

	set = new_set();
	add(set, "2001:db8::/65");
	add(set, "192.0.2.1");
	assert_false(seal(set, "", &error));
	assert_non_null(strstr(error.text, "2^63"));
	target_set_free(set);

	set = new_set();
	add(set, "::/0");
	assert_false(seal(set, "", &error));
	assert_non_null(strstr(error.text, "2^63"));
	target_set_free(set);
}

static uint64_t fingerprint_of(const char *first, const char *second, const char *excluded)
{
	struct target_set *set = new_set();
	struct error error = {{0}};
	uint64_t fingerprint;

	add(set, first);
	add(set, second);
	assert_true(seal(set, excluded, &error));
	fingerprint = target_set_fingerprint(set);
	target_set_free(set);
	return fingerprint;
}

static void the_fingerprint_depends_on_what_is_sealed_alone(void **state)
{
	uint64_t fingerprint = fingerprint_of("192.0.2.0/25", "192.0.2.128/25", "");

	(void)state;
	assert_int_equal(fingerprint_of("192.0.2.0/24", "192.0.2.7:110,143", ""), fingerprint);
	assert_int_equal(fingerprint_of("192.0.2.0/24", "198.51.100.1", "198.51.100.0/24\n"), fingerprint);
	assert_int_not_equal(fingerprint_of("192.0.2.0/24", "192.0.2.7:993", ""), fingerprint);
	assert_int_not_equal(fingerprint_of("192.0.2.0/24", "192.0.2.7", "192.0.2.255\n"), fingerprint);
}

static void a_hundred_thousand_ranges_are_sealed_and_found(void **state)
{
	enum { RANGES = 100000 };
	struct target_set *set = new_set();
	struct exclusion_list *list = exclusion_list_new();
	struct error error = {{0}};
	struct target_host host;

	(void)state;
	for (uint32_t i = 0; i < RANGES; i++) { /* in a scattered order: a multiple of an odd number modulo 2^17 */
		uint32_t place = (i * 40503u) % 131072;
		struct ip_range range = {
			{.family = IP_FAMILY_4, .bytes = {10, (uint8_t)(place >> 9), (uint8_t)(place >> 1), (uint8_t)(place << 7)}},
			{.family = IP_FAMILY_4}};
		struct port_list ports = {{(uint16_t)(1 + place % 50000)}, 1};

		range.last = range.first;
		range.last.bytes[3] |= 63;
		target_set_add(set, &range, &ports);
		range.first.bytes[3] |= 32;
		exclusion_list_add_range(list, &range, "blocklist");
	}
	exclusion_list_seal(list);
	assert_true(target_set_seal(set, list, &error));
	assert_int_equal(target_set_count(set), (uint64_t)RANGES * 32);
	assert_int_equal(target_set_excluded_count(set), (uint64_t)RANGES * 32);
	for (uint64_t i = 0; i < target_set_count(set); i += 31) {
		uint32_t place;

		target_set_host(set, i, &host);
		place = (uint32_t)host.address.bytes[1] << 9 | (uint32_t)host.address.bytes[2] << 1 | host.address.bytes[3] >> 7;
		assert_int_equal(host.ports.ports[0], 1 + place % 50000);
		assert_true((host.address.bytes[3] & 0x60) == 0);
	}
	exclusion_list_free(list);
	target_set_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(overlaps_and_duplicates_become_one_range),
		cmocka_unit_test(ports_of_overlaps_are_united),
		cmocka_unit_test(excluded_parts_are_cut_out),
		cmocka_unit_test(what_was_cut_out_is_counted),
		cmocka_unit_test(every_index_gives_its_host_in_ascending_order),
		cmocka_unit_test(nothing_left_says_which_rule_and_how_to_open_it),
		cmocka_unit_test(too_many_ports_of_one_address_are_refused),
		cmocka_unit_test(up_to_2_to_the_63_addresses_are_possible),
		cmocka_unit_test(the_fingerprint_depends_on_what_is_sealed_alone),
		cmocka_unit_test(a_hundred_thousand_ranges_are_sealed_and_found),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
