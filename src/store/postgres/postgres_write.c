/* SPDX-License-Identifier: ISC */
/* Transactions, and the few rows of a census itself, which are written at once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/postgres/postgres_store.h"

enum { PARAMETERS_MAX = 16 };

static struct postgres_store *self(struct store *store)
{
	return (struct postgres_store *)store;
}

/* ---- transactions ---- */

bool postgres_begin(struct store *base, struct error *error)
{
	struct postgres_store *store = self(base);

	if (store->mode != STORE_READ_WRITE)
		return error_set(error, "%s was opened for reading only", store->location);
	if (store->is_in_transaction)
		return error_set(error, "%s: a transaction is open already", store->location);
	if (store->visits > 0)
		return error_set(error, "%s: nothing can be written while records are visited", store->location);
	if (!postgres_run(store, "BEGIN", error))
		return false;
	store->is_in_transaction = true;
	store->has_failed = false;
	return true;
}

static bool commit_whole(struct postgres_store *store, struct error *error)
{
	PGresult *result;
	bool is_done;

	if (!postgres_flush(store, error))
		return false;
	result = PQexec(store->connection, "COMMIT");
	/* Of a transaction that failed, COMMIT says ROLLBACK and is no error. */
	is_done = PQresultStatus(result) == PGRES_COMMAND_OK && strcmp(PQcmdStatus(result), "COMMIT") == 0;
	if (!is_done && PQstatus(store->connection) != CONNECTION_OK)
		error_set(error,
		          "the connection to %s was lost while a transaction was being committed: it is kept whole or not at all, and "
		          "everything "
		          "before it is kept; look at the server and go on",
		          store->location);
	else if (!is_done)
		postgres_fail(store, result, error);
	PQclear(result);
	return is_done;
}

bool postgres_commit(struct store *base, struct error *error)
{
	struct postgres_store *store = self(base);

	if (!store->is_in_transaction)
		return error_set(error, "%s: there is no transaction to commit", store->location);
	if (store->has_failed) {
		postgres_rollback(base);
		return error_set(error, "%s: the transaction could not be written whole, so nothing of it is kept", store->location);
	}
	if (!commit_whole(store, error)) {
		postgres_rollback(base);
		return false;
	}
	store->forgotten = 0;
	store->is_in_transaction = false;
	postgres_transaction_ended(store);
	return true;
}

void postgres_rollback(struct store *base)
{
	struct postgres_store *store = self(base);

	if (!store->is_in_transaction)
		return;
	(void)postgres_run(store, "ROLLBACK", NULL);
	postgres_forget(store);
	postgres_transaction_ended(store);
	store->is_in_transaction = false;
	store->has_failed = false;
}

/* ---- censuses ---- */

PGresult *postgres_run_with_fields(struct postgres_store *store, const char *sql, struct error *error)
{
	const char *values[PARAMETERS_MAX];
	int sizes[PARAMETERS_MAX], formats[PARAMETERS_MAX];
	struct span rest = buffer_view(&store->fields.bytes);
	int count = 0;
	PGresult *result;

	for (struct span value; count < PARAMETERS_MAX && array_take(&rest, &value); count++) {
		values[count] = (const char *)(value.size > 0 ? value.data : (const unsigned char *)"");
		sizes[count] = (int)value.size;
		formats[count] = 1;
	}
	result = PQexecParams(store->connection, sql, count, NULL, values, sizes, formats, 0);
	if (PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK)
		return result;
	postgres_fail(store, result, error);
	PQclear(result);
	store->has_failed = true;
	return NULL;
}

static bool run_row(struct postgres_store *store, const char *sql, struct error *error)
{
	PGresult *result = postgres_run_with_fields(store, sql, error);
	bool is_known = result == NULL || strcmp(PQcmdTuples(result), "0") != 0;

	PQclear(result);
	if (!is_known) {
		store->has_failed = true;
		return error_set(error, "%s holds no such census", store->location);
	}
	return result != NULL;
}

/* Partitions of its own. A table made apart and attached does not shut out those who read other censuses meanwhile. */
static bool make_partitions(struct postgres_store *store, census_id census, struct error *error)
{
	static const char *const TABLES[] = {"service", "host_finding", "conversation"};
	char sql[512];

	for (size_t i = 0; i < ARRAY_LENGTH(TABLES); i++) {
		(void)snprintf(sql, sizeof(sql),
		               "CREATE TABLE mailcensus.%s_%lld (LIKE mailcensus.%s INCLUDING ALL);"
		               "ALTER TABLE mailcensus.%s ATTACH PARTITION mailcensus.%s_%lld FOR VALUES IN (%lld)",
		               TABLES[i], (long long)census, TABLES[i], TABLES[i], TABLES[i], (long long)census, (long long)census);
		if (!postgres_run(store, sql, error)) {
			store->has_failed = true;
			return false;
		}
	}
	return true;
}

bool postgres_add_census(struct store *base, struct census_record *census, struct error *error)
{
	struct postgres_store *store = self(base);
	PGresult *result;
	census_id id;

	if (!postgres_may_write(store, error))
		return false;
	fields_begin(&store->fields, error);
	field_integer(&store->fields, census->started_at.unix_ms);
	field_integer(&store->fields, census->ended_at.unix_ms);
	field_text(&store->fields, census->tool_version);
	field_text(&store->fields, census->scope_text);
	field_text(&store->fields, census->options_text);
	field_unsigned(&store->fields, census->scope_fingerprint);
	field_unsigned(&store->fields, census->seed);
	field_unsigned(&store->fields, census->shard);
	field_unsigned(&store->fields, census->shard_count);
	field_unsigned(&store->fields, census->host_count);
	field_unsigned(&store->fields, census->syn_key[0]);
	field_unsigned(&store->fields, census->syn_key[1]);
	result = postgres_run_with_fields(
		store,
		"INSERT INTO mailcensus.census (started_at, ended_at, tool_version, scope_text, options_text, "
		"scope_fingerprint, seed, shard, shard_count, host_count, syn_key_0, syn_key_1) VALUES ($1, $2, $3, $4, $5, "
		"$6, $7, $8, $9, $10, $11, $12) RETURNING id",
		error);
	if (result == NULL)
		return false;
	id = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
	PQclear(result);
	if (!make_partitions(store, id, error))
		return false;
	census->id = id;
	return true;
}

/* Statistics are made now, and the planner learns of the new rows before the first question. */
bool postgres_end_census(struct store *base, census_id census, struct timestamp ended_at, struct error *error)
{
	struct postgres_store *store = self(base);
	char sql[256];

	if (!postgres_may_write(store, error) || !postgres_flush(store, error))
		return false;
	fields_begin(&store->fields, error);
	field_integer(&store->fields, census);
	field_integer(&store->fields, ended_at.unix_ms);
	if (!run_row(store, "UPDATE mailcensus.census SET ended_at = $2 WHERE id = $1", error))
		return false;
	(void)snprintf(sql, sizeof(sql),
	               "ANALYZE mailcensus.service_%lld; ANALYZE mailcensus.host_finding_%lld; ANALYZE mailcensus.conversation_%lld; "
	               "ANALYZE mailcensus.look; ANALYZE mailcensus.credentials; ANALYZE mailcensus.finding_list",
	               (long long)census, (long long)census, (long long)census);
	if (!postgres_run(store, sql, error)) {
		store->has_failed = true;
		return false;
	}
	store->census_count = 0; /* it has ended from now on */
	return postgres_forget_counts(base, census, error);
}

bool postgres_set_progress(struct store *base, census_id census, const struct census_progress *progress, struct error *error)
{
	struct postgres_store *store = self(base);

	if (!postgres_may_write_to(store, census, error))
		return false;
	fields_begin(&store->fields, error);
	field_integer(&store->fields, census);
	field_unsigned(&store->fields, progress->position);
	field_unsigned(&store->fields, progress->hosts_done);
	field_unsigned(&store->fields, progress->hosts_silent);
	field_unsigned(&store->fields, progress->connections);
	field_unsigned(&store->fields, progress->reserved_position);
	field_integer(&store->fields, progress->reserved_at.unix_ms);
	field_unsigned(&store->fields, progress->reserved_times);
	field_unsigned(&store->fields, progress->syns);
	field_unsigned(&store->fields, progress->refused);
	field_unsigned(&store->fields, progress->unreachable);
	field_unsigned(&store->fields, progress->excluded);
	return run_row(
		store,
		"INSERT INTO mailcensus.census_progress VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (census) "
		"DO UPDATE SET (position, hosts_done, hosts_silent, connections, reserved_position, reserved_at, reserved_times, syns, "
		"refused, unreachable, excluded) = ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
		error);
}

bool postgres_change_census(struct store *base, const struct census_record *census, struct error *error)
{
	struct postgres_store *store = self(base);

	if (!postgres_may_write_to(store, census->id, error))
		return false;
	fields_begin(&store->fields, error);
	field_integer(&store->fields, census->id);
	field_integer(&store->fields, census->started_at.unix_ms);
	field_unsigned(&store->fields, census->shard);
	field_unsigned(&store->fields, census->shard_count);
	field_unsigned(&store->fields, census->host_count);
	return run_row(store, "UPDATE mailcensus.census SET started_at = $2, shard = $3, shard_count = $4, host_count = $5 WHERE id = $1",
	               error);
}

bool postgres_set_merged(struct store *base, census_id census, const struct merged_record *merged, struct error *error)
{
	struct postgres_store *store = self(base);

	if (!postgres_may_write_to(store, census, error))
		return false;
	fields_begin(&store->fields, error);
	field_integer(&store->fields, census);
	field_unsigned(&store->fields, merged->shard);
	field_unsigned(&store->fields, merged->shard_count);
	field_integer(&store->fields, merged->started_at.unix_ms);
	field_integer(&store->fields, merged->ended_at.unix_ms);
	field_unsigned(&store->fields, merged->conversations);
	field_unsigned(&store->fields, merged->services);
	field_unsigned(&store->fields, merged->hosts);
	field_integer(&store->fields, merged->is_whole);
	return run_row(
		store,
		"INSERT INTO mailcensus.merged VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (census, shard) DO UPDATE SET "
		"(shard_count, started_at, ended_at, conversations, services, hosts, is_whole) = ($3, $4, $5, $6, $7, $8, $9)",
		error);
}
