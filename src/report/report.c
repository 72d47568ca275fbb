/* SPDX-License-Identifier: ISC */
/* Drives a format, and answers what several formats ask. */
#include "report/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/character.h"
#include "base/memory.h"
#include "model/mail_port.h"
#include "report/uuid.h"

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

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Letters and digits as they are, one underscore for what is between. */
static void append_readable(const char *text, size_t max, struct buffer *out)
{
	for (; *text != '\0' && out->size < max; text++) {
		if ((*text >= 'a' && *text <= 'z') || (*text >= '0' && *text <= '9'))
			buffer_append_byte(out, (unsigned char)*text);
		else if (out->size > 0 && out->data[out->size - 1] != '_')
			buffer_append_byte(out, '_');
	}
}

static void contact_key(const char *contact, char key[REPORT_OWNER_KEY_SIZE])
{
	enum { READABLE_MAX = 48, ADDRESSES_MAX = 64 };
	char *text = memory_copy_text(contact), *addresses[ADDRESSES_MAX], id[UUID_TEXT_SIZE], *rest = text;
	size_t count = 0;
	struct buffer all, readable;

	for (char *at = text; *at != '\0'; at++)
		*at = (char)character_small((unsigned char)*at);
	buffer_init(&all, strlen(text) + 1);
	buffer_init(&readable, READABLE_MAX + 1);
	do {
		addresses[count++] = strsep(&rest, ",");
	} while (rest != NULL && count < ADDRESSES_MAX);
	qsort(addresses, count, sizeof(*addresses), compare_texts);
	append_readable(addresses[0], READABLE_MAX, &readable);
	for (size_t i = 0; i < count; i++) {
		buffer_append_byte(&all, ',');
		buffer_append_text(&all, addresses[i]);
	}
	uuid_of_name(UUID_MAILCENSUS, buffer_view(&all), 5, id);
	if (readable.size > 0 && readable.data[readable.size - 1] != '_')
		buffer_append_byte(&readable, '_');
	(void)snprintf(key, REPORT_OWNER_KEY_SIZE, "%s%.8s%.4s%.4s%.4s%.12s", buffer_text(&readable), id, id + 9, id + 14, id + 19,
	               id + 24);
	buffer_done(&all);
	buffer_done(&readable);
	free(text);
}

bool report_owner_is_told(struct report *report, const struct report_service *service)
{
	if (report->owner != REPORT_OWNER_CONTACT || service->line.contact == NULL || !service->line.contact->is_never)
		return true;
	report->left_out++;
	return false;
}

void report_owner_key(const struct report *report, const struct report_service *service, char key[REPORT_OWNER_KEY_SIZE])
{
	const struct attribution *attribution = service->line.attribution;
	const char *text = "all";

	if (report->owner == REPORT_OWNER_CONTACT && service->line.contact != NULL && service->line.contact->to != NULL) {
		contact_key(service->line.contact->to->contact, key);
		return;
	}
	if (report->owner == REPORT_OWNER_CONTACT)
		text = "unknown";
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
