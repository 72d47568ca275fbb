/* SPDX-License-Identifier: ISC */
/* Plain-text tables for terminals and logs: no colour, no box, numbers to the right, hostile bytes escaped. */
#ifndef REPORT_TABLE_H
#define REPORT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/span.h"

enum {
	TABLE_COLUMNS_MAX = 32,
	TABLE_WIDTH = 80,           /* of a terminal that does not tell */
	TABLE_WIDTH_ANY = 0,        /* nothing is cut: for files and pipes */
	TABLE_CELL_MAX = 16 * 1024, /* bytes of one escaped cell; more is dropped */
};

struct table_column {
	const char *title; /* ours; kept as a pointer */
	bool is_number;    /* to the right */
};

struct table;

/* A table without rows; columns (at most TABLE_COLUMNS_MAX) are copied. Never NULL; table_free frees. */
struct table *table_new(const struct table_column *columns, size_t count);
void table_free(struct table *table); /* NULL is fine */

/* Fills the next cell, row by row from the left; the bytes are escaped and copied. */
void table_add(struct table *table, struct span bytes);
void table_add_text(struct table *table, const char *text);
void table_add_number(struct table *table, uint64_t number);
/* Rows begun so far. */
size_t table_row_count(const struct table *table);

/* Appends the titles and all rows, two spaces between columns, no spaces at line ends. Lines longer than width lose the end of their last
   column, which then ends in "..."; when the other columns alone need more, the lines are as long as they must be. Nothing without rows. */
void table_render(const struct table *table, size_t width, struct buffer *out);

#endif
