/* SPDX-License-Identifier: ISC */
/* The totals of a census as rows of a store, and back. */
#ifndef APP_STATS_TOTALS_KEPT_H
#define APP_STATS_TOTALS_KEPT_H

#include "app/stats_totals.h"
#include "store/store.h"

#define STATS_TOTALS_KIND "totals"

/* Inside a transaction; adds how many rows were kept to *rows. */
bool stats_totals_keep(const struct stats_totals *totals, struct store *store, census_id census, uint64_t *rows,
                       struct error *error) MUST_CHECK;
/* Takes one of the rows. False: it is none that this program understands. */
bool stats_totals_take(struct stats_totals *totals, const struct count_record *record) MUST_CHECK;

#endif
