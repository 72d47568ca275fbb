/* SPDX-License-Identifier: ISC */
/* mailcensus stats: the totals of a census, or its hosts and services counted by country, network, software and whatever else is a key. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/attribution_options.h"
#include "app/census_counts.h"
#include "app/command.h"
#include "app/stats_groups_report.h"
#include "app/stats_totals.h"

struct stats_options {
	struct reader_options reader;
	bool json, keep;
	unsigned format; /* enum stats_format */
	const char *by;
	struct attribution_options attribution;
};

enum stats_format { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON };

static const char *const FORMATS[] = {"table", "csv", "json", NULL};

static const struct option_row ROWS[] = {
	READER_OPTION_ROWS(struct stats_options),
	{"by", "KEYS", OPTION_TEXT, offsetof(struct stats_options, by), 0, 0, NULL, false,
         "Count hosts and services by one or more keys, as country,asn; all are named below."},
	{"format", "FORMAT", OPTION_CHOICE, offsetof(struct stats_options, format), 0, 0, FORMATS, false,
         "table, csv (with --by) or json."},
	ATTRIBUTION_OPTION_ROWS(offsetof(struct stats_options, attribution)),
	{"keep", NULL, OPTION_FLAG, offsetof(struct stats_options, keep), 0, 0, NULL, false,
         "Count a census that has ended anew and keep that in the database, as a scan does at its end."},
	{"json", NULL, OPTION_FLAG, offsetof(struct stats_options, json), 0, 0, NULL, false, "The same as --format json."},
	{.name = NULL},
};

static bool count_in_totals(void *context, const struct census_service *service)
{
	stats_totals_count(context, service);
	return true;
}

static bool count_totals(struct census_reader *reader, struct stats_totals *totals, struct error *error)
{
	bool is_kept, is_done = census_counts_read_totals(reader, totals, &is_kept, error);

	if (!is_done || is_kept)
		return is_done;
	stats_totals_done(totals);
	*totals = (struct stats_totals){.port_count = 0};
	is_done = census_reader_visit(reader, NULL, CENSUS_WANTS_FINDINGS, count_in_totals, totals, error);
	stats_totals_end(totals);
	return is_done;
}

static bool run_totals(const struct stats_options *options, struct census_reader *reader, struct error *error)
{
	struct stats_totals totals = {.port_count = 0};
	bool is_done = count_totals(reader, &totals, error);

	if (is_done && options->format == FORMAT_JSON)
		stats_totals_print_json(&totals, reader);
	else if (is_done)
		stats_totals_print_text(&totals, reader);
	stats_totals_done(&totals);
	return is_done;
}

struct grouping {
	struct stats_groups groups, total;
	struct attributor *attributor;
	struct attribution attribution; /* of the host whose services come */
};

static bool count_in_groups(void *context, const struct census_service *service)
{
	struct grouping *grouping = context;

	if (service->is_first_of_host && grouping->attributor != NULL)
		attributor_look_up(grouping->attributor, service->service->endpoint.address, &grouping->attribution);
	stats_groups_count(&grouping->groups, &grouping->attribution, service);
	stats_groups_count(&grouping->total, NULL, service);
	return true;
}

static void begin_grouping(struct grouping *grouping, unsigned keys)
{
	stats_groups_init(&grouping->groups, keys);
	stats_groups_init(&grouping->total, 0);
}

static void end_grouping(struct grouping *grouping)
{
	stats_groups_done(&grouping->groups);
	stats_groups_done(&grouping->total);
}

/* A file of the user's may have changed without anybody telling: by it is always counted. */
static bool count_groups(const struct stats_options *options, struct census_reader *reader, struct grouping *grouping, struct error *error)
{
	unsigned keys = grouping->groups.keys;
	bool is_kept = false, has_total = false;

	if (grouping->attributor == NULL || options->attribution.files.count == 0) {
		if (!census_counts_read_groups(reader, grouping->attributor, &grouping->groups, &is_kept, error) ||
		    (is_kept && !census_counts_read_groups(reader, NULL, &grouping->total, &has_total, error)))
			return false;
	}
	if (is_kept && has_total)
		return true;
	end_grouping(grouping);
	begin_grouping(grouping, keys);
	return census_reader_visit(reader, NULL, stats_keys_wants(keys), count_in_groups, grouping, error);
}

static void print_groups(const struct stats_options *options, struct grouping *grouping, const struct census_reader *reader)
{
	struct stats_groups_report report = {.reader = reader,
	                                     .attributor = grouping->attributor,
	                                     .total = stats_groups_get(&grouping->total, ""),
	                                     .groups = &grouping->groups};

	stats_groups_sort(&grouping->groups);
	if (options->format == FORMAT_JSON)
		stats_groups_print_json(&report, stdout);
	else if (options->format == FORMAT_CSV)
		stats_groups_print_csv(&report, stdout);
	else
		stats_groups_print_table(&report, stdout);
}

static bool run_groups(const struct stats_options *options, unsigned keys, struct census_reader *reader, struct error *error)
{
	struct grouping grouping = {.attributor = NULL};
	bool is_done;

	if (stats_keys_are_attributed(keys)) {
		grouping.attributor = attribution_open(&options->attribution, error);
		if (grouping.attributor == NULL)
			return false;
	}
	begin_grouping(&grouping, keys);
	is_done = count_groups(options, reader, &grouping, error);
	if (is_done)
		print_groups(options, &grouping, reader);
	end_grouping(&grouping);
	attributor_close(grouping.attributor);
	return is_done;
}

static bool keep(const struct stats_options *options, census_id census, struct error *error)
{
	struct attributor *attributor = attribution_open(&options->attribution, error);
	struct store *store = attributor != NULL ? store_open(options->reader.database, STORE_READ_WRITE, error) : NULL;
	bool is_kept = store != NULL && census_counts_keep(store, census, attributor, NULL, error);

	store_close(store);
	attributor_close(attributor);
	return is_kept;
}

/* The writer is alone with the database: nobody reads meanwhile, not even we. */
static bool keep_counts(const struct stats_options *options, struct error *error)
{
	struct census_reader reader;
	census_id census;
	bool has_ended;

	if (!census_reader_open(&options->reader, &reader, error))
		return false;
	census = reader.census;
	has_ended = reader.record.ended_at.unix_ms != 0;
	census_reader_close(&reader);
	if (!has_ended)
		return error_set(error, "census %" PRId64 " has not ended; its statistics are kept when it has", census);
	return keep(options, census, error);
}

static int run_parsed(const struct stats_options *options, struct error *error)
{
	struct census_reader reader;
	unsigned keys = 0;
	bool is_done;

	if (options->by != NULL && !stats_keys_parse(options->by, &keys, error))
		return EXIT_USAGE;
	if (options->by == NULL && options->format == FORMAT_CSV) {
		error_set(error, "--format csv needs --by: the totals are several tables");
		return EXIT_USAGE;
	}
	if (options->keep && options->attribution.files.count > 0) {
		error_set(error, "--keep counts by what this system knows of addresses; give it your file with \"mailcensus data import\"");
		return EXIT_USAGE;
	}
	if ((options->keep && !keep_counts(options, error)) || !census_reader_open(&options->reader, &reader, error))
		return EXIT_FAILED;
	is_done = options->by != NULL ? run_groups(options, keys, &reader, error) : run_totals(options, &reader, error);
	census_reader_close(&reader);
	return is_done ? EXIT_DONE : EXIT_FAILED;
}

static int run_stats(int argc, char **argv)
{
	struct stats_options options = {.reader = {.database = "mailcensus.db"}, .attribution = ATTRIBUTION_OPTIONS_DEFAULT};
	struct option_result parsed;
	struct error error = {{0}};
	int code;

	if (!options_parse(ROWS, argc, argv, &options, &parsed, &error))
		return command_fail(&STATS_COMMAND, EXIT_USAGE, &error);
	if (parsed.wants_help || parsed.arguments.count > 0) {
		text_list_done(&parsed.arguments);
		attribution_options_done(&options.attribution);
		command_help(&STATS_COMMAND);
		return parsed.wants_help ? EXIT_DONE : EXIT_USAGE;
	}
	if (options.json)
		options.format = FORMAT_JSON;
	code = run_parsed(&options, &error);
	attribution_options_done(&options.attribution);
	return code == EXIT_DONE ? code : command_fail(&STATS_COMMAND, code, &error);
}

const struct command STATS_COMMAND = {
	"stats",
	NULL,
	"Print the totals of a census: services by verdict and port, hosts counted once.",
	"What could not be told (unknown, slow, rate-limited) is never counted as \"no TLS\". Findings, software and TLS facts are counted "
	"beside\n"
	"the number of services that they could be told of.\n\n"
	"With --by, each group has its hosts, how many of them offer mail, how many let people log in without TLS, and that per 1,000 "
	"that\n"
	"offer mail and per million inhabitants of the country. Hosts are counted by\n"
	"  country       where the address is registered to be\n"
	"  asn           the network that announces it\n"
	"  family        IPv4 or IPv6\n"
	"  protocol      what the host offers: pop3, imap or both\n"
	"  host          the verdict of the host\n"
	"  host-finding  findings of the host\n"
	"and services, each with its host, by\n"
	"  port          the port\n"
	"  verdict       the verdict of the service\n"
	"  finding       findings of the service\n"
	"  software      the software\n"
	"  version       the software with its version, where it told\n"
	"  issuer        who issued the certificate\n"
	"  tls           the best version of TLS that was seen\n"
	"  pq            post-quantum key agreement: yes or no\n"
	"or by several together, as country,software.\n",
	ROWS,
	run_stats,
};
