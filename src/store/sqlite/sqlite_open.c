/* SPDX-License-Identifier: ISC */
/* Opening and closing a project file, and the sentences for what can be wrong with it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "store/sqlite/migration.h"
#include "store/sqlite/sqlite_driver.h"
#include "store/sqlite/sqlite_journal.h"
#include "store/sqlite/sqlite_store.h"

enum {
	BUSY_TIMEOUT_MS = 5000, /* somebody with the sqlite3 shell may be writing */
	SCRATCH_MAX = 1 << 20,
	PATH_SIZE_MAX = 4096 * 3 + 64, /* every byte of the longest path as %XX */
};

bool sqlite_store_fail(sqlite3 *connection, const char *location, struct error *error)
{
	int code = sqlite3_errcode(connection), system_error = sqlite3_system_errno(connection);

	switch (code & 0xff) {
	case SQLITE_FULL:
		return error_set(error,
		                 "no space left for %s: what was being written is not kept, everything before it is; make room on its disk "
		                 "and go on",
		                 location);
	case SQLITE_READONLY:
		return error_set(error,
		                 "%s cannot be written: it or its directory is read-only; give the right to write or another --database",
		                 location);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return error_set(error, "%s is being written by another program for more than %d s; let it finish and try again", location,
		                 BUSY_TIMEOUT_MS / 1000);
	case SQLITE_NOTADB:
		return error_set(error, "%s is not a database of mailcensus; give another --database", location);
	case SQLITE_CORRUPT:
		return error_set(error, "%s is damaged (%s); save what can be read with \"sqlite3 FILE .recover\" or take it from a backup",
		                 location, sqlite3_errmsg(connection));
	case SQLITE_IOERR:
		return error_set(error,
		                 "reading or writing %s failed (%s): look at its disk, its quota and the limits on file sizes; what was "
		                 "committed before is kept",
		                 location, system_error != 0 ? strerror(system_error) : sqlite3_errstr(code));
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return error_set(error, "%s cannot be opened (%s); check its path and permissions", location,
		                 system_error != 0 ? strerror(system_error) : sqlite3_errmsg(connection));
	case SQLITE_TOOBIG:
		return error_set(error, "a record is too large for %s", location);
	default:
		if (sqlite3_extended_errcode(connection) == SQLITE_CONSTRAINT_FOREIGNKEY)
			return error_set(error, "%s holds no such census", location);
		return error_set(error, "%s: %s", location, sqlite3_errmsg(connection));
	}
}

static void directory_of(const char *location, struct buffer *out)
{
	const char *slash = strrchr(location, '/');

	buffer_init(out, PATH_SIZE_MAX);
	if (slash == NULL)
		buffer_append_text(out, ".");
	else
		buffer_append(out, span_make(location, slash == location ? 1 : (size_t)(slash - location)));
}

static bool check_directory(const char *directory, enum store_mode mode, struct error *error)
{
	struct stat facts;

	if (stat(directory, &facts) != 0)
		return errno == ENOENT
		               ? error_set(error, "the directory %s does not exist; make it with: mkdir -p %s", directory, directory)
		               : error_set(error, "the directory %s cannot be used: %s", directory, strerror(errno));
	if (!S_ISDIR(facts.st_mode))
		return error_set(error, "%s is not a directory; give another --database", directory);
	if (mode == STORE_READ_WRITE && access(directory, W_OK | X_OK) != 0)
		return error_set(error,
		                 "the directory %s cannot be written (%s), which a database needs beside its file; give the right to write "
		                 "or another --database",
		                 directory, strerror(errno));
	return true;
}

/* What SQLite would only call "unable to open database file". */
static bool check_location(const char *location, enum store_mode mode, struct error *error)
{
	struct stat facts;
	struct buffer directory;
	bool is_fine;

	if (location[0] == '\0')
		return error_set(error, "the database has no file name; give one with --database FILE");
	directory_of(location, &directory);
	is_fine = check_directory(buffer_text(&directory), mode, error);
	buffer_done(&directory);
	if (!is_fine)
		return false;
	if (stat(location, &facts) != 0) {
		if (errno != ENOENT)
			return error_set(error, "%s cannot be opened: %s", location, strerror(errno));
		return mode == STORE_READ_WRITE ||
		       error_set(error, "there is no database %s; give the right one with --database, or make it with \"mailcensus scan\"",
		                 location);
	}
	if (S_ISDIR(facts.st_mode))
		return error_set(error, "%s is a directory; give the name of a file in it", location);
	if (!S_ISREG(facts.st_mode))
		return error_set(error, "%s is not a regular file; give another --database", location);
	if (access(location, R_OK) != 0)
		return error_set(error, "%s may not be read (%s); give the right to read or another --database", location, strerror(errno));
	if (mode == STORE_READ_WRITE && access(location, W_OK) != 0)
		return error_set(error, "%s may not be written (%s); give the right to write or another --database", location,
		                 strerror(errno));
	return true;
}

/* A finished file in a directory where nothing may be made (a read-only disk, somebody else's folder): SQLite can read it when told that nobody writes. */
static bool is_at_rest(const char *location)
{
	struct buffer directory, log;
	struct stat facts;
	bool is_writable, has_log;

	directory_of(location, &directory);
	is_writable = access(buffer_text(&directory), W_OK) == 0;
	buffer_done(&directory);
	buffer_init(&log, PATH_SIZE_MAX);
	buffer_append_format(&log, "%s-wal", location);
	has_log = stat(buffer_text(&log), &facts) == 0 && facts.st_size > 0;
	buffer_done(&log);
	return !is_writable && !has_log;
}

static int open_connection(const char *location, enum store_mode mode, sqlite3 **connection_out)
{
	struct buffer name;
	int code, flags = mode == STORE_READ_WRITE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;

	buffer_init(&name, PATH_SIZE_MAX);
	if (mode == STORE_READ_ONLY && is_at_rest(location)) {
		flags |= SQLITE_OPEN_URI;
		buffer_append_text(&name, "file:");
		for (size_t i = 0; location[i] != '\0'; i++)
			buffer_append_format(&name, location[i] == '/' ? "%c" : "%%%02x", (unsigned char)location[i]);
		buffer_append_text(&name, "?immutable=1");
	} else {
		/* ":memory:" and the like mean something to SQLite, "./:memory:" is a file. */
		buffer_append_text(&name, location[0] == ':' || strncmp(location, "file:", 5) == 0 ? "./" : "");
		buffer_append_text(&name, location);
	}
	code = name.overflowed
	               ? SQLITE_CANTOPEN
	               : sqlite3_open_v2(buffer_text(&name), connection_out, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	buffer_done(&name);
	return code;
}

static bool take_lock(struct sqlite_store *store, struct error *error)
{
	const char *name = sqlite3_db_filename(store->connection, "main"); /* without symbolic links: one file, one lock */
	struct buffer path;
	bool is_held_out, is_taken;

	buffer_init(&path, PATH_SIZE_MAX);
	buffer_append_format(&path, "%s-lock", name != NULL && name[0] != '\0' ? name : store->location);
	is_taken = file_lock_take(&store->lock, buffer_text(&path), &is_held_out, error);
	buffer_done(&path);
	if (!is_taken && is_held_out)
		error_prefix(error, "%s is in use by another scan, wait for it or give another --database", store->location);
	return is_taken;
}

/* The newest census knows who made it, if the newer schema still keeps that where we look. */
static bool refuse_newer(struct sqlite_store *store, int version, struct error *error)
{
	sqlite3_stmt *statement;
	char maker[64] = "";

	if (sqlite3_prepare_v2(store->connection, "SELECT tool_version FROM census ORDER BY id DESC LIMIT 1", -1, &statement, NULL) ==
	            SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_text(statement, 0) != NULL)
		(void)snprintf(maker, sizeof(maker), " (%.32s)", (const char *)sqlite3_column_text(statement, 0));
	(void)sqlite3_finalize(statement);
	return error_set(error,
	                 "%s was made by a newer mailcensus%s: its format is %d, this program knows up to %d; use that version for it, or "
	                 "give another --database",
	                 store->location, maker, version, MIGRATION_STEP_COUNT);
}

static bool check_state(struct sqlite_store *store, struct error *error)
{
	int version = 0;

	switch (migration_state(store->connection, MIGRATION_STEP_COUNT, &version)) {
	case MIGRATION_CURRENT:
		return true;
	case MIGRATION_EMPTY:
		return store->mode == STORE_READ_WRITE ||
		       error_set(error, "%s is empty: no scan has written to it; give the right one with --database", store->location);
	case MIGRATION_OLDER:
		return store->mode == STORE_READ_WRITE || error_set(error,
		                                                    "%s was made by an older mailcensus (format %d, this program reads "
		                                                    "%d); the next \"mailcensus scan\" with it brings it up to date",
		                                                    store->location, version, MIGRATION_STEP_COUNT);
	case MIGRATION_NEWER:
		return refuse_newer(store, version, error);
	case MIGRATION_FOREIGN:
		return error_set(error, "%s is a database of another program, not of mailcensus; give another --database", store->location);
	case MIGRATION_UNREADABLE:
		break;
	}
	return sqlite_store_fail(store->connection, store->location, error);
}

static bool configure(struct sqlite_store *store, struct error *error)
{
	/* The file may come from anywhere: its schema is not trusted, and it cannot be damaged by SQL. */
	static const char GUARDS[] =
		"PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -32768";

	(void)sqlite3_busy_timeout(store->connection, BUSY_TIMEOUT_MS);
	(void)sqlite3_db_config(store->connection, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if (sqlite3_exec(store->connection, GUARDS, NULL, NULL, NULL) != SQLITE_OK)
		return sqlite_store_fail(store->connection, store->location, error);
	return true;
}

/* Write-ahead log: readers work while a scan writes, a commit needs no fsync, and a kill at any moment loses nothing that was committed.
   Only when the machine itself stops may the last commits be missing, never a part of one. */
static bool use_log(struct sqlite_store *store, struct error *error)
{
	sqlite3_stmt *statement;
	bool is_log = false;

	if (sqlite3_prepare_v2(store->connection, "PRAGMA journal_mode = WAL", -1, &statement, NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		is_log = sqlite3_stricmp((const char *)sqlite3_column_text(statement, 0), "wal") == 0;
	if (sqlite3_finalize(statement) != SQLITE_OK)
		return sqlite_store_fail(store->connection, store->location, error);
	if (!is_log)
		return error_set(error,
		                 "the file system of %s cannot hold a database with readers and a writer at once; put it on a local disk",
		                 store->location);
	if (sqlite3_exec(store->connection,
	                 "PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 8192; PRAGMA journal_size_limit = 67108864", NULL, NULL,
	                 NULL) != SQLITE_OK)
		return sqlite_store_fail(store->connection, store->location, error);
	return true;
}

/* Failure of several steps: SQLite knows the kind, the step knows where. */
static bool fail_preparing(struct sqlite_store *store, struct error *error)
{
	struct error sentence;

	if (sqlite3_errcode(store->connection) == SQLITE_ERROR || sqlite3_errcode(store->connection) == SQLITE_OK)
		return error_prefix(error, "%s cannot be prepared", store->location);
	sqlite_store_fail(store->connection, store->location, &sentence);
	return error_set(error, "%s", sentence.text);
}

static bool prepare(struct sqlite_store *store, struct error *error)
{
	bool is_writer = store->mode == STORE_READ_WRITE;

	if (is_writer && !take_lock(store, error))
		return false;
	if (!configure(store, error) || !check_state(store, error))
		return false;
	if (is_writer && !use_log(store, error))
		return false;
	if (is_writer && migration_state(store->connection, MIGRATION_STEP_COUNT, NULL) != MIGRATION_CURRENT &&
	    !migration_run(store->connection, MIGRATION_STEPS, MIGRATION_STEP_COUNT, error))
		return fail_preparing(store, error);
	if (!words_load(&store->words, store->connection, is_writer, error))
		return fail_preparing(store, error);
	return !is_writer || census_rows_end_older(store, error);
}

struct store *sqlite_store_open(const char *location, enum store_mode mode, struct error *error)
{
	struct sqlite_store *store;

	if (!check_location(location, mode, error))
		return NULL;
	store = memory_allocate(1, sizeof(*store));
	store->base.driver = &SQLITE_STORE_DRIVER;
	store->location = memory_copy_text(location);
	store->mode = mode;
	store->remembered = memory_allocate(1, sizeof(*store->remembered));
	for (size_t i = 0; i < ARRAY_LENGTH(store->scratch); i++)
		buffer_init(&store->scratch[i], SCRATCH_MAX);
	store->lock.descriptor = -1;
	if (open_connection(location, mode, &store->connection) != SQLITE_OK)
		sqlite_store_fail(store->connection, location, error);
	else if (mode == STORE_READ_WRITE && sqlite3_db_readonly(store->connection, "main") != 0)
		error_set(error, "%s may not be written; give the right to write or another --database", location);
	else if (prepare(store, error))
		return &store->base;
	sqlite_store_close(&store->base);
	return NULL;
}

void sqlite_store_close(struct store *base)
{
	struct sqlite_store *store = (struct sqlite_store *)base;

	sqlite_rollback(base);
	sqlite_forget_remembered(store);
	free(store->remembered);
	journal_done(store);
	for (size_t i = 0; i < ARRAY_LENGTH(store->scratch); i++)
		buffer_done(&store->scratch[i]);
	for (size_t i = 0; i < STATEMENT_COUNT; i++)
		(void)sqlite3_finalize(store->statements[i]);
	(void)sqlite3_close(store->connection);
	file_lock_drop(&store->lock); /* last: closing may still write the log back */
	free(store->location);
	free(store);
}
