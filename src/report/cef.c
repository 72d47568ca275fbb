/* SPDX-License-Identifier: ISC */
/* Events in the Common Event Format (ArcSight), one line for each POP3 or IMAP service, with the fields that Shadowserver's own converter uses. */
#include <inttypes.h>

#include "report/clean_text.h"
#include "report/report.h"

enum { VALUE_MAX = 1023 };

/* Escapes as the format says: in the header \ and |, in the extension \ and =; line ends of the extension as \r and \n. */
static void append_escaped(struct buffer *out, struct span text, const char *special)
{
	struct buffer clean;

	buffer_init(&clean, VALUE_MAX);
	clean_text(text, VALUE_MAX, LINE_ENDS_DROPPED, &clean);
	for (size_t i = 0; i < clean.size; i++) {
		if (clean.data[i] == '\\' || clean.data[i] == (unsigned char)special[0])
			buffer_append_byte(out, '\\');
		buffer_append_byte(out, clean.data[i]);
	}
	buffer_done(&clean);
}

static void append_value(struct buffer *out, const char *key, struct span value)
{
	struct span rest = value;

	if (value.size == 0)
		return;
	buffer_append_format(out, " %s=", key);
	while (rest.size > 0) {
		size_t end = 0;

		while (end < rest.size && rest.data[end] != '\r' && rest.data[end] != '\n')
			end++;
		append_escaped(out, span_part(rest, 0, end), "=");
		if (end < rest.size)
			buffer_append_text(out, rest.data[end] == '\r' ? "\\r" : "\\n");
		rest = span_part(rest, end + 1, rest.size);
	}
}

static void append_labelled(struct buffer *out, const char *key, const char *label, struct span value)
{
	if (value.size == 0)
		return;
	buffer_append_format(out, " %sLabel=%s", key, label);
	append_value(out, key, value);
}

static void append_extension(struct buffer *out, const struct report_service *service)
{
	const struct service_record *record = service->line.service;
	const struct attribution *attribution = service->line.attribution;
	char address[IP_ADDRESS_TEXT_SIZE];

	ip_address_format(record->endpoint.address, address);
	buffer_append_format(out, "rt=%" PRId64 " %s=%s spt=%u proto=TCP app=%s", record->decided_at.unix_ms,
	                     record->endpoint.address.family == IP_FAMILY_6 ? "c6a2Label=source c6a2" : "src", address,
	                     (unsigned)record->endpoint.port, report_protocol(service));
	append_value(out, "shost", span_from_text(service->hostname));
	if (attribution->asn != 0)
		buffer_append_format(out, " cn1Label=asn cn1=%" PRIu32, attribution->asn);
	append_labelled(out, "cs1", "geo", span_from_text(attribution->country));
	append_labelled(out, "cs2", "verdict", span_from_text(verdict_name(record->verdict)));
	append_labelled(out, "cs3", "banner", record->greeting);
	append_labelled(out, "cs4", "software", span_from_text(record->software.product));
	append_labelled(out, "cs5", "as_name", span_from_text(attribution->as_name != NULL ? attribution->as_name : ""));
	if (service->certificate != NULL)
		append_labelled(out, "cs6", "subject_common_name", span_from_text(service->certificate->common_name));
}

static bool add_service(struct report *report, const struct report_service *service, struct error *error)
{
	struct buffer *out = &report->out;
	const char *kind = service->is_without_tls ? "vulnerable" : "accessible";

	(void)error;
	if (!report_service_is_mail(service))
		return true;
	buffer_append_text(out, "CEF:0|mailcensus|mailcensus|");
	append_escaped(out, span_from_text(report->census->record.tool_version), "|");
	/* Severity of Shadowserver's medium and low. */
	buffer_append_format(out, "|%s-%s|%s %s|%d|", kind, report_protocol(service),
	                     service->is_without_tls ? "Login without TLS:" : "Accessible:", report_protocol(service),
	                     service->is_without_tls ? 5 : 1);
	append_extension(out, service);
	buffer_append_byte(out, '\n');
	return true;
}

const struct report_format CEF_FORMAT = {
	.name = "cef",
	.service = add_service,
};
