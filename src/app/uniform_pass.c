/* SPDX-License-Identifier: ISC */
/* Two rounds over what is kept: in the first a few hosts of each prefix are asked, in the second the others of those prefixes where one of them greeted alike.
   What services showed stays as it is kept: that they are none is judged of the host whenever it is read (classify/host.h), here for its findings. */
#include "app/uniform_pass.h"

#include <stdlib.h>
#include <string.h>

#include "app/census_reader.h"
#include "app/fact_records.h"
#include "app/prefix_count.h"
#include "base/memory.h"
#include "classify/finding_rule.h"
#include "net/clock.h"

enum { COMMIT_AFTER_MS = 500, GREETING_MAX = 1 << 16 };

enum round {
	ROUND_SAMPLE, /* some hosts of each prefix */
	ROUND_REST,   /* all others of those where one of them greeted alike */
	ROUND_COUNT,  /* nobody */
};

/* A host of a prefix that is looked at. */
struct candidate {
	struct ip_address address;
	struct port_list ports;    /* that accept */
	bool speaks, has_its_own;  /* words; on one of its ports none, or others than on the first */
	bool has_canary, is_false; /* was asked, and greeted there alike */
	size_t greeting;           /* its place among the greetings */
};

struct candidates {
	struct candidate *items;
	size_t count, capacity;
};

/* Hosts of one prefix that are alike share one. */
struct greetings {
	struct buffer *items;
	size_t count, capacity;
};

struct gathering {
	enum round round;
	struct prefix_count prefixes;
	struct candidates seen;   /* of the prefix that is read, and perhaps of the next one */
	struct candidates wanted; /* to be asked in this round */
	struct greetings greetings;
	size_t greetings_wanted; /* the first ones, of hosts that are to be asked; the others are forgotten with their prefix */
	struct uniform_counts *counts;
};

struct asking {
	const struct uniform_pass *pass;
	const struct gathering *from;
	size_t next;
	struct uniform_counts *counts;
	bool is_in_transaction, has_failed, is_stopped;
	struct instant transaction_began;
	struct error *error;
};

/* ---- whom to ask ---- */

static struct candidate *append(struct candidates *list)
{
	if (list->count == list->capacity) {
		list->capacity = list->capacity > 0 ? 2 * list->capacity : 512;
		list->items = memory_resize(list->items, list->capacity, sizeof(*list->items));
	}
	return memset(&list->items[list->count++], 0, sizeof(struct candidate));
}

static size_t keep_greeting(struct greetings *greetings, struct span greeting)
{
	if (greetings->count > 0 && span_equals(buffer_view(&greetings->items[greetings->count - 1]), greeting))
		return greetings->count - 1;
	if (greetings->count == greetings->capacity) {
		greetings->capacity = greetings->capacity > 0 ? 2 * greetings->capacity : 512;
		greetings->items = memory_resize(greetings->items, greetings->capacity, sizeof(*greetings->items));
	}
	buffer_init(&greetings->items[greetings->count], GREETING_MAX);
	buffer_append(&greetings->items[greetings->count], greeting);
	return greetings->count++;
}

/* The first ones of the list are of this prefix. */
static size_t count_of_prefix(const struct candidates *list, struct ip_address prefix)
{
	size_t count = 0;

	while (count < list->count && ip_address_equals(prefix_of(list->items[count].address), prefix))
		count++;
	return count;
}

/* Who has words of its own on any port cannot be false, whatever its canary says. False: there is no use in asking it. */
static bool want(struct gathering *gathering, const struct candidate *candidate)
{
	if (!candidate->speaks || candidate->has_its_own || candidate->has_canary)
		return false;
	*append(&gathering->wanted) = *candidate;
	return true;
}

/* The first of each part of the prefix, so the same ones each time. */
static void want_sample(struct gathering *gathering, size_t count)
{
	for (size_t part = 0; part < UNIFORM_SAMPLE; part++) {
		size_t next = part * count / UNIFORM_SAMPLE, end = (part + 1) * count / UNIFORM_SAMPLE;

		while (next < end && !want(gathering, &gathering->seen.items[next]))
			next++;
	}
}

static void want_some(struct gathering *gathering, size_t count, size_t canaries, size_t false_hosts)
{
	if (gathering->round == ROUND_SAMPLE && canaries < UNIFORM_SAMPLE)
		want_sample(gathering, count);
	for (size_t i = 0; gathering->round == ROUND_REST && false_hosts > 0 && i < count; i++)
		(void)want(gathering, &gathering->seen.items[i]);
}

/* Those that no host has that is seen or wanted: else a census of millions would be in memory in the end. Places grow with the order of hosts. */
static void forget_greetings(struct gathering *gathering)
{
	struct greetings *greetings = &gathering->greetings;
	size_t wanted = gathering->greetings_wanted, first = greetings->count;

	for (size_t i = 0; i < gathering->seen.count; i++) {
		const struct candidate *candidate = &gathering->seen.items[i];

		if (candidate->speaks && candidate->greeting < first)
			first = candidate->greeting > wanted ? candidate->greeting : wanted;
	}
	if (first <= wanted)
		return;
	for (size_t i = wanted; i < first; i++)
		buffer_done(&greetings->items[i]);
	memmove(&greetings->items[wanted], &greetings->items[first], (greetings->count - first) * sizeof(*greetings->items));
	greetings->count -= first - wanted;
	for (size_t i = 0; i < gathering->seen.count; i++) {
		if (gathering->seen.items[i].speaks && gathering->seen.items[i].greeting >= first)
			gathering->seen.items[i].greeting -= first - wanted;
	}
}

static void on_prefix(void *context, struct ip_address prefix, enum prefix_verdict verdict)
{
	struct gathering *gathering = context;
	size_t count = count_of_prefix(&gathering->seen, prefix), false_hosts = 0, canaries = 0, wanted_before = gathering->wanted.count;

	for (size_t i = 0; i < count; i++) {
		false_hosts += gathering->seen.items[i].is_false;
		canaries += gathering->seen.items[i].has_canary;
	}
	if (verdict == PREFIX_UNIFORM) {
		gathering->counts->prefixes++;
		gathering->counts->false_hosts += false_hosts;
		want_some(gathering, count, canaries, false_hosts);
	}
	gathering->seen.count -= count;
	memmove(gathering->seen.items, gathering->seen.items + count, gathering->seen.count * sizeof(*gathering->seen.items));
	if (gathering->wanted.count > wanted_before)
		gathering->greetings_wanted = gathering->greetings.count; /* the next prefix may share the last of them */
	else
		forget_greetings(gathering);
}

static void add_service(struct gathering *gathering, struct candidate *candidate, const struct service_record *record)
{
	if (record->verdict == VERDICT_CLOSED)
		return;
	if (candidate->ports.count < TARGET_PORTS_MAX)
		candidate->ports.ports[candidate->ports.count++] = record->endpoint.port;
	if (record->greeting.size > 0 && !candidate->speaks) {
		candidate->speaks = true;
		candidate->greeting = keep_greeting(&gathering->greetings, record->greeting);
	} else if (record->greeting.size == 0 ||
	           !span_equals(buffer_view(&gathering->greetings.items[candidate->greeting]), record->greeting)) {
		candidate->has_its_own = true;
	}
}

static bool gather(void *context, const struct census_service *service)
{
	struct gathering *gathering = context;
	const struct service_record *record = service->service;
	struct candidate *candidate;

	prefix_count_add(&gathering->prefixes, service);
	if (service->is_first_of_host)
		append(&gathering->seen)->address = record->endpoint.address;
	candidate = &gathering->seen.items[gathering->seen.count - 1];
	if ((record->observation_flags & OBSERVED_CANARY) != 0) {
		candidate->has_canary = true;
		candidate->is_false = service->host->verdict == HOST_FALSE && record->greeting.size > 0;
	} else {
		add_service(gathering, candidate, record);
	}
	return true;
}

/* ---- what comes back ---- */

static bool note(struct asking *asking, bool is_done)
{
	asking->has_failed = asking->has_failed || !is_done;
	return is_done;
}

static bool begin(struct asking *asking)
{
	if (asking->has_failed || asking->is_in_transaction)
		return !asking->has_failed;
	asking->is_in_transaction = note(asking, store_begin(asking->pass->store, asking->error));
	asking->transaction_began = clock_now();
	return asking->is_in_transaction;
}

static bool commit(struct asking *asking)
{
	if (asking->has_failed || !asking->is_in_transaction)
		return !asking->has_failed;
	asking->is_in_transaction = false;
	return note(asking, store_commit(asking->pass->store, asking->error));
}

static bool on_next_host(void *context, struct probe_assignment *assignment_out)
{
	struct asking *asking = context;

	if (asking->has_failed || asking->is_stopped || asking->next == asking->from->wanted.count)
		return false;
	*assignment_out = (struct probe_assignment){.number = asking->next, .asks_canary_alone = true};
	assignment_out->host.address = asking->from->wanted.items[asking->next].address;
	assignment_out->host.ports = asking->from->wanted.items[asking->next++].ports;
	return true;
}

static bool on_may_contact(void *context, struct ip_address address)
{
	const struct asking *asking = context;

	return !asking->has_failed && exclusion_list_reason(asking->pass->exclusions, address) == NULL;
}

static bool on_before_contacts(void *context, const struct ip_address *addresses, size_t count)
{
	struct asking *asking = context;
	struct timestamp now = clock_wall();

	if (!begin(asking))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct contact_record contact = {.address = addresses[i], .at = now};

		if (!note(asking, store_add_contact(asking->pass->store, &contact, asking->error)))
			return false;
	}
	asking->counts->connections += count;
	return commit(asking);
}

static void on_conversation(void *context, const struct probe_conversation *conversation)
{
	struct asking *asking = context;
	struct conversation_record record;

	conversation_record_from(conversation, &record);
	if (begin(asking))
		(void)note(asking, store_add_conversation(asking->pass->store, asking->pass->census, &record, asking->error));
}

/* All that the rule of hosts (rule D-7) and its finding look at. */
struct judged {
	struct host_service services[TARGET_PORTS_MAX + 1];
	struct host_judgement host;
	struct observation observations[TARGET_PORTS_MAX + 1];
	struct service_judgement judgements[TARGET_PORTS_MAX + 1];
	struct service_view views[TARGET_PORTS_MAX + 1];
	size_t count;
};

static void add_port(struct judged *judged, uint16_t port, struct span greeting, bool is_canary)
{
	judged->services[judged->count++] =
		(struct host_service){.port = port, .verdict = VERDICT_UNKNOWN, .is_canary = is_canary, .greeting = greeting};
}

static void add_views(struct judged *judged)
{
	static const struct tls_facts no_facts;
	static const struct software no_software;

	for (size_t i = 0; i < judged->count; i++) {
		observation_init(&judged->observations[i]);
		judged->observations[i].flags = judged->services[i].is_canary ? OBSERVED_CANARY : 0;
		buffer_append(&judged->observations[i].greeting, judged->services[i].greeting);
		judged->judgements[i] = (struct service_judgement){.verdict = judged->services[i].verdict, .reason = ""};
		judged->views[i] = (struct service_view){.port = judged->services[i].port,
		                                         .observations = &judged->observations[i],
		                                         .observation_count = 1,
		                                         .judgement = &judged->judgements[i],
		                                         .tls = &no_facts,
		                                         .reference_name = "",
		                                         .software = &no_software};
	}
}

/* In place of those of its services, which are none. */
static void write_findings(struct asking *asking, struct judged *judged, struct ip_address address)
{
	const struct finding *no_findings[TARGET_PORTS_MAX + 1] = {NULL};
	const size_t no_counts[TARGET_PORTS_MAX + 1] = {0};
	struct host_view view = {.services = judged->views,
	                         .service_count = judged->count,
	                         .judgement = &judged->host,
	                         .findings = no_findings,
	                         .finding_counts = no_counts};
	struct assessed_host host = {.address = address, .findings = memory_allocate(FINDINGS_MAX, sizeof(*host.findings))};

	add_views(judged);
	host.finding_count = findings_of_host(&view, host.findings);
	(void)note(asking, fact_records_write(asking->pass->store, asking->pass->census, &host, clock_wall(), asking->error));
	for (size_t i = 0; i < judged->count; i++)
		observation_done(&judged->observations[i]);
	free(host.findings);
}

static void judge_host(struct asking *asking, const struct candidate *candidate, const struct service_record *canary)
{
	struct judged *judged = memory_allocate(1, sizeof(*judged));

	for (size_t i = 0; i < candidate->ports.count; i++)
		add_port(judged, candidate->ports.ports[i], buffer_view(&asking->from->greetings.items[candidate->greeting]), false);
	add_port(judged, canary->endpoint.port, canary->greeting, true);
	host_judge(judged->services, judged->count, &judged->host);
	if (judged->host.verdict == HOST_FALSE)
		write_findings(asking, judged, candidate->address);
	free(judged);
}

/* One that does not accept, as it should be, leaves no row. */
static bool is_in_vain(const struct observation *observation)
{
	return observation->ending == ENDING_CONNECT_REFUSED || observation->ending == ENDING_CONNECT_TIMED_OUT ||
	       observation->ending == ENDING_CONNECT_UNREACHABLE || observation->ending == ENDING_LOCAL_FAILURE;
}

static void on_service(void *context, uint64_t number, struct endpoint endpoint, const struct observation *observations, size_t count)
{
	struct asking *asking = context;
	struct assessment_service from = {.endpoint = endpoint, .observations = observations, .count = count};
	struct assessed_service assessed;
	struct service_record record;

	if (is_in_vain(&observations[0]) || !begin(asking))
		return;
	assess_service(asking->pass->assessor, &from, NULL, clock_wall(), &assessed);
	assessed_service_forget_chains(&assessed);
	service_record_from(&assessed, observations, count, clock_wall(), &record);
	if (note(asking, store_add_service(asking->pass->store, asking->pass->census, &record, asking->error)))
		judge_host(asking, &asking->from->wanted.items[number], &record);
}

static void on_host_done(void *context, uint64_t number)
{
	(void)context;
	(void)number;
}

static bool on_tick(void *context)
{
	struct asking *asking = context;

	if (asking->is_in_transaction && instant_ms_between(asking->transaction_began, clock_now()) >= COMMIT_AFTER_MS)
		(void)commit(asking);
	asking->is_stopped = asking->is_stopped || !asking->pass->on_tick(asking->pass->context);
	return !asking->has_failed && !asking->is_stopped;
}

/* ---- the rounds ---- */

static bool remember_contact(void *context, const struct contact_record *contact)
{
	probe_remember_contact(context, contact->address, contact->at);
	return true;
}

static bool ask(struct asking *asking)
{
	struct probe_owner owner = {
		.context = asking,
		.next_host = on_next_host,
		.may_contact = on_may_contact,
		.before_contacts = on_before_contacts,
		.on_conversation = on_conversation,
		.on_service = on_service,
		.on_host_done = on_host_done,
		.on_tick = on_tick,
	};
	struct probe *probe = probe_new(asking->pass->policy, &owner, asking->error);
	struct store_visitor visitor = {.context = probe, .on_contact = remember_contact};
	bool is_done =
		probe != NULL && store_visit_contacts(asking->pass->store, &visitor, asking->error) && probe_run(probe, asking->error);

	is_done = commit(asking) && is_done;
	probe_free(probe);
	return is_done && !asking->has_failed;
}

static bool run_round(struct asking *asking, enum round round)
{
	struct census_reader reader = {.store = asking->pass->store, .census = asking->pass->census};
	struct gathering *gathering = memory_allocate(1, sizeof(*gathering));
	bool is_done;

	*gathering = (struct gathering){.round = round, .counts = asking->counts};
	gathering->prefixes.on_prefix = on_prefix;
	gathering->prefixes.context = gathering;
	asking->counts->prefixes = asking->counts->false_hosts = 0;
	is_done = census_reader_visit(&reader, NULL, 0, gather, gathering, asking->error);
	if (is_done) {
		prefix_count_end(&gathering->prefixes);
		asking->from = gathering;
		asking->next = 0;
		is_done = gathering->wanted.count == 0 || ask(asking);
	}
	for (size_t i = 0; i < gathering->greetings.count; i++)
		buffer_done(&gathering->greetings.items[i]);
	free(gathering->greetings.items);
	free(gathering->seen.items);
	free(gathering->wanted.items);
	free(gathering);
	return is_done;
}

bool uniform_pass_run(const struct uniform_pass *pass, struct uniform_counts *counts_out, struct error *error)
{
	struct asking asking = {.pass = pass, .counts = counts_out, .error = error};

	*counts_out = (struct uniform_counts){.prefixes = 0};
	for (enum round round = ROUND_SAMPLE; round <= ROUND_COUNT; round++) {
		if (!run_round(&asking, round))
			return false;
		if (counts_out->prefixes == 0 || asking.is_stopped)
			return true;
	}
	return true;
}
