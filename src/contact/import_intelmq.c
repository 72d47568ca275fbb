/* SPDX-License-Identifier: ISC */
/* Reads the contact database of IntelMQ (intelmq-certbund-contact) as one CSV file with titles for each of its tables. Those that people keep and those
   that are filled by programs ("_automatic") are two lists, as the former count more. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "contact/importers.h"
#include "contact/text_map.h"
#include "enrich/csv_line.h"
#include "enrich/data_file.h"

enum { NAME_MAX_SIZE = 64, TABLES_MAX = 64 };

/* Texts by the number of something, several for one. */
struct numbered {
	uint64_t number;
	size_t place; /* in texts */
};

struct numbered_texts {
	struct numbered *items;
	size_t count, capacity;
	struct buffer texts; /* each with its NUL */
};

struct table {
	const char *path;
	char name[NAME_MAX_SIZE]; /* of the table, without .csv */
};

struct importing {
	const char *suffix; /* "" or "_automatic" */
	struct table tables[TABLES_MAX];
	size_t table_count;
	struct contact_sink *sink;
	struct text_map disabled;                                 /* addresses */
	struct numbered_texts contacts, names, networks, domains; /* by organisation, by organisation, by network, by domain */
	struct csv_line line;
};

static void keep_text(struct numbered_texts *texts, uint64_t number, struct span text)
{
	if (texts->count == texts->capacity) {
		texts->capacity = texts->capacity > 0 ? 2 * texts->capacity : 1024;
		texts->items = memory_resize(texts->items, texts->capacity, sizeof(*texts->items));
	}
	texts->items[texts->count++] = (struct numbered){.number = number, .place = texts->texts.size};
	buffer_append(&texts->texts, span_part(text, 0, span_find_byte(text, '\0')));
	buffer_append_byte(&texts->texts, '\0');
}

static int compare_numbered(const void *a, const void *b)
{
	const struct numbered *one = a, *other = b;

	if (one->number != other->number)
		return one->number < other->number ? -1 : 1;
	return one->place < other->place ? -1 : one->place > other->place ? 1 : 0;
}

/* The place of the first of them; count when there is none. */
static size_t find_texts(const struct numbered_texts *texts, uint64_t number)
{
	size_t begin = 0, end = texts->count;

	while (begin < end) {
		size_t middle = begin + (end - begin) / 2;

		if (texts->items[middle].number < number)
			begin = middle + 1;
		else
			end = middle;
	}
	return begin < texts->count && texts->items[begin].number == number ? begin : texts->count;
}

static struct span text_of(const struct numbered_texts *texts, uint64_t number)
{
	size_t place = find_texts(texts, number);

	return place == texts->count ? span_make(NULL, 0) : span_from_text((const char *)texts->texts.data + texts->items[place].place);
}

/* A record ends with its line, unless a quote is open: comments may have several lines. */
static bool take_record(struct span *rest, struct span *record, uint64_t *lines)
{
	size_t at = 0;
	bool is_quoted = false;

	if (rest->size == 0)
		return false;
	for (; at < rest->size && (is_quoted || rest->data[at] != '\n'); at++) {
		is_quoted = is_quoted != (rest->data[at] == '"');
		*lines += rest->data[at] == '\n';
	}
	(*lines)++;
	*record = span_part(*rest, 0, at);
	*rest = span_part(*rest, at + 1, rest->size);
	if (record->size > 0 && record->data[record->size - 1] == '\r')
		record->size--;
	return true;
}

typedef bool row_reader(struct importing *importing, const size_t *places);

/* Columns are found by their titles. */
struct column {
	const char *of;   /* the number of one of these: "network" is network_id or network_automatic_id; NULL: no number */
	const char *name; /* of the column; of a number: in older databases */
};

enum { COLUMNS = 2 };

static bool find_columns(const struct importing *importing, const struct column *columns, size_t *places, struct error *error)
{
	for (size_t i = 0; i < COLUMNS; i++) {
		char name[NAME_MAX_SIZE];

		(void)snprintf(name, sizeof(name), "%s%s%s", columns[i].of != NULL ? columns[i].of : columns[i].name,
		               columns[i].of != NULL ? importing->suffix : "", columns[i].of != NULL ? "_id" : "");
		places[i] = csv_line_find(&importing->line, name);
		if (places[i] == SIZE_MAX && columns[i].of != NULL)
			places[i] = csv_line_find(&importing->line, columns[i].name);
		if (places[i] == SIZE_MAX)
			return error_set(error, "has no column \"%s\"", name);
	}
	return true;
}

static bool read_rows(struct importing *importing, struct span rest, const struct column *columns, row_reader *read, struct error *error)
{
	size_t places[COLUMNS];
	struct span record;
	uint64_t lines = 0;

	for (bool is_titles = true; take_record(&rest, &record, &lines); is_titles = false) {
		bool is_good = csv_line_split(record, &importing->line, error);

		if (is_good && is_titles)
			is_good = find_columns(importing, columns, places, error);
		else if (is_good && span_trim(record).size > 0 && !read(importing, places))
			is_good = error_set(error, "has a number that is none");
		if (!is_good)
			return error_prefix(error, "line %" PRIu64, lines);
	}
	return true;
}

/* A table that was not given has no rows. */
static bool read_table(struct importing *importing, const char *name, const struct column *columns, row_reader *read, struct error *error)
{
	char wanted[NAME_MAX_SIZE];

	(void)snprintf(wanted, sizeof(wanted), "%s%s", name, strcmp(name, "email_status") == 0 ? "" : importing->suffix);
	for (size_t i = 0; i < importing->table_count; i++) {
		struct data_file file;
		bool is_done;

		if (strcmp(importing->tables[i].name, wanted) != 0)
			continue;
		if (!data_file_open(importing->tables[i].path, &file, error))
			return false;
		is_done = read_rows(importing, csv_without_mark(file.content), columns, read, error);
		data_file_close(&file);
		if (!is_done)
			return error_prefix(error, "%s", importing->tables[i].path);
	}
	return true;
}

static struct span field(const struct importing *importing, size_t place)
{
	return csv_line_field(&importing->line, place);
}

static bool read_number(const struct importing *importing, size_t place, uint64_t *number_out)
{
	return text_parse_unsigned(field(importing, place), INT64_MAX, number_out);
}

static bool read_status(struct importing *importing, const size_t *places)
{
	struct span enabled = field(importing, places[1]);

	if (span_equals_text_ignoring_case(enabled, "f") || span_equals_text_ignoring_case(enabled, "false") ||
	    span_equals_text(enabled, "0"))
		text_map_put(&importing->disabled, field(importing, places[0]), span_from_text("disabled"));
	return true;
}

static bool read_contact(struct importing *importing, const size_t *places)
{
	uint64_t organisation;

	if (!read_number(importing, places[0], &organisation))
		return false;
	if (text_map_get(&importing->disabled, field(importing, places[1])) != NULL)
		importing->sink->counts.disabled++;
	else
		keep_text(&importing->contacts, organisation, field(importing, places[1]));
	return true;
}

static bool read_into(struct importing *importing, const size_t *places, struct numbered_texts *texts)
{
	uint64_t number;

	if (!read_number(importing, places[0], &number))
		return false;
	keep_text(texts, number, field(importing, places[1]));
	return true;
}

static bool read_name(struct importing *importing, const size_t *places)
{
	return read_into(importing, places, &importing->names);
}

static bool read_network(struct importing *importing, const size_t *places)
{
	return read_into(importing, places, &importing->networks);
}

static bool read_domain(struct importing *importing, const size_t *places)
{
	return read_into(importing, places, &importing->domains);
}

/* What the organisation is responsible for, as it would stand in our file. */
static bool add_row(struct importing *importing, size_t organisation_place, const char *prefix, struct span what, enum contact_scope scope)
{
	uint64_t organisation;
	struct contact_match match;
	struct buffer list, text;
	size_t place;

	if (!read_number(importing, organisation_place, &organisation))
		return false;
	buffer_init(&list, CONTACT_LIST_SIZE);
	buffer_init(&text, CONTACT_MATCH_SIZE);
	buffer_append_text(&text, prefix);
	buffer_append(&text, what);
	place = find_texts(&importing->contacts, organisation);
	for (size_t i = 0; place + i < importing->contacts.count && importing->contacts.items[place + i].number == organisation &&
	                   i < CONTACT_ADDRESSES_MAX;
	     i++) {
		buffer_append_text(&list, (const char *)importing->contacts.texts.data + importing->contacts.items[place + i].place);
		buffer_append_byte(&list, ',');
	}
	importing->sink->counts.objects++;
	if (contact_match_read(buffer_view(&text), &match, NULL))
		contact_sink_add(importing->sink, &match, scope, buffer_view(&list), text_of(&importing->names, organisation));
	else
		importing->sink->counts.unreadable++;
	buffer_done(&list);
	buffer_done(&text);
	return true;
}

static bool add_network(struct importing *importing, const size_t *places)
{
	uint64_t network;

	return read_number(importing, places[1], &network) &&
	       add_row(importing, places[0], "", text_of(&importing->networks, network), CONTACT_OWNER);
}

static bool add_domain(struct importing *importing, const size_t *places)
{
	uint64_t domain;

	return read_number(importing, places[1], &domain) &&
	       add_row(importing, places[0], ".", text_of(&importing->domains, domain), CONTACT_OWNER);
}

static bool add_asn(struct importing *importing, const size_t *places)
{
	return add_row(importing, places[0], "AS", field(importing, places[1]), CONTACT_OWNER);
}

static bool add_country(struct importing *importing, const size_t *places)
{
	return add_row(importing, places[0], "CC:", field(importing, places[1]), CONTACT_CERT);
}

/* In the order in which they need each other. */
static const struct {
	const char *name;
	struct column columns[COLUMNS];
	row_reader *read;
} TABLES[] = {
	{"email_status", {{NULL, "email"}, {NULL, "enabled"}}, read_status},
	{"contact", {{"organisation", "organisation_id"}, {NULL, "email"}}, read_contact},
	{"organisation", {{"organisation", "id"}, {NULL, "name"}}, read_name},
	{"network", {{"network", "id"}, {NULL, "address"}}, read_network},
	{"fqdn", {{"fqdn", "id"}, {NULL, "fqdn"}}, read_domain},
	{"organisation_to_network", {{"organisation", "organisation_id"}, {"network", "network_id"}}, add_network},
	{"organisation_to_fqdn", {{"organisation", "organisation_id"}, {"fqdn", "fqdn_id"}}, add_domain},
	{"organisation_to_asn", {{"organisation", "organisation_id"}, {NULL, "asn"}}, add_asn},
	{"national_cert", {{"organisation", "organisation_id"}, {NULL, "country_code"}}, add_country},
};

static bool name_tables(struct importing *importing, const char *const *paths, size_t count, struct error *error)
{
	if (count > TABLES_MAX)
		return error_set(error, "there are more than %d files", TABLES_MAX);
	for (size_t i = 0; i < count; i++) {
		const char *slash = strrchr(paths[i], '/'), *name = slash != NULL ? slash + 1 : paths[i];
		const char *dot = strchr(name, '.');

		importing->tables[i].path = paths[i];
		(void)snprintf(importing->tables[i].name, NAME_MAX_SIZE, "%.*s", (int)(dot != NULL ? dot - name : (int)strlen(name)), name);
	}
	importing->table_count = count;
	return true;
}

static void sort_texts(struct numbered_texts *texts)
{
	if (texts->count > 1)
		qsort(texts->items, texts->count, sizeof(*texts->items), compare_numbered);
}

static bool read_tables(struct importing *importing, struct error *error)
{
	for (size_t i = 0; i < ARRAY_LENGTH(TABLES); i++) {
		if (!read_table(importing, TABLES[i].name, TABLES[i].columns, TABLES[i].read, error))
			return false;
		sort_texts(&importing->contacts);
		sort_texts(&importing->names);
		sort_texts(&importing->networks);
		sort_texts(&importing->domains);
	}
	if (importing->contacts.count + importing->sink->counts.disabled > 0)
		return true;
	return error_set(error, "there is no contact%s.csv with a contact in it; give one file for each table, named after it",
	                 importing->suffix);
}

static bool read_files(const char *const *paths, size_t count, const char *suffix, struct contact_sink *sink, struct error *error)
{
	struct importing *importing = memory_allocate(1, sizeof(*importing));
	struct numbered_texts *all[] = {&importing->contacts, &importing->names, &importing->networks, &importing->domains};
	bool is_done;

	importing->suffix = suffix;
	importing->sink = sink;
	csv_line_init(&importing->line);
	for (size_t i = 0; i < ARRAY_LENGTH(all); i++)
		buffer_init(&all[i]->texts, (size_t)1 << 30);
	is_done = name_tables(importing, paths, count, error) && read_tables(importing, error);
	for (size_t i = 0; i < ARRAY_LENGTH(all); i++) {
		buffer_done(&all[i]->texts);
		free(all[i]->items);
	}
	text_map_done(&importing->disabled);
	csv_line_done(&importing->line);
	free(importing);
	return is_done;
}

static bool read_manual(const char *const *paths, size_t count, struct contact_sink *sink, struct error *error)
{
	return read_files(paths, count, "", sink, error);
}

static bool read_automatic(const char *const *paths, size_t count, struct contact_sink *sink, struct error *error)
{
	return read_files(paths, count, "_automatic", sink, error);
}

const struct contact_importer INTELMQ_IMPORTER = {
	"intelmq", "IntelMQ's contact database, what people keep in it: one CSV file for each table, TABLE.csv.", read_manual};
const struct contact_importer INTELMQ_AUTOMATIC_IMPORTER = {
	"intelmq-automatic", "The same, what programs filled in: TABLE_automatic.csv, and email_status.csv.", read_automatic};
