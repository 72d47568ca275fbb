/* SPDX-License-Identifier: ISC */
/* The targets as the census keeps them, its walk over them, and what was open when it stopped. */
#include "app/census_reach.h"

#include <stdlib.h>
#include <string.h>

#include "app/census_method.h"
#include "app/engine_options.h"
#include "base/memory.h"
#include "scope/target_set.h"
#include "scope/target_walk.h"

struct census_reach {
	struct target_set *targets; /* NULL: not told */
	struct census_record record;
	uint64_t position; /* of its own walk: up to there all was begun */
	bool has_late_exclusions;
	bool is_swept, has_family_4, has_family_6;
	struct port_list swept; /* by which hosts were found */
	uint64_t *open_hosts;   /* begun and not done; ascending */
	size_t open_count, open_capacity;
	bool *whole_shards; /* of a census that waits for more shards; NULL: none */
};

static const struct reach_row {
	const char *name, *sentence;
} ROWS[REACH_COUNT] = {
	[REACH_ASKED] = {"asked", "was asked, and nothing answered"},
	[REACH_OUT_OF_SCOPE] = {"out-of-scope", "was no target, or was excluded"},
	[REACH_OTHER_PORT] = {"other-port", "was a target, but not on this port"},
	[REACH_NOT_SWEPT] = {"not-swept", "was not asked: no port of its address that was swept answered"},
	[REACH_OTHER_SHARD] = {"other-shard", "was the share of another machine"},
	[REACH_UNFINISHED] = {"unfinished", "was not reached: the census is not finished"},
	[REACH_LATE_EXCLUSION] = {"late-exclusion", "may have been excluded after the census had begun"},
	[REACH_FAMILY_SILENT] = {"family-silent", "nothing of this address family answered: perhaps there was no way there"},
	[REACH_NOT_TOLD] = {"not-told", "the census does not tell whether it was a target"},
};

const char *reach_name(enum reach reach)
{
	return (size_t)reach < REACH_COUNT ? ROWS[reach].name : "?";
}

const char *reach_sentence(enum reach reach)
{
	return (size_t)reach < REACH_COUNT ? ROWS[reach].sentence : "?";
}

/* ---- what the census keeps ---- */

static struct span option_of(const char *options_text, const char *name, const char *otherwise)
{
	bool is_given;
	struct span value = census_method_option(options_text, name, &is_given);

	return is_given ? value : span_from_text(otherwise);
}

/* By a packet engine. One whose options name no engine is of a version that had sockets alone. */
static void read_sweep(struct census_reach *reach, const char *options_text)
{
	reach->is_swept = !span_equals_text(option_of(options_text, "engine", "sockets"), "sockets");
	if (reach->is_swept && !port_list_parse(option_of(options_text, "sweep-ports", SWEEP_PORTS_DEFAULT), &reach->swept))
		reach->swept.count = 0;
}

static bool add_line(struct target_set *targets, struct span word)
{
	struct ip_range range;
	struct port_list ports;
	struct span name;
	struct error ignored;

	if (target_parse(word, &range, &ports, &name, &ignored) != TARGET_RANGE)
		return false;
	target_set_add(targets, &range, &ports);
	return true;
}

/* NULL: there are none, or they are not those of the census. Exclusions were cut out before they were kept. */
static struct target_set *read_targets(const struct census_record *record)
{
	static const struct port_list unused = {.ports = {143}, .count = 1}; /* each line names its own */
	struct target_set *targets = target_set_new(&unused);
	struct exclusion_list *exclusions = exclusion_list_new();
	struct span rest = span_from_text(record->scope_text);
	struct error ignored;
	bool is_good = rest.size > 0;

	exclusion_list_seal(exclusions);
	while (is_good && rest.size > 0)
		is_good = add_line(targets, span_take_line(&rest));
	is_good = is_good && target_set_seal(targets, exclusions, &ignored) && target_set_fingerprint(targets) == record->scope_fingerprint;
	exclusion_list_free(exclusions);
	if (is_good)
		return targets;
	target_set_free(targets);
	return NULL;
}

static bool add_open_host(void *context, const struct open_host_record *host)
{
	struct census_reach *reach = context;

	if (reach->open_count == reach->open_capacity) {
		reach->open_capacity = reach->open_capacity > 0 ? 2 * reach->open_capacity : 256;
		reach->open_hosts = memory_resize(reach->open_hosts, reach->open_capacity, sizeof(*reach->open_hosts));
	}
	reach->open_hosts[reach->open_count++] = host->number;
	return true;
}

static bool add_shard(void *context, const struct merged_record *merged)
{
	struct census_reach *reach = context;

	if (reach->whole_shards == NULL)
		reach->whole_shards = memory_allocate(reach->record.shard_count, sizeof(*reach->whole_shards));
	if (merged->is_whole && merged->shard < reach->record.shard_count)
		reach->whole_shards[merged->shard] = true;
	return true;
}

static int compare_numbers(const void *a, const void *b)
{
	const uint64_t *one = a, *other = b;

	return *one < *other ? -1 : *one > *other;
}

struct census_reach *census_reach_open(struct census_reader *reader, struct error *error)
{
	struct census_reach *reach = memory_allocate(1, sizeof(*reach));
	struct store_visitor visitor = {.context = reach, .on_open_host = add_open_host, .on_merged = add_shard};
	bool is_read = true;

	reach->record = reader->record;
	reach->record.tool_version = reach->record.scope_text = reach->record.options_text = NULL;
	reach->position = reader->progress.position;
	reach->has_late_exclusions = reader->progress.excluded > 0;
	read_sweep(reach, reader->record.options_text);
	reach->targets = read_targets(&reader->record);
	if (reach->record.shard_count == 0)
		reach->record.shard_count = 1;
	if (reader->record.ended_at.unix_ms == 0 && reader->record.merged_parts == 0)
		is_read = store_visit_open_hosts(reader->store, reader->census, &visitor, error);
	else if (reader->record.ended_at.unix_ms == 0)
		is_read = store_visit_merged(reader->store, reader->census, &visitor, error);
	if (reach->open_count > 1)
		qsort(reach->open_hosts, reach->open_count, sizeof(*reach->open_hosts), compare_numbers);
	if (is_read)
		return reach;
	census_reach_close(reach);
	return NULL;
}

void census_reach_close(struct census_reach *reach)
{
	if (reach == NULL)
		return;
	target_set_free(reach->targets);
	free(reach->open_hosts);
	free(reach->whole_shards);
	free(reach);
}

void census_reach_note_family(struct census_reach *reach, enum ip_family family)
{
	reach->has_family_4 = reach->has_family_4 || family == IP_FAMILY_4;
	reach->has_family_6 = reach->has_family_6 || family == IP_FAMILY_6;
}

/* IPv6 comes behind IPv4. */
static bool note_service(void *context, const struct service_record *service)
{
	census_reach_note_family(context, service->endpoint.address.family);
	return service->endpoint.address.family != IP_FAMILY_6;
}

bool census_reach_note_families(struct census_reach *reach, struct census_reader *reader, struct error *error)
{
	struct store_visitor visitor = {.context = reach, .on_service = note_service};

	return !reach->is_swept || store_visit_services(reader->store, reader->census, NULL, &visitor, error);
}

/* ---- one endpoint ---- */

static bool has_port(const struct port_list *ports, uint16_t port)
{
	for (size_t i = 0; i < ports->count; i++) {
		if (ports->ports[i] == port)
			return true;
	}
	return false;
}

static bool is_open(const struct census_reach *reach, uint64_t number)
{
	return reach->open_count > 0 && bsearch(&number, reach->open_hosts, reach->open_count, sizeof(number), compare_numbers) != NULL;
}

bool census_reach_is_open(const struct census_reach *reach, struct ip_address address)
{
	uint64_t number;

	return reach->open_count > 0 && reach->targets != NULL && target_set_find(reach->targets, address, &number) &&
	       is_open(reach, number);
}

/* Which share a number of the walk belongs to, and where it stands in it: shard k of n has the places k, k + n, ... */
static enum reach reach_of_number(const struct census_reach *reach, uint64_t number)
{
	const struct census_record *record = &reach->record;
	bool is_ended = record->ended_at.unix_ms != 0;
	struct target_walk walk;
	uint64_t place;
	uint32_t shard;

	if (is_ended && (record->shard_count == 1 || record->merged_parts > 0))
		return REACH_ASKED;
	target_walk_init(&walk, target_set_count(reach->targets), record->seed, 0, 1);
	if (!target_walk_find(&walk, number, &place))
		return REACH_NOT_TOLD;
	shard = (uint32_t)(place % record->shard_count);
	if (record->merged_parts > 0)
		return reach->whole_shards != NULL && reach->whole_shards[shard] ? REACH_ASKED : REACH_UNFINISHED;
	if (shard != record->shard)
		return REACH_OTHER_SHARD;
	if (!is_ended && (place / record->shard_count >= reach->position || is_open(reach, number)))
		return REACH_UNFINISHED;
	return REACH_ASKED;
}

/* Of an address with none of the swept ports all were swept. */
static bool was_only_for_the_found(const struct census_reach *reach, const struct port_list *ports, uint16_t port)
{
	bool has_swept = false;

	for (size_t i = 0; i < reach->swept.count; i++)
		has_swept = has_swept || has_port(ports, reach->swept.ports[i]);
	return reach->is_swept && has_swept && !has_port(&reach->swept, port);
}

enum reach census_reach_of(const struct census_reach *reach, struct ip_address address, uint16_t port, bool has_rows)
{
	struct target_host host;
	enum reach of_number;
	uint64_t number;

	if (reach->targets == NULL)
		return REACH_NOT_TOLD;
	if (!target_set_find(reach->targets, address, &number))
		return REACH_OUT_OF_SCOPE;
	target_set_host(reach->targets, number, &host);
	if (!has_port(&host.ports, port))
		return REACH_OTHER_PORT;
	of_number = reach_of_number(reach, number);
	if (of_number != REACH_ASKED)
		return of_number;
	if (reach->has_late_exclusions)
		return REACH_LATE_EXCLUSION;
	if (reach->is_swept && !(address.family == IP_FAMILY_6 ? reach->has_family_6 : reach->has_family_4))
		return REACH_FAMILY_SILENT;
	if (!has_rows && was_only_for_the_found(reach, &host.ports, port))
		return REACH_NOT_SWEPT;
	return REACH_ASKED;
}
