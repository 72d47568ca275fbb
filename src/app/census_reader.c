/* SPDX-License-Identifier: ISC */
/* Gathers the services of one host, judges the host, then hands them out one by one. */
#include "app/census_reader.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { SERVICES_MAX = 64 }; /* of one host; ports beyond TARGET_PORTS_MAX cannot be asked for */

static bool keep_census(void *context, const struct census_record *census, const struct census_progress *progress)
{
	struct census_reader *reader = context;

	if (reader->census != 0 && reader->census != census->id)
		return true;
	for (size_t i = 0; i < ARRAY_LENGTH(reader->texts); i++)
		free(reader->texts[i]);
	reader->record = *census;
	reader->record.tool_version = reader->texts[0] = memory_copy_text(census->tool_version);
	reader->record.scope_text = reader->texts[1] = memory_copy_text(census->scope_text);
	reader->record.options_text = reader->texts[2] = memory_copy_text(census->options_text);
	reader->progress = *progress;
	return true;
}

bool census_reader_open(const struct reader_options *options, struct census_reader *reader_out, struct error *error)
{
	struct store_visitor visitor = {.context = reader_out, .on_census = keep_census};

	*reader_out = (struct census_reader){.census = options->census.has_value ? (census_id)options->census.value : 0};
	reader_out->store = store_open(options->database, STORE_READ_ONLY, error);
	if (reader_out->store == NULL)
		return false;
	if (!store_visit_censuses(reader_out->store, &visitor, error)) {
		census_reader_close(reader_out);
		return false;
	}
	if (reader_out->record.id == 0) {
		if (options->census.has_value)
			error_set(error, "%s holds no census %" PRIu64 "; \"mailcensus list\" shows which there are", options->database,
			          options->census.value);
		else
			error_set(error, "%s holds no census yet; \"mailcensus scan TARGET\" makes one", options->database);
		census_reader_close(reader_out);
		return false;
	}
	reader_out->census = reader_out->record.id;
	return true;
}

void census_reader_close(struct census_reader *reader)
{
	store_close(reader->store);
	for (size_t i = 0; i < ARRAY_LENGTH(reader->texts); i++)
		free(reader->texts[i]);
	*reader = (struct census_reader){0};
}

/* A service record whose server bytes were copied, as the visit of the next row invalidates them. */
struct kept_service {
	struct service_record record;
	struct buffer bytes;
};

struct gathering {
	struct census_reader *reader;
	struct kept_service services[SERVICES_MAX];
	size_t count;
	bool wants_certificates;
	bool (*visit)(void *context, const struct census_service *service);
	void *context;
	bool is_stopped;
	struct census_service *current; /* while a certificate is looked up */
	struct error *error;
	bool has_failed;
};

static void keep_bytes(struct kept_service *kept)
{
	struct span *spans[] = {&kept->record.reason, &kept->record.greeting, &kept->record.capabilities_before,
	                        &kept->record.capabilities_after, &kept->record.upgrade_reply};
	size_t offset = 0;

	buffer_clear(&kept->bytes);
	for (size_t i = 0; i < ARRAY_LENGTH(spans); i++)
		buffer_append(&kept->bytes, *spans[i]);
	for (size_t i = 0; i < ARRAY_LENGTH(spans); i++) {
		spans[i]->data = kept->bytes.data == NULL ? NULL : kept->bytes.data + offset;
		offset += spans[i]->size;
	}
}

static bool visit_with_certificate(void *context, const struct certificate_record *certificate)
{
	struct gathering *gathering = context;

	gathering->current->certificate = certificate;
	gathering->is_stopped = !gathering->visit(gathering->context, gathering->current);
	gathering->current = NULL;
	return false;
}

static void hand_out_one(struct gathering *gathering, const struct service_record *service, const struct host_judgement *host,
                         bool is_first)
{
	struct census_service out = {.service = service, .host = host, .is_first_of_host = is_first};
	struct store_visitor visitor = {.context = gathering, .on_certificate = visit_with_certificate};

	gathering->current = &out;
	if (gathering->wants_certificates && service->tls.certificate_count > 0 &&
	    !store_find_certificate(gathering->reader->store, service->tls.leaf_sha256, &visitor, gathering->error)) {
		gathering->has_failed = true;
		gathering->current = NULL;
		return;
	}
	if (gathering->current != NULL)
		gathering->is_stopped = !gathering->visit(gathering->context, &out);
	gathering->current = NULL;
}

static void hand_out(struct gathering *gathering)
{
	struct host_service services[SERVICES_MAX];
	struct host_judgement host;

	for (size_t i = 0; i < gathering->count; i++) {
		const struct service_record *record = &gathering->services[i].record;

		services[i] = (struct host_service){
			.port = record->endpoint.port,
			.protocol = record->protocol,
			.verdict = record->verdict,
			.ending = record->ending,
			.cleartext_login = record->cleartext_login,
			.tls_answered = record->tls.outcome == TLS_ALERT || record->tls.outcome == TLS_HELLO_ONLY ||
		                        record->tls.outcome == TLS_PROVEN,
			.is_perdition = host_greeting_is_perdition(record->greeting),
		};
	}
	host_judge(services, gathering->count, &host);
	for (size_t i = 0; i < gathering->count && !gathering->is_stopped && !gathering->has_failed; i++) {
		gathering->services[i].record.verdict = services[i].verdict;
		gathering->services[i].record.cleartext_login = services[i].cleartext_login;
		if (services[i].reason != NULL)
			gathering->services[i].record.reason = span_from_text(services[i].reason);
		hand_out_one(gathering, &gathering->services[i].record, &host, i == 0);
	}
	gathering->count = 0;
}

static bool gather(void *context, const struct service_record *service)
{
	struct gathering *gathering = context;
	struct kept_service *kept;

	if (gathering->count > 0 && (ip_address_compare(gathering->services[0].record.endpoint.address, service->endpoint.address) != 0 ||
	                             gathering->count == SERVICES_MAX))
		hand_out(gathering);
	kept = &gathering->services[gathering->count++];
	kept->record = *service;
	keep_bytes(kept);
	return !gathering->is_stopped && !gathering->has_failed;
}

bool census_reader_visit(struct census_reader *reader, const struct ip_address *only_address, bool wants_certificates,
                         bool (*visit)(void *context, const struct census_service *service), void *context, struct error *error)
{
	struct gathering *gathering = memory_allocate(1, sizeof(*gathering));
	struct store_visitor visitor = {.context = gathering, .on_service = gather};
	bool is_done;

	gathering->reader = reader;
	gathering->wants_certificates = wants_certificates;
	gathering->visit = visit;
	gathering->context = context;
	gathering->error = error;
	for (size_t i = 0; i < SERVICES_MAX; i++)
		buffer_init(&gathering->services[i].bytes, 1 << 20);
	is_done = store_visit_services(reader->store, reader->census, only_address, &visitor, error);
	if (is_done && gathering->count > 0 && !gathering->is_stopped && !gathering->has_failed)
		hand_out(gathering);
	is_done = is_done && !gathering->has_failed;
	for (size_t i = 0; i < SERVICES_MAX; i++)
		buffer_done(&gathering->services[i].bytes);
	free(gathering);
	return is_done;
}
