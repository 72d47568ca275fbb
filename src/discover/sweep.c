/* SPDX-License-Identifier: ISC */
/* Strands, one for each port and attempt, follow each other along the walk. Each goes only where the one before it was long enough ago, so no time has to be kept for any address. */
#include "discover/sweep.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "discover/address_set.h"
#include "discover/answer_bits.h"
#include "discover/delay_line.h"
#include "net/token_bucket.h"

enum {
	ATTEMPTS_MAX = 16,
	WINDOW_MIN = 256,       /* addresses */
	STEPS_PER_ROUND = 4096, /* addresses that need no SYN are passed quickly, but connections want their turn */
	IDLE_MS = 100,          /* a look at what may have changed */
	SEND_FAILURES_MAX = 3,  /* of one SYN although the loop has room */
	LANE_FOUND = 0,         /* of answer_bits; then one lane for each port that refused, one for each that was unreachable */
};

static const int64_t NS_PER_SECOND = 1000000000, ROUND_NS = 250000;

/* All SYNs of one port, in each address' own order, and one attempt. */
struct strand {
	uint64_t next;            /* position */
	struct delay_line gap;    /* for the strand after this one */
	struct delay_line budget; /* for the strand that would be one SYN too many in the window of an address */
};

/* Accepted, but the owner did not want it yet. */
struct waiting_find {
	uint64_t number, position;
	struct syn_answer answer;
};

struct sweep {
	struct sweep_setup setup;
	uint64_t end;   /* position */
	unsigned width; /* ports of the address that has most of them */
	unsigned strand_count, turn;
	struct strand *strands;
	struct delay_line late;
	struct answer_bits bits;
	struct address_set *found;
	uint64_t remembered_end; /* no remembered address stands at or behind it */

	uint64_t reserved, resumed_end;
	unsigned times;
	struct instant reserved_at, begins_at;
	bool has_begun, is_paused, is_stopped;

	struct token_bucket rate;
	unsigned send_failures;
	struct waiting_find *waiting; /* in the order in which they came */
	size_t waiting_count, waiting_capacity;
	struct sweep_status status;
	struct instant sampled_at;
	uint64_t sampled_syns;
	struct port_list asked, swept; /* the last question of swept_ports() and its answer */
};

/* ---- ports ---- */

static bool has_port(const struct port_list *list, uint16_t port)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->ports[i] == port)
			return true;
	}
	return false;
}

static struct port_list both(const struct port_list *of_target, const struct port_list *swept)
{
	struct port_list list = {.count = 0};

	for (size_t i = 0; i < of_target->count; i++) {
		if (has_port(swept, of_target->ports[i]))
			list.ports[list.count++] = of_target->ports[i];
	}
	return list.count > 0 ? list : *of_target;
}

/* Nearly always the same question. */
static const struct port_list *swept_ports(struct sweep *sweep, const struct port_list *of_target)
{
	if (of_target->count != sweep->asked.count || memcmp(of_target->ports, sweep->asked.ports, sizeof(of_target->ports)) != 0) {
		sweep->asked = *of_target;
		sweep->swept = both(of_target, &sweep->setup.ports);
	}
	return &sweep->swept;
}

static unsigned widest(const struct sweep_setup *setup)
{
	struct ip_range range;
	struct port_list ports;
	size_t width = 1;

	for (size_t i = 0; target_set_range(setup->targets, i, &range, &ports); i++) {
		struct port_list list = both(&ports, &setup->ports);

		width = list.count > width ? list.count : width;
	}
	return (unsigned)width;
}

/* Which of its ports an address is asked k-th: a rotation of its own. */
static size_t port_in_order(uint64_t number, unsigned k, size_t count)
{
	return (k + (number * UINT64_C(0x9e3779b97f4a7c15) >> 40)) % count;
}

/* ---- answers ---- */

static void fill_find(const struct sweep *sweep, uint64_t number, const struct syn_answer *answer, struct sweep_find *find_out)
{
	*find_out = (struct sweep_find){.number = number, .answer = *answer};
	target_set_host(sweep->setup.targets, number, &find_out->host);
}

static void keep_waiting(struct sweep *sweep, uint64_t number, uint64_t position, const struct syn_answer *answer)
{
	if (sweep->waiting_count == sweep->waiting_capacity) {
		sweep->waiting_capacity = sweep->waiting_capacity * 2 + 16;
		sweep->waiting = memory_resize(sweep->waiting, sweep->waiting_capacity, sizeof(*sweep->waiting));
	}
	sweep->waiting[sweep->waiting_count++] = (struct waiting_find){number, position, *answer};
}

static bool on_accepted(struct sweep *sweep, uint64_t number, uint64_t position, const struct syn_answer *answer)
{
	struct sweep_find find;

	if (!address_set_add(sweep->found, answer->endpoint.address))
		return false;
	if (answer_bits_holds(&sweep->bits, position))
		(void)answer_bits_set(&sweep->bits, position, LANE_FOUND);
	fill_find(sweep, number, answer, &find);
	find.is_open = true;
	if (sweep->setup.on_find(sweep->setup.context, &find))
		return true;
	keep_waiting(sweep, number, position, answer);
	return false;
}

static void on_not_accepted(struct sweep *sweep, uint64_t position, size_t port, const struct syn_answer *answer)
{
	unsigned refused = 1 + (unsigned)port, unreachable = refused + sweep->width;
	bool is_refused = answer->kind == SYN_ANSWER_REFUSED, is_told;

	if (!answer_bits_holds(&sweep->bits, position)) /* later than anybody waits */
		return;
	is_told = answer_bits_has(&sweep->bits, position, refused) || answer_bits_has(&sweep->bits, position, unreachable);
	(void)answer_bits_set(&sweep->bits, position, is_refused ? refused : unreachable);
	if (is_told)
		return;
	if (is_refused)
		sweep->status.refused++;
	else
		sweep->status.unreachable++;
	if (sweep->setup.on_refused != NULL)
		sweep->setup.on_refused(sweep->setup.context, answer);
}

static bool on_answer(void *context, const struct syn_answer *answer)
{
	struct sweep *sweep = context;
	const struct port_list *ports;
	struct target_host host;
	uint64_t number, position;
	size_t port = 0;

	/* What was not asked by this sweep cannot be its answer, whatever cookie it has. */
	if (sweep->is_stopped || !target_set_find(sweep->setup.targets, answer->endpoint.address, &number) ||
	    !target_walk_find(&sweep->setup.walk, number, &position) || position >= sweep->strands[0].next)
		return false;
	target_set_host(sweep->setup.targets, number, &host);
	ports = swept_ports(sweep, &host.ports);
	while (port < ports->count && ports->ports[port] != answer->endpoint.port)
		port++;
	if (port == ports->count)
		return false;
	if (answer->kind == SYN_ANSWER_ACCEPTED)
		return on_accepted(sweep, number, position, answer);
	on_not_accepted(sweep, position, port, answer);
	return true;
}

/* Offers again what the owner did not want before. */
static void offer_waiting(struct sweep *sweep)
{
	size_t taken = 0;

	while (taken < sweep->waiting_count) {
		struct sweep_find find;

		fill_find(sweep, sweep->waiting[taken].number, &sweep->waiting[taken].answer, &find);
		if (!sweep->setup.on_find(sweep->setup.context, &find))
			break;
		taken++;
	}
	sweep->waiting_count -= taken;
	if (taken > 0)
		memmove(sweep->waiting, sweep->waiting + taken, sweep->waiting_count * sizeof(*sweep->waiting));
}

/* ---- beginning and ending ---- */

struct sweep *sweep_new(const struct sweep_setup *setup, struct error *error)
{
	uint64_t size = target_walk_size(&setup->walk), start = setup->walk.position;
	unsigned width = widest(setup);
	struct sweep *sweep;

	assert(setup->syns_per_second > 0 && setup->per_address > 0 && setup->walk.count == target_set_count(setup->targets));
	if (setup->attempts == 0 || setup->attempts > ATTEMPTS_MAX) {
		error_set(error, "each port is asked at least once and at most %d times", ATTEMPTS_MAX);
		return NULL;
	}
	if (start > size || setup->reserved_position > size) {
		error_set(error, "the census was kept at a position that its scope does not have; it belongs to another scope or shard");
		return NULL;
	}
	sweep = memory_allocate(1, sizeof(*sweep));
	sweep->setup = *setup;
	sweep->end = size < setup->limit ? size : setup->limit;
	if (sweep->end < start)
		sweep->end = start;
	sweep->width = width;
	sweep->strand_count = width * setup->attempts;
	sweep->strands = memory_allocate(sweep->strand_count, sizeof(*sweep->strands));
	for (unsigned i = 0; i < sweep->strand_count; i++) {
		sweep->strands[i].next = start;
		delay_line_init(&sweep->strands[i].gap, start, setup->gap_ms);
		delay_line_init(&sweep->strands[i].budget, start, setup->window_ms);
	}
	delay_line_init(&sweep->late, start, setup->late_ms);
	answer_bits_init(&sweep->bits, 1 + 2 * width, start);
	sweep->found = address_set_new(&setup->key);
	sweep->reserved = start;
	sweep->resumed_end = setup->reserved_position < sweep->end ? setup->reserved_position : sweep->end;
	raw_loop_set_on_answer(setup->loop, on_answer, sweep);
	return sweep;
}

void sweep_free(struct sweep *sweep)
{
	if (sweep == NULL)
		return;
	raw_loop_set_on_answer(sweep->setup.loop, NULL, NULL);
	address_set_free(sweep->found);
	answer_bits_done(&sweep->bits);
	free(sweep->strands);
	free(sweep->waiting);
	free(sweep);
}

void sweep_remember_found(struct sweep *sweep, struct ip_address address)
{
	uint64_t number, position;

	(void)address_set_add(sweep->found, address);
	if (target_set_find(sweep->setup.targets, address, &number) && target_walk_find(&sweep->setup.walk, number, &position) &&
	    position >= sweep->remembered_end)
		sweep->remembered_end = position + 1;
}

void sweep_set_paused(struct sweep *sweep, bool is_paused)
{
	sweep->is_paused = is_paused;
}

/* What an earlier run reserved and did not finish is swept again, at once where the budget of an address allows it (rule K-7), and never within the gap. */
static void begin(struct sweep *sweep, struct instant now)
{
	const struct sweep_setup *setup = &sweep->setup;
	int64_t over_ms = setup->wall_now.unix_ms - setup->reserved_at.unix_ms, wait_ms = 0;

	sweep->has_begun = true;
	sweep->times = 1;
	if (over_ms < 0) /* somebody set the clock back: nothing is known, so all of it is waited for */
		over_ms = 0;
	if (sweep->resumed_end > setup->walk.position && over_ms < SWEEP_RESERVED_MS + (int64_t)setup->window_ms) {
		if (((uint64_t)setup->reserved_times + 1) * sweep->strand_count <= setup->per_address) {
			sweep->times = setup->reserved_times + 1;
			wait_ms = SWEEP_RESERVED_MS + (int64_t)setup->gap_ms;
		} else {
			wait_ms = SWEEP_RESERVED_MS + (int64_t)setup->window_ms;
		}
	}
	sweep->begins_at = wait_ms > over_ms ? instant_after_ms(now, wait_ms - over_ms) : now;
	token_bucket_init(&sweep->rate, setup->syns_per_second, sweep->begins_at);
	sweep->sampled_at = now;
}

/* ---- windows ---- */

static bool reserve(struct sweep *sweep, uint64_t position, struct instant now)
{
	if (sweep_done_position(sweep) >= sweep->resumed_end)
		sweep->times = 1; /* nothing that an earlier run began is under way any more */
	answer_bits_extend(&sweep->bits, position);
	if (!sweep->setup.on_reserve(sweep->setup.context, position, sweep->times)) {
		sweep->is_stopped = true;
		return false;
	}
	sweep->reserved = position;
	sweep->reserved_at = now;
	return true;
}

/* All that an earlier run left open, else the addresses of a second. */
static uint64_t next_window(const struct sweep *sweep)
{
	double second = sweep->setup.syns_per_second / sweep->strand_count;
	uint64_t size = second < WINDOW_MIN ? WINDOW_MIN : (uint64_t)second, left = sweep->end - sweep->reserved;

	if (sweep->resumed_end > sweep->reserved)
		return sweep->resumed_end;
	return sweep->reserved + (size < left ? size : left);
}

/* ---- SYNs ---- */

/* Up to where strand i may go now, exclusive. */
static uint64_t strand_end(const struct sweep *sweep, unsigned i)
{
	uint64_t end = i == 0 ? sweep->reserved : sweep->strands[i - 1].gap.released;

	if (i >= sweep->setup.per_address && sweep->strands[i - sweep->setup.per_address].budget.released < end)
		end = sweep->strands[i - sweep->setup.per_address].budget.released;
	return end;
}

static bool is_found(const struct sweep *sweep, uint64_t position, struct ip_address address)
{
	return answer_bits_has(&sweep->bits, position, LANE_FOUND) ||
	       (position < sweep->remembered_end && address_set_has(sweep->found, address));
}

enum step { STEP_SENT, STEP_NOTHING_TO_SEND, STEP_NOT_NOW };

static enum step send_syn(struct sweep *sweep, struct endpoint endpoint, unsigned attempt)
{
	if (raw_loop_send_syn(sweep->setup.loop, endpoint, attempt)) {
		sweep->send_failures = 0;
		sweep->status.syns++;
		return STEP_SENT;
	}
	if (raw_loop_syns_available(sweep->setup.loop) == 0 || ++sweep->send_failures < SEND_FAILURES_MAX)
		return STEP_NOT_NOW;
	sweep->send_failures = 0;
	sweep->status.unsendable++;
	return STEP_NOTHING_TO_SEND;
}

/* What strand i has to do at its next position. */
static enum step step(struct sweep *sweep, unsigned i)
{
	unsigned k = i % sweep->width, attempt = i / sweep->width;
	uint64_t position = sweep->strands[i].next, number = target_walk_at(&sweep->setup.walk, position);
	const struct port_list *ports;
	struct target_host host;
	size_t port;

	target_set_host(sweep->setup.targets, number, &host);
	ports = swept_ports(sweep, &host.ports);
	if (k >= ports->count || is_found(sweep, position, host.address))
		return STEP_NOTHING_TO_SEND;
	if (exclusion_list_reason(sweep->setup.exclusions, host.address) != NULL) {
		sweep->status.excluded += i == 0;
		return STEP_NOTHING_TO_SEND;
	}
	port = port_in_order(number, k, ports->count);
	if (attempt > 0 && answer_bits_has(&sweep->bits, position, 1 + (unsigned)port))
		return STEP_NOTHING_TO_SEND;
	return send_syn(sweep, (struct endpoint){host.address, ports->ports[port]}, attempt);
}

/* Is there anything to do for strand i? Where the first one has come to the end of its window, the next one is reserved. */
static bool may_step(struct sweep *sweep, unsigned i, struct instant now)
{
	if (sweep->strands[i].next < strand_end(sweep, i))
		return true;
	return i == 0 && sweep->reserved < sweep->end && reserve(sweep, next_window(sweep), now);
}

static bool has_due(const struct sweep *sweep)
{
	if (sweep->strands[0].next == sweep->reserved && sweep->reserved < sweep->end)
		return true;
	for (unsigned i = 0; i < sweep->strand_count; i++) {
		if (sweep->strands[i].next < strand_end(sweep, i))
			return true;
	}
	return false;
}

/* A SYN that left now could be later than what is on disk says. */
static bool is_reservation_old(const struct sweep *sweep, struct instant now)
{
	return sweep->reserved > sweep->setup.walk.position && instant_ms_between(sweep->reserved_at, now) >= SWEEP_RESERVED_MS &&
	       has_due(sweep);
}

/* The strands by turns. */
static void send_due(struct sweep *sweep, struct instant now)
{
	unsigned by_rate, by_loop = raw_loop_syns_available(sweep->setup.loop), allowed, sent = 0, idle = 0;

	token_bucket_refill(&sweep->rate, now);
	by_rate = token_bucket_available(&sweep->rate);
	allowed = by_rate < by_loop ? by_rate : by_loop;
	if (allowed > 0 && is_reservation_old(sweep, now) && !reserve(sweep, sweep->reserved, now))
		return;
	for (unsigned steps = 0; sent < allowed && idle < sweep->strand_count && steps < STEPS_PER_ROUND + 2 * allowed; steps++) {
		unsigned i = sweep->turn;
		enum step result;

		sweep->turn = i + 1 == sweep->strand_count ? 0 : i + 1;
		if (!may_step(sweep, i, now)) {
			if (sweep->is_stopped)
				break;
			idle++;
			continue;
		}
		result = step(sweep, i);
		if (result == STEP_NOT_NOW) {
			sweep->turn = i;
			break;
		}
		sweep->strands[i].next++;
		sent += result == STEP_SENT;
		idle = 0;
	}
	token_bucket_take(&sweep->rate, sent);
}

/* ---- rounds ---- */

static bool is_budget_in_the_way(const struct sweep *sweep)
{
	return sweep->strand_count > sweep->setup.per_address;
}

static void pass_lines(struct sweep *sweep, struct instant now)
{
	for (unsigned i = 0; i < sweep->strand_count; i++) {
		struct strand *strand = &sweep->strands[i];

		delay_line_pass(&strand->gap, strand->next, now);
		if (is_budget_in_the_way(sweep))
			delay_line_pass(&strand->budget, strand->next, now);
	}
	delay_line_pass(&sweep->late, sweep->strands[sweep->strand_count - 1].next, now);
}

static void advance_lines(struct sweep *sweep, struct instant now)
{
	for (unsigned i = 0; i < sweep->strand_count; i++) {
		delay_line_advance(&sweep->strands[i].gap, now);
		delay_line_advance(&sweep->strands[i].budget, now);
	}
	delay_line_advance(&sweep->late, now);
	answer_bits_forget(&sweep->bits, sweep->late.released);
}

static void sample_rate(struct sweep *sweep, struct instant now)
{
	int64_t ns = now.ns - sweep->sampled_at.ns;

	if (ns < NS_PER_SECOND)
		return;
	sweep->status.syns_per_second = (double)(sweep->status.syns - sweep->sampled_syns) * 1e9 / (double)ns;
	sweep->sampled_at = now;
	sweep->sampled_syns = sweep->status.syns;
}

static int64_t lines_due_ns(const struct sweep *sweep)
{
	int64_t due_ns = delay_line_due_ns(&sweep->late);

	for (unsigned i = 0; i < sweep->strand_count; i++) {
		int64_t gap_ns = delay_line_due_ns(&sweep->strands[i].gap), budget_ns = delay_line_due_ns(&sweep->strands[i].budget);

		due_ns = gap_ns < due_ns ? gap_ns : due_ns;
		due_ns = budget_ns < due_ns ? budget_ns : due_ns;
	}
	return due_ns;
}

static struct instant next_round(const struct sweep *sweep, struct instant now)
{
	struct instant idle = instant_after_ms(now, IDLE_MS), by_rate, by_loop;
	int64_t due_ns = lines_due_ns(sweep);

	if (sweep_is_over(sweep))
		return (struct instant){.ns = INT64_MAX};
	if (instant_is_before(now, sweep->begins_at))
		return sweep->begins_at;
	if (sweep->is_paused || !has_due(sweep)) {
		if (due_ns == INT64_MAX || ((sweep->is_paused || sweep->waiting_count > 0) && idle.ns < due_ns))
			return idle;
		return (struct instant){.ns = due_ns};
	}
	/* Not for each SYN at a high rate: several leave together, always fewer than the bucket holds. */
	by_rate = token_bucket_next(&sweep->rate);
	by_loop = raw_loop_next_syn(sweep->setup.loop);
	if (by_rate.ns < now.ns + ROUND_NS)
		by_rate.ns = now.ns + ROUND_NS;
	return by_rate.ns > by_loop.ns ? by_rate : by_loop;
}

struct instant sweep_round(struct sweep *sweep, struct instant now)
{
	if (!sweep->has_begun)
		begin(sweep, now);
	if (!sweep->is_stopped) {
		advance_lines(sweep, now);
		offer_waiting(sweep);
		if (!sweep->is_paused && !instant_is_before(now, sweep->begins_at)) {
			send_due(sweep, now);
			pass_lines(sweep, now);
		}
		sample_rate(sweep, now);
	}
	return next_round(sweep, now);
}

bool sweep_is_over(const struct sweep *sweep)
{
	return sweep->is_stopped || (sweep->late.released == sweep->end && sweep->waiting_count == 0);
}

uint64_t sweep_done_position(const struct sweep *sweep)
{
	uint64_t done = sweep->late.released;

	for (size_t i = 0; i < sweep->waiting_count; i++) {
		if (sweep->waiting[i].position < done)
			done = sweep->waiting[i].position;
	}
	return done;
}

void sweep_get_status(const struct sweep *sweep, struct sweep_status *status_out)
{
	*status_out = sweep->status;
	status_out->addresses = sweep->strands[sweep->strand_count - 1].next;
	status_out->found = address_set_count(sweep->found);
}
