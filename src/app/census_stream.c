/* SPDX-License-Identifier: ISC */
/* One thread fills a batch of hosts while the other one is looked at. */
#include "app/census_stream.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "classify/finding_rule.h"

enum {
	BATCH_HOSTS = 128,
	FOREIGN_IDS_MAX = 256, /* findings of another version of the program; more are passed over */
	FOREIGN_ID_SIZE = 64,  /* what is longer is cut */
};

/* Services and findings grow, so they are found by their number until the batch is full. */
struct batch_host {
	struct stream_host host;
	size_t first_service;
};

struct batch {
	struct batch_host hosts[BATCH_HOSTS];
	size_t host_count;
	struct stream_service *services;
	size_t *first_findings; /* of each service */
	size_t service_count, service_capacity;
	const char **findings;
	size_t finding_count, finding_capacity;
};

struct census_stream {
	struct census_reader *reader;
	unsigned wants; /* enum census_wants */
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct batch batches[2];
	struct batch *filling; /* the thread's */
	struct batch *ready;   /* full, to be taken; NULL: none */
	struct batch *taken;   /* the caller's; NULL: none */
	size_t next;           /* host of taken */
	bool has_thread;       /* the caller's */
	bool is_over, is_closed, has_failed;
	struct error error;
	char foreign_ids[FOREIGN_IDS_MAX][FOREIGN_ID_SIZE]; /* the thread's */
	size_t foreign_count;
};

/* ---- the thread ---- */

/* Full: wait until the one before was taken, then hand it over. False: nobody wants more. */
static bool publish(struct census_stream *stream)
{
	struct batch *batch = stream->filling;
	bool goes_on;

	for (size_t i = 0; i < batch->service_count; i++)
		batch->services[i].findings = batch->findings == NULL ? NULL : batch->findings + batch->first_findings[i];
	for (size_t i = 0; i < batch->host_count; i++)
		batch->hosts[i].host.services = batch->services + batch->hosts[i].first_service;
	(void)pthread_mutex_lock(&stream->mutex);
	while ((stream->ready != NULL || stream->taken != NULL) && !stream->is_closed)
		(void)pthread_cond_wait(&stream->changed, &stream->mutex);
	goes_on = !stream->is_closed;
	if (goes_on) {
		stream->ready = batch;
		stream->filling = batch == &stream->batches[0] ? &stream->batches[1] : &stream->batches[0];
		stream->filling->host_count = stream->filling->service_count = stream->filling->finding_count = 0;
		(void)pthread_cond_broadcast(&stream->changed);
	}
	(void)pthread_mutex_unlock(&stream->mutex);
	return goes_on;
}

/* The id as a text that stays: of the rule, or a copy. */
static const char *lasting_id(struct census_stream *stream, const char *id)
{
	const struct finding_rule *rule = finding_rule_find(id);
	char copy[FOREIGN_ID_SIZE];

	if (rule != NULL)
		return rule->id;
	(void)snprintf(copy, sizeof(copy), "%s", id);
	for (size_t i = 0; i < stream->foreign_count; i++) {
		if (strcmp(stream->foreign_ids[i], copy) == 0)
			return stream->foreign_ids[i];
	}
	if (stream->foreign_count == FOREIGN_IDS_MAX)
		return NULL;
	memcpy(stream->foreign_ids[stream->foreign_count], copy, sizeof(copy));
	return stream->foreign_ids[stream->foreign_count++];
}

static void add_finding(struct batch *batch, const char *id)
{
	if (batch->finding_count == batch->finding_capacity) {
		batch->finding_capacity = batch->finding_capacity > 0 ? 2 * batch->finding_capacity : 1024;
		batch->findings = memory_resize(batch->findings, batch->finding_capacity, sizeof(*batch->findings));
	}
	batch->findings[batch->finding_count++] = id;
}

static struct stream_service *add_service(struct batch *batch)
{
	if (batch->service_count == batch->service_capacity) {
		batch->service_capacity = batch->service_capacity > 0 ? 2 * batch->service_capacity : 512;
		batch->services = memory_resize(batch->services, batch->service_capacity, sizeof(*batch->services));
		batch->first_findings = memory_resize(batch->first_findings, batch->service_capacity, sizeof(*batch->first_findings));
	}
	batch->first_findings[batch->service_count] = batch->finding_count;
	return &batch->services[batch->service_count++];
}

static void copy_service(struct census_stream *stream, const struct census_service *service)
{
	const struct service_record *record = service->service;
	struct stream_service *copy = add_service(stream->filling);

	*copy = (struct stream_service){
		.port = record->endpoint.port,
		.protocol = record->protocol,
		.verdict = record->verdict,
		.cleartext_login = record->cleartext_login,
		.ending = record->ending,
		.tls_proven = record->tls_proven,
		.has_certificate = record->tls.certificate_count > 0,
		.mozilla = service->chain != NULL ? service->chain->mozilla : TRUST_UNKNOWN,
		.tls = record->tls_facts,
		.software = record->software,
	};
	memcpy(copy->leaf_sha256, record->tls.leaf_sha256, sizeof(copy->leaf_sha256));
	for (size_t i = 0; i < service->finding_count; i++) {
		const char *id = lasting_id(stream, service->findings[i].id);

		if (id != NULL) {
			add_finding(stream->filling, id);
			copy->finding_count++;
		}
	}
}

static bool take_service(void *context, const struct census_service *service)
{
	struct census_stream *stream = context;
	struct batch *batch = stream->filling;
	struct batch_host *host;

	if (service->is_first_of_host) {
		if (batch->host_count == BATCH_HOSTS && !publish(stream))
			return false;
		batch = stream->filling;
		batch->hosts[batch->host_count++] = (struct batch_host){
			.host = {.address = service->service->endpoint.address, .verdict = service->host->verdict},
			.first_service = batch->service_count,
		};
	}
	assert(batch->host_count > 0);
	if ((service->service->observation_flags & OBSERVED_CANARY) != 0)
		return true;
	host = &batch->hosts[batch->host_count - 1];
	copy_service(stream, service);
	host->host.service_count++;
	return true;
}

static void *run(void *context)
{
	struct census_stream *stream = context;
	struct error error = {{0}};
	bool is_read = census_reader_visit(stream->reader, NULL, CENSUS_WANTS_FINDINGS | CENSUS_WANTS_CHAINS, take_service, stream, &error);

	if (is_read && stream->filling->host_count > 0)
		(void)publish(stream);
	(void)pthread_mutex_lock(&stream->mutex);
	stream->is_over = true;
	stream->has_failed = !is_read;
	stream->error = error;
	(void)pthread_cond_broadcast(&stream->changed);
	(void)pthread_mutex_unlock(&stream->mutex);
	return NULL;
}

/* ---- the caller ---- */

struct census_stream *census_stream_open(struct census_reader *reader, bool has_findings)
{
	struct census_stream *stream = memory_allocate(1, sizeof(*stream));

	stream->reader = reader;
	stream->wants = has_findings ? CENSUS_WANTS_FINDINGS | CENSUS_WANTS_CHAINS : 0;
	stream->filling = &stream->batches[0];
	(void)pthread_mutex_init(&stream->mutex, NULL);
	(void)pthread_cond_init(&stream->changed, NULL);
	stream->has_thread = pthread_create(&stream->thread, NULL, run, stream) == 0;
	if (!stream->has_thread) {
		stream->is_over = stream->has_failed = true;
		error_set(&stream->error, "the system allows no more threads; end something else and try again");
	}
	return stream;
}

bool census_stream_next(struct census_stream *stream, const struct stream_host **host_out, struct error *error)
{
	*host_out = NULL;
	(void)pthread_mutex_lock(&stream->mutex);
	if (stream->taken != NULL && stream->next == stream->taken->host_count) {
		stream->taken = NULL;
		(void)pthread_cond_broadcast(&stream->changed);
	}
	while (stream->taken == NULL && stream->ready == NULL && !stream->is_over)
		(void)pthread_cond_wait(&stream->changed, &stream->mutex);
	if (stream->taken == NULL && stream->ready != NULL) {
		stream->taken = stream->ready;
		stream->ready = NULL;
		stream->next = 0;
		(void)pthread_cond_broadcast(&stream->changed);
	}
	(void)pthread_mutex_unlock(&stream->mutex);
	if (stream->taken != NULL) {
		*host_out = &stream->taken->hosts[stream->next++].host;
		return true;
	}
	if (stream->has_failed)
		*error = stream->error;
	return !stream->has_failed;
}

static void batch_done(struct batch *batch)
{
	free(batch->services);
	free(batch->first_findings);
	free(batch->findings);
}

void census_stream_close(struct census_stream *stream)
{
	if (stream == NULL)
		return;
	if (stream->has_thread) {
		(void)pthread_mutex_lock(&stream->mutex);
		stream->is_closed = true;
		(void)pthread_cond_broadcast(&stream->changed);
		(void)pthread_mutex_unlock(&stream->mutex);
		(void)pthread_join(stream->thread, NULL);
	}
	(void)pthread_cond_destroy(&stream->changed);
	(void)pthread_mutex_destroy(&stream->mutex);
	batch_done(&stream->batches[0]);
	batch_done(&stream->batches[1]);
	free(stream);
}
