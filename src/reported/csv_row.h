/* SPDX-License-Identifier: ISC */
/* Rows of CSV (RFC 4180), one after another, in bounded steps. */
#ifndef REPORTED_CSV_ROW_H
#define REPORTED_CSV_ROW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/span.h"

enum { CSV_FIELDS_MAX = 128 };

struct csv_row {
	struct span fields[CSV_FIELDS_MAX]; /* without the quotes around them; quotes inside stay doubled */
	size_t count;                       /* fields beyond the maximum are not there */
	bool is_good;                       /* false: too long, or a quote that is not closed; the rest of that line was passed over */
};

/* The next row that is not empty; false at the end. */
bool csv_row_take(struct span *rest, struct csv_row *row_out) MUST_CHECK;
/* The field, or nothing when the row has fewer. */
struct span csv_row_field(const struct csv_row *row, size_t column);
/* The column of this title, in any case; SIZE_MAX when there is none. */
size_t csv_row_find(const struct csv_row *titles, const char *title);

#endif
