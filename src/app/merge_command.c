/* SPDX-License-Identifier: ISC */
/* mailcensus merge: the databases of several machines as one. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "app/census_counts.h"
#include "app/command.h"
#include "app/merge.h"
#include "app/options.h"
#include "store/location.h"

struct merge_options {
	bool quiet;
};

static const struct option_row ROWS[] = {
	{"quiet", NULL, OPTION_FLAG, offsetof(struct merge_options, quiet), 0, 0, NULL, false, "Say only what went wrong or is missing."},
	{.name = NULL},
};

static bool is_same_file(const char *one, const char *other)
{
	struct stat a, b;

	if (location_is_server(one) && location_is_server(other))
		return strcmp(one, other) == 0;
	return stat(one, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static bool merge_file(struct store *target, const char *target_name, const char *name, bool is_quiet, struct error *error)
{
	struct merge_result result;
	struct store *source;
	char shown[LOCATION_SHOWN_SIZE];
	bool is_done;

	location_show(name, shown);
	if (is_same_file(target_name, name))
		return error_set(error, "%s cannot be merged into itself; name another file first", shown);
	source = store_open(name, STORE_READ_ONLY, error);
	if (source == NULL)
		return false;
	is_done = merge_store(target, source, shown, &result, error);
	store_close(source);
	if (is_done && !is_quiet && result.merged > 0)
		fprintf(stderr, "%s: merged into census %" PRId64 "%s\n", shown, result.first_target,
		        result.merged > 1 ? " and following" : "");
	else if (is_done && !is_quiet)
		fprintf(stderr, "%s: nothing new, it was merged before\n", shown);
	return is_done;
}

/* ---- what is missing ---- */

struct missing {
	struct store *store;
	struct error *error;
	uint32_t next; /* shard that is expected */
	uint32_t shard_count;
	unsigned named;
	bool has_failed, is_incomplete;
};

static void name_shards(struct missing *missing, uint32_t until)
{
	for (; missing->next < until; missing->next++)
		fprintf(stderr, "%s%u", missing->named++ > 0 ? ", " : "", missing->next + 1);
}

static bool look_at_part(void *context, const struct merged_record *merged)
{
	struct missing *missing = context;

	missing->shard_count = merged->shard_count;
	if (!merged->is_whole)
		return true;
	name_shards(missing, merged->shard);
	missing->next = merged->shard + 1;
	return true;
}

static bool look_at_census(void *context, const struct census_record *census, const struct census_progress *progress)
{
	struct missing *missing = context;
	struct store_visitor visitor = {.context = missing, .on_merged = look_at_part};

	(void)progress;
	if (census->merged_parts == 0 || census->ended_at.unix_ms != 0)
		return true;
	missing->is_incomplete = true;
	missing->next = missing->named = 0;
	fprintf(stderr, "census %" PRId64 " is not complete, missing of its %u shards: ", census->id, census->shard_count);
	missing->has_failed = !store_visit_merged(missing->store, census->id, &visitor, missing->error);
	name_shards(missing, missing->shard_count);
	fprintf(stderr, "\n");
	return !missing->has_failed;
}

static int merge_all(const struct text_list *names, bool is_quiet, struct error *error)
{
	struct missing missing = {.error = error};
	struct store_visitor visitor = {.context = &missing, .on_census = look_at_census};
	bool is_done = true;

	missing.store = store_open(names->items[0], STORE_READ_WRITE, error);
	if (missing.store == NULL)
		return EXIT_FAILED;
	for (size_t i = 1; is_done && i < names->count; i++)
		is_done = merge_file(missing.store, names->items[0], names->items[i], is_quiet, error);
	is_done = is_done && census_counts_keep_merged(missing.store, error) && store_visit_censuses(missing.store, &visitor, error) &&
	          !missing.has_failed;
	store_close(missing.store);
	return !is_done ? EXIT_FAILED : missing.is_incomplete ? EXIT_INCOMPLETE : EXIT_DONE;
}

static int run_merge(int argc, char **argv)
{
	struct merge_options options = {.quiet = false};
	struct option_result parsed;
	struct error error = {{0}};
	int code;

	if (!options_parse(ROWS, argc, argv, &options, &parsed, &error))
		return command_fail(&MERGE_COMMAND, EXIT_USAGE, &error);
	if (parsed.wants_help || parsed.arguments.count < 2) {
		code = parsed.wants_help ? EXIT_DONE : EXIT_USAGE;
		if (parsed.wants_help)
			command_help(&MERGE_COMMAND);
		else
			error_set(&error,
			          "name the file to merge into, and at least one to merge: mailcensus merge all.db part1.db part2.db");
	} else {
		code = merge_all(&parsed.arguments, options.quiet, &error);
	}
	text_list_done(&parsed.arguments);
	return error.text[0] != '\0' ? command_fail(&MERGE_COMMAND, code, &error) : code;
}

const struct command MERGE_COMMAND = {
	"merge",
	"OUT IN...",
	"Merge databases of several machines into one.",
	"Shards of one census (same targets, same seed, as many shards) become that census; other censuses are added as they are.\n"
	"OUT is made when it is missing. The others are only read, and their censuses must be finished. What was merged before is left\n"
	"alone, so that more shards can follow, and a merge that was stopped goes on.\n\n"
	"Exit codes: 0 done, 1 failed, 2 called wrongly, 3 shards are still missing.\n\n"
	"Example:\n"
	"  mailcensus merge all.db machine1.db machine2.db machine3.db\n",
	ROWS,
	run_merge,
};
