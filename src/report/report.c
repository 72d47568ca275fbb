/* SPDX-License-Identifier: ISC */
/* Drives a format, and answers what several formats ask. */
#include "report/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "model/mail_port.h"

const struct report_format *const REPORT_FORMATS[] = {&SHADOWSERVER_FORMAT, &INTELMQ_FORMAT, &JSONL_FORMAT,       &HTML_FORMAT,
                                                      &MARKDOWN_FORMAT,     &TABLES_FORMAT,  &ZGRAB2_FORMAT,      &STIX_FORMAT,
                                                      &CEF_FORMAT,          &XARF_FORMAT,    &OPENMETRICS_FORMAT, NULL};

static bool flush(struct report *report, struct error *error)
{
	bool is_done;

	if (report->out.overflowed)
		return error_set(error, "a service has more text than a report may have");
	is_done = report->out.size == 0 || report_files_write(report->files, NULL, buffer_view(&report->out), error);
	buffer_clear(&report->out);
	return is_done;
}

bool report_begin(struct report *report, const struct report_format *format, struct error *error)
{
	buffer_init(&report->out, (size_t)64 << 20);
	if (format->begin != NULL)
		format->begin(report);
	return flush(report, error);
}

bool report_add(struct report *report, const struct report_format *format, const struct report_service *service, struct error *error)
{
	return format->service(report, service, error) && flush(report, error);
}

bool report_end(struct report *report, const struct report_format *format, bool is_done, struct error *error)
{
	if (format->end != NULL)
		is_done = format->end(report, is_done, error) && is_done;
	is_done = is_done && flush(report, error);
	/* A report of nothing is a file too. */
	if (is_done && !format->has_many_files)
		is_done = report_files_write(report->files, NULL, span_make("", 0), error);
	buffer_done(&report->out);
	return is_done;
}

void report_owner_key(const struct report *report, const struct report_service *service, char key[REPORT_OWNER_KEY_SIZE])
{
	const struct attribution *attribution = service->line.attribution;
	const char *text = "all";

	if (report->owner == REPORT_OWNER_COUNTRY)
		text = attribution->country[0] != '\0' ? attribution->country : "unknown";
	if (report->owner == REPORT_OWNER_ASN && attribution->asn == 0)
		text = "unknown";
	if (report->owner == REPORT_OWNER_ASN && attribution->asn != 0)
		(void)snprintf(key, REPORT_OWNER_KEY_SIZE, "as%" PRIu32, attribution->asn);
	else
		(void)snprintf(key, REPORT_OWNER_KEY_SIZE, "%s", text);
	for (char *at = key; *at != '\0'; at++) {
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at - 'A' + 'a');
	}
}

bool report_service_is_mail(const struct report_service *service)
{
	const struct service_record *record = service->line.service;

	return wire_protocol_is_mail(record->protocol) && record->verdict != VERDICT_FALSE_HOST &&
	       (record->observation_flags & OBSERVED_CANARY) == 0;
}

bool report_service_is_implicit(const struct report_service *service)
{
	enum verdict verdict = service->line.service->verdict;

	return verdict == VERDICT_IMPLICIT_TLS || verdict == VERDICT_TLS_ON_PLAIN_PORT;
}

const char *report_protocol(const struct report_service *service)
{
	return service->line.service->protocol == WIRE_POP3 ? "pop3" : "imap";
}

void report_time(struct timestamp timestamp, char text[REPORT_TIME_SIZE])
{
	char whole[TIMESTAMP_TEXT_SIZE];

	timestamp_format(timestamp, whole);
	(void)snprintf(text, REPORT_TIME_SIZE, "%.10s %.8s", whole, whole + 11);
}
