/* SPDX-License-Identifier: ISC */
/* The order of connections to one address. Whether a further conversation is worth it is asked of plan.h, after each one. */
#include "probe/host.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/mix64.h"

enum { CANARY_FIRST = 40000, CANARY_LAST = 60000 }; /* rule D-7 */

static const struct instant AT_ONCE = {.ns = INT64_MIN};

/* Fisher-Yates with a small generator: neighbours in a walk must not be asked in the same order. */
static void shuffle(struct port_list *ports, uint64_t order)
{
	for (size_t i = ports->count; i > 1; i--) {
		size_t other = (size_t)(mix64(order += MIX64_STEP) % i);
		uint16_t kept = ports->ports[i - 1];

		ports->ports[i - 1] = ports->ports[other];
		ports->ports[other] = kept;
	}
}

static uint16_t choose_canary(const struct port_list *ports, uint64_t order)
{
	uint16_t port = (uint16_t)(CANARY_FIRST + (order ^ order >> 29) % (CANARY_LAST - CANARY_FIRST + 1));

	for (size_t i = 0; i < ports->count; i++) {
		if (ports->ports[i] != port)
			continue;
		port = port == CANARY_LAST ? CANARY_FIRST : (uint16_t)(port + 1);
		i = (size_t)-1; /* from the first one again: there are more canaries than ports */
	}
	return port;
}

/* With the canary. */
static size_t all_ports(const struct host *host)
{
	return host->port_count + (host->has_canary ? 1U : 0U);
}

static void put_first(struct port_list *ports, uint16_t port)
{
	for (size_t i = 1; i < ports->count; i++) {
		if (ports->ports[i] != port)
			continue;
		ports->ports[i] = ports->ports[0];
		ports->ports[0] = port;
	}
}

struct host *host_new(const struct probe_assignment *assignment, uint64_t order)
{
	struct port_list ports = assignment->host.ports;
	struct host *host;

	assert(ports.count <= TARGET_PORTS_MAX);
	shuffle(&ports, order);
	host = memory_allocate(1, sizeof(*host) + (ports.count + 1) * sizeof(host->ports[0]));
	host->number = assignment->number;
	host->address = assignment->host.address;
	host->server_name = assignment->server_name;
	host->gap_until = AT_ONCE;
	host->canary_port = choose_canary(&ports, order);
	host->asks_canary_alone = assignment->asks_canary_alone;
	if (host->asks_canary_alone)
		ports.count = 0;
	host->port_count = (uint8_t)ports.count;
	if (assignment->answer != NULL) {
		host->answer = memory_allocate(1, sizeof(*host->answer));
		*host->answer = *assignment->answer;
		put_first(&ports, assignment->answer->endpoint.port);
	}
	for (size_t i = 0; i < ports.count; i++)
		host->ports[i] = (struct host_port){.port = ports.ports[i], .not_before = AT_ONCE};
	return host;
}

static void free_observations(struct host_port *port)
{
	for (size_t i = 0; i < port->count; i++)
		observation_done(&port->observations[i]);
	free(port->observations);
	port->observations = NULL;
	port->count = 0;
}

void host_free(struct host *host)
{
	if (host == NULL)
		return;
	for (size_t i = 0; i < all_ports(host); i++)
		free_observations(&host->ports[i]);
	contact_budget_done(&host->budget);
	free(host->answer);
	free(host);
}

struct host_port *host_find_port(struct host *host, uint16_t port)
{
	for (size_t i = 0; i < all_ports(host); i++) {
		if (host->ports[i].port == port)
			return &host->ports[i];
	}
	return NULL;
}

struct host_port *host_set_canary(struct host *host, uint16_t port)
{
	host->has_canary = true;
	host->canary_port = port;
	host->ports[host->port_count] = (struct host_port){.port = port, .not_before = AT_ONCE};
	return &host->ports[host->port_count];
}

static struct observation *append_observation(struct host_port *port)
{
	assert(port->count < UINT8_MAX);
	port->observations = memory_resize(port->observations, port->count + 1U, sizeof(*port->observations));
	return &port->observations[port->count++];
}

/* When the plan wants its next step; a port that is done is found by host_next_turn(). */
static void set_not_before(struct host_port *port, struct instant ended_at, const struct probe_policy *policy)
{
	struct plan_step step;

	if (plan_next_step(port->port, port->observations, port->count, policy, &step))
		port->not_before = instant_after_ms(ended_at, step.delay_ms);
}

void host_remember(struct host *host, struct host_port *port, const struct observation *observation, unsigned attempt,
                   struct instant ended_at, const struct probe_policy *policy)
{
	struct instant gap_until = instant_after_ms(ended_at, policy->gap_ms);

	observation_copy(append_observation(port), observation);
	port->last_attempt = (uint8_t)(attempt < UINT8_MAX ? attempt : UINT8_MAX - 1);
	if (instant_is_before(host->gap_until, gap_until))
		host->gap_until = gap_until;
	set_not_before(port, ended_at, policy);
}

/* Without waiting, a port that was asked before is judged as it is when the budget of its address would make it wait. A first question is always asked. */
static bool is_not_worth_waiting(const struct host_port *port, const struct probe_policy *policy, struct instant now, struct instant due)
{
	unsigned pause_ms = policy->gap_ms > policy->connect_retry_ms ? policy->gap_ms : policy->connect_retry_ms;

	return !policy->waits && (port->count > 0 || port->was_retried) && instant_is_before(instant_after_ms(now, pause_ms), due);
}

/* A connect that timed out once and gets no second try is an observation too. */
static void decide_turn(struct host_port *port, struct host_turn *turn)
{
	if (port->count == 0) {
		struct observation *observation = append_observation(port);

		observation_init(observation);
		observation->ending = ENDING_CONNECT_TIMED_OUT;
	}
	turn->kind = HOST_DECIDES;
	turn->port = port;
}

static bool is_mute(const struct host_port *port)
{
	for (size_t i = 0; i < port->count; i++) {
		if (!observation_is_mute(&port->observations[i]))
			return false;
	}
	return port->count > 0;
}

/* Nothing that was asked so far refused, answered or spoke. */
static bool may_be_false(const struct host *host)
{
	for (size_t i = 0; i < host->port_count; i++) {
		const struct host_port *port = &host->ports[i];

		if (port->is_decided || port->was_retried || (port->count > 0 && !is_mute(port)))
			return false;
	}
	return !host->has_canary || !host->ports[host->port_count].is_decided;
}

/* The canary is all that is left to ask: all ports are mute, or were asked before. */
static void canary_turn(struct host *host, const struct probe_policy *policy, struct instant now, struct instant due,
                        struct host_turn *turn)
{
	struct host_port *canary = host->has_canary ? &host->ports[host->port_count] : host_set_canary(host, host->canary_port);

	*turn = (struct host_turn){.kind = HOST_DECIDES, .port = canary, .until = instant_later_of(due, canary->not_before)};
	if (canary->count > 0)
		return;
	plan_canary_step(policy, &turn->step);
	turn->kind = instant_is_before(now, turn->until) ? HOST_WAITS : HOST_CONNECTS;
}

/* Whether it is worth it to wait for the budget of the address. */
static bool is_canary_worth_it(const struct probe_policy *policy, struct instant now, struct instant address_due)
{
	return policy->canary && (policy->waits || !instant_is_before(instant_after_ms(now, policy->gap_ms), address_due));
}

static void canary_alone_turn(struct host *host, const struct probe_policy *policy, struct instant now, struct instant address_due,
                              struct host_turn *turn)
{
	const struct host_port *canary = host->has_canary ? &host->ports[host->port_count] : NULL;

	if (canary != NULL && canary->is_decided)
		return;
	if ((canary != NULL && canary->count > 0) || is_canary_worth_it(policy, now, address_due))
		canary_turn(host, policy, now, address_due, turn);
}

void host_next_turn(struct host *host, const struct probe_policy *policy, struct instant now, struct host_turn *turn_out)
{
	struct instant address_due =
		instant_later_of(host->gap_until, contact_budget_next(&host->budget, policy->per_address, policy->window_ms));
	struct host_port *held = NULL;

	assert(host->conversation == NULL);
	turn_out->kind = HOST_IS_DONE;
	if (host->asks_canary_alone) {
		canary_alone_turn(host, policy, now, address_due, turn_out);
		return;
	}
	for (size_t i = 0; i < host->port_count; i++) {
		struct host_port *port = &host->ports[i];
		struct instant due = instant_later_of(address_due, port->not_before);
		struct plan_step step;

		if (port->is_decided)
			continue;
		if (!plan_next_step(port->port, port->observations, port->count, policy, &step) ||
		    is_not_worth_waiting(port, policy, now, due)) {
			if (is_canary_worth_it(policy, now, address_due) && is_mute(port) && may_be_false(host)) {
				held = port;
				continue;
			}
			decide_turn(port, turn_out);
			return;
		}
		if (turn_out->kind == HOST_WAITS && !instant_is_before(due, turn_out->until) &&
		    !(due.ns == turn_out->until.ns && port->not_before.ns < turn_out->port->not_before.ns))
			continue;
		*turn_out = (struct host_turn){.kind = HOST_WAITS, .port = port, .step = step, .until = due};
	}
	if (turn_out->kind == HOST_IS_DONE && held != NULL)
		canary_turn(host, policy, now, address_due, turn_out);
	else if (turn_out->kind == HOST_WAITS && !instant_is_before(now, turn_out->until))
		turn_out->kind = HOST_CONNECTS;
}

void host_decide(struct host_port *port)
{
	free_observations(port);
	port->is_decided = true;
}

void host_note_contact(struct host *host, struct instant at, const struct probe_policy *policy)
{
	contact_budget_add(&host->budget, at, policy->per_address);
}

static bool is_canary(const struct host *host, const struct host_port *port)
{
	return host->has_canary && port == &host->ports[host->port_count];
}

bool host_note_end(struct host *host, struct host_port *port, struct observation *observation, struct instant at,
                   const struct probe_policy *policy)
{
	host->gap_until = instant_after_ms(at, policy->gap_ms);
	if (observation->ending == ENDING_CONNECT_TIMED_OUT && policy->connect_retry_ms > 0 && !port->was_retried) {
		port->was_retried = true;
		port->not_before = instant_after_ms(at, policy->connect_retry_ms);
		observation_done(observation);
		return false;
	}
	port->was_retried = false;
	if (is_canary(host, port))
		observation->flags |= OBSERVED_CANARY; /* where no session began, too */
	*append_observation(port) = *observation;
	if (!is_canary(host, port))
		set_not_before(port, at, policy);
	return true;
}
