/* SPDX-License-Identifier: ISC */
/* Brings a database from any older schema to the newest: numbered steps of SQL, all or none of them. */
#ifndef STORE_SQLITE_MIGRATION_H
#define STORE_SQLITE_MIGRATION_H

#include <sqlite3.h>
#include <stdbool.h>

#include "base/attributes.h"
#include "base/error.h"

/* Says in the file's header that it is ours (PRAGMA application_id, shown by file(1)): "mcns". */
enum { MIGRATION_APPLICATION_ID = 0x6d636e73 };

/* The steps of this program, made from migrations/NNNN_name.sql. Step N makes schema N of schema N - 1; a step that was released never changes. */
extern const char *const MIGRATION_STEPS[];
extern const int MIGRATION_STEP_COUNT;

/* What a database is before anything is done to it. */
enum migration_state {
	MIGRATION_EMPTY, /* no table yet */
	MIGRATION_CURRENT,
	MIGRATION_OLDER,
	MIGRATION_NEWER,
	MIGRATION_FOREIGN,    /* an SQLite database of another program */
	MIGRATION_UNREADABLE, /* SQLite could not tell; sqlite3_errcode() has why */
};

/* Reads only the header and whether there are tables. version_out (schema of the file) may be NULL. */
enum migration_state migration_state(sqlite3 *connection, int step_count, int *version_out);

/* Runs the steps after the database's version and notes the new version, in one transaction. On failure the database is as before, and error has SQLite's words. */
bool migration_run(sqlite3 *connection, const char *const *steps, int step_count, struct error *error) MUST_CHECK;

#endif
