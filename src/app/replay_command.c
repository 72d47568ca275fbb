/* SPDX-License-Identifier: ISC */
/* mailcensus replay: plays stored evidence, or a scenario file, through the state machine again. The same observation and verdict must come out. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/census_reader.h"
#include "app/command.h"
#include "app/scan_scope.h"
#include "base/memory.h"
#include "base/text.h"
#include "classify/service.h"
#include "protocol/scenario.h"
#include "scope/target_set.h"

struct replay_options {
	struct reader_options reader;
	const char *save_scenario;
};

static const struct option_row ROWS[] = {
	READER_OPTION_ROWS(struct replay_options),
	{"save-scenario", "FILE", OPTION_TEXT, offsetof(struct replay_options, save_scenario), 0, 0, NULL, false,
         "Write the conversation as a scenario file, fit for a test or a bug report; '-' is stdout. Of several conversations the last, "
         "unless #ATTEMPT names one."},
	{.name = NULL},
};

enum { REPLAYS_MAX = 16, DESCRIPTION_MAX = 1 << 20 };

struct replaying {
	const struct replay_options *options;
	struct endpoint endpoint;
	unsigned attempt; /* 0: all */
	struct observation observations[REPLAYS_MAX];
	enum ending stored_endings[REPLAYS_MAX];
	size_t count;
	struct buffer scenario;
	bool has_failed, has_verdict;
	enum verdict stored_verdict;
	struct error error;
};

static bool replay_one(void *context, const struct conversation_record *conversation)
{
	struct replaying *replaying = context;
	struct observation *observation;

	if (conversation->endpoint.port != replaying->endpoint.port ||
	    (replaying->attempt != 0 && conversation->attempt != replaying->attempt) || replaying->count == REPLAYS_MAX)
		return true;
	observation = &replaying->observations[replaying->count];
	replaying->stored_endings[replaying->count++] = conversation->ending;
	if (!session_replay(conversation->transcript, observation, NULL, &replaying->error)) {
		error_prefix(&replaying->error, "conversation %u", conversation->attempt);
		replaying->has_failed = true;
		return false;
	}
	if (replaying->options->save_scenario != NULL) {
		buffer_clear(&replaying->scenario);
		if (!scenario_from_transcript(conversation->transcript, &replaying->scenario, &replaying->error))
			replaying->has_failed = true;
	}
	return !replaying->has_failed;
}

static bool note_verdict(void *context, const struct service_record *service)
{
	struct replaying *replaying = context;

	if (service->endpoint.port == replaying->endpoint.port) {
		replaying->stored_verdict = service->verdict;
		replaying->has_verdict = true;
	}
	return true;
}

static bool save_scenario(const struct replaying *replaying, struct error *error)
{
	const char *name = replaying->options->save_scenario;
	bool is_stdout = strcmp(name, "-") == 0;
	FILE *file = is_stdout ? stdout : fopen(name, "wbe");
	bool is_done = file != NULL && fwrite(replaying->scenario.data, 1, replaying->scenario.size, file) == replaying->scenario.size;

	if (file != NULL && !is_stdout)
		is_done = fclose(file) == 0 && is_done;
	return is_done || error_set(error, "%s cannot be written", name);
}

static void print_observation(const struct observation *observation)
{
	struct buffer text;

	buffer_init(&text, DESCRIPTION_MAX);
	scenario_describe(observation, &text);
	for (struct span rest = buffer_view(&text); rest.size > 0;) {
		struct span line = span_take_line(&rest);

		if (span_starts_with_text(line, "expect: "))
			line = span_part(line, strlen("expect: "), line.size);
		printf("  %.*s\n", (int)line.size, (const char *)line.data);
	}
	buffer_done(&text);
}

/* The endings, and with all conversations of a decided service the verdict, must be those of the census. */
static bool compare(const struct replaying *replaying)
{
	struct service_judgement judgement;
	bool is_same = true;

	for (size_t i = 0; i < replaying->count; i++) {
		printf("conversation %zu\n", replaying->attempt != 0 ? (size_t)replaying->attempt : i + 1);
		print_observation(&replaying->observations[i]);
		if (replaying->observations[i].ending != replaying->stored_endings[i]) {
			printf("  DIFFERS: it was stored as %s\n", ending_name(replaying->stored_endings[i]));
			is_same = false;
		}
	}
	if (replaying->attempt != 0)
		return is_same;
	service_judge(replaying->endpoint.port, replaying->observations, replaying->count, &judgement);
	printf("verdict %s: %s\n", verdict_name(judgement.verdict), judgement.reason);
	if (!replaying->has_verdict)
		printf("not decided yet in this census\n");
	else if (judgement.verdict != replaying->stored_verdict)
		printf("DIFFERS: the census says %s\n", verdict_name(replaying->stored_verdict));
	else
		printf("the same as in the census\n");
	return is_same && (!replaying->has_verdict || judgement.verdict == replaying->stored_verdict);
}

static int replay_endpoint(struct replaying *replaying, struct error *error)
{
	struct store_visitor visitor = {.context = replaying, .on_conversation = replay_one, .on_service = note_verdict};
	struct census_reader reader;
	bool is_done;
	int code = EXIT_FAILED;

	if (!census_reader_open(&replaying->options->reader, &reader, error))
		return EXIT_FAILED;
	is_done = store_visit_conversations(reader.store, reader.census, &replaying->endpoint.address, &visitor, error) &&
	          store_visit_services(reader.store, reader.census, &replaying->endpoint.address, &visitor, error);
	if (is_done && replaying->has_failed)
		*error = replaying->error;
	else if (is_done && replaying->count == 0)
		error_set(error, "census %" PRId64 " holds no such conversation; \"mailcensus show ADDRESS\" shows which there are",
		          reader.census);
	else if (is_done && replaying->options->save_scenario != NULL)
		code = save_scenario(replaying, error) ? EXIT_DONE : EXIT_FAILED;
	else if (is_done)
		code = compare(replaying) ? EXIT_DONE : EXIT_FAILED;
	census_reader_close(&reader);
	return code;
}

static int replay_file(const char *name, struct error *error)
{
	struct scenario scenario = {0};
	struct observation observation;
	size_t size;
	char *text = file_read(name, &size, error);
	bool is_good;

	if (text == NULL)
		return EXIT_FAILED;
	observation_init(&observation);
	is_good = scenario_parse(span_make(text, size), &scenario, error);
	if (is_good && scenario_run(&scenario, 0, &observation, NULL, NULL, error)) {
		print_observation(&observation);
		is_good = scenario_compare(&scenario, &observation, error);
		if (is_good)
			printf("as expected\n");
	} else {
		is_good = false;
	}
	observation_done(&observation);
	scenario_done(&scenario);
	free(text);
	return is_good ? EXIT_DONE : EXIT_FAILED;
}

/* ADDRESS:PORT[#ATTEMPT], or else the name of a file. */
static bool parse_endpoint(const char *word, struct replaying *replaying)
{
	struct span text = span_from_text(word);
	size_t hash = span_find_byte(text, '#');
	struct ip_range range;
	struct port_list ports;
	struct span name;
	uint64_t attempt = 0;

	if (hash < text.size && (!text_parse_unsigned(span_part(text, hash + 1, text.size), 1000, &attempt) || attempt == 0))
		return false;
	if (target_parse(span_part(text, 0, hash), &range, &ports, &name, NULL) != TARGET_RANGE || ports.count != 1 ||
	    ip_address_compare(range.first, range.last) != 0)
		return false;
	replaying->endpoint = (struct endpoint){range.first, ports.ports[0]};
	replaying->attempt = (unsigned)attempt;
	return true;
}

static int run_replay(int argc, char **argv)
{
	struct replay_options options = {.reader = {.database = "mailcensus.db"}};
	struct replaying *replaying = memory_allocate(1, sizeof(*replaying));
	struct option_result parsed;
	struct error error = {{0}};
	int code;

	replaying->options = &options;
	buffer_init(&replaying->scenario, SCENARIO_TEXT_MAX);
	if (!options_parse(ROWS, argc, argv, &options, &parsed, &error)) {
		code = EXIT_USAGE;
	} else if (parsed.wants_help || parsed.arguments.count != 1) {
		command_help(&REPLAY_COMMAND);
		code = parsed.wants_help ? EXIT_DONE : EXIT_USAGE;
	} else if (parse_endpoint(parsed.arguments.items[0], replaying)) {
		code = replay_endpoint(replaying, &error);
	} else {
		code = replay_file(parsed.arguments.items[0], &error);
	}
	if (error.text[0] != '\0')
		(void)command_fail(&REPLAY_COMMAND, code, &error);
	for (size_t i = 0; i < replaying->count; i++)
		observation_done(&replaying->observations[i]);
	buffer_done(&replaying->scenario);
	free(replaying);
	text_list_done(&parsed.arguments);
	return code;
}

const struct command REPLAY_COMMAND = {
	"replay",
	"ADDRESS:PORT[#ATTEMPT] | FILE",
	"Play stored evidence or a scenario file through the state machine again.",
	"Nothing is sent. Exit code 1 when something else comes out than what was stored or expected.\n"
	"The format of scenario files is described in mailcensus-scenario(5).\n",
	ROWS,
	run_replay,
};
