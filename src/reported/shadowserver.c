/* SPDX-License-Identifier: ISC */
/* Shadowserver's scan_pop3, scan_imap, their _vulnerable and scan6 siblings, as CSV. The file does not say which report it is: a row of the vulnerable ones has a
   severity of medium or more and nothing of TLS. */
#include <stdint.h>

#include "reported/csv_row.h"
#include "reported/formats.h"

struct columns {
	size_t ip, port, protocol, tag, severity, ssl_version, handshake;
};

static bool read_titles(struct span *rest, struct columns *columns_out)
{
	struct csv_row titles;

	if (!csv_row_take(rest, &titles) || !titles.is_good)
		return false;
	*columns_out = (struct columns){.ip = csv_row_find(&titles, "ip"),
	                                .port = csv_row_find(&titles, "port"),
	                                .protocol = csv_row_find(&titles, "protocol"),
	                                .tag = csv_row_find(&titles, "tag"),
	                                .severity = csv_row_find(&titles, "severity"),
	                                .ssl_version = csv_row_find(&titles, "ssl_version"),
	                                .handshake = csv_row_find(&titles, "handshake")};
	return columns_out->ip != SIZE_MAX && columns_out->port != SIZE_MAX && csv_row_find(&titles, "timestamp") != SIZE_MAX;
}

static bool recognises(struct span text)
{
	struct columns columns;

	return read_titles(&text, &columns);
}

static bool is_severe(struct span severity)
{
	return span_equals_text(severity, "medium") || span_equals_text(severity, "high") || span_equals_text(severity, "critical");
}

static struct claim claim_of(const struct csv_row *row, const struct columns *columns)
{
	struct span tag = csv_row_field(row, columns->tag);
	bool has_tls = csv_row_field(row, columns->ssl_version).size > 0 || csv_row_field(row, columns->handshake).size > 0;
	bool is_pop3 = span_contains_text_ignoring_case(tag, "pop3"), is_imap = span_contains_text_ignoring_case(tag, "imap");
	struct claim claim = {.kind = CLAIM_OPEN, .protocol = is_pop3 == is_imap ? WIRE_UNKNOWN : is_pop3 ? WIRE_POP3 : WIRE_IMAP};

	if (has_tls)
		claim.kind = CLAIM_WITH_TLS;
	else if (is_severe(csv_row_field(row, columns->severity)) && claim.protocol != WIRE_UNKNOWN)
		claim.kind = CLAIM_WITHOUT_TLS;
	return claim;
}

static void read_text(struct span text, struct claim_sink *sink)
{
	struct columns columns;
	struct csv_row row;

	if (!read_titles(&text, &columns))
		return;
	for (size_t number = 2; !sink->is_stopped && csv_row_take(&text, &row); number++) {
		struct span protocol = csv_row_field(&row, columns.protocol);

		if (!row.is_good || csv_row_field(&row, columns.port).size == 0)
			claim_sink_refuse(sink, number);
		else if (protocol.size == 0 || span_equals_text_ignoring_case(protocol, "tcp"))
			claim_sink_take(sink, number, csv_row_field(&row, columns.ip), csv_row_field(&row, columns.port),
			                claim_of(&row, &columns));
	}
}

const struct reported_format SHADOWSERVER_REPORTED = {.name = "shadowserver", .recognises = recognises, .read = read_text};
