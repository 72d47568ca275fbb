/* SPDX-License-Identifier: ISC */
/* Counts are exact at each scale, places are found both ways, and nobody lives outside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "base/memory.h"
#include "census_table.h"

static struct census_table *made(uint32_t seed, uint32_t scale)
{
	struct census_table *table = memory_allocate(1, sizeof(*table));

	census_table_fill(table, seed, scale);
	return table;
}

static uint32_t hosts_of(const struct census_table *table, bool is_ipv6, uint32_t country, enum host_group group)
{
	uint32_t sum = 0;

	for (uint32_t unit = 0; unit < POPULATION_UNITS; unit++) {
		const struct population_unit *row = &table->units[unit + (is_ipv6 ? POPULATION_UNITS : 0)];

		for (uint32_t class = 0; class < HOST_CLASS_COUNT; class ++) {
			if (HOST_CLASSES[class].group == group && (country == COUNTRY_COUNT || table->country[unit] == country))
				sum += row->first[class + 1] - row->first[class];
		}
	}
	return sum;
}

static void test_published_counts(void **state)
{
	static const uint32_t SCALES[] = {1, 10, 100};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(SCALES); i++) {
		struct census_table *table = made(7, SCALES[i]);

		assert_int_equal(hosts_of(table, false, 0, GROUP_WITHOUT_TLS), 900000 / SCALES[i]);
		assert_int_equal(hosts_of(table, false, 1, GROUP_WITHOUT_TLS), 523000 / SCALES[i]);
		assert_int_equal(hosts_of(table, false, 2, GROUP_WITHOUT_TLS), 381800 / SCALES[i]);
		assert_int_equal(hosts_of(table, false, COUNTRY_COUNT, GROUP_WITHOUT_TLS), 3300000 / SCALES[i]);
		assert_true(hosts_of(table, false, COUNTRY_COUNT, GROUP_WITH_TLS) >= 3300000 / SCALES[i]);
		assert_int_equal(hosts_of(table, true, COUNTRY_COUNT, GROUP_WITHOUT_TLS), 33000 / SCALES[i]);
		free(table);
	}
}

/* What does not divide is rounded down by cumulated sums: the whole is lost nowhere. */
static void test_odd_scale(void **state)
{
	struct census_table *table = made(7, 37);

	(void)state;
	assert_int_equal(hosts_of(table, false, COUNTRY_COUNT, GROUP_WITHOUT_TLS), 3300000 / 37);
	free(table);
}

static void check_hosts(const struct census_table *table, bool is_ipv6)
{
	for (uint32_t unit = 0; unit < POPULATION_UNITS; unit++) {
		for (uint32_t i = 0; i < census_table_hosts(table, is_ipv6, unit); i++) {
			struct population_spot spot = {.unit = unit, .is_ipv6 = is_ipv6};
			uint32_t class = census_table_host(table, is_ipv6, unit, i, &spot.offset);

			assert_int_equal(population_class(&table->settings, &table->units[population_table_index(&spot)], &spot), class);
		}
	}
}

static void test_each_host_is_found_at_its_address(void **state)
{
	struct census_table *table = made(11, 1000);

	(void)state;
	check_hosts(table, false);
	check_hosts(table, true);
	free(table);
}

/* Every address of the space is asked; as many hosts answer as there are. */
static void test_no_more_hosts_than_there_are(void **state)
{
	struct census_table *table = made(12, 1000);
	uint32_t found = 0, hosts = 0, size = (uint32_t)POPULATION_UNITS << table->settings.offset_bits[0];

	(void)state;
	for (uint32_t i = 0; i < size; i++) {
		struct population_spot spot;

		assert_true(population_locate_v4(&table->settings, 0xf0000000u + i, &spot));
		found += population_class(&table->settings, &table->units[population_table_index(&spot)], &spot) != POPULATION_SILENT;
	}
	for (uint32_t unit = 0; unit < POPULATION_UNITS; unit++)
		hosts += census_table_hosts(table, false, unit);
	assert_int_equal(found, hosts);
	free(table);
}

static void test_outside(void **state)
{
	static const uint32_t OTHER_HALF[4] = {0x20010db8, 0x00010000, 1, 0}, OTHER_PREFIX[4] = {0x20010db9, 0, 0, 0},
			      INSIDE[4] = {0x20010db8, 0x03ff0000, 0, 1};
	struct census_table *table = made(1, 100);
	struct population_spot spot;

	(void)state;
	assert_false(population_locate_v4(&table->settings, 0xefffffffu, &spot));
	assert_false(population_locate_v4(&table->settings, 0xf0200000u, &spot)); /* a world 1:100 is a /11 */
	assert_true(population_locate_v4(&table->settings, 0xf01fffffu, &spot));
	assert_false(population_locate_v6(&table->settings, OTHER_HALF, &spot));
	assert_false(population_locate_v6(&table->settings, OTHER_PREFIX, &spot));
	assert_true(population_locate_v6(&table->settings, INSIDE, &spot));
	free(table);
}

static void test_seed_moves_hosts(void **state)
{
	struct census_table *one = made(1, 1000), *two = made(2, 1000);
	uint32_t same = 0, count = census_table_hosts(one, false, 0);

	(void)state;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t a, b;

		(void)census_table_host(one, false, 0, i, &a);
		(void)census_table_host(two, false, 0, i, &b);
		same += a == b;
	}
	assert_true(count > 8 && same < count / 2);
	free(one);
	free(two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_published_counts),
		cmocka_unit_test(test_odd_scale),
		cmocka_unit_test(test_each_host_is_found_at_its_address),
		cmocka_unit_test(test_no_more_hosts_than_there_are),
		cmocka_unit_test(test_outside),
		cmocka_unit_test(test_seed_moves_hosts),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
