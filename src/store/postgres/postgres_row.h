/* SPDX-License-Identifier: ISC */
/* Columns out of rows in PostgreSQL's binary form, and the visits that hand them out. */
#ifndef STORE_POSTGRES_POSTGRES_ROW_H
#define STORE_POSTGRES_POSTGRES_ROW_H

#include "store/postgres/postgres_store.h"

enum { COLUMN_TEXTS = 24 };

/* The columns of one row, in order; the first value that cannot be sticks. */
struct columns {
	struct postgres_store *store;
	const PGresult *result;
	int row, index;
	bool is_wrong;
	struct error *error;
	struct buffer texts[COLUMN_TEXTS]; /* with their ends */
	size_t text_count;
	struct buffer transcript; /* put together for this row */
};

/* Says of the column that was just taken what it holds and should not. */
void value_wrong(struct columns *columns, const char *what);
/* The next column is NULL; it is not taken. */
bool value_is_null(const struct columns *columns);
struct span value_bytes(struct columns *columns); /* NULL reads as empty */
int64_t value_integer(struct columns *columns, int64_t minimum, int64_t maximum);
uint64_t value_unsigned(struct columns *columns);
struct timestamp value_time(struct columns *columns);
const char *value_text(struct columns *columns);
/* A text that must fit with its end. */
void value_text_into(struct columns *columns, char *out, size_t size);
struct ip_address value_address(struct columns *columns);
struct endpoint value_endpoint(struct columns *columns);
/* -1: none of ours. */
int word_of(enum word_kind kind, struct span name);
unsigned value_word(struct columns *columns, enum word_kind kind);
/* NULL reads as zeros. */
void value_fingerprint(struct columns *columns, uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE]);

/* Hands one row to the visitor; false ends the visit. */
typedef bool row_reader(struct columns *columns, const struct store_visitor *visitor);

/* What is asked of a census: SQL that ends where its number belongs, and the order. */
struct census_query {
	const char *name, *sql, *order;
	row_reader *read_row;
};

/* What is asked of one fingerprint, $1, and of several, which are an array. */
struct fingerprint_query {
	const char *name, *sql, *all;
	row_reader *read_row;
};

/* What is asked of one address, $1. */
struct address_query {
	const char *name, *sql;
	row_reader *read_row;
};

/* Rows in any number, through a cursor. */
bool postgres_visit(struct postgres_store *store, const char *sql, row_reader *read_row, const struct store_visitor *visitor,
                    struct error *error) MUST_CHECK;
/* One row of a result that is there. False: it is wrong. */
bool postgres_hand_out_row(struct postgres_store *store, const PGresult *result, int row, row_reader *read_row,
                           const struct store_visitor *visitor, struct error *error) MUST_CHECK;
/* The rows of a whole census, or of one address of it, which is a prepared statement of its own; number: which one it is. */
bool postgres_visit_census(struct postgres_store *store, const struct census_query *query, unsigned number, census_id census,
                           const struct ip_address *only_address, const struct store_visitor *visitor, struct error *error) MUST_CHECK;
bool postgres_find(struct postgres_store *store, const struct fingerprint_query *query, unsigned number,
                   const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE], const struct store_visitor *visitor, struct error *error) MUST_CHECK;
bool postgres_find_address(struct postgres_store *store, const struct address_query *query, unsigned number,
                           const struct ip_address *address, const struct store_visitor *visitor, struct error *error) MUST_CHECK;

#endif
