/* SPDX-License-Identifier: ISC */
/* Statistics that were counted when a census had ended. */
#include "store/sqlite/sqlite_row.h"
#include "store/sqlite/sqlite_store.h"

bool sqlite_add_count(struct store *base, census_id census, const struct count_record *count, struct error *error)
{
	struct sqlite_store *store = (struct sqlite_store *)base;
	struct binder row;

	/* Whoever adds a record after this one has to forget it: the census is looked up again then. */
	store->remembered->census = 0;
	if (!begin_row(&row, base, STATEMENT_ADD_COUNT, error))
		return false;
	bind_integer(&row, census);
	bind_text(&row, count->kind);
	bind_blob(&row, count->value);
	binder_note(&row, sqlite3_bind_text64(row.statement, ++row.index, count->numbers.size > 0 ? (const char *)count->numbers.data : "",
	                                      count->numbers.size, SQLITE_STATIC, SQLITE_UTF8));
	if (!end_row(&row))
		return false;
	if (sqlite3_changes(store->connection) > 0)
		return true;
	store->has_failed = true;
	return error_set(error, "%s holds no such census", store->location);
}

bool sqlite_forget_counts(struct store *base, census_id census, struct error *error)
{
	struct binder row;

	if (!begin_row(&row, base, STATEMENT_FORGET_COUNTS, error))
		return false;
	bind_integer(&row, census);
	return end_row(&row);
}

static bool read_count(struct columns *columns, const struct store_visitor *visitor)
{
	struct count_record count;

	count.kind = take_text(columns);
	count.value = take_blob(columns);
	count.numbers = take_blob(columns);
	return !columns->is_wrong && visitor->on_count(visitor->context, &count);
}

bool sqlite_visit_counts(struct store *base, census_id census, const char *kind, const struct store_visitor *visitor, struct error *error)
{
	struct sqlite_store *store = (struct sqlite_store *)base;
	sqlite3_stmt *statement = statement_take(store, STATEMENT_VISIT_COUNTS, error);

	if (statement == NULL || !bind_or_fail(store, statement, STATEMENT_VISIT_COUNTS, sqlite3_bind_int64(statement, 1, census), error) ||
	    !bind_or_fail(store, statement, STATEMENT_VISIT_COUNTS, sqlite3_bind_text(statement, 2, kind, -1, SQLITE_STATIC), error))
		return false;
	return visit_rows(store, STATEMENT_VISIT_COUNTS, statement, read_count, visitor, error);
}
