/* SPDX-License-Identifier: ISC */
/* Values into statements, and columns out of rows: what reading and writing of all tables share. */
#ifndef STORE_SQLITE_SQLITE_ROW_H
#define STORE_SQLITE_SQLITE_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "store/sqlite/sqlite_store.h"

/* Values for one statement, in order; the first failure sticks. What is bound must stay until end_row. */
struct binder {
	struct sqlite_store *store;
	enum statement_id id;
	sqlite3_stmt *statement;
	int index;
	bool has_failed;
	struct error *error;
};

/* Takes the statement. False when nothing may be written now; then no statement is held. */
bool begin_row(struct binder *binder, struct store *store, enum statement_id id, struct error *error);
/* The same for a row of a census, whose number is its first value. */
bool begin_census_row(struct binder *binder, struct store *store, enum statement_id id, census_id census, struct error *error);
/* Runs the statement and gives it back. */
bool end_row(struct binder *binder);
/* The same for a statement that gives at most one number, which is 0 when there is none. */
bool end_row_with_number(struct binder *binder, int64_t *number_out);
/* Remembers what SQLite said to a value. */
void binder_note(struct binder *binder, int code);
void bind_null(struct binder *binder);
void bind_integer(struct binder *binder, int64_t value);
/* 64 bits without sign are kept as the signed number of the same bits. */
void bind_unsigned(struct binder *binder, uint64_t value);
void bind_blob(struct binder *binder, struct span bytes);
void bind_text(struct binder *binder, const char *text);
void bind_address(struct binder *binder, const struct ip_address *address);
void bind_word(struct binder *binder, enum word_kind kind, unsigned value);
/* NULL when it is zeros. */
void bind_fingerprint(struct binder *binder, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE]);

enum { COLUMNS_TEXTS = 128, COLUMNS_TEXT_MAX = 1 << 20 };

/* The columns of one row, in order; the first value that cannot be sticks. */
struct columns {
	struct sqlite_store *store;
	sqlite3_stmt *statement;
	int index;
	bool is_wrong;
	struct error *error;
	struct buffer texts[COLUMNS_TEXTS]; /* what was looked up for this row */
	size_t text_count;
	struct buffer transcript; /* put together for this row */
};

/* Says of the column that was just taken what it holds and should not. */
void columns_wrong(struct columns *columns, const char *what);
/* The next column is NULL; it is not taken. */
bool next_is_null(const struct columns *columns);
int64_t take_integer(struct columns *columns, int64_t minimum, int64_t maximum);
uint64_t take_u64(struct columns *columns);
struct timestamp take_time(struct columns *columns);
struct span take_blob(struct columns *columns);
const char *take_text(struct columns *columns); /* NULL reads as "" */
/* A text that must fit with its end. */
void take_text_into(struct columns *columns, char *out, size_t size);
struct ip_address take_address(struct columns *columns);
struct endpoint take_endpoint(struct columns *columns);
unsigned take_word(struct columns *columns, enum word_kind kind);
/* The same of a column that was added later, which is NULL in older rows. */
unsigned take_word_or(struct columns *columns, enum word_kind kind, unsigned otherwise);
/* NULL reads as zeros. */
void take_fingerprint(struct columns *columns, uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE]);

/* Hands one row to the visitor; false ends the visit. */
typedef bool row_reader(struct columns *columns, const struct store_visitor *visitor);
/* Runs the statement, hands out its rows and gives it back. */
bool visit_rows(struct sqlite_store *store, enum statement_id id, sqlite3_stmt *statement, row_reader *read_row,
                const struct store_visitor *visitor, struct error *error);
/* The rows of a whole census, or of one address of it (statement all + 1). */
bool visit_of_census(struct sqlite_store *store, enum statement_id all, census_id census, const struct ip_address *only_address,
                     row_reader *read_row, const struct store_visitor *visitor, struct error *error);
/* All rows of the statement, or those of the address, which is its first parameter. A statement that is NULL has failed before. */
bool visit_for_address(struct sqlite_store *store, enum statement_id id, sqlite3_stmt *statement, const struct ip_address *only_address,
                       row_reader *read_row, const struct store_visitor *visitor, struct error *error);
/* The one row that has this fingerprint, if there is one. */
bool visit_by_fingerprint(struct sqlite_store *store, enum statement_id id, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE],
                          row_reader *read_row, const struct store_visitor *visitor, struct error *error);
/* Does the statement find a row with this fingerprint? */
bool has_fingerprint(struct sqlite_store *store, enum statement_id id, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE]);
/* A code of SQLite about a value; when it is a failure the statement is given back. */
bool bind_or_fail(struct sqlite_store *store, sqlite3_stmt *statement, enum statement_id id, int code, struct error *error);

#endif
