/* SPDX-License-Identifier: ISC */
/* Tests of what becomes of nested, equal and overlapping ranges: compared with a search through all of them, one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "enrich/builder.h"
#include "model/attribution.h"

struct given {
	struct ip_range range;
	uint32_t asn;
};

static uint64_t random_state = 20261124;

static uint64_t random_number(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state * 0x2545f4914f6cdd1dULL;
}

static void finish(struct builder *builder, struct snapshot_image *image, struct snapshot *snapshot)
{
	struct error error = {{0}};

	assert_true(builder_finish(builder, "test", "notice", (struct timestamp){1000}, image, &error));
	assert_true(snapshot_view(span_make(image->data, image->size), false, snapshot, &error));
}

static void add(struct builder *builder, const char *text, uint32_t asn)
{
	struct ip_range range;

	assert_true(ip_range_parse(span_from_text(text), &range));
	builder_add_range(builder, &range, &(struct builder_value){.asn = asn});
}

static uint32_t asn_of(const struct snapshot *snapshot, const char *text)
{
	struct ip_address address;

	assert_true(ip_address_parse(span_from_text(text), &address));
	return snapshot_look_up(snapshot, address)->asn;
}

static void most_specific_holds(void **state)
{
	struct builder builder;
	struct snapshot_image image;
	struct snapshot snapshot;

	(void)state;
	builder_init(&builder);
	add(&builder, "192.0.2.0/25", 2);
	add(&builder, "192.0.0.0/16", 1);
	add(&builder, "192.0.2.64/26", 3);
	add(&builder, "192.0.2.64/26", 4);
	add(&builder, "255.255.255.255", 5);
	add(&builder, "0.0.0.0", 6);
	add(&builder, "2001:db8::/32", 7);
	add(&builder, "2001:db8:0:0:8000::/65", 8);
	add(&builder, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 9);
	finish(&builder, &image, &snapshot);
	assert_int_equal(asn_of(&snapshot, "191.255.255.255"), 0);
	assert_int_equal(asn_of(&snapshot, "192.0.0.0"), 1);
	assert_int_equal(asn_of(&snapshot, "192.0.2.0"), 2);
	assert_int_equal(asn_of(&snapshot, "192.0.2.63"), 2);
	assert_int_equal(asn_of(&snapshot, "192.0.2.64"), 4);
	assert_int_equal(asn_of(&snapshot, "192.0.2.127"), 4);
	assert_int_equal(asn_of(&snapshot, "192.0.2.128"), 1);
	assert_int_equal(asn_of(&snapshot, "192.1.0.0"), 0);
	assert_int_equal(asn_of(&snapshot, "255.255.255.255"), 5);
	assert_int_equal(asn_of(&snapshot, "255.255.255.254"), 0);
	assert_int_equal(asn_of(&snapshot, "0.0.0.0"), 6);
	assert_int_equal(asn_of(&snapshot, "0.0.0.1"), 0);
	assert_int_equal(asn_of(&snapshot, "2001:db8::7fff:ffff:ffff:ffff"), 7);
	assert_int_equal(asn_of(&snapshot, "2001:db8::8000:0:0:0"), 8);
	assert_int_equal(asn_of(&snapshot, "2001:db8:0:1::"), 7);
	assert_int_equal(asn_of(&snapshot, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), 9);
	assert_int_equal(asn_of(&snapshot, "::"), 0);
	free(image.data);
}

static void ranges_that_overlap_end_where_they_end(void **state)
{
	struct builder builder;
	struct snapshot_image image;
	struct snapshot snapshot;

	(void)state;
	builder_init(&builder);
	add(&builder, "192.0.2.0-192.0.2.20", 1);
	add(&builder, "192.0.2.10-192.0.2.40", 2);
	add(&builder, "192.0.2.15-192.0.2.17", 3);
	finish(&builder, &image, &snapshot);
	assert_int_equal(asn_of(&snapshot, "192.0.2.9"), 1);
	assert_int_equal(asn_of(&snapshot, "192.0.2.10"), 2);
	assert_int_equal(asn_of(&snapshot, "192.0.2.16"), 3);
	assert_int_equal(asn_of(&snapshot, "192.0.2.18"), 2);
	assert_int_equal(asn_of(&snapshot, "192.0.2.40"), 2);
	assert_int_equal(asn_of(&snapshot, "192.0.2.41"), 0);
	assert_int_equal(snapshot_look_up(&snapshot, (struct ip_address){IP_FAMILY_4, {192, 0, 2, 16}})->prefix_length, SNAPSHOT_NO_PREFIX);
	free(image.data);
}

/* Prefixes are near each other, so that they nest. */
static struct ip_range random_prefix(enum ip_family family)
{
	struct ip_range range = {.first = {.family = family}};
	size_t size = ip_address_size(range.first);
	unsigned length = (unsigned)(random_number() % (8 * size + 1));

	for (size_t i = 0; i < size; i++)
		range.first.bytes[i] = (uint8_t)(random_number() & 0x81);
	range.last = range.first;
	for (unsigned bit = length; bit < 8 * size; bit++) {
		range.first.bytes[bit / 8] &= (uint8_t) ~(0x80 >> (bit % 8));
		range.last.bytes[bit / 8] |= (uint8_t)(0x80 >> (bit % 8));
	}
	return range;
}

static uint32_t search_one_by_one(const struct given *given, size_t count, struct ip_address address)
{
	uint32_t asn = 0;
	int longest = -1;

	for (size_t i = 0; i < count; i++) {
		int length;

		if (!ip_range_contains(&given[i].range, address))
			continue;
		length = ip_range_prefix_length(&given[i].range);
		if (length >= longest) { /* of equals the one that was said last */
			longest = length;
			asn = given[i].asn;
		}
	}
	return asn;
}

static void hundred_thousand_addresses_are_found_as_one_by_one(void **state)
{
	enum { PREFIXES = 600, ADDRESSES = 100000 };
	struct given *given = memory_allocate(PREFIXES, sizeof(*given));
	struct builder builder;
	struct snapshot_image image;
	struct snapshot snapshot;
	size_t found = 0;

	(void)state;
	builder_init(&builder);
	for (size_t i = 0; i < PREFIXES; i++) {
		given[i] = (struct given){random_prefix(i % 2 == 0 ? IP_FAMILY_4 : IP_FAMILY_6), (uint32_t)(random_number() % 50)};
		builder_add_range(&builder, &given[i].range, &(struct builder_value){.asn = given[i].asn});
	}
	finish(&builder, &image, &snapshot);
	for (size_t i = 0; i < ADDRESSES; i++) {
		struct ip_range near = random_prefix(i % 2 == 0 ? IP_FAMILY_4 : IP_FAMILY_6);
		struct ip_address address = i % 4 < 2 ? near.first : near.last;
		uint32_t asn = search_one_by_one(given, PREFIXES, address);

		assert_int_equal(snapshot_look_up(&snapshot, address)->asn, asn);
		found += asn != 0;
	}
	assert_true(found > ADDRESSES / 4);
	free(image.data);
	free(given);
}

static void texts_are_made_harmless(void **state)
{
	struct builder builder;
	struct snapshot_image image;
	struct snapshot snapshot;
	char longer[600];
	const char *name;

	(void)state;
	memset(longer, 'x', sizeof(longer));
	memcpy(longer + 254, "\xe2\x82\xac", 3); /* would be cut after its first byte */
	builder_init(&builder);
	builder_add_network(&builder, 2, &(struct builder_value){.name = span_make(" a\nb\0c ", 7)});
	builder_add_network(&builder, 1, &(struct builder_value){.name = span_make(longer, sizeof(longer))});
	builder_add_network(&builder, 2, &(struct builder_value){.name = span_from_text("second")});
	builder_add_network(&builder, 3, &(struct builder_value){.name = span_make(" a\nb\0c ", 7)});
	finish(&builder, &image, &snapshot);
	assert_string_equal(snapshot_text(&snapshot, snapshot.header->source), "test");
	assert_string_equal(snapshot_text(&snapshot, snapshot_find_network(&snapshot, 2)->name), "second");
	assert_string_equal(snapshot_text(&snapshot, snapshot_find_network(&snapshot, 3)->name), "a b c");
	name = snapshot_text(&snapshot, snapshot_find_network(&snapshot, 1)->name);
	assert_int_equal(strlen(name), 254);
	assert_null(snapshot_find_network(&snapshot, 4));
	assert_null(snapshot_find_network(&snapshot, 0));
	free(image.data);
}

static void nothing_said_is_an_error(void **state)
{
	struct builder builder;
	struct snapshot_image image;
	struct error error = {{0}};

	(void)state;
	builder_init(&builder);
	assert_false(builder_finish(&builder, "test", "", (struct timestamp){0}, &image, &error));
	assert_string_equal(error.text, "it says nothing about any address or network");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(most_specific_holds),
		cmocka_unit_test(ranges_that_overlap_end_where_they_end),
		cmocka_unit_test(hundred_thousand_addresses_are_found_as_one_by_one),
		cmocka_unit_test(texts_are_made_harmless),
		cmocka_unit_test(nothing_said_is_an_error),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
