/* SPDX-License-Identifier: ISC */
/* zmap's CSV: addresses alone, one a line, or columns with titles, saddr among them. Which port was asked is told only where sport was asked for. */
#include <stdint.h>

#include "reported/csv_row.h"
#include "reported/formats.h"

struct columns {
	size_t address, port, success, classification;
};

/* True: the first row is titles, which are then passed over, or addresses begin at once. */
static bool read_titles(struct span *rest, struct columns *columns_out)
{
	struct span after = *rest;
	struct csv_row titles;
	struct ip_address address;

	if (!csv_row_take(&after, &titles) || !titles.is_good)
		return false;
	*columns_out = (struct columns){.address = csv_row_find(&titles, "saddr"),
	                                .port = csv_row_find(&titles, "sport"),
	                                .success = csv_row_find(&titles, "success"),
	                                .classification = csv_row_find(&titles, "classification")};
	if (columns_out->address != SIZE_MAX) {
		*rest = after;
		return true;
	}
	columns_out->address = 0;
	return titles.count == 1 && ip_address_parse(span_trim(titles.fields[0]), &address);
}

static bool recognises(struct span text)
{
	struct columns columns;

	return read_titles(&text, &columns);
}

static bool is_refused(const struct csv_row *row, const struct columns *columns)
{
	return span_equals_text(csv_row_field(row, columns->success), "0") ||
	       span_equals_text(csv_row_field(row, columns->classification), "rst");
}

static void read_text(struct span text, struct claim_sink *sink)
{
	size_t number = 1, size = text.size;
	struct columns columns;
	struct csv_row row;

	if (!read_titles(&text, &columns))
		return;
	for (number += text.size < size ? 1 : 0; !sink->is_stopped && csv_row_take(&text, &row); number++) {
		struct claim claim = {.kind = is_refused(&row, &columns) ? CLAIM_CLOSED : CLAIM_OPEN};

		if (row.is_good)
			claim_sink_take(sink, number, csv_row_field(&row, columns.address), csv_row_field(&row, columns.port), claim);
		else
			claim_sink_refuse(sink, number);
	}
}

const struct reported_format ZMAP_REPORTED = {.name = "zmap", .recognises = recognises, .read = read_text};
