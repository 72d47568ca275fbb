/* SPDX-License-Identifier: ISC */
/* Rows of kind "made" tell by which method and by which sources was counted; each other kind is a set of keys, or "totals". What is not understood is as if it were not there. */
#include "app/census_counts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/attribution_options.h"
#include "app/stats_groups_report.h"
#include "app/stats_totals_kept.h"
#include "base/memory.h"
#include "model/count_numbers.h"

enum { SETS_MAX = STATS_KEYS_MAX + 2, NUMBERS_MAX = 1 << 16, VALUE_MAX = 1 << 12 };
static const char KIND_MADE[] = "made", KIND_ALL[] = "all", METHOD[] = "method", PREFIX_OF_KIND[] = "kind ";

/* The one group of no key has a name, too. */
static void format_kind(unsigned keys, char kind[STATS_KEYS_TEXT_SIZE])
{
	stats_keys_format(keys, kind);
	if (keys == 0)
		(void)snprintf(kind, STATS_KEYS_TEXT_SIZE, "%s", KIND_ALL);
}

/* ---- keeping ---- */

struct counting {
	struct stats_groups sets[SETS_MAX];
	size_t set_count;
	struct stats_totals totals;
	const struct attributor *attributor;
	struct attribution attribution; /* of the host whose services come */
	bool (*is_stopped)(void);
	bool was_stopped;
};

static void begin_counting(struct counting *counting)
{
	unsigned country = 1U << stats_key_find(span_from_text("country")), asn = 1U << stats_key_find(span_from_text("asn"));

	stats_groups_init(&counting->sets[counting->set_count++], 0);
	stats_groups_init(&counting->sets[counting->set_count++], country | asn);
	for (size_t i = 0; i < STATS_KEY_COUNT; i++)
		stats_groups_init(&counting->sets[counting->set_count++], 1U << i);
}

static bool count(void *context, const struct census_service *service)
{
	struct counting *counting = context;

	if (service->is_first_of_host)
		attributor_look_up(counting->attributor, service->service->endpoint.address, &counting->attribution);
	for (size_t i = 0; i < counting->set_count; i++)
		stats_groups_count(&counting->sets[i], &counting->attribution, service);
	stats_totals_count(&counting->totals, service);
	counting->was_stopped = counting->is_stopped != NULL && counting->is_stopped();
	return !counting->was_stopped;
}

static unsigned all_wants(const struct counting *counting)
{
	unsigned wants = CENSUS_WANTS_FINDINGS;

	for (size_t i = 0; i < counting->set_count; i++)
		wants |= stats_keys_wants(counting->sets[i].keys);
	return wants;
}

/* How the place, name and size of a source are told; two that are told alike are the same. */
static void tell_source(const struct attributor *attributor, size_t place, struct buffer *value, struct buffer *numbers)
{
	struct attributor_source source = attributor_source_at(attributor, place);

	buffer_clear(value);
	buffer_append_format(value, "source %02zu %s", place, source.origin->source);
	buffer_clear(numbers);
	count_numbers_begin(numbers);
	count_numbers_add(numbers, "date", (uint64_t)source.origin->date.unix_ms);
	count_numbers_add(numbers, "ranges4", source.count4);
	count_numbers_add(numbers, "ranges6", source.count6);
	count_numbers_add(numbers, "networks", source.networks);
	count_numbers_end(numbers);
}

static bool keep_made(struct store *store, census_id census, const struct attributor *attributor, struct error *error)
{
	struct buffer value, numbers;
	bool is_kept = true;

	buffer_init(&value, VALUE_MAX);
	buffer_init(&numbers, NUMBERS_MAX);
	count_numbers_begin(&numbers);
	count_numbers_add(&numbers, METHOD, STATS_METHOD);
	count_numbers_end(&numbers);
	buffer_append_text(&value, METHOD);
	for (size_t i = 0; i <= attributor_source_count(attributor) && is_kept; i++) {
		struct count_record record = {KIND_MADE, buffer_view(&value), buffer_view(&numbers)};

		is_kept = store_add_count(store, census, &record, error);
		if (i < attributor_source_count(attributor))
			tell_source(attributor, i, &value, &numbers);
	}
	buffer_done(&value);
	buffer_done(&numbers);
	return is_kept;
}

/* That there is such a kind, and how many rows it has. */
static bool keep_kind(struct store *store, census_id census, const char *kind, uint64_t rows, struct error *error)
{
	char value[sizeof(PREFIX_OF_KIND) + STATS_KEYS_TEXT_SIZE];
	struct count_record record = {.kind = KIND_MADE};
	struct buffer numbers;
	bool is_kept;

	(void)snprintf(value, sizeof(value), "%s%s", PREFIX_OF_KIND, kind);
	buffer_init(&numbers, NUMBERS_MAX);
	count_numbers_begin(&numbers);
	count_numbers_add(&numbers, "rows", rows);
	count_numbers_end(&numbers);
	record.value = span_from_text(value);
	record.numbers = buffer_view(&numbers);
	is_kept = store_add_count(store, census, &record, error);
	buffer_done(&numbers);
	return is_kept;
}

static bool keep_set(struct store *store, census_id census, const struct stats_groups *groups, struct error *error)
{
	char kind[STATS_KEYS_TEXT_SIZE];
	struct stats_counter_names names;
	struct buffer numbers;
	bool is_kept = true;

	format_kind(groups->keys, kind);
	stats_counter_names_make(&names);
	buffer_init(&numbers, NUMBERS_MAX);
	for (size_t i = 0; i < groups->count && is_kept; i++) {
		struct count_record record = {.kind = kind, .value = span_from_text(groups->items[i].value)};

		buffer_clear(&numbers);
		count_numbers_begin(&numbers);
		for (size_t j = 0; j < STATS_COUNTER_COUNT; j++)
			count_numbers_add(&numbers, names.names[j], groups->items[i].counts[j]);
		count_numbers_end(&numbers);
		record.numbers = buffer_view(&numbers);
		is_kept = store_add_count(store, census, &record, error);
	}
	buffer_done(&numbers);
	return is_kept && keep_kind(store, census, kind, groups->count, error);
}

static bool keep_totals(struct store *store, census_id census, const struct stats_totals *totals, struct error *error)
{
	uint64_t rows = 0;

	return stats_totals_keep(totals, store, census, &rows, error) && keep_kind(store, census, STATS_TOTALS_KIND, rows, error);
}

static bool keep_all(struct store *store, census_id census, const struct counting *counting, struct error *error)
{
	bool is_kept = store_forget_counts(store, census, error) && keep_made(store, census, counting->attributor, error) &&
	               keep_totals(store, census, &counting->totals, error);

	for (size_t i = 0; i < counting->set_count && is_kept; i++)
		is_kept = keep_set(store, census, &counting->sets[i], error);
	return is_kept;
}

static bool keep(struct store *store, census_id census, const struct counting *counting, struct error *error)
{
	if (!store_begin(store, error))
		return false;
	if (keep_all(store, census, counting, error))
		return store_commit(store, error);
	store_rollback(store);
	return false;
}

bool census_counts_keep(struct store *store, census_id census, const struct attributor *attributor, bool (*is_stopped)(void),
                        struct error *error)
{
	struct counting *counting = memory_allocate(1, sizeof(*counting));
	struct census_reader reader = {.store = store, .census = census};
	bool is_kept;

	counting->attributor = attributor;
	counting->is_stopped = is_stopped;
	begin_counting(counting);
	is_kept = census_reader_visit(&reader, NULL, all_wants(counting), count, counting, error);
	stats_totals_end(&counting->totals);
	if (is_kept && counting->was_stopped)
		is_kept = error_set(error, "counting was stopped");
	is_kept = is_kept && keep(store, census, counting, error);
	for (size_t i = 0; i < counting->set_count; i++)
		stats_groups_done(&counting->sets[i]);
	stats_totals_done(&counting->totals);
	free(counting);
	return is_kept;
}

bool census_counts_keep_by_default(struct store *store, census_id census, bool (*is_stopped)(void), struct error *error)
{
	static const struct attribution_options BY_DEFAULT = ATTRIBUTION_OPTIONS_DEFAULT;
	struct attributor *attributor = attribution_open(&BY_DEFAULT, error);
	bool is_kept = attributor != NULL && census_counts_keep(store, census, attributor, is_stopped, error);

	attributor_close(attributor);
	return is_kept;
}

enum { MERGED_AT_A_TIME = 64 };

struct uncounted {
	struct store *store;
	census_id items[MERGED_AT_A_TIME];
	size_t count;
	struct error *error;
	bool has_failed;
};

static bool see_any_count(void *context, const struct count_record *record)
{
	(void)record;
	*(bool *)context = true;
	return false;
}

static bool find_uncounted(void *context, const struct census_record *census, const struct census_progress *progress)
{
	struct uncounted *uncounted = context;
	bool is_counted = false;
	struct store_visitor visitor = {.context = &is_counted, .on_count = see_any_count};

	(void)progress;
	if (census->merged_parts == 0 || census->ended_at.unix_ms == 0)
		return true;
	uncounted->has_failed = !store_visit_counts(uncounted->store, census->id, KIND_MADE, &visitor, uncounted->error);
	if (!uncounted->has_failed && !is_counted)
		uncounted->items[uncounted->count++] = census->id;
	return !uncounted->has_failed && uncounted->count < MERGED_AT_A_TIME;
}

bool census_counts_keep_merged(struct store *store, struct error *error)
{
	struct uncounted uncounted;
	struct store_visitor visitor = {.context = &uncounted, .on_census = find_uncounted};

	do {
		uncounted = (struct uncounted){.store = store, .error = error};
		if (!store_visit_censuses(store, &visitor, error) || uncounted.has_failed)
			return false;
		for (size_t i = 0; i < uncounted.count; i++) {
			if (!census_counts_keep_by_default(store, uncounted.items[i], NULL, error))
				return false;
		}
	} while (uncounted.count == MERGED_AT_A_TIME);
	return true;
}

static bool note_newest(void *context, const struct census_record *census, const struct census_progress *progress)
{
	(void)progress;
	*(census_id *)context = census->ended_at.unix_ms != 0 ? census->id : 0;
	return true;
}

bool census_counts_find_missing(struct store *store, census_id *census_out, struct error *error)
{
	bool is_counted = false;
	struct store_visitor newest = {.context = census_out, .on_census = note_newest},
			     visitor = {.context = &is_counted, .on_count = see_any_count};

	*census_out = 0;
	if (!store_visit_censuses(store, &newest, error) ||
	    (*census_out != 0 && !store_visit_counts(store, *census_out, KIND_MADE, &visitor, error)))
		return false;
	if (is_counted)
		*census_out = 0;
	return true;
}

/* ---- reading ---- */

struct reading {
	struct stats_groups *groups;
	struct stats_totals *totals;
	const struct attributor *attributor;
	const char *kind;
	size_t sources; /* that are those of the attributor */
	bool has_method, has_kind, is_other;
	uint64_t rows, rows_seen; /* of the kind */
	struct buffer value, numbers;
	struct stats_counter_names names;
	struct error *error;
};

/* The only number of a row, which has to be called so; 0 is left out. False: it is none of ours. */
static bool take_one(struct span numbers, const char *called, uint64_t *number_out)
{
	struct span name;

	*number_out = 0;
	if (!count_numbers_take(&numbers, &name, number_out))
		return numbers.size == 0;
	return span_equals_text(name, called);
}

static void see_source(struct reading *reading, const struct count_record *record)
{
	if (reading->sources >= attributor_source_count(reading->attributor)) {
		reading->is_other = true;
		return;
	}
	/* They come in order. */
	tell_source(reading->attributor, reading->sources++, &reading->value, &reading->numbers);
	reading->is_other = reading->is_other || !span_equals(record->value, buffer_view(&reading->value)) ||
	                    !span_equals(record->numbers, buffer_view(&reading->numbers));
}

static bool see_made(void *context, const struct count_record *record)
{
	struct reading *reading = context;
	size_t prefix = sizeof(PREFIX_OF_KIND) - 1;
	uint64_t method;

	if (span_equals_text(record->value, METHOD))
		reading->has_method = take_one(record->numbers, METHOD, &method) && method == STATS_METHOD;
	else if (span_starts_with_text(record->value, PREFIX_OF_KIND))
		reading->has_kind =
			reading->has_kind || (span_equals_text(span_part(record->value, prefix, record->value.size), reading->kind) &&
		                              take_one(record->numbers, "rows", &reading->rows));
	else if (reading->attributor != NULL)
		see_source(reading, record);
	return true;
}

static bool was_made_so(const struct census_reader *reader, const struct reading *reading)
{
	return reader->record.ended_at.unix_ms != 0 && reading->has_method && reading->has_kind && !reading->is_other &&
	       (reading->attributor == NULL || reading->sources == attributor_source_count(reading->attributor));
}

/* Reads the kind, where it was counted by our method and these sources. */
static bool read_kind(const struct census_reader *reader, struct reading *reading, bool (*see)(void *, const struct count_record *),
                      bool *is_kept_out)
{
	struct store_visitor made = {.context = reading, .on_count = see_made}, rows = {.context = reading, .on_count = see};
	bool is_read;

	buffer_init(&reading->value, VALUE_MAX);
	buffer_init(&reading->numbers, NUMBERS_MAX);
	is_read = store_visit_counts(reader->store, reader->census, KIND_MADE, &made, reading->error);
	buffer_done(&reading->value);
	buffer_done(&reading->numbers);
	*is_kept_out = is_read && was_made_so(reader, reading);
	if (!*is_kept_out)
		return is_read;
	is_read = store_visit_counts(reader->store, reader->census, reading->kind, &rows, reading->error);
	*is_kept_out = is_read && !reading->is_other && reading->rows_seen == reading->rows;
	return is_read;
}

/* STATS_COUNTER_COUNT: there is none of this name. They come in the order in which they were written, so it is this one or a later one. */
static size_t find_counter(const struct stats_counter_names *names, struct span name, size_t from)
{
	while (from < STATS_COUNTER_COUNT && (name.size != names->sizes[from] || memcmp(name.data, names->names[from], name.size) != 0))
		from++;
	return from;
}

static bool see_group(void *context, const struct count_record *record)
{
	struct reading *reading = context;
	struct span rest = record->numbers, name;
	struct stats_group *group;
	uint64_t number;
	size_t counter = 0;
	char value[VALUE_MAX];

	reading->rows_seen++;
	if (record->value.size >= sizeof(value)) {
		reading->is_other = true;
		return false;
	}
	(void)snprintf(value, sizeof(value), "%.*s", (int)record->value.size, (const char *)record->value.data);
	group = stats_groups_get(reading->groups, value);
	while (count_numbers_take(&rest, &name, &number)) {
		counter = find_counter(&reading->names, name, counter);
		if (counter == STATS_COUNTER_COUNT)
			break;
		group->counts[counter] = number;
	}
	reading->is_other = rest.size > 0;
	return !reading->is_other;
}

bool census_counts_read_groups(const struct census_reader *reader, const struct attributor *attributor, struct stats_groups *groups,
                               bool *is_kept_out, struct error *error)
{
	char kind[STATS_KEYS_TEXT_SIZE];
	struct reading reading = {.groups = groups, .attributor = attributor, .kind = kind, .error = error};
	size_t maximum = groups->maximum;
	bool is_read;

	format_kind(groups->keys, kind);
	stats_counter_names_make(&reading.names);
	groups->maximum = SIZE_MAX; /* what was beyond it was counted together when it was kept */
	is_read = read_kind(reader, &reading, see_group, is_kept_out);
	groups->maximum = maximum;
	return is_read;
}

static bool see_total(void *context, const struct count_record *record)
{
	struct reading *reading = context;

	reading->rows_seen++;
	reading->is_other = !stats_totals_take(reading->totals, record);
	return !reading->is_other;
}

bool census_counts_read_totals(const struct census_reader *reader, struct stats_totals *totals, bool *is_kept_out, struct error *error)
{
	struct reading reading = {.totals = totals, .kind = STATS_TOTALS_KIND, .error = error};

	return read_kind(reader, &reading, see_total, is_kept_out);
}
