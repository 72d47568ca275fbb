/* SPDX-License-Identifier: ISC */
/* Finds countries by their codes. */
#include "report/world_map.h"

#include <string.h>

const char *world_country_name(const char *code)
{
	for (size_t i = 0; i < WORLD_COUNTRY_COUNT; i++) {
		if (strcmp(WORLD_COUNTRIES[i].code, code) == 0)
			return WORLD_COUNTRIES[i].name;
	}
	return code;
}
