/* SPDX-License-Identifier: ISC */
/* Reads lists of national CERTs of the form "CC|Name <address>[, Name <address>]", one country a line. */
#include <inttypes.h>

#include "contact/importers.h"
#include "enrich/csv_line.h"
#include "enrich/source.h"
#include "model/attribution.h"

/* The addresses between < and >, or the whole text where it has none, with commas between. */
static void append_addresses(struct span text, struct buffer *out)
{
	if (span_find_byte(text, '<') == text.size) {
		buffer_append(out, text);
		return;
	}
	while (text.size > 0) {
		size_t begin = span_find_byte(text, '<');
		struct span rest = span_part(text, begin + 1, text.size);
		size_t end = span_find_byte(rest, '>');

		buffer_append(out, span_part(rest, 0, end));
		buffer_append_byte(out, ',');
		text = span_part(rest, end + 1, rest.size);
	}
}

static bool take_line(struct span line, struct contact_sink *sink, struct buffer *addresses, struct error *error)
{
	size_t bar = span_find_byte(line, '|');
	struct contact_match match = {.kind = CONTACT_COUNTRY};
	struct span rest = span_trim(span_part(line, bar + 1, line.size));
	char reserved[3];

	if (bar == line.size || !country_code_read(span_trim(span_part(line, 0, bar)), match.country, reserved))
		return error_set(error, "is not like DE|CERT-Bund <certbund@example.org>");
	sink->counts.objects++;
	if (match.country[0] == '\0') {
		sink->counts.unreadable++;
		return true;
	}
	buffer_clear(addresses);
	append_addresses(rest, addresses);
	contact_sink_add(sink, &match, CONTACT_CERT, buffer_view(addresses), rest);
	return true;
}

bool national_list_read(struct span content, struct contact_sink *sink, struct error *error)
{
	struct span rest = csv_without_mark(content), line;
	struct buffer addresses;
	bool is_good = true;

	buffer_init(&addresses, CONTACT_LIST_SIZE);
	for (uint64_t number = 1; is_good && source_take_line(&rest, &line); number++) {
		if (span_trim(line).size == 0 || line.data[0] == '#')
			continue;
		is_good = take_line(line, sink, &addresses, error) || error_prefix(error, "line %" PRIu64, number);
	}
	buffer_done(&addresses);
	return is_good;
}

static bool read_files(const char *const *paths, size_t count, struct contact_sink *sink, struct error *error)
{
	return contact_import_files(paths, count, sink, national_list_read, error);
}

const struct contact_importer NATIONAL_IMPORTER = {"national", "National CERTs, lines of CC|Name <address>[, Name <address>].", read_files};
