/* SPDX-License-Identifier: ISC */
/* The round of the raw loop: wait, take all frames that came, give each segment to its connection or to whoever asked with a SYN, run what is due, send.

   A connection that its owner closed stays until its farewell is over; one that dies within a call is freed at the end of the round, since somebody up the stack may still hold it. */
#include "net/raw_loop.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/mix64.h"
#include "net/clock.h"
#include "net/event_loop_backend.h"
#include "net/frame_pacer.h"
#include "net/random.h"
#include "net/raw_connection.h"
#include "net/raw_link.h"
#include "net/timer_wheel.h"
#include "packet/frame.h"

enum {
	FRAMES_AT_ONCE = 256,
	BATCHES_PER_ROUND = 16, /* then timers and owners have their turn */
	PORT_TRIES = 64,
	CONTROL_EVERY_MS = 100,      /* how often losses are looked at */
	STRANGERS_PER_CONTROL = 100, /* resets to segments of nobody, per CONTROL_EVERY_MS */
	ROUND_NS = 250000,           /* so often, not more: a frame waits no longer for others */
	SYN_FRAME_SIZE = 74,
	DESCRIPTION_SIZE = 1024,
};

/* A loss makes us a fifth slower. Frames that the kernel would not take yet are not lost: they wait in our ring, and when that is full nothing more is sent, so we do not become
   faster. A time without either makes us a fiftieth of the limit faster. */
static const double SLOWER = 0.8, FASTER = 0.02, SLOWEST = 1.0 / 64;

struct raw_loop {
	struct event_loop base; /* must be first */
	struct raw_link link;
	struct frame_path *path;
	struct frame_pacer pacer;
	struct raw_table table;
	struct timer_wheel timers;
	struct raw_connection *dead;
	struct syn_key key;
	unsigned connections_max;
	uint16_t first_port, middle_port,
		last_port; /* SYNs of the sweep leave from the lower half, connections of our own from the upper */
	bool (*on_answer)(void *context, const struct syn_answer *answer);
	void *on_answer_context;
	struct token_bucket syns;
	double syns_limit, packets_limit, bits_limit; /* 0: none */
	double pace;                                  /* what losses leave of the limits */
	struct instant next_control;
	uint64_t lost_before, waited_before; /* of statistics.path, when the pace was set */
	unsigned stranger_resets;
	struct raw_loop_statistics statistics;
	char description[DESCRIPTION_SIZE];
};

static struct raw_loop *raw_of(const struct event_loop *loop)
{
	assert(event_loop_is_raw(loop));
	return (struct raw_loop *)(uintptr_t)loop;
}

static struct raw_connection *raw_connection_of(struct connection *connection)
{
	return (struct raw_connection *)connection;
}

static struct raw_loop *loop_of(const struct raw_connection *connection)
{
	return raw_of(connection->base.loop);
}

/* ---- to the wire ---- */

static void send_segment(struct raw_loop *loop, const struct raw_source *source, const struct tcp_segment *segment)
{
	loop->statistics.segments++;
	frame_pacer_send(&loop->pacer, frame_write_segment(&source->link, segment, frame_pacer_room(&loop->pacer)));
}

static void reset_segment(struct raw_loop *loop, const struct tcp_segment *segment)
{
	const struct raw_source *source = raw_link_find(&loop->link, segment->destination);
	struct tcp_segment reset;

	if (source != NULL && tcp_reset_for(segment, &reset))
		send_segment(loop, source, &reset);
}

/* ---- connections ---- */

static void bury(struct raw_connection *connection)
{
	struct raw_loop *loop = loop_of(connection);

	if (connection->is_dead)
		return;
	connection->is_dead = true;
	timer_wheel_cancel(&loop->timers, &connection->timer);
	raw_table_remove(&loop->table, connection);
	connection->next = loop->dead;
	loop->dead = connection;
}

/* After each call of the client: its timer, and whether it is still needed. */
static void settle(struct raw_connection *connection)
{
	if (connection->is_dead)
		return;
	if (connection->handler == NULL && connection->client.state == TCP_CLIENT_GONE) {
		bury(connection);
		return;
	}
	if (connection->client.due.ns == INT64_MAX)
		return; /* a timer that is set still finds nothing to do */
	if (timer_is_set(&connection->timer) && !instant_is_before(connection->client.due, connection->timer_at))
		return;
	connection->timer_at = connection->client.due;
	timer_wheel_set(&loop_of(connection)->timers, &connection->timer, connection->client.due);
}

static void on_emit(void *context, struct tcp_segment *segment)
{
	struct raw_connection *connection = context;

	segment->source = connection->source->address;
	segment->destination = connection->endpoint.address;
	segment->source_port = connection->own_port;
	segment->destination_port = connection->endpoint.port;
	send_segment(loop_of(connection), connection->source, segment);
}

static void on_open(void *context)
{
	struct raw_connection *connection = context;

	connection->was_open = true;
	if (connection->handler != NULL)
		connection->handler->on_connected(connection->context);
}

static void on_bytes(void *context, struct span bytes)
{
	struct raw_connection *connection = context;

	if (connection->handler != NULL)
		connection->handler->on_bytes(connection->context, bytes);
}

static void on_end(void *context)
{
	struct raw_connection *connection = context;

	if (connection->handler != NULL)
		connection->handler->on_closed(connection->context);
}

static void fail_connect(struct raw_connection *connection, enum connect_failure failure)
{
	if (connection->handler != NULL)
		connection->handler->on_connect_failed(connection->context, failure);
}

static void on_refused(void *context)
{
	fail_connect(context, CONNECT_REFUSED);
}

static void on_reset(void *context)
{
	struct raw_connection *connection = context;

	if (connection->handler != NULL)
		connection->handler->on_reset(connection->context);
}

static void on_timeout(void *context)
{
	struct raw_connection *connection = context;

	if (connection->was_open)
		on_reset(connection);
	else
		fail_connect(connection, CONNECT_TIMED_OUT);
}

static const struct tcp_client_handler CLIENT_HANDLER = {
	.emit = on_emit,
	.on_open = on_open,
	.on_bytes = on_bytes,
	.on_end = on_end,
	.on_refused = on_refused,
	.on_reset = on_reset,
	.on_timeout = on_timeout,
};

static struct raw_connection *new_connection(struct raw_loop *loop, struct endpoint endpoint, const struct raw_source *source,
                                             uint16_t own_port, const struct connection_handler *handler, void *context)
{
	struct raw_connection *connection = memory_allocate(1, sizeof(*connection));

	connection->base.loop = &loop->base;
	connection->endpoint = endpoint;
	connection->source = source;
	connection->own_port = own_port;
	connection->handler = handler;
	connection->context = context;
	connection->timer.owner = connection;
	raw_table_add(&loop->table, connection);
	return connection;
}

/* A port of the upper half from which nothing leads to this endpoint; 0: none was found. */
static uint16_t choose_port(const struct raw_loop *loop, struct endpoint endpoint, const struct raw_source *source)
{
	uint32_t span = (uint32_t)loop->last_port - loop->middle_port + 1;

	for (unsigned i = 0; i < PORT_TRIES; i++) {
		uint16_t port = (uint16_t)(loop->middle_port + random_u64() % span);

		if (raw_table_find(&loop->table, endpoint.address, endpoint.port, source->address, port) == NULL)
			return port;
	}
	return 0;
}

static struct connection *raw_open(struct event_loop *base, struct endpoint endpoint, const struct ip_address *source,
                                   const struct connection_handler *handler, void *context, enum connect_failure *failure_out,
                                   int *errno_out)
{
	struct raw_loop *loop = raw_of(base);
	const struct raw_source *from =
		source != NULL ? raw_link_find(&loop->link, *source) : raw_link_choose(&loop->link, endpoint.address.family, random_u64());
	struct raw_connection *connection;
	uint16_t port = 0;

	if (from == NULL) {
		*failure_out = CONNECT_NOT_POSSIBLE;
		if (errno_out != NULL)
			*errno_out = EADDRNOTAVAIL;
		return NULL;
	}
	if (loop->table.count < loop->connections_max)
		port = choose_port(loop, endpoint, from);
	if (port == 0) {
		*failure_out = CONNECT_SHORTAGE;
		if (errno_out != NULL)
			*errno_out = EADDRINUSE;
		return NULL;
	}
	connection = new_connection(loop, endpoint, from, port, handler, context);
	token_bucket_take(&loop->syns, 1); /* perhaps in advance: then the sweep waits */
	tcp_client_begin(&connection->client, &CLIENT_HANDLER, connection, (uint32_t)random_u64(), loop->link.interface.mtu,
	                 endpoint.address.family, clock_now());
	settle(connection);
	return &connection->base;
}

static void raw_send(struct connection *base, struct span bytes)
{
	struct raw_connection *connection = raw_connection_of(base);

	/* More than ever is said in a conversation: a peer that takes nothing for so long is given up, and the owner's deadline ends it. */
	if (!tcp_client_send(&connection->client, bytes, loop_of(connection)->base.now))
		tcp_client_abort(&connection->client, loop_of(connection)->base.now);
	settle(connection);
}

static void raw_close(struct connection *base)
{
	struct raw_connection *connection = raw_connection_of(base);

	connection->handler = NULL;
	tcp_client_close(&connection->client, loop_of(connection)->base.now);
	settle(connection);
}

/* ---- from the wire ---- */

static bool is_cookie_of(const struct raw_loop *loop, struct ip_address own, uint16_t own_port, struct ip_address host, uint16_t host_port,
                         uint32_t sequence)
{
	return own_port >= loop->first_port && own_port < loop->middle_port &&
	       syn_cookie(&loop->key, &own, own_port, &host, host_port) == sequence;
}

static bool tell_answer(struct raw_loop *loop, const struct syn_answer *answer)
{
	loop->statistics.answers[answer->kind]++;
	return loop->on_answer != NULL && loop->on_answer(loop->on_answer_context, answer);
}

/* A segment that no connection knows: an answer to a SYN of the sweep, or nothing of ours. */
static void take_stranger(struct raw_loop *loop, const struct tcp_segment *segment)
{
	uint32_t sequence = segment->acknowledgement - 1;
	struct syn_answer answer = {
		.endpoint = {.address = segment->source, .port = segment->source_port},
		.own = segment->destination,
		.own_port = segment->destination_port,
		.hop_limit = segment->hop_limit,
	};

	if ((segment->flags & TCP_ACK) != 0 &&
	    is_cookie_of(loop, segment->destination, segment->destination_port, segment->source, segment->source_port, sequence)) {
		if ((segment->flags & TCP_RST) != 0) {
			answer.kind = SYN_ANSWER_REFUSED;
			(void)tell_answer(loop, &answer);
			return;
		}
		if (tcp_opening_from(segment, sequence, &answer.opening)) {
			answer.kind = SYN_ANSWER_ACCEPTED;
			if (!tell_answer(loop, &answer))
				reset_segment(loop, segment);
			return;
		}
	}
	loop->statistics.strangers++;
	if (loop->stranger_resets < STRANGERS_PER_CONTROL && raw_link_find(&loop->link, segment->destination) != NULL) {
		loop->stranger_resets++;
		reset_segment(loop, segment);
	}
}

static void take_segment(struct raw_loop *loop, const struct tcp_segment *segment)
{
	struct raw_connection *connection =
		raw_table_find(&loop->table, segment->source, segment->source_port, segment->destination, segment->destination_port);

	if (connection == NULL) {
		take_stranger(loop, segment);
		return;
	}
	tcp_client_input(&connection->client, segment, loop->base.now);
	settle(connection);
}

/* Only what quotes a SYN of ours counts, and only while nothing else was heard: an error in the middle of a conversation may be anybody's. */
static void take_icmp(struct raw_loop *loop, const struct icmp_error *icmp)
{
	struct raw_connection *connection =
		raw_table_find(&loop->table, icmp->destination, icmp->destination_port, icmp->source, icmp->source_port);
	struct syn_answer answer = {
		.kind = SYN_ANSWER_UNREACHABLE,
		.endpoint = {.address = icmp->destination, .port = icmp->destination_port},
		.own = icmp->source,
		.own_port = icmp->source_port,
		.icmp_type = icmp->type,
		.icmp_code = icmp->code,
	};

	if (connection == NULL) {
		if (is_cookie_of(loop, icmp->source, icmp->source_port, icmp->destination, icmp->destination_port, icmp->sequence))
			(void)tell_answer(loop, &answer);
		return;
	}
	if (connection->client.state == TCP_CLIENT_OPENING && icmp->sequence == connection->client.send_unacknowledged)
		fail_connect(connection, CONNECT_UNREACHABLE);
	settle(connection);
}

/* Addresses that the kernel has are answered for by the kernel. */
static void answer_neighbour(struct raw_loop *loop, const struct packet *packet)
{
	const struct raw_source *source = raw_link_find(&loop->link, packet->neighbour.asked);

	if (source != NULL && !source->is_kernels)
		frame_pacer_send(&loop->pacer, frame_write_neighbour_answer(&source->link, packet, frame_pacer_room(&loop->pacer)));
}

static void take_frame(struct raw_loop *loop, struct span frame)
{
	struct packet packet;

	packet_parse(frame, &loop->link.sources[0].link, frame_path_proves_checksums(loop->path), &packet);
	switch (packet.kind) {
	case PACKET_TCP:
		take_segment(loop, &packet.tcp);
		break;
	case PACKET_ICMP_ERROR:
		take_icmp(loop, &packet.icmp);
		break;
	case PACKET_ARP_REQUEST:
	case PACKET_NEIGHBOUR_REQUEST:
		answer_neighbour(loop, &packet);
		break;
	case PACKET_OTHER:
		break;
	}
}

/* ---- the round ---- */

/* The ring in which we receive was full: we are faster than this machine. */
static void control(struct raw_loop *loop)
{
	struct instant now = loop->base.now;
	const struct frame_path_statistics *path = &loop->statistics.path;
	bool has_lost, has_waited;

	if (instant_is_before(now, loop->next_control))
		return;
	loop->next_control = instant_after_ms(now, CONTROL_EVERY_MS);
	loop->stranger_resets = 0;
	frame_path_get_statistics(loop->path, &loop->statistics.path);
	has_lost = path->receive_lost > loop->lost_before;
	has_waited = path->send_refused > loop->waited_before;
	loop->lost_before = path->receive_lost;
	loop->waited_before = path->send_refused;
	if (has_lost) {
		loop->statistics.rate_lowered++;
		loop->pace = loop->pace * SLOWER > SLOWEST ? loop->pace * SLOWER : SLOWEST;
	} else if (!has_waited) {
		loop->pace = loop->pace + FASTER < 1 ? loop->pace + FASTER : 1;
	}
	token_bucket_set_rate(&loop->syns, loop->syns_limit * loop->pace, now);
	token_bucket_set_rate(&loop->pacer.packets, loop->packets_limit * loop->pace, now);
	token_bucket_set_rate(&loop->pacer.bits, loop->bits_limit * loop->pace, now);
}

static void run_timers(struct raw_loop *loop)
{
	struct timer *timer;

	while ((timer = timer_wheel_take(&loop->timers, loop->base.now)) != NULL) {
		struct raw_connection *connection = timer->owner;

		if (!instant_is_before(loop->base.now, connection->client.due))
			tcp_client_due(&connection->client, loop->base.now);
		settle(connection);
	}
}

static void free_dead(struct raw_loop *loop)
{
	while (loop->dead != NULL) {
		struct raw_connection *connection = loop->dead;

		loop->dead = connection->next;
		loop->statistics.retransmitted += connection->client.count.retransmitted;
		tcp_client_done(&connection->client);
		free(connection);
	}
}

static void receive(struct raw_loop *loop)
{
	struct span frames[FRAMES_AT_ONCE];

	for (unsigned batch = 0; batch < BATCHES_PER_ROUND; batch++) {
		unsigned count = frame_path_receive(loop->path, frames, FRAMES_AT_ONCE);

		for (unsigned i = 0; i < count; i++)
			take_frame(loop, frames[i]);
		if (count > 0)
			frame_path_release(loop->path);
		if (count < FRAMES_AT_ONCE)
			break;
	}
}

/* Something has come, soon after the last round: a moment later more will have come, and a round costs about the same for one frame as for thirty. Returns the time. */
static struct instant gather(struct raw_loop *loop, struct instant until)
{
	struct instant now = clock_now();
	int64_t wait_ns = loop->base.now.ns + ROUND_NS - now.ns;

	if (wait_ns > until.ns - now.ns)
		wait_ns = until.ns - now.ns;
	if (wait_ns <= 0)
		return now;
	clock_sleep(wait_ns);
	return clock_now();
}

static void raw_poll(struct event_loop *base, struct instant until)
{
	struct raw_loop *loop = raw_of(base);
	struct instant due;

	frame_pacer_round(&loop->pacer, clock_now());
	frame_path_flush(loop->path);
	if (timer_wheel_next(&loop->timers, &due) && instant_is_before(due, until))
		until = due;
	if (frame_pacer_is_waiting(&loop->pacer) && instant_is_before(frame_pacer_next(&loop->pacer), until))
		until = frame_pacer_next(&loop->pacer);
	frame_path_wait(loop->path, until);
	loop->base.now = gather(loop, until);
	frame_pacer_round(&loop->pacer, loop->base.now);
	receive(loop);
	run_timers(loop);
	control(loop);
	free_dead(loop);
	frame_path_flush(loop->path);
}

/* ---- the sweep's side ---- */

void raw_loop_set_on_answer(struct event_loop *base, bool (*on_answer)(void *context, const struct syn_answer *answer), void *context)
{
	struct raw_loop *loop = raw_of(base);

	loop->on_answer = on_answer;
	loop->on_answer_context = context;
}

unsigned raw_loop_syns_available(struct event_loop *base)
{
	struct raw_loop *loop = raw_of(base);

	struct instant now = clock_now();
	unsigned by_frames, by_syns;

	frame_pacer_round(&loop->pacer, now);
	token_bucket_refill(&loop->syns, now);
	by_frames = frame_pacer_available(&loop->pacer, SYN_FRAME_SIZE);
	by_syns = token_bucket_available(&loop->syns);
	return by_frames < by_syns ? by_frames : by_syns;
}

struct instant raw_loop_next_syn(const struct event_loop *base)
{
	const struct raw_loop *loop = raw_of(base);
	struct instant frames = frame_pacer_next(&loop->pacer), syns = token_bucket_next(&loop->syns);

	return instant_is_before(frames, syns) ? syns : frames;
}

/* Mixes endpoint and attempt: which of our addresses and ports asks is the same when it is asked again after a crash. */
static uint64_t choice_of(const struct raw_loop *loop, struct endpoint endpoint, unsigned attempt)
{
	uint64_t mixed = loop->key.halves[1] ^ attempt;

	for (size_t i = 0; i < sizeof(endpoint.address.bytes); i += sizeof(mixed)) {
		uint64_t part;

		memcpy(&part, endpoint.address.bytes + i, sizeof(part));
		mixed = mix64((mixed ^ part ^ endpoint.port) + MIX64_STEP);
	}
	return mixed;
}

bool raw_loop_send_syn(struct event_loop *base, struct endpoint endpoint, unsigned attempt)
{
	struct raw_loop *loop = raw_of(base);
	uint64_t choice = choice_of(loop, endpoint, attempt);
	const struct raw_source *source = raw_link_choose(&loop->link, endpoint.address.family, choice >> 32);
	uint16_t port = (uint16_t)(loop->first_port + (uint32_t)choice % (uint32_t)(loop->middle_port - loop->first_port));
	size_t size;

	if (source == NULL || !token_bucket_may(&loop->syns) || frame_pacer_available(&loop->pacer, SYN_FRAME_SIZE) == 0)
		return false;
	size = syn_template_write(&source->syn, endpoint.address, port, endpoint.port,
	                          syn_cookie(&loop->key, &source->address, port, &endpoint.address, endpoint.port),
	                          tcp_client_timestamp(loop->base.now), frame_pacer_room(&loop->pacer));
	frame_pacer_send(&loop->pacer, size);
	token_bucket_take(&loop->syns, 1);
	loop->statistics.syns++;
	return true;
}

struct connection *raw_loop_adopt(struct event_loop *base, const struct syn_answer *answer, const struct connection_handler *handler,
                                  void *context)
{
	struct raw_loop *loop = raw_of(base);
	const struct raw_source *source = raw_link_find(&loop->link, answer->own);
	struct raw_connection *connection;

	assert(answer->kind == SYN_ANSWER_ACCEPTED);
	if (source == NULL || loop->table.count >= loop->connections_max ||
	    raw_table_find(&loop->table, answer->endpoint.address, answer->endpoint.port, answer->own, answer->own_port) != NULL)
		return NULL;
	connection = new_connection(loop, answer->endpoint, source, answer->own_port, NULL, context);
	tcp_client_adopt(&connection->client, &CLIENT_HANDLER, connection, &answer->opening, loop->link.interface.mtu,
	                 answer->endpoint.address.family, loop->base.now);
	connection->handler = handler; /* only now: the owner knows that it is open */
	connection->was_open = true;
	settle(connection);
	return &connection->base;
}

void raw_loop_refuse(struct event_loop *base, const struct syn_answer *answer)
{
	struct raw_loop *loop = raw_of(base);
	struct tcp_segment segment = {
		.source = answer->endpoint.address,
		.destination = answer->own,
		.source_port = answer->endpoint.port,
		.destination_port = answer->own_port,
		.sequence = answer->opening.host_sequence,
		.acknowledgement = answer->opening.own_sequence + 1,
		.flags = TCP_SYN | TCP_ACK,
	};

	if (answer->kind == SYN_ANSWER_ACCEPTED)
		reset_segment(loop, &segment);
}

void raw_loop_get_statistics(struct event_loop *base, struct raw_loop_statistics *statistics_out)
{
	struct raw_loop *loop = raw_of(base);

	frame_path_get_statistics(loop->path, &loop->statistics.path);
	*statistics_out = loop->statistics;
	statistics_out->pace = loop->pace;
}

/* ---- before and after ---- */

static void raw_free(struct event_loop *base)
{
	struct raw_loop *loop = raw_of(base);

	free_dead(loop);
	raw_table_done(&loop->table);
	if (loop->path != NULL)
		frame_path_flush(loop->path);
	frame_path_free(loop->path);
	frame_pacer_done(&loop->pacer);
	raw_link_done(&loop->link);
	free(loop);
}

static const struct event_loop_backend RAW_BACKEND = {
	.name = "raw",
	.free = raw_free,
	.poll = raw_poll,
	.open = raw_open,
	.send = raw_send,
	.close = raw_close,
};

bool event_loop_is_raw(const struct event_loop *loop)
{
	return loop->backend == &RAW_BACKEND;
}

const char *raw_loop_describe(const struct event_loop *loop)
{
	return raw_of(loop)->description;
}

static bool open_path(struct raw_loop *loop, const struct raw_loop_setup *setup, struct error *error)
{
	struct frame_path_setup path = {
		.interface = loop->link.interface.name,
		.link = loop->link.interface.link,
		.first_port = setup->first_port,
		.last_port = setup->last_port,
		.addresses = loop->link.addresses,
		.address_count = loop->link.source_count,
		.receives_icmp = true,
	};

	loop->path = frame_path_open(setup->kind, &path, error);
	if (loop->path == NULL)
		return false;
	(void)snprintf(loop->description, sizeof(loop->description), "%s on %s%s%s", frame_path_name(loop->path), loop->link.interface.name,
	               loop->link.gateway_text[0] != '\0' ? " over " : "", loop->link.gateway_text);
	return true;
}

struct event_loop *raw_loop_new(const struct raw_loop_setup *setup, struct error *error)
{
	struct raw_loop *loop = memory_allocate(1, sizeof(*loop));
	struct instant now = clock_now();

	assert(setup->last_port > setup->first_port);
	loop->base.backend = &RAW_BACKEND;
	loop->base.now = now;
	loop->key = setup->key;
	loop->connections_max = setup->connections_max;
	loop->first_port = setup->first_port;
	loop->middle_port = (uint16_t)(setup->first_port + (setup->last_port - setup->first_port) / 2 + 1);
	loop->last_port = setup->last_port;
	loop->syns_limit = setup->syns_per_second;
	loop->packets_limit = setup->packets_per_second;
	loop->bits_limit = setup->bits_per_second;
	loop->pace = 1;
	token_bucket_init(&loop->syns, setup->syns_per_second, now);
	loop->next_control = now;
	timer_wheel_init(&loop->timers, now);
	raw_table_init(&loop->table, setup->connections_max, setup->key);
	if (!raw_link_open(setup, &loop->link, error) || !open_path(loop, setup, error)) {
		raw_free(&loop->base);
		return NULL;
	}
	frame_pacer_init(&loop->pacer, loop->path, setup->packets_per_second, setup->bits_per_second, now);
	return &loop->base;
}
