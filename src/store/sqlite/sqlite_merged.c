/* SPDX-License-Identifier: ISC */
/* What a census was merged out of. */
#include "store/sqlite/sqlite_row.h"
#include "store/sqlite/sqlite_store.h"

bool sqlite_change_census(struct store *store, const struct census_record *census, struct error *error)
{
	struct binder row;

	if (!begin_census_row(&row, store, STATEMENT_CHANGE_CENSUS, census->id, error))
		return false;
	bind_integer(&row, census->started_at.unix_ms);
	bind_unsigned(&row, census->shard);
	bind_unsigned(&row, census->shard_count);
	bind_unsigned(&row, census->host_count);
	return end_row(&row);
}

bool sqlite_set_merged(struct store *store, census_id census, const struct merged_record *merged, struct error *error)
{
	struct binder row;

	if (!begin_census_row(&row, store, STATEMENT_SET_MERGED, census, error))
		return false;
	bind_unsigned(&row, merged->shard);
	bind_unsigned(&row, merged->shard_count);
	bind_integer(&row, merged->started_at.unix_ms);
	bind_integer(&row, merged->ended_at.unix_ms);
	bind_unsigned(&row, merged->conversations);
	bind_unsigned(&row, merged->services);
	bind_unsigned(&row, merged->hosts);
	bind_integer(&row, merged->is_whole);
	return end_row(&row);
}

static bool read_merged(struct columns *columns, const struct store_visitor *visitor)
{
	struct merged_record merged;

	merged.shard = (uint32_t)take_integer(columns, 0, UINT32_MAX);
	merged.shard_count = (uint32_t)take_integer(columns, 0, UINT32_MAX);
	merged.started_at = take_time(columns);
	merged.ended_at = take_time(columns);
	merged.conversations = take_u64(columns);
	merged.services = take_u64(columns);
	merged.hosts = take_u64(columns);
	merged.is_whole = take_integer(columns, 0, 1) != 0;
	return !columns->is_wrong && visitor->on_merged(visitor->context, &merged);
}

bool sqlite_visit_merged(struct store *base, census_id census, const struct store_visitor *visitor, struct error *error)
{
	struct sqlite_store *store = (struct sqlite_store *)base;
	sqlite3_stmt *statement = statement_take(store, STATEMENT_VISIT_MERGED, error);

	if (statement == NULL || !bind_or_fail(store, statement, STATEMENT_VISIT_MERGED, sqlite3_bind_int64(statement, 1, census), error))
		return false;
	return visit_rows(store, STATEMENT_VISIT_MERGED, statement, read_merged, visitor, error);
}
