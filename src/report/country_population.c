/* SPDX-License-Identifier: ISC */
/* Finds a country in the table by its code. */
#include "report/country_population.h"

#include <string.h>

uint64_t country_population(const char *code)
{
	size_t first = 0, end = COUNTRY_POPULATION_COUNT;

	while (first < end) {
		size_t middle = first + (end - first) / 2;
		int order = strcmp(COUNTRY_POPULATIONS[middle].code, code);

		if (order == 0)
			return COUNTRY_POPULATIONS[middle].inhabitants;
		if (order < 0)
			first = middle + 1;
		else
			end = middle;
	}
	return 0;
}
