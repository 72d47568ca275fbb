/* SPDX-License-Identifier: ISC */
/* Countries with their names and outlines, from data/world-map.tsv. */
#ifndef REPORT_WORLD_MAP_H
#define REPORT_WORLD_MAP_H

#include <stddef.h>

enum { WORLD_MAP_WIDTH = 1000, WORLD_MAP_HEIGHT = 395 };

struct world_country {
	const char *code, *name;
	const char *const *path; /* parts of one SVG path, ends with NULL; none: too small for the map */
};

extern const struct world_country WORLD_COUNTRIES[];
extern const size_t WORLD_COUNTRY_COUNT;

/* "Germany" for "DE"; the code itself when it is none of ISO's. */
const char *world_country_name(const char *code);

#endif
