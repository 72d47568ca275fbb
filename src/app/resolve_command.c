/* SPDX-License-Identifier: ISC */
/* mailcensus resolve: host names for the addresses of a census, out of the reverse DNS. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "app/census_reader.h"
#include "app/command.h"
#include "app/hostname_lookup.h"
#include "app/stop_signal.h"
#include "store/location.h"

enum { TIMEOUT_LEAST_MS = 10, TIMEOUT_MOST_MS = 60000 };

static const int64_t DAY_MS = 86400000;

struct resolve_options {
	struct reader_options reader;
	double rate;
	uint64_t max_age, tries;
	unsigned timeout_ms;
	unsigned progress; /* enum scan_progress */
	bool without_tls, all, json, quiet;
	const char *dns_server;
};

static const char *const PROGRESS_CHOICES[] = {"auto", "line", "plain", "none", NULL};

#define AT(member) offsetof(struct resolve_options, member)

static const struct option_row ROWS[] = {
	READER_OPTION_ROWS(struct resolve_options),
	{"without-tls", NULL, OPTION_FLAG, AT(without_tls), 0, 0, NULL, false, "Only hosts that take a login without TLS."},
	{"all", NULL, OPTION_FLAG, AT(all), 0, 0, NULL, false, "All hosts with an open port, not only those that speak POP3 or IMAP."},
	{"rate", "N", OPTION_RATE, AT(rate), 0, 0, NULL, false,
         "Questions per second, those that are asked again included (200, at most 1000)."},
	{"max-age", "DAYS", OPTION_UNSIGNED, AT(max_age), 1, 36500, NULL, false, "Ask again for what was answered longer ago (7)."},
	{"dns-server", "ADDR[:PORT]", OPTION_TEXT, AT(dns_server), 0, 0, NULL, false, "Ask there instead of the system's servers."},
	{"timeout", "SECONDS", OPTION_SECONDS, AT(timeout_ms), 0, 0, NULL, false, "Wait so long for an answer (2)."},
	{"tries", "N", OPTION_UNSIGNED, AT(tries), 1, 10, NULL, false, "Ask so often when a name server does not answer or fails (3)."},
	{"progress", "HOW", OPTION_CHOICE, AT(progress), 0, 0, PROGRESS_CHOICES, false, "auto, line, plain or none, on stderr (auto)."},
	{"json", NULL, OPTION_FLAG, AT(json), 0, 0, NULL, false, "The counts as one JSON object on stdout."},
	{"quiet", NULL, OPTION_FLAG, AT(quiet), 0, 0, NULL, false, "No progress and no summary."},
	{.name = NULL},
};

static void print_json(census_id census, const struct hostname_counts *counts)
{
	uint64_t left = counts->addresses - counts->known - hostname_counts_asked(counts);

	printf("{\"schema\":\"mailcensus.resolve/1\",\"census\":%" PRId64 ",\"addresses\":%" PRIu64 ",\"known\":%" PRIu64
	       ",\"found\":%" PRIu64 ",\"confirmed\":%" PRIu64 ",\"unconfirmed\":%" PRIu64 ",\"none\":%" PRIu64 ",\"unusable\":%" PRIu64
	       ",\"unusable_names\":%" PRIu64 ",\"failed\":%" PRIu64 ",\"left\":%" PRIu64 "}\n",
	       census, counts->addresses, counts->known, counts->found, counts->confirmed, counts->unconfirmed, counts->none,
	       counts->unusable, counts->unusable_names, counts->failed, left);
}

static bool check_usage(const struct resolve_options *options, struct error *error)
{
	if (options->all && options->without_tls)
		return error_set(error, "--all and --without-tls are two different things; give one of them");
	if (options->rate > REVERSE_RATE_MAX)
		return error_set(error, "--rate is at most %d questions per second; name servers are a shared good", REVERSE_RATE_MAX);
	if (options->timeout_ms < TIMEOUT_LEAST_MS || options->timeout_ms > TIMEOUT_MOST_MS)
		return error_set(error, "--timeout is from 0.01 to 60 seconds");
	return true;
}

static struct hostname_lookup lookup_of(const struct resolve_options *options, const struct census_reader *reader)
{
	struct hostname_lookup lookup = {
		.store = reader->store,
		.census = reader->census,
		.scope = options->all           ? HOSTNAMES_OF_ALL
	                 : options->without_tls ? HOSTNAMES_OF_WITHOUT_TLS
	                                        : HOSTNAMES_OF_MAIL,
		.max_age_ms = (int64_t)options->max_age * DAY_MS,
		.progress = options->quiet ? SCAN_PROGRESS_NONE : (enum scan_progress)options->progress,
	};

	reverse_settings_init(&lookup.settings);
	lookup.settings.server = options->dns_server;
	lookup.settings.rate = options->rate;
	lookup.settings.timeout_ms = (int)options->timeout_ms;
	lookup.settings.tries = (unsigned)options->tries;
	lookup.settings.wait_ms = (int)options->timeout_ms / 2;
	return lookup;
}

static void print_what_is_left(const struct resolve_options *options, bool is_stopped)
{
	const char *quote = location_is_server(options->reader.database) ? "'" : ""; /* its & and ? are the shell's */
	char shown[LOCATION_SHOWN_SIZE];

	location_show(options->reader.database, shown);
	fprintf(stderr, "%s; go on with: mailcensus resolve --database %s%s%s\n",
	        is_stopped ? "stopped" : "some were not answered, which may be better later", quote, shown, quote);
}

static int resolve(const struct resolve_options *options, const struct census_reader *reader, struct error *error)
{
	struct hostname_lookup lookup = lookup_of(options, reader);
	struct hostname_counts counts;
	bool is_done;

	stop_signal_catch();
	is_done = hostname_lookup_run(&lookup, &counts, error);
	if (!options->quiet)
		hostname_counts_print(reader->census, &counts);
	if (options->json)
		print_json(reader->census, &counts);
	if (!is_done)
		return EXIT_FAILED;
	if (!stop_signal_has_come() && counts.failed == 0)
		return EXIT_DONE;
	if (!options->quiet)
		print_what_is_left(options, stop_signal_has_come());
	return EXIT_INCOMPLETE;
}

/* A file that is not there must not be made. */
static enum store_mode mode_for(const char *location)
{
	return location_is_server(location) || access(location, F_OK) == 0 ? STORE_READ_WRITE : STORE_READ_ONLY;
}

static int run_resolve(int argc, char **argv)
{
	struct resolve_options options = {
		.reader = {.database = "mailcensus.db"}, .rate = 200, .max_age = 7, .tries = 3, .timeout_ms = 2000};
	struct census_reader reader;
	struct option_result parsed;
	struct error error = {{0}};
	int code = EXIT_FAILED;

	if (!options_parse(ROWS, argc, argv, &options, &parsed, &error))
		return command_fail(&RESOLVE_COMMAND, EXIT_USAGE, &error);
	if (parsed.wants_help || parsed.arguments.count > 0) {
		text_list_done(&parsed.arguments);
		command_help(&RESOLVE_COMMAND);
		return parsed.wants_help ? EXIT_DONE : EXIT_USAGE;
	}
	if (!check_usage(&options, &error))
		return command_fail(&RESOLVE_COMMAND, EXIT_USAGE, &error);
	if (census_reader_open_as(&options.reader, mode_for(options.reader.database), &reader, &error)) {
		code = resolve(&options, &reader, &error);
		census_reader_close(&reader);
	}
	return code == EXIT_FAILED ? command_fail(&RESOLVE_COMMAND, code, &error) : code;
}

const struct command RESOLVE_COMMAND = {
	"resolve",
	NULL,
	"Look up the host names of a census's addresses in the reverse DNS.",
	"For each address its PTR name is asked for, then whether that name has the address too: such a name is confirmed, the others are\n"
	"kept and marked. Of several names a confirmed one is taken, then the shortest, then the first in the alphabet. Names appear in\n"
	"show, export and report. What was answered is kept with the address, for all censuses of the database; a run that was stopped\n"
	"or killed goes on where it was when it is started again. A failure of name servers is not \"no name\": it is asked for again by\n"
	"the next run.\n\n"
	"Millions of questions belong to a caching name server of your own, on this machine: --dns-server 127.0.0.1.\n\n"
	"Exit codes: 0 done, 1 failed, 2 called wrongly, 3 stopped, or some were not answered.\n\n"
	"Examples:\n"
	"  mailcensus resolve\n"
	"  mailcensus resolve --without-tls --rate 50 --dns-server 127.0.0.1\n",
	ROWS,
	run_resolve,
};
