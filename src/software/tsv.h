/* SPDX-License-Identifier: ISC */
/* Tables that people write: a row a line, one tab between columns, "-" for nothing, # begins a line that is not looked at. */
#ifndef SOFTWARE_TSV_H
#define SOFTWARE_TSV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

enum { TSV_COLUMNS_MAX = 16, TSV_SIZE_MAX = 8 * 1024 * 1024 };

struct tsv_reader {
	struct span rest;
	size_t line; /* of the row that was read last, from 1 */
};

struct tsv_row {
	struct span columns[TSV_COLUMNS_MAX]; /* "-" is empty; those that are missing too */
	size_t count;                         /* may be more than TSV_COLUMNS_MAX: then the rest is not kept */
};

struct tsv_reader tsv_reader_make(struct span text);
bool tsv_next(struct tsv_reader *reader, struct tsv_row *row_out);

#endif
