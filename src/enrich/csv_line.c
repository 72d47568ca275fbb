/* SPDX-License-Identifier: ISC */
/* Cuts a line of CSV into its fields. */
#include "enrich/csv_line.h"

#include <stdint.h>

void csv_line_init(struct csv_line *line)
{
	line->count = 0;
	buffer_init(&line->unquoted, CSV_LINE_MAX_SIZE);
}

void csv_line_done(struct csv_line *line)
{
	buffer_done(&line->unquoted);
}

/* One field from the front of the text, at which a quoted one begins; false: its quotes do not close. */
static bool take_quoted(struct span *rest, struct buffer *out)
{
	size_t at = 1;

	for (; at < rest->size; at++) {
		if (rest->data[at] != '"') {
			buffer_append_byte(out, rest->data[at]);
		} else if (at + 1 < rest->size && rest->data[at + 1] == '"') {
			buffer_append_byte(out, '"');
			at++;
		} else {
			*rest = span_part(*rest, at + 1, rest->size);
			return true;
		}
	}
	return false;
}

bool csv_line_split(struct span text, struct csv_line *line, struct error *error)
{
	size_t offsets[CSV_FIELDS_MAX];
	bool is_quoted[CSV_FIELDS_MAX] = {false};
	bool has_more = true;

	line->count = 0;
	buffer_clear(&line->unquoted);
	if (text.size > CSV_LINE_MAX_SIZE)
		return error_set(error, "is longer than %d bytes", CSV_LINE_MAX_SIZE);
	while (has_more) {
		size_t end;

		if (line->count == CSV_FIELDS_MAX)
			return error_set(error, "has more than %d fields", CSV_FIELDS_MAX);
		offsets[line->count] = line->unquoted.size;
		is_quoted[line->count] = text.size > 0 && text.data[0] == '"';
		if (is_quoted[line->count] && !take_quoted(&text, &line->unquoted))
			return error_set(error, "has a quote that is never closed; a field stays on one line here");
		end = span_find_byte(text, ',');
		if (is_quoted[line->count] && end > 0)
			return error_set(error, "has something between a closing quote and the next comma");
		has_more = end < text.size;
		line->fields[line->count++] = span_part(text, 0, end);
		text = span_part(text, end + 1, text.size);
	}
	for (size_t i = 0; i < line->count; i++) {
		size_t end = i + 1 < line->count ? offsets[i + 1] : line->unquoted.size;

		if (is_quoted[i])
			line->fields[i] = span_part(buffer_view(&line->unquoted), offsets[i], end - offsets[i]);
		line->fields[i] = span_trim(line->fields[i]);
	}
	return true;
}

size_t csv_line_find(const struct csv_line *line, const char *name)
{
	size_t found = SIZE_MAX;

	for (size_t i = 0; i < line->count; i++) {
		if (span_equals_text_ignoring_case(line->fields[i], name))
			found = i;
	}
	return found;
}

struct span csv_line_field(const struct csv_line *line, size_t place)
{
	return place < line->count ? line->fields[place] : span_make(NULL, 0);
}

struct span csv_without_mark(struct span content)
{
	return span_starts_with_text(content, "\xef\xbb\xbf") ? span_part(content, 3, content.size) : content;
}
