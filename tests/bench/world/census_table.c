/* SPDX-License-Identifier: ISC */
/* Shares are cut by cumulated sums, rounded down: whatever the scale, parts add up to the whole, and no whole is lost in rounding. */
#include "census_table.h"

#include <assert.h>
#include <string.h>

#include "base/attributes.h"

/* Hosts without TLS: the first three and the sum are published figures (Shadowserver), how the rest is spread is our choice. Alphabetical order would do as well: the order only
   says who lives where. */
const struct country COUNTRIES[] = {
	{"US", 900000}, {"DE", 523000}, {"PL", 381800}, {"JP", 165000}, {"NL", 120000}, {"FR", 117000}, {"GB", 114000}, {"RU", 100000},
	{"IT", 85000},  {"CA", 77900},  {"CZ", 65000},  {"BR", 60000},  {"AU", 55000},  {"ES", 50000},  {"CH", 45000},  {"TR", 40000},
	{"UA", 38000},  {"SE", 35000},  {"AT", 33000},  {"IN", 30000},  {"CN", 28000},  {"KR", 25000},  {"ID", 22000},  {"RO", 20000},
	{"HU", 18000},  {"BG", 15000},  {"ZA", 14000},  {"AR", 13000},  {"MX", 12000},  {"TW", 11000},  {"FI", 10000},  {"DK", 9500},
	{"NO", 9000},   {"BE", 8800},   {"PT", 7500},   {"GR", 7000},   {"IL", 6500},   {"TH", 6000},   {"VN", 5500},   {"SG", 5000},
	{"IR", 4500},   {"CL", 4000},   {"LT", 4000},
};
const uint32_t COUNTRY_COUNT = ARRAY_LENGTH(COUNTRIES);

enum {
	HOSTS_WITHOUT_TLS = 3300000,
	IPV6_SHARE = 100,
	ADDRESS_BITS = 28,
	/* Hosts of a group for one without TLS, in tenths. */
	TENTHS_WITH_TLS = 11,
	TENTHS_OTHER = 27,
};

static const uint32_t GROUP_TENTHS[GROUPS] = {[GROUP_WITHOUT_TLS] = 10, [GROUP_WITH_TLS] = TENTHS_WITH_TLS, [GROUP_OTHER] = TENTHS_OTHER};

static uint32_t offset_bits(uint32_t scale)
{
	uint32_t bits = ADDRESS_BITS - POPULATION_UNIT_BITS;

	while (bits > 1 && scale > 1) {
		scale = (scale + 1) / 2;
		bits--;
	}
	return bits;
}

/* Of a whole that is cut at the points from and to of `of`: the part between. */
static uint32_t share(uint64_t whole, uint64_t from, uint64_t to, uint64_t of)
{
	return (uint32_t)(whole * to / of - whole * from / of);
}

static uint64_t group_weight(enum host_group group)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < HOST_CLASS_COUNT; i++)
		sum += HOST_CLASSES[i].group == group ? HOST_CLASSES[i].weight : 0;
	return sum;
}

/* Hosts of each class in a country whose hosts stand at from..to in the row of all hosts without TLS. */
static void count_classes(uint64_t from, uint64_t to, uint32_t scale, uint32_t counts[POPULATION_CLASSES_MAX])
{
	uint64_t done[GROUPS] = {0};

	for (uint32_t i = 0; i < HOST_CLASS_COUNT; i++) {
		enum host_group group = HOST_CLASSES[i].group;
		uint32_t hosts = share(GROUP_TENTHS[group], from, to, (uint64_t)10 * scale);

		counts[i] = share(hosts, done[group], done[group] + HOST_CLASSES[i].weight, group_weight(group));
		done[group] += HOST_CLASSES[i].weight;
	}
}

static void fill_unit(struct census_table *table, uint32_t scale, bool is_ipv6, uint32_t unit,
                      const uint32_t counts[POPULATION_CLASSES_MAX], uint32_t place, uint32_t places)
{
	struct population_unit *filled = &table->units[unit + (is_ipv6 ? POPULATION_UNITS : 0)];
	uint32_t sum = 0;

	(void)scale;
	for (uint32_t i = 0; i < POPULATION_ROUNDS; i++)
		filled->key[i] = population_mix(table->seed ^ population_mix((unit << 4 | i << 1 | (is_ipv6 ? 1 : 0)) + 1));
	for (uint32_t i = 0; i < POPULATION_CLASSES_MAX; i++) {
		filled->first[i] = sum;
		/* Turned by class, so that few hosts of many classes do not all fall into a country's last unit. */
		sum += i < HOST_CLASS_COUNT ? share(counts[i], (place + i) % places, (place + i) % places + 1, places) : 0;
	}
	filled->first[POPULATION_CLASSES_MAX] = sum;
	assert(sum <= 1u << table->settings.offset_bits[is_ipv6 ? 1 : 0]);
}

static void fill_country(struct census_table *table, uint32_t country, uint64_t from, uint64_t to)
{
	uint32_t first = (uint32_t)(from * POPULATION_UNITS / HOSTS_WITHOUT_TLS),
		 end = (uint32_t)(to * POPULATION_UNITS / HOSTS_WITHOUT_TLS);
	uint32_t networks = 1 + (end - first) / 8, counts[2][POPULATION_CLASSES_MAX] = {{0}};

	assert(end > first);
	if (networks > NETWORKS_MAX)
		networks = NETWORKS_MAX;
	count_classes(from, to, table->scale, counts[0]);
	count_classes(from, to, table->scale * IPV6_SHARE, counts[1]);
	for (uint32_t unit = first; unit < end; unit++) {
		table->country[unit] = (uint16_t)country;
		table->network[unit] = FIRST_NETWORK + country * NETWORKS_MAX + (unit - first) * networks / (end - first);
		fill_unit(table, table->scale, false, unit, counts[0], unit - first, end - first);
		fill_unit(table, table->scale * IPV6_SHARE, true, unit, counts[1], unit - first, end - first);
	}
}

void census_table_fill(struct census_table *table, uint32_t seed, uint32_t scale)
{
	uint64_t sum = 0;

	*table = (struct census_table){.seed = seed, .scale = scale};
	table->settings.seed = population_mix(seed + 1);
	table->settings.every = POPULATION_SILENT;
	table->settings.offset_bits[0] = offset_bits(scale);
	table->settings.offset_bits[1] = offset_bits(scale * IPV6_SHARE);
	for (uint32_t i = 0; i < COUNTRY_COUNT; i++) {
		fill_country(table, i, sum, sum + COUNTRIES[i].without_tls);
		sum += COUNTRIES[i].without_tls;
	}
	assert(sum == HOSTS_WITHOUT_TLS);
}

uint32_t census_table_hosts(const struct census_table *table, bool is_ipv6, uint32_t unit)
{
	return table->units[unit + (is_ipv6 ? POPULATION_UNITS : 0)].first[POPULATION_CLASSES_MAX];
}

uint32_t census_table_host(const struct census_table *table, bool is_ipv6, uint32_t unit, uint32_t index, uint32_t *offset_out)
{
	const struct population_unit *found = &table->units[unit + (is_ipv6 ? POPULATION_UNITS : 0)];
	uint32_t class = 0;

	while (class + 1 < POPULATION_CLASSES_MAX && index >= found->first[class + 1])
		class ++;
	*offset_out = population_offset(found, table->settings.offset_bits[is_ipv6 ? 1 : 0], index);
	return class;
}

void census_table_change(struct census_table *table, uint32_t seed, bool is_before)
{
	table->settings.changes = population_mix(seed + 1) | 1;
	for (uint32_t class = 0; class < POPULATION_CLASSES_MAX; class ++) {
		for (uint32_t change = 0; change < POPULATION_CHANGES; change++)
			table->settings.changed[change][class] =
				(uint8_t)host_class_changed(class, (enum population_change)change, is_before);
	}
}
