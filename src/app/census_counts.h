/* SPDX-License-Identifier: ISC */
/* What is counted of a census once, when it has ended, and kept in its store, so that `stats` answers without reading the services again; and the same numbers read back. */
#ifndef APP_CENSUS_COUNTS_H
#define APP_CENSUS_COUNTS_H

#include "app/stats_groups.h"
#include "app/stats_totals.h"
#include "enrich/attributor.h"

/* Counts a census that has ended by each key, by country and network together, and in all, in one pass; and keeps that in a transaction of its own.
   Outside of a transaction; the store is open for writing. is_stopped is asked now and then: true gives it up, and nothing is kept, which is an error too; NULL: never. */
bool census_counts_keep(struct store *store, census_id census, const struct attributor *attributor, bool (*is_stopped)(void),
                        struct error *error) MUST_CHECK;

/* The same by the sources that this system has anyway. */
bool census_counts_keep_by_default(struct store *store, census_id census, bool (*is_stopped)(void), struct error *error) MUST_CHECK;
/* The same for each census that was merged of others, has ended, and was not counted yet. */
bool census_counts_keep_merged(struct store *store, struct error *error) MUST_CHECK;

/* The newest census, where it has ended and was not counted, as a scan leaves it that is killed at its very end; else 0. */
bool census_counts_find_missing(struct store *store, census_id *census_out, struct error *error) MUST_CHECK;

/* Reads what was kept. *is_kept_out false: the census was not counted so, or by another method, or by other sources than the attributor's (NULL: no key needs
   one); the caller counts by itself then, with new groups, as something may be in them. The groups are new ones, of their keys; totals are zeroed. */
bool census_counts_read_groups(const struct census_reader *reader, const struct attributor *attributor, struct stats_groups *groups,
                               bool *is_kept_out, struct error *error) MUST_CHECK;
bool census_counts_read_totals(const struct census_reader *reader, struct stats_totals *totals, bool *is_kept_out,
                               struct error *error) MUST_CHECK;

#endif
