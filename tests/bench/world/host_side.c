/* SPDX-License-Identifier: ISC */
/* Segments in, segments out. Loss is simulated by whoever knows what is lost: what we lose of our own is said again after a second, as a real server does when nothing is acknowledged. */
#include "host_side.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/attributes.h"
#include "base/memory.h"

enum {
	ENDED_SLOTS = 1 << 20,
	SEGMENT = 1400,
	WINDOW = 64240,
	WINDOW_SCALED = 502,
	SAY_AGAIN_US = 1000000,
	SAY_AGAIN_MAX = 6,
	DRIP_US = 3000000,
	UNREACHABLE_FRAME = 128,
};

static const char DRIPPED[] = "+OK please hold the line.\r\n";

void host_side_init(struct host_side *side, const struct census_table *table, struct wire *wire, const struct host_side_options *options)
{
	*side = (struct host_side){.table = table, .wire = wire, .options = *options, .chance = table->seed * 2u + 1};
	side->flights = flights_new();
	side->ended = memory_allocate(ENDED_SLOTS, sizeof(*side->ended));
}

void host_side_done(struct host_side *side)
{
	flights_free(side->flights);
	waiting_done(&side->waiting);
	free(side->ended);
}

/* ---- chance, memory ---- */

static bool is_lost(struct host_side *side)
{
	if (side->options.loss <= 0)
		return false;
	side->chance = side->chance * 6364136223846793005u + 1442695040888963407u;
	return (double)(side->chance >> 40) < side->options.loss * (double)(1u << 24);
}

static uint32_t *ended_slot(struct host_side *side, const struct arrival *arrival, uint32_t *mark_out)
{
	*mark_out = population_sequence(~side->table->settings.seed, arrival->client, arrival->server, arrival->client_port,
	                                arrival->server_port) |
	            1;
	return &side->ended[population_mix(*mark_out) % ENDED_SLOTS];
}

static void mark_ended(struct host_side *side, const struct arrival *arrival, bool is_ended)
{
	uint32_t mark, *slot = ended_slot(side, arrival, &mark);

	if (is_ended)
		*slot = mark;
	else if (*slot == mark)
		*slot = 0;
}

static bool has_ended(struct host_side *side, const struct arrival *arrival)
{
	uint32_t mark, *slot = ended_slot(side, arrival, &mark);

	return *slot == mark;
}

/* ---- leaving ---- */

static void wait_for(struct host_side *side, const unsigned char *frame, size_t size, uint64_t after_us, unsigned step, bool was_delayed,
                     bool is_drip)
{
	waiting_add(&side->waiting, &(struct waiting_item){.due_us = side->now_us + after_us,
	                                                   .is_drip = is_drip,
	                                                   .was_delayed = was_delayed,
	                                                   .step = step,
	                                                   .size = size,
	                                                   .frame = (unsigned char *)(uintptr_t)frame});
}

static unsigned delay_of(const struct host_side *side, uint32_t server)
{
	unsigned range = side->options.delay_max - side->options.delay_min;

	return side->options.delay_min + (range > 0 ? population_mix(server) % range : 0);
}

/* A frame that stands in a reserved place leaves, waits, or is lost and waits. */
static void leave(struct host_side *side, unsigned char *place, size_t size, unsigned delay_ms)
{
	if (is_lost(side)) {
		side->counters.lost_leaving++;
		wait_for(side, place, size, SAY_AGAIN_US + delay_ms * 1000u, 1, true, false);
	} else if (delay_ms > 0) {
		wait_for(side, place, size, delay_ms * 1000u, 0, true, false);
	} else {
		wire_commit(side->wire, size);
	}
}

static void say(struct host_side *side, const struct arrival *arrival, const struct utterance *utterance)
{
	unsigned char *place = wire_reserve(side->wire);

	if (place == NULL) {
		side->counters.no_room++;
		return;
	}
	leave(side, place, utterance_write(arrival, utterance, (uint32_t)(side->now_us / 1000), place), delay_of(side, arrival->server));
}

static uint32_t taken(const struct arrival *arrival)
{
	return arrival->sequence + (uint32_t)arrival->payload.size + ((arrival->flags & (FLAG_SYN | FLAG_FIN)) != 0 ? 1 : 0);
}

/* All of text, in as many segments as it takes; then FIN, if this was the last. */
static void say_all(struct host_side *side, const struct arrival *arrival, struct span text, bool is_last)
{
	struct utterance utterance = {.sequence = arrival->acknowledgement, .acknowledgement = taken(arrival), .window = WINDOW_SCALED};

	do {
		bool is_end = text.size <= SEGMENT;

		utterance.payload = span_part(text, 0, SEGMENT);
		utterance.flags = (uint8_t)(FLAG_ACK | (text.size > 0 && is_end ? FLAG_PSH : 0) | (is_end && is_last ? FLAG_FIN : 0));
		say(side, arrival, &utterance);
		utterance.sequence += (uint32_t)utterance.payload.size;
		text = span_part(text, SEGMENT, text.size);
	} while (text.size > 0);
	if (is_last)
		mark_ended(side, arrival, true);
}

static void say_reset(struct host_side *side, const struct arrival *arrival)
{
	bool has_acknowledgement = (arrival->flags & FLAG_ACK) != 0;

	say(side, arrival,
	    &(struct utterance){.sequence = has_acknowledgement ? arrival->acknowledgement : 0,
	                        .acknowledgement = has_acknowledgement ? 0 : taken(arrival),
	                        .flags = has_acknowledgement ? FLAG_RST : FLAG_RST | FLAG_ACK,
	                        .is_bare = true});
}

static uint32_t first_sequence(const struct host_side *side, const struct arrival *arrival)
{
	return population_sequence(side->table->settings.seed, arrival->client, arrival->server, arrival->client_port,
	                           arrival->server_port);
}

/* ---- what is said ---- */

static const char *choose_reply(struct host_side *side, const struct persona *persona, struct span command, bool *is_last_out)
{
	const char *reply = NULL;

	*is_last_out = false;
	if (span_equals_text_ignoring_case(command, persona->is_imap ? "LOGOUT" : "QUIT")) {
		side->counters.farewells++;
		*is_last_out = true;
		reply = persona->farewell;
	} else if (span_equals_text_ignoring_case(command, persona->is_imap ? "CAPABILITY" : "CAPA")) {
		reply = persona->capability;
	} else if (span_equals_text_ignoring_case(command, persona->is_imap ? "STARTTLS" : "STLS")) {
		reply = persona->upgrade;
	} else if (!persona->is_imap && span_equals_text_ignoring_case(command, "AUTH")) {
		reply = persona->bare_auth;
	} else if (persona->is_imap && span_equals_text_ignoring_case(command, "ID")) {
		reply = persona->identity;
	}
	return reply != NULL ? reply : persona->other;
}

static size_t write_reply(const char *reply, struct span tag, unsigned char *room, size_t max)
{
	size_t size = 0;

	for (; *reply != '\0' && size < max; reply++) {
		if (*reply == '%' && tag.size > 0 && tag.size < max - size) {
			memcpy(room + size, tag.data, tag.size);
			size += tag.size;
		} else {
			room[size++] = (unsigned char)*reply;
		}
	}
	return size;
}

static void answer_lines(struct host_side *side, const struct arrival *arrival, const struct persona *persona)
{
	struct span rest = arrival->payload;
	bool is_last = false;
	size_t size = 0;

	while (rest.size > 0 && !is_last) {
		size_t end = span_find_byte(rest, '\n');
		struct span line = span_part(rest, 0, end), tag = span_make(NULL, 0), command;

		if (end == rest.size)
			break; /* our clients send whole lines at once */
		rest = span_part(rest, end + 1, rest.size);
		if (line.size > 0 && line.data[line.size - 1] == '\r')
			line.size--;
		if (persona->is_imap)
			tag = span_take_word(&line);
		command = persona->is_imap || span_equals_text_ignoring_case(line, "AUTH") ? span_take_word(&line) : line;
		side->counters.commands++;
		size += write_reply(choose_reply(side, persona, command, &is_last), tag, side->said + size, sizeof(side->said) - size);
	}
	say_all(side, arrival, span_make(side->said, size), is_last);
}

static void answer_hello(struct host_side *side, const struct arrival *arrival, enum tls_kind kind)
{
	struct span flight = flights_answer(side->flights, kind, arrival->server, arrival->payload);
	bool is_alert = flight.size > 0 && flight.data[0] == 21;

	side->counters.flights += flight.size > 0 && !is_alert ? 1 : 0;
	say_all(side, arrival, flight, flight.size == 0 || is_alert);
}

static void begin_dripping(struct host_side *side, const struct arrival *arrival, size_t frame_size)
{
	wait_for(side, arrival->frame, frame_size, DRIP_US, 0, true, true);
}

/* The handshake is complete: who speaks first? */
static void greet(struct host_side *side, const struct arrival *arrival, const struct service *service, size_t frame_size)
{
	if (service->kind == SERVICE_TARPIT) {
		begin_dripping(side, arrival, frame_size);
	} else if (service->kind == SERVICE_DIALOGUE) {
		side->counters.greetings++;
		say_all(side, arrival, span_from_text(service->persona->greeting), false);
	}
}

static void accept_client(struct host_side *side, const struct arrival *arrival, const struct service *service)
{
	bool is_proxy = service->kind == SERVICE_SYN_PROXY;

	mark_ended(side, arrival, false);
	side->counters.accepts++;
	say(side, arrival,
	    &(struct utterance){.sequence = first_sequence(side, arrival),
	                        .acknowledgement = taken(arrival),
	                        .flags = FLAG_SYN | FLAG_ACK,
	                        .window = is_proxy ? 0 : WINDOW,
	                        .is_bare = is_proxy});
}

static void answer_end(struct host_side *side, const struct arrival *arrival)
{
	side->counters.client_ends++;
	say_all(side, arrival, span_make(NULL, 0), !has_ended(side, arrival));
}

static void answer_data(struct host_side *side, const struct arrival *arrival, const struct service *service)
{
	if (arrival->payload.data[0] == 22 || service->kind == SERVICE_TLS)
		answer_hello(side, arrival, service->tls);
	else if (service->kind == SERVICE_DIALOGUE)
		answer_lines(side, arrival, service->persona);
	else
		say_all(side, arrival, span_make(NULL, 0), false);
}

static void converse(struct host_side *side, const struct arrival *arrival, const struct service *service, size_t frame_size)
{
	bool is_handshake = arrival->acknowledgement == first_sequence(side, arrival) + 1;

	if ((arrival->flags & FLAG_RST) != 0) {
		side->counters.client_resets++;
		mark_ended(side, arrival, true);
	} else if ((arrival->flags & FLAG_SYN) != 0) {
		accept_client(side, arrival, service);
	} else if (service->kind == SERVICE_SYN_PROXY) {
		if ((arrival->flags & FLAG_FIN) != 0)
			say_reset(side, arrival);
	} else if (is_handshake && (arrival->payload.size > 0 ? service->kind == SERVICE_DIALOGUE : (arrival->flags & FLAG_FIN) == 0)) {
		greet(side, arrival, service, frame_size); /* also who speaks before it listened: it will say that again */
	} else if (arrival->payload.size > 0) {
		answer_data(side, arrival, service);
	} else if ((arrival->flags & FLAG_FIN) != 0) {
		answer_end(side, arrival);
	}
}

/* Lost on its way to us. A server that does not see the third segment of the handshake says the second one again. */
static void lose(struct host_side *side, const struct arrival *arrival, const struct service *service)
{
	struct utterance utterance = {.sequence = first_sequence(side, arrival),
	                              .acknowledgement = arrival->sequence,
	                              .flags = FLAG_SYN | FLAG_ACK,
	                              .window = WINDOW};
	unsigned char frame[WORLD_FRAME_MAX];

	side->counters.lost_arriving++;
	if (arrival->flags != FLAG_ACK || arrival->payload.size > 0 || arrival->acknowledgement != utterance.sequence + 1 ||
	    service->kind == SERVICE_SYN_PROXY)
		return;
	wait_for(side, frame, utterance_write(arrival, &utterance, (uint32_t)(side->now_us / 1000), frame), SAY_AGAIN_US, 0, true, false);
}

static void say_unreachable(struct host_side *side, const struct arrival *arrival)
{
	unsigned char *place = wire_reserve(side->wire);

	if (place != NULL && (arrival->flags & FLAG_SYN) != 0)
		leave(side, place, unreachable_write(arrival, place), delay_of(side, arrival->server));
}

static const struct service *find_service(const struct host_side *side, const struct arrival *arrival)
{
	uint32_t class =
		population_class(&side->table->settings, &side->table->units[population_table_index(&arrival->spot)], &arrival->spot);

	return host_class_service(class, arrival->server_port);
}

void host_side_take(struct host_side *side, struct span frame, uint64_t now_us)
{
	const struct service *service;
	struct arrival arrival;

	side->now_us = now_us;
	if (!arrival_read(&side->table->settings, frame, &arrival)) {
		side->counters.not_read++;
		return;
	}
	service = find_service(side, &arrival);
	if (is_lost(side))
		lose(side, &arrival, service);
	else if (service->kind == SERVICE_UNREACHABLE)
		say_unreachable(side, &arrival);
	else if (service->kind != SERVICE_CLOSED && service->kind != SERVICE_FILTERED)
		converse(side, &arrival, service, frame.size);
}

/* ---- what waited ---- */

static void drip(struct host_side *side, const struct waiting_item *item)
{
	struct arrival arrival;
	struct utterance utterance = {.flags = FLAG_ACK | FLAG_PSH, .window = WINDOW_SCALED};

	if (!arrival_read(&side->table->settings, span_make(item->frame, item->size), &arrival) || has_ended(side, &arrival))
		return;
	utterance.sequence = arrival.acknowledgement + item->step;
	utterance.acknowledgement = taken(&arrival);
	utterance.payload = span_make(DRIPPED + item->step, 1);
	say(side, &arrival, &utterance);
	if (item->step + 2 < sizeof(DRIPPED))
		wait_for(side, item->frame, item->size, DRIP_US, item->step + 1, true, true);
}

static void send_waiting(struct host_side *side, const struct waiting_item *item)
{
	unsigned char *place;

	if (item->step > 0 && item->step < SAY_AGAIN_MAX && is_lost(side)) {
		side->counters.lost_leaving++;
		wait_for(side, item->frame, item->size, (uint64_t)SAY_AGAIN_US << item->step, item->step + 1, true, false);
		return;
	}
	side->counters.said_again += item->step > 0 ? 1 : 0;
	place = wire_reserve(side->wire);
	if (place == NULL) {
		side->counters.no_room++;
		return;
	}
	memcpy(place, item->frame, item->size);
	frame_renew_timestamp(place, item->size, (uint32_t)(side->now_us / 1000));
	wire_commit(side->wire, item->size);
}

void host_side_run(struct host_side *side, uint64_t now_us)
{
	struct waiting_item item;

	side->now_us = now_us;
	while (waiting_take(&side->waiting, now_us, &item)) {
		if (item.is_drip)
			drip(side, &item);
		else
			send_waiting(side, &item);
		free(item.frame);
	}
}
