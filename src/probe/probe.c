/* SPDX-License-Identifier: ISC */
/* The round: hosts whose time has come, new hosts as long as there is room, connections as many as the rate allows, then wait for what happens.

   A host is in exactly one place: the queue of those that may go on, a timer, or an open conversation. */
#include "probe/probe.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "net/clock.h"
#include "net/event_loop.h"
#include "net/random.h"
#include "net/rate_limit.h"
#include "net/timer_wheel.h"
#include "probe/conversation.h"
#include "probe/host.h"
#include "probe/remembered.h"

enum {
	TICK_MS = 100,
	LAUNCH_EVERY_MS = 5, /* connections begin in small batches, so that one commit of the owner serves several */
	BATCH_MAX = 1024,
	ACTIVE_PER_OPEN = 4,        /* begun hosts that only wait for a gap, per conversation that may be open */
	WAITING_LONG_MAX = 1000000, /* hosts in a later pass, some hundred bytes each: beyond it no new ones are begun */
	SHORTAGE_PAUSE_MS = 100,
	SHORTAGE_FATAL_MS = 5000, /* nothing could be opened for so long, with nothing open that could end */
	EARLIEST_EVERY_MS = 1000, /* how often the display's "next in" is worked out */
	CERTIFICATES_MAX = 16,
};

struct host_queue {
	struct host *first, **last;
};

/* A connection that is about to be made. */
struct launch {
	struct host *host;
	struct host_turn turn;
};

struct probe {
	struct probe_policy policy;
	struct ip_address *sources;
	size_t next_source;
	struct probe_owner owner;
	struct event_loop *loop;
	struct tls_client *tls_client;
	struct conversation_shared shared;
	struct timer_wheel host_timers;
	struct rate_limit rate;
	struct remembered *remembered;
	struct host_queue ready;
	struct launch batch[BATCH_MAX];
	struct ip_address batch_addresses[BATCH_MAX];
	unsigned open_limit;       /* open_max, or less while our own side is short of something */
	struct instant not_before; /* after a shortage */
	struct instant next_launch, next_tick, next_earliest;
	bool is_short;
	struct instant short_since;
	int shortage_errno;
	bool has_failed;
	bool is_stopped;
	bool has_no_more_hosts;
	bool has_no_host_now;     /* more may come of what happens in the loop */
	struct instant round_due; /* of the owner's own sending */
	bool owns_loop;
	uint64_t waiting_long;
	struct probe_status status;
};

void probe_policy_init(struct probe_policy *policy)
{
	*policy = (struct probe_policy){
		.connections_per_second = 500,
		.open_max = 10000,
		.per_address = 4,
		.per_service = 20,
		.window_ms = 600000,
		.gap_ms = 2000,
		.connect_ms = 5000,
		.connect_retry_ms = 0,
		.handshake_ms = 10000,
		.conversation_ms = 60000,
		.conversation_slow_ms = 90000,
		.slow_after_ms = 600000,
		.busy_after_ms = 3600000,
		.busy_retries = 2,
		.confirm_after_ms = 60000,
		.waits = true,
		.sessions = PROBE_SESSIONS_AUTO,
		.canary = true,
	};
}

/* ---- hosts in their places ---- */

static void enqueue(struct probe *probe, struct host *host)
{
	host->next = NULL;
	*probe->ready.last = host;
	probe->ready.last = &host->next;
}

static void enqueue_first(struct probe *probe, struct host *host)
{
	host->next = probe->ready.first;
	probe->ready.first = host;
	if (host->next == NULL)
		probe->ready.last = &host->next;
}

static struct host *dequeue(struct probe *probe)
{
	struct host *host = probe->ready.first;

	if (host == NULL)
		return NULL;
	probe->ready.first = host->next;
	if (probe->ready.first == NULL)
		probe->ready.last = &probe->ready.first;
	host->next = NULL;
	return host;
}

static void finish_host(struct probe *probe, struct host *host)
{
	probe->status.hosts_done++;
	probe->owner.on_host_done(probe->owner.context, host->number);
	host_free(host);
}

static void tell_service(const struct probe *probe, const struct host *host, struct host_port *port)
{
	struct endpoint endpoint = {.address = host->address, .port = port->port};

	probe->owner.on_service(probe->owner.context, host->number, endpoint, port->observations, port->count);
	host_decide(port);
}

static void make_wait(struct probe *probe, struct host *host, struct instant until)
{
	unsigned pause_ms = probe->policy.gap_ms > probe->policy.connect_retry_ms ? probe->policy.gap_ms : probe->policy.connect_retry_ms;

	host->is_waiting_long = instant_is_before(instant_after_ms(event_loop_now(probe->loop), pause_ms), until);
	probe->waiting_long += host->is_waiting_long ? 1 : 0;
	probe->status.hosts_waiting++;
	host->timer.owner = host;
	timer_wheel_set(&probe->host_timers, &host->timer, until);
}

/* Decides what is decided, then puts the host where it belongs. True: it may connect now, with this turn. */
static bool advance_host(struct probe *probe, struct host *host, struct host_turn *turn)
{
	for (;;) {
		host_next_turn(host, &probe->policy, event_loop_now(probe->loop), turn);
		switch (turn->kind) {
		case HOST_DECIDES:
			tell_service(probe, host, turn->port);
			break;
		case HOST_CONNECTS:
			return true;
		case HOST_WAITS:
			make_wait(probe, host, turn->until);
			return false;
		case HOST_IS_DONE:
			finish_host(probe, host);
			return false;
		}
	}
}

static void wake_hosts(struct probe *probe)
{
	struct timer *timer;

	while ((timer = timer_wheel_take(&probe->host_timers, event_loop_now(probe->loop))) != NULL) {
		struct host *host = timer->owner;

		probe->status.hosts_waiting--;
		probe->waiting_long -= host->is_waiting_long ? 1 : 0;
		host->is_waiting_long = false;
		enqueue(probe, host);
	}
}

static bool has_room_for_hosts(const struct probe *probe)
{
	uint64_t begun = probe->status.hosts_begun - probe->status.hosts_done;

	return !probe->has_no_more_hosts && !probe->has_no_host_now &&
	       begun - probe->waiting_long < (uint64_t)ACTIVE_PER_OPEN * probe->policy.open_max && probe->waiting_long < WAITING_LONG_MAX;
}

static struct host *begin_host(struct probe *probe)
{
	struct probe_assignment assignment;
	struct host *host;

	if (!has_room_for_hosts(probe))
		return NULL;
	assignment.answer = NULL;
	if (!probe->owner.next_host(probe->owner.context, &assignment)) {
		if (probe->owner.may_have_more_hosts != NULL && probe->owner.may_have_more_hosts(probe->owner.context))
			probe->has_no_host_now = true;
		else
			probe->has_no_more_hosts = true;
		return NULL;
	}
	host = host_new(&assignment, random_u64());
	remembered_move_to(probe->remembered, host);
	probe->status.hosts_begun++;
	return host;
}

/* ---- connections ---- */

static unsigned free_places(const struct probe *probe)
{
	return probe->status.open_now < probe->open_limit ? probe->open_limit - probe->status.open_now : 0;
}

/* The exclusion list is asked when the connection is about to be made. A host that may not be contacted any more is over: nothing is said of its ports. */
static bool may_contact(struct probe *probe, struct host *host)
{
	if (probe->owner.may_contact(probe->owner.context, host->address))
		return true;
	finish_host(probe, host);
	return false;
}

static unsigned gather_batch(struct probe *probe)
{
	struct instant now = event_loop_now(probe->loop);
	unsigned wanted = rate_limit_available(&probe->rate, now);
	unsigned count = 0;

	if (wanted > free_places(probe))
		wanted = free_places(probe);
	if (wanted > BATCH_MAX)
		wanted = BATCH_MAX;
	while (count < wanted) {
		struct host *host = dequeue(probe);

		if (host == NULL && probe->owner.may_have_more_hosts == NULL)
			host = begin_host(probe); /* else launch_found() has */
		if (host == NULL)
			break;
		if (!advance_host(probe, host, &probe->batch[count].turn) || !may_contact(probe, host))
			continue;
		probe->batch[count].host = host;
		probe->batch_addresses[count++] = host->address;
	}
	return count;
}

static const struct ip_address *choose_source(struct probe *probe, enum ip_family family)
{
	for (size_t i = 0; i < probe->policy.source_count; i++) {
		const struct ip_address *source = &probe->sources[probe->next_source++ % probe->policy.source_count];

		if (source->family == family)
			return source;
	}
	return NULL;
}

/* Something of ours ran out. What is open goes on; what it gives back is enough for as many as are open now. */
static void note_shortage(struct probe *probe, int errno_of_it)
{
	struct instant now = event_loop_now(probe->loop);

	if (!probe->is_short)
		probe->short_since = now;
	probe->is_short = true;
	probe->shortage_errno = errno_of_it;
	probe->open_limit = probe->status.open_now > 1 ? probe->status.open_now : 1;
	probe->not_before = instant_after_ms(now, SHORTAGE_PAUSE_MS);
	if (probe->status.open_now > 0)
		probe->short_since = now;
	else if (instant_ms_between(probe->short_since, now) >= SHORTAGE_FATAL_MS)
		probe->has_failed = true;
}

/* A connection that came up after a shortage: carefully upwards again. */
static void note_plenty(struct probe *probe)
{
	probe->is_short = false;
	if (probe->open_limit < probe->policy.open_max)
		probe->open_limit++;
}

/* An end without a conversation: refused, timed out, unreachable, or not possible for us. */
static void note_end(struct probe *probe, struct host *host, struct host_port *port, struct observation *observation)
{
	struct host_turn turn;

	(void)host_note_end(host, port, observation, event_loop_now(probe->loop), &probe->policy);
	if (advance_host(probe, host, &turn))
		enqueue(probe, host);
}

static bool launch_one(struct probe *probe, struct launch *launch)
{
	struct host *host = launch->host;
	struct endpoint endpoint = {.address = host->address, .port = launch->turn.port->port};
	enum connect_failure failure = CONNECT_SHORTAGE;
	int errno_of_it = 0;
	struct observation observation;

	host->conversation = conversation_begin(&probe->shared, endpoint, &launch->turn.step, host->server_name,
	                                        choose_source(probe, host->address.family), host, &failure, &errno_of_it);
	if (host->conversation == NULL && failure == CONNECT_SHORTAGE) {
		note_shortage(probe, errno_of_it);
		return false;
	}
	host_note_contact(host, event_loop_now(probe->loop), &probe->policy);
	probe->status.connections++;
	if (host->conversation != NULL) {
		probe->status.open_now++;
		return true;
	}
	observation_init(&observation);
	observation.ending = failure == CONNECT_REFUSED ? ENDING_CONNECT_REFUSED : ENDING_LOCAL_FAILURE;
	note_end(probe, host, launch->turn.port, &observation);
	return true;
}

static void put_back(struct probe *probe, unsigned from, unsigned count)
{
	for (unsigned i = count; i > from; i--)
		enqueue_first(probe, probe->batch[i - 1].host);
}

/* Written down first, then done: the budget per address must hold after a crash too. */
static void launch(struct probe *probe)
{
	struct instant now = event_loop_now(probe->loop);
	unsigned count;

	if (instant_is_before(now, probe->next_launch) || instant_is_before(now, probe->not_before))
		return;
	probe->next_launch = instant_after_ms(now, LAUNCH_EVERY_MS);
	count = gather_batch(probe);
	if (count == 0)
		return;
	if (!probe->owner.before_contacts(probe->owner.context, probe->batch_addresses, count)) {
		put_back(probe, 0, count);
		probe->is_stopped = true;
		return;
	}
	for (unsigned i = 0; i < count; i++) {
		if (!launch_one(probe, &probe->batch[i])) {
			put_back(probe, i, count);
			return;
		}
		rate_limit_take(&probe->rate, 1);
	}
}

/* ---- conversations that others began ---- */

/* Our SYN has every usual option; a host that keeps none of them, or opens no window, may not be one. */
static bool is_bare(const struct syn_answer *answer)
{
	const struct tcp_opening *opening = &answer->opening;

	return opening->window == 0 || (opening->mss == 0 && !opening->has_window_shift && !opening->has_timestamps && !opening->may_sack);
}

/* The connection is there already, so neither the rate nor the owner's leave is asked; the exclusion list is. False: the answer is of no use. */
static bool adopt(struct probe *probe, struct host *host, const struct syn_answer *answer)
{
	struct host_turn turn;

	if (!advance_host(probe, host, &turn) || !may_contact(probe, host))
		return false;
	turn.step.session.has_bare_answer = is_bare(answer);
	if (turn.port->port == answer->endpoint.port)
		host->conversation = conversation_adopt(&probe->shared, answer, &turn.step, host->server_name, host);
	if (host->conversation == NULL) {
		enqueue(probe, host);
		return false;
	}
	host_note_contact(host, event_loop_now(probe->loop), &probe->policy);
	if (probe->owner.on_adopted != NULL)
		probe->owner.on_adopted(probe->owner.context, host->address);
	probe->status.connections++;
	probe->status.open_now++;
	conversation_start(host->conversation);
	return true;
}

/* Hosts that were found with an open connection come before all others: they wait for us. */
static void launch_found(struct probe *probe)
{
	struct host *host;

	if (probe->owner.may_have_more_hosts == NULL)
		return;
	probe->has_no_host_now = false;
	while (free_places(probe) > 0 && (host = begin_host(probe)) != NULL) {
		struct syn_answer *answer = host->answer;

		host->answer = NULL;
		if (answer == NULL)
			enqueue(probe, host);
		else if (!adopt(probe, host, answer))
			raw_loop_refuse(probe->loop, answer);
		free(answer);
	}
}

/* ---- conversations that are over ---- */

static void tell_conversation(const struct probe *probe, const struct conversation *conversation, struct endpoint endpoint,
                              unsigned attempt)
{
	struct span certificates[CERTIFICATES_MAX];
	struct probe_conversation told = {
		.endpoint = endpoint,
		.attempt = attempt,
		.started_at = conversation_started_at(conversation),
		.duration_ms = conversation_duration_ms(conversation),
		.observation = conversation_observation(conversation),
		.transcript = conversation_transcript(conversation),
		.certificates = certificates,
	};

	while (told.certificate_count < CERTIFICATES_MAX) {
		struct span certificate = conversation_certificate(conversation, told.certificate_count);

		if (certificate.size == 0)
			break;
		certificates[told.certificate_count++] = certificate;
	}
	probe->owner.on_conversation(probe->owner.context, &told);
}

static void on_over(void *context, struct conversation *conversation)
{
	struct probe *probe = context;
	struct host *host = conversation_owner(conversation);
	struct endpoint endpoint = conversation_endpoint(conversation);
	struct host_port *port = host_find_port(host, endpoint.port);
	struct observation observation;

	assert(port != NULL && host->conversation == conversation);
	host->conversation = NULL;
	probe->status.open_now--;
	if (conversation_met_shortage(conversation)) {
		note_shortage(probe, EAGAIN);
		conversation_free(conversation);
		enqueue(probe, host);
		return;
	}
	note_plenty(probe);
	if (conversation_has_accepted(conversation)) {
		probe->status.conversations++;
		port->last_attempt++;
		tell_conversation(probe, conversation, endpoint, port->last_attempt);
	}
	observation = conversation_take_observation(conversation);
	conversation_free(conversation);
	note_end(probe, host, port, &observation);
}

static void wake_conversations(struct probe *probe)
{
	struct timer *timer;

	while ((timer = timer_wheel_take(&probe->shared.timers, event_loop_now(probe->loop))) != NULL)
		conversation_on_timer(timer->owner);
}

/* ---- the round ---- */

static void tick(struct probe *probe)
{
	struct instant now = event_loop_now(probe->loop);

	if (instant_is_before(now, probe->next_tick))
		return;
	probe->next_tick = instant_after_ms(now, TICK_MS);
	if (!instant_is_before(now, probe->next_earliest)) {
		struct instant due;

		probe->next_earliest = instant_after_ms(now, EARLIEST_EVERY_MS);
		probe->status.next_wait_ms = timer_wheel_earliest(&probe->host_timers, &due) ? instant_ms_between(now, due) : -1;
		if (probe->status.hosts_waiting > 0 && probe->status.next_wait_ms < 0)
			probe->status.next_wait_ms = 0;
	}
	if (!probe->owner.on_tick(probe->owner.context))
		probe->is_stopped = true;
}

static struct instant next_round(const struct probe *probe)
{
	struct instant until = instant_earlier_of(probe->next_tick, probe->round_due), due;

	if (timer_wheel_next(&probe->shared.timers, &due))
		until = instant_earlier_of(until, due);
	if (timer_wheel_next(&probe->host_timers, &due))
		until = instant_earlier_of(until, due);
	if (free_places(probe) > 0 && (probe->ready.first != NULL || has_room_for_hosts(probe)))
		until = instant_earlier_of(
			until, instant_later_of(instant_later_of(probe->next_launch, probe->not_before), rate_limit_next(&probe->rate)));
	return until;
}

static bool is_finished(const struct probe *probe)
{
	return probe->has_no_more_hosts && probe->status.hosts_begun == probe->status.hosts_done;
}

static bool fail_for_shortage(const struct probe *probe, struct error *error)
{
	if (probe->shortage_errno == EADDRNOTAVAIL || probe->shortage_errno == EADDRINUSE || probe->shortage_errno == EAGAIN)
		return error_set(error,
		                 "no connection could be opened for %d s: no local port is free (%s); use more source addresses, or widen "
		                 "net.ipv4.ip_local_port_range",
		                 SHORTAGE_FATAL_MS / 1000, strerror(probe->shortage_errno));
	if (probe->shortage_errno == EMFILE || probe->shortage_errno == ENFILE)
		return error_set(error,
		                 "no connection could be opened for %d s: %s; raise the limit of open files (ulimit -n 20000, or "
		                 "LimitNOFILE= in the unit; for the whole system fs.file-max)",
		                 SHORTAGE_FATAL_MS / 1000, strerror(probe->shortage_errno));
	return error_set(error,
	                 "no connection could be opened for %d s: %s; the system is short of memory for sockets, try again with a smaller "
	                 "--max-open",
	                 SHORTAGE_FATAL_MS / 1000, strerror(probe->shortage_errno));
}

bool probe_run(struct probe *probe, struct error *error)
{
	while (!probe->is_stopped && !probe->has_failed) {
		wake_conversations(probe);
		wake_hosts(probe);
		launch_found(probe);
		launch(probe);
		probe->round_due = probe->owner.on_round != NULL ? probe->owner.on_round(probe->owner.context, event_loop_now(probe->loop))
		                                                 : (struct instant){.ns = INT64_MAX};
		tick(probe);
		if (is_finished(probe) || probe->is_stopped)
			break;
		event_loop_poll(probe->loop, next_round(probe));
	}
	return probe->has_failed ? fail_for_shortage(probe, error) : true;
}

/* ---- before and after ---- */

static bool take_sources(struct probe *probe, struct error *error)
{
	if (probe->policy.source_count == 0)
		return true;
	probe->sources = memory_allocate(probe->policy.source_count, sizeof(*probe->sources));
	for (size_t i = 0; i < probe->policy.source_count; i++) {
		probe->sources[i] = probe->policy.sources[i];
		if (!connection_may_leave_from(probe->sources[i], error))
			return false;
	}
	probe->policy.sources = probe->sources;
	return true;
}

static bool check_policy(const struct probe_policy *policy, struct error *error)
{
	if (!(policy->connections_per_second > 0))
		return error_set(error, "the rate of connections must be above 0");
	if (policy->open_max == 0 || policy->per_address == 0)
		return error_set(error, "the number of open conversations and of connections per address must be at least 1");
	return true;
}

struct probe *probe_new(const struct probe_policy *policy, const struct probe_owner *owner, struct error *error)
{
	struct probe *probe;

	if (!check_policy(policy, error))
		return NULL;
	probe = memory_allocate(1, sizeof(*probe));
	probe->policy = *policy;
	probe->owner = *owner;
	probe->ready.last = &probe->ready.first;
	probe->open_limit = policy->open_max;
	probe->status.next_wait_ms = -1;
	probe->remembered = remembered_new(&probe->policy);
	timer_wheel_init(&probe->host_timers, clock_now());
	rate_limit_init(&probe->rate, policy->connections_per_second, clock_now());
	probe->owns_loop = policy->loop == NULL;
	probe->loop =
		policy->loop != NULL ? policy->loop : event_loop_new(policy->avoids_io_uring ? EVENT_LOOP_EPOLL : EVENT_LOOP_BEST, error);
	probe->tls_client = tls_client_new(error);
	conversation_shared_init(&probe->shared, probe->loop, probe->tls_client, &probe->policy, clock_now());
	probe->shared.context = probe;
	probe->shared.on_over = on_over;
	if (probe->loop == NULL || probe->tls_client == NULL || !take_sources(probe, error)) {
		probe_free(probe);
		return NULL;
	}
	return probe;
}

static void free_host(struct host *host)
{
	conversation_free(host->conversation);
	host_free(host);
}

/* Hosts that were left as they are: in the queue, waiting, or with an open conversation. */
static void free_hosts(struct probe *probe)
{
	struct instant never = {.ns = INT64_MAX};
	struct host *host;
	struct timer *timer;

	while ((host = dequeue(probe)) != NULL)
		free_host(host);
	while ((timer = timer_wheel_take(&probe->host_timers, never)) != NULL)
		free_host(timer->owner);
	while ((timer = timer_wheel_take(&probe->shared.timers, never)) != NULL)
		free_host(conversation_owner(timer->owner));
}

void probe_free(struct probe *probe)
{
	if (probe == NULL)
		return;
	free_hosts(probe);
	remembered_free(probe->remembered);
	conversation_shared_done(&probe->shared);
	if (probe->owns_loop)
		event_loop_free(probe->loop);
	tls_client_free(probe->tls_client);
	free(probe->sources);
	free(probe);
}

static struct instant instant_of(struct timestamp at)
{
	int64_t ago_ms = clock_wall().unix_ms - at.unix_ms;

	return instant_after_ms(clock_now(), ago_ms > 0 ? -ago_ms : 0); /* what is said to be in the future was just now */
}

void probe_remember_contact(struct probe *probe, struct ip_address address, struct timestamp at)
{
	remembered_add_contact(probe->remembered, address, instant_of(at));
}

void probe_remember_conversation(struct probe *probe, struct endpoint endpoint, unsigned attempt, const struct observation *observation,
                                 struct timestamp ended_at)
{
	remembered_add_conversation(probe->remembered, endpoint, attempt, observation, instant_of(ended_at));
}

void probe_remember_decided(struct probe *probe, struct endpoint endpoint)
{
	remembered_add_decided(probe->remembered, endpoint);
}

void probe_get_status(const struct probe *probe, struct probe_status *status_out)
{
	*status_out = probe->status;
}
