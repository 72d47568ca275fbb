/* SPDX-License-Identifier: ISC */
/* A bundle of STIX 2.1: for each service without TLS its address, network and traffic, that this was observed, and a sighting of the one vulnerability
   (CWE-319). Identifiers are made of what is identified, so the same host has the same ones in every bundle. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "report/json_write.h"
#include "report/report.h"
#include "report/uuid.h"

enum { ID_SIZE = 80 };

struct stix {
	char operator_id[ID_SIZE], vulnerability_id[ID_SIZE];
	struct ip_address last; /* whose objects were written */
	bool has_last;
	unsigned char *pages[65536]; /* a bit for each network that was written */
};

/* "type--uuid" of our own objects. */
static void own_id(char id[ID_SIZE], const char *type, const char *format, ...) PRINTF_FORMAT(3, 4);
static void own_id(char id[ID_SIZE], const char *type, const char *format, ...)
{
	char name[512], uuid[UUID_TEXT_SIZE];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(name, sizeof(name), format, arguments);
	va_end(arguments);
	uuid_of_name(UUID_MAILCENSUS, span_from_text(name), 4, uuid);
	(void)snprintf(id, ID_SIZE, "%s--%s", type, uuid);
}

/* Of observables: over the canonical JSON of what makes them what they are. */
static void observable_id(char id[ID_SIZE], const char *type, const char *json)
{
	char uuid[UUID_TEXT_SIZE];

	uuid_of_name(UUID_STIX, span_from_text(json), 5, uuid);
	(void)snprintf(id, ID_SIZE, "%s--%s", type, uuid);
}

static void open_object(struct report *report, const char *type, const char *id)
{
	buffer_append_text(&report->out, report->out.size > 0 && report->out.data[report->out.size - 1] == '[' ? "\n{" : ",\n{");
	json_word(&report->out, "type", type);
	json_word(&report->out, "spec_version", "2.1");
	json_word(&report->out, "id", id);
}

static void open_dated(struct report *report, const char *type, const char *id, struct timestamp at)
{
	const struct stix *stix = report->state;

	open_object(report, type, id);
	if (strcmp(id, stix->operator_id) != 0)
		json_word(&report->out, "created_by_ref", stix->operator_id);
	json_time(&report->out, "created", at);
	json_time(&report->out, "modified", at);
}

static void close_object(struct report *report)
{
	buffer_append_byte(&report->out, '}');
}

static void begin(struct report *report)
{
	struct stix *stix = memory_allocate(1, sizeof(*stix));
	const struct report_census *census = report->census;
	const char *organization = census->organization[0] != '\0' ? census->organization : "mailcensus";
	char id[ID_SIZE];

	report->state = stix;
	own_id(stix->operator_id, "identity", "identity %s", organization);
	own_id(stix->vulnerability_id, "vulnerability", "vulnerability no-tls");
	own_id(id, "bundle", "bundle %" PRId64 " %" PRId64, census->record.started_at.unix_ms, census->record.id);
	buffer_append_format(&report->out, "{\"type\":\"bundle\",\"id\":\"%s\",\"objects\":[", id);
	open_dated(report, "identity", stix->operator_id, census->record.started_at);
	json_word(&report->out, "name", organization);
	json_word(&report->out, "identity_class", "organization");
	if (census->contact[0] != '\0')
		json_word(&report->out, "contact_information", census->contact);
	close_object(report);
	open_dated(report, "vulnerability", stix->vulnerability_id, census->record.started_at);
	json_word(&report->out, "name", "POP3 or IMAP login without TLS");
	json_word(&report->out, "description",
	          "The service lets people log in and offers no TLS for it: passwords and mail can be read on the way.");
	buffer_append_text(&report->out, ",\"external_references\":[{\"source_name\":\"cwe\",\"external_id\":\"CWE-319\"}]");
	close_object(report);
}

static bool is_new_network(struct stix *stix, uint32_t asn)
{
	unsigned char **page = &stix->pages[asn >> 16];
	unsigned char bit = (unsigned char)(1u << (asn & 7));
	size_t at = (asn & 0xffff) / 8;
	bool is_new;

	if (*page == NULL)
		*page = memory_allocate(8192, 1);
	is_new = ((*page)[at] & bit) == 0;
	(*page)[at] |= bit;
	return is_new;
}

static void append_network(struct report *report, const struct attribution *attribution, char id[ID_SIZE])
{
	char json[64];

	(void)snprintf(json, sizeof(json), "{\"number\":%" PRIu32 "}", attribution->asn);
	observable_id(id, "autonomous-system", json);
	if (!is_new_network(report->state, attribution->asn))
		return;
	open_object(report, "autonomous-system", id);
	json_number(&report->out, "number", attribution->asn);
	if (attribution->as_name != NULL && attribution->as_name[0] != '\0')
		json_word(&report->out, "name", attribution->as_name);
	close_object(report);
}

static void append_address(struct report *report, const struct report_service *service, const char *address, const char *id)
{
	struct stix *stix = report->state;
	struct ip_address ip = service->line.service->endpoint.address;
	char network[ID_SIZE];

	if (stix->has_last && ip_address_compare(stix->last, ip) == 0)
		return;
	stix->last = ip;
	stix->has_last = true;
	if (service->line.attribution->asn != 0)
		append_network(report, service->line.attribution, network);
	open_object(report, ip.family == IP_FAMILY_6 ? "ipv6-addr" : "ipv4-addr", id);
	json_word(&report->out, "value", address);
	if (service->line.attribution->asn != 0)
		buffer_append_format(&report->out, ",\"belongs_to_refs\":[\"%s\"]", network);
	close_object(report);
}

static void append_traffic(struct report *report, const struct report_service *service, const char *address_id, char id[ID_SIZE])
{
	const struct service_record *record = service->line.service;
	const char *family = record->endpoint.address.family == IP_FAMILY_6 ? "ipv6" : "ipv4";
	char json[256];

	(void)snprintf(json, sizeof(json), "{\"dst_port\":%u,\"dst_ref\":\"%s\",\"protocols\":[\"%s\",\"tcp\",\"%s\"]}",
	               (unsigned)record->endpoint.port, address_id, family, report_protocol(service));
	observable_id(id, "network-traffic", json);
	open_object(report, "network-traffic", id);
	/* The canonical JSON is that of its members. */
	buffer_append_byte(&report->out, ',');
	buffer_append(&report->out, span_make(json + 1, strlen(json) - 2));
	close_object(report);
}

static void append_observed(struct report *report, const struct service_record *record, const char *id, const char *address_id,
                            const char *traffic_id)
{
	open_dated(report, "observed-data", id, record->decided_at);
	json_time(&report->out, "first_observed", record->decided_at);
	json_time(&report->out, "last_observed", record->decided_at);
	json_number(&report->out, "number_observed", 1);
	buffer_append_format(&report->out, ",\"object_refs\":[\"%s\",\"%s\"]", address_id, traffic_id);
	close_object(report);
}

static void append_sighting(struct report *report, const struct service_record *record, const char *id, const char *observed_id)
{
	const struct stix *stix = report->state;

	open_dated(report, "sighting", id, record->decided_at);
	json_time(&report->out, "first_seen", record->decided_at);
	json_time(&report->out, "last_seen", record->decided_at);
	json_number(&report->out, "count", 1);
	json_word(&report->out, "sighting_of_ref", stix->vulnerability_id);
	buffer_append_format(&report->out, ",\"observed_data_refs\":[\"%s\"]", observed_id);
	buffer_append_format(&report->out, ",\"where_sighted_refs\":[\"%s\"]", stix->operator_id);
	close_object(report);
}

/* What the server said is evidence for people. */
static void append_note(struct report *report, const struct service_record *record, const char *id, const char *observed_id)
{
	if (record->greeting.size == 0)
		return;
	open_dated(report, "note", id, record->decided_at);
	json_word(&report->out, "abstract", "The server's greeting");
	json_span(&report->out, "content", record->greeting);
	buffer_append_format(&report->out, ",\"object_refs\":[\"%s\"]", observed_id);
	close_object(report);
}

static bool add_service(struct report *report, const struct report_service *service, struct error *error)
{
	const struct service_record *record = service->line.service;
	int64_t census = report->census->record.started_at.unix_ms;
	unsigned port = record->endpoint.port;
	char address[IP_ADDRESS_TEXT_SIZE], json[96], ids[5][ID_SIZE];

	(void)error;
	if (!report_service_is_mail(service) || !service->is_without_tls)
		return true;
	ip_address_format(record->endpoint.address, address);
	(void)snprintf(json, sizeof(json), "{\"value\":\"%s\"}", address);
	observable_id(ids[0], record->endpoint.address.family == IP_FAMILY_6 ? "ipv6-addr" : "ipv4-addr", json);
	append_address(report, service, address, ids[0]);
	append_traffic(report, service, ids[0], ids[1]);
	own_id(ids[2], "observed-data", "observed %" PRId64 " %s %u", census, address, port);
	own_id(ids[3], "sighting", "sighting %" PRId64 " %s %u", census, address, port);
	own_id(ids[4], "note", "note %" PRId64 " %s %u", census, address, port);
	append_observed(report, record, ids[2], ids[0], ids[1]);
	append_sighting(report, record, ids[3], ids[2]);
	append_note(report, record, ids[4], ids[2]);
	return true;
}

static bool end(struct report *report, bool is_done, struct error *error)
{
	struct stix *stix = report->state;

	(void)error;
	for (size_t i = 0; i < ARRAY_LENGTH(stix->pages); i++)
		free(stix->pages[i]);
	free(stix);
	report->state = NULL;
	if (is_done)
		buffer_append_text(&report->out, "\n]}\n");
	return true;
}

const struct report_format STIX_FORMAT = {
	.name = "stix",
	.begin = begin,
	.service = add_service,
	.end = end,
};
