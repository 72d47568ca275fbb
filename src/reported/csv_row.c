/* SPDX-License-Identifier: ISC */
/* A quoted field may contain line ends; one that does not end within the longest row is no field. */
#include "reported/csv_row.h"

#include <stdint.h>

#include "reported/reported_file.h"

/* Behind the closing quote; false: there is none within the limit. */
static bool take_quoted(struct span text, size_t *at, struct span *field_out)
{
	size_t first = *at + 1, end = first;

	while (end < text.size && end - first <= REPORTED_ROW_MAX) {
		if (text.data[end] != '"') {
			end++;
		} else if (end + 1 < text.size && text.data[end + 1] == '"') {
			end += 2;
		} else {
			*field_out = span_part(text, first, end - first);
			*at = end + 1;
			return true;
		}
	}
	return false;
}

static size_t end_of_plain(struct span text, size_t at)
{
	while (at < text.size && text.data[at] != ',' && text.data[at] != '\n')
		at++;
	return at;
}

static struct span without_return(struct span field)
{
	return field.size > 0 && field.data[field.size - 1] == '\r' ? span_part(field, 0, field.size - 1) : field;
}

/* One row from the front; returns where it ends, before its line end. */
static size_t read_row(struct span text, struct csv_row *row)
{
	size_t at = 0;

	row->count = 0;
	row->is_good = true;
	for (;;) {
		size_t first = at;
		struct span field = {0};

		if (at < text.size && text.data[at] == '"') {
			if (!take_quoted(text, &at, &field)) {
				row->is_good = false;
				return span_find_byte(text, '\n');
			}
			at = end_of_plain(text, at); /* what stands behind the quote belongs to nothing */
		} else {
			at = end_of_plain(text, at);
			field = without_return(span_part(text, first, at - first));
		}
		if (row->count < CSV_FIELDS_MAX)
			row->fields[row->count++] = field;
		if (at >= text.size || text.data[at] == '\n')
			break;
		at++;
	}
	row->is_good = row->is_good && at <= REPORTED_ROW_MAX;
	return at;
}

bool csv_row_take(struct span *rest, struct csv_row *row_out)
{
	while (rest->size > 0) {
		size_t end = read_row(*rest, row_out);

		*rest = span_part(*rest, end + 1, rest->size);
		if (!row_out->is_good || row_out->count > 1 || (row_out->count == 1 && row_out->fields[0].size > 0))
			return true;
	}
	return false;
}

struct span csv_row_field(const struct csv_row *row, size_t column)
{
	return column < row->count ? row->fields[column] : span_make(NULL, 0);
}

size_t csv_row_find(const struct csv_row *titles, const char *title)
{
	for (size_t i = 0; i < titles->count; i++) {
		if (span_equals_text_ignoring_case(span_trim(titles->fields[i]), title))
			return i;
	}
	return SIZE_MAX;
}
