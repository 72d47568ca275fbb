/* SPDX-License-Identifier: ISC */
/* Where the rows of a census are, and its indexes: none while it runs, as each would cost more than the row; made when it ends, if it is large.
   A partial index knows one census only, so that the censuses that a file has already cost the next one nothing. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "store/sqlite/sqlite_columns.h"
#include "store/sqlite/sqlite_row.h"
#include "store/sqlite/sqlite_store.h"

enum {
	INDEXED_FROM = 10000, /* rows; fewer are sorted in no time */
	SQL_MAX = 4096,
};

static const struct visited_table {
	enum statement_id visit; /* all; the next one is of one address */
	const char *name;
	const char *columns;
	const char *join;
	const char *identity;   /* behind length(address), address; "" or begun with a comma */
	const char *of_address; /* the same when the address is given */
} TABLES[] = {
	{STATEMENT_VISIT_SERVICES, "service", SERVICE_COLUMNS ", " SOFTWARE_COLUMNS,
         " LEFT JOIN software ON software.id = service.software", ", port", "port"},
	{STATEMENT_VISIT_CONVERSATIONS, "conversation", CONVERSATION_COLUMNS, "", ", port, attempt", "port, attempt"},
	{STATEMENT_VISIT_FINDINGS, "host_finding", "address, findings", "", "", "address"},
};

static bool fail(struct sqlite_store *store, struct error *error)
{
	return sqlite_store_fail(store->connection, store->location, error);
}

static bool run_sql(struct sqlite_store *store, const char *sql, struct error *error)
{
	return sqlite3_exec(store->connection, sql, NULL, NULL, NULL) == SQLITE_OK || fail(store, error);
}

/* One row of numbers; those that are NULL, or not there, stay as they are. */
static bool read_numbers(struct sqlite_store *store, const char *sql, int64_t *numbers_out, int count, struct error *error)
{
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(store->connection, sql, -1, &statement, NULL) != SQLITE_OK)
		return fail(store, error);
	if (sqlite3_step(statement) == SQLITE_ROW) {
		for (int i = 0; i < count; i++) {
			if (sqlite3_column_type(statement, i) != SQLITE_NULL)
				numbers_out[i] = sqlite3_column_int64(statement, i);
		}
	}
	return sqlite3_finalize(statement) == SQLITE_OK || fail(store, error);
}

static bool has_index(struct sqlite_store *store, const struct visited_table *table, census_id census, bool *has_out, struct error *error)
{
	char sql[SQL_MAX];
	int64_t count = 0;

	(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND name = '%s_of_%" PRId64 "'",
	               table->name, census);
	if (!read_numbers(store, sql, &count, 1, error))
		return false;
	*has_out = count > 0;
	return true;
}

/* First and last row of a census; to is beyond all while it runs. */
static bool read_range(struct sqlite_store *store, const struct visited_table *table, census_id census, int64_t range_out[2],
                       struct error *error)
{
	char sql[SQL_MAX];

	range_out[0] = 1;
	range_out[1] = INT64_MAX;
	(void)snprintf(sql, sizeof(sql), "SELECT %s_from, %s_to FROM census_rows WHERE census = %" PRId64, table->name, table->name,
	               census);
	return read_numbers(store, sql, range_out, 2, error);
}

/* ---- writing ---- */

bool census_rows_begin(struct sqlite_store *store, census_id census, struct error *error)
{
	struct binder row;

	if (!begin_row(&row, &store->base, STATEMENT_ADD_ROWS, error))
		return false;
	bind_integer(&row, census);
	return end_row(&row);
}

/* A census that goes on after an index was made for it, to find its open hosts, goes on without. */
static bool drop_indexes(struct sqlite_store *store, census_id census, struct error *error)
{
	for (size_t i = 0; i < ARRAY_LENGTH(TABLES); i++) {
		char sql[SQL_MAX];

		(void)snprintf(sql, sizeof(sql), "DROP INDEX IF EXISTS %s_of_%" PRId64, TABLES[i].name, census);
		if (!run_sql(store, sql, error))
			return false;
	}
	visit_statements_forget(store);
	return true;
}

bool known_census(struct sqlite_store *store, census_id census, struct error *error)
{
	sqlite3_stmt *statement;
	bool is_found, is_ended;

	if (store->remembered->census == census)
		return true;
	statement = statement_take(store, STATEMENT_FIND_CENSUS, error);
	if (statement == NULL)
		return false;
	is_found = sqlite3_bind_int64(statement, 1, census) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW;
	is_ended = is_found && sqlite3_column_int64(statement, 0) != 0;
	statement_release(store, STATEMENT_FIND_CENSUS, statement);
	if (!is_found || (!is_ended && !drop_indexes(store, census, error)) ||
	    (is_ended && !sqlite_forget_counts(&store->base, census, error))) {
		store->has_failed = true;
		return is_found ? false : error_set(error, "%s holds no such census", store->location);
	}
	store->remembered->census = census;
	return true;
}

static bool remove_doubles(struct sqlite_store *store, const struct visited_table *table, census_id census, const int64_t range[2],
                           struct error *error)
{
	char sql[SQL_MAX];

	(void)snprintf(sql, sizeof(sql),
	               "DELETE FROM %s WHERE census = %" PRId64 " AND rowid BETWEEN %" PRId64 " AND %" PRId64
	               " AND rowid NOT IN (SELECT max(rowid) FROM %s WHERE census = %" PRId64 " AND rowid BETWEEN %" PRId64 " AND %" PRId64
	               " GROUP BY address%s)",
	               table->name, census, range[0], range[1], table->name, census, range[0], range[1], table->identity);
	return run_sql(store, sql, error);
}

static bool make_index(struct sqlite_store *store, const struct visited_table *table, census_id census, const int64_t range[2],
                       struct error *error)
{
	char sql[SQL_MAX];

	(void)snprintf(sql, sizeof(sql),
	               "CREATE UNIQUE INDEX IF NOT EXISTS %s_of_%" PRId64 " ON %s (length(address), address%s) WHERE census = %" PRId64,
	               table->name, census, table->name, table->identity, census);
	if (sqlite3_exec(store->connection, sql, NULL, NULL, NULL) == SQLITE_OK)
		return true;
	if ((sqlite3_errcode(store->connection) & 0xff) != SQLITE_CONSTRAINT)
		return fail(store, error);
	return remove_doubles(store, table, census, range, error) && run_sql(store, sql, error);
}

static bool end_table(struct sqlite_store *store, const struct visited_table *table, census_id census, struct error *error)
{
	char sql[SQL_MAX];
	int64_t range[2], last = 0;

	(void)snprintf(sql, sizeof(sql), "SELECT max(rowid) FROM %s", table->name);
	if (!read_range(store, table, census, range, error) || !read_numbers(store, sql, &last, 1, error))
		return false;
	range[1] = last;
	return last - range[0] + 1 < INDEXED_FROM ? remove_doubles(store, table, census, range, error)
	                                          : make_index(store, table, census, range, error);
}

bool census_rows_end(struct sqlite_store *store, census_id census, struct error *error)
{
	struct binder row;

	visit_statements_forget(store);
	for (size_t i = 0; i < ARRAY_LENGTH(TABLES); i++) {
		if (!end_table(store, &TABLES[i], census, error)) {
			store->has_failed = true;
			return false;
		}
	}
	if (!begin_row(&row, &store->base, STATEMENT_END_ROWS, error))
		return false;
	bind_integer(&row, census);
	return end_row(&row);
}

bool census_rows_end_older(struct sqlite_store *store, struct error *error)
{
	for (;;) {
		int64_t census = 0;

		if (!read_numbers(store,
		                  "SELECT min(id) FROM census JOIN census_rows ON census = id WHERE ended_at <> 0 AND service_to IS NULL",
		                  &census, 1, error))
			return false;
		if (census == 0)
			return true;
		if (!sqlite_begin(&store->base, error))
			return false;
		if (!census_rows_end(store, census, error) || !sqlite_commit(&store->base, error)) {
			sqlite_rollback(&store->base);
			return false;
		}
	}
}

/* ---- reading ---- */

static const struct visited_table *table_of(enum statement_id id)
{
	size_t at = 0;

	while (at + 1 < ARRAY_LENGTH(TABLES) && id > TABLES[at].visit + 1)
		at++;
	return &TABLES[at];
}

/* By the index: all in order, without doubles. */
static void write_indexed(const struct visited_table *table, census_id census, bool is_of_address, char sql[SQL_MAX])
{
	(void)snprintf(sql, SQL_MAX, "SELECT %s FROM %s%s WHERE census = %" PRId64 "%s ORDER BY %s%s", table->columns, table->name,
	               table->join, census, is_of_address ? " AND length(address) = length(?1) AND address = ?1" : "",
	               is_of_address ? table->of_address : "length(address), address", is_of_address ? "" : table->identity);
}

/* Without an index the rows' numbers are sorted by identity, the latest of each. */
static void write_sorted(const struct visited_table *table, census_id census, bool is_of_address, const int64_t range[2], char sql[SQL_MAX])
{
	(void)snprintf(sql, SQL_MAX,
	               "SELECT %s FROM (SELECT max(rowid) AS latest FROM %s WHERE census = %" PRId64 " AND rowid BETWEEN %" PRId64
	               " AND %" PRId64 "%s GROUP BY %s%s ORDER BY %s%s) CROSS JOIN %s ON %s.rowid = latest%s",
	               table->columns, table->name, census, range[0], range[1], is_of_address ? " AND address = ?1" : "",
	               is_of_address ? table->of_address : "length(address), address", is_of_address ? "" : table->identity,
	               is_of_address ? table->of_address : "length(address), address", is_of_address ? "" : table->identity, table->name,
	               table->name, table->join);
}

/* A writer that asks for one address of a large census will ask for more: a resumed scan asks for each open host. */
static bool want_index(struct sqlite_store *store, const struct visited_table *table, census_id census, const int64_t range[2],
                       bool *has_index_out, struct error *error)
{
	char sql[SQL_MAX];
	int64_t last = 0;

	if (store->mode != STORE_READ_WRITE || store->is_in_transaction)
		return true;
	(void)snprintf(sql, sizeof(sql), "SELECT max(rowid) FROM %s", table->name);
	if (!read_numbers(store, sql, &last, 1, error))
		return false;
	if ((range[1] < last ? range[1] : last) - range[0] + 1 < INDEXED_FROM)
		return true;
	*has_index_out = true;
	return make_index(store, table, census, range, error);
}

sqlite3_stmt *visit_statement_take(struct sqlite_store *store, enum statement_id id, census_id census, struct error *error)
{
	const struct visited_table *table = table_of(id);
	bool is_of_address = id != table->visit, is_kept, is_indexed;
	sqlite3_stmt *statement = store->statements[id];
	int64_t range[2];
	char sql[SQL_MAX];

	if (statement != NULL && store->visited[id] == census && !sqlite3_stmt_busy(statement))
		return statement;
	if (!has_index(store, table, census, &is_indexed, error) || !read_range(store, table, census, range, error) ||
	    (is_of_address && !is_indexed && !want_index(store, table, census, range, &is_indexed, error)))
		return NULL;
	if (is_indexed)
		write_indexed(table, census, is_of_address, sql);
	else
		write_sorted(table, census, is_of_address, range, sql);
	statement = store->statements[id];
	is_kept = statement == NULL || !sqlite3_stmt_busy(statement);
	if (is_kept) {
		(void)sqlite3_finalize(statement);
		store->statements[id] = NULL;
	}
	if (sqlite3_prepare_v3(store->connection, sql, -1, is_kept ? SQLITE_PREPARE_PERSISTENT : 0, &statement, NULL) != SQLITE_OK) {
		fail(store, error);
		return NULL;
	}
	if (is_kept) {
		store->statements[id] = statement;
		store->visited[id] = census;
	}
	return statement;
}

void visit_statements_forget(struct sqlite_store *store)
{
	for (size_t i = 0; i < ARRAY_LENGTH(TABLES); i++) {
		for (unsigned id = TABLES[i].visit; id <= TABLES[i].visit + 1U; id++) {
			if (store->statements[id] == NULL || sqlite3_stmt_busy(store->statements[id]))
				continue;
			(void)sqlite3_finalize(store->statements[id]);
			store->statements[id] = NULL;
		}
	}
}
