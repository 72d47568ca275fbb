/* SPDX-License-Identifier: ISC */
/* Look-ups of countries and networks: by the flat ranges, by a search through all ranges one by one, and by libmaxminddb in the same MMDB file.
   usage: attribution_bench FILE.mmdb. Answers are compared while at it. CPU time of one thread. */
#include <inttypes.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "enrich/attributor.h"
#include "enrich/built_in.h"

enum { LOOK_UPS = 1 << 21, ADDRESSES = 1 << 16, ONE_BY_ONE = 100, RUNS = 5 };

static uint64_t random_state = 1;
static volatile uint64_t sink;

static uint64_t random_number(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state * 0x2545f4914f6cdd1dULL;
}

static double cpu_seconds(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static struct ip_address address_of(uint64_t high, uint64_t low, enum ip_family family)
{
	struct ip_address address = {.family = family};

	for (unsigned i = 0; i < 8; i++) {
		address.bytes[i] = (uint8_t)(high >> (56 - 8 * i));
		if (family == IP_FAMILY_6)
			address.bytes[8 + i] = (uint8_t)(low >> (56 - 8 * i));
	}
	if (family == IP_FAMILY_4)
		memset(address.bytes + 4, 0, sizeof(address.bytes) - 4);
	return address;
}

/* Of IPv4 anywhere; of IPv6 near the beginning of some range, as the rest of it is empty. */
static struct ip_address *make_addresses(const struct snapshot *snapshot, enum ip_family family)
{
	struct ip_address *addresses = memory_allocate(ADDRESSES, sizeof(*addresses));

	for (size_t i = 0; i < ADDRESSES; i++) {
		uint64_t number = random_number();
		uint64_t high = snapshot->highs6[number % snapshot->header->count6];

		addresses[i] = family == IP_FAMILY_4 ? address_of(number, 0, family)
		                                     : address_of(high | (number >> 52 << 4), random_number(), family);
	}
	return addresses;
}

static void tell(const char *what, double seconds, uint64_t look_ups)
{
	printf("%-58s %10.1f ns %14.0f a second\n", what, seconds * 1e9 / (double)look_ups, (double)look_ups / seconds);
}

static void measure_networks(const char *what, const struct attributor *attributor, const struct ip_address *addresses)
{
	double best = 1e9;

	for (unsigned run = 0; run < RUNS; run++) {
		double start = cpu_seconds();

		for (size_t i = 0; i < LOOK_UPS; i++) {
			char country[3];
			uint32_t asn;

			attributor_look_up_network(attributor, addresses[i % ADDRESSES], country, &asn);
			sink += asn + (unsigned char)country[0];
		}
		best = cpu_seconds() - start < best ? cpu_seconds() - start : best;
	}
	tell(what, best, LOOK_UPS);
}

static void measure_all(const char *what, const struct attributor *attributor, const struct ip_address *addresses)
{
	double best = 1e9;

	for (unsigned run = 0; run < RUNS; run++) {
		double start = cpu_seconds();

		for (size_t i = 0; i < LOOK_UPS; i++) {
			struct attribution attribution;

			attributor_look_up(attributor, addresses[i % ADDRESSES], &attribution);
			sink += attribution.asn + (unsigned char)attribution.as_name[0];
		}
		best = cpu_seconds() - start < best ? cpu_seconds() - start : best;
	}
	tell(what, best, LOOK_UPS);
}

static int compare_addresses(const void *a, const void *b)
{
	return ip_address_compare(*(const struct ip_address *)a, *(const struct ip_address *)b);
}

/* As stats and export meet them. */
static void measure_in_order(const char *what, const struct attributor *attributor, const struct ip_address *addresses)
{
	struct ip_address *sorted = memory_allocate(ADDRESSES, sizeof(*sorted));

	memcpy(sorted, addresses, ADDRESSES * sizeof(*sorted));
	qsort(sorted, ADDRESSES, sizeof(*sorted), compare_addresses);
	measure_networks(what, attributor, sorted);
	free(sorted);
}

static uint32_t find_one_by_one(const struct snapshot *snapshot, uint32_t number)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < snapshot->header->count4; i++) {
		if (snapshot->ranges4[i].start <= number)
			found = i;
	}
	return snapshot->ranges4[found].value;
}

static bool compare_one_by_one(const struct snapshot *snapshot, const struct ip_address *addresses)
{
	double start = cpu_seconds();
	uint32_t found[ONE_BY_ONE];
	bool is_same = true;

	for (size_t i = 0; i < ONE_BY_ONE; i++) {
		const uint8_t *bytes = addresses[i].bytes;

		found[i] =
			find_one_by_one(snapshot, (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3]);
	}
	tell("IPv4, all ranges one by one", cpu_seconds() - start, ONE_BY_ONE);
	for (size_t i = 0; i < ONE_BY_ONE; i++)
		is_same = is_same && snapshot_look_up(snapshot, addresses[i]) == &snapshot->payloads[found[i]];
	return is_same;
}

/* Country and number, as our snapshot of the file has them. */
static void look_up_mmdb(const MMDB_s *database, struct ip_address address, char country[3], uint32_t *asn)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	MMDB_entry_data_s found;
	MMDB_lookup_result_s result;
	int problem;

	memcpy(&to.sin_addr, address.bytes, 4);
	result = MMDB_lookup_sockaddr(database, (const struct sockaddr *)&to, &problem);
	memset(country, 0, 3);
	*asn = 0;
	if (!result.found_entry)
		return;
	if (MMDB_get_value(&result.entry, &found, "country", "iso_code", NULL) == MMDB_SUCCESS && found.has_data && found.data_size == 2)
		memcpy(country, found.utf8_string, 2);
	if (MMDB_get_value(&result.entry, &found, "autonomous_system_number", NULL) == MMDB_SUCCESS && found.has_data)
		*asn = found.uint32;
}

static bool compare_mmdb(const char *path, const struct ip_address *addresses)
{
	const char *files[] = {path};
	struct error error = {{0}};
	struct attributor *attributor =
		attributor_open(&(struct attributor_options){.files = files, .file_count = 1, .without_default = true}, &error);
	MMDB_s database;
	double best = 1e9;
	size_t same = 0, known = 0;

	if (attributor == NULL || MMDB_open(path, MMDB_MODE_MMAP, &database) != MMDB_SUCCESS) {
		fprintf(stderr, "%s\n", error.text);
		return false;
	}
	for (unsigned run = 0; run < RUNS; run++) {
		double start = cpu_seconds();

		for (size_t i = 0; i < LOOK_UPS / 8; i++) {
			char country[3];
			uint32_t asn;

			look_up_mmdb(&database, addresses[i % ADDRESSES], country, &asn);
			sink += asn + (unsigned char)country[0];
		}
		best = cpu_seconds() - start < best ? cpu_seconds() - start : best;
	}
	tell("IPv4, an MMDB file by libmaxminddb", best, LOOK_UPS / 8);
	measure_networks("IPv4, the same file compiled", attributor, addresses);
	for (size_t i = 0; i < ADDRESSES; i++) {
		char country[3], other[3];
		uint32_t asn, other_asn;

		attributor_look_up_network(attributor, addresses[i], country, &asn);
		look_up_mmdb(&database, addresses[i], other, &other_asn);
		known += asn != 0;
		same += asn == other_asn && memcmp(country, other, 3) == 0;
	}
	printf("libmaxminddb and the compiled file say the same of %zu of %d addresses; they know %zu\n", same, ADDRESSES, known);
	MMDB_close(&database);
	attributor_close(attributor);
	return same == ADDRESSES;
}

int main(int argc, char **argv)
{
	struct error error = {{0}};
	struct attributor *attributor = attributor_open(&(struct attributor_options){.without_system = true}, &error);
	struct snapshot snapshot;
	struct ip_address *addresses4, *addresses6;
	bool is_same;

	if (argc != 2 || attributor == NULL ||
	    !snapshot_view(span_make(BUILT_IN_SNAPSHOT, (size_t)BUILT_IN_SNAPSHOT_SIZE), true, &snapshot, &error)) {
		fprintf(stderr, "usage: attribution_bench FILE.mmdb\n%s\n", error.text);
		return 2;
	}
	addresses4 = make_addresses(&snapshot, IP_FAMILY_4);
	addresses6 = make_addresses(&snapshot, IP_FAMILY_6);
	measure_networks("IPv4, country and network by flat ranges", attributor, addresses4);
	measure_all("IPv4, everything with names, sources and dates", attributor, addresses4);
	measure_networks("IPv6, country and network by flat ranges", attributor, addresses6);
	measure_all("IPv6, everything with names, sources and dates", attributor, addresses6);
	measure_in_order("IPv4, country and network, in order of address", attributor, addresses4);
	measure_in_order("IPv6, country and network, in order of address", attributor, addresses6);
	is_same = compare_one_by_one(&snapshot, addresses4);
	is_same = compare_mmdb(argv[1], addresses4) && is_same;
	printf("answers %s\n", is_same ? "agree" : "DIFFER");
	free(addresses4);
	free(addresses6);
	attributor_close(attributor);
	return is_same ? 0 : 1;
}
