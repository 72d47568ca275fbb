/* SPDX-License-Identifier: ISC */
/* What is true of the world, as text; and what somebody found there, compared with it. */
#ifndef WORLD_TRUTH_H
#define WORLD_TRUTH_H

#include <stdbool.h>

#include "census_table.h"

struct truth_options {
	bool has_v4, has_v6;
	bool is_open_only;            /* without hosts that accept nothing anywhere */
	bool asked[POPULATION_PORTS]; /* which ports are swept: of other ports only hosts are known that accept on one of these */
	uint32_t units;               /* only the first of them are looked at */
};

/* An exit code. command: truth, changes, targets, attribution, countries, classes, compare. */
int truth_run(const struct census_table *table, const struct truth_options *options, const char *command);

#endif
