/* SPDX-License-Identifier: ISC */
/* The client's side of TCP as RFC 9293 has it, with the parts that short dialogues need.

   Left out, and why:
   - PAWS (RFC 7323 5): it protects from segments of an earlier turn of the sequence numbers; a dialogue is over long before 2 GiB, and hosts with broken clocks would be lost;
   - SACK blocks: what we receive is a few segments; the host's own retransmission finds what is missing;
   - delayed acknowledgement and Nagle: answers ride on acknowledgements because both leave at the end of the same call;
   - simultaneous open, urgent data, TIME-WAIT: a client that opens has no use for them; what comes afterwards is answered by whoever holds the ports, with tcp_reset_for(). */
#include "packet/tcp_client.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "packet/tcp_client_ahead.h"

enum {
	IPV4_AND_TCP_SIZE = 40,
	IPV6_AND_TCP_SIZE = 60,
	TIMESTAMPS_SIZE = 12,
	MTU_MIN = 296,
	MSS_MIN = 64,
	MSS_DEFAULT_4 = 536, /* RFC 9293 3.7.1 */
	MSS_DEFAULT_6 = 1220,
	SHIFT_MAX = 14,         /* RFC 7323 2.3 */
	FAST_RETRANSMIT_AT = 3, /* RFC 5681 3.2 */
	BURST_MIN = 2,
	UNSENT_FIRST = 256,
	RTO_AFTER_LOST_SYN_MS = 3000, /* RFC 6298 5.7 */
	ROUND_TRIP_MAX_MS = 60000,    /* more is no measurement but a host's invention */
};

_Static_assert(sizeof(struct tcp_client) <= 160, "a hundred thousand of them wait at once");

static const struct instant NEVER = {.ns = INT64_MAX};

/* Sequence numbers are compared around the circle (RFC 9293 3.4). */
static bool is_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

uint32_t tcp_client_timestamp(struct instant now)
{
	return (uint32_t)(now.ns / 1000000);
}

static void free_all(struct tcp_client *client)
{
	free(client->unsent);
	client->unsent = NULL;
	client->unsent_size = client->unsent_capacity = 0;
	tcp_client_ahead_free(&client->ahead);
}

static void become_gone(struct tcp_client *client)
{
	client->state = TCP_CLIENT_GONE;
	client->due = NEVER;
	client->ack_wanted = client->resend_wanted = client->is_in_call = false;
	free_all(client);
}

static bool is_open(const struct tcp_client *client)
{
	return client->state == TCP_CLIENT_OPEN;
}

/* The last call of all: the client may be no more when it returns. */
static void end_with(struct tcp_client *client, void (*event)(void *context))
{
	void *context = client->context;
	bool is_told = client->state != TCP_CLIENT_LEAVING && event != NULL;

	become_gone(client);
	if (is_told)
		event(context);
}

static void set_rto(struct tcp_client *client, int64_t ms)
{
	client->rto_ms = (uint16_t)(ms < TCP_CLIENT_RTO_MIN_MS   ? TCP_CLIENT_RTO_MIN_MS
	                            : ms > TCP_CLIENT_RTO_MAX_MS ? TCP_CLIENT_RTO_MAX_MS
	                                                         : ms);
}

/* RFC 6298 2.2, 2.3; the variation counts for RTO_MIN at least, because hosts delay their acknowledgements. */
static void set_rto_from_round_trip(struct tcp_client *client)
{
	int32_t variation_us = 4 * client->rttvar_us;

	if (client->srtt_us == 0) {
		set_rto(client, TCP_CLIENT_RTO_FIRST_MS);
		return;
	}
	if (variation_us < TCP_CLIENT_RTO_MIN_MS * 1000)
		variation_us = TCP_CLIENT_RTO_MIN_MS * 1000;
	set_rto(client, (client->srtt_us + variation_us) / 1000);
}

static void take_round_trip(struct tcp_client *client, int64_t us)
{
	int32_t sample = us < 1 ? 1 : us > ROUND_TRIP_MAX_MS * 1000 ? ROUND_TRIP_MAX_MS * 1000 : (int32_t)us;
	int32_t error = client->srtt_us - sample;

	if (client->srtt_us == 0) {
		client->srtt_us = sample;
		client->rttvar_us = sample / 2;
	} else {
		client->rttvar_us += ((error < 0 ? -error : error) - client->rttvar_us) / 4;
		client->srtt_us -= error / 8;
	}
	set_rto_from_round_trip(client);
}

/* By what the host echoes, else by our own watch. */
static void measure(struct tcp_client *client, bool has_echo, uint32_t echo, struct instant now)
{
	if (has_echo) {
		uint32_t ms = tcp_client_timestamp(now) - echo;

		if (ms <= ROUND_TRIP_MAX_MS)
			take_round_trip(client, (int64_t)ms * 1000);
	} else if (client->sent_at.ns != 0) {
		take_round_trip(client, (now.ns - client->sent_at.ns) / 1000);
	}
	client->sent_at.ns = 0;
}

static void emit(struct tcp_client *client, struct tcp_segment *segment)
{
	if (client->handler->emit != NULL)
		client->handler->emit(client->context, segment);
}

/* Everything after the handshake acknowledges (RFC 9293 3.10.7.4). */
static void emit_at(struct tcp_client *client, uint32_t sequence, uint8_t flags, struct span payload, struct instant now)
{
	struct tcp_segment segment = {
		.sequence = sequence,
		.acknowledgement = client->receive_next,
		.flags = flags | TCP_ACK,
		.window = (uint16_t)(TCP_CLIENT_WINDOW >> client->own_shift),
		.has_timestamps = client->has_timestamps,
		.payload = payload,
	};

	if (client->has_timestamps) {
		segment.timestamp = tcp_client_timestamp(now);
		segment.timestamp_echo = client->timestamp_recent;
	}
	client->ack_wanted = false;
	emit(client, &segment);
}

static void emit_reset(struct tcp_client *client, uint32_t sequence)
{
	struct tcp_segment segment = {.sequence = sequence, .flags = TCP_RST};

	if (client->is_synchronized) {
		segment.flags |= TCP_ACK;
		segment.acknowledgement = client->receive_next;
	}
	emit(client, &segment);
}

static void emit_syn(struct tcp_client *client, struct instant now)
{
	struct tcp_segment segment = {
		.sequence = client->send_unacknowledged,
		.flags = TCP_SYN,
		.window = TCP_CLIENT_SYN_WINDOW,
		.mss = client->mss,
		.has_window_shift = true,
		.window_shift = TCP_CLIENT_WINDOW_SHIFT,
		.may_sack = true,
		.has_timestamps = true,
		.timestamp = tcp_client_timestamp(now),
	};

	emit(client, &segment);
	client->due = instant_after_ms(now, client->rto_ms);
}

/* RFC 5961 3.2, 4.2, 5.2: asks whether that was meant, but not without end. */
static void challenge(struct tcp_client *client, struct instant now)
{
	uint32_t now_ms = tcp_client_timestamp(now);

	if (now_ms - client->challenges_since_ms >= 1000) {
		client->challenges_since_ms = now_ms;
		client->challenges = 0;
	}
	if (client->challenges < TCP_CLIENT_CHALLENGES_PER_SECOND) {
		client->challenges++;
		client->ack_wanted = true;
	}
}

/* Sending */

static uint32_t fin_sequence(const struct tcp_client *client)
{
	return client->send_unacknowledged + client->unsent_size;
}

static bool has_unacknowledged(const struct tcp_client *client)
{
	return client->unsent_size > 0 || (client->fin_wanted && !client->fin_acknowledged);
}

/* Sends size bytes from sequence on, and the FIN when they are the last. */
static void transmit(struct tcp_client *client, uint32_t sequence, uint32_t size, bool with_fin, struct instant now)
{
	struct span unsent = span_make(client->unsent, client->unsent_size);
	uint32_t end = sequence + size + with_fin;
	bool is_last = sequence + size == fin_sequence(client);
	uint8_t flags = (uint8_t)((with_fin ? TCP_FIN : 0) | (size > 0 && is_last ? TCP_PSH : 0));

	if (is_before(sequence, client->send_highest)) {
		client->count.retransmitted++;
		client->sent_at.ns = 0;
	} else if (client->send_highest == client->send_unacknowledged) {
		client->sent_at = now;
	}
	if (is_before(client->send_highest, end))
		client->send_highest = end;
	emit_at(client, sequence, flags, span_part(unsent, sequence - client->send_unacknowledged, size), now);
}

/* What may leave now from send_next on: bounded by the host's window, by our burst, and never a small piece where a larger one could leave soon (RFC 9293 3.8.6.2.1). */
static bool may_transmit(const struct tcp_client *client, uint32_t *size_out, bool *with_fin_out)
{
	uint32_t offset = client->send_next - client->send_unacknowledged;
	uint32_t rest, window, burst;

	if (offset > client->unsent_size)
		return false;
	rest = client->unsent_size - offset;
	window = client->peer_window > offset ? client->peer_window - offset : 0;
	burst = (uint32_t)client->burst * client->mss;
	burst = burst > offset ? burst - offset : 0;
	*size_out = smaller(smaller(rest, client->mss), smaller(window, burst));
	*with_fin_out = client->fin_wanted && !client->fin_acknowledged && *size_out == rest && window > *size_out;
	if (*size_out < smaller(rest, client->mss) && offset > 0)
		return false;
	return *size_out > 0 || (rest == 0 && *with_fin_out);
}

/* RFC 5681 3.2 step 3: the oldest segment again. */
static void resend_oldest(struct tcp_client *client, struct instant now)
{
	uint32_t sent = client->send_highest - client->send_unacknowledged;
	uint32_t size = smaller(smaller(client->unsent_size, client->mss), smaller(sent, client->peer_window));

	client->resend_wanted = false;
	if (client->send_next == client->send_unacknowledged)
		return; /* sent again anyhow */
	if (size > 0 || (client->unsent_size == 0 && sent > 0))
		transmit(client, client->send_unacknowledged, size, size == client->unsent_size && sent > size, now);
}

/* Says all that may be said; an acknowledgement alone only where nothing else says it. Ends the outermost call. */
static void say(struct tcp_client *client, struct instant now)
{
	uint32_t size;
	bool with_fin;

	client->is_in_call = false;
	if (client->state == TCP_CLIENT_GONE)
		become_gone(client); /* aborted within the call */
	if (!client->is_synchronized || client->state == TCP_CLIENT_GONE)
		return;
	if (client->resend_wanted)
		resend_oldest(client, now);
	while (has_unacknowledged(client) && may_transmit(client, &size, &with_fin)) {
		transmit(client, client->send_next, size, with_fin, now);
		client->send_next += size + with_fin;
	}
	if (client->ack_wanted)
		emit_at(client, client->send_highest, 0, (struct span){0}, now);
	if (client->fin_acknowledged) {
		become_gone(client);
		return;
	}
	if (!has_unacknowledged(client))
		client->due = NEVER;
	else if (client->due.ns == NEVER.ns)
		client->due = instant_after_ms(now, client->rto_ms);
	if (client->state == TCP_CLIENT_LEAVING && instant_is_before(client->leaves_at, client->due))
		client->due = client->leaves_at;
}

static void forget_acknowledged(struct tcp_client *client, uint32_t size)
{
	client->unsent_size = (uint16_t)(client->unsent_size - size);
	if (client->unsent_size > 0) {
		memmove(client->unsent, client->unsent + size, client->unsent_size);
		return;
	}
	free(client->unsent);
	client->unsent = NULL;
	client->unsent_capacity = 0;
}

/* RFC 5681 3.1, 3.2 and RFC 6582, with a window that never grows beyond the initial one. */
static void advance_burst(struct tcp_client *client)
{
	if (client->duplicate_acks >= FAST_RETRANSMIT_AT && is_before(client->send_unacknowledged, client->recover)) {
		client->resend_wanted = true; /* a partial acknowledgement: the next one is missing too */
		return;
	}
	client->duplicate_acks = 0;
	if (client->burst < client->burst_max)
		client->burst++;
}

static void lower_burst(struct tcp_client *client)
{
	uint32_t sent = (client->send_highest - client->send_unacknowledged + client->mss - 1) / client->mss;
	uint32_t half = smaller(client->burst_max, sent) / 2;

	client->burst_max = (uint8_t)(half < BURST_MIN ? BURST_MIN : half);
	client->recover = client->send_highest;
}

static void take_new_acknowledgement(struct tcp_client *client, const struct tcp_segment *segment, struct instant now)
{
	uint32_t acknowledged = segment->acknowledgement - client->send_unacknowledged;

	if (acknowledged > client->unsent_size)
		client->fin_acknowledged = true;
	forget_acknowledged(client, smaller(acknowledged, client->unsent_size));
	client->send_unacknowledged = segment->acknowledgement;
	if (is_before(client->send_next, client->send_unacknowledged))
		client->send_next = client->send_unacknowledged;
	measure(client, client->has_timestamps && segment->has_timestamps, segment->timestamp_echo, now);
	client->retries = 0;
	client->due = NEVER; /* RFC 6298 5.3: starts anew */
	advance_burst(client);
}

/* RFC 5681 2: what counts as a repeated acknowledgement. */
static void take_repeated_acknowledgement(struct tcp_client *client)
{
	if (client->duplicate_acks == UINT8_MAX)
		return;
	client->duplicate_acks++;
	if (client->duplicate_acks == FAST_RETRANSMIT_AT) {
		if (is_before(client->send_unacknowledged, client->recover)) {
			client->duplicate_acks--; /* RFC 6582 3.2 step 2: still the last loss */
			return;
		}
		lower_burst(client);
		client->burst = client->burst_max;
		client->resend_wanted = true;
	}
}

static void take_window(struct tcp_client *client, const struct tcp_segment *segment)
{
	uint32_t window = (uint32_t)segment->window << client->peer_shift;

	if (is_before(segment->sequence, client->window_sequence))
		return; /* RFC 9293 3.10.7.4: an older word */
	if (client->peer_window == 0 && window > 0) {
		set_rto_from_round_trip(client);
		client->retries = 0;
		client->due = NEVER;
	}
	client->peer_window = window;
	client->window_sequence = segment->sequence;
	if (window == 0)
		client->retries = 0; /* the host is there: it may take its time, as long as our owner gives it */
}

/* False: it acknowledges what was never said, or what is long past (RFC 5961 5.2); nothing of the segment counts. */
static bool take_acknowledgement(struct tcp_client *client, const struct tcp_segment *segment, struct instant now)
{
	uint32_t acknowledgement = segment->acknowledgement;
	uint32_t window = (uint32_t)segment->window << client->peer_shift;

	if (is_before(client->send_highest, acknowledgement) ||
	    is_before(acknowledgement, client->send_unacknowledged - TCP_CLIENT_WINDOW)) {
		challenge(client, now);
		return false;
	}
	if (is_before(client->send_unacknowledged, acknowledgement))
		take_new_acknowledgement(client, segment, now);
	else if (acknowledgement == client->send_unacknowledged && client->send_highest != acknowledgement && segment->payload.size == 0 &&
	         (segment->flags & TCP_FIN) == 0 && window == client->peer_window && window > 0)
		take_repeated_acknowledgement(client);
	if (!is_before(acknowledgement, client->send_unacknowledged))
		take_window(client, segment);
	return true;
}

/* Receiving */

/* The stream goes on by these bytes. Nobody is told any more once we are leaving. */
static void deliver(struct tcp_client *client, struct span bytes)
{
	client->receive_next += (uint32_t)bytes.size;
	if (bytes.size > 0 && is_open(client) && client->handler->on_bytes != NULL)
		client->handler->on_bytes(client->context, bytes);
}

static void take_end(struct tcp_client *client)
{
	client->fin_received = true;
	client->receive_next++;
	client->ack_wanted = true;
	tcp_client_ahead_free(&client->ahead);
	if (is_open(client) && client->handler->on_end != NULL)
		client->handler->on_end(client->context);
}

/* bytes are the next ones; what lies ahead fills in, and where both have the same, what came first counts. */
static void take_with_ahead(struct tcp_client *client, struct span bytes)
{
	bytes.size = tcp_client_ahead_before_end(client->ahead, client->receive_next, (uint32_t)bytes.size);
	for (;;) {
		size_t gap = tcp_client_ahead_gap(client->ahead, client->receive_next, (uint32_t)bytes.size);
		struct span kept;

		deliver(client, span_part(bytes, 0, gap));
		bytes = span_part(bytes, gap, bytes.size);
		if (client->state == TCP_CLIENT_GONE)
			return;
		kept = tcp_client_ahead_at(client->ahead, client->receive_next);
		kept.size = tcp_client_ahead_before_end(client->ahead, client->receive_next, (uint32_t)kept.size);
		if (kept.size == 0)
			break;
		bytes = span_part(bytes, kept.size, bytes.size);
		deliver(client, kept);
		if (client->state == TCP_CLIENT_GONE)
			return;
	}
	if (tcp_client_ahead_ends_at(client->ahead, client->receive_next))
		take_end(client);
	else
		tcp_client_ahead_forget(&client->ahead, client->receive_next);
}

static void take_payload(struct tcp_client *client, const struct tcp_segment *segment)
{
	struct span bytes = segment->payload;
	uint32_t sequence = segment->sequence;
	uint32_t end = sequence + (uint32_t)bytes.size;
	bool has_fin = (segment->flags & TCP_FIN) != 0;

	client->ack_wanted = true;
	if (client->fin_received)
		return;
	if (is_before(sequence, client->receive_next)) {
		bytes = span_part(bytes, client->receive_next - sequence, bytes.size);
		sequence = client->receive_next;
		client->count.repeated++;
	}
	if (is_before(client->receive_next + TCP_CLIENT_WINDOW, end)) {
		bytes = span_part(bytes, 0, client->receive_next + TCP_CLIENT_WINDOW - sequence);
		has_fin = false;
	}
	if (sequence == client->receive_next && client->ahead == NULL) {
		deliver(client, bytes);
		if (has_fin && client->state != TCP_CLIENT_GONE)
			take_end(client);
		return;
	}
	if (has_fin)
		tcp_client_ahead_keep_end(&client->ahead, client->receive_next, end);
	if (sequence == client->receive_next) {
		take_with_ahead(client, bytes);
	} else {
		client->count.out_of_order++;
		(void)tcp_client_ahead_keep(&client->ahead, client->receive_next, sequence, bytes);
	}
}

/* RFC 9293 3.10.7.4, first: is any of it within what may come? */
static bool is_within_window(const struct tcp_client *client, const struct tcp_segment *segment, uint32_t length)
{
	uint32_t first = segment->sequence - client->receive_next;
	uint32_t last = first + length - 1;

	return first < TCP_CLIENT_WINDOW || (length > 0 && (int32_t)first < 0 && (int32_t)last >= 0);
}

/* What was there already is acknowledged again, because the host seems not to know; anything else only now and then. */
static void answer_unacceptable(struct tcp_client *client, const struct tcp_segment *segment, uint32_t length, struct instant now)
{
	uint32_t behind = client->receive_next - segment->sequence;

	if ((segment->flags & TCP_RST) != 0)
		return;
	if (length > 0 && behind <= TCP_CLIENT_WINDOW && (segment->flags & TCP_SYN) == 0) {
		client->count.repeated++;
		client->ack_wanted = true;
		return;
	}
	challenge(client, now);
}

/* False: the client is gone, and may be no more. */
static bool input_synchronized(struct tcp_client *client, const struct tcp_segment *segment, struct instant now)
{
	uint32_t length = (uint32_t)segment->payload.size + ((segment->flags & TCP_FIN) != 0);
	uint32_t end = segment->sequence + length;

	if (!is_within_window(client, segment, length)) {
		answer_unacceptable(client, segment, length, now);
		return true;
	}
	if ((segment->flags & TCP_RST) != 0) {
		if (segment->sequence == client->receive_next) {
			end_with(client, client->handler->on_reset);
			return false;
		}
		challenge(client, now);
		return true;
	}
	if ((segment->flags & TCP_SYN) != 0) {
		challenge(client, now);
		return true;
	}
	if ((segment->flags & TCP_ACK) == 0 || !take_acknowledgement(client, segment, now))
		return true;
	/* RFC 7323 4.3: of a segment that covers what we acknowledged last */
	if (client->has_timestamps && segment->has_timestamps && !is_before(segment->timestamp, client->timestamp_recent) &&
	    !is_before(client->receive_next, segment->sequence))
		client->timestamp_recent = segment->timestamp;
	if (length == 0)
		return true;
	if (client->state == TCP_CLIENT_LEAVING && segment->payload.size > 0 && !client->fin_received &&
	    is_before(client->receive_next, end - ((segment->flags & TCP_FIN) != 0))) {
		emit_reset(client, segment->acknowledgement);
		become_gone(client);
		return false;
	}
	take_payload(client, segment);
	return true;
}

/* Opening */

static unsigned headers_size(enum ip_family family)
{
	return family == IP_FAMILY_4 ? IPV4_AND_TCP_SIZE : IPV6_AND_TCP_SIZE;
}

/* mss is what we offer until the host has said what it takes. */
static void prepare(struct tcp_client *client, const struct tcp_client_handler *handler, void *context, uint32_t own_sequence, unsigned mtu,
                    enum ip_family family)
{
	unsigned size = mtu < MTU_MIN ? MTU_MIN : mtu > TCP_CLIENT_MTU_MAX ? TCP_CLIENT_MTU_MAX : mtu;

	client->handler = handler;
	client->context = context;
	client->due = NEVER;
	client->send_unacknowledged = own_sequence;
	client->send_next = client->send_highest = client->recover = own_sequence + 1;
	client->rto_ms = TCP_CLIENT_RTO_FIRST_MS;
	client->burst = client->burst_max = TCP_CLIENT_BURST;
	client->mss = (uint16_t)(size - headers_size(family));
	client->is_ipv6 = family == IP_FAMILY_6;
	client->state = TCP_CLIENT_OPENING;
}

/* From SYN-SENT to ESTABLISHED. */
static void open_with(struct tcp_client *client, const struct tcp_opening *opening, struct instant now)
{
	unsigned said = opening->mss != 0 ? opening->mss : client->is_ipv6 ? MSS_DEFAULT_6 : MSS_DEFAULT_4;
	unsigned mss = said < MSS_MIN ? MSS_MIN : said < client->mss ? said : client->mss;

	client->is_synchronized = true;
	client->state = TCP_CLIENT_OPEN;
	client->send_unacknowledged = opening->own_sequence + 1;
	client->receive_next = opening->host_sequence + 1;
	client->peer_window = opening->window;
	client->window_sequence = opening->host_sequence;
	if (opening->has_window_shift) {
		client->peer_shift = opening->window_shift < SHIFT_MAX ? opening->window_shift : SHIFT_MAX;
		client->own_shift = TCP_CLIENT_WINDOW_SHIFT;
	}
	client->has_timestamps = opening->has_timestamps;
	client->timestamp_recent = opening->timestamp;
	client->mss = (uint16_t)(mss - (client->has_timestamps ? TIMESTAMPS_SIZE : 0));
	measure(client, opening->has_timestamps, opening->timestamp_echo, now);
	if (client->retries > 0 && client->srtt_us == 0)
		set_rto(client, RTO_AFTER_LOST_SYN_MS);
	client->retries = 0;
	client->due = NEVER;
	client->ack_wanted = true;
	if (client->handler->on_open != NULL)
		client->handler->on_open(client->context);
}

/* RFC 9293 3.10.7.3. False: the client is gone, and may be no more. */
static bool input_opening(struct tcp_client *client, const struct tcp_segment *segment, struct instant now)
{
	struct tcp_opening opening;
	bool is_ours = (segment->flags & TCP_ACK) != 0 && segment->acknowledgement == client->send_next;

	if ((segment->flags & TCP_RST) != 0) {
		if (is_ours)
			end_with(client, client->handler->on_refused);
		return !is_ours;
	}
	if ((segment->flags & TCP_ACK) != 0 && !is_ours) {
		emit_reset(client, segment->acknowledgement);
		return true;
	}
	if (!tcp_opening_from(segment, client->send_unacknowledged, &opening))
		return true;
	if (client->state == TCP_CLIENT_LEAVING) {
		emit_reset(client, segment->acknowledgement);
		become_gone(client);
		return false;
	}
	open_with(client, &opening, now);
	return true;
}

void tcp_client_begin(struct tcp_client *client, const struct tcp_client_handler *handler, void *context, uint32_t own_sequence,
                      unsigned mtu, enum ip_family family, struct instant now)
{
	prepare(client, handler, context, own_sequence, mtu, family);
	client->sent_at = now;
	emit_syn(client, now);
}

void tcp_client_adopt(struct tcp_client *client, const struct tcp_client_handler *handler, void *context, const struct tcp_opening *opening,
                      unsigned mtu, enum ip_family family, struct instant now)
{
	prepare(client, handler, context, opening->own_sequence, mtu, family);
	client->is_in_call = true;
	open_with(client, opening, now);
	say(client, now);
}

/* Calls */

void tcp_client_input(struct tcp_client *client, const struct tcp_segment *segment, struct instant now)
{
	if (client->state == TCP_CLIENT_GONE)
		return;
	client->count.received++;
	client->is_in_call = true;
	if (client->is_synchronized ? input_synchronized(client, segment, now) : input_opening(client, segment, now))
		say(client, now);
}

/* Nothing acknowledged in time: RFC 6298 5.4 to 5.6, and RFC 9293 3.8.6.1 where the window is shut. */
static void send_again(struct tcp_client *client, struct instant now)
{
	client->retries++;
	if (client->peer_window > 0) {
		lower_burst(client);
		client->burst = 1;
	}
	client->duplicate_acks = 0;
	client->resend_wanted = false;
	client->send_next = client->send_unacknowledged;
	set_rto(client, 2 * (int64_t)client->rto_ms);
	client->due = instant_after_ms(now, client->rto_ms);
	/* A shut window is asked with one byte, or with the FIN. It does not count as sent: when the window opens we begin with it. */
	if (client->peer_window == 0)
		transmit(client, client->send_unacknowledged, client->unsent_size > 0, client->unsent_size == 0, now);
	say(client, now);
}

void tcp_client_due(struct tcp_client *client, struct instant now)
{
	if (client->state == TCP_CLIENT_GONE || instant_is_before(now, client->due))
		return;
	if (client->state == TCP_CLIENT_LEAVING && !instant_is_before(now, client->leaves_at)) {
		if (client->is_synchronized)
			emit_reset(client, client->send_highest);
		become_gone(client);
		return;
	}
	if (client->retries >= (client->is_synchronized ? TCP_CLIENT_DATA_RETRIES : TCP_CLIENT_SYN_RETRIES)) {
		if (client->is_synchronized)
			emit_reset(client, client->send_highest);
		end_with(client, client->handler->on_timeout);
		return;
	}
	if (client->is_synchronized) {
		send_again(client, now);
		return;
	}
	client->retries++;
	client->count.retransmitted++;
	client->sent_at.ns = 0;
	set_rto(client, 2 * (int64_t)client->rto_ms);
	emit_syn(client, now);
}

bool tcp_client_send(struct tcp_client *client, struct span bytes, struct instant now)
{
	size_t size = client->unsent_size + bytes.size;

	if (client->state > TCP_CLIENT_OPEN || bytes.size > TCP_CLIENT_UNSENT_MAX || size > TCP_CLIENT_UNSENT_MAX)
		return false;
	if (bytes.size == 0)
		return true;
	if (size > client->unsent_capacity) {
		size_t capacity = client->unsent_capacity > 0 ? client->unsent_capacity : UNSENT_FIRST;

		while (capacity < size)
			capacity *= 2;
		client->unsent = memory_resize(client->unsent, capacity, 1);
		client->unsent_capacity = (uint16_t)capacity;
	}
	memcpy(client->unsent + client->unsent_size, bytes.data, bytes.size);
	client->unsent_size = (uint16_t)size;
	if (!client->is_in_call)
		say(client, now);
	return true;
}

void tcp_client_close(struct tcp_client *client, struct instant now)
{
	if (client->state >= TCP_CLIENT_LEAVING)
		return;
	client->state = TCP_CLIENT_LEAVING;
	client->leaves_at = instant_after_ms(now, TCP_CLIENT_FAREWELL_MS);
	client->fin_wanted = true;
	if (!client->is_synchronized) {
		client->due = client->leaves_at;
		return;
	}
	if (!client->is_in_call)
		say(client, now);
}

void tcp_client_abort(struct tcp_client *client, struct instant now)
{
	(void)now;
	if (client->state == TCP_CLIENT_GONE)
		return;
	emit_reset(client, client->send_highest);
	if (client->is_in_call) { /* bytes that a handler looks at may be ours: freed when the call ends */
		client->state = TCP_CLIENT_GONE;
		client->due = NEVER;
	} else {
		become_gone(client);
	}
}

size_t tcp_client_memory(const struct tcp_client *client)
{
	return client->unsent_capacity + tcp_client_ahead_memory(client->ahead);
}

void tcp_client_done(struct tcp_client *client)
{
	become_gone(client);
}
