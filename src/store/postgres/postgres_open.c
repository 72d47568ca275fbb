/* SPDX-License-Identifier: ISC */
/* Opening and closing, and the sentences for what can be wrong with a server or the way to it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "store/location.h"
#include "store/postgres/postgres_driver.h"
#include "store/postgres/postgres_migration.h"
#include "store/postgres/postgres_store.h"

enum {
	LOCK_NAME = 0x6d636e73, /* "mcns": the advisory lock of the one writer */
	LOCK_TRIES = 30,        /* one that was killed holds it until its server process notices */
	LOCK_WAIT_MS = 100,
	SQLSTATE_SIZE = 5,
};

/* ---- what is wrong ---- */

/* The first line: what follows are details that may quote data. */
static int line_size(const char *text)
{
	return (int)strcspn(text, "\n");
}

static bool fail_lost(const struct postgres_store *store, struct error *error)
{
	const char *text = PQerrorMessage(store->connection);

	return error_set(
		error,
		"the connection to %s was lost (%.*s): what was being written is not kept, everything committed before it is; look "
		"at the server and go on",
		store->location, line_size(text), text);
}

static const struct {
	const char *state, *sentence; /* the beginning of an SQLSTATE; one %s: the location */
} SENTENCES[] = {
	{"53100",
         "no space left on the server of %s: what was being written is not kept, everything before it is; make room there and go on"},
	{"53200", "the server of %s is out of memory: what was being written is not kept, everything before it is"},
	{"53300", "the server of %s takes no more connections; end some, or raise its max_connections"},
	{"25006", "the server of %s does not take writes (it is a standby, or read-only); give the address of the one that does"},
	{"42501", "the user may not do that in %s; grant it CREATE on the database for the first scan, and the schema mailcensus"},
	{"57P", "the server of %s is being stopped, or ended this connection: what was being written is not kept, everything before it is"},
	{"XX001", "the data of %s are damaged; take them from a backup"},
	{"XX002", "an index of %s is damaged; make it anew with REINDEX"},
};

bool postgres_fail(const struct postgres_store *store, const PGresult *result, struct error *error)
{
	const char *state = result != NULL ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
	const char *text = result != NULL ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;

	for (size_t i = 0; state != NULL && i < ARRAY_LENGTH(SENTENCES); i++) {
		const char *percent = strstr(SENTENCES[i].sentence, "%s");

		if (strncmp(state, SENTENCES[i].state, strlen(SENTENCES[i].state)) == 0)
			return error_set(error, "%.*s%s%s", (int)(percent - SENTENCES[i].sentence), SENTENCES[i].sentence, store->location,
			                 percent + 2);
	}
	if (PQstatus(store->connection) != CONNECTION_OK)
		return fail_lost(store, error);
	if (text == NULL)
		text = PQerrorMessage(store->connection);
	return error_set(error, "%s: %.*s", store->location, line_size(text), text);
}

bool postgres_run(struct postgres_store *store, const char *sql, struct error *error)
{
	PGresult *result = PQexec(store->connection, sql);
	bool is_done = PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK;

	if (!is_done)
		postgres_fail(store, result, error);
	PQclear(result);
	return is_done;
}

bool postgres_number(struct postgres_store *store, const char *sql, int64_t *number_out, struct error *error)
{
	PGresult *result = PQexec(store->connection, sql);
	bool is_done = PQresultStatus(result) == PGRES_TUPLES_OK;

	*number_out = 0;
	if (!is_done)
		postgres_fail(store, result, error);
	else if (PQntuples(result) > 0 && !PQgetisnull(result, 0, 0))
		*number_out = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
	PQclear(result);
	return is_done;
}

/* ---- connecting ---- */

static bool fail_connecting(const struct postgres_store *store, struct error *error)
{
	const char *text = PQerrorMessage(store->connection);

	if (PQconnectionNeedsPassword(store->connection) != 0)
		return error_set(
			error,
			"%s wants a password: put it into ~/.pgpass (man libpq: HOST:PORT:DATABASE:USER:PASSWORD, mode 600), or in "
			"PGPASSWORD",
			store->location);
	if (PQconnectionUsedPassword(store->connection) != 0 && strstr(text, "password authentication failed") != NULL)
		return error_set(error, "%s does not take this user with this password", store->location);
	if (strstr(text, "does not exist") != NULL && strstr(text, "database \"") != NULL)
		return error_set(error, "there is no database %s; make it with createdb, or give the right one with --database",
		                 store->location);
	/* Several addresses were tried: each has a line. The last says most. */
	for (const char *next = strchr(text, '\n'); next != NULL && next[1] != '\0' && next[1] != '\t'; next = strchr(text, '\n'))
		text = next + 1;
	return error_set(error, "%s cannot be reached: %.*s", store->location, line_size(text), text);
}

static void ignore_notice(void *context, const PGresult *result)
{
	(void)context;
	(void)result;
}

/* What libpq says of an address that it cannot read may quote its password: that is not shown. */
static bool is_readable(const struct postgres_store *store, const char *location, struct error *error)
{
	PQconninfoOption *options = PQconninfoParse(location, NULL);

	if (options == NULL)
		return error_set(
			error,
			"%s is no address of a PostgreSQL database; it is like postgresql://USER@HOST:PORT/DATABASE, with %%XX for what "
			"is no letter or digit",
			store->location);
	PQconninfoFree(options);
	return true;
}

static bool connect_to(struct postgres_store *store, const char *location, struct error *error)
{
	char name[64];
	const char *const keywords[] = {"dbname", "fallback_application_name", "client_encoding", NULL};
	const char *const values[] = {location, name, "UTF8", NULL};

	if (!is_readable(store, location, error))
		return false;
	(void)snprintf(name, sizeof(name), "mailcensus, process %d", (int)getpid());
	store->connection = PQconnectdbParams(keywords, values, 1);
	if (PQstatus(store->connection) != CONNECTION_OK)
		return fail_connecting(store, error);
	(void)PQsetNoticeReceiver(store->connection, ignore_notice, NULL);
	return true;
}

/* ---- preparing ---- */

/* A commit that was told of must outlive a kill of the server: never less than its own disk. More, as a standby, is the server's to decide. */
static const char SESSION[] = "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';"
			      "SELECT set_config('search_path', 'pg_temp, pg_catalog', false), set_config('jit', 'off', false),"
			      " set_config('idle_in_transaction_session_timeout', '0', false), set_config('statement_timeout', '0', false)";

static bool take_lock(struct postgres_store *store, struct error *error)
{
	static const struct timespec WAIT = {.tv_nsec = LOCK_WAIT_MS * 1000000L};
	char sql[320];
	int64_t is_taken = 0;
	PGresult *result;

	(void)snprintf(sql, sizeof(sql), "SELECT pg_try_advisory_lock(%d)::integer", LOCK_NAME);
	for (unsigned i = 0; i < LOCK_TRIES && is_taken == 0; i++) {
		if (i > 0)
			(void)nanosleep(&WAIT, NULL);
		if (!postgres_number(store, sql, &is_taken, error))
			return false;
	}
	if (is_taken != 0)
		return true;
	(void)snprintf(
		sql, sizeof(sql),
		"SELECT coalesce(application_name, '?') || coalesce(' on ' || host(client_addr), '') FROM pg_locks JOIN pg_stat_activity "
		"USING (pid) WHERE locktype = 'advisory' AND classid = 0 AND objid = %d AND granted",
		LOCK_NAME);
	result = PQexec(store->connection, sql);
	error_set(error, "%s is in use by another scan (%.100s); wait for it or give another --database", store->location,
	          PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "it has just ended");
	PQclear(result);
	return false;
}

static bool write_steps(struct postgres_store *store, int64_t version, struct error *error)
{
	char sql[96];

	if (version == 0 &&
	    !postgres_run(store,
	                  "CREATE SCHEMA IF NOT EXISTS mailcensus; CREATE TABLE mailcensus.format (version integer NOT NULL); "
	                  "INSERT INTO mailcensus.format VALUES (0)",
	                  error))
		return false;
	for (int step = (int)version; step < POSTGRES_MIGRATION_STEP_COUNT; step++) {
		if (!postgres_run(store, POSTGRES_MIGRATION_STEPS[step], error))
			return error_prefix(error, "schema step %d", step + 1);
	}
	(void)snprintf(sql, sizeof(sql), "UPDATE mailcensus.format SET version = %d", POSTGRES_MIGRATION_STEP_COUNT);
	return postgres_run(store, sql, error);
}

static bool migrate(struct postgres_store *store, int64_t version, struct error *error)
{
	if (!postgres_run(store, "BEGIN", error))
		return false;
	if (write_steps(store, version, error) && postgres_run(store, "COMMIT", error))
		return true;
	(void)postgres_run(store, "ROLLBACK", NULL);
	return false;
}

static bool prepare_schema(struct postgres_store *store, struct error *error)
{
	int64_t exists, version = 0;

	if (!postgres_number(store, "SELECT 1 FROM pg_tables WHERE schemaname = 'mailcensus' AND tablename = 'format'", &exists, error) ||
	    (exists != 0 && !postgres_number(store, "SELECT version FROM mailcensus.format", &version, error)))
		return false;
	if (version > POSTGRES_MIGRATION_STEP_COUNT)
		return error_set(
			error,
			"%s was made by a newer mailcensus: its format is %lld, this program knows up to %d; use that version for it",
			store->location, (long long)version, POSTGRES_MIGRATION_STEP_COUNT);
	if (version == POSTGRES_MIGRATION_STEP_COUNT)
		return true;
	if (store->mode == STORE_READ_WRITE)
		return migrate(store, version, error);
	return version == 0
	               ? error_set(error, "%s is empty: no scan has written to it; give the right one with --database", store->location)
	               : error_set(error,
	                           "%s was made by an older mailcensus (format %lld, this program reads %d); the next \"mailcensus scan\" "
	                           "with it brings it up to date",
	                           store->location, (long long)version, POSTGRES_MIGRATION_STEP_COUNT);
}

static bool prepare(struct postgres_store *store, struct error *error)
{
	bool is_writer = store->mode == STORE_READ_WRITE;

	if (!postgres_run(store, SESSION, error) || (is_writer && !take_lock(store, error)) || !prepare_schema(store, error))
		return false;
	if (is_writer)
		return postgres_make_stages(store, error);
	return postgres_run(store, "SET default_transaction_read_only = on", error);
}

struct store *postgres_open(const char *location, enum store_mode mode, struct error *error)
{
	struct postgres_store *store = memory_allocate(1, sizeof(*store));
	char shown[LOCATION_SHOWN_SIZE];

	location_show(location, shown);
	store->base.driver = &POSTGRES_STORE_DRIVER;
	store->location = memory_copy_text(shown);
	store->mode = mode;
	if (connect_to(store, location, error) && prepare(store, error))
		return &store->base;
	postgres_close(&store->base);
	return NULL;
}

void postgres_close(struct store *base)
{
	struct postgres_store *store = (struct postgres_store *)base;

	postgres_rollback(base);
	PQfinish(store->connection); /* which also gives back the lock */
	postgres_stages_done(store);
	free(store->certificates);
	free(store->chains);
	free(store->location);
	free(store);
}
