/* SPDX-License-Identifier: ISC */
/* Reads attributions of one's own: CSV (RFC 4180) whose first line names the columns. Each line is about a prefix, a range, an address, or, where
   there is no such column or nothing in it, about a whole network by its number. Columns that are not known are left alone. */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "enrich/sources.h"
#include "model/attribution.h"

enum column { COLUMN_PREFIX, COLUMN_COUNTRY, COLUMN_ASN, COLUMN_NAME, COLUMN_SECTOR, COLUMN_NAICS, COLUMN_COUNT };

static const char *const COLUMN_NAMES[COLUMN_COUNT] = {"prefix", "country", "asn", "as_name", "sector", "naics"};

enum { FIELDS_MAX = 64, LINE_MAX_SIZE = 64 * 1024 };

struct csv_line {
	struct span fields[FIELDS_MAX];
	size_t count;
	struct buffer unquoted; /* fields that were quoted, without their quotes */
};

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

static bool split(struct span text, struct csv_line *line, struct error *error)
{
	size_t offsets[FIELDS_MAX];
	bool is_quoted[FIELDS_MAX] = {false};
	bool has_more = true;

	line->count = 0;
	buffer_clear(&line->unquoted);
	if (text.size > LINE_MAX_SIZE)
		return error_set(error, "is longer than %d bytes", LINE_MAX_SIZE);
	while (has_more) {
		size_t end;

		if (line->count == FIELDS_MAX)
			return error_set(error, "has more than %d fields", FIELDS_MAX);
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

struct csv_columns {
	size_t places[COLUMN_COUNT]; /* SIZE_MAX: not there */
};

static bool read_columns(const struct csv_line *line, struct csv_columns *columns, struct error *error)
{
	for (size_t column = 0; column < COLUMN_COUNT; column++) {
		columns->places[column] = SIZE_MAX;
		for (size_t i = 0; i < line->count; i++) {
			if (span_equals_text_ignoring_case(line->fields[i], COLUMN_NAMES[column]))
				columns->places[column] = i;
		}
	}
	if (columns->places[COLUMN_PREFIX] == SIZE_MAX && columns->places[COLUMN_ASN] == SIZE_MAX)
		return error_set(error, "names neither a column \"prefix\" nor \"asn\"; it should be like prefix,country,asn,as_name");
	return true;
}

static struct span field_of(const struct csv_line *line, const struct csv_columns *columns, enum column column)
{
	size_t place = columns->places[column];

	return place < line->count ? line->fields[place] : span_make(NULL, 0);
}

static bool read_value(const struct csv_line *line, const struct csv_columns *columns, struct builder_value *value, struct error *error)
{
	struct span country = field_of(line, columns, COLUMN_COUNTRY), asn = field_of(line, columns, COLUMN_ASN);
	char reserved[3];

	*value = (struct builder_value){.name = field_of(line, columns, COLUMN_NAME),
	                                .sector = field_of(line, columns, COLUMN_SECTOR),
	                                .naics = field_of(line, columns, COLUMN_NAICS)};
	if (country.size > 0 && !country_code_read(country, value->country, reserved))
		return error_set(error, "has a country that is no code of two letters (ISO 3166-1)");
	if (country.size > 0 && reserved[0] != '\0')
		memcpy(value->country, reserved, sizeof(reserved));
	if (asn.size > 0 && !asn_read(asn, &value->asn))
		return error_set(error, "has an AS number that is none");
	return true;
}

static bool add_line(const struct csv_line *line, const struct csv_columns *columns, struct builder *builder, struct error *error)
{
	struct span prefix = field_of(line, columns, COLUMN_PREFIX);
	struct builder_value value;
	struct ip_range range;

	if (!read_value(line, columns, &value, error))
		return false;
	if (prefix.size > 0) {
		if (!ip_range_parse(prefix, &range))
			return error_set(error, "has a prefix that is none, or one with bits set behind its length");
		builder_add_range(builder, &range, &value);
	} else {
		if (value.asn == 0)
			return error_set(error, "names neither a prefix nor an AS number");
		builder_add_network(builder, value.asn, &value);
	}
	return true;
}

static struct span without_mark(struct span content)
{
	return span_starts_with_text(content, "\xef\xbb\xbf") ? span_part(content, 3, content.size) : content;
}

static bool recognises(struct span content)
{
	struct csv_line line;
	struct csv_columns columns;
	struct span text, rest = without_mark(content);
	bool is_mine;

	do {
		if (!source_take_line(&rest, &text))
			return false;
	} while (span_trim(text).size == 0 || text.data[0] == '#');
	buffer_init(&line.unquoted, LINE_MAX_SIZE);
	is_mine = split(text, &line, NULL) && line.count > 1 && read_columns(&line, &columns, NULL);
	buffer_done(&line.unquoted);
	return is_mine;
}

static bool read_lines(struct span rest, struct csv_line *line, struct builder *builder, struct error *error)
{
	struct csv_columns columns;
	struct span text;
	bool has_columns = false;

	for (uint64_t number = 1; source_take_line(&rest, &text); number++) {
		bool is_good = true;

		if (span_trim(text).size == 0 || text.data[0] == '#')
			continue;
		is_good = split(text, line, error) &&
		          (has_columns ? add_line(line, &columns, builder, error) : read_columns(line, &columns, error));
		if (!is_good)
			return error_prefix(error, "line %" PRIu64, number);
		has_columns = true;
	}
	return true;
}

static bool read_csv(const struct source_input *input, struct builder *builder, struct source_facts *facts, struct error *error)
{
	struct csv_line line;
	bool is_done;

	(void)facts;
	buffer_init(&line.unquoted, LINE_MAX_SIZE);
	is_done = read_lines(without_mark(input->content), &line, builder, error);
	buffer_done(&line.unquoted);
	return is_done;
}

const struct enrichment_source CSV_SOURCE = {
	"csv", "One's own attributions: lines of prefix,country,asn,as_name,sector,naics below a line that names the columns.", recognises,
	read_csv};
