/* SPDX-License-Identifier: ISC */
/* Visits: a cursor for many rows, in a transaction of its own where none is open, and a prepared statement for few. */
#include "store/postgres/postgres_row.h"

#include <stdio.h>
#include <string.h>

#include "store/postgres/postgres_ahead.h"

enum {
	ROWS_AT_A_TIME = 256,
	QUERY_SIZE = 2048,
	FIRST_READ_BIT = STAGE_COUNT * STATEMENTS_PER_STAGE, /* in store->prepared */
	TEXT_MAX = 1 << 28,
};

/* ---- columns ---- */

void value_wrong(struct columns *columns, const char *what)
{
	if (columns->is_wrong)
		return;
	columns->is_wrong = true;
	error_set(columns->error,
	          "%s holds a row with %s in column %s, which this program does not understand: the data are damaged, or were written by a "
	          "newer mailcensus",
	          columns->store->location, what, PQfname(columns->result, columns->index - 1));
}

bool value_is_null(const struct columns *columns)
{
	return PQgetisnull(columns->result, columns->row, columns->index) != 0;
}

struct span value_bytes(struct columns *columns)
{
	int index = columns->index++;

	return span_make(PQgetvalue(columns->result, columns->row, index), (size_t)PQgetlength(columns->result, columns->row, index));
}

uint64_t value_unsigned(struct columns *columns)
{
	struct span bytes = value_bytes(columns);

	if (bytes.size == FIELD_INTEGER_SIZE)
		return (uint64_t)integer_of(bytes.data);
	if (bytes.size != 0)
		value_wrong(columns, "no number");
	return 0;
}

int64_t value_integer(struct columns *columns, int64_t minimum, int64_t maximum)
{
	int64_t value = (int64_t)value_unsigned(columns);

	if (value >= minimum && value <= maximum)
		return value;
	value_wrong(columns, "a number out of range");
	return minimum;
}

struct timestamp value_time(struct columns *columns)
{
	return (struct timestamp){(int64_t)value_unsigned(columns)};
}

const char *value_text(struct columns *columns)
{
	struct span bytes = value_bytes(columns);
	struct buffer *text;

	if (columns->text_count == COLUMN_TEXTS || span_find_byte(bytes, '\0') < bytes.size) {
		value_wrong(columns, "no text");
		return "";
	}
	text = &columns->texts[columns->text_count++];
	buffer_clear(text);
	buffer_append(text, bytes);
	return buffer_text(text);
}

void value_text_into(struct columns *columns, char *out, size_t size)
{
	struct span bytes = value_bytes(columns);

	memset(out, 0, size);
	if (bytes.size >= size)
		value_wrong(columns, "a text that is too long");
	else if (bytes.size > 0)
		memcpy(out, bytes.data, bytes.size);
}

struct ip_address value_address(struct columns *columns)
{
	struct ip_address address;

	if (!address_of(value_bytes(columns), &address))
		value_wrong(columns, "no address");
	return address;
}

struct endpoint value_endpoint(struct columns *columns)
{
	struct endpoint endpoint;

	endpoint.address = value_address(columns);
	endpoint.port = (uint16_t)value_integer(columns, 0, UINT16_MAX);
	return endpoint;
}

int word_of(enum word_kind kind, struct span name)
{
	char text[64];

	if (name.size >= sizeof(text))
		return -1;
	memcpy(text, name.data, name.size);
	text[name.size] = '\0';
	return word_value_named(kind, text);
}

unsigned value_word(struct columns *columns, enum word_kind kind)
{
	int value = word_of(kind, value_bytes(columns));

	if (value >= 0)
		return (unsigned)value;
	value_wrong(columns, "an unknown word");
	return 0;
}

void value_fingerprint(struct columns *columns, uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE])
{
	struct span bytes = value_bytes(columns);

	memset(sha256, 0, CERTIFICATE_FINGERPRINT_SIZE);
	if (bytes.size == CERTIFICATE_FINGERPRINT_SIZE)
		memcpy(sha256, bytes.data, bytes.size);
	else if (bytes.size != 0)
		value_wrong(columns, "no fingerprint");
}

/* ---- visits ---- */

static void columns_begin(struct columns *columns, struct postgres_store *store, struct error *error)
{
	*columns = (struct columns){.store = store, .error = error};
	for (size_t i = 0; i < COLUMN_TEXTS; i++)
		buffer_init(&columns->texts[i], TEXT_MAX);
}

static void columns_done(struct columns *columns)
{
	for (size_t i = 0; i < COLUMN_TEXTS; i++)
		buffer_done(&columns->texts[i]);
	buffer_done(&columns->transcript);
}

/* False: the visit is over, by the visitor or by a row that is wrong. */
static bool hand_out_rows(struct columns *columns, const PGresult *result, row_reader *read_row, const struct store_visitor *visitor)
{
	columns->result = result;
	for (columns->row = 0; columns->row < PQntuples(result); columns->row++) {
		columns->index = 0;
		columns->text_count = 0;
		if (!read_row(columns, visitor))
			return false;
	}
	return true;
}

/* All rows of the cursor; false: the server failed. */
static bool hand_out_cursor(struct columns *columns, const char *name, row_reader *read_row, const struct store_visitor *visitor)
{
	char sql[64];
	bool goes_on = true;

	(void)snprintf(sql, sizeof(sql), "FETCH %d FROM %s", ROWS_AT_A_TIME, name);
	while (goes_on) {
		PGresult *result = PQexecParams(columns->store->connection, sql, 0, NULL, NULL, NULL, NULL, 1);

		if (PQresultStatus(result) != PGRES_TUPLES_OK) {
			postgres_fail(columns->store, result, columns->error);
			PQclear(result);
			return false;
		}
		ahead_batch(columns->store, result);
		goes_on = hand_out_rows(columns, result, read_row, visitor) && PQntuples(result) == ROWS_AT_A_TIME;
		PQclear(result);
	}
	return !columns->is_wrong;
}

bool postgres_hand_out_row(struct postgres_store *store, const PGresult *result, int row, row_reader *read_row,
                           const struct store_visitor *visitor, struct error *error)
{
	struct columns columns;

	columns_begin(&columns, store, error);
	columns.result = result;
	columns.row = row;
	(void)read_row(&columns, visitor);
	columns_done(&columns);
	return !columns.is_wrong;
}

/* What is visited is one state of the data, however long it takes. */
static bool begin_visit(struct postgres_store *store, struct error *error)
{
	if (store->is_in_transaction) {
		if (!store->has_failed && !postgres_flush(store, error))
			return false;
	} else if (store->visits == 0) {
		if (!postgres_run(store, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", error))
			return false;
	}
	store->visits++;
	return true;
}

static bool end_visit(struct postgres_store *store, const char *cursor, bool is_fine, struct error *error)
{
	char sql[64];

	store->visits--;
	ahead_end(store);
	if (!is_fine && store->is_in_transaction)
		store->has_failed = true;
	if (is_fine && store->is_in_transaction) {
		(void)snprintf(sql, sizeof(sql), "CLOSE %s", cursor);
		return postgres_run(store, sql, error);
	}
	if (!store->is_in_transaction && store->visits == 0) {
		bool is_ended = postgres_run(store, "ROLLBACK", is_fine ? error : NULL);

		return is_fine && is_ended;
	}
	return is_fine;
}

bool postgres_visit(struct postgres_store *store, const char *sql, row_reader *read_row, const struct store_visitor *visitor,
                    struct error *error)
{
	struct columns columns;
	char cursor[32], declaration[QUERY_SIZE];
	bool is_fine;

	if (!begin_visit(store, error)) {
		ahead_end(store);
		return false;
	}
	columns_begin(&columns, store, error);
	(void)snprintf(cursor, sizeof(cursor), "visit_%llu", (unsigned long long)store->cursors++);
	(void)snprintf(declaration, sizeof(declaration), "DECLARE %s NO SCROLL CURSOR FOR %s", cursor, sql);
	is_fine = postgres_run(store, declaration, error) && hand_out_cursor(&columns, cursor, read_row, visitor);
	columns_done(&columns);
	return end_visit(store, cursor, is_fine, error);
}

struct parameter {
	const char *value;
	int size;
};

static bool prepare_once(struct postgres_store *store, const char *name, const char *sql, unsigned number, struct error *error)
{
	uint64_t bit = (uint64_t)1 << (FIRST_READ_BIT + number);
	PGresult *result;
	bool is_done;

	if ((store->prepared & bit) != 0)
		return true;
	result = PQprepare(store->connection, name, sql, 0, NULL);
	is_done = PQresultStatus(result) == PGRES_COMMAND_OK;
	if (is_done)
		store->prepared |= bit;
	else
		postgres_fail(store, result, error);
	PQclear(result);
	return is_done;
}

static bool visit_prepared(struct postgres_store *store, const char *name, const struct parameter *parameters, int count,
                           row_reader *read_row, const struct store_visitor *visitor, struct error *error)
{
	const char *values[2];
	int sizes[2], formats[2] = {1, 1};
	struct columns columns;
	PGresult *result;

	for (int i = 0; i < count; i++) {
		values[i] = parameters[i].value;
		sizes[i] = parameters[i].size;
	}
	result = PQexecPrepared(store->connection, name, count, values, sizes, formats, 1);
	columns_begin(&columns, store, error);
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		columns.is_wrong = !postgres_fail(store, result, error);
	else
		(void)hand_out_rows(&columns, result, read_row, visitor);
	columns_done(&columns);
	PQclear(result);
	return !columns.is_wrong;
}

static bool flush_before(struct postgres_store *store, struct error *error)
{
	return !store->is_in_transaction || store->has_failed || postgres_flush(store, error);
}

bool postgres_visit_census(struct postgres_store *store, const struct census_query *query, unsigned number, census_id census,
                           const struct ip_address *only_address, const struct store_visitor *visitor, struct error *error)
{
	unsigned char id[FIELD_INTEGER_SIZE], address[FIELD_ADDRESS_SIZE_MAX];
	struct parameter parameters[2] = {{(const char *)id, sizeof(id)}, {(const char *)address, 0}};
	char sql[QUERY_SIZE];

	if (only_address == NULL) {
		(void)snprintf(sql, sizeof(sql), "%s%lld ORDER BY %s", query->sql, (long long)census, query->order);
		return postgres_visit(store, sql, query->read_row, visitor, error);
	}
	integer_bytes(census, id);
	parameters[1].size = (int)address_bytes(only_address, address);
	(void)snprintf(sql, sizeof(sql), "%s$1::bigint::integer AND address = $2 ORDER BY %s", query->sql, query->order);
	return flush_before(store, error) && prepare_once(store, query->name, sql, number, error) &&
	       visit_prepared(store, query->name, parameters, 2, query->read_row, visitor, error);
}

bool postgres_find(struct postgres_store *store, const struct fingerprint_query *query, unsigned number,
                   const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE], const struct store_visitor *visitor, struct error *error)
{
	struct parameter parameter = {(const char *)sha256, CERTIFICATE_FINGERPRINT_SIZE};

	return flush_before(store, error) && prepare_once(store, query->name, query->sql, number, error) &&
	       visit_prepared(store, query->name, &parameter, 1, query->read_row, visitor, error);
}

bool postgres_find_address(struct postgres_store *store, const struct address_query *query, unsigned number,
                           const struct ip_address *address, const struct store_visitor *visitor, struct error *error)
{
	unsigned char bytes[FIELD_ADDRESS_SIZE_MAX];
	struct parameter parameter = {(const char *)bytes, (int)address_bytes(address, bytes)};

	return flush_before(store, error) && prepare_once(store, query->name, query->sql, number, error) &&
	       visit_prepared(store, query->name, &parameter, 1, query->read_row, visitor, error);
}
