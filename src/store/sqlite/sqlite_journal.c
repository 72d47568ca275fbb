/* SPDX-License-Identifier: ISC */
/* A row per transaction instead of a row per contact and host. What was begun and ended is folded into one row when it has become long. */
#include "store/sqlite/sqlite_journal.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/sqlite/sqlite_row.h"

enum {
	NUMBER_SIZE = 8,
	NUMBERS_MAX = 1 << 20, /* in one row */
	FOLD_AFTER = 1 << 17,  /* numbers since the last folding */
	ENDED_SEARCHED = 512,  /* numbers that are looked through for one that is begun again */
	CONTACT_BYTES_MAX = 1 << 20,
};

static struct sqlite_store *self(struct store *store)
{
	return (struct sqlite_store *)store;
}

/* ---- gathering ---- */

static void gather(struct journal_numbers *numbers, uint64_t number)
{
	if (numbers->count == numbers->capacity) {
		numbers->capacity = numbers->capacity > 0 ? 2 * numbers->capacity : 256;
		numbers->items = memory_resize(numbers->items, numbers->capacity, sizeof(*numbers->items));
	}
	numbers->items[numbers->count++] = number;
}

static bool may_write(struct sqlite_store *store, struct error *error)
{
	if (store->mode != STORE_READ_WRITE)
		return error_set(error, "%s was opened for reading only", store->location);
	if (!store->is_in_transaction || store->has_failed)
		return error_set(error, "%s: nothing can be written outside of a transaction, or after a failure in it", store->location);
	return true;
}

/* In one row all was begun before it was ended: a number that comes back needs the next row. */
static bool may_come_back(const struct journal_numbers *ended, uint64_t number)
{
	if (ended->count > ENDED_SEARCHED)
		return true;
	for (size_t i = 0; i < ended->count; i++) {
		if (ended->items[i] == number)
			return true;
	}
	return false;
}

static bool change_open_host(struct sqlite_store *store, census_id census, uint64_t number, bool is_begun, struct error *error)
{
	struct journal *journal = &store->journal;

	if (!may_write(store, error) || !known_census(store, census, error))
		return false;
	if (journal->census != census || (is_begun && may_come_back(&journal->ended, number)) ||
	    journal->begun.count + journal->ended.count >= NUMBERS_MAX) {
		if (!journal_flush(store, error))
			return false;
		journal->census = census;
	}
	gather(is_begun ? &journal->begun : &journal->ended, number);
	return true;
}

bool sqlite_add_open_host(struct store *store, census_id census, const struct open_host_record *host, struct error *error)
{
	return change_open_host(self(store), census, host->number, true, error);
}

bool sqlite_remove_open_host(struct store *store, census_id census, const struct open_host_record *host, struct error *error)
{
	return change_open_host(self(store), census, host->number, false, error);
}

bool sqlite_add_contact(struct store *base, const struct contact_record *contact, struct error *error)
{
	struct sqlite_store *store = self(base);
	struct journal *journal = &store->journal;
	size_t size = ip_address_size(contact->address);

	if (!may_write(store, error))
		return false;
	if ((journal->contacts.size > 0 && journal->contacts_at.unix_ms != contact->at.unix_ms) ||
	    journal->contacts.size + 1 + size > CONTACT_BYTES_MAX) {
		if (!journal_flush(store, error))
			return false;
	}
	if (journal->contacts.max == 0)
		buffer_init(&journal->contacts, CONTACT_BYTES_MAX);
	journal->contacts_at = contact->at;
	buffer_append_byte(&journal->contacts, (unsigned char)size);
	buffer_append(&journal->contacts, span_make(contact->address.bytes, size));
	return true;
}

/* ---- writing ---- */

static void put_numbers(struct buffer *out, const struct journal_numbers *numbers)
{
	buffer_init(out, SIZE_MAX / 2);
	for (size_t i = 0; i < numbers->count; i++) {
		unsigned char bytes[NUMBER_SIZE];

		for (unsigned k = 0; k < NUMBER_SIZE; k++)
			bytes[k] = (unsigned char)(numbers->items[i] >> (8 * k));
		buffer_append(out, span_make(bytes, sizeof(bytes)));
	}
}

static bool write_hosts(struct sqlite_store *store, census_id census, const struct journal_numbers *begun,
                        const struct journal_numbers *ended, struct error *error)
{
	struct buffer begun_bytes, ended_bytes;
	struct binder row;
	bool is_done;

	if (!begin_row(&row, &store->base, STATEMENT_ADD_OPEN_HOSTS, error))
		return false;
	put_numbers(&begun_bytes, begun);
	put_numbers(&ended_bytes, ended);
	bind_integer(&row, census);
	bind_blob(&row, buffer_view(&begun_bytes));
	bind_blob(&row, buffer_view(&ended_bytes));
	is_done = end_row(&row);
	buffer_done(&begun_bytes);
	buffer_done(&ended_bytes);
	return is_done;
}

static bool write_contacts(struct sqlite_store *store, struct error *error)
{
	struct journal *journal = &store->journal;
	struct binder row;

	if (journal->contacts.size == 0)
		return true;
	if (!begin_row(&row, &store->base, STATEMENT_ADD_CONTACTS, error))
		return false;
	bind_integer(&row, journal->contacts_at.unix_ms);
	bind_blob(&row, buffer_view(&journal->contacts));
	if (!end_row(&row))
		return false;
	buffer_clear(&journal->contacts);
	return true;
}

/* ---- folding ---- */

/* One number and what happened to it last. */
struct open_event {
	uint64_t number;
	uint32_t order;
	bool is_begun;
};

struct open_events {
	struct open_event *items;
	size_t count, capacity;
};

static void add_event(struct open_events *events, uint64_t number, bool is_begun)
{
	if (events->count == events->capacity) {
		events->capacity = events->capacity > 0 ? 2 * events->capacity : 1024;
		events->items = memory_resize(events->items, events->capacity, sizeof(*events->items));
	}
	events->items[events->count] = (struct open_event){number, (uint32_t)events->count, is_begun};
	events->count++;
}

static void take_numbers(struct columns *columns, struct open_events *events, bool is_begun)
{
	struct span bytes = take_blob(columns);

	if (bytes.size % NUMBER_SIZE != 0)
		columns_wrong(columns, "no numbers");
	for (size_t at = 0; at + NUMBER_SIZE <= bytes.size; at += NUMBER_SIZE) {
		uint64_t number = 0;

		for (unsigned k = 0; k < NUMBER_SIZE; k++)
			number |= (uint64_t)bytes.data[at + k] << (8 * k);
		add_event(events, number, is_begun);
	}
}

static bool read_open_hosts(struct columns *columns, const struct store_visitor *visitor)
{
	struct open_events *events = visitor->context;

	if (next_is_null(columns))
		columns->index++;
	else
		add_event(events, take_u64(columns), true);
	take_numbers(columns, events, true);
	take_numbers(columns, events, false);
	return !columns->is_wrong;
}

static int by_number(const void *a, const void *b)
{
	const struct open_event *one = a, *other = b;

	if (one->number != other->number)
		return one->number < other->number ? -1 : 1;
	return one->order < other->order ? -1 : one->order > other->order ? 1 : 0;
}

/* The numbers that are open, ascending. */
static bool gather_open(struct sqlite_store *store, census_id census, struct journal_numbers *open_out, struct error *error)
{
	struct open_events events = {.count = 0};
	struct store_visitor visitor = {.context = &events};
	sqlite3_stmt *statement = statement_take(store, STATEMENT_VISIT_OPEN_HOSTS, error);
	bool is_read = statement != NULL &&
	               bind_or_fail(store, statement, STATEMENT_VISIT_OPEN_HOSTS, sqlite3_bind_int64(statement, 1, census), error) &&
	               visit_rows(store, STATEMENT_VISIT_OPEN_HOSTS, statement, read_open_hosts, &visitor, error);

	if (events.count > 1)
		qsort(events.items, events.count, sizeof(*events.items), by_number);
	for (size_t i = 0; is_read && i < events.count; i++) {
		bool is_last = i + 1 == events.count || events.items[i + 1].number != events.items[i].number;

		if (is_last && events.items[i].is_begun)
			gather(open_out, events.items[i].number);
	}
	free(events.items);
	return is_read;
}

static bool fold(struct sqlite_store *store, census_id census, struct error *error)
{
	struct journal_numbers open = {.count = 0}, none = {.count = 0};
	struct binder row;
	bool is_done = gather_open(store, census, &open, error) && begin_row(&row, &store->base, STATEMENT_FORGET_OPEN_HOSTS, error);

	if (is_done) {
		bind_integer(&row, census);
		is_done = end_row(&row) && (open.count == 0 || write_hosts(store, census, &open, &none, error));
	}
	free(open.items);
	store->journal.written = 0;
	if (!is_done)
		store->has_failed = true;
	return is_done;
}

bool journal_flush(struct sqlite_store *store, struct error *error)
{
	struct journal *journal = &store->journal;
	size_t count = journal->begun.count + journal->ended.count;

	if (!write_contacts(store, error))
		return false;
	if (count == 0)
		return true;
	if (!write_hosts(store, journal->census, &journal->begun, &journal->ended, error))
		return false;
	journal->begun.count = journal->ended.count = 0;
	journal->written += count;
	return journal->written < FOLD_AFTER || fold(store, journal->census, error);
}

void journal_forget(struct sqlite_store *store)
{
	store->journal.begun.count = store->journal.ended.count = 0;
	buffer_clear(&store->journal.contacts);
}

void journal_done(struct sqlite_store *store)
{
	free(store->journal.begun.items);
	free(store->journal.ended.items);
	buffer_done(&store->journal.contacts);
}

/* ---- reading ---- */

bool sqlite_visit_open_hosts(struct store *base, census_id census, const struct store_visitor *visitor, struct error *error)
{
	struct sqlite_store *store = self(base);
	struct journal_numbers open = {.count = 0};
	bool is_read = (!store->is_in_transaction || journal_flush(store, error)) && gather_open(store, census, &open, error);

	for (size_t i = 0; is_read && i < open.count; i++) {
		struct open_host_record host = {.number = open.items[i]};

		if (!visitor->on_open_host(visitor->context, &host))
			break;
	}
	free(open.items);
	return is_read;
}

static bool read_contacts(struct columns *columns, const struct store_visitor *visitor)
{
	struct contact_record contact = {.at = take_time(columns)};
	struct span bytes = take_blob(columns);

	while (bytes.size > 0) {
		size_t size = bytes.data[0];

		if ((size != 4 && size != 16) || size >= bytes.size) {
			columns_wrong(columns, "no addresses");
			return false;
		}
		contact.address = (struct ip_address){.family = size == 4 ? IP_FAMILY_4 : IP_FAMILY_6};
		memcpy(contact.address.bytes, bytes.data + 1, size);
		bytes = span_part(bytes, 1 + size, bytes.size);
		if (!visitor->on_contact(visitor->context, &contact))
			return false;
	}
	return !columns->is_wrong;
}

bool sqlite_visit_contacts(struct store *base, const struct store_visitor *visitor, struct error *error)
{
	struct sqlite_store *store = self(base);
	sqlite3_stmt *statement;

	if (store->is_in_transaction && !journal_flush(store, error))
		return false;
	statement = statement_take(store, STATEMENT_VISIT_CONTACTS, error);
	return statement != NULL && visit_rows(store, STATEMENT_VISIT_CONTACTS, statement, read_contacts, visitor, error);
}

bool sqlite_forget_contacts_before(struct store *base, struct timestamp before, struct error *error)
{
	struct binder row;

	if (!may_write(self(base), error) || !journal_flush(self(base), error) || !begin_row(&row, base, STATEMENT_FORGET_CONTACTS, error))
		return false;
	bind_integer(&row, before.unix_ms);
	return end_row(&row);
}
