/* SPDX-License-Identifier: ISC */
/* Every address and port as often as it should be, never too soon, never once it answered, and nothing lost or doubled by a crash. The loop over frames is played by this file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "discover/sweep.h"

enum { SYNS_MAX = 400000, HOSTS_MAX = 6000, ANSWERS_MAX = 60000, PORTS_MAX = 4 };
static const int64_t MS = 1000000;
static const int64_t WALL_START_MS = 1790000000000;

enum manner { SILENT, ACCEPTS, REFUSES, UNREACHABLE };

struct syn {
	uint64_t number;
	uint16_t port;
	unsigned attempt;
	int64_t at_ns;
};

struct due_answer {
	int64_t at_ns;
	struct syn_answer answer;
};

/* What an owner has on disk: all that a crash leaves. */
struct disk {
	uint64_t done, reserved;
	unsigned times, reserves;
	int64_t at_ns;
	bool is_full;
};

static struct world {
	int64_t now_ns;
	struct target_set *targets;
	struct exclusion_list *exclusions;
	struct sweep_setup setup;
	struct sweep *sweep;
	struct disk disk;
	bool (*on_answer)(void *context, const struct syn_answer *answer);
	void *context;
	enum manner (*manner)(uint64_t number, uint16_t port);
	struct syn *syns;
	size_t syn_count;
	struct due_answer *answers;
	size_t answer_count, answers_taken, answers_not_taken;
	unsigned room, repeats;
	int64_t answer_after_ns;
	bool takes, is_without_source;
	unsigned *finds, *told; /* of each host; told for each of its ports */
	bool *is_found_on_disk, *is_found;
	int64_t *last_syn_ns;
	struct sweep_find last_find;
	uint64_t seen_done;
	uint32_t random;
} world;

/* ---- the loop over frames ---- */

static uint64_t number_of(struct ip_address address)
{
	uint64_t number;

	assert_true(target_set_find(world.targets, address, &number));
	return number;
}

unsigned raw_loop_syns_available(struct event_loop *loop)
{
	(void)loop;
	return world.room;
}

struct instant raw_loop_next_syn(const struct event_loop *loop)
{
	(void)loop;
	return (struct instant){.ns = world.now_ns + (world.room == 0 ? 3 * MS : 0)};
}

void raw_loop_set_on_answer(struct event_loop *loop, bool (*on_answer)(void *context, const struct syn_answer *answer), void *context)
{
	(void)loop;
	world.on_answer = on_answer;
	world.context = context;
}

static void answer_later(struct endpoint endpoint, enum manner manner)
{
	static const enum syn_answer_kind KINDS[] = {
		[ACCEPTS] = SYN_ANSWER_ACCEPTED, [REFUSES] = SYN_ANSWER_REFUSED, [UNREACHABLE] = SYN_ANSWER_UNREACHABLE};

	for (unsigned i = 0; i <= world.repeats; i++) {
		assert_true(world.answer_count < ANSWERS_MAX);
		world.answers[world.answer_count++] =
			(struct due_answer){world.now_ns + world.answer_after_ns * (i + 1), {.kind = KINDS[manner], .endpoint = endpoint}};
	}
}

/* A SYN of a window that is not on disk, or of an excluded address, fails here. */
bool raw_loop_send_syn(struct event_loop *loop, struct endpoint endpoint, unsigned attempt)
{
	uint64_t number = number_of(endpoint.address), position;
	enum manner manner = world.manner != NULL ? world.manner(number, endpoint.port) : SILENT;

	(void)loop;
	if (world.room == 0 || world.is_without_source)
		return false;
	if (world.room != UINT32_MAX)
		world.room--;
	assert_true(target_walk_find(&world.setup.walk, number, &position));
	assert_true(position < world.disk.reserved && position >= world.disk.done);
	assert_true(world.now_ns - world.disk.at_ns < SWEEP_RESERVED_MS * MS);
	assert_null(exclusion_list_reason(world.exclusions, endpoint.address));
	assert_true(world.syn_count < SYNS_MAX);
	world.syns[world.syn_count++] = (struct syn){number, endpoint.port, attempt, world.now_ns};
	world.last_syn_ns[number] = world.now_ns;
	if (manner != SILENT)
		answer_later(endpoint, manner);
	return true;
}

/* ---- the owner ---- */

static void commit(void)
{
	world.disk.done = sweep_done_position(world.sweep);
	memcpy(world.is_found_on_disk, world.is_found, HOSTS_MAX * sizeof(*world.is_found));
}

static bool on_reserve(void *context, uint64_t position, unsigned times)
{
	assert_ptr_equal(context, &world);
	if (world.disk.is_full)
		return false;
	if (world.sweep != NULL)
		commit();
	assert_true(position >= world.disk.reserved);
	world.disk.reserved = position;
	world.disk.times = times;
	world.disk.at_ns = world.now_ns;
	world.disk.reserves++;
	return true;
}

static bool on_find(void *context, const struct sweep_find *find)
{
	assert_ptr_equal(context, &world);
	assert_int_equal(find->number, number_of(find->host.address));
	assert_int_equal(ip_address_compare(find->host.address, find->answer.endpoint.address), 0);
	world.last_find = *find;
	if (!world.takes)
		return false;
	world.finds[find->number]++;
	world.is_found[find->number] = true;
	return true;
}

static void on_refused(void *context, const struct syn_answer *answer)
{
	assert_ptr_equal(context, &world);
	for (unsigned i = 0; i < world.setup.ports.count; i++) {
		if (world.setup.ports.ports[i] == answer->endpoint.port)
			world.told[number_of(answer->endpoint.address) * PORTS_MAX + i]++;
	}
}

/* ---- a world for one test ---- */

static void add_targets(const char *words, const char *default_ports)
{
	struct port_list ports;
	struct span rest = span_from_text(words), name;
	struct error error = {{0}};

	assert_true(port_list_parse(span_from_text(default_ports), &ports));
	world.targets = target_set_new(&ports);
	for (struct span word = span_take_word(&rest); word.size > 0; word = span_take_word(&rest)) {
		struct ip_range range;

		assert_int_equal(target_parse(word, &range, &ports, &name, &error), TARGET_RANGE);
		target_set_add(world.targets, &range, &ports);
	}
	/* Sealed without exclusions: so it is the last moment alone that keeps them. */
	struct exclusion_list *none = exclusion_list_new();

	exclusion_list_seal(none);
	assert_true(target_set_seal(world.targets, none, &error));
	assert_true(target_set_count(world.targets) <= HOSTS_MAX);
	exclusion_list_free(none);
}

static void world_begin(const char *words, const char *ports, const char *excluded)
{
	struct error error = {{0}};

	world = (struct world){.now_ns = 77, .room = UINT32_MAX, .takes = true, .answer_after_ns = 80 * MS, .random = 1};
	add_targets(words, ports);
	world.exclusions = exclusion_list_new();
	assert_true(exclusion_list_add_text(world.exclusions, span_from_text(excluded), "block.txt", "blocklist", &error));
	exclusion_list_seal(world.exclusions);
	world.syns = memory_allocate(SYNS_MAX, sizeof(*world.syns));
	world.answers = memory_allocate(ANSWERS_MAX, sizeof(*world.answers));
	world.finds = memory_allocate(HOSTS_MAX, sizeof(*world.finds));
	world.told = memory_allocate(HOSTS_MAX * PORTS_MAX, sizeof(*world.told));
	world.is_found = memory_allocate(HOSTS_MAX, sizeof(*world.is_found));
	world.is_found_on_disk = memory_allocate(HOSTS_MAX, sizeof(*world.is_found_on_disk));
	world.last_syn_ns = memory_allocate(HOSTS_MAX, sizeof(*world.last_syn_ns));
	world.setup = (struct sweep_setup){.loop = (struct event_loop *)(void *)&world,
	                                   .targets = world.targets,
	                                   .exclusions = world.exclusions,
	                                   .attempts = 1,
	                                   .gap_ms = 2000,
	                                   .late_ms = 8000,
	                                   .per_address = 4,
	                                   .window_ms = 600000,
	                                   .syns_per_second = 1000,
	                                   .limit = UINT64_MAX,
	                                   .context = &world,
	                                   .on_reserve = on_reserve,
	                                   .on_find = on_find,
	                                   .on_refused = on_refused,
	                                   .wall_now = {WALL_START_MS}};
	assert_true(port_list_parse(span_from_text(ports), &world.setup.ports));
	target_walk_init(&world.setup.walk, target_set_count(world.targets), 5, 0, 1);
}

static void open_sweep(void)
{
	struct error error = {{0}};

	world.sweep = sweep_new(&world.setup, &error);
	assert_non_null(world.sweep);
}

static void world_end(void)
{
	sweep_free(world.sweep);
	assert_null(world.on_answer);
	target_set_free(world.targets);
	exclusion_list_free(world.exclusions);
	free(world.syns);
	free(world.answers);
	free(world.finds);
	free(world.told);
	free(world.is_found);
	free(world.is_found_on_disk);
	free(world.last_syn_ns);
}

static unsigned chance(unsigned below)
{
	world.random = world.random * 1664525U + 1013904223U;
	return (world.random >> 8) % below;
}

/* Those that are due, the latest that came first: out of order. */
static int64_t deliver_answers(void)
{
	int64_t next_ns = INT64_MAX;

	for (size_t i = world.answer_count; i-- > 0;) {
		struct due_answer due = world.answers[i];

		if (due.at_ns > world.now_ns) {
			next_ns = due.at_ns < next_ns ? due.at_ns : next_ns;
			continue;
		}
		world.answers[i] = world.answers[--world.answer_count];
		if (world.on_answer(world.context, &due.answer))
			world.answers_taken++;
		else
			world.answers_not_taken++;
	}
	return next_ns;
}

/* Nothing before the done position may still be asked or waited for. */
static void check_done_position(void)
{
	uint64_t done = sweep_done_position(world.sweep);

	assert_true(done >= world.seen_done);
	for (; world.seen_done < done; world.seen_done++) {
		uint64_t number = target_walk_at(&world.setup.walk, world.seen_done);

		assert_true(world.last_syn_ns[number] == 0 || world.last_syn_ns[number] + world.setup.late_ms * MS <= world.now_ns);
	}
}

/* One turn of a loop as its owner has it. False when the sweep wants nothing more. */
static bool turn(void)
{
	int64_t answer_ns = deliver_answers();
	struct instant next = sweep_round(world.sweep, (struct instant){world.now_ns});

	check_done_position();
	if (next.ns == INT64_MAX) {
		assert_true(sweep_is_over(world.sweep));
		return false;
	}
	assert_false(sweep_is_over(world.sweep));
	next.ns = answer_ns < next.ns ? answer_ns : next.ns;
	world.now_ns = next.ns > world.now_ns ? next.ns : world.now_ns + 1000;
	return true;
}

static void run(void)
{
	while (turn()) {
	}
}

static void run_until_ms(int64_t ms)
{
	while (world.now_ns < ms * MS && turn()) {
	}
}

/* ---- what must hold of all SYNs ---- */

static unsigned syns_to(uint64_t number, uint16_t port)
{
	unsigned count = 0;

	for (size_t i = 0; i < world.syn_count; i++)
		count += world.syns[i].number == number && (port == 0 || world.syns[i].port == port);
	return count;
}

/* counts for each host and port. */
static unsigned *count_syns(void)
{
	unsigned *counts = memory_allocate(HOSTS_MAX * PORTS_MAX, sizeof(*counts));

	for (size_t i = 0; i < world.syn_count; i++) {
		for (size_t port = 0; port < world.setup.ports.count; port++)
			counts[world.syns[i].number * PORTS_MAX + port] += world.setup.ports.ports[port] == world.syns[i].port;
	}
	return counts;
}

static void check_gaps(void)
{
	int64_t *last = memory_allocate(HOSTS_MAX, sizeof(*last));

	for (size_t i = 0; i < world.syn_count; i++) {
		int64_t before = last[world.syns[i].number];

		assert_true(before == 0 || world.syns[i].at_ns - before >= world.setup.gap_ms * MS);
		last[world.syns[i].number] = world.syns[i].at_ns;
	}
	free(last);
}

/* No 100 ms have more than their share and 1 % (one SYN at least). */
static void check_rate(void)
{
	double allowed = world.setup.syns_per_second / 10 * 1.01;
	size_t first = 0;

	if (allowed < world.setup.syns_per_second / 10 + 1)
		allowed = world.setup.syns_per_second / 10 + 1;
	for (size_t i = 0; i < world.syn_count; i++) {
		while (world.syns[i].at_ns - world.syns[first].at_ns >= 100 * MS)
			first++;
		assert_true((double)(i - first + 1) <= allowed + 1e-6);
	}
}

/* No address gets more than its budget in any window. */
static void check_budget(void)
{
	for (uint64_t number = 0; number < target_set_count(world.targets); number++) {
		int64_t times[64];
		unsigned count = 0;

		for (size_t i = 0; i < world.syn_count; i++) {
			if (world.syns[i].number == number && count < 64)
				times[count++] = world.syns[i].at_ns;
		}
		for (unsigned i = world.setup.per_address; i < count; i++)
			assert_true(times[i] - times[i - world.setup.per_address] >= world.setup.window_ms * MS);
	}
}

/* ---- tests ---- */

static void check_complete(const char *words, const char *ports, unsigned attempts, double per_second, uint32_t shards)
{
	unsigned *counts;

	world_begin(words, ports, "");
	world.setup.attempts = attempts;
	world.setup.syns_per_second = per_second;
	world.setup.per_address = 16;
	for (uint32_t shard = 0; shard < shards; shard++) {
		target_walk_init(&world.setup.walk, target_set_count(world.targets), 9, shard, shards);
		if (world.sweep != NULL)
			sweep_free(world.sweep);
		world.sweep = NULL;
		world.disk = (struct disk){0};
		world.seen_done = 0;
		open_sweep();
		run();
		assert_int_equal(sweep_done_position(world.sweep), target_walk_size(&world.setup.walk));
	}
	counts = count_syns();
	for (uint64_t number = 0; number < target_set_count(world.targets); number++) {
		for (size_t port = 0; port < world.setup.ports.count; port++)
			assert_int_equal(counts[number * PORTS_MAX + port], attempts);
	}
	free(counts);
	check_gaps();
	check_rate();
	world_end();
}

static void every_address_and_port_is_asked_as_often_as_wanted(void **state)
{
	(void)state;
	check_complete("198.18.0.0/32", "143", 1, 100, 1);
	check_complete("198.18.0.0-198.18.0.2", "110,143", 1, 100, 1);
	check_complete("198.18.0.0-198.18.3.230", "110,143", 1, 333, 1);
	check_complete("198.18.0.0-198.18.19.1 2001:db8::/122", "110", 1, 20000, 1);
	check_complete("198.18.0.0-198.18.3.3", "110,143,993,995", 1, 1000, 1);
	check_complete("198.18.0.0-198.18.4.5", "110,143", 3, 5000, 1);
	check_complete("198.18.0.0-198.18.0.255", "110", 5, 50, 1);
	check_complete("198.18.0.0-198.18.10.200", "110,143", 1, 1000000, 1);
}

static void shards_are_disjoint_and_complete(void **state)
{
	(void)state;
	check_complete("198.18.0.0-198.18.7.6", "110,143", 1, 2000, 3);
	check_complete("198.18.0.0/31", "110,143", 2, 2000, 3);
}

static void a_limit_ends_the_sweep_early(void **state)
{
	(void)state;
	world_begin("198.18.0.0/22", "110,143", "");
	world.setup.limit = 100;
	open_sweep();
	run();
	assert_int_equal(world.syn_count, 200);
	assert_int_equal(sweep_done_position(world.sweep), 100);
	world_end();
}

static void targets_with_ports_of_their_own_are_asked_those(void **state)
{
	uint64_t named;

	(void)state;
	world_begin("198.18.0.0/24 198.18.1.0/24:143,993 198.18.2.0/24:993,995 198.18.3.7:2143", "110,143,993,995", "");
	assert_true(port_list_parse(span_from_text("110,143"), &world.setup.ports));
	open_sweep();
	run();
	assert_int_equal(world.syn_count, 256 * 2 + 256 + 256 * 2 + 1);
	named = target_set_count(world.targets) - 1;
	assert_int_equal(syns_to(named, 2143), 1);
	assert_int_equal(syns_to(300, 143), 1);
	assert_int_equal(syns_to(300, 0), 1);
	assert_int_equal(syns_to(600, 993), 1);
	assert_int_equal(syns_to(600, 995), 1);
	check_gaps();
	world_end();
}

static void the_order_of_ports_differs_between_addresses(void **state)
{
	unsigned first_110 = 0, firsts = 0;
	bool *is_asked;

	(void)state;
	world_begin("198.18.0.0/22", "110,143", "");
	open_sweep();
	run();
	is_asked = memory_allocate(HOSTS_MAX, sizeof(*is_asked));
	for (size_t i = 0; i < world.syn_count; i++) {
		if (is_asked[world.syns[i].number])
			continue;
		is_asked[world.syns[i].number] = true;
		firsts++;
		first_110 += world.syns[i].port == 110;
	}
	assert_int_equal(firsts, 1024);
	assert_in_range(first_110, 400, 624);
	free(is_asked);
	world_end();
}

static void gaps_hold_when_paused_and_when_the_loop_is_slow(void **state)
{
	(void)state;
	world_begin("198.18.0.0/21", "110,143", "");
	world.setup.attempts = 2;
	world.setup.syns_per_second = 1500;
	open_sweep();
	for (unsigned i = 0; turn(); i++) {
		if (i % 500 == 0)
			sweep_set_paused(world.sweep, i % 1000 == 0);
		if (chance(50) == 0)
			world.now_ns += chance(700) * MS;
		world.room = chance(4) == 0 ? 0 : chance(40) == 0 ? UINT32_MAX : chance(10);
	}
	assert_int_equal(world.syn_count, 2048 * 4);
	check_gaps();
	check_rate();
	check_budget();
	world_end();
}

static void nothing_is_sent_while_paused_but_answers_are_taken(void **state)
{
	size_t before;

	(void)state;
	world_begin("198.18.0.0/22", "110,143", "");
	open_sweep();
	run_until_ms(300);
	before = world.syn_count;
	assert_true(before > 250);
	sweep_set_paused(world.sweep, true);
	for (uint64_t i = 0; i < 20; i++) {
		struct target_host host;

		target_set_host(world.targets, world.syns[i].number, &host);
		answer_later((struct endpoint){host.address, world.syns[i].port}, ACCEPTS);
	}
	run_until_ms(60000);
	assert_int_equal(world.syn_count, before);
	assert_int_equal(world.answers_taken, 20);
	sweep_set_paused(world.sweep, false);
	run();
	assert_int_equal(world.syn_count, 2048 - 20);
	check_gaps();
	check_rate();
	world_end();
}

static enum manner every_third_accepts(uint64_t number, uint16_t port)
{
	return number % 3 == 0 ? ACCEPTS : number % 3 == 1 && port == 143 ? REFUSES : number % 3 == 1 ? UNREACHABLE : SILENT;
}

/* late: answers come after gap_ms, when the second port was asked as well. */
static void check_answers(int64_t after_ms, unsigned repeats, unsigned syns_to_found)
{
	struct sweep_status status;
	unsigned *counts;

	world_begin("198.18.0.0-198.18.3.131", "110,143", "");
	world.manner = every_third_accepts;
	world.answer_after_ns = after_ms * MS;
	world.repeats = repeats;
	open_sweep();
	run();
	while (world.answer_count > 0) { /* later than anybody waited for */
		world.now_ns += 1000 * MS;
		deliver_answers();
	}
	sweep_get_status(world.sweep, &status);
	assert_int_equal(status.found, 300);
	assert_int_equal(status.addresses, 900);
	assert_int_equal(status.syns, world.syn_count);
	counts = count_syns();
	for (uint64_t number = 0; number < 900; number++) {
		assert_int_equal(world.finds[number], number % 3 == 0);
		if (number % 3 == 0)
			assert_int_equal(counts[number * PORTS_MAX] + counts[number * PORTS_MAX + 1], syns_to_found);
		for (unsigned port = 0; port < 2; port++)
			assert_true(world.told[number * PORTS_MAX + port] == (number % 3 == 1 && after_ms < 8000));
	}
	assert_int_equal(status.refused, after_ms < 8000 ? 300 : 0);
	assert_int_equal(status.unreachable, after_ms < 8000 ? 300 : 0);
	if (after_ms < 8000)
		assert_int_equal(world.answers_taken, 300 + 600 * (repeats + 1));
	free(counts);
	check_gaps();
	world_end();
}

static void who_accepted_is_found_once_and_not_asked_again(void **state)
{
	(void)state;
	check_answers(80, 0, 1);   /* the second SYN is not sent any more */
	check_answers(80, 3, 1);   /* each answer four times */
	check_answers(2500, 0, 2); /* both ports accept */
	check_answers(2500, 2, 2);
	check_answers(11000, 1, 2); /* late: found all the same */
}

static void a_refused_port_is_not_asked_a_second_time(void **state)
{
	unsigned *counts;

	(void)state;
	world_begin("198.18.0.0/24", "110,143", "");
	world.manner = every_third_accepts;
	world.setup.attempts = 2;
	open_sweep();
	run();
	counts = count_syns();
	for (uint64_t number = 0; number < 256; number++) {
		assert_int_equal(counts[number * PORTS_MAX], number % 3 == 0 ? counts[number * PORTS_MAX] : 2);
		assert_int_equal(counts[number * PORTS_MAX + 1], number % 3 == 0   ? counts[number * PORTS_MAX + 1]
		                                                 : number % 3 == 1 ? 1
		                                                                   : 2);
	}
	free(counts);
	world_end();
}

static void what_was_never_asked_is_no_answer(void **state)
{
	struct syn_answer answer = {.kind = SYN_ANSWER_ACCEPTED, .endpoint = {.address = {IP_FAMILY_4, {198, 18, 0, 1}}, .port = 143}};

	(void)state;
	world_begin("198.18.0.0/22", "110,143", "");
	open_sweep();
	assert_false(world.on_answer(world.context, &answer)); /* nothing was sent */
	run_until_ms(100000);
	answer.endpoint.port = 144;
	assert_false(world.on_answer(world.context, &answer));
	answer.endpoint.port = 143;
	answer.endpoint.address.bytes[1] = 19;
	assert_false(world.on_answer(world.context, &answer));
	world_end();
}

static void exclusions_are_asked_at_the_last_moment(void **state)
{
	struct sweep_status status;

	(void)state;
	world_begin("198.18.0.0/22", "110,143", "198.18.1.0/24\n198.18.3.255\n");
	open_sweep();
	run();
	sweep_get_status(world.sweep, &status);
	assert_int_equal(status.excluded, 257);
	assert_int_equal(world.syn_count, 2 * (1024 - 257));
	world_end();
}

static void a_find_that_nobody_wants_is_offered_again_and_holds_the_done_position(void **state)
{
	(void)state;
	world_begin("198.18.0.0/22", "110", "");
	world.manner = every_third_accepts;
	world.takes = false;
	open_sweep();
	run_until_ms(60000);
	assert_false(sweep_is_over(world.sweep));
	assert_int_equal(world.syn_count, 1024);
	assert_int_equal(world.answers_taken, 341); /* the refused and unreachable ones */
	assert_true(world.last_find.number == target_walk_at(&world.setup.walk, sweep_done_position(world.sweep)));
	assert_false(world.last_find.is_open);
	world.takes = true;
	run();
	for (uint64_t number = 0; number < 1024; number++)
		assert_int_equal(world.finds[number], number % 3 == 0);
	assert_int_equal(sweep_done_position(world.sweep), 1024);
	world_end();
}

static void nothing_leaves_when_the_disk_is_full(void **state)
{
	(void)state;
	world_begin("198.18.0.0/21", "110", "");
	world.disk.is_full = true;
	open_sweep();
	run();
	assert_int_equal(world.syn_count, 0);
	assert_int_equal(sweep_done_position(world.sweep), 0);
	world_end();

	world_begin("198.18.0.0/21", "110", "");
	open_sweep();
	run_until_ms(1500);
	world.disk.is_full = true;
	run();
	assert_int_equal(world.syn_count, 2000);
	assert_int_equal(sweep_done_position(world.sweep), 0);
	world_end();
}

static void a_reservation_is_a_commit_a_second(void **state)
{
	(void)state;
	world_begin("198.18.0.0/20", "110,143", "");
	open_sweep();
	run();
	assert_in_range(world.disk.reserves, 7, 11); /* 8 seconds */
	world_end();
}

static void the_pace_is_reached(void **state)
{
	static const double rates[] = {10, 333, 50000};
	struct sweep_status status;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		int64_t last_ns;

		world_begin(i == 0 ? "198.18.0.0/25" : "198.18.0.0/20", "110", "");
		world.setup.syns_per_second = rates[i];
		open_sweep();
		run();
		last_ns = world.syns[world.syn_count - 1].at_ns;
		assert_true((double)world.syn_count / (double)last_ns * 1e9 > rates[i] * 0.98);
		sweep_get_status(world.sweep, &status);
		assert_true(status.syns_per_second < 1);
		check_rate();
		world_end();
	}
}

static void a_family_without_source_is_counted(void **state)
{
	struct sweep_status status;

	(void)state;
	world_begin("2001:db8::/124", "110,143", "");
	world.is_without_source = true;
	open_sweep();
	run();
	sweep_get_status(world.sweep, &status);
	assert_int_equal(status.unsendable, 32);
	assert_int_equal(status.syns, 0);
	world_end();
}

/* ---- crashes ---- */

static void crash_and_resume(int64_t down_ms)
{
	sweep_free(world.sweep);
	world.sweep = NULL;
	world.answer_count = 0;
	world.now_ns += down_ms * MS;
	memcpy(world.is_found, world.is_found_on_disk, HOSTS_MAX * sizeof(*world.is_found));
	world.seen_done = world.disk.done;
	world.setup.walk.position = world.disk.done;
	world.setup.reserved_position = world.disk.reserved;
	world.setup.reserved_times = world.disk.times;
	world.setup.reserved_at.unix_ms = WALL_START_MS + world.disk.at_ns / MS;
	world.setup.wall_now.unix_ms = WALL_START_MS + world.now_ns / MS;
	open_sweep();
	for (uint64_t number = 0; number < target_set_count(world.targets); number++) {
		struct target_host host;

		target_set_host(world.targets, number, &host);
		if (world.is_found[number])
			sweep_remember_found(world.sweep, host.address);
	}
}

static void check_after_crashes(void)
{
	unsigned *counts = count_syns();

	for (uint64_t number = 0; number < target_set_count(world.targets); number++) {
		if (world.manner(number, 110) == ACCEPTS) {
			assert_true(world.is_found[number]);
			continue;
		}
		for (size_t port = 0; port < world.setup.ports.count; port++)
			assert_true(counts[number * PORTS_MAX + port] >= 1);
	}
	free(counts);
	check_gaps();
	check_rate();
	check_budget();
}

static void after_crashes_nothing_is_lost_and_no_budget_is_broken(void **state)
{
	static const char *const ports[] = {"110", "110,143", "110,143,993,995"};

	(void)state;
	for (uint32_t seed = 1; seed <= 24; seed++) {
		unsigned crashes = 0;

		world_begin("198.18.0.0-198.18.3.30", ports[seed % 3], "");
		world.random = seed;
		world.manner = every_third_accepts;
		world.setup.syns_per_second = 100 + 400 * (seed % 4);
		open_sweep();
		while (turn()) {
			if (chance(400) == 0)
				commit();
			if (chance(1500) == 0 && crashes < 12) {
				crashes++;
				crash_and_resume(chance(4) == 0 ? chance(900000) : chance(3000));
			}
		}
		check_after_crashes();
		world_end();
	}
}

static void what_is_remembered_is_not_asked(void **state)
{
	(void)state;
	world_begin("198.18.0.0/22", "110,143", "");
	world.disk = (struct disk){.done = 100, .reserved = 600, .times = 1, .at_ns = 0};
	for (uint64_t position = 50; position < 1000; position += 3)
		world.is_found_on_disk[target_walk_at(&world.setup.walk, position)] = true;
	open_sweep();
	crash_and_resume(0);
	run();
	for (uint64_t position = 0; position < 1024; position++) {
		uint64_t number = target_walk_at(&world.setup.walk, position);

		assert_int_equal(syns_to(number, 0), position < 100 || world.is_found[number] ? 0 : 2);
		assert_int_equal(world.finds[number], 0);
	}
	world_end();
}

static void more_syns_than_the_budget_wait_for_the_window(void **state)
{
	(void)state;
	world_begin("198.18.0.0/24", "110,143,993,995", "");
	world.setup.attempts = 2;
	world.setup.per_address = 3;
	world.setup.window_ms = 60000;
	open_sweep();
	run();
	assert_int_equal(world.syn_count, 256 * 8);
	check_gaps();
	check_budget();
	world_end();
}

static void a_position_of_another_scope_is_refused(void **state)
{
	struct error error = {{0}};

	(void)state;
	world_begin("198.18.0.0/24", "110", "");
	world.setup.walk.position = 257;
	assert_null(sweep_new(&world.setup, &error));
	assert_non_null(strstr(error.text, "scope"));
	world.setup.walk.position = 0;
	world.setup.attempts = 0;
	assert_null(sweep_new(&world.setup, &error));
	world_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_address_and_port_is_asked_as_often_as_wanted),
		cmocka_unit_test(shards_are_disjoint_and_complete),
		cmocka_unit_test(a_limit_ends_the_sweep_early),
		cmocka_unit_test(targets_with_ports_of_their_own_are_asked_those),
		cmocka_unit_test(the_order_of_ports_differs_between_addresses),
		cmocka_unit_test(gaps_hold_when_paused_and_when_the_loop_is_slow),
		cmocka_unit_test(nothing_is_sent_while_paused_but_answers_are_taken),
		cmocka_unit_test(who_accepted_is_found_once_and_not_asked_again),
		cmocka_unit_test(a_refused_port_is_not_asked_a_second_time),
		cmocka_unit_test(what_was_never_asked_is_no_answer),
		cmocka_unit_test(exclusions_are_asked_at_the_last_moment),
		cmocka_unit_test(a_find_that_nobody_wants_is_offered_again_and_holds_the_done_position),
		cmocka_unit_test(nothing_leaves_when_the_disk_is_full),
		cmocka_unit_test(a_reservation_is_a_commit_a_second),
		cmocka_unit_test(the_pace_is_reached),
		cmocka_unit_test(a_family_without_source_is_counted),
		cmocka_unit_test(after_crashes_nothing_is_lost_and_no_budget_is_broken),
		cmocka_unit_test(what_is_remembered_is_not_asked),
		cmocka_unit_test(more_syns_than_the_budget_wait_for_the_window),
		cmocka_unit_test(a_position_of_another_scope_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
