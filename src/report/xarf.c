/* SPDX-License-Identifier: ISC */
/* XARF 4.2.0, vulnerability/misconfiguration: one report for each service without TLS, one a line. Whoever mails them sends one report per mail. */
#include <inttypes.h>
#include <stdio.h>

#include "report/base64.h"
#include "report/json_write.h"
#include "report/report.h"
#include "report/uuid.h"

enum { EVIDENCE_MAX = 1024 * 1024 };

static void append_party(struct buffer *out, const char *key, const struct report_census *census)
{
	json_key(out, key);
	buffer_append_byte(out, '{');
	json_word(out, "org", census->organization);
	json_word(out, "contact", census->contact);
	json_word(out, "domain", census->domain);
	buffer_append_byte(out, '}');
}

static void append_said(struct buffer *evidence, const char *title, struct span bytes)
{
	if (bytes.size == 0)
		return;
	buffer_append_format(evidence, "%s:\n", title);
	buffer_append(evidence, bytes);
	buffer_append_byte(evidence, '\n');
}

/* What the server said, byte by byte. */
static void append_evidence(struct buffer *out, const struct service_record *record)
{
	struct buffer evidence;

	buffer_init(&evidence, EVIDENCE_MAX);
	append_said(&evidence, "greeting", record->greeting);
	append_said(&evidence, "capabilities", record->capabilities_before);
	append_said(&evidence, "reply to STARTTLS or STLS", record->upgrade_reply);
	json_key(out, "evidence");
	buffer_append_text(out, "[{\"content_type\":\"text/plain\",\"description\":\"What the server said, before TLS\",\"payload\":\"");
	base64_append(buffer_view(&evidence), out);
	buffer_append_byte(out, '"');
	json_number(out, "size", evidence.size);
	buffer_append_text(out, "}]");
	buffer_done(&evidence);
}

static bool add_service(struct report *report, const struct report_service *service, struct error *error)
{
	const struct service_record *record = service->line.service;
	struct buffer *out = &report->out;
	char address[IP_ADDRESS_TEXT_SIZE], name[128], id[UUID_TEXT_SIZE];

	(void)error;
	if (!report_service_is_mail(service) || !service->is_without_tls)
		return true;
	ip_address_format(record->endpoint.address, address);
	(void)snprintf(name, sizeof(name), "xarf %" PRId64 " %s %u", report->census->record.started_at.unix_ms, address,
	               (unsigned)record->endpoint.port);
	uuid_of_name(UUID_MAILCENSUS, span_from_text(name), 4, id);
	buffer_append_byte(out, '{');
	json_word(out, "xarf_version", "4.2.0");
	json_word(out, "report_id", id);
	json_time(out, "timestamp", record->decided_at);
	append_party(out, "reporter", report->census);
	append_party(out, "sender", report->census);
	json_word(out, "source_identifier", address);
	json_number(out, "source_port", record->endpoint.port);
	json_word(out, "category", "vulnerability");
	json_word(out, "type", "misconfiguration");
	json_word(out, "service", report_protocol(service));
	json_word(out, "evidence_source", "vulnerability_scan");
	json_key(out, "description");
	buffer_append_format(
		out,
		"\"The %s service on TCP port %u of %s lets people log in and offers no TLS for it: passwords and mail can be read "
		"on the way. Offer STARTTLS or the TLS port, or close this one.\"",
		record->protocol == WIRE_POP3 ? "POP3" : "IMAP", (unsigned)record->endpoint.port, address);
	append_evidence(out, record);
	buffer_append_format(out, ",\"tags\":[\"protocol:%s\",\"cwe:319\"]}\n", report_protocol(service));
	return true;
}

const struct report_format XARF_FORMAT = {
	.name = "xarf",
	.needs_reporter = true,
	.service = add_service,
};
