/* SPDX-License-Identifier: ISC */
/* The version is SQLite's user_version, whose owner is told by application_id; both are part of the transaction. */
#include "store/sqlite/migration.h"

#include <stdio.h>

/* One number from one statement; false when SQLite failed. */
static bool read_number(sqlite3 *connection, const char *sql, int *number_out)
{
	sqlite3_stmt *statement;
	bool is_read = false;

	if (sqlite3_prepare_v2(connection, sql, -1, &statement, NULL) != SQLITE_OK)
		return false;
	if (sqlite3_step(statement) == SQLITE_ROW) {
		*number_out = sqlite3_column_int(statement, 0);
		is_read = true;
	}
	return sqlite3_finalize(statement) == SQLITE_OK && is_read;
}

enum migration_state migration_state(sqlite3 *connection, int step_count, int *version_out)
{
	int application_id, version, tables;

	if (!read_number(connection, "PRAGMA application_id", &application_id) ||
	    !read_number(connection, "PRAGMA user_version", &version) ||
	    !read_number(connection, "SELECT count(*) FROM sqlite_schema", &tables))
		return MIGRATION_UNREADABLE;
	if (version_out != NULL)
		*version_out = version;
	if (application_id == 0 && version == 0 && tables == 0)
		return MIGRATION_EMPTY;
	if (application_id != MIGRATION_APPLICATION_ID || version < 1)
		return MIGRATION_FOREIGN;
	return version > step_count ? MIGRATION_NEWER : version < step_count ? MIGRATION_OLDER : MIGRATION_CURRENT;
}

static bool run(sqlite3 *connection, const char *sql, const char *what, struct error *error)
{
	if (sqlite3_exec(connection, sql, NULL, NULL, NULL) == SQLITE_OK)
		return true;
	return error_set(error, "%s: %s", what, sqlite3_errmsg(connection));
}

static bool run_steps(sqlite3 *connection, const char *const *steps, int step_count, struct error *error)
{
	char sql[96], what[48];
	int version;

	/* Read inside the transaction: another program may have migrated while we waited for it. */
	if (!read_number(connection, "PRAGMA user_version", &version))
		return error_set(error, "reading the version: %s", sqlite3_errmsg(connection));
	for (int step = version; step < step_count; step++) {
		(void)snprintf(what, sizeof(what), "schema step %d", step + 1);
		if (!run(connection, steps[step], what, error))
			return false;
	}
	(void)snprintf(sql, sizeof(sql), "PRAGMA application_id = %d; PRAGMA user_version = %d", MIGRATION_APPLICATION_ID,
	               version > step_count ? version : step_count);
	return run(connection, sql, "writing the version", error);
}

bool migration_run(sqlite3 *connection, const char *const *steps, int step_count, struct error *error)
{
	if (!run(connection, "BEGIN IMMEDIATE", "beginning", error))
		return false;
	if (run_steps(connection, steps, step_count, error) && run(connection, "COMMIT", "committing", error))
		return true;
	(void)sqlite3_exec(connection, "ROLLBACK", NULL, NULL, NULL);
	return false;
}
