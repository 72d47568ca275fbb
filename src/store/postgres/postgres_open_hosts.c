/* SPDX-License-Identifier: ISC */
/* Hosts that were begun and are not done: written and forgotten again within seconds, by one statement each for all of a batch. */
#include <stdlib.h>

#include "base/memory.h"
#include "store/postgres/postgres_store.h"

static bool change(struct postgres_store *store, census_id census, uint64_t number, bool is_open, struct error *error)
{
	if (!postgres_may_write_to(store, census, error))
		return false;
	if (store->open_count == store->open_capacity) {
		store->open_capacity = store->open_capacity > 0 ? 2 * store->open_capacity : 1024;
		store->open_changes = memory_resize(store->open_changes, store->open_capacity, sizeof(*store->open_changes));
	}
	store->open_changes[store->open_count] =
		(struct open_change){.census = census, .number = number, .order = store->open_count, .is_open = is_open};
	store->open_count++;
	return !postgres_is_time_to_flush(store) || postgres_flush(store, error);
}

bool postgres_add_open_host(struct store *base, census_id census, const struct open_host_record *host, struct error *error)
{
	return change((struct postgres_store *)base, census, host->number, true, error);
}

bool postgres_remove_open_host(struct store *base, census_id census, const struct open_host_record *host, struct error *error)
{
	return change((struct postgres_store *)base, census, host->number, false, error);
}

static int compare_changes(const void *a, const void *b)
{
	const struct open_change *one = a, *other = b;

	if (one->census != other->census)
		return one->census < other->census ? -1 : 1;
	if (one->number != other->number)
		return one->number < other->number ? -1 : 1;
	return one->order < other->order ? -1 : 1;
}

/* Of each host the last change is left. */
static void keep_last(struct postgres_store *store)
{
	struct open_change *changes = store->open_changes;
	size_t kept = 0;

	qsort(changes, store->open_count, sizeof(*changes), compare_changes);
	for (size_t i = 0; i < store->open_count; i++) {
		if (i + 1 == store->open_count || changes[i].census != changes[i + 1].census || changes[i].number != changes[i + 1].number)
			changes[kept++] = changes[i];
	}
	store->open_count = kept;
}

/* Two arrays, census and number; returns how many there are of this kind. */
static size_t put_changes(struct postgres_store *store, bool is_open, struct error *error)
{
	size_t count = 0, array;

	for (size_t i = 0; i < store->open_count; i++)
		count += store->open_changes[i].is_open == is_open;
	fields_begin(&store->fields, error);
	array = field_array_begin(&store->fields, TYPE_BIGINT, count);
	for (size_t i = 0; i < store->open_count; i++) {
		if (store->open_changes[i].is_open == is_open)
			field_integer(&store->fields, store->open_changes[i].census);
	}
	field_array_end(&store->fields, array, count);
	array = field_array_begin(&store->fields, TYPE_BIGINT, count);
	for (size_t i = 0; i < store->open_count; i++) {
		if (store->open_changes[i].is_open == is_open)
			field_unsigned(&store->fields, store->open_changes[i].number);
	}
	field_array_end(&store->fields, array, count);
	return count;
}

static bool send_changes(struct postgres_store *store, bool is_open, const char *sql, struct error *error)
{
	PGresult *result;
	bool is_done;

	if (put_changes(store, is_open, error) == 0)
		return true;
	result = postgres_run_with_fields(store, sql, error);
	is_done = result != NULL;
	PQclear(result);
	return is_done;
}

bool postgres_put_open_hosts(struct postgres_store *store, struct error *error)
{
	bool is_done;

	if (store->open_count == 0)
		return true;
	keep_last(store);
	is_done = send_changes(store, false,
	                       "DELETE FROM mailcensus.open_host AS kept USING unnest($1::bigint[], $2::bigint[]) AS done (census, number) "
	                       "WHERE kept.census = done.census AND kept.number = done.number",
	                       error) &&
	          send_changes(store, true,
	                       "INSERT INTO mailcensus.open_host (census, number) SELECT * FROM unnest($1::bigint[], $2::bigint[]) "
	                       "ON CONFLICT DO NOTHING",
	                       error);
	store->open_count = 0;
	return is_done;
}
