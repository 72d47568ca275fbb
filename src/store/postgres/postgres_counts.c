/* SPDX-License-Identifier: ISC */
/* Statistics that were counted when a census had ended. */
#include <stdio.h>

#include "store/postgres/postgres_row.h"

enum { KIND_MAX = 200 };

bool postgres_add_count(struct store *base, census_id census, const struct count_record *count, struct error *error)
{
	struct postgres_store *store = (struct postgres_store *)base;
	struct fields *row = &store->fields;

	if (!postgres_may_write_to(store, census, error))
		return false;
	/* Whoever changes a record after this one has to forget it. */
	store->forgotten = 0;
	stage_begin(store, error);
	field_integer(row, census);
	field_text(row, count->kind);
	field_bytes(row, count->value);
	field_bytes(row, count->numbers);
	return stage_end(store, STAGE_COUNTED);
}

bool postgres_forget_counts(struct store *base, census_id census, struct error *error)
{
	struct postgres_store *store = (struct postgres_store *)base;
	char sql[96];

	if (!postgres_may_write(store, error) || !postgres_flush(store, error))
		return false;
	(void)snprintf(sql, sizeof(sql), "DELETE FROM mailcensus.counted WHERE census = %lld", (long long)census);
	if (postgres_run(store, sql, error))
		return true;
	store->has_failed = true;
	return false;
}

bool postgres_forget_counts_once(struct postgres_store *store, census_id census, struct error *error)
{
	if (store->forgotten == census)
		return true;
	if (!postgres_forget_counts(&store->base, census, error))
		return false;
	store->forgotten = census;
	return true;
}

static bool read_count(struct columns *columns, const struct store_visitor *visitor)
{
	struct count_record count;

	count.kind = value_text(columns);
	count.value = value_bytes(columns);
	count.numbers = value_bytes(columns);
	return !columns->is_wrong && visitor->on_count(visitor->context, &count);
}

/* Kinds are ours: letters, commas and hyphens. */
static bool is_kind(const char *kind)
{
	size_t size = 0;

	while (size < KIND_MAX && ((kind[size] >= 'a' && kind[size] <= 'z') || kind[size] == ',' || kind[size] == '-'))
		size++;
	return size < KIND_MAX && kind[size] == '\0';
}

bool postgres_visit_counts(struct store *base, census_id census, const char *kind, const struct store_visitor *visitor, struct error *error)
{
	struct postgres_store *store = (struct postgres_store *)base;
	char sql[KIND_MAX + 160];

	if (!is_kind(kind))
		return error_set(error, "nothing is counted by %.40s", kind);
	(void)snprintf(sql, sizeof(sql),
	               "SELECT kind, value, numbers FROM mailcensus.counted WHERE census = %lld AND kind = '%s' ORDER BY value",
	               (long long)census, kind);
	return postgres_visit(store, sql, read_count, visitor, error);
}
