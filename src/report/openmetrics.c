/* SPDX-License-Identifier: ISC */
/* Totals in the exposition format of OpenMetrics 1.0, for dashboards. Labels are words of ours and country codes: nothing that a server says. */
#include <inttypes.h>

#include "report/totals_report.h"

static const char *const PROTOCOLS[TOTALS_PROTOCOL_COUNT] = {"pop3", "imap", "both", "any"};

static void family(struct buffer *out, const char *name, const char *help)
{
	buffer_append_format(out, "# TYPE mailcensus_%s gauge\n# HELP mailcensus_%s %s\n", name, name, help);
}

static void append_by_protocol(struct buffer *out, const char *name, const char *help, const uint64_t counts[TOTALS_PROTOCOL_COUNT])
{
	family(out, name, help);
	for (size_t i = 0; i < TOTALS_PROTOCOL_COUNT; i++)
		buffer_append_format(out, "mailcensus_%s{protocol=\"%s\"} %" PRIu64 "\n", name, PROTOCOLS[i], counts[i]);
}

static void append_countries(struct buffer *out, const struct totals *totals, bool is_without)
{
	family(out, is_without ? "country_hosts_without_tls" : "country_hosts_offering",
	       is_without ? "Hosts without TLS, by country." : "Hosts that offer POP3 or IMAP, by country.");
	for (size_t i = 0; i < totals->countries.count; i++) {
		const struct totals_row *row = &totals->countries.rows[i];

		buffer_append_format(out, "mailcensus_country_%s{country=\"%s\"} %" PRIu64 "\n",
		                     is_without ? "hosts_without_tls" : "hosts_offering", row->key,
		                     is_without ? row->without_tls[TOTALS_ANY] : row->offering[TOTALS_ANY]);
	}
}

static void append_verdicts(struct buffer *out, const struct totals *totals)
{
	family(out, "hosts", "Hosts by verdict.");
	for (size_t i = 0; i < HOST_VERDICT_COUNT; i++)
		buffer_append_format(out, "mailcensus_hosts{verdict=\"%s\"} %" PRIu64 "\n", host_verdict_name((enum host_verdict)i),
		                     totals->hosts[i]);
	family(out, "services", "Services by verdict.");
	for (size_t i = 0; i < VERDICT_COUNT; i++) {
		for (size_t protocol = 0; protocol <= TOTALS_IMAP; protocol++)
			buffer_append_format(out, "mailcensus_services{verdict=\"%s\",protocol=\"%s\"} %" PRIu64 "\n",
			                     verdict_name((enum verdict)i), PROTOCOLS[protocol], totals->verdicts[i][protocol]);
	}
}

static void append_versions(struct buffer *out, const struct totals *totals, bool is_told)
{
	family(out, is_told ? "tls_version_told" : "tls_version_accepted",
	       is_told ? "Services of which could be told whether they accept the version." : "Services that accept the version.");
	for (size_t i = 0; i < TLS_INDEX_COUNT; i++)
		buffer_append_format(out, "mailcensus_tls_version_%s{version=\"%s\"} %" PRIu64 "\n", is_told ? "told" : "accepted",
		                     tls_version_name(tls_index_version((enum tls_version_index)i)), totals->versions[i][is_told ? 1 : 0]);
}

static void append_one(struct buffer *out, const char *name, const char *help, uint64_t value)
{
	family(out, name, help);
	buffer_append_format(out, "mailcensus_%s %" PRIu64 "\n", name, value);
}

static void write(struct report *report, const struct totals *totals)
{
	const struct report_census *census = report->census;
	struct buffer *out = &report->out;

	append_one(out, "addresses", "Addresses in scope.", census->record.host_count);
	append_one(out, "addresses_done", "Addresses that were asked.", census->progress.hosts_done);
	append_one(out, "addresses_silent", "Addresses of which no port answered.", census->progress.hosts_silent);
	append_one(out, "connections", "Connections that were tried.", census->progress.connections);
	append_by_protocol(out, "hosts_offering", "Hosts that offer it.", totals->all.offering);
	append_by_protocol(out, "hosts_without_tls", "Hosts that let people log in by it without TLS.", totals->all.without_tls);
	append_one(out, "hosts_without_tls_strict", "Hosts without TLS for some protocol on any port.", totals->strict);
	append_verdicts(out, totals);
	append_countries(out, totals, false);
	append_countries(out, totals, true);
	append_versions(out, totals, false);
	append_versions(out, totals, true);
	family(out, "generated_timestamp_seconds", "When the census ended, or began if it has not.");
	buffer_append_format(out, "mailcensus_generated_timestamp_seconds %" PRId64 "\n# EOF\n", census->generated_at.unix_ms / 1000);
}

static bool end(struct report *report, bool is_done, struct error *error)
{
	(void)error;
	return totals_report_end(report, is_done, write);
}

const struct report_format OPENMETRICS_FORMAT = {
	.name = "openmetrics",
	.is_counted = true,
	.begin = totals_report_begin,
	.service = totals_report_add,
	.end = end,
};
