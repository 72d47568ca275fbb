/* SPDX-License-Identifier: ISC */
/* Values into statements, and columns out of rows. A row that no mailcensus can have written is an error, not a guess. */
#include "store/sqlite/sqlite_row.h"

#include <string.h>

void binder_note(struct binder *binder, int code)
{
	if (code != SQLITE_OK && !binder->has_failed) {
		binder->has_failed = true;
		sqlite_store_fail(binder->store->connection, binder->store->location, binder->error);
	}
}

void bind_null(struct binder *binder)
{
	binder_note(binder, sqlite3_bind_null(binder->statement, ++binder->index));
}

void bind_integer(struct binder *binder, int64_t value)
{
	binder_note(binder, sqlite3_bind_int64(binder->statement, ++binder->index, value));
}

void bind_unsigned(struct binder *binder, uint64_t value)
{
	bind_integer(binder, (int64_t)value);
}

void bind_blob(struct binder *binder, struct span bytes)
{
	binder_note(binder, sqlite3_bind_blob64(binder->statement, ++binder->index, bytes.size > 0 ? (const void *)bytes.data : "",
	                                        bytes.size, SQLITE_STATIC));
}

void bind_text(struct binder *binder, const char *text)
{
	binder_note(binder, sqlite3_bind_text(binder->statement, ++binder->index, text != NULL ? text : "", -1, SQLITE_STATIC));
}

void bind_address(struct binder *binder, const struct ip_address *address)
{
	bind_blob(binder, span_make(address->bytes, ip_address_size(*address)));
}

void bind_word(struct binder *binder, enum word_kind kind, unsigned value)
{
	int number = words_number(&binder->store->words, kind, value);

	if (number < 0 && !binder->has_failed) {
		binder->has_failed = true;
		error_set(binder->error, "cannot keep %u as %s: no such word", value, word_kind_name(kind));
	}
	bind_integer(binder, number);
}

void bind_fingerprint(struct binder *binder, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE])
{
	if (!fingerprint_is_none(sha256))
		bind_blob(binder, span_make(sha256, CERTIFICATE_FINGERPRINT_SIZE));
	else
		bind_null(binder);
}

bool begin_row(struct binder *binder, struct store *store, enum statement_id id, struct error *error)
{
	*binder = (struct binder){.store = (struct sqlite_store *)store, .id = id, .error = error};
	if (binder->store->mode != STORE_READ_WRITE)
		return error_set(error, "%s was opened for reading only", binder->store->location);
	/* SQLite may have rolled back by itself (full disk, input/output error): then nothing may be written outside of a transaction. */
	if (!binder->store->is_in_transaction || binder->store->has_failed || sqlite3_get_autocommit(binder->store->connection))
		return error_set(error, "%s: nothing can be written outside of a transaction, or after a failure in it",
		                 binder->store->location);
	binder->statement = statement_take(binder->store, id, error);
	if (binder->statement == NULL)
		binder->store->has_failed = true;
	return binder->statement != NULL;
}

bool end_row(struct binder *binder)
{
	if (!binder->has_failed && sqlite3_step(binder->statement) != SQLITE_DONE)
		binder_note(binder, SQLITE_ERROR);
	statement_release(binder->store, binder->id, binder->statement);
	if (binder->has_failed)
		binder->store->has_failed = true;
	return !binder->has_failed;
}

bool end_row_with_number(struct binder *row, int64_t *number_out)
{
	int code = row->has_failed ? SQLITE_DONE : sqlite3_step(row->statement);

	*number_out = code == SQLITE_ROW ? sqlite3_column_int64(row->statement, 0) : 0;
	if (code == SQLITE_ROW)
		code = sqlite3_step(row->statement);
	if (code != SQLITE_DONE)
		binder_note(row, code);
	statement_release(row->store, row->id, row->statement);
	if (row->has_failed)
		row->store->has_failed = true;
	return !row->has_failed;
}

bool begin_census_row(struct binder *binder, struct store *store, enum statement_id id, census_id census, struct error *error)
{
	if (!begin_row(binder, store, id, error))
		return false;
	if (!known_census(binder->store, census, error)) {
		statement_release(binder->store, id, binder->statement);
		binder->store->has_failed = true;
		return false;
	}
	bind_integer(binder, census);
	return true;
}

void columns_wrong(struct columns *columns, const char *what)
{
	if (columns->is_wrong)
		return;
	columns->is_wrong = true;
	error_set(columns->error,
	          "%s holds a row with %s in column %s, which this program does not understand: the file is damaged, or was written by a "
	          "newer mailcensus",
	          columns->store->location, what, sqlite3_column_name(columns->statement, columns->index - 1));
}

bool next_is_null(const struct columns *columns)
{
	return sqlite3_column_type(columns->statement, columns->index) == SQLITE_NULL;
}

int64_t take_integer(struct columns *columns, int64_t minimum, int64_t maximum)
{
	int64_t value = sqlite3_column_int64(columns->statement, columns->index++);

	if (value < minimum || value > maximum) {
		columns_wrong(columns, "a number out of range");
		return minimum;
	}
	return value;
}

uint64_t take_u64(struct columns *columns)
{
	return (uint64_t)sqlite3_column_int64(columns->statement, columns->index++);
}

struct timestamp take_time(struct columns *columns)
{
	return (struct timestamp){take_integer(columns, INT64_MIN, INT64_MAX)};
}

struct span take_blob(struct columns *columns)
{
	const void *bytes = sqlite3_column_blob(columns->statement, columns->index);

	return span_make(bytes, (size_t)sqlite3_column_bytes(columns->statement, columns->index++));
}

const char *take_text(struct columns *columns)
{
	const unsigned char *text = sqlite3_column_text(columns->statement, columns->index++);

	return text != NULL ? (const char *)text : "";
}

void take_text_into(struct columns *columns, char *out, size_t size)
{
	const char *text = take_text(columns);
	size_t length = strlen(text);

	out[0] = '\0';
	if (length >= size)
		columns_wrong(columns, "a text that is too long");
	else
		memcpy(out, text, length + 1);
}

struct ip_address take_address(struct columns *columns)
{
	struct span bytes = take_blob(columns);
	struct ip_address address = {.family = bytes.size == 4 ? IP_FAMILY_4 : IP_FAMILY_6};

	if (bytes.size != 4 && bytes.size != 16)
		columns_wrong(columns, "no address");
	else
		memcpy(address.bytes, bytes.data, bytes.size);
	return address;
}

unsigned take_word(struct columns *columns, enum word_kind kind)
{
	int value = words_value(&columns->store->words, kind, sqlite3_column_int64(columns->statement, columns->index++));

	if (value < 0) {
		columns_wrong(columns, "an unknown word");
		return 0;
	}
	return (unsigned)value;
}

unsigned take_word_or(struct columns *columns, enum word_kind kind, unsigned otherwise)
{
	if (!next_is_null(columns))
		return take_word(columns, kind);
	columns->index++;
	return otherwise;
}

void take_fingerprint(struct columns *columns, uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE])
{
	struct span bytes = take_blob(columns);

	memset(sha256, 0, CERTIFICATE_FINGERPRINT_SIZE);
	if (bytes.size == CERTIFICATE_FINGERPRINT_SIZE)
		memcpy(sha256, bytes.data, bytes.size);
	else if (bytes.size != 0)
		columns_wrong(columns, "no fingerprint");
}

bool visit_rows(struct sqlite_store *store, enum statement_id id, sqlite3_stmt *statement, row_reader *read_row,
                const struct store_visitor *visitor, struct error *error)
{
	struct columns columns = {.store = store, .statement = statement, .error = error};
	int code;

	for (size_t i = 0; i < COLUMNS_TEXTS; i++)
		buffer_init(&columns.texts[i], COLUMNS_TEXT_MAX);
	while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
		columns.index = 0;
		columns.text_count = 0;
		if (!read_row(&columns, visitor))
			break;
	}
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		columns.is_wrong = !sqlite_store_fail(store->connection, store->location, error);
	statement_release(store, id, statement);
	for (size_t i = 0; i < COLUMNS_TEXTS; i++)
		buffer_done(&columns.texts[i]);
	buffer_done(&columns.transcript);
	return !columns.is_wrong;
}

bool bind_or_fail(struct sqlite_store *store, sqlite3_stmt *statement, enum statement_id id, int code, struct error *error)
{
	if (code == SQLITE_OK)
		return true;
	sqlite_store_fail(store->connection, store->location, error);
	statement_release(store, id, statement);
	return false;
}

struct endpoint take_endpoint(struct columns *columns)
{
	struct endpoint endpoint;

	endpoint.address = take_address(columns);
	endpoint.port = (uint16_t)take_integer(columns, 0, UINT16_MAX);
	return endpoint;
}

bool visit_of_census(struct sqlite_store *store, enum statement_id all, census_id census, const struct ip_address *only_address,
                     row_reader *read_row, const struct store_visitor *visitor, struct error *error)
{
	enum statement_id id = only_address != NULL ? all + 1 : all;

	return visit_for_address(store, id, visit_statement_take(store, id, census, error), only_address, read_row, visitor, error);
}

bool visit_for_address(struct sqlite_store *store, enum statement_id id, sqlite3_stmt *statement, const struct ip_address *only_address,
                       row_reader *read_row, const struct store_visitor *visitor, struct error *error)
{
	if (statement == NULL)
		return false;
	if (only_address != NULL &&
	    !bind_or_fail(store, statement, id,
	                  sqlite3_bind_blob(statement, 1, only_address->bytes, (int)ip_address_size(*only_address), SQLITE_TRANSIENT),
	                  error))
		return false;
	return visit_rows(store, id, statement, read_row, visitor, error);
}

bool visit_by_fingerprint(struct sqlite_store *store, enum statement_id id, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE],
                          row_reader *read_row, const struct store_visitor *visitor, struct error *error)
{
	sqlite3_stmt *statement = statement_take(store, id, error);

	if (statement == NULL ||
	    !bind_or_fail(store, statement, id, sqlite3_bind_blob(statement, 1, sha256, CERTIFICATE_FINGERPRINT_SIZE, SQLITE_TRANSIENT),
	                  error))
		return false;
	return visit_rows(store, id, statement, read_row, visitor, error);
}

bool has_fingerprint(struct sqlite_store *store, enum statement_id id, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE])
{
	sqlite3_stmt *statement = statement_take(store, id, NULL);
	bool is_kept;

	if (statement == NULL)
		return false;
	is_kept = sqlite3_bind_blob(statement, 1, sha256, CERTIFICATE_FINGERPRINT_SIZE, SQLITE_STATIC) == SQLITE_OK &&
	          sqlite3_step(statement) == SQLITE_ROW;
	statement_release(store, id, statement);
	return is_kept;
}
