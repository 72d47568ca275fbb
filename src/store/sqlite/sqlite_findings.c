/* SPDX-License-Identifier: ISC */
/* The findings of a host: one row, whose list most hosts of one kind share. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/sqlite/finding_list.h"
#include "store/sqlite/sqlite_texts.h"

static struct sqlite_store *self(struct store *store)
{
	return (struct sqlite_store *)store;
}

static bool word_statement(struct store *store, enum statement_id statement, const char *id, int64_t *number_out, struct error *error)
{
	struct binder row;

	if (!begin_row(&row, store, statement, error))
		return false;
	bind_text(&row, id);
	return end_row_with_number(&row, number_out);
}

/* The file's number for this finding, given now if it has none. */
static bool finding_number(struct sqlite_store *store, const char *id, int64_t *number_out, struct error *error)
{
	struct remembered *remembered = store->remembered;

	for (size_t i = 0; i < remembered->finding_count; i++) {
		if (strcmp(remembered->findings[i].id, id) == 0) {
			*number_out = remembered->findings[i].number;
			return true;
		}
	}
	if (!word_statement(&store->base, STATEMENT_FIND_FINDING_WORD, id, number_out, error))
		return false;
	if (*number_out == 0 && !word_statement(&store->base, STATEMENT_ADD_FINDING_WORD, id, number_out, error))
		return false;
	if (remembered->finding_count < REMEMBERED_FINDINGS) {
		remembered->findings[remembered->finding_count].id = memory_copy_text(id);
		remembered->findings[remembered->finding_count++].number = *number_out;
	}
	return true;
}

static int64_t word_of(struct binder *row, enum word_kind kind, unsigned value)
{
	int number = words_number(&row->store->words, kind, value);

	if (number < 0 && !row->has_failed) {
		row->has_failed = true;
		error_set(row->error, "cannot keep %u as %s: no such word", value, word_kind_name(kind));
	}
	return number;
}

/* By port, the host's own first, then by the number of the finding; of two with one identity the later one. Rows are few. */
struct ordered_finding {
	const struct finding_record *record;
	int64_t number;
};

static size_t put_in_order(struct ordered_finding *ordered, size_t count, struct ordered_finding added)
{
	size_t at = count;

	while (at > 0 && (ordered[at - 1].record->endpoint.port > added.record->endpoint.port ||
	                  (ordered[at - 1].record->endpoint.port == added.record->endpoint.port && ordered[at - 1].number > added.number)))
		at--;
	if (at > 0 && ordered[at - 1].record->endpoint.port == added.record->endpoint.port && ordered[at - 1].number == added.number) {
		ordered[at - 1] = added;
		return count;
	}
	memmove(&ordered[at + 1], &ordered[at], (count - at) * sizeof(*ordered));
	ordered[at] = added;
	return count + 1;
}

static void write_list(struct binder *row, const struct ordered_finding *ordered, size_t count, bool shares_evidence, struct buffer *list)
{
	finding_list_begin(list);
	for (size_t i = 0; i < count; i++) {
		const struct finding_record *record = ordered[i].record;
		struct finding_entry entry = {
			.port = record->endpoint.port,
			.finding = ordered[i].number,
			.severity = word_of(row, WORD_SEVERITY, record->severity),
			.confidence = word_of(row, WORD_CONFIDENCE, record->confidence),
			.evidence_row = shares_evidence ? shared_row(row, record->evidence) : 0,
			.evidence = record->evidence,
		};

		finding_list_add(list, &entry);
	}
	finding_list_end(list);
}

/* Hosts of one kind have the same list; where this one was never met, perhaps some of its evidence was. */
static void bind_list(struct binder *row, const struct ordered_finding *ordered, size_t count)
{
	struct buffer *list = &row->store->scratch[0];
	int64_t number;

	write_list(row, ordered, count, false, list);
	number = shared_row(row, buffer_view(list));
	if (number == 0) {
		write_list(row, ordered, count, true, list);
		bind_blob(row, buffer_view(list));
	} else {
		bind_integer(row, number);
	}
}

bool sqlite_set_findings(struct store *store, census_id census, const struct ip_address *address, const struct finding_record *findings,
                         size_t count, struct error *error)
{
	struct ordered_finding *ordered = memory_allocate(count + 1, sizeof(*ordered));
	size_t kept = 0;
	struct binder row;
	bool is_done = begin_census_row(&row, store, STATEMENT_ADD_FINDINGS, census, error);

	if (!is_done) {
		free(ordered);
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		struct ordered_finding added = {.record = &findings[i]};

		if (!finding_number(self(store), findings[i].id, &added.number, error))
			row.has_failed = true;
		else
			kept = put_in_order(ordered, kept, added);
	}
	bind_address(&row, address);
	if (!row.has_failed)
		bind_list(&row, ordered, kept);
	is_done = end_row(&row);
	free(ordered);
	return is_done;
}

/* ---- reading ---- */

/* The finding's name by the file's number for it. */
static const char *finding_name(struct columns *columns, int64_t number)
{
	sqlite3_stmt *statement;
	struct buffer *copy;

	if (columns->text_count == COLUMNS_TEXTS)
		return "";
	statement = statement_take(columns->store, STATEMENT_FIND_FINDING_NAME, NULL);
	if (statement == NULL)
		return "";
	copy = &columns->texts[columns->text_count++];
	buffer_clear(copy);
	if (sqlite3_bind_int64(statement, 1, number) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
		buffer_append_text(copy, (const char *)sqlite3_column_text(statement, 0));
	statement_release(columns->store, STATEMENT_FIND_FINDING_NAME, statement);
	return buffer_text(copy);
}

/* Words of findings are few: their names are remembered by number. */
static const char *remembered_name(struct columns *columns, int64_t number)
{
	struct remembered *remembered = columns->store->remembered;
	const char *name;

	for (size_t i = 0; i < remembered->finding_count; i++) {
		if (remembered->findings[i].number == number)
			return remembered->findings[i].id;
	}
	name = finding_name(columns, number);
	if (name[0] == '\0' || remembered->finding_count == REMEMBERED_FINDINGS)
		return name;
	remembered->findings[remembered->finding_count].number = number;
	remembered->findings[remembered->finding_count].id = memory_copy_text(name);
	return remembered->findings[remembered->finding_count++].id;
}

static unsigned word_value(struct columns *columns, enum word_kind kind, int64_t number)
{
	int value = words_value(&columns->store->words, kind, number);

	if (value < 0)
		columns_wrong(columns, "an unknown word");
	return value < 0 ? 0 : (unsigned)value;
}

/* One finding out of the list; false: it is wrong, or the visitor wants no more. */
static bool hand_out(struct columns *columns, struct ip_address address, const struct finding_entry *entry,
                     const struct store_visitor *visitor)
{
	size_t texts = columns->text_count;
	struct finding_record finding = {
		.endpoint = {address, entry->port},
		.id = remembered_name(columns, entry->finding),
		.severity = (enum severity)word_value(columns, WORD_SEVERITY, entry->severity),
		.confidence = (enum confidence)word_value(columns, WORD_CONFIDENCE, entry->confidence),
		.evidence = entry->evidence_row != 0 ? look_up_shared(columns, entry->evidence_row) : entry->evidence,
	};
	bool goes_on;

	if (finding.id[0] == '\0')
		columns_wrong(columns, "an unknown word");
	goes_on = !columns->is_wrong && visitor->on_finding(visitor->context, &finding);
	columns->text_count = texts;
	return goes_on;
}

static bool read_findings(struct columns *columns, const struct store_visitor *visitor)
{
	struct ip_address address = take_address(columns);
	struct span list = take_shared(columns);
	struct finding_entry entry;
	struct buffer room;
	int taken = 0;
	bool goes_on = !columns->is_wrong;

	buffer_init(&room, COLUMNS_TEXT_MAX);
	while (goes_on && (taken = finding_list_take(&list, &room, &entry)) == 1)
		goes_on = hand_out(columns, address, &entry, visitor);
	if (taken < 0)
		columns_wrong(columns, "no list of findings");
	buffer_done(&room);
	return goes_on && !columns->is_wrong;
}

bool sqlite_visit_findings(struct store *store, census_id census, const struct ip_address *only_address,
                           const struct store_visitor *visitor, struct error *error)
{
	return visit_of_census(self(store), STATEMENT_VISIT_FINDINGS, census, only_address, read_findings, visitor, error);
}
