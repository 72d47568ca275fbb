/* SPDX-License-Identifier: ISC */
/* The prober's owner: gives it hosts in the walk's order, writes contacts before they happen and results soon after.
   Invariant of the store at every commit: a host number below progress.position is either done (counted) or an open host. */
#include "app/census_writer.h"

#include <stdlib.h>
#include <string.h>

#include "app/fact_records.h"
#include "app/host_table.h"
#include "base/memory.h"
#include "certificate/certificate.h"
#include "classify/host.h"
#include "classify/service.h"
#include "net/clock.h"
#include "protocol/scenario.h"

enum {
	COMMIT_AFTER_MS = 500, /* "committed within a second" */
	FORGET_CONTACTS_EVERY_MS = 60000,
};

struct census_writer {
	struct census_writer_setup setup;
	struct census_progress progress;
	uint64_t *reopened; /* open hosts of an earlier run, still to be given */
	size_t reopened_count, reopened_next;
	uint64_t *begun; /* given, but not yet on disk as open hosts */
	size_t begun_count, begun_capacity;
	struct host_table hosts;
	struct census_sweep *sweep; /* NULL: the walk gives the hosts */
	uint64_t found, found_done; /* by the sweep, in all runs */
	bool is_in_transaction;
	struct instant transaction_began, contacts_forgotten;
	bool has_failed;
	struct error error;
	struct progress_numbers numbers;
	uint64_t undecided;
	uint64_t excluded; /* hosts that this run left out at the last moment */
};

struct census_writer *census_writer_new(const struct census_writer_setup *setup)
{
	struct census_writer *writer = memory_allocate(1, sizeof(*writer));

	writer->setup = *setup;
	writer->progress = setup->progress;
	writer->contacts_forgotten = clock_now();
	return writer;
}

void census_writer_free(struct census_writer *writer)
{
	if (writer == NULL)
		return;
	host_table_done(&writer->hosts);
	free(writer->reopened);
	free(writer->begun);
	free(writer);
}

/* Notes the first failure; everything after it is refused, so that nothing is written in part. */
static bool note(struct census_writer *writer, bool is_done)
{
	if (!is_done)
		writer->has_failed = true;
	return is_done;
}

static bool begin(struct census_writer *writer)
{
	if (writer->has_failed)
		return false;
	if (writer->is_in_transaction)
		return true;
	if (!note(writer, store_begin(writer->setup.store, &writer->error)))
		return false;
	writer->is_in_transaction = true;
	writer->transaction_began = clock_now();
	return true;
}

/* Hosts that were given to the prober become open hosts in the same transaction that moves the position past them. */
static bool write_begun(struct census_writer *writer)
{
	for (size_t i = 0; i < writer->begun_count; i++) {
		struct open_host_record host = {.number = writer->begun[i]};

		if (!note(writer, store_add_open_host(writer->setup.store, writer->setup.census, &host, &writer->error)))
			return false;
	}
	writer->begun_count = 0;
	return true;
}

/* A host that was found is open or done; of all others before the sweep's position is known that they are silent. */
static void follow_sweep(struct census_writer *writer)
{
	uint64_t position = census_sweep_position(writer->sweep);
	uint64_t open = writer->found - writer->found_done;
	struct sweep_status status;

	census_sweep_get_status(writer->sweep, &status);
	writer->progress.syns = writer->setup.progress.syns + status.syns;
	writer->progress.refused = writer->setup.progress.refused + status.refused;
	writer->progress.unreachable = writer->setup.progress.unreachable + status.unreachable;
	writer->progress.excluded = writer->setup.progress.excluded + writer->excluded + status.excluded;
	writer->progress.position = position;
	writer->progress.hosts_done = position > open ? position - open : 0;
	writer->progress.hosts_silent = position > writer->found ? position - writer->found : 0;
}

static bool commit(struct census_writer *writer)
{
	if (!writer->is_in_transaction || writer->has_failed)
		return !writer->has_failed;
	if (writer->sweep != NULL)
		follow_sweep(writer);
	if (!write_begun(writer) ||
	    !note(writer, store_set_progress(writer->setup.store, writer->setup.census, &writer->progress, &writer->error)))
		return false;
	if (!note(writer, store_commit(writer->setup.store, &writer->error)))
		return false;
	writer->is_in_transaction = false;
	return true;
}

static void note_begun(struct census_writer *writer, uint64_t number)
{
	if (writer->begun_count == writer->begun_capacity) {
		writer->begun_capacity = writer->begun_capacity > 0 ? writer->begun_capacity * 2 : 256;
		writer->begun = memory_resize(writer->begun, writer->begun_capacity, sizeof(*writer->begun));
	}
	writer->begun[writer->begun_count++] = number;
}

/* The next host of the walk. */
static bool take_from_walk(struct census_writer *writer, uint64_t *number_out)
{
	if (writer->progress.position >= writer->setup.host_limit || !target_walk_next(&writer->setup.walk, number_out) || !begin(writer))
		return false;
	writer->progress.position = writer->setup.walk.position;
	note_begun(writer, *number_out);
	return true;
}

static bool on_next_host(void *context, struct probe_assignment *assignment_out)
{
	struct census_writer *writer = context;
	const struct sweep_find *find = NULL;
	uint64_t number;

	if (writer->has_failed)
		return false;
	if (writer->reopened_next < writer->reopened_count) {
		number = writer->reopened[writer->reopened_next++];
	} else if (writer->sweep != NULL) {
		if (!census_sweep_next(writer->sweep, &find))
			return false;
		number = find->number;
	} else if (!take_from_walk(writer, &number)) {
		return false;
	}
	*assignment_out = (struct probe_assignment){.number = number};
	target_set_host(writer->setup.targets, number, &assignment_out->host);
	assignment_out->answer = find != NULL && find->is_open ? &find->answer : NULL;
	return true;
}

static bool on_may_have_more_hosts(void *context)
{
	const struct census_writer *writer = context;

	return !writer->has_failed && writer->sweep != NULL && census_sweep_may_find_more(writer->sweep);
}

static struct instant on_round(void *context, struct instant now)
{
	const struct census_writer *writer = context;

	return writer->sweep != NULL && !writer->has_failed ? census_sweep_round(writer->sweep, now) : (struct instant){.ns = INT64_MAX};
}

static bool on_may_contact(void *context, struct ip_address address)
{
	struct census_writer *writer = context;

	if (writer->has_failed)
		return false;
	if (exclusion_list_reason(writer->setup.exclusions, address) == NULL)
		return true;
	/* The host is over then, and leaves nothing else behind that tells it from a silent one. */
	writer->excluded++;
	writer->progress.excluded++;
	return false;
}

static bool on_before_contacts(void *context, const struct ip_address *addresses, size_t count)
{
	struct census_writer *writer = context;
	struct timestamp now = clock_wall();

	if (!begin(writer))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct contact_record contact = {.address = addresses[i], .at = now};

		if (!note(writer, store_add_contact(writer->setup.store, &contact, &writer->error)))
			return false;
	}
	writer->progress.connections += count;
	return commit(writer);
}

/* The SYN is out already, and its window was reserved: the contact goes with the next commit. */
static void on_adopted(void *context, struct ip_address address)
{
	struct census_writer *writer = context;
	struct contact_record contact = {.address = address, .at = clock_wall()};

	if (!begin(writer))
		return;
	writer->progress.connections++;
	(void)note(writer, store_add_contact(writer->setup.store, &contact, &writer->error));
}

static bool on_reserve(void *context, uint64_t position, unsigned times)
{
	struct census_writer *writer = context;

	if (!begin(writer))
		return false;
	writer->progress.reserved_position = position;
	writer->progress.reserved_at = clock_wall();
	writer->progress.reserved_times = times;
	return commit(writer);
}

static void on_found(void *context, uint64_t number)
{
	struct census_writer *writer = context;

	writer->found++;
	note_begun(writer, number);
	(void)begin(writer);
}

static void write_certificates(struct census_writer *writer, const struct probe_conversation *conversation)
{
	for (size_t i = 0; i < conversation->certificate_count && !writer->has_failed; i++) {
		uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE];
		struct certificate_facts facts;
		struct certificate_record record;

		certificate_fingerprint(conversation->certificates[i], sha256);
		if (store_has_certificate(writer->setup.store, sha256))
			continue;
		certificate_read(conversation->certificates[i], &facts);
		certificate_record_from(&facts, conversation->certificates[i], &record);
		(void)note(writer, store_add_certificate(writer->setup.store, &record, &writer->error));
	}
}

/* Judged while the DER is at hand, once for all who show it; kept at once, so that it can be called back for a host that takes long. */
static void write_chain(struct census_writer *writer, const struct probe_conversation *conversation)
{
	const struct chain_facts *chain;
	struct chain_record record;

	assessor_take(writer->setup.assessor, conversation, "", NULL);
	chain = chain_cache_find(writer->setup.assessor->chains, conversation->observation->tls.chain_sha256);
	if (chain == NULL || writer->has_failed || store_has_chain(writer->setup.store, chain->sha256))
		return;
	chain_record_from(chain, clock_wall(), &record);
	(void)note(writer, store_add_chain(writer->setup.store, &record, &writer->error));
}

static void on_conversation(void *context, const struct probe_conversation *conversation)
{
	struct census_writer *writer = context;
	struct conversation_record record;

	if (!begin(writer))
		return;
	/* A chain is kept behind all of its certificates. */
	if (conversation->certificate_count > 0 && !store_has_chain(writer->setup.store, conversation->observation->tls.chain_sha256))
		write_certificates(writer, conversation);
	if (conversation->certificate_count > 0)
		write_chain(writer, conversation);
	conversation_record_from(conversation, &record);
	if (!writer->has_failed)
		(void)note(writer, store_add_conversation(writer->setup.store, writer->setup.census, &record, &writer->error));
}

static void write_service(struct census_writer *writer, const struct assessed_service *assessed, const struct observation *observations,
                          size_t count)
{
	struct service_record record;
	struct host_service as_host_service;

	service_record_from(assessed, observations, count, clock_wall(), &record);
	(void)note(writer, store_add_service(writer->setup.store, writer->setup.census, &record, &writer->error));
	as_host_service = (struct host_service){.port = record.endpoint.port,
	                                        .protocol = record.protocol,
	                                        .verdict = record.verdict,
	                                        .cleartext_login = record.cleartext_login};
	if (record.verdict != VERDICT_CLOSED) {
		writer->numbers.services++;
		writer->numbers.no_tls += service_is_without_tls(&as_host_service) ? 1 : 0;
		writer->undecided +=
			record.verdict == VERDICT_UNKNOWN || record.verdict == VERDICT_SLOW || record.verdict == VERDICT_RATE_LIMITED ? 1
																      : 0;
	}
}

/* Once for each service: what the host makes of it later begins here. The caller frees. */
static struct assessed_service *assess(const struct census_writer *writer, struct endpoint endpoint, const struct observation *observations,
                                       size_t count)
{
	struct assessment_service from = {.endpoint = endpoint, .observations = observations, .count = count};
	struct assessed_service *assessed = memory_allocate(1, sizeof(*assessed));

	assess_service(writer->setup.assessor, &from, NULL, clock_wall(), assessed);
	assessed_service_forget_chains(assessed);
	return assessed;
}

static bool accepts_nothing(const struct observation *observations, size_t count)
{
	return count == 1 && (observations[0].ending == ENDING_CONNECT_REFUSED || observations[0].ending == ENDING_CONNECT_TIMED_OUT ||
	                      observations[0].ending == ENDING_CONNECT_UNREACHABLE);
}

/* Only a canary that accepts tells anything (rule D-7). */
static bool is_canary_in_vain(const struct observation *observation)
{
	return (observation->flags & OBSERVED_CANARY) != 0 &&
	       (accepts_nothing(observation, 1) || observation->ending == ENDING_LOCAL_FAILURE);
}

static void on_service(void *context, uint64_t number, struct endpoint endpoint, const struct observation *observations, size_t count)
{
	struct census_writer *writer = context;
	struct host_entry *host = host_table_get(&writer->hosts, number);
	struct assessed_service *assessed;

	host->address = endpoint.address;
	if (is_canary_in_vain(&observations[0]))
		return;
	if (accepts_nothing(observations, count)) {
		if (host->closed_count < TARGET_PORTS_MAX) {
			host->closed_ports[host->closed_count] = endpoint.port;
			host->closed_endings[host->closed_count++] = (uint8_t)observations[0].ending;
		}
		return;
	}
	host->has_accepted = true;
	for (size_t i = 0; i < count; i++)
		host_entry_keep(host, endpoint.port, &observations[i]);
	assessed = assess(writer, endpoint, observations, count);
	if (begin(writer))
		write_service(writer, assessed, observations, count);
	host_entry_keep_assessed(host, endpoint.port, assessed);
}

/* Closed ports are worth a row only beside an open one; a host where nothing answers would fill the store with nothing. */
static void write_closed(struct census_writer *writer, const struct host_entry *host)
{
	if (!host->has_accepted && !writer->setup.keeps_closed)
		return;
	for (size_t i = 0; i < host->closed_count && !writer->has_failed; i++) {
		struct assessed_service *assessed;
		struct observation closed;

		observation_init(&closed);
		closed.ending = (enum ending)host->closed_endings[i];
		assessed = assess(writer, (struct endpoint){host->address, host->closed_ports[i]}, &closed, 1);
		write_service(writer, assessed, &closed, 1);
		free(assessed);
	}
}

/* ---- what the services of a host mean together ---- */

struct recalled_chain {
	struct census_writer *writer;
	struct chain_record record;
	struct span certificates[CHAIN_CERTIFICATES_MAX]; /* copies */
	size_t count;
};

static bool recall_chain(void *context, const struct chain_record *record)
{
	struct recalled_chain *recalled = context;

	recalled->record = *record;
	return false;
}

static bool recall_certificate(void *context, const struct certificate_record *record)
{
	struct recalled_chain *recalled = context;
	unsigned char *copy = memory_allocate(record->der.size + 1, 1);

	if (record->der.size > 0)
		memcpy(copy, record->der.data, record->der.size);
	recalled->certificates[recalled->count++] = span_make(copy, record->der.size);
	return false;
}

/* A chain that was shown some time ago, perhaps to an earlier run: judged again from what is kept. */
static bool recall(struct census_writer *writer, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE])
{
	struct recalled_chain recalled = {.writer = writer};
	struct store_visitor visitor = {.context = &recalled, .on_chain = recall_chain, .on_certificate = recall_certificate};
	bool is_read;

	if (chain_cache_find(writer->setup.assessor->chains, sha256) != NULL)
		return true;
	is_read = store_find_chain(writer->setup.store, sha256, &visitor, &writer->error);
	for (size_t i = 0; is_read && i < recalled.record.count && i < CHAIN_CERTIFICATES_MAX; i++)
		is_read = store_find_certificate(writer->setup.store, recalled.record.fingerprints[i], &visitor, &writer->error);
	if (is_read && recalled.count > 0 && recalled.count == recalled.record.count)
		(void)chain_cache_judge(writer->setup.assessor->chains, recalled.certificates, recalled.count, recalled.record.is_cut);
	for (size_t i = 0; i < recalled.count; i++)
		free((void *)(uintptr_t)recalled.certificates[i].data);
	return note(writer, is_read);
}

static bool recall_chains(struct census_writer *writer, const struct host_entry *host)
{
	for (size_t i = 0; i < host->service_count; i++) {
		for (size_t k = 0; k < host->services[i].count; k++) {
			const struct tls_observation *tls = &host->services[i].observations[k].tls;

			if (tls->certificate_count > 0 && !recall(writer, tls->chain_sha256))
				return false;
		}
	}
	return true;
}

static void write_findings(struct census_writer *writer, const struct host_entry *host)
{
	struct observation closed[TARGET_PORTS_MAX];
	struct assessment_service services[2 * TARGET_PORTS_MAX];
	struct assessment_input input = {.address = host->address, .reference_name = "", .services = services, .now = clock_wall()};
	struct assessed_host assessed;

	if (!host->has_accepted || !recall_chains(writer, host))
		return;
	for (size_t i = 0; i < host->service_count; i++)
		services[input.service_count++] = (struct assessment_service){.endpoint = {host->address, host->services[i].port},
		                                                              .observations = host->services[i].observations,
		                                                              .count = host->services[i].count,
		                                                              .assessed = host->services[i].assessed};
	for (size_t i = 0; i < host->closed_count; i++) {
		observation_init(&closed[i]);
		closed[i].ending = (enum ending)host->closed_endings[i];
		services[input.service_count++] = (struct assessment_service){
			.endpoint = {host->address, host->closed_ports[i]}, .observations = &closed[i], .count = 1};
	}
	assess_host(writer->setup.assessor, &input, &assessed);
	(void)note(writer, fact_records_write(writer->setup.store, writer->setup.census, &assessed, input.now, &writer->error));
	assessed_host_done(&assessed);
}

static void on_host_done(void *context, uint64_t number)
{
	struct census_writer *writer = context;
	struct host_entry *host = host_table_get(&writer->hosts, number);
	struct open_host_record record = {.number = number};

	if (!begin(writer) || !write_begun(writer))
		return;
	write_closed(writer, host);
	if (!writer->has_failed)
		write_findings(writer, host);
	if (writer->has_failed || !note(writer, store_remove_open_host(writer->setup.store, writer->setup.census, &record, &writer->error)))
		return;
	writer->found_done++;
	writer->progress.hosts_done++;
	writer->progress.hosts_silent += host->has_accepted ? 0 : 1;
	host_table_remove(&writer->hosts, number);
}

static bool forget_old_contacts(struct census_writer *writer, struct instant now)
{
	struct timestamp oldest = {clock_wall().unix_ms - writer->setup.window_ms};

	if (instant_ms_between(writer->contacts_forgotten, now) < FORGET_CONTACTS_EVERY_MS)
		return true;
	writer->contacts_forgotten = now;
	return begin(writer) && note(writer, store_forget_contacts_before(writer->setup.store, oldest, &writer->error));
}

static bool on_tick(void *context)
{
	struct census_writer *writer = context;
	struct instant now = clock_now();

	if (writer->has_failed || !forget_old_contacts(writer, now))
		return false;
	if (writer->is_in_transaction && instant_ms_between(writer->transaction_began, now) >= COMMIT_AFTER_MS && !commit(writer))
		return false;
	return writer->setup.on_tick == NULL || writer->setup.on_tick(writer->setup.tick_context);
}

struct probe_owner census_writer_owner(struct census_writer *writer)
{
	return (struct probe_owner){
		.context = writer,
		.next_host = on_next_host,
		.may_have_more_hosts = writer->sweep != NULL ? on_may_have_more_hosts : NULL,
		.on_adopted = on_adopted,
		.on_round = on_round,
		.may_contact = on_may_contact,
		.before_contacts = on_before_contacts,
		.on_conversation = on_conversation,
		.on_service = on_service,
		.on_host_done = on_host_done,
		.on_tick = on_tick,
	};
}

struct census_sweep_owner census_writer_sweep_owner(struct census_writer *writer)
{
	return (struct census_sweep_owner){.context = writer, .on_reserve = on_reserve, .on_found = on_found};
}

void census_writer_set_sweep(struct census_writer *writer, struct census_sweep *sweep)
{
	writer->sweep = sweep;
}

struct restoring {
	struct census_writer *writer;
	struct probe *probe;
	struct host_entry *host;
	uint16_t decided[TARGET_PORTS_MAX];
	size_t decided_count;
};

static bool restore_contact(void *context, const struct contact_record *contact)
{
	const struct restoring *restoring = context;

	probe_remember_contact(restoring->probe, contact->address, contact->at);
	return true;
}

static bool restore_open_host(void *context, const struct open_host_record *host)
{
	struct census_writer *writer = ((struct restoring *)context)->writer;

	writer->reopened = memory_resize(writer->reopened, writer->reopened_count + 1, sizeof(*writer->reopened));
	writer->reopened[writer->reopened_count++] = host->number;
	return true;
}

static bool restore_service(void *context, const struct service_record *service)
{
	struct restoring *restoring = context;

	probe_remember_decided(restoring->probe, service->endpoint);
	if (service->verdict != VERDICT_CLOSED)
		restoring->host->has_accepted = true;
	if (restoring->decided_count < TARGET_PORTS_MAX)
		restoring->decided[restoring->decided_count++] = service->endpoint.port;
	return true;
}

/* An endpoint that was not decided goes on behind its stored conversations: playing them again gives the observations that the plan needs.
   Those of a decided one are needed when its host is done. */
static bool restore_conversation(void *context, const struct conversation_record *conversation)
{
	struct restoring *restoring = context;
	struct observation observation;
	struct timestamp ended_at = {conversation->started_at.unix_ms + conversation->duration_ms};
	bool is_decided = false;

	for (size_t i = 0; i < restoring->decided_count; i++)
		is_decided = is_decided || restoring->decided[i] == conversation->endpoint.port;
	observation_init(&observation);
	if (!session_replay(conversation->transcript, &observation, NULL, NULL)) {
		observation_done(&observation);
		return true;
	}
	if (is_decided)
		host_entry_keep(restoring->host, conversation->endpoint.port, &observation);
	else
		probe_remember_conversation(restoring->probe, conversation->endpoint, conversation->attempt, &observation, ended_at);
	observation_done(&observation);
	return true;
}

struct remembering {
	struct census_writer *writer;
	struct ip_address last;
	bool has_last;
};

/* Services come ordered by address. */
static bool remember_found(void *context, const struct service_record *service)
{
	struct remembering *remembering = context;

	if (remembering->has_last && ip_address_compare(remembering->last, service->endpoint.address) == 0)
		return true;
	remembering->last = service->endpoint.address;
	remembering->has_last = true;
	remembering->writer->found++;
	census_sweep_remember(remembering->writer->sweep, service->endpoint.address);
	return true;
}

/* Whoever was found by an earlier run is not swept again: those whose services are kept, and those that are still open (which may be both). */
static bool restore_found(struct census_writer *writer, struct error *error)
{
	struct remembering remembering = {.writer = writer};
	struct store_visitor visitor = {.context = &remembering, .on_service = remember_found};

	if (!store_visit_services(writer->setup.store, writer->setup.census, NULL, &visitor, error))
		return false;
	writer->found_done = writer->found;
	for (size_t i = 0; i < writer->reopened_count; i++) {
		struct target_host host;
		const struct host_entry *entry = host_table_get(&writer->hosts, writer->reopened[i]);

		target_set_host(writer->setup.targets, writer->reopened[i], &host);
		census_sweep_remember(writer->sweep, host.address);
		if (entry->has_accepted)
			writer->found_done--;
		else
			writer->found++;
	}
	return true;
}

bool census_writer_restore(struct census_writer *writer, struct probe *probe, struct error *error)
{
	struct restoring restoring = {.writer = writer, .probe = probe};
	struct store_visitor visitor = {
		.context = &restoring,
		.on_contact = restore_contact,
		.on_open_host = restore_open_host,
		.on_service = restore_service,
		.on_conversation = restore_conversation,
	};
	struct store *store = writer->setup.store;
	struct timestamp oldest = {clock_wall().unix_ms - writer->setup.window_ms};

	if (!store_begin(store, error) || !store_forget_contacts_before(store, oldest, error) || !store_commit(store, error))
		return false;
	if (!store_visit_contacts(store, &visitor, error) || !store_visit_open_hosts(store, writer->setup.census, &visitor, error))
		return false;
	for (size_t i = 0; i < writer->reopened_count; i++) {
		struct target_host host;

		target_set_host(writer->setup.targets, writer->reopened[i], &host);
		restoring.host = host_table_get(&writer->hosts, writer->reopened[i]);
		restoring.host->address = host.address;
		restoring.decided_count = 0;
		if (!store_visit_services(store, writer->setup.census, &host.address, &visitor, error) ||
		    !store_visit_conversations(store, writer->setup.census, &host.address, &visitor, error))
			return false;
	}
	return writer->sweep == NULL || restore_found(writer, error);
}

bool census_writer_finish(struct census_writer *writer, struct error *error)
{
	if ((writer->sweep == NULL || begin(writer)) && commit(writer)) /* how far the sweep has come changes without any record */
		return true;
	*error = writer->error;
	return false;
}

const struct error *census_writer_error(const struct census_writer *writer)
{
	return writer->has_failed ? &writer->error : NULL;
}

struct progress_numbers census_writer_numbers(const struct census_writer *writer)
{
	return writer->numbers;
}

struct census_progress census_writer_progress(const struct census_writer *writer)
{
	return writer->progress;
}

uint64_t census_writer_undecided(const struct census_writer *writer)
{
	return writer->undecided;
}
