/* SPDX-License-Identifier: ISC */
/* Cells are kept escaped, so that widths are counted in what is shown: printable ASCII, one column each. */
#include "report/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

enum {
	GAP = 2,            /* spaces between columns */
	LAST_WIDTH_MIN = 8, /* the last column is never cut to less */
};

struct table {
	struct table_column columns[TABLE_COLUMNS_MAX];
	size_t widths[TABLE_COLUMNS_MAX];
	size_t column_count;
	char **cells;
	size_t cell_count, cell_capacity;
};

struct table *table_new(const struct table_column *columns, size_t count)
{
	struct table *table = memory_allocate(1, sizeof(*table));

	table->column_count = count < TABLE_COLUMNS_MAX ? count : TABLE_COLUMNS_MAX;
	for (size_t i = 0; i < table->column_count; i++) {
		table->columns[i] = columns[i];
		table->widths[i] = strlen(columns[i].title);
	}
	return table;
}

void table_free(struct table *table)
{
	if (table == NULL)
		return;
	for (size_t i = 0; i < table->cell_count; i++)
		free(table->cells[i]);
	free(table->cells);
	free(table);
}

void table_add(struct table *table, struct span bytes)
{
	size_t column = table->column_count > 0 ? table->cell_count % table->column_count : 0;
	struct buffer escaped;
	char *cell;

	if (table->column_count == 0)
		return;
	if (table->cell_count == table->cell_capacity) {
		table->cell_capacity = table->cell_capacity > 0 ? table->cell_capacity * 2 : 64;
		table->cells = memory_resize(table->cells, table->cell_capacity, sizeof(*table->cells));
	}
	buffer_init(&escaped, TABLE_CELL_MAX);
	text_escape(bytes, &escaped);
	cell = memory_copy_text(buffer_text(&escaped));
	buffer_done(&escaped);
	table->cells[table->cell_count++] = cell;
	if (strlen(cell) > table->widths[column])
		table->widths[column] = strlen(cell);
}

void table_add_text(struct table *table, const char *text)
{
	table_add(table, span_from_text(text));
}

void table_add_number(struct table *table, uint64_t number)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRIu64, number);
	table_add_text(table, text);
}

size_t table_row_count(const struct table *table)
{
	return table->column_count > 0 ? (table->cell_count + table->column_count - 1) / table->column_count : 0;
}

static void append_spaces(struct buffer *out, size_t count)
{
	while (count-- > 0)
		buffer_append_byte(out, ' ');
}

/* Spaces are owed until something follows them, so no line ends in one. */
static void append_cell(struct buffer *out, const char *cell, size_t width, bool is_number, size_t *owed)
{
	size_t size = strlen(cell), padding = size < width ? width - size : 0;
	size_t shown = size > width ? width - 3 : size;

	if (size > 0) {
		append_spaces(out, *owed + (is_number ? padding : 0));
		buffer_append(out, span_make(cell, shown));
		if (size > width)
			buffer_append_text(out, "...");
		*owed = is_number ? 0 : padding;
	} else {
		*owed += width;
	}
	*owed += GAP;
}

static size_t last_width(const struct table *table, size_t width)
{
	size_t last = table->column_count - 1, others = 0, title = strlen(table->columns[last].title);
	size_t minimum = title > LAST_WIDTH_MIN ? title : LAST_WIDTH_MIN;

	for (size_t i = 0; i < last; i++)
		others += table->widths[i] + GAP;
	/* A cut number is a wrong number. */
	if (width == TABLE_WIDTH_ANY || table->columns[last].is_number || others + table->widths[last] <= width ||
	    table->widths[last] <= minimum)
		return table->widths[last];
	return width > others + minimum ? width - others : minimum;
}

static void append_line(const struct table *table, char *const *cells, size_t count, size_t last, struct buffer *out)
{
	size_t owed = 0;

	for (size_t i = 0; i < table->column_count; i++) {
		const char *cell = cells == NULL ? table->columns[i].title : i < count ? cells[i] : "";

		append_cell(out, cell, i + 1 == table->column_count ? last : table->widths[i], table->columns[i].is_number, &owed);
	}
	buffer_append_byte(out, '\n');
}

void table_render(const struct table *table, size_t width, struct buffer *out)
{
	size_t last;

	if (table->cell_count == 0)
		return;
	last = last_width(table, width);
	append_line(table, NULL, 0, last, out);
	for (size_t i = 0; i < table->cell_count; i += table->column_count)
		append_line(table, table->cells + i, table->cell_count - i, last, out);
}
