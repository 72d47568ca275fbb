/* SPDX-License-Identifier: ISC */
/* The truth, computed from the same functions that answer. compare reads "hexadecimal address TAB port TAB verdict" lines and tells in JSON what differs. */
#include "truth.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "base/memory.h"
#include "base/text.h"

enum { SHOWN_MAX = 20, LINE_MAX_SIZE = 256 };

static const uint16_t PORTS[POPULATION_PORTS] = {110, 143, 993, 995};

static void address_bytes(const struct census_table *table, const struct population_spot *spot, unsigned char bytes_out[16],
                          size_t *size_out)
{
	static const unsigned char PREFIX[4] = {0x20, 0x01, 0x0d, 0xb8};
	uint32_t word = spot->is_ipv6 ? spot->offset
	                              : (uint32_t)POPULATION_BASE_V4 << 24 | spot->unit << table->settings.offset_bits[0] | spot->offset;
	size_t at = spot->is_ipv6 ? 12 : 0;

	memset(bytes_out, 0, 16);
	if (spot->is_ipv6) {
		memcpy(bytes_out, PREFIX, 4);
		bytes_out[4] = (unsigned char)(spot->unit >> 8);
		bytes_out[5] = (unsigned char)spot->unit;
	}
	for (size_t i = 0; i < 4; i++)
		bytes_out[at + i] = (unsigned char)(word >> (24 - 8 * i));
	*size_out = spot->is_ipv6 ? 16 : 4;
}

static const char *address_text(const struct census_table *table, const struct population_spot *spot, char text_out[INET6_ADDRSTRLEN])
{
	unsigned char bytes[16];
	size_t size;

	address_bytes(table, spot, bytes, &size);
	return inet_ntop(spot->is_ipv6 ? AF_INET6 : AF_INET, bytes, text_out, INET6_ADDRSTRLEN);
}

static bool is_open(const struct service *service)
{
	return strcmp(service->verdict, "closed") != 0;
}

/* Somebody who sweeps these ports finds it. */
static bool is_findable(uint32_t class, const bool asked[POPULATION_PORTS])
{
	for (unsigned i = 0; i < POPULATION_PORTS; i++) {
		if (asked[i] && is_open(&HOST_CLASSES[class].services[i]))
			return true;
	}
	return false;
}

/* ---- lists ---- */

static bool has_family(const struct truth_options *options, bool is_ipv6)
{
	return is_ipv6 ? options->has_v6 : options->has_v4;
}

static void print_hosts(const struct census_table *table, const struct truth_options *options, bool is_ipv6)
{
	char text[INET6_ADDRSTRLEN];

	for (uint32_t unit = 0; unit < options->units; unit++) {
		for (uint32_t i = 0; i < census_table_hosts(table, is_ipv6, unit); i++) {
			struct population_spot spot = {.unit = unit, .is_ipv6 = is_ipv6};
			uint32_t class = census_table_host(table, is_ipv6, unit, i, &spot.offset);
			const struct host_class *row;

			class = population_changed_class(&table->settings, &spot, class);
			if (class >= HOST_CLASS_COUNT || (options->is_open_only && !is_findable(class, options->asked)))
				continue;
			row = &HOST_CLASSES[class];
			printf("%s\t%s\t%u\t%s\t%s\t%s\t%s\t%s\t%s\n", address_text(table, &spot, text),
			       COUNTRIES[table->country[unit]].code, table->network[unit], row->name, row->services[0].verdict,
			       row->services[1].verdict, row->services[2].verdict, row->services[3].verdict, row->host_verdict);
		}
	}
}

/* Every host that somebody can find in one of both worlds: its address, what became of it, and its class in each. */
static void print_changes(const struct census_table *table, const struct truth_options *options, bool is_ipv6)
{
	static const char *const words[] = {
		[POPULATION_FIXED] = "fixed", [POPULATION_GONE] = "gone", [POPULATION_NEW] = "new", [POPULATION_REGRESSED] = "regressed"};
	char text[INET6_ADDRSTRLEN];

	for (uint32_t unit = 0; unit < options->units; unit++) {
		for (uint32_t i = 0; i < census_table_hosts(table, is_ipv6, unit); i++) {
			struct population_spot spot = {.unit = unit, .is_ipv6 = is_ipv6};
			uint32_t class = census_table_host(table, is_ipv6, unit, i, &spot.offset);
			uint32_t change = population_change_at(&table->settings, &spot);
			uint32_t then =
				change < POPULATION_CHANGES ? host_class_changed(class, (enum population_change)change, true) : class;
			uint32_t now =
				change < POPULATION_CHANGES ? host_class_changed(class, (enum population_change)change, false) : class;

			if (!is_findable(class, options->asked))
				continue;
			printf("%s\t%s\t%s\t%s\n", address_text(table, &spot, text), then == now ? "none" : words[change],
			       then < HOST_CLASS_COUNT ? HOST_CLASSES[then].name : "nobody",
			       now < HOST_CLASS_COUNT ? HOST_CLASSES[now].name : "nobody");
		}
	}
}

/* A run of units as prefixes. */
static void print_run(const struct census_table *table, bool is_ipv6, uint32_t first, uint32_t end, bool has_owner)
{
	while (first < end) {
		uint32_t size = 1;
		unsigned bits = 0;
		struct population_spot spot = {.unit = first, .is_ipv6 = is_ipv6};
		char text[INET6_ADDRSTRLEN];

		while (first % (2 * size) == 0 && first + 2 * size <= end) {
			size *= 2;
			bits++;
		}
		printf("%s/%u", address_text(table, &spot, text), is_ipv6 ? 48 - bits : 32 - table->settings.offset_bits[0] - bits);
		if (has_owner)
			printf(",%s,%u,%s Hosting %u (simulated)", COUNTRIES[table->country[first]].code, table->network[first],
			       COUNTRIES[table->country[first]].code, (table->network[first] - FIRST_NETWORK) % NETWORKS_MAX + 1);
		printf("\n");
		first += size;
	}
}

static void print_attribution(const struct census_table *table, const struct truth_options *options)
{
	printf("prefix,country,asn,as_name\n");
	for (unsigned family = 0; family < 2; family++) {
		uint32_t first = 0;

		if (!has_family(options, family == 1))
			continue;
		for (uint32_t unit = 1; unit <= options->units; unit++) {
			if (unit < options->units && table->network[unit] == table->network[first])
				continue;
			print_run(table, family == 1, first, unit, true);
			first = unit;
		}
	}
}

/* IPv4 is one prefix. Of IPv6 each unit's beginning is worth a look: addresses in a list that somebody had from elsewhere. */
static void print_targets(const struct census_table *table, const struct truth_options *options)
{
	char text[INET6_ADDRSTRLEN];

	if (options->has_v4)
		print_run(table, false, 0, options->units, false);
	for (uint32_t unit = 0; options->has_v6 && unit < options->units; unit++) {
		struct population_spot spot = {.unit = unit, .is_ipv6 = true};

		printf("%s/%u\n", address_text(table, &spot, text), 128 - table->settings.offset_bits[1]);
	}
}

static void count_hosts(const struct census_table *table, const struct truth_options *options, bool is_ipv6,
                        uint32_t counts[][POPULATION_CLASSES_MAX])
{
	for (uint32_t unit = 0; unit < options->units; unit++) {
		const struct population_unit *row = &table->units[unit + (is_ipv6 ? POPULATION_UNITS : 0)];

		for (uint32_t class = 0; class < HOST_CLASS_COUNT; class ++) {
			if (!options->is_open_only || is_findable(class, options->asked))
				counts[table->country[unit]][class] += row->first[class + 1] - row->first[class];
		}
	}
}

static uint32_t sum_group(const uint32_t counts[POPULATION_CLASSES_MAX], enum host_group group)
{
	uint32_t sum = 0;

	for (uint32_t class = 0; class < HOST_CLASS_COUNT; class ++)
		sum += HOST_CLASSES[class].group == group ? counts[class] : 0;
	return sum;
}

static void print_countries(const struct census_table *table, const struct truth_options *options)
{
	uint32_t(*counts)[POPULATION_CLASSES_MAX] = memory_allocate(COUNTRY_COUNT, sizeof(*counts));
	uint32_t sums[GROUPS] = {0};

	for (unsigned family = 0; family < 2; family++) {
		if (has_family(options, family == 1))
			count_hosts(table, options, family == 1, counts);
	}
	printf("country\twithout_tls\twith_tls\tother\n");
	for (uint32_t i = 0; i < COUNTRY_COUNT; i++) {
		printf("%s", COUNTRIES[i].code);
		for (unsigned group = 0; group < GROUPS; group++) {
			uint32_t sum = sum_group(counts[i], (enum host_group)group);

			printf("\t%u", sum);
			sums[group] += sum;
		}
		printf("\n");
	}
	printf("sum\t%u\t%u\t%u\n", sums[0], sums[1], sums[2]);
	free(counts);
}

static void print_classes(const struct census_table *table, const struct truth_options *options)
{
	uint32_t(*counts)[POPULATION_CLASSES_MAX] = memory_allocate(COUNTRY_COUNT, sizeof(*counts));

	for (unsigned family = 0; family < 2; family++) {
		if (has_family(options, family == 1))
			count_hosts(table, options, family == 1, counts);
	}
	printf("class\thosts\t110\t143\t993\t995\thost\n");
	for (uint32_t class = 0; class < HOST_CLASS_COUNT; class ++) {
		const struct host_class *row = &HOST_CLASSES[class];
		uint32_t sum = 0;

		for (uint32_t i = 0; i < COUNTRY_COUNT; i++)
			sum += counts[i][class];
		printf("%s\t%u\t%s\t%s\t%s\t%s\t%s\n", row->name, sum, row->services[0].verdict, row->services[1].verdict,
		       row->services[2].verdict, row->services[3].verdict, row->host_verdict);
	}
	free(counts);
}

/* ---- compare ---- */

struct comparison {
	const struct census_table *table;
	const struct truth_options *options;
	unsigned char *seen;        /* by population_sent_bit() */
	unsigned char *without_tls; /* the same, slot 0 alone: hosts that were found to have none */
	uint64_t rows, right, wrong, invented, missing, repeated, unread;
	uint32_t found[2][64]; /* hosts without TLS, by family and country */
	uint32_t missing_by_class[POPULATION_CLASSES_MAX], wrong_by_class[POPULATION_CLASSES_MAX];
	unsigned shown;
};

static bool set_bit(unsigned char *map, uint64_t bit)
{
	bool was_set = (map[bit / 8] >> (bit % 8) & 1) != 0;

	map[bit / 8] |= (unsigned char)(1u << (bit % 8));
	return was_set;
}

static bool is_one_of(const char *alternatives, const char *verdict)
{
	size_t size = strlen(verdict);

	for (const char *at = alternatives; at != NULL; at = strchr(at, '|')) {
		if (*at == '|')
			at++;
		if (strncmp(at, verdict, size) == 0 && (at[size] == '\0' || at[size] == '|'))
			return true;
	}
	return false;
}

static void show_wrong(struct comparison *comparison, const struct population_spot *spot, uint32_t class, unsigned port,
                       const char *verdict)
{
	char text[INET6_ADDRSTRLEN];

	if (comparison->shown++ < SHOWN_MAX)
		fprintf(stderr, "%s port %u: %s, found %s, true is %s\n", address_text(comparison->table, spot, text), port,
		        class < HOST_CLASS_COUNT ? HOST_CLASSES[class].name : "nobody", verdict,
		        class < HOST_CLASS_COUNT ? host_class_service(class, (uint16_t)port)->verdict : "closed");
}

static bool read_spot(const struct census_table *table, const char *hex, struct population_spot *spot_out)
{
	unsigned char bytes[16];
	uint32_t words[4];
	size_t size = strlen(hex) / 2;

	if ((size != 4 && size != 16) || !text_parse_hex_bytes(span_make(hex, 2 * size), bytes, size))
		return false;
	for (size_t i = 0; i < size / 4; i++)
		words[i] = (uint32_t)bytes[4 * i] << 24 | (uint32_t)bytes[4 * i + 1] << 16 | (uint32_t)bytes[4 * i + 2] << 8 |
		           bytes[4 * i + 3];
	return size == 4 ? population_locate_v4(&table->settings, words[0], spot_out)
	                 : population_locate_v6(&table->settings, words, spot_out);
}

static void compare_row(struct comparison *comparison, const struct population_spot *spot, unsigned port, const char *verdict)
{
	const struct census_table *table = comparison->table;
	uint32_t class = population_class(&table->settings, &table->units[population_table_index(spot)], spot),
		 slot = population_port_slot((uint16_t)port);

	comparison->rows++;
	if (slot < POPULATION_PORTS && set_bit(comparison->seen, population_sent_bit(&table->settings, spot, slot)))
		comparison->repeated++;
	if (is_one_of(host_class_service(class, (uint16_t)port)->verdict, verdict)) {
		comparison->right++;
	} else {
		comparison->wrong++;
		comparison->invented += class >= HOST_CLASS_COUNT ? 1 : 0;
		if (class < HOST_CLASS_COUNT)
			comparison->wrong_by_class[class]++;
		show_wrong(comparison, spot, class, port, verdict);
	}
	if (strcmp(verdict, "no-tls") == 0 && !set_bit(comparison->without_tls, population_sent_bit(&table->settings, spot, 0)))
		comparison->found[spot->is_ipv6 ? 1 : 0][table->country[spot->unit]]++;
}

static void read_rows(struct comparison *comparison)
{
	char line[LINE_MAX_SIZE];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		char *tab = strchr(line, '\t'), *second = tab != NULL ? strchr(tab + 1, '\t') : NULL, *end = strchr(line, '\n');
		struct population_spot spot;

		if (second == NULL || end == NULL) {
			comparison->unread++;
			continue;
		}
		*tab = *second = *end = '\0';
		for (char *at = line; at < tab; at++)
			*at = (char)(*at >= 'A' && *at <= 'F' ? *at - 'A' + 'a' : *at);
		if (read_spot(comparison->table, line, &spot))
			compare_row(comparison, &spot, (unsigned)strtoul(tab + 1, NULL, 10), second + 1);
		else
			comparison->unread++;
	}
}

static void find_missing_of(struct comparison *comparison, const struct population_spot *spot, uint32_t class)
{
	for (unsigned i = 0; i < POPULATION_PORTS; i++) {
		uint64_t bit = population_sent_bit(&comparison->table->settings, spot, i);

		if (!is_open(&HOST_CLASSES[class].services[i]) || (comparison->seen[bit / 8] >> (bit % 8) & 1) != 0)
			continue;
		comparison->missing++;
		comparison->missing_by_class[class]++;
		show_wrong(comparison, spot, class, PORTS[i], "nothing");
	}
}

static void find_missing(struct comparison *comparison)
{
	for (unsigned family = 0; family < 2; family++) {
		for (uint32_t unit = 0; has_family(comparison->options, family == 1) && unit < comparison->options->units; unit++) {
			for (uint32_t i = 0; i < census_table_hosts(comparison->table, family == 1, unit); i++) {
				struct population_spot spot = {.unit = unit, .is_ipv6 = family == 1};
				uint32_t class = census_table_host(comparison->table, family == 1, unit, i, &spot.offset);

				if (is_findable(class, comparison->options->asked))
					find_missing_of(comparison, &spot, class);
			}
		}
	}
}

static void print_comparison(const struct comparison *comparison)
{
	const char *separator = "";

	printf("{\"rows\":%llu,\"right\":%llu,\"wrong\":%llu,\"invented\":%llu,\"missing\":%llu,\"repeated\":%llu,\"unread\":%llu,"
	       "\"countries\":[",
	       (unsigned long long)comparison->rows, (unsigned long long)comparison->right, (unsigned long long)comparison->wrong,
	       (unsigned long long)comparison->invented, (unsigned long long)comparison->missing, (unsigned long long)comparison->repeated,
	       (unsigned long long)comparison->unread);
	for (unsigned family = 0; family < 2; family++) {
		uint32_t(*counts)[POPULATION_CLASSES_MAX] = memory_allocate(COUNTRY_COUNT, sizeof(*counts));

		if (has_family(comparison->options, family == 1)) {
			count_hosts(comparison->table, comparison->options, family == 1, counts);
			for (uint32_t i = 0; i < COUNTRY_COUNT; i++) {
				printf("%s{\"family\":%u,\"country\":\"%s\",\"true\":%u,\"found\":%u}", separator, family == 1 ? 6U : 4U,
				       COUNTRIES[i].code, sum_group(counts[i], GROUP_WITHOUT_TLS), comparison->found[family][i]);
				separator = ",";
			}
		}
		free(counts);
	}
	printf("],\"classes\":{");
	separator = "";
	for (uint32_t class = 0; class < HOST_CLASS_COUNT; class ++) {
		if (comparison->missing_by_class[class] + comparison->wrong_by_class[class] == 0)
			continue;
		printf("%s\"%s\":{\"missing\":%u,\"wrong\":%u}", separator, HOST_CLASSES[class].name, comparison->missing_by_class[class],
		       comparison->wrong_by_class[class]);
		separator = ",";
	}
	printf("}}\n");
}

static int compare(const struct census_table *table, const struct truth_options *options)
{
	struct population_spot end = {.unit = POPULATION_UNITS - 1, .offset = (1u << table->settings.offset_bits[1]) - 1, .is_ipv6 = true};
	struct comparison *comparison = memory_allocate(1, sizeof(*comparison));
	bool is_same;

	_Static_assert(ARRAY_LENGTH(comparison->found[0]) >= 43, "a country has no place");
	comparison->table = table;
	comparison->options = options;
	comparison->seen = memory_allocate(population_sent_bit(&table->settings, &end, POPULATION_PORTS - 1) / 8 + 1, 1);
	comparison->without_tls = memory_allocate(population_sent_bit(&table->settings, &end, 0) / 8 + 1, 1);
	read_rows(comparison);
	find_missing(comparison);
	print_comparison(comparison);
	is_same = comparison->wrong == 0 && comparison->missing == 0 && comparison->repeated == 0 && comparison->unread == 0;
	free(comparison->seen);
	free(comparison->without_tls);
	free(comparison);
	return is_same ? 0 : 1;
}

int truth_run(const struct census_table *table, const struct truth_options *options, const char *command)
{
	if (strcmp(command, "truth") == 0) {
		printf("address\tcountry\tasn\tclass\t110\t143\t993\t995\thost\n");
		for (unsigned family = 0; family < 2; family++) {
			if (has_family(options, family == 1))
				print_hosts(table, options, family == 1);
		}
	} else if (strcmp(command, "changes") == 0) {
		printf("address\tchange\tbefore\tafter\n");
		for (unsigned family = 0; family < 2; family++) {
			if (has_family(options, family == 1))
				print_changes(table, options, family == 1);
		}
	} else if (strcmp(command, "targets") == 0) {
		print_targets(table, options);
	} else if (strcmp(command, "attribution") == 0) {
		print_attribution(table, options);
	} else if (strcmp(command, "countries") == 0) {
		print_countries(table, options);
	} else if (strcmp(command, "classes") == 0) {
		print_classes(table, options);
	} else if (strcmp(command, "compare") == 0) {
		return compare(table, options);
	} else {
		fprintf(stderr, "world: there is no command %s\n", command);
		return 2;
	}
	return 0;
}
