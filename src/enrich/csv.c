/* SPDX-License-Identifier: ISC */
/* Reads attributions of one's own: CSV (RFC 4180) whose first line names the columns. Each line is about a prefix, a range, an address, or, where
   there is no such column or nothing in it, about a whole network by its number. Columns that are not known are left alone. */
#include <inttypes.h>
#include <string.h>

#include "enrich/csv_line.h"
#include "enrich/sources.h"
#include "model/attribution.h"

enum column { COLUMN_PREFIX, COLUMN_COUNTRY, COLUMN_ASN, COLUMN_NAME, COLUMN_SECTOR, COLUMN_NAICS, COLUMN_COUNT };

static const char *const COLUMN_NAMES[COLUMN_COUNT] = {"prefix", "country", "asn", "as_name", "sector", "naics"};

struct csv_columns {
	size_t places[COLUMN_COUNT]; /* SIZE_MAX: not there */
};

static bool read_columns(const struct csv_line *line, struct csv_columns *columns, struct error *error)
{
	for (size_t column = 0; column < COLUMN_COUNT; column++)
		columns->places[column] = csv_line_find(line, COLUMN_NAMES[column]);
	if (columns->places[COLUMN_PREFIX] == SIZE_MAX && columns->places[COLUMN_ASN] == SIZE_MAX)
		return error_set(error, "names neither a column \"prefix\" nor \"asn\"; it should be like prefix,country,asn,as_name");
	return true;
}

static struct span field_of(const struct csv_line *line, const struct csv_columns *columns, enum column column)
{
	return csv_line_field(line, columns->places[column]);
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

static bool recognises(struct span content)
{
	struct csv_line line;
	struct csv_columns columns;
	struct span text, rest = csv_without_mark(content);
	bool is_mine;

	do {
		if (!source_take_line(&rest, &text))
			return false;
	} while (span_trim(text).size == 0 || text.data[0] == '#');
	csv_line_init(&line);
	is_mine = csv_line_split(text, &line, NULL) && line.count > 1 && read_columns(&line, &columns, NULL);
	csv_line_done(&line);
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
		is_good = csv_line_split(text, line, error) &&
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
	csv_line_init(&line);
	is_done = read_lines(csv_without_mark(input->content), &line, builder, error);
	csv_line_done(&line);
	return is_done;
}

const struct enrichment_source CSV_SOURCE = {
	"csv", "One's own attributions: lines of prefix,country,asn,as_name,sector,naics below a line that names the columns.", recognises,
	read_csv};
