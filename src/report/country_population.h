/* SPDX-License-Identifier: ISC */
/* How many people live in a country, from data/country-population.tsv. */
#ifndef REPORT_COUNTRY_POPULATION_H
#define REPORT_COUNTRY_POPULATION_H

#include <stddef.h>
#include <stdint.h>

struct country_population {
	char code[3]; /* ISO 3166-1 alpha-2 */
	uint64_t inhabitants;
};

extern const struct country_population COUNTRY_POPULATIONS[]; /* by code */
extern const size_t COUNTRY_POPULATION_COUNT;
/* Whose numbers they are, and the year in which they were published. */
extern const char COUNTRY_POPULATION_SOURCE[];
extern const unsigned COUNTRY_POPULATION_YEAR;

/* Inhabitants of the country with this code; 0: unknown, or no country. */
uint64_t country_population(const char *code);

#endif
