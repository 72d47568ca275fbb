/* SPDX-License-Identifier: ISC */
/* POP3 and IMAP on one address are one host; "could not tell" is its own column and never "no TLS" (rulebook 5.4). */
#include "app/stats_totals.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/stats_groups_report.h"
#include "base/text.h"
#include "report/json_write.h"
#include "report/table.h"

enum { TEXT_MAX = 8 << 20 };

size_t stats_totals_column(struct stats_totals *totals, uint16_t port)
{
	size_t at = 0;

	while (at < totals->port_count && totals->ports[at] < port)
		at++;
	if (at < totals->port_count && totals->ports[at] == port)
		return at;
	if (totals->port_count == STATS_PORTS_MAX)
		return STATS_PORTS_MAX;
	for (size_t i = totals->port_count; i > at; i--)
		totals->ports[i] = totals->ports[i - 1];
	totals->ports[at] = port;
	for (size_t verdict = 0; verdict < VERDICT_COUNT; verdict++) {
		for (size_t i = totals->port_count; i > at; i--)
			totals->services[verdict][i] = totals->services[verdict][i - 1];
		totals->services[verdict][at] = 0;
	}
	totals->port_count++;
	return at;
}

static void count_host(struct stats_totals *totals, const struct host_judgement *host)
{
	totals->hosts[host->verdict]++;
	totals->hosts_pop3 += host->offers_pop3;
	totals->hosts_imap += host->offers_imap;
	totals->hosts_both += host->offers_pop3 && host->offers_imap;
	totals->hosts_any += host->offers_pop3 || host->offers_imap;
	totals->no_tls_pop3 += host->no_tls_pop3;
	totals->no_tls_imap += host->no_tls_imap;
	totals->no_tls_both += host->no_tls_pop3 && host->no_tls_imap;
	totals->no_tls_any += host->no_tls_pop3 || host->no_tls_imap;
	totals->no_tls_strict += host->is_strict;
}

void stats_totals_count(struct stats_totals *totals, const struct census_service *service)
{
	/* A canary is evidence about its host, no service (rule D-7). */
	if ((service->service->observation_flags & OBSERVED_CANARY) == 0)
		totals->services[service->service->verdict][stats_totals_column(totals, service->service->endpoint.port)]++;
	prefix_count_add(&totals->prefixes, service);
	if (service->is_first_of_host)
		count_host(totals, service->host);
	stats_facts_count(&totals->facts, service);
}

void stats_totals_end(struct stats_totals *totals)
{
	prefix_count_end(&totals->prefixes);
}

void stats_totals_done(struct stats_totals *totals)
{
	stats_facts_done(&totals->facts);
}

static uint64_t row_total(const struct stats_totals *totals, size_t verdict)
{
	uint64_t total = 0;

	for (size_t i = 0; i <= STATS_PORTS_MAX; i++)
		total += totals->services[verdict][i];
	return total;
}

static void print_services(const struct stats_totals *totals)
{
	struct table_column columns[STATS_PORTS_MAX + 3] = {{"SERVICES", false}};
	char titles[STATS_PORTS_MAX][8];
	size_t count = 1, shown = totals->port_count + (totals->port_count == STATS_PORTS_MAX ? 1 : 0);
	struct table *table;
	struct buffer out;

	for (size_t i = 0; i < totals->port_count; i++) {
		(void)snprintf(titles[i], sizeof(titles[i]), "%u", totals->ports[i]);
		columns[count++] = (struct table_column){titles[i], true};
	}
	if (totals->port_count == STATS_PORTS_MAX)
		columns[count++] = (struct table_column){"others", true};
	columns[count++] = (struct table_column){"all", true};
	table = table_new(columns, count);
	for (size_t verdict = 0; verdict < VERDICT_COUNT; verdict++) {
		if (row_total(totals, verdict) == 0)
			continue;
		table_add_text(table, verdict_name((enum verdict)verdict));
		for (size_t i = 0; i < shown; i++)
			table_add_number(table, totals->services[verdict][i]);
		table_add_number(table, row_total(totals, verdict));
	}
	buffer_init(&out, 64 * 1024);
	table_render(table, TABLE_WIDTH_ANY, &out);
	printf("%s", buffer_text(&out));
	buffer_done(&out);
	table_free(table);
}

static void print_hosts(const struct stats_totals *totals, const struct census_reader *reader)
{
	printf("\n%-22s%10s\n", "HOSTS", "all");
	for (size_t verdict = 0; verdict < HOST_VERDICT_COUNT; verdict++) {
		if (totals->hosts[verdict] > 0)
			printf("%-22s%10" PRIu64 "  %s\n", host_verdict_name((enum host_verdict)verdict), totals->hosts[verdict],
			       host_verdict_sentence((enum host_verdict)verdict));
	}
	if (totals->hosts[HOST_CLOSED] == 0)
		printf("%-22s%10" PRIu64 "  %s\n", host_verdict_name(HOST_CLOSED), reader->progress.hosts_silent,
		       host_verdict_sentence(HOST_CLOSED));
	printf("\n%-22s%10s%10s%10s%10s\n", "HOSTS BY PROTOCOL", "POP3", "IMAP", "both", "any");
	printf("%-22s%10" PRIu64 "%10" PRIu64 "%10" PRIu64 "%10" PRIu64 "\n", "offer it", totals->hosts_pop3, totals->hosts_imap,
	       totals->hosts_both, totals->hosts_any);
	printf("%-22s%10" PRIu64 "%10" PRIu64 "%10" PRIu64 "%10" PRIu64 "\n", "offer it without TLS", totals->no_tls_pop3,
	       totals->no_tls_imap, totals->no_tls_both, totals->no_tls_any);
	printf("\n%" PRIu64 " hosts let people log in without TLS, each counted once; %" PRIu64
	       " of them have no TLS for some protocol on any port.\n",
	       totals->no_tls_any, totals->no_tls_strict);
}

static void print_prefixes(const struct stats_totals *totals, void (*render)(const struct prefix_count *count, struct buffer *out))
{
	struct buffer out;

	buffer_init(&out, 64 * 1024);
	render(&totals->prefixes, &out);
	printf("%s", buffer_text(&out));
	buffer_done(&out);
}

static void print_facts(struct stats_totals *totals, void (*render)(struct stats_facts *facts, struct buffer *out))
{
	struct buffer out;

	buffer_init(&out, TEXT_MAX);
	render(&totals->facts, &out);
	printf("%s", buffer_text(&out));
	buffer_done(&out);
}

void stats_totals_print_text(struct stats_totals *totals, const struct census_reader *reader)
{
	char started[TIMESTAMP_TEXT_SIZE], ended[TIMESTAMP_TEXT_SIZE];
	struct buffer version;

	timestamp_format(reader->record.started_at, started);
	timestamp_format(reader->record.ended_at, ended);
	printf("census %" PRId64 ", begun %s, %s%s; %" PRIu64 " of %" PRIu64 " hosts done\n", reader->census, started,
	       reader->record.ended_at.unix_ms != 0 ? "ended " : "not finished", reader->record.ended_at.unix_ms != 0 ? ended : "",
	       reader->progress.hosts_done, reader->record.host_count);
	buffer_init(&version, TEXT_MAX);
	text_escape(span_from_text(reader->record.tool_version), &version);
	printf("scanned by mailcensus %s, counted by method %d\n\n", buffer_text(&version), STATS_METHOD);
	buffer_done(&version);
	print_services(totals);
	print_hosts(totals, reader);
	print_prefixes(totals, prefix_count_render);
	if (reader->progress.syns > 0)
		printf("\nThe sweep sent %" PRIu64 " SYNs; %" PRIu64 " were refused, %" PRIu64 " answered by \"unreachable\", %" PRIu64
		       " left out as excluded.\n",
		       reader->progress.syns, reader->progress.refused, reader->progress.unreachable, reader->progress.excluded);
	print_facts(totals, stats_facts_render);
}

void stats_totals_print_json(struct stats_totals *totals, const struct census_reader *reader)
{
	const char *comma = "";
	struct buffer head;

	buffer_init(&head, TEXT_MAX);
	buffer_append_byte(&head, '{');
	json_word(&head, "schema", "mailcensus.stats/1");
	json_word(&head, "tool_version", reader->record.tool_version);
	json_number(&head, "method", STATS_METHOD);
	printf("%s", buffer_text(&head));
	buffer_done(&head);
	printf(",\"census\":%" PRId64 ",\"finished\":%s,\"hosts\":%" PRIu64 ",\"hosts_done\":%" PRIu64 ",\"hosts_silent\":%" PRIu64
	       ",\"connections\":%" PRIu64 ",\"syns\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"unreachable\":%" PRIu64 ",\"excluded\":%" PRIu64
	       ",\"services\":{",
	       reader->census, reader->record.ended_at.unix_ms != 0 ? "true" : "false", reader->record.host_count,
	       reader->progress.hosts_done, reader->progress.hosts_silent, reader->progress.connections, reader->progress.syns,
	       reader->progress.refused, reader->progress.unreachable, reader->progress.excluded);
	for (size_t verdict = 0; verdict < VERDICT_COUNT; verdict++) {
		const char *inner = "";

		if (row_total(totals, verdict) == 0)
			continue;
		printf("%s\"%s\":{", comma, verdict_name((enum verdict)verdict));
		for (size_t i = 0; i < totals->port_count; i++) {
			if (totals->services[verdict][i] > 0) {
				printf("%s\"%u\":%" PRIu64, inner, totals->ports[i], totals->services[verdict][i]);
				inner = ",";
			}
		}
		if (totals->services[verdict][STATS_PORTS_MAX] > 0)
			printf("%s\"others\":%" PRIu64, inner, totals->services[verdict][STATS_PORTS_MAX]);
		printf("}");
		comma = ",";
	}
	printf("},\"host_verdicts\":{");
	comma = "";
	for (size_t verdict = 0; verdict < HOST_VERDICT_COUNT; verdict++) {
		printf("%s\"%s\":%" PRIu64, comma, host_verdict_name((enum host_verdict)verdict), totals->hosts[verdict]);
		comma = ",";
	}
	printf("},\"offering\":{\"pop3\":%" PRIu64 ",\"imap\":%" PRIu64 ",\"both\":%" PRIu64 ",\"any\":%" PRIu64
	       "},\"without_tls\":{\"pop3\":%" PRIu64 ",\"imap\":%" PRIu64 ",\"both\":%" PRIu64 ",\"any\":%" PRIu64 ",\"strict\":%" PRIu64
	       "}",
	       totals->hosts_pop3, totals->hosts_imap, totals->hosts_both, totals->hosts_any, totals->no_tls_pop3, totals->no_tls_imap,
	       totals->no_tls_both, totals->no_tls_any, totals->no_tls_strict);
	print_prefixes(totals, prefix_count_append_json);
	print_facts(totals, stats_facts_append_json);
	printf("}\n");
}
