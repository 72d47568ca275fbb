/* SPDX-License-Identifier: ISC */
/* Dialogues of tcp_client with a model of a host over a link that loses, delays, repeats, reorders and corrupts, in virtual time: the same seed is the same run everywhere.

   usage: tcp_simulation [--seeds N] [--first N] [--verbose]
   For each seed: what is handed on is a prefix of what the host said, and all of it unless the link is to blame; the host hears a prefix of what we said; time, segments and memory are
   bounded; nothing is due when the client is gone. One seed in eight is hostile: headers are changed on the way with right checksums, and only the bounds can hold. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "model_server.h"
#include "packet/tcp_client.h"

enum {
	FLIGHT_MAX = 256,
	TURNS_MAX = 10,
	OWNER_SECONDS = 110,        /* then our owner closes */
	WORLD_SECONDS = 160,        /* by then nothing may be left */
	SEGMENTS_UNASKED_MAX = 200, /* sent beyond two per segment received */
	EMITTED_PER_CALL_MAX = TCP_CLIENT_BURST + 2,
	MEMORY_MAX = TCP_CLIENT_UNSENT_MAX + TCP_CLIENT_AHEAD_MAX + 256,
};

enum ending {
	CLIENT_CLOSES,
	SERVER_CLOSES,
	SERVER_CLOSES_HALF, /* and we still say the last turn */
	BOTH_CLOSE,
	CLIENT_ABORTS,
	SERVER_RESETS,
	ENDING_COUNT,
};

enum outcome {
	OUTCOME_NONE,
	OUTCOME_REFUSED,
	OUTCOME_RESET,
	OUTCOME_TIMEOUT,
	OUTCOME_CLOSED, /* by our owner's will */
};

/* Chances in 1000. */
struct link {
	uint32_t lost, repeated, late, corrupt;
	uint32_t delay_us, jitter_us;
	int64_t cut_ns; /* nothing passes from then on */
	bool is_hostile;
};

struct flying {
	int64_t at_ns;
	bool is_to_server;
	struct tcp_segment segment;
	unsigned char payload[TCP_CLIENT_MTU_MAX];
};

struct turn {
	bool is_servers, is_early; /* early: does not wait for what was said before */
	uint32_t size;
	uint32_t client_before, server_before; /* bytes of both streams in the turns before */
};

struct world {
	uint64_t seed, random;
	struct instant now;
	struct link link;
	struct flying *flight; /* FLIGHT_MAX */
	unsigned flight_count;
	struct model_server server;
	struct tcp_client client;
	struct turn turns[TURNS_MAX];
	unsigned turn_count, turn;
	uint32_t server_total, client_total, breaks_at;
	enum ending ending;
	enum outcome outcome;
	uint32_t client_heard;
	bool is_open_told, is_end_told;
	bool is_awaiting; /* a SYN is out of which nothing but its number was kept */
	uint32_t own_sequence;
	unsigned emitted, emitted_in_call, drops, drops_since_progress;
	uint32_t last_acknowledged;
};

struct tally {
	uint64_t complete, cut, timeouts, others, hostile, segments, late_ends;
	size_t memory_max;
	int64_t longest_ns;
};

static bool is_verbose;

static void fail(const struct world *world, const char *format, ...) PRINTF_FORMAT(2, 3);
static void fail(const struct world *world, const char *format, ...)
{
	char text[200];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	(void)fflush(stdout);
	(void)fprintf(stderr, "seed %llu at %.6f s, ending %d: %s\n", (unsigned long long)world->seed, (double)world->now.ns / 1e9,
	              world->ending, text);
	abort();
}

static void show(const struct world *world, const char *where, const struct tcp_segment *segment, bool is_to_server)
{
	uint32_t base = is_to_server ? world->server.host_first : world->server.own_first;
	uint32_t other = is_to_server ? world->server.own_first : world->server.host_first;

	if (is_verbose)
		(void)printf("%11.6f %s %s%s%s%s%s %u+%zu ack %u win %u\n", (double)world->now.ns / 1e9, where, is_to_server ? "> " : "< ",
		             (segment->flags & TCP_SYN) ? "S" : "", (segment->flags & TCP_FIN) ? "F" : "",
		             (segment->flags & TCP_RST) ? "R" : "", (segment->flags & TCP_PSH) ? "P" : "", segment->sequence - base,
		             segment->payload.size, segment->acknowledgement - other, segment->window);
}

/* The link */

static bool happens(struct world *world, uint32_t in_1000)
{
	return in_1000 > 0 && model_below(&world->random, 1000) < in_1000;
}

static void drop(struct world *world, const struct tcp_segment *segment, bool is_to_server)
{
	show(world, "lost ", segment, is_to_server);
	world->drops++;
	world->drops_since_progress++;
}

static void fly(struct world *world, const struct tcp_segment *segment, bool is_to_server)
{
	struct flying *flying = &world->flight[world->flight_count];
	int64_t delay_us = world->link.delay_us + model_below(&world->random, world->link.jitter_us + 1);

	if (happens(world, world->link.late))
		delay_us += model_below(&world->random, 400000);
	flying->at_ns = world->now.ns + delay_us * 1000;
	flying->is_to_server = is_to_server;
	flying->segment = *segment;
	if (segment->payload.size > 0)
		memcpy(flying->payload, segment->payload.data, segment->payload.size);
	world->flight_count++;
}

/* A header of somebody who computes checksums. */
static void spoil(struct world *world, struct tcp_segment *segment, unsigned char *payload)
{
	uint64_t *random = &world->random;
	uint32_t small = model_below(random, 3000) - 1500;

	switch (model_below(random, 9)) {
	case 0:
		segment->sequence += small;
		break;
	case 1:
		segment->acknowledgement += small;
		break;
	case 2:
		segment->flags = (uint8_t)model_below(random, 32);
		break;
	case 3:
		segment->window = (uint16_t)(model_below(random, 2) > 0 ? 0 : model_below(random, 65536));
		break;
	case 4:
		segment->timestamp = (uint32_t)model_random(random);
		segment->timestamp_echo = (uint32_t)model_random(random);
		break;
	case 5:
		segment->sequence = (uint32_t)model_random(random);
		break;
	case 6:
		segment->flags |= model_below(random, 2) > 0 ? TCP_RST : TCP_SYN;
		break;
	case 7:
		segment->flags |= TCP_FIN;
		break;
	default:
		if (segment->payload.size > 0)
			payload[model_below(random, (uint32_t)segment->payload.size)] ^= 0x20;
		break;
	}
}

static void enter_link(struct world *world, const struct tcp_segment *segment, bool is_to_server)
{
	show(world, "sent ", segment, is_to_server);
	if (segment->payload.size > TCP_CLIENT_MTU_MAX)
		fail(world, "a segment of %zu bytes", segment->payload.size);
	for (unsigned copies = happens(world, world->link.repeated) ? 2 : 1; copies > 0; copies--) {
		if (world->now.ns >= world->link.cut_ns || happens(world, world->link.lost) || happens(world, world->link.corrupt) ||
		    world->flight_count == FLIGHT_MAX)
			drop(world, segment, is_to_server);
		else
			fly(world, segment, is_to_server);
	}
}

static void server_emit(void *context, const struct tcp_segment *segment)
{
	enter_link(context, segment, false);
}

/* Our side */

static void client_emit(void *context, struct tcp_segment *segment)
{
	struct world *world = context;

	if (++world->emitted_in_call > EMITTED_PER_CALL_MAX || ++world->emitted > 2 * world->client.count.received + SEGMENTS_UNASKED_MAX)
		fail(world, "%u segments in one call, %u in all", world->emitted_in_call, world->emitted);
	enter_link(world, segment, true);
}

static bool client_say(struct world *world, uint32_t from, uint32_t size)
{
	unsigned char bytes[TCP_CLIENT_UNSENT_MAX];

	for (uint32_t i = 0; i < size; i++)
		bytes[i] = model_byte(world->seed, MODEL_FROM_CLIENT, from + i);
	return tcp_client_send(&world->client, span_make(bytes, size), world->now);
}

/* All that is our turn: said in one piece or two. */
static void client_turns(struct world *world)
{
	while (!world->is_awaiting && world->client.state <= TCP_CLIENT_OPEN && world->turn < world->turn_count &&
	       !world->turns[world->turn].is_servers) {
		const struct turn *turn = &world->turns[world->turn];
		uint32_t half = turn->size > 1 && model_below(&world->random, 2) > 0 ? turn->size / 2 : turn->size;

		if (!turn->is_early && world->client_heard < turn->server_before)
			break;
		if (world->ending == SERVER_CLOSES_HALF && world->turn + 1 == world->turn_count && !world->is_end_told)
			break;
		if (world->client.unsent_size + turn->size > TCP_CLIENT_UNSENT_MAX)
			break; /* asked again at the next event */
		if (!client_say(world, turn->client_before, half) ||
		    (half < turn->size && !client_say(world, turn->client_before + half, turn->size - half)))
			fail(world, "nothing was taken with %u unsent", world->client.unsent_size);
		world->turn++;
	}
}

static void client_leaves(struct world *world)
{
	if (world->client.state >= TCP_CLIENT_LEAVING)
		return;
	if (world->ending == CLIENT_ABORTS && world->client_heard >= world->breaks_at) {
		world->outcome = OUTCOME_CLOSED;
		tcp_client_abort(&world->client, world->now);
		return;
	}
	if (world->turn < world->turn_count || world->client_heard < world->server_total)
		return;
	if (world->is_end_told || world->ending == CLIENT_CLOSES || world->ending == BOTH_CLOSE) {
		world->outcome = OUTCOME_CLOSED;
		tcp_client_close(&world->client, world->now);
	}
}

static void client_on_open(void *context)
{
	struct world *world = context;

	if (world->is_open_told)
		fail(world, "open twice");
	world->is_open_told = true;
	client_turns(world);
}

static void client_on_bytes(void *context, struct span bytes)
{
	struct world *world = context;

	if (world->is_end_told || !world->is_open_told || world->outcome != OUTCOME_NONE || bytes.size == 0)
		fail(world, "bytes out of place");
	for (size_t i = 0; i < bytes.size; i++) {
		if (bytes.data[i] != model_byte(world->seed, MODEL_FROM_SERVER, world->client_heard + (uint32_t)i) &&
		    !world->link.is_hostile)
			fail(world, "another byte at %u", world->client_heard + (uint32_t)i);
	}
	world->client_heard += (uint32_t)bytes.size;
	if (world->client_heard > world->server.said && !world->link.is_hostile)
		fail(world, "%u bytes heard of %u", world->client_heard, world->server.said);
	client_turns(world);
	client_leaves(world);
}

static void client_on_end(void *context)
{
	struct world *world = context;

	if (world->is_end_told || world->outcome != OUTCOME_NONE)
		fail(world, "an end out of place");
	if (!world->link.is_hostile && (!world->server.fin_wanted || world->client_heard != world->server.said))
		fail(world, "an end at %u of %u", world->client_heard, world->server.said);
	world->is_end_told = true;
	client_turns(world);
	client_leaves(world);
}

static void end_with(struct world *world, enum outcome outcome)
{
	if (world->outcome != OUTCOME_NONE || world->client.state != TCP_CLIENT_GONE)
		fail(world, "outcome %d after %d", outcome, world->outcome);
	world->outcome = outcome;
}

static void client_on_refused(void *context)
{
	end_with(context, OUTCOME_REFUSED);
}

static void client_on_reset(void *context)
{
	end_with(context, OUTCOME_RESET);
}

static void client_on_timeout(void *context)
{
	struct world *world = context;

	if (!world->link.is_hostile &&
	    world->drops_since_progress < (world->is_open_told ? TCP_CLIENT_DATA_RETRIES : TCP_CLIENT_SYN_RETRIES + 1))
		fail(world, "gave up although only %u segments were lost", world->drops_since_progress);
	end_with(world, OUTCOME_TIMEOUT);
}

static const struct tcp_client_handler HANDLER = {
	.emit = client_emit,
	.on_open = client_on_open,
	.on_bytes = client_on_bytes,
	.on_end = client_on_end,
	.on_refused = client_on_refused,
	.on_reset = client_on_reset,
	.on_timeout = client_on_timeout,
};

/* The host's side */

static void server_turns(struct world *world)
{
	struct model_server *server = &world->server;

	while (server->is_established && world->turn < world->turn_count && world->turns[world->turn].is_servers) {
		const struct turn *turn = &world->turns[world->turn];

		if (!turn->is_early && server->heard < turn->client_before)
			break;
		world->turn++;
		model_server_say(server, turn->size, world->now);
	}
	if (!server->is_established || server->is_closed || server->fin_wanted)
		return;
	if (world->ending == SERVER_RESETS && server->acknowledged >= world->breaks_at)
		model_server_reset(server);
	else if (server->said == world->server_total &&
	         (world->ending == SERVER_CLOSES_HALF || server->fin_heard ||
	          ((world->ending == SERVER_CLOSES || world->ending == BOTH_CLOSE) && server->heard == world->client_total)))
		model_server_close(server, world->now);
}

/* Worlds */

static uint32_t draw_size(uint64_t *random, bool is_servers)
{
	switch (model_below(random, 8)) {
	case 0:
		return 1 + model_below(random, is_servers ? 20000 : 6000);
	case 1:
	case 2:
		return 1 + model_below(random, 2500);
	default:
		return 1 + model_below(random, 120);
	}
}

static void draw_turns(struct world *world)
{
	world->turn_count = 1 + model_below(&world->random, TURNS_MAX);
	for (unsigned i = 0; i < world->turn_count; i++) {
		struct turn *turn = &world->turns[i];

		turn->is_servers = i % 2 == 0 ? model_below(&world->random, 10) > 0 : model_below(&world->random, 10) == 0;
		if (world->ending == SERVER_CLOSES_HALF && i + 1 == world->turn_count)
			turn->is_servers = false;
		turn->is_early = model_below(&world->random, 6) == 0;
		turn->size = draw_size(&world->random, turn->is_servers);
		turn->client_before = world->client_total;
		turn->server_before = world->server_total;
		*(turn->is_servers ? &world->server_total : &world->client_total) += turn->size;
	}
	world->breaks_at = model_below(&world->random, world->server_total + 1);
}

static struct link draw_link(uint64_t *random)
{
	struct link link = {.cut_ns = INT64_MAX};
	static const uint32_t losses[] = {0, 0, 0, 10, 30, 100, 200, 300};

	link.lost = losses[model_below(random, 8)];
	link.repeated = model_below(random, 3) == 0 ? model_below(random, 300) : 0;
	link.late = model_below(random, 3) == 0 ? model_below(random, 300) : 0;
	link.corrupt = link.lost > 0 && model_below(random, 4) == 0 ? 30 : 0;
	link.delay_us = 10 + model_below(random, model_below(random, 4) == 0 ? 600000 : 60000);
	link.jitter_us = model_below(random, 3) == 0 ? model_below(random, 2 * link.delay_us) : 0;
	if (model_below(random, 50) == 0)
		link.cut_ns = (int64_t)(model_random(random) % 5000000000u);
	link.is_hostile = model_below(random, 8) == 0;
	return link;
}

static struct model_habits draw_habits(uint64_t *random)
{
	static const uint32_t buffers[] = {65535, 65535, 65535, 5840, 1000, 150};
	static const uint16_t sizes[] = {1460, 1460, 1400, 1220, 536, 0};
	struct model_habits habits = {
		.receive_buffer = buffers[model_below(random, 6)],
		.reads_per_tick = model_below(random, 4) == 0 ? 200 + model_below(random, 3000) : 0,
		.piece_max = model_below(random, 4) == 0 ? 1 + model_below(random, 1460) : 0,
		.ack_delay_ms = model_below(random, 3) == 0 ? 200 : 0,
		.mss = sizes[model_below(random, 6)],
		.has_timestamps = model_below(random, 3) > 0,
		.has_shift = model_below(random, 3) > 0,
		.shift = (uint8_t)model_below(random, 4),
	};

	return habits;
}

/* Half of the worlds begin as a census does: with a SYN of which nothing but its number is kept. */
static void begin(struct world *world)
{
	uint32_t own = (uint32_t)model_random(&world->random);
	struct tcp_segment syn = {
		.sequence = own,
		.flags = TCP_SYN,
		.window = TCP_CLIENT_SYN_WINDOW,
		.mss = 1460,
		.has_window_shift = true,
		.window_shift = TCP_CLIENT_WINDOW_SHIFT,
		.has_timestamps = true,
		.timestamp = tcp_client_timestamp(world->now),
	};

	world->last_acknowledged = world->own_sequence = own;
	world->is_awaiting = happens(world, 500);
	if (!world->is_awaiting) {
		tcp_client_begin(&world->client, &HANDLER, world, own, 1500, IP_FAMILY_4, world->now);
		return;
	}
	world->client.due.ns = INT64_MAX;
	fly(world, &syn, true);
}

static void draw_world(struct world *world, uint64_t seed)
{
	static struct flying flight[FLIGHT_MAX];
	struct model_habits habits;

	memset(world, 0, sizeof(*world));
	world->flight = flight;
	world->seed = world->random = seed;
	(void)model_random(&world->random);
	world->now.ns = 1000000000 + model_below(&world->random, 1000000);
	world->link = draw_link(&world->random);
	if (world->link.cut_ns != INT64_MAX)
		world->link.cut_ns += world->now.ns;
	world->ending = model_below(&world->random, 4) == 0 ? model_below(&world->random, ENDING_COUNT)
	                                                    : model_below(&world->random, CLIENT_ABORTS);
	habits = draw_habits(&world->random);
	draw_turns(world);
	model_server_init(&world->server, &habits, seed);
	world->server.emit = server_emit;
	world->server.context = world;
	begin(world);
}

/* What must hold after every call. */
static void check(struct world *world, struct tally *tally)
{
	const struct tcp_client *client = &world->client;
	size_t memory = tcp_client_memory(client);

	if (memory > MEMORY_MAX)
		fail(world, "holds %zu bytes", memory);
	if (memory > tally->memory_max)
		tally->memory_max = memory;
	if (client->due.ns <= world->now.ns)
		fail(world, "due at once again");
	if (client->state == TCP_CLIENT_GONE && (client->due.ns != INT64_MAX || memory > 0))
		fail(world, "gone, but something is left");
	if (client->state == TCP_CLIENT_OPEN && (client->unsent_size > 0) != (client->due.ns != INT64_MAX))
		fail(world, "%u bytes unsent, and a timer %d", client->unsent_size, client->due.ns != INT64_MAX);
	if (client->send_unacknowledged != world->last_acknowledged) {
		world->last_acknowledged = client->send_unacknowledged;
		world->drops_since_progress = 0;
	}
}

static void to_client(struct world *world, struct flying *flying)
{
	struct tcp_segment reset;

	if (world->link.is_hostile && happens(world, 150))
		spoil(world, &flying->segment, flying->payload);
	if (world->is_awaiting) {
		struct tcp_opening opening;

		if (tcp_opening_from(&flying->segment, world->own_sequence, &opening)) {
			world->is_awaiting = false;
			tcp_client_adopt(&world->client, &HANDLER, world, &opening, 1500, IP_FAMILY_4, world->now);
		}
	} else if (world->client.state != TCP_CLIENT_GONE)
		tcp_client_input(&world->client, &flying->segment, world->now);
	else if (tcp_reset_for(&flying->segment, &reset))
		enter_link(world, &reset, true);
}

static void arrive(struct world *world, unsigned index)
{
	static struct flying flying; /* the place in the list is given to what is sent meanwhile */

	flying = world->flight[index];
	world->flight[index] = world->flight[--world->flight_count];
	flying.segment.payload.data = flying.payload;
	show(world, "comes", &flying.segment, flying.is_to_server);
	if (flying.is_to_server)
		model_server_input(&world->server, &flying.segment, world->now);
	else
		to_client(world, &flying);
}

/* The next moment at which something happens, and what: a segment of the flight, or FLIGHT_MAX for timers. */
static struct instant next_moment(const struct world *world, unsigned *index_out)
{
	struct instant moment = model_server_due(&world->server);

	if (instant_is_before(world->client.due, moment))
		moment = world->client.due;
	*index_out = FLIGHT_MAX;
	for (unsigned i = 0; i < world->flight_count; i++) {
		if (world->flight[i].at_ns < moment.ns) {
			moment.ns = world->flight[i].at_ns;
			*index_out = i;
		}
	}
	return moment;
}

static void step(struct world *world, unsigned index)
{
	world->emitted_in_call = 0;
	if (index < FLIGHT_MAX) {
		arrive(world, index);
	} else if (!instant_is_before(world->now, world->client.due)) {
		if (is_verbose)
			(void)printf("%11.6f due, rto %u\n", (double)world->now.ns / 1e9, world->client.rto_ms);
		tcp_client_due(&world->client, world->now);
	} else {
		model_server_tick(&world->server, world->now);
	}
	server_turns(world);
	if (world->client.state == TCP_CLIENT_OPEN)
		client_turns(world);
	if (!world->is_awaiting)
		client_leaves(world);
}

static bool is_over(const struct world *world)
{
	bool is_server_done = world->server.is_closed || (world->server.fin_acknowledged && world->server.fin_heard);

	return world->client.state == TCP_CLIENT_GONE &&
	       (is_server_done || world->link.cut_ns != INT64_MAX || world->drops > 0 || world->link.is_hostile);
}

static void run(struct world *world, struct tally *tally)
{
	int64_t owner_ns = world->now.ns + OWNER_SECONDS * INT64_C(1000000000);
	int64_t end_ns = world->now.ns + WORLD_SECONDS * INT64_C(1000000000);
	unsigned index;

	while (!is_over(world)) {
		struct instant moment = next_moment(world, &index);

		if (moment.ns >= owner_ns && world->client.state < TCP_CLIENT_LEAVING) {
			world->now.ns = owner_ns;
			world->emitted_in_call = 0;
			world->outcome = OUTCOME_CLOSED;
			tally->late_ends += !world->link.is_hostile;
			if (is_verbose)
				(void)printf("seed %llu is ended by the owner%s\n", (unsigned long long)world->seed,
				             world->link.is_hostile ? ", hostile" : "");
			if (world->is_awaiting) {
				world->outcome = OUTCOME_TIMEOUT;
				break;
			}
			tcp_client_close(&world->client, world->now);
			check(world, tally);
			continue;
		}
		if (moment.ns == INT64_MAX)
			break;
		if (moment.ns > end_ns)
			fail(world, "does not end");
		if (moment.ns > world->now.ns)
			world->now = moment;
		step(world, index);
		check(world, tally);
	}
	if (world->client.state != TCP_CLIENT_GONE && !world->is_awaiting)
		fail(world, "nothing happens any more, and the client waits");
	tcp_client_done(&world->client);
}

/* Whether the link, or a host that takes little at a time, may be blamed for what is missing: we say farewell for TCP_CLIENT_FAREWELL_MS only. */
static bool is_excused(const struct world *world)
{
	return world->drops > 0 || world->server.habits.reads_per_tick > 0 || world->server.habits.receive_buffer < TCP_CLIENT_UNSENT_MAX;
}

static void judge(const struct world *world, struct tally *tally)
{
	bool is_whole = world->client_heard == world->server_total && world->server.heard == world->client_total && world->server.fin_heard;

	tally->segments += world->emitted;
	if (world->link.is_hostile) {
		tally->hostile++;
	} else if (world->ending == CLIENT_ABORTS || world->ending == SERVER_RESETS) {
		tally->others++;
	} else if (world->outcome == OUTCOME_TIMEOUT || world->is_awaiting) {
		tally->timeouts++;
	} else if (world->outcome != OUTCOME_CLOSED) {
		fail(world, "outcome %d", world->outcome);
	} else if (is_whole) {
		tally->complete++;
	} else {
		if (!is_excused(world))
			fail(world, "heard %u of %u, said %u of %u, FIN %d", world->client_heard, world->server_total, world->server.heard,
			     world->client_total, world->server.fin_heard);
		tally->cut++;
	}
}

static bool parse(int count, char **arguments, uint64_t *seeds, uint64_t *first)
{
	for (int i = 1; i < count; i++) {
		uint64_t *number = strcmp(arguments[i], "--seeds") == 0 ? seeds : strcmp(arguments[i], "--first") == 0 ? first : NULL;

		if (strcmp(arguments[i], "--verbose") == 0)
			is_verbose = true;
		else if (number == NULL || ++i == count || !text_parse_unsigned(span_from_text(arguments[i]), UINT32_MAX, number))
			return false;
	}
	return true;
}

int main(int count, char **arguments)
{
	static struct world world;
	struct tally tally = {0};
	uint64_t seeds = 1000, first = 1, orderly;
	struct timespec began, ended;

	if (!parse(count, arguments, &seeds, &first)) {
		(void)fprintf(stderr, "usage: tcp_simulation [--seeds N] [--first N] [--verbose]\n");
		return 2;
	}
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &began);
	for (uint64_t seed = first; seed < first + seeds; seed++) {
		int64_t started;

		draw_world(&world, seed);
		started = world.now.ns;
		run(&world, &tally);
		judge(&world, &tally);
		if (world.now.ns - started > tally.longest_ns)
			tally.longest_ns = world.now.ns - started;
	}
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ended);
	orderly = tally.complete + tally.cut + tally.timeouts;
	(void)printf("%llu seeds in %.1f s of processor: %llu of %llu orderly dialogues whole, %llu cut short by loss or a slow reader, "
	             "%llu timed out, %llu broken off, %llu hostile;\n"
	             "%llu segments sent, at most %zu bytes held, the longest took %.1f s of its own time, %llu were ended by the owner\n",
	             (unsigned long long)seeds, (double)(ended.tv_sec - began.tv_sec) + (double)(ended.tv_nsec - began.tv_nsec) / 1e9,
	             (unsigned long long)tally.complete, (unsigned long long)orderly, (unsigned long long)tally.cut,
	             (unsigned long long)tally.timeouts, (unsigned long long)tally.others, (unsigned long long)tally.hostile,
	             (unsigned long long)tally.segments, tally.memory_max, (double)tally.longest_ns / 1e9,
	             (unsigned long long)tally.late_ends);
	/* A client that gives up too easily would pass all of the above. */
	if (seeds >= 1000 && tally.complete * 100 < orderly * 90) {
		(void)fprintf(stderr, "too few are whole\n");
		return 1;
	}
	return 0;
}
