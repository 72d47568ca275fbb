/* SPDX-License-Identifier: ISC */
/* How many hosts of which class live in which country and unit: from seed and scale, exactly. */
#ifndef WORLD_CENSUS_TABLE_H
#define WORLD_CENSUS_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "persona.h"
#include "population.h"

enum { NETWORKS_MAX = 8, FIRST_NETWORK = 64512 };

struct country {
	const char *code;
	uint32_t without_tls; /* hosts at scale 1:1 */
};
extern const struct country COUNTRIES[];
extern const uint32_t COUNTRY_COUNT;

struct census_table {
	uint32_t seed;
	uint32_t scale; /* 1:scale */
	struct population_settings settings;
	uint16_t country[POPULATION_UNITS]; /* index into COUNTRIES: the same in both families */
	uint32_t network[POPULATION_UNITS]; /* AS number */
	struct population_unit units[2 * POPULATION_UNITS];
};

/* scale: 1 to 10000. IPv6 has a hundredth of it beside. Big: allocate it. */
void census_table_fill(struct census_table *table, uint32_t seed, uint32_t scale);
/* Hosts in a unit, silent addresses not counted. */
uint32_t census_table_hosts(const struct census_table *table, bool is_ipv6, uint32_t unit);
/* The index-th host of a unit: its class, whatever became of it, and its offset. */
uint32_t census_table_host(const struct census_table *table, bool is_ipv6, uint32_t unit, uint32_t index, uint32_t *offset_out);
/* Makes it one of two worlds between which hosts changed: the one before, or the one after. The seed says which hosts and how. */
void census_table_change(struct census_table *table, uint32_t seed, bool is_before);

#endif
