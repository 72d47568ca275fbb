/* SPDX-License-Identifier: ISC */
/* Reads and writes rows of contacts. */
#include "contact/contact_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "enrich/csv_line.h"
#include "enrich/source.h"
#include "model/attribution.h"
#include "scope/range_text.h"

enum column { COLUMN_MATCH, COLUMN_CONTACT, COLUMN_SCOPE, COLUMN_SOURCE, COLUMN_EXPIRES, COLUMN_COMMENT, COLUMN_COUNT };

static const char *const COLUMN_NAMES[COLUMN_COUNT] = {"match", "contact", "scope", "source", "expires", "comment"};

const char CONTACT_FILE_TITLES[] = "match,contact,scope,source,expires,comment\n";

static const int64_t DAY_MS = INT64_C(24) * 60 * 60 * 1000;

struct reading {
	const struct contact_visitor *visitor;
	struct contact_counts *counts;
	struct csv_line line;
	size_t places[COLUMN_COUNT];
	struct contact_list list;
	struct contact_row row;
};

enum contact_scope contact_kind_scope(enum contact_kind kind)
{
	return kind == CONTACT_COUNTRY || kind == CONTACT_ANY ? CONTACT_CERT : CONTACT_OWNER;
}

static bool read_country(struct span text, struct contact_match *match, struct error *error)
{
	char reserved[3], shown[RANGE_TEXT_SHOWN_SIZE];

	match->kind = CONTACT_COUNTRY;
	if (country_code_read(text, match->country, reserved) && match->country[0] != '\0')
		return true;
	return error_set(error, "%s: this is the code of no country (ISO 3166-1, two letters)", range_text_show(text, shown));
}

bool contact_match_read(struct span text, struct contact_match *match_out, struct error *error)
{
	struct contact_match *match = match_out;
	char shown[RANGE_TEXT_SHOWN_SIZE];
	bool is_number = text.size > 0 && (span_find_byte(text, ':') < text.size || (text.data[0] >= '0' && text.data[0] <= '9'));

	*match = (struct contact_match){.kind = CONTACT_ANY};
	if (span_equals_text(text, "*"))
		return true;
	if (span_starts_with_text_ignoring_case(text, "CC:"))
		return read_country(span_part(text, 3, text.size), match, error);
	if (text.size > 2 && span_starts_with_text_ignoring_case(text, "AS")) {
		match->kind = CONTACT_NETWORK;
		if (asn_read(text, &match->asn) && match->asn != 0)
			return true;
		return error_set(error, "%s: this is no AS number", range_text_show(text, shown));
	}
	if (text.size > 0 && text.data[0] == '.') {
		match->kind = CONTACT_DOMAIN;
		if (contact_domain_read(span_part(text, 1, text.size), 1, match->domain))
			return true;
		return error_set(error, "%s: behind the dot stands no domain", range_text_show(text, shown));
	}
	if (is_number) {
		match->kind = CONTACT_PREFIX;
		return range_text_parse(text, &match->range, error);
	}
	if (text.size == 2)
		return read_country(text, match, error);
	return error_set(error,
	                 "%s: this is nothing that a contact can be for; write 192.0.2.0/24, 192.0.2.1-192.0.2.9, AS64500, CC:DE, "
	                 ".example.org or *",
	                 range_text_show(text, shown));
}

void contact_match_format(const struct contact_match *match, char text[CONTACT_MATCH_SIZE])
{
	char address[IP_RANGE_TEXT_SIZE];
	int length;

	switch (match->kind) {
	case CONTACT_PREFIX:
		length = ip_range_prefix_length(&match->range);
		if (length >= 0)
			ip_address_format(match->range.first, address);
		else
			ip_range_format(&match->range, address);
		if (length >= 0)
			(void)snprintf(text, CONTACT_MATCH_SIZE, "%s/%d", address, length);
		else
			(void)snprintf(text, CONTACT_MATCH_SIZE, "%s", address);
		break;
	case CONTACT_DOMAIN:
		(void)snprintf(text, CONTACT_MATCH_SIZE, ".%s", match->domain);
		break;
	case CONTACT_NETWORK:
		(void)snprintf(text, CONTACT_MATCH_SIZE, "AS%" PRIu32, match->asn);
		break;
	case CONTACT_COUNTRY:
		(void)snprintf(text, CONTACT_MATCH_SIZE, "CC:%s", match->country);
		break;
	case CONTACT_ANY:
	case CONTACT_KINDS:
		(void)snprintf(text, CONTACT_MATCH_SIZE, "*");
		break;
	}
}

/* Nothing that a person could not have typed. */
static bool is_plain_text(struct span text)
{
	for (size_t at = 0; at < text.size;) {
		uint32_t code;
		size_t size = text_decode(span_part(text, at, text.size), &code);

		if (size == 0 || code < 0x20 || code == 0x7f || text_is_deceptive(code))
			return false;
		at += size;
	}
	return text.size <= CONTACT_TEXT_MAX;
}

static struct span field_of(const struct reading *reading, enum column column)
{
	return csv_line_field(&reading->line, reading->places[column]);
}

static bool read_scope(struct span text, struct contact_row *row, struct error *error)
{
	row->scope = contact_kind_scope(row->match.kind);
	if (span_equals_text_ignoring_case(text, "owner"))
		row->scope = CONTACT_OWNER;
	else if (span_equals_text_ignoring_case(text, "cert"))
		row->scope = CONTACT_CERT;
	else if (text.size > 0)
		return error_set(error, "has a scope that is neither \"owner\" nor \"cert\"");
	return true;
}

/* A day without a time holds until it is over. */
static bool read_expires(struct span text, struct contact_row *row, struct error *error)
{
	row->expires = (struct timestamp){0};
	if (text.size == 0)
		return true;
	if (!timestamp_parse(text, &row->expires))
		return error_set(error, "has an expiry that is no date such as 2027-03-31 or 2027-03-31T12:00:00Z");
	if (text.size == 10)
		row->expires.unix_ms += DAY_MS;
	row->expires.unix_ms += row->expires.unix_ms == 0; /* 0 would be forever */
	return true;
}

/* False: the line is wrong. The row may still have nobody to tell; then its contact is empty. */
static bool read_contact(struct reading *reading, struct span text, struct error *error)
{
	struct contact_row *row = &reading->row;
	char shown[RANGE_TEXT_SHOWN_SIZE];

	row->is_never = span_equals_text(text, "-");
	row->contact = "-";
	if (row->is_never)
		return true;
	if (text.size == 0)
		return error_set(error, "names no contact; \"-\" says that nobody may be told");
	if (!contact_list_read(text, &reading->list, error))
		return false;
	if (reading->list.malformed > 0)
		return error_set(error, "has a contact that is neither a mail address nor an https URL: %s", range_text_show(text, shown));
	row->contact = reading->list.text;
	return true;
}

static bool read_row(struct reading *reading, struct error *error)
{
	struct contact_row *row = &reading->row;

	reading->list = (struct contact_list){.count = 0};
	if (!contact_match_read(field_of(reading, COLUMN_MATCH), &row->match, error))
		return false;
	row->source = field_of(reading, COLUMN_SOURCE);
	row->comment = field_of(reading, COLUMN_COMMENT);
	if (!is_plain_text(row->source) || !is_plain_text(row->comment))
		return error_set(error, "has a source or comment that is too long, no UTF-8, or has invisible characters");
	return read_scope(field_of(reading, COLUMN_SCOPE), row, error) && read_expires(field_of(reading, COLUMN_EXPIRES), row, error) &&
	       read_contact(reading, field_of(reading, COLUMN_CONTACT), error);
}

static bool read_titles(struct reading *reading, struct error *error)
{
	for (size_t column = 0; column < COLUMN_COUNT; column++)
		reading->places[column] = csv_line_find(&reading->line, COLUMN_NAMES[column]);
	if (reading->places[COLUMN_MATCH] == SIZE_MAX || reading->places[COLUMN_CONTACT] == SIZE_MAX)
		return error_set(error, "does not name the columns \"match\" and \"contact\"; it should be "
		                        "match,contact,scope,source,expires,comment");
	return true;
}

static void count_row(struct contact_counts *counts, const struct contact_row *row)
{
	counts->rows[row->match.kind]++;
	counts->never += row->is_never;
	counts->certs += row->scope == CONTACT_CERT;
}

static void take_row(struct reading *reading)
{
	const struct contact_visitor *visitor = reading->visitor;

	if (reading->list.placeholders > 0 && visitor->on_problem != NULL)
		visitor->on_problem(visitor->context, reading->row.line, false, "has a contact that stands for nobody");
	reading->counts->placeholders += reading->list.placeholders;
	if (!reading->row.is_never && reading->list.count == 0) {
		reading->counts->rows_refused++;
		return;
	}
	count_row(reading->counts, &reading->row);
	if (visitor->on_row != NULL)
		visitor->on_row(visitor->context, &reading->row);
}

/* False: it is wrong, and that ends it. */
static bool take_line(struct reading *reading, struct span text, bool is_titles, struct error *error)
{
	struct error problem = {{0}};
	bool is_good = csv_line_split(text, &reading->line, &problem);

	is_good = is_good && (is_titles ? read_titles(reading, &problem) : read_row(reading, &problem));
	if (is_good && !is_titles)
		take_row(reading);
	if (is_good)
		return true;
	if (reading->visitor->on_problem == NULL || is_titles)
		return error_set(error, "line %" PRIu64 ": %s", reading->row.line, problem.text);
	reading->counts->wrong++;
	reading->visitor->on_problem(reading->visitor->context, reading->row.line, true, problem.text);
	return true;
}

bool contact_file_read(struct span content, const struct contact_visitor *visitor, struct contact_counts *counts, struct error *error)
{
	struct reading *reading = memory_allocate(1, sizeof(*reading));
	struct span rest = csv_without_mark(content), text;
	bool has_titles = false, is_good = true;

	*counts = (struct contact_counts){.never = 0};
	reading->visitor = visitor;
	reading->counts = counts;
	csv_line_init(&reading->line);
	while (is_good && source_take_line(&rest, &text)) {
		reading->row.line++;
		if (span_trim(text).size == 0 || text.data[0] == '#')
			continue;
		is_good = take_line(reading, text, !has_titles, error);
		has_titles = true;
	}
	if (is_good && !has_titles)
		is_good = error_set(error, "it has no line that names the columns: match,contact,scope,source,expires,comment");
	csv_line_done(&reading->line);
	free(reading);
	return is_good;
}

/* In quotes where it has to be, without the blanks around that would not be read back. Line ends cannot be in it. */
static void append_field(struct buffer *out, struct span text)
{
	bool is_quoted;

	text = span_trim(text);
	is_quoted = span_find_byte(text, ',') < text.size || span_find_byte(text, '"') < text.size;

	if (is_quoted)
		buffer_append_byte(out, '"');
	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] == '"')
			buffer_append_byte(out, '"');
		buffer_append_byte(out, text.data[i]);
	}
	if (is_quoted)
		buffer_append_byte(out, '"');
}

void contact_file_append(struct buffer *out, const struct contact_row *row)
{
	char text[CONTACT_MATCH_SIZE], expires[TIMESTAMP_TEXT_SIZE] = "";

	contact_match_format(&row->match, text);
	if (row->expires.unix_ms != 0)
		timestamp_format(row->expires, expires);
	append_field(out, span_from_text(text));
	buffer_append_byte(out, ',');
	append_field(out, span_from_text(row->contact));
	buffer_append_format(out, ",%s,", row->scope == contact_kind_scope(row->match.kind) ? "" : contact_scope_name(row->scope));
	append_field(out, row->source);
	buffer_append_format(out, ",%s,", expires);
	append_field(out, row->comment);
	buffer_append_byte(out, '\n');
}
