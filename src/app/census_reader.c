/* SPDX-License-Identifier: ISC */
/* Gathers the services of one host, judges the host, then hands them out one by one. */
#include "app/census_reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "certificate/certificate.h"
#include "store/location.h"

enum {
	SERVICES_MAX = 64, /* of one host; ports beyond TARGET_PORTS_MAX cannot be asked for */
	FINDING_BYTES_MAX = 8 << 20,
	FACTS_KEPT = 256,  /* by the first byte; some 8 kB each */
	ISSUERS = 1 << 12, /* that are remembered */
};

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

bool census_reader_visit_censuses(const char *database, const struct store_visitor *visitor, struct error *error)
{
	struct store *store = store_open(database, STORE_READ_ONLY, error);
	bool is_read = store != NULL && store_visit_censuses(store, visitor, error);

	store_close(store);
	return is_read;
}

bool census_reader_open_as(const struct reader_options *options, enum store_mode mode, struct census_reader *reader_out,
                           struct error *error)
{
	struct store_visitor visitor = {.context = reader_out, .on_census = keep_census};
	char shown[LOCATION_SHOWN_SIZE];

	location_show(options->database, shown);
	*reader_out = (struct census_reader){.census = options->census.has_value ? (census_id)options->census.value : 0};
	reader_out->store = store_open(options->database, mode, error);
	if (reader_out->store == NULL)
		return false;
	if (!store_visit_censuses(reader_out->store, &visitor, error)) {
		census_reader_close(reader_out);
		return false;
	}
	if (reader_out->record.id == 0) {
		if (options->census.has_value)
			error_set(error, "%s holds no census %" PRIu64 "; \"mailcensus list\" shows which there are", shown,
			          options->census.value);
		else
			error_set(error, "%s holds no census yet; \"mailcensus scan TARGET\" makes one", shown);
		census_reader_close(reader_out);
		return false;
	}
	reader_out->census = reader_out->record.id;
	return true;
}

bool census_reader_open(const struct reader_options *options, struct census_reader *reader_out, struct error *error)
{
	return census_reader_open_as(options, STORE_READ_ONLY, reader_out, error);
}

void census_reader_close(struct census_reader *reader)
{
	store_close(reader->store);
	for (size_t i = 0; i < ARRAY_LENGTH(reader->texts); i++)
		free(reader->texts[i]);
	free(reader->facts);
	*reader = (struct census_reader){0};
}

const struct certificate_facts *census_reader_facts(struct census_reader *reader, const struct certificate_record *certificate)
{
	struct certificate_facts *facts;

	if (!certificate->is_readable)
		return NULL;
	if (reader->facts == NULL)
		reader->facts = memory_allocate(FACTS_KEPT, sizeof(*reader->facts));
	facts = &reader->facts[certificate->sha256[0] % FACTS_KEPT];
	if (!facts->is_readable || !fingerprint_equals(facts->sha256, certificate->sha256))
		certificate_read(certificate->der, facts);
	return facts->is_readable ? facts : NULL;
}

/* A service record whose server bytes were copied, as the visit of the next row invalidates them. */
struct kept_service {
	struct service_record record;
	struct buffer bytes;
};

/* The findings of one host, whose texts were copied likewise. */
struct kept_findings {
	struct finding_record *records; /* by port, then worst first; id and evidence are set when all are there */
	size_t *offsets;                /* of id, then evidence, in bytes */
	size_t count, capacity;
	struct buffer bytes;
};

/* What is remembered of a certificate; its place is that of its fingerprint. */
struct known_issuer {
	bool is_used, is_kept; /* not kept: the store does not have it */
	uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE];
	bool is_readable, is_self_signed;
	char *issuer;
};

struct gathering {
	struct known_issuer *issuers; /* ISSUERS of them; NULL: not wanted */
	struct census_reader *reader;
	struct kept_service services[SERVICES_MAX];
	size_t count;
	struct kept_findings findings;
	struct hostname_record hostname; /* of the host */
	char name[HOSTNAME_SIZE];
	bool has_hostname;
	unsigned wants;
	bool (*visit)(void *context, const struct census_service *service);
	void *context;
	bool is_stopped;
	struct census_service *current; /* while certificate and chain are looked up */
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

static bool keep_finding(void *context, const struct finding_record *finding)
{
	struct kept_findings *kept = context;

	if (kept->count == kept->capacity) {
		kept->capacity = kept->capacity > 0 ? 2 * kept->capacity : 64;
		kept->records = memory_resize(kept->records, kept->capacity, sizeof(*kept->records));
		kept->offsets = memory_resize(kept->offsets, kept->capacity, sizeof(*kept->offsets));
	}
	kept->records[kept->count] = *finding;
	kept->offsets[kept->count++] = kept->bytes.size;
	buffer_append(&kept->bytes, span_make(finding->id, strlen(finding->id) + 1));
	buffer_append(&kept->bytes, finding->evidence);
	return true;
}

static int compare_findings(const void *a, const void *b)
{
	const struct finding_record *one = a, *other = b;

	if (one->endpoint.port != other->endpoint.port)
		return one->endpoint.port < other->endpoint.port ? -1 : 1;
	if (one->severity != other->severity)
		return one->severity > other->severity ? -1 : 1;
	return strcmp(one->id, other->id);
}

static bool look_up_findings(struct gathering *gathering)
{
	struct kept_findings *kept = &gathering->findings;
	struct store_visitor visitor = {.context = kept, .on_finding = keep_finding};

	kept->count = 0;
	buffer_clear(&kept->bytes);
	if ((gathering->wants & CENSUS_WANTS_FINDINGS) == 0)
		return true;
	if (!store_visit_findings(gathering->reader->store, gathering->reader->census, &gathering->services[0].record.endpoint.address,
	                          &visitor, gathering->error))
		return false;
	if (kept->bytes.overflowed)
		return error_set(gathering->error, "one address has more findings than any mailcensus can have written");
	for (size_t i = 0; i < kept->count; i++) {
		kept->records[i].id = (const char *)kept->bytes.data + kept->offsets[i];
		kept->records[i].evidence.data = kept->bytes.data + kept->offsets[i] + strlen(kept->records[i].id) + 1;
	}
	if (kept->count > 1)
		qsort(kept->records, kept->count, sizeof(*kept->records), compare_findings);
	return true;
}

/* They are ordered by port. */
static size_t findings_of_port(const struct kept_findings *kept, uint16_t port, const struct finding_record **first_out)
{
	size_t first = 0, end;

	while (first < kept->count && kept->records[first].endpoint.port < port)
		first++;
	for (end = first; end < kept->count && kept->records[end].endpoint.port == port;)
		end++;
	*first_out = end > first ? &kept->records[first] : NULL;
	return end - first;
}

static bool keep_hostname(void *context, const struct hostname_record *hostname)
{
	struct gathering *gathering = context;

	gathering->has_hostname = true;
	gathering->hostname = *hostname;
	(void)snprintf(gathering->name, sizeof(gathering->name), "%s", hostname->name);
	gathering->hostname.name = gathering->name;
	return true;
}

static bool look_up_hostname(struct gathering *gathering)
{
	struct store_visitor visitor = {.context = gathering, .on_hostname = keep_hostname};

	gathering->has_hostname = false;
	return (gathering->wants & CENSUS_WANTS_HOSTNAMES) == 0 ||
	       store_visit_hostnames(gathering->reader->store, &gathering->services[0].record.endpoint.address, &visitor, gathering->error);
}

static bool note_that_there_are_some(void *context, const struct hostname_record *hostname)
{
	struct gathering *gathering = context;

	(void)hostname;
	gathering->has_hostname = true;
	return false;
}

/* Where nobody ever asked for names, no host is looked up. */
static bool look_whether_there_are_hostnames(struct gathering *gathering)
{
	struct store_visitor visitor = {.context = gathering, .on_hostname = note_that_there_are_some};

	if ((gathering->wants & CENSUS_WANTS_HOSTNAMES) == 0)
		return true;
	if (!store_visit_hostnames(gathering->reader->store, NULL, &visitor, gathering->error))
		return false;
	if (!gathering->has_hostname)
		gathering->wants &= ~(unsigned)CENSUS_WANTS_HOSTNAMES;
	return true;
}

static bool hand_to_visit(struct gathering *gathering)
{
	gathering->is_stopped = !gathering->visit(gathering->context, gathering->current);
	gathering->current = NULL;
	return false;
}

static bool visit_with_chain(void *context, const struct chain_record *chain)
{
	struct gathering *gathering = context;

	gathering->current->chain = chain;
	return hand_to_visit(gathering);
}

/* The visit happens inside of the look-ups, as what they found is valid only there. */
static bool look_up_chain(struct gathering *gathering)
{
	const struct tls_observation *tls = &gathering->current->service->tls;
	struct store_visitor visitor = {.context = gathering, .on_chain = visit_with_chain};

	if ((gathering->wants & CENSUS_WANTS_CHAINS) != 0 && !fingerprint_is_none(tls->chain_sha256) &&
	    !store_find_chain(gathering->reader->store, tls->chain_sha256, &visitor, gathering->error))
		gathering->has_failed = true;
	if (gathering->current != NULL && !gathering->has_failed)
		(void)hand_to_visit(gathering);
	return false;
}

/* A row of an older schema has the DER but not all that we read of it today. */
static void complete_certificate(struct gathering *gathering, struct certificate_record *certificate)
{
	const struct certificate_facts *facts =
		fingerprint_is_none(certificate->spki_sha256) ? census_reader_facts(gathering->reader, certificate) : NULL;

	if (facts == NULL)
		return;
	certificate->curve = facts->curve;
	certificate->signature_hash = facts->signature_hash;
	certificate->validation_level = facts->validation_level;
	certificate->has_dns_names = facts->has_dns_names;
	certificate->is_authority = facts->is_authority;
	certificate->is_known_weak_key = facts->is_known_weak_key;
	memcpy(certificate->spki_sha256, facts->spki_sha256, sizeof(certificate->spki_sha256));
}

static bool visit_with_certificate(void *context, const struct certificate_record *certificate)
{
	struct gathering *gathering = context;
	struct certificate_record completed = *certificate;

	complete_certificate(gathering, &completed);
	gathering->current->certificate = &completed;
	return look_up_chain(gathering);
}

static bool keep_issuer(void *context, const struct certificate_record *certificate)
{
	struct known_issuer *known = context;

	known->is_kept = true;
	known->is_readable = certificate->is_readable;
	known->is_self_signed = certificate->is_self_signed;
	known->issuer = memory_copy_text(certificate->issuer);
	return false;
}

static struct known_issuer *know_issuer(struct gathering *gathering, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE])
{
	struct known_issuer *known = &gathering->issuers[(sha256[0] | (unsigned)sha256[1] << 8) % ISSUERS];
	struct store_visitor visitor = {.context = known, .on_certificate = keep_issuer};

	if (known->is_used && fingerprint_equals(known->sha256, sha256))
		return known;
	free(known->issuer);
	*known = (struct known_issuer){.is_used = true};
	memcpy(known->sha256, sha256, sizeof(known->sha256));
	gathering->has_failed = !store_find_certificate(gathering->reader->store, sha256, &visitor, gathering->error);
	return known;
}

static void hand_out_with_issuer(struct gathering *gathering)
{
	const struct tls_observation *tls = &gathering->current->service->tls;
	struct certificate_record certificate = {.der = {NULL, 0}};
	const struct known_issuer *known;

	if (tls->certificate_count > 0) {
		known = know_issuer(gathering, tls->leaf_sha256);
		if (gathering->has_failed)
			return;
		certificate.is_readable = known->is_readable;
		certificate.is_self_signed = known->is_self_signed;
		certificate.issuer = known->issuer;
		gathering->current->certificate = known->is_kept ? &certificate : NULL;
	}
	(void)look_up_chain(gathering);
}

static void hand_out_one(struct gathering *gathering, const struct service_record *service, const struct host_service *judged,
                         const struct host_judgement *host, bool is_first)
{
	struct census_service out = {
		.service = service,
		.host = host,
		.is_first_of_host = is_first,
		.is_without_tls = service_is_without_tls(judged),
		.hostname = gathering->has_hostname ? &gathering->hostname : NULL,
		.counts_for = service_counted_protocol(judged),
	};
	struct store_visitor visitor = {.context = gathering, .on_certificate = visit_with_certificate};

	out.finding_count = findings_of_port(&gathering->findings, service->endpoint.port, &out.findings);
	out.host_finding_count = findings_of_port(&gathering->findings, 0, &out.host_findings);
	gathering->current = &out;
	if (gathering->issuers != NULL)
		hand_out_with_issuer(gathering);
	else if ((gathering->wants & CENSUS_WANTS_CERTIFICATES) != 0 && service->tls.certificate_count > 0 &&
	         !store_find_certificate(gathering->reader->store, service->tls.leaf_sha256, &visitor, gathering->error))
		gathering->has_failed = true;
	if (gathering->current != NULL && !gathering->has_failed)
		(void)look_up_chain(gathering);
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
			.is_canary = (record->observation_flags & OBSERVED_CANARY) != 0,
			.greeting = record->greeting,
		};
	}
	host_judge(services, gathering->count, &host);
	gathering->has_failed = !look_up_findings(gathering) || !look_up_hostname(gathering);
	for (size_t i = 0; i < gathering->count && !gathering->is_stopped && !gathering->has_failed; i++) {
		gathering->services[i].record.verdict = services[i].verdict;
		gathering->services[i].record.cleartext_login = services[i].cleartext_login;
		if (services[i].reason != NULL)
			gathering->services[i].record.reason = span_from_text(services[i].reason);
		hand_out_one(gathering, &gathering->services[i].record, &services[i], &host, i == 0);
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

bool census_reader_visit(struct census_reader *reader, const struct ip_address *only_address, unsigned wants,
                         bool (*visit)(void *context, const struct census_service *service), void *context, struct error *error)
{
	struct gathering *gathering = memory_allocate(1, sizeof(*gathering));
	struct store_visitor visitor = {.context = gathering, .on_service = gather};
	bool is_done;

	gathering->reader = reader;
	gathering->wants = wants;
	gathering->visit = visit;
	gathering->context = context;
	gathering->error = error;
	for (size_t i = 0; i < SERVICES_MAX; i++)
		buffer_init(&gathering->services[i].bytes, 1 << 20);
	buffer_init(&gathering->findings.bytes, FINDING_BYTES_MAX);
	if ((wants & CENSUS_WANTS_ISSUERS) != 0)
		gathering->issuers = memory_allocate(ISSUERS, sizeof(*gathering->issuers));
	is_done = look_whether_there_are_hostnames(gathering) &&
	          store_visit_services(reader->store, reader->census, only_address, &visitor, error);
	if (is_done && gathering->count > 0 && !gathering->is_stopped && !gathering->has_failed)
		hand_out(gathering);
	is_done = is_done && !gathering->has_failed;
	for (size_t i = 0; i < SERVICES_MAX; i++)
		buffer_done(&gathering->services[i].bytes);
	buffer_done(&gathering->findings.bytes);
	free(gathering->findings.records);
	free(gathering->findings.offsets);
	for (size_t i = 0; gathering->issuers != NULL && i < ISSUERS; i++)
		free(gathering->issuers[i].issuer);
	free(gathering->issuers);
	free(gathering);
	return is_done;
}

struct jsonl_service census_service_line(const struct census_reader *reader, const struct census_service *service)
{
	return (struct jsonl_service){
		.census = reader->census,
		.service = service->service,
		.certificate = service->certificate,
		.host_verdict = service->host->verdict,
		.host_is_strict = service->host->is_strict,
		.chain = service->chain,
		.findings = service->findings,
		.finding_count = service->finding_count,
		.host_findings = service->host_findings,
		.host_finding_count = service->host_finding_count,
		.hostname = service->hostname,
	};
}

const char *census_service_confirmed_name(const struct census_service *service)
{
	const struct hostname_record *hostname = service->hostname;

	return hostname != NULL && hostname->outcome == HOSTNAME_FOUND && hostname->is_confirmed == ANSWER_YES ? hostname->name : "";
}
