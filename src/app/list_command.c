/* SPDX-License-Identifier: ISC */
/* mailcensus list: which censuses a project file holds. */
#include <inttypes.h>
#include <stdio.h>

#include "app/census_reader.h"
#include "app/command.h"
#include "base/text.h"

struct list_options {
	struct reader_options reader;
	bool json;
};

static const struct option_row ROWS[] = {
	{"database", "FILE", OPTION_TEXT, offsetof(struct list_options, reader.database), 0, 0, NULL, false,
         "Keeps the censuses: a file (mailcensus.db), or postgresql://..."},
	{"json", NULL, OPTION_FLAG, offsetof(struct list_options, json), 0, 0, NULL, false, "One JSON object per line."},
	{.name = NULL},
};

static void print_json(const struct census_record *census, const struct census_progress *progress, const char *started, const char *ended)
{
	printf("{\"schema\":\"mailcensus.census/1\",\"census\":%" PRId64 ",\"started_at\":\"%s\",\"ended_at\":%s%s%s,\"hosts\":%" PRIu64
	       ",\"hosts_done\":%" PRIu64 ",\"hosts_silent\":%" PRIu64 ",\"connections\":%" PRIu64 ",\"seed\":%" PRIu64
	       ",\"shard\":%u,\"shards\":%u,\"syns\":%" PRIu64 ",\"merged\":%u}\n",
	       census->id, started, ended != NULL ? "\"" : "", ended != NULL ? ended : "null", ended != NULL ? "\"" : "",
	       census->host_count, progress->hosts_done, progress->hosts_silent, progress->connections, census->seed, census->shard + 1,
	       census->shard_count, progress->syns, census->merged_parts);
}

static void print_line(const struct census_record *census, const struct census_progress *progress, const char *started, const char *state)
{
	printf("%-5" PRId64 " %s  %-24s  %" PRIu64 " of %" PRIu64 " hosts  ", census->id, started, state, progress->hosts_done,
	       census->host_count);
	if (census->merged_parts > 0)
		printf("merged out of %u%s\n", census->merged_parts, census->merged_parts == 1 ? " file" : " shards");
	else
		printf("share %u of %u\n", census->shard + 1, census->shard_count);
}

static bool print_census(void *context, const struct census_record *census, const struct census_progress *progress)
{
	const struct list_options *options = context;
	char started[TIMESTAMP_TEXT_SIZE], ended[TIMESTAMP_TEXT_SIZE];
	bool is_ended = census->ended_at.unix_ms != 0;

	timestamp_format(census->started_at, started);
	timestamp_format(census->ended_at, ended);
	if (options->json)
		print_json(census, progress, started, is_ended ? ended : NULL);
	else
		print_line(census, progress, started, is_ended ? ended : census->merged_parts > 0 ? "waits for more shards" : "unfinished");
	return true;
}

static int run_list(int argc, char **argv)
{
	struct list_options options = {.reader = {.database = "mailcensus.db"}};
	struct store_visitor visitor = {.context = &options, .on_census = print_census};
	struct option_result parsed;
	struct error error = {{0}};
	struct store *store;
	bool is_done;

	if (!options_parse(ROWS, argc, argv, &options, &parsed, &error))
		return command_fail(&LIST_COMMAND, EXIT_USAGE, &error);
	if (parsed.wants_help || parsed.arguments.count > 0) {
		text_list_done(&parsed.arguments);
		command_help(&LIST_COMMAND);
		return parsed.wants_help ? EXIT_DONE : EXIT_USAGE;
	}
	store = store_open(options.reader.database, STORE_READ_ONLY, &error);
	if (store == NULL)
		return command_fail(&LIST_COMMAND, EXIT_FAILED, &error);
	if (!options.json)
		printf("%-5s %-24s  %-24s  %s\n", "ID", "STARTED", "ENDED", "PROGRESS");
	is_done = store_visit_censuses(store, &visitor, &error);
	store_close(store);
	return is_done ? EXIT_DONE : command_fail(&LIST_COMMAND, EXIT_FAILED, &error);
}

const struct command LIST_COMMAND = {"list", NULL, "List the censuses that a project file holds.", NULL, ROWS, run_list};
