/* SPDX-License-Identifier: ISC */
/* Puts the censuses of one file into another: shards of one census become that census, others are added. Doing it again changes nothing; a killed one goes on. */
#ifndef APP_MERGE_H
#define APP_MERGE_H

#include <stdbool.h>

#include "base/error.h"
#include "store/store.h"

struct merge_result {
	unsigned merged;        /* censuses of the source that were copied, or the rest of them */
	unsigned known;         /* those that were here already */
	census_id first_target; /* where the first of the merged ones went; 0: none was */
};

/* All censuses of the source must be finished. name is for messages. What was committed before a failure stays, and is not copied again. */
bool merge_store(struct store *target, struct store *source, const char *name, struct merge_result *result_out,
                 struct error *error) MUST_CHECK;

#endif
