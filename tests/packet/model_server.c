/* SPDX-License-Identifier: ISC */
/* The model: go-back-N with doubled time, any window, any size of pieces; every byte that it takes is compared with what the client's stream has there. */
#include "model_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RTO_MS = 300, RTO_MAX_MS = 2400, READ_TICK_MS = 150, PIECES_AT_ONCE = 10 };

static const struct instant NEVER = {.ns = INT64_MAX};

uint64_t model_random(uint64_t *state)
{
	uint64_t value = *state += 0x9e3779b97f4a7c15u;

	value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
	value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
	return value ^ (value >> 31);
}

uint32_t model_below(uint64_t *state, uint32_t limit)
{
	return (uint32_t)(((model_random(state) >> 32) * limit) >> 32);
}

unsigned char model_byte(uint64_t seed, enum model_direction direction, uint32_t offset)
{
	uint32_t value = offset * 2654435761u + (uint32_t)seed * 40503u + (direction == MODEL_FROM_SERVER ? 0x51ed270bu : 0);

	return (unsigned char)((value ^ (value >> 15)) >> 8);
}

void model_server_init(struct model_server *server, const struct model_habits *habits, uint64_t seed)
{
	*server = (struct model_server){
		.habits = *habits, .seed = seed, .random = seed ^ 0x5e57e5u, .client_end = UINT32_MAX, .rto_ms = RTO_MS};
	server->own_first = (uint32_t)model_random(&server->random);
	server->resend_at = server->ack_at = server->read_at = NEVER;
}

static uint32_t window_of(const struct model_server *server)
{
	uint32_t used = server->heard - server->read;
	uint32_t window = used < server->habits.receive_buffer ? server->habits.receive_buffer - used : 0;
	uint32_t shifted = window >> (server->habits.has_shift ? server->habits.shift : 0);

	return shifted < 65535 ? shifted : 65535;
}

static uint32_t acknowledgement_of(const struct model_server *server)
{
	return server->host_first + 1 + server->heard + server->fin_heard;
}

static void emit(struct model_server *server, struct tcp_segment *segment, struct instant now)
{
	segment->window = (uint16_t)window_of(server);
	segment->flags |= TCP_ACK;
	segment->acknowledgement = acknowledgement_of(server);
	if (server->habits.has_timestamps) {
		segment->has_timestamps = true;
		segment->timestamp = (uint32_t)(now.ns / 1000000) + 77;
		segment->timestamp_echo = server->timestamp_recent;
	}
	server->is_window_told_shut = window_of(server) == 0;
	server->ack_at = NEVER;
	server->emit(server->context, segment);
}

static void emit_syn_ack(struct model_server *server, struct instant now)
{
	struct tcp_segment segment = {
		.sequence = server->own_first,
		.flags = TCP_SYN,
		.mss = server->habits.mss,
		.has_window_shift = server->habits.has_shift,
		.window_shift = server->habits.shift,
	};

	emit(server, &segment, now);
	server->resend_at = instant_after_ms(now, server->rto_ms);
}

static void emit_ack(struct model_server *server, struct instant now)
{
	struct tcp_segment segment = {.sequence = server->own_first + 1 + server->next};

	emit(server, &segment, now);
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* One segment from server->next on, at most of limit bytes. False: nothing may leave. */
static bool emit_piece(struct model_server *server, uint32_t limit, struct instant now)
{
	unsigned char bytes[MODEL_PAYLOAD_MAX] = {0};
	struct tcp_segment segment = {.sequence = server->own_first + 1 + server->next};
	uint32_t rest = server->next < server->said ? server->said - server->next : 0;
	uint32_t size = smaller(smaller(rest, server->peer_mss), limit);

	if (server->next > server->said)
		return false;
	if (server->habits.piece_max > 0 && size > 0)
		size = smaller(size, 1 + model_below(&server->random, server->habits.piece_max));
	for (uint32_t i = 0; i < size; i++)
		bytes[i] = model_byte(server->seed, MODEL_FROM_SERVER, server->next + i);
	segment.payload = span_make(bytes, size);
	if (server->fin_wanted && size == rest)
		segment.flags |= TCP_FIN;
	if (size == 0 && (segment.flags & TCP_FIN) == 0)
		return false;
	server->next += size + ((segment.flags & TCP_FIN) != 0);
	emit(server, &segment, now);
	return true;
}

static void send_what_may(struct model_server *server, struct instant now)
{
	if (!server->is_established || server->is_closed)
		return;
	for (unsigned i = 0; i < PIECES_AT_ONCE; i++) {
		uint32_t flight = server->next - server->acknowledged;

		if (flight >= server->peer_window || !emit_piece(server, server->peer_window - flight, now))
			break;
	}
	if (server->acknowledged < server->said + (server->fin_wanted ? 1 : 0) && server->resend_at.ns == NEVER.ns)
		server->resend_at = instant_after_ms(now, server->rto_ms);
}

static void take_acknowledgement(struct model_server *server, const struct tcp_segment *segment, struct instant now)
{
	uint32_t place = segment->acknowledgement - server->own_first - 1;

	if (place > server->said + 1 || place < server->acknowledged)
		return;
	server->peer_window = (uint32_t)segment->window << server->peer_shift;
	if (!server->is_established || place > server->acknowledged) {
		server->is_established = true;
		server->rto_ms = RTO_MS;
		server->resend_at = NEVER;
	}
	server->acknowledged = place;
	if (server->next < place)
		server->next = place;
	if (server->fin_wanted && place == server->said + 1)
		server->fin_acknowledged = true;
	(void)now;
}

static void read_what_came(struct model_server *server, struct instant now)
{
	if (server->habits.reads_per_tick == 0)
		server->read = server->heard;
	else if (server->read < server->heard && server->read_at.ns == NEVER.ns)
		server->read_at = instant_after_ms(now, READ_TICK_MS);
}

/* The client's bytes are compared where they come, in order or not. */
static void take_payload(struct model_server *server, const struct tcp_segment *segment, struct instant now)
{
	uint32_t place = segment->sequence - server->host_first - 1;
	uint32_t end =
		server->heard + (server->habits.receive_buffer - smaller(server->habits.receive_buffer, server->heard - server->read));
	uint32_t before = server->heard;

	if ((int32_t)(place - server->heard) > MODEL_STREAM_MAX || (int32_t)(server->heard - place) > MODEL_STREAM_MAX)
		return; /* of another world */
	for (uint32_t i = 0; i < segment->payload.size; i++) {
		if (place + i >= end || place + i >= MODEL_STREAM_MAX)
			continue;
		if (segment->payload.data[i] != model_byte(server->seed, MODEL_FROM_CLIENT, place + i)) {
			(void)fprintf(stderr, "seed %llu: the client said another byte at %u\n", (unsigned long long)server->seed,
			              place + i);
			abort();
		}
		server->has[place + i] = true;
	}
	if ((segment->flags & TCP_FIN) != 0)
		server->client_end = place + (uint32_t)segment->payload.size;
	while (server->heard < MODEL_STREAM_MAX && server->has[server->heard])
		server->heard++;
	if (server->heard == server->client_end)
		server->fin_heard = true;
	read_what_came(server, now);
	if (server->habits.ack_delay_ms == 0 || before == server->heard || server->fin_heard)
		emit_ack(server, now);
	else if (server->ack_at.ns == NEVER.ns)
		server->ack_at = instant_after_ms(now, server->habits.ack_delay_ms);
}

static void take_syn(struct model_server *server, const struct tcp_segment *segment, struct instant now)
{
	server->is_open = true;
	server->host_first = segment->sequence;
	server->peer_mss = segment->mss != 0 ? segment->mss : 536;
	server->peer_window = segment->window;
	server->habits.has_shift &= segment->has_window_shift;
	server->peer_shift = server->habits.has_shift ? segment->window_shift : 0;
	server->habits.has_timestamps &= segment->has_timestamps;
	if (server->habits.has_timestamps)
		server->peer_mss -= 12;
	server->timestamp_recent = segment->timestamp;
	emit_syn_ack(server, now);
}

void model_server_input(struct model_server *server, const struct tcp_segment *segment, struct instant now)
{
	uint32_t distance = segment->sequence - acknowledgement_of(server);

	if (server->is_closed) { /* as a system answers that has no such connection */
		struct tcp_segment reset = {.sequence = segment->acknowledgement, .flags = TCP_RST};

		if ((segment->flags & TCP_RST) == 0)
			server->emit(server->context, &reset);
		return;
	}
	if ((segment->flags & TCP_SYN) != 0) {
		if (!server->is_open)
			take_syn(server, segment, now);
		else if (segment->sequence == server->host_first && !server->is_established)
			emit_syn_ack(server, now);
		return;
	}
	if (!server->is_open)
		return;
	if ((segment->flags & TCP_RST) != 0) {
		if (distance <= 65535)
			server->is_closed = true;
		return;
	}
	if (server->habits.has_timestamps && segment->has_timestamps && (int32_t)(segment->timestamp - server->timestamp_recent) >= 0 &&
	    (int32_t)distance <= 0)
		server->timestamp_recent = segment->timestamp;
	take_acknowledgement(server, segment, now);
	if (segment->payload.size > 0 || (segment->flags & TCP_FIN) != 0)
		take_payload(server, segment, now);
	send_what_may(server, now);
}

struct instant model_server_due(const struct model_server *server)
{
	struct instant due = server->resend_at;

	if (server->is_closed)
		return NEVER;
	if (instant_is_before(server->ack_at, due))
		due = server->ack_at;
	return instant_is_before(server->read_at, due) ? server->read_at : due;
}

void model_server_tick(struct model_server *server, struct instant now)
{
	if (!instant_is_before(now, server->read_at)) {
		server->read_at = NEVER;
		server->read = smaller(server->heard, server->read + server->habits.reads_per_tick);
		read_what_came(server, now);
		if (server->is_window_told_shut && window_of(server) > 0)
			emit_ack(server, now);
	}
	if (!instant_is_before(now, server->ack_at))
		emit_ack(server, now);
	if (!instant_is_before(now, server->resend_at)) {
		server->rto_ms = smaller(2 * server->rto_ms, RTO_MAX_MS);
		server->resend_at = instant_after_ms(now, server->rto_ms);
		if (!server->is_established) {
			emit_syn_ack(server, now);
		} else {
			server->next = server->acknowledged;
			(void)emit_piece(server, MODEL_PAYLOAD_MAX, now);
		}
	}
}

void model_server_say(struct model_server *server, uint32_t size, struct instant now)
{
	server->said += size;
	send_what_may(server, now);
}

void model_server_close(struct model_server *server, struct instant now)
{
	server->fin_wanted = true;
	send_what_may(server, now);
}

void model_server_reset(struct model_server *server)
{
	struct tcp_segment segment = {.sequence = server->own_first + 1 + server->next,
	                              .flags = TCP_RST | TCP_ACK,
	                              .acknowledgement = acknowledgement_of(server)};

	if (server->is_open && !server->is_closed)
		server->emit(server->context, &segment);
	server->is_closed = true;
}
