/* SPDX-License-Identifier: ISC */
/* The prober's owner for a check. Hosts go in rounds: in one round each address is there once, and all hosts are local or none is, as the pause between connections is one for a round. */
#include "app/check_run.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "net/clock.h"

enum { PER_HOST_RATE = 100 };

struct round {
	struct check_run *run;
	const struct check_targets *targets;
	struct assessor *assessor;
	const struct check_progress *progress;
	size_t *order; /* indices of the hosts of this round */
	size_t count, next;
	const struct probe *probe;
	uint64_t connections_before;
	size_t done_before, done;
};

static struct checked_host *host_at(const struct round *round, uint64_t number)
{
	return &round->run->hosts[number];
}

static bool on_next_host(void *context, struct probe_assignment *assignment_out)
{
	struct round *round = context;
	const struct check_target *target;

	if (round->next == round->count)
		return false;
	target = &round->targets->items[round->order[round->next]];
	*assignment_out = (struct probe_assignment){
		.number = round->order[round->next++],
		.host = target->host,
		.server_name = target->reference_name[0] != '\0' ? target->reference_name : NULL,
	};
	return true;
}

static bool on_may_contact(void *context, struct ip_address address)
{
	const struct round *round = context;

	return exclusion_list_reason(round->targets->exclusions.exclusions, address) == NULL;
}

/* Nothing is kept on disk: a check that is killed has to be begun anew. */
static bool on_before_contacts(void *context, const struct ip_address *addresses, size_t count)
{
	(void)context;
	(void)addresses;
	(void)count;
	return true;
}

/* Endpoints tell whose conversation it is, as an address is there only once in a round. */
static struct checked_host *host_of(const struct round *round, struct ip_address address)
{
	for (size_t i = 0; i < round->count; i++) {
		if (ip_address_compare(round->targets->items[round->order[i]].host.address, address) == 0)
			return &round->run->hosts[round->order[i]];
	}
	return NULL;
}

static void on_conversation(void *context, const struct probe_conversation *conversation)
{
	const struct round *round = context;
	struct checked_host *host = host_of(round, conversation->endpoint.address);

	if (host != NULL)
		assessor_take(round->assessor, conversation, host->target->reference_name, &host->notes);
}

static void on_service(void *context, uint64_t number, struct endpoint endpoint, const struct observation *observations, size_t count)
{
	struct checked_host *host = host_at(context, number);
	struct checked_service *service;

	if (host->service_count == TARGET_PORTS_MAX)
		return;
	service = &host->services[host->service_count++];
	service->endpoint = endpoint;
	service->observations = memory_allocate(count, sizeof(*service->observations));
	service->count = count;
	for (size_t i = 0; i < count; i++)
		observation_copy(&service->observations[i], &observations[i]);
}

static void on_host_done(void *context, uint64_t number)
{
	struct round *round = context;

	(void)number;
	round->done++;
}

static bool on_tick(void *context)
{
	struct round *round = context;
	struct probe_status status;

	probe_get_status(round->probe, &status);
	if (round->progress->on_tick == NULL || round->progress->on_tick(round->progress->context, round->done_before + round->done,
	                                                                 round->connections_before + status.connections))
		return true;
	round->run->was_stopped = true;
	return false;
}

static struct probe_owner owner_of(struct round *round)
{
	return (struct probe_owner){
		.context = round,
		.next_host = on_next_host,
		.may_contact = on_may_contact,
		.before_contacts = on_before_contacts,
		.on_conversation = on_conversation,
		.on_service = on_service,
		.on_host_done = on_host_done,
		.on_tick = on_tick,
	};
}

static bool is_in_round(const struct round *round, struct ip_address address)
{
	for (size_t i = 0; i < round->count; i++) {
		if (ip_address_compare(round->targets->items[round->order[i]].host.address, address) == 0)
			return true;
	}
	return false;
}

/* Takes as many of the hosts that are left as may be together. */
static void fill_round(struct round *round, bool *is_taken, bool is_local)
{
	round->count = round->next = round->done = 0;
	for (size_t i = 0; i < round->targets->count; i++) {
		const struct check_target *target = &round->targets->items[i];

		if (is_taken[i] || !target->has_address || target->is_local != is_local || is_in_round(round, target->host.address))
			continue;
		is_taken[i] = true;
		round->order[round->count++] = i;
	}
}

static size_t most_ports(const struct round *round)
{
	size_t most = 1;

	for (size_t i = 0; i < round->count; i++) {
		size_t count = round->targets->items[round->order[i]].host.ports.count;

		most = count > most ? count : most;
	}
	return most;
}

static bool hold_round(const struct check_options *options, struct round *round, bool is_local, struct error *error)
{
	struct probe_owner owner = owner_of(round);
	struct probe_policy policy;
	struct probe_status status;
	struct probe *probe;
	bool is_done;

	if (!check_options_policy(options, is_local, most_ports(round), &policy, error))
		return false;
	policy.connections_per_second = PER_HOST_RATE * (double)round->count;
	probe = probe_new(&policy, &owner, error);
	round->probe = probe;
	is_done = probe != NULL && probe_run(probe, error);
	if (probe != NULL) {
		probe_get_status(probe, &status);
		round->connections_before += status.connections;
		round->done_before += round->done;
	}
	probe_free(probe);
	free((void *)(uintptr_t)policy.sources);
	return is_done;
}

/* The address may be the same as in the round before, and its pause is not over. */
static void pause_between_rounds(const struct check_options *options, bool is_local)
{
	struct probe_policy usual;
	unsigned gap_ms;
	struct timespec pause;

	probe_policy_init(&usual);
	gap_ms = options->gap_ms != CHECK_GAP_BY_PLACE ? options->gap_ms : is_local ? 0 : usual.gap_ms;
	pause = (struct timespec){.tv_sec = gap_ms / 1000, .tv_nsec = (long)(gap_ms % 1000) * 1000000};
	if (gap_ms > 0)
		(void)nanosleep(&pause, NULL);
}

static bool hold_rounds(const struct check_options *options, struct round *round, struct error *error)
{
	bool *is_taken = memory_allocate(round->targets->count + 1, sizeof(*is_taken));
	bool is_good = true;

	for (int is_local = 1; is_local >= 0; is_local--) {
		for (bool is_first = true; is_good && !round->run->was_stopped; is_first = false) {
			fill_round(round, is_taken, is_local == 1);
			if (round->count == 0)
				break;
			if (!is_first)
				pause_between_rounds(options, is_local == 1);
			is_good = hold_round(options, round, is_local == 1, error);
		}
	}
	free(is_taken);
	return is_good;
}

static void assess(const struct assessor *assessor, struct check_run *run)
{
	for (size_t i = 0; i < run->host_count; i++) {
		struct checked_host *host = &run->hosts[i];
		struct assessment_service services[TARGET_PORTS_MAX];
		struct assessment_input input = {
			.address = host->target->host.address,
			.reference_name = host->target->reference_name,
			.services = services,
			.service_count = host->service_count,
			.notes = &host->notes,
			.now = run->started_at,
		};

		if (host->service_count == 0)
			continue;
		for (size_t j = 0; j < host->service_count; j++)
			services[j] = (struct assessment_service){.endpoint = host->services[j].endpoint,
			                                          .observations = host->services[j].observations,
			                                          .count = host->services[j].count};
		assess_host(assessor, &input, &host->assessed);
		host->is_assessed = true;
	}
}

bool check_run(const struct check_options *options, const struct check_targets *targets, struct assessor *assessor,
               const struct check_progress *progress, struct check_run *out, struct error *error)
{
	struct round round = {.run = out, .targets = targets, .assessor = assessor, .progress = progress};
	struct instant began = clock_now();
	bool is_good;

	*out = (struct check_run){.host_count = targets->count, .started_at = clock_wall()};
	out->hosts = memory_allocate(targets->count + 1, sizeof(*out->hosts));
	for (size_t i = 0; i < targets->count; i++)
		out->hosts[i].target = &targets->items[i];
	round.order = memory_allocate(targets->count + 1, sizeof(*round.order));
	is_good = hold_rounds(options, &round, error);
	out->connections = round.connections_before;
	out->duration_ms = (uint32_t)instant_ms_between(began, clock_now());
	free(round.order);
	if (is_good)
		assess(assessor, out);
	return is_good;
}

void check_run_done(struct check_run *run)
{
	for (size_t i = 0; i < run->host_count; i++) {
		struct checked_host *host = &run->hosts[i];

		for (size_t j = 0; j < host->service_count; j++) {
			for (size_t k = 0; k < host->services[j].count; k++)
				observation_done(&host->services[j].observations[k]);
			free(host->services[j].observations);
		}
		assessment_notes_done(&host->notes);
		assessed_host_done(&host->assessed);
	}
	free(run->hosts);
	*run = (struct check_run){0};
}
