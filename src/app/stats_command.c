/* SPDX-License-Identifier: ISC */
/* mailcensus stats: the totals of a census. POP3 and IMAP on one address are one host; "could not tell" is its own column and never "no TLS" (rulebook 5.4). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/attribution_options.h"
#include "app/census_reader.h"
#include "app/command.h"
#include "app/prefix_count.h"
#include "app/stats_facts.h"
#include "app/stats_groups.h"
#include "report/json_write.h"
#include "base/text.h"
#include "report/table.h"

enum { PORTS_MAX = 8, TEXT_MAX = 8 << 20 };

struct stats {
	uint16_t ports[PORTS_MAX]; /* as met; the rest is counted under 0 */
	size_t port_count;
	uint64_t services[VERDICT_COUNT][PORTS_MAX + 1];
	uint64_t hosts[HOST_VERDICT_COUNT];
	uint64_t hosts_pop3, hosts_imap, hosts_both, hosts_any;
	uint64_t no_tls_pop3, no_tls_imap, no_tls_both, no_tls_any, no_tls_strict;
	struct stats_facts facts;
	struct prefix_count prefixes;
};

struct stats_options {
	struct reader_options reader;
	bool json;
	unsigned format; /* enum stats_format */
	const char *by;
	struct attribution_options attribution;
};

enum stats_format { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON };

static const char *const FORMATS[] = {"table", "csv", "json", NULL};

static const struct option_row ROWS[] = {
	READER_OPTION_ROWS(struct stats_options),
	{"by", "KEYS", OPTION_TEXT, offsetof(struct stats_options, by), 0, 0, NULL, false,
         "Count hosts and services by country, by asn, or by country,asn."},
	{"format", "FORMAT", OPTION_CHOICE, offsetof(struct stats_options, format), 0, 0, FORMATS, false,
         "table, csv (with --by) or json."},
	ATTRIBUTION_OPTION_ROWS(offsetof(struct stats_options, attribution)),
	{"json", NULL, OPTION_FLAG, offsetof(struct stats_options, json), 0, 0, NULL, false, "The same as --format json."},
	{.name = NULL},
};

/* Columns in ascending port order; ports beyond PORTS_MAX share the last one. */
static size_t column_of(struct stats *stats, uint16_t port)
{
	size_t at = 0;

	while (at < stats->port_count && stats->ports[at] < port)
		at++;
	if (at < stats->port_count && stats->ports[at] == port)
		return at;
	if (stats->port_count == PORTS_MAX)
		return PORTS_MAX;
	for (size_t i = stats->port_count; i > at; i--)
		stats->ports[i] = stats->ports[i - 1];
	stats->ports[at] = port;
	for (size_t verdict = 0; verdict < VERDICT_COUNT; verdict++) {
		for (size_t i = stats->port_count; i > at; i--)
			stats->services[verdict][i] = stats->services[verdict][i - 1];
		stats->services[verdict][at] = 0;
	}
	stats->port_count++;
	return at;
}

static void count_host(struct stats *stats, const struct host_judgement *host)
{
	stats->hosts[host->verdict]++;
	stats->hosts_pop3 += host->offers_pop3;
	stats->hosts_imap += host->offers_imap;
	stats->hosts_both += host->offers_pop3 && host->offers_imap;
	stats->hosts_any += host->offers_pop3 || host->offers_imap;
	stats->no_tls_pop3 += host->no_tls_pop3;
	stats->no_tls_imap += host->no_tls_imap;
	stats->no_tls_both += host->no_tls_pop3 && host->no_tls_imap;
	stats->no_tls_any += host->no_tls_pop3 || host->no_tls_imap;
	stats->no_tls_strict += host->is_strict;
}

static bool count(void *context, const struct census_service *service)
{
	struct stats *stats = context;

	/* A canary is evidence about its host, no service (rule D-7). */
	if ((service->service->observation_flags & OBSERVED_CANARY) == 0)
		stats->services[service->service->verdict][column_of(stats, service->service->endpoint.port)]++;
	prefix_count_add(&stats->prefixes, service);
	if (service->is_first_of_host)
		count_host(stats, service->host);
	stats_facts_count(&stats->facts, service);
	return true;
}

static uint64_t row_total(const struct stats *stats, size_t verdict)
{
	uint64_t total = 0;

	for (size_t i = 0; i <= PORTS_MAX; i++)
		total += stats->services[verdict][i];
	return total;
}

static void print_services(const struct stats *stats)
{
	struct table_column columns[PORTS_MAX + 3] = {{"SERVICES", false}};
	char titles[PORTS_MAX][8];
	size_t count = 1, shown = stats->port_count + (stats->port_count == PORTS_MAX ? 1 : 0);
	struct table *table;
	struct buffer out;

	for (size_t i = 0; i < stats->port_count; i++) {
		(void)snprintf(titles[i], sizeof(titles[i]), "%u", stats->ports[i]);
		columns[count++] = (struct table_column){titles[i], true};
	}
	if (stats->port_count == PORTS_MAX)
		columns[count++] = (struct table_column){"others", true};
	columns[count++] = (struct table_column){"all", true};
	table = table_new(columns, count);
	for (size_t verdict = 0; verdict < VERDICT_COUNT; verdict++) {
		if (row_total(stats, verdict) == 0)
			continue;
		table_add_text(table, verdict_name((enum verdict)verdict));
		for (size_t i = 0; i < shown; i++)
			table_add_number(table, stats->services[verdict][i]);
		table_add_number(table, row_total(stats, verdict));
	}
	buffer_init(&out, 64 * 1024);
	table_render(table, TABLE_WIDTH_ANY, &out);
	printf("%s", buffer_text(&out));
	buffer_done(&out);
	table_free(table);
}

static void print_hosts(const struct stats *stats, const struct census_reader *reader)
{
	printf("\n%-22s%10s\n", "HOSTS", "all");
	for (size_t verdict = 0; verdict < HOST_VERDICT_COUNT; verdict++) {
		if (stats->hosts[verdict] > 0)
			printf("%-22s%10" PRIu64 "  %s\n", host_verdict_name((enum host_verdict)verdict), stats->hosts[verdict],
			       host_verdict_sentence((enum host_verdict)verdict));
	}
	if (stats->hosts[HOST_CLOSED] == 0)
		printf("%-22s%10" PRIu64 "  %s\n", host_verdict_name(HOST_CLOSED), reader->progress.hosts_silent,
		       host_verdict_sentence(HOST_CLOSED));
	printf("\n%-22s%10s%10s%10s%10s\n", "HOSTS BY PROTOCOL", "POP3", "IMAP", "both", "any");
	printf("%-22s%10" PRIu64 "%10" PRIu64 "%10" PRIu64 "%10" PRIu64 "\n", "offer it", stats->hosts_pop3, stats->hosts_imap,
	       stats->hosts_both, stats->hosts_any);
	printf("%-22s%10" PRIu64 "%10" PRIu64 "%10" PRIu64 "%10" PRIu64 "\n", "offer it without TLS", stats->no_tls_pop3,
	       stats->no_tls_imap, stats->no_tls_both, stats->no_tls_any);
	printf("\n%" PRIu64 " hosts let people log in without TLS, each counted once; %" PRIu64
	       " of them have no TLS for some protocol on any port.\n",
	       stats->no_tls_any, stats->no_tls_strict);
}

static void print_prefixes(const struct stats *stats, void (*render)(const struct prefix_count *count, struct buffer *out))
{
	struct buffer out;

	buffer_init(&out, 64 * 1024);
	render(&stats->prefixes, &out);
	printf("%s", buffer_text(&out));
	buffer_done(&out);
}

static void print_facts(struct stats *stats, void (*render)(struct stats_facts *facts, struct buffer *out))
{
	struct buffer out;

	buffer_init(&out, TEXT_MAX);
	render(&stats->facts, &out);
	printf("%s", buffer_text(&out));
	buffer_done(&out);
}

static void print_text(struct stats *stats, const struct census_reader *reader)
{
	char started[TIMESTAMP_TEXT_SIZE], ended[TIMESTAMP_TEXT_SIZE];

	timestamp_format(reader->record.started_at, started);
	timestamp_format(reader->record.ended_at, ended);
	printf("census %" PRId64 ", begun %s, %s%s; %" PRIu64 " of %" PRIu64 " hosts done\n\n", reader->census, started,
	       reader->record.ended_at.unix_ms != 0 ? "ended " : "not finished", reader->record.ended_at.unix_ms != 0 ? ended : "",
	       reader->progress.hosts_done, reader->record.host_count);
	print_services(stats);
	print_hosts(stats, reader);
	print_prefixes(stats, prefix_count_render);
	if (reader->progress.syns > 0)
		printf("\nThe sweep sent %" PRIu64 " SYNs; %" PRIu64 " were refused, %" PRIu64 " answered by \"unreachable\", %" PRIu64
		       " left out as excluded.\n",
		       reader->progress.syns, reader->progress.refused, reader->progress.unreachable, reader->progress.excluded);
	print_facts(stats, stats_facts_render);
}

static void print_json(struct stats *stats, const struct census_reader *reader)
{
	const char *comma = "";

	printf("{\"schema\":\"mailcensus.stats/1\",\"census\":%" PRId64 ",\"finished\":%s,\"hosts\":%" PRIu64 ",\"hosts_done\":%" PRIu64
	       ",\"hosts_silent\":%" PRIu64 ",\"connections\":%" PRIu64 ",\"syns\":%" PRIu64 ",\"refused\":%" PRIu64
	       ",\"unreachable\":%" PRIu64 ",\"excluded\":%" PRIu64 ",\"services\":{",
	       reader->census, reader->record.ended_at.unix_ms != 0 ? "true" : "false", reader->record.host_count,
	       reader->progress.hosts_done, reader->progress.hosts_silent, reader->progress.connections, reader->progress.syns,
	       reader->progress.refused, reader->progress.unreachable, reader->progress.excluded);
	for (size_t verdict = 0; verdict < VERDICT_COUNT; verdict++) {
		const char *inner = "";

		if (row_total(stats, verdict) == 0)
			continue;
		printf("%s\"%s\":{", comma, verdict_name((enum verdict)verdict));
		for (size_t i = 0; i < stats->port_count; i++) {
			if (stats->services[verdict][i] > 0) {
				printf("%s\"%u\":%" PRIu64, inner, stats->ports[i], stats->services[verdict][i]);
				inner = ",";
			}
		}
		if (stats->services[verdict][PORTS_MAX] > 0)
			printf("%s\"others\":%" PRIu64, inner, stats->services[verdict][PORTS_MAX]);
		printf("}");
		comma = ",";
	}
	printf("},\"host_verdicts\":{");
	comma = "";
	for (size_t verdict = 0; verdict < HOST_VERDICT_COUNT; verdict++) {
		printf("%s\"%s\":%" PRIu64, comma, host_verdict_name((enum host_verdict)verdict), stats->hosts[verdict]);
		comma = ",";
	}
	printf("},\"offering\":{\"pop3\":%" PRIu64 ",\"imap\":%" PRIu64 ",\"both\":%" PRIu64 ",\"any\":%" PRIu64
	       "},\"without_tls\":{\"pop3\":%" PRIu64 ",\"imap\":%" PRIu64 ",\"both\":%" PRIu64 ",\"any\":%" PRIu64 ",\"strict\":%" PRIu64
	       "}",
	       stats->hosts_pop3, stats->hosts_imap, stats->hosts_both, stats->hosts_any, stats->no_tls_pop3, stats->no_tls_imap,
	       stats->no_tls_both, stats->no_tls_any, stats->no_tls_strict);
	print_prefixes(stats, prefix_count_append_json);
	print_facts(stats, stats_facts_append_json);
	printf("}\n");
}

static bool run_totals(const struct stats_options *options, struct census_reader *reader, struct error *error)
{
	struct stats stats = {.port_count = 0};
	bool is_done = census_reader_visit(reader, NULL, CENSUS_WANTS_FINDINGS, count, &stats, error);

	prefix_count_end(&stats.prefixes);
	if (is_done && options->format == FORMAT_JSON)
		print_json(&stats, reader);
	else if (is_done)
		print_text(&stats, reader);
	stats_facts_done(&stats.facts);
	return is_done;
}

struct grouping {
	struct stats_groups groups;
	struct attributor *attributor;
};

static bool count_in_group(void *context, const struct census_service *service)
{
	struct grouping *grouping = context;

	stats_groups_count(&grouping->groups, grouping->attributor, service);
	return true;
}

static void flush(struct buffer *out)
{
	(void)fwrite(out->data, 1, out->size, stdout);
	buffer_clear(out);
}

static void append_sources(const struct attributor *attributor, struct buffer *out)
{
	for (size_t i = 0; i < attributor_source_count(attributor); i++) {
		const struct attribution_origin *origin = attributor_source_at(attributor, i).origin;

		json_open_item(out);
		json_word(out, "source", origin->source);
		json_time(out, "date", origin->date);
		json_word_or_null(out, "notice", origin->notice);
		buffer_append_byte(out, '}');
	}
}

static void print_groups_json(const struct grouping *grouping, const struct census_reader *reader, struct buffer *out)
{
	buffer_append_text(out, "{");
	json_word(out, "schema", "mailcensus.stats-by/1");
	json_signed(out, "census", reader->census);
	json_word(out, "tool_version", reader->record.tool_version);
	json_bool(out, "finished", reader->record.ended_at.unix_ms != 0);
	json_number(out, "addresses", reader->record.host_count);
	json_number(out, "addresses_done", reader->progress.hosts_done);
	json_number(out, "addresses_silent", reader->progress.hosts_silent);
	json_key(out, "sources");
	buffer_append_byte(out, '[');
	append_sources(grouping->attributor, out);
	buffer_append_text(out, "],\"groups\":[");
	for (size_t i = 0; i < grouping->groups.count; i++) {
		buffer_append_text(out, i > 0 ? ",\n" : "\n");
		flush(out);
		stats_groups_json(&grouping->groups, i, grouping->attributor, out);
	}
	buffer_append_text(out, "]}\n");
	flush(out);
}

static void print_groups_csv(const struct grouping *grouping, struct buffer *out)
{
	stats_groups_csv_titles(&grouping->groups, out);
	for (size_t i = 0; i < grouping->groups.count; i++) {
		stats_groups_csv_line(&grouping->groups, i, grouping->attributor, out);
		flush(out);
	}
	flush(out);
}

static void print_groups_table(const struct grouping *grouping, const struct census_reader *reader, struct buffer *out)
{
	stats_groups_render(&grouping->groups, grouping->attributor, out);
	flush(out);
	printf("\n%" PRIu64 " of %" PRIu64 " addresses done; %" PRIu64 " of them silent, which are in no group.\n"
	       "HOSTS answered; of UNTOLD nothing could be told; NO TLS let people log in without it, by POP3, IMAP or BOTH;\n"
	       "STRICT have no TLS for some protocol on any port; OF 1000 that OFFER MAIL.\n",
	       reader->progress.hosts_done, reader->record.host_count, reader->progress.hosts_silent);
	for (size_t i = 0; i < attributor_source_count(grouping->attributor); i++) {
		const struct attribution_origin *origin = attributor_source_at(grouping->attributor, i).origin;
		char date[TIMESTAMP_TEXT_SIZE];

		timestamp_format(origin->date, date);
		text_escape(span_from_text(origin->source), out);
		printf("Attributed by %s of %.10s%s%s\n", buffer_text(out), date, origin->notice[0] != '\0' ? ": " : "", origin->notice);
		buffer_clear(out);
	}
}

static bool run_groups(const struct stats_options *options, unsigned keys, struct census_reader *reader, struct error *error)
{
	struct grouping grouping = {.groups = {.keys = keys}, .attributor = attribution_open(&options->attribution, error)};
	struct buffer out;
	bool is_done = grouping.attributor != NULL && census_reader_visit(reader, NULL, 0, count_in_group, &grouping, error);

	buffer_init(&out, (size_t)256 << 20);
	stats_groups_sort(&grouping.groups);
	if (is_done && options->format == FORMAT_JSON)
		print_groups_json(&grouping, reader, &out);
	else if (is_done && options->format == FORMAT_CSV)
		print_groups_csv(&grouping, &out);
	else if (is_done)
		print_groups_table(&grouping, reader, &out);
	buffer_done(&out);
	stats_groups_done(&grouping.groups);
	attributor_close(grouping.attributor);
	return is_done;
}

static int run_parsed(const struct stats_options *options, struct error *error)
{
	struct census_reader reader;
	unsigned keys = 0;
	bool is_done;

	if (options->by != NULL && !stats_groups_parse(options->by, &keys, error))
		return EXIT_USAGE;
	if (options->by == NULL && options->format == FORMAT_CSV) {
		error_set(error, "--format csv needs --by: the totals are several tables");
		return EXIT_USAGE;
	}
	if (!census_reader_open(&options->reader, &reader, error))
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
	"the number of services that they could be told of.\n",
	ROWS,
	run_stats,
};
