/* SPDX-License-Identifier: ISC */
/* One question for each kind and batch of services, when the first of its kind is asked. */
#include "store/postgres/postgres_ahead.h"

enum { FROM_THE_END = 3 /* of the columns: leaf, chain, pairs */ };

static void forget(struct ahead *ahead)
{
	for (size_t i = 0; i < AHEAD_COUNT; i++) {
		PQclear(ahead->results[i]);
		ahead->results[i] = NULL;
	}
	ahead->batch = NULL;
}

void ahead_begin(struct postgres_store *store, census_id census)
{
	if (store->visits == 0 && !store->is_in_transaction)
		store->ahead.census = census;
}

void ahead_batch(struct postgres_store *store, const PGresult *batch)
{
	if (store->ahead.census == 0 || store->visits != 1)
		return;
	forget(&store->ahead);
	store->ahead.batch = batch;
}

void ahead_end(struct postgres_store *store)
{
	if (store->visits > 0)
		return;
	forget(&store->ahead);
	store->ahead.census = 0;
}

static struct span cell(const PGresult *result, int row, int column)
{
	return span_make(PQgetvalue(result, row, column), (size_t)PQgetlength(result, row, column));
}

struct asked {
	const char *values[2];
	int sizes[2], count;
};

static bool ask(struct postgres_store *store, enum ahead_kind kind, const char *sql, const struct asked *asked, struct error *error)
{
	static const int BINARY[] = {1, 1};
	PGresult *result = PQexecParams(store->connection, sql, asked->count, NULL, asked->values, asked->sizes, BINARY, 1);

	if (PQresultStatus(result) == PGRES_TUPLES_OK) {
		store->ahead.results[kind] = result;
		return true;
	}
	postgres_fail(store, result, error);
	PQclear(result);
	return false;
}

/* ---- by address ---- */

static bool ask_range(struct postgres_store *store, enum ahead_kind kind, const char *sql, struct error *error)
{
	const PGresult *batch = store->ahead.batch;
	struct span first = cell(batch, 0, 0), last = cell(batch, PQntuples(batch) - 1, 0);
	const struct asked asked = {{(const char *)first.data, (const char *)last.data}, {(int)first.size, (int)last.size}, 2};

	return ask(store, kind, sql, &asked, error);
}

static bool has_address(const PGresult *batch, struct span address)
{
	for (int row = 0; row < PQntuples(batch); row++) {
		if (span_equals(cell(batch, row, 0), address))
			return true;
	}
	return false;
}

bool ahead_visit_address(struct postgres_store *store, enum ahead_kind kind, const char *range_sql, row_reader *read_row,
                         const struct ip_address *address, const struct store_visitor *visitor, bool *is_known_out, struct error *error)
{
	unsigned char bytes[FIELD_ADDRESS_SIZE_MAX];
	struct span wanted = span_make(bytes, address_bytes(address, bytes));
	const PGresult *result;

	*is_known_out = store->ahead.batch != NULL && has_address(store->ahead.batch, wanted);
	if (!*is_known_out)
		return true;
	if (store->ahead.results[kind] == NULL && !ask_range(store, kind, range_sql, error))
		return false;
	result = store->ahead.results[kind];
	for (int row = 0; row < PQntuples(result); row++) {
		if (span_equals(cell(result, row, 0), wanted))
			return postgres_hand_out_row(store, result, row, read_row, visitor, error);
	}
	return true;
}

/* ---- certificates and chains ---- */

static int column_of(const PGresult *batch, enum ahead_kind kind)
{
	return PQnfields(batch) - FROM_THE_END + (kind == AHEAD_CHAINS ? 1 : 0);
}

static bool has_fingerprint(const PGresult *batch, enum ahead_kind kind, struct span wanted)
{
	for (int row = 0; row < PQntuples(batch); row++) {
		if (span_equals(cell(batch, row, column_of(batch, kind)), wanted))
			return true;
	}
	return false;
}

static bool ask_fingerprints(struct postgres_store *store, const struct fingerprint_query *query, enum ahead_kind kind, struct error *error)
{
	const PGresult *batch = store->ahead.batch;
	struct asked asked = {.count = 1};
	struct fields list = {.count = 0};
	struct span value, array;
	size_t begin, count = 0;
	bool is_done;

	for (int row = 0; row < PQntuples(batch); row++)
		count += cell(batch, row, column_of(batch, kind)).size > 0;
	fields_begin(&list, error);
	begin = field_array_begin(&list, TYPE_BYTEA, count);
	for (int row = 0; row < PQntuples(batch); row++) {
		value = cell(batch, row, column_of(batch, kind));
		if (value.size > 0)
			field_bytes(&list, value);
	}
	field_array_end(&list, begin, count);
	value = buffer_view(&list.bytes);
	is_done = array_take(&value, &array);
	asked.values[0] = (const char *)array.data;
	asked.sizes[0] = (int)array.size;
	is_done = is_done && ask(store, kind, query->all, &asked, error);
	buffer_done(&list.bytes);
	return is_done;
}

bool ahead_find(struct postgres_store *store, const struct fingerprint_query *query, enum ahead_kind kind,
                const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE], const struct store_visitor *visitor, bool *is_known_out,
                struct error *error)
{
	struct span wanted = span_make(sha256, CERTIFICATE_FINGERPRINT_SIZE);
	const PGresult *result;

	*is_known_out = store->ahead.batch != NULL && has_fingerprint(store->ahead.batch, kind, wanted);
	if (!*is_known_out)
		return true;
	if (store->ahead.results[kind] == NULL && !ask_fingerprints(store, query, kind, error))
		return false;
	result = store->ahead.results[kind];
	for (int row = 0; row < PQntuples(result); row++) {
		if (span_equals(cell(result, row, 0), wanted))
			return postgres_hand_out_row(store, result, row, query->read_row, visitor, error);
	}
	return true;
}
