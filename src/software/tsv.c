/* SPDX-License-Identifier: ISC */
/* Tables that people write. */
#include "software/tsv.h"

struct tsv_reader tsv_reader_make(struct span text)
{
	return (struct tsv_reader){.rest = text};
}

static struct span take_line(struct tsv_reader *reader)
{
	size_t size = span_find_byte(reader->rest, '\n');
	struct span line = span_part(reader->rest, 0, size);

	reader->rest = span_part(reader->rest, size + 1, reader->rest.size);
	reader->line++;
	if (line.size > 0 && line.data[line.size - 1] == '\r')
		line.size--;
	return line;
}

static void split(struct span line, struct tsv_row *row_out)
{
	*row_out = (struct tsv_row){.count = 0};
	while (true) {
		size_t size = span_find_byte(line, '\t');
		struct span column = span_part(line, 0, size);

		if (span_equals_text(column, "-"))
			column.size = 0;
		if (row_out->count < TSV_COLUMNS_MAX)
			row_out->columns[row_out->count] = column;
		row_out->count++;
		if (size == line.size)
			return;
		line = span_part(line, size + 1, line.size);
	}
}

bool tsv_next(struct tsv_reader *reader, struct tsv_row *row_out)
{
	while (reader->rest.size > 0) {
		struct span line = take_line(reader);

		if (span_trim(line).size == 0 || line.data[0] == '#')
			continue;
		split(line, row_out);
		return true;
	}
	return false;
}
