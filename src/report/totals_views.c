/* SPDX-License-Identifier: ISC */
/* The tables of a published finding, one row of the array each, and the words around them. */
#include "report/totals.h"

#include <inttypes.h>
#include <stdio.h>

#include "model/tls_facts.h"
#include "report/rate.h"

typedef char cell[TOTALS_CELL_SIZE];

/* How many rows a table of networks or software has at most: what comes behind is in stats. */
enum { ROWS_SHOWN = 50 };

static void number(cell out, uint64_t value)
{
	(void)snprintf(out, sizeof(cell), "%" PRIu64, value);
}

static void tenths(cell out, uint64_t value)
{
	(void)snprintf(out, sizeof(cell), "%" PRIu64 ".%" PRIu64, value / 10, value % 10);
}

static void text(cell out, const char *value)
{
	(void)snprintf(out, sizeof(cell), "%s", value);
}

static void group_cells(const struct totals_row *row, cell *cells)
{
	text(cells[0], row->key);
	text(cells[1], row->name);
	number(cells[2], row->without_tls[TOTALS_ANY]);
	number(cells[3], row->without_tls[TOTALS_POP3]);
	number(cells[4], row->without_tls[TOTALS_IMAP]);
	number(cells[5], row->without_tls[TOTALS_BOTH]);
	number(cells[6], row->offering[TOTALS_ANY]);
	tenths(cells[7], totals_per_thousand(row));
}

static bool protocol_row(const struct totals *totals, size_t row, cell *cells)
{
	static const char *const NAMES[] = {"POP3", "IMAP", "both", "either"};
	const struct totals_row *all = &totals->all;

	if (row >= TOTALS_PROTOCOL_COUNT)
		return false;
	text(cells[0], NAMES[row]);
	number(cells[1], all->without_tls[row]);
	number(cells[2], all->offering[row]);
	tenths(cells[3], rate_round(all->without_tls[row], 10000, all->offering[row]));
	return true;
}

static bool country_row(const struct totals *totals, size_t row, cell *cells)
{
	if (row >= totals->countries.count)
		return false;
	group_cells(&totals->countries.rows[row], cells);
	return true;
}

static bool network_row(const struct totals *totals, size_t row, cell *cells)
{
	if (row >= totals->networks.count || row >= ROWS_SHOWN)
		return false;
	group_cells(&totals->networks.rows[row], cells);
	return true;
}

static bool verdict_row(const struct totals *totals, size_t row, cell *cells)
{
	for (size_t verdict = 0; verdict < VERDICT_COUNT; verdict++) {
		if (totals->verdicts[verdict][TOTALS_POP3] + totals->verdicts[verdict][TOTALS_IMAP] == 0)
			continue;
		if (row-- > 0)
			continue;
		text(cells[0], verdict_name((enum verdict)verdict));
		text(cells[1], verdict_sentence((enum verdict)verdict));
		number(cells[2], totals->verdicts[verdict][TOTALS_POP3]);
		number(cells[3], totals->verdicts[verdict][TOTALS_IMAP]);
		return true;
	}
	return false;
}

static bool host_row(const struct totals *totals, size_t row, cell *cells)
{
	for (size_t verdict = 0; verdict < HOST_VERDICT_COUNT; verdict++) {
		if (totals->hosts[verdict] == 0)
			continue;
		if (row-- > 0)
			continue;
		text(cells[0], host_verdict_name((enum host_verdict)verdict));
		text(cells[1], host_verdict_sentence((enum host_verdict)verdict));
		number(cells[2], totals->hosts[verdict]);
		return true;
	}
	return false;
}

static bool software_row(const struct totals *totals, size_t row, cell *cells)
{
	if (row >= totals->software.count || row >= ROWS_SHOWN)
		return false;
	text(cells[0], totals->software.rows[row].key);
	number(cells[1], totals->software.rows[row].count);
	return true;
}

static bool version_row(const struct totals *totals, size_t row, cell *cells)
{
	const uint64_t *counts = row < TLS_INDEX_COUNT ? totals->versions[row] : totals->post_quantum;

	if (row > TLS_INDEX_COUNT)
		return false;
	text(cells[0],
	     row < TLS_INDEX_COUNT ? tls_version_name(tls_index_version((enum tls_version_index)row)) : "post-quantum key exchange");
	number(cells[1], counts[0]);
	number(cells[2], counts[1]);
	tenths(cells[3], rate_round(counts[0], 1000, counts[1]));
	return true;
}

static bool finding_row(const struct totals *totals, size_t row, cell *cells)
{
	if (row >= totals->findings.count)
		return false;
	text(cells[0], totals->findings.rows[row].key);
	text(cells[1], totals->findings.rows[row].name);
	number(cells[2], totals->findings.rows[row].count);
	return true;
}

#define GROUP_COLUMNS "hosts without TLS", "POP3", "IMAP", "both", "hosts offering mail", "without TLS per 1,000"

const struct totals_view TOTALS_VIEWS[] = {
	{"protocols",
         "Hosts by protocol",
         "A host is one address and counted once. Without TLS: it lets people log in, and offers no TLS for it.",
         {"protocol", "hosts without TLS", "hosts offering it", "without TLS per 1,000", NULL},
         1,
         protocol_row},
	{"countries", "Countries", "By where the address is registered to be.", {"country", "name", GROUP_COLUMNS, NULL}, 2, country_row},
	{"networks", "Networks", "The 50 with most hosts without TLS.", {"network", "name", GROUP_COLUMNS, NULL}, 2, network_row},
	{"hosts",
         "Hosts by verdict",
         "What could not be told is never counted as without TLS.",
         {"verdict", "meaning", "hosts", NULL},
         2,
         host_row},
	{"services",
         "Services by verdict",
         "A service is one port of one address.",
         {"verdict", "meaning", "POP3", "IMAP", NULL},
         2,
         verdict_row},
	{"software", "Software", "The 50 most frequent; services.", {"software", "services", NULL}, 1, software_row},
	{"tls",
         "Versions of TLS",
         "Services that accept it, of those that it could be told of.",
         {"version", "accept it", "told", "percent", NULL},
         1,
         version_row},
	{"findings",
         "Findings",
         "Services, or hosts where the finding is of the host.",
         {"finding", "severity", "count", NULL},
         2,
         finding_row},
};
const size_t TOTALS_VIEW_COUNT = ARRAY_LENGTH(TOTALS_VIEWS);

void totals_headline(const struct totals *totals, const struct report_census *census, struct buffer *out)
{
	char texts[6][TOTALS_NUMBER_SIZE], day[REPORT_TIME_SIZE];
	const struct totals_row *all = &totals->all;

	report_time(census->generated_at, day);
	buffer_append_format(
		out,
		"%s hosts let people log in to POP3 or IMAP without TLS (%s by POP3, %s by IMAP, %s by both), of %s hosts that "
		"offer POP3 or IMAP, seen until %.10s. %s of them have no TLS for some protocol on any port.",
		totals_number(all->without_tls[TOTALS_ANY], texts[0]), totals_number(all->without_tls[TOTALS_POP3], texts[1]),
		totals_number(all->without_tls[TOTALS_IMAP], texts[2]), totals_number(all->without_tls[TOTALS_BOTH], texts[3]),
		totals_number(all->offering[TOTALS_ANY], texts[4]), day, totals_number(totals->strict, texts[5]));
}

void totals_method(const struct report_census *census, struct buffer *out)
{
	char texts[4][TOTALS_NUMBER_SIZE], began[REPORT_TIME_SIZE], ended[REPORT_TIME_SIZE];

	report_time(census->record.started_at, began);
	report_time(census->record.ended_at, ended);
	buffer_append_format(out, "Census %" PRId64 " by mailcensus %s, begun %s UTC, ", census->record.id, census->record.tool_version,
	                     began);
	if (census->record.ended_at.unix_ms != 0)
		buffer_append_format(out, "ended %s UTC.\n", ended);
	else
		buffer_append_text(out, "not finished.\n");
	buffer_append_format(out, "%s of %s addresses done, %s of them silent, by %s connections.\n",
	                     totals_number(census->progress.hosts_done, texts[0]), totals_number(census->record.host_count, texts[1]),
	                     totals_number(census->progress.hosts_silent, texts[2]), totals_number(census->progress.connections, texts[3]));
	buffer_append_text(
		out, "Each service was asked what it offers, and for TLS whether it offered it or not; no login was tried.\n"
		     "Whether TLS works was seen in its handshake. A host that could not be judged is in no count of hosts without TLS.\n");
}
