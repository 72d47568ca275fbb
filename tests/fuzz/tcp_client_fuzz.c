/* SPDX-License-Identifier: ISC */
/* Target tcp_client: anything as segments, words of ours, steps of time and closing.
   Invariants: what leaves lies within what was said, and repeats it byte for byte; nothing is handed on that did not come in its place; few segments per call; memory is bounded; time
   always goes on; nothing is due, held or told once the client is gone. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "packet/tcp_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	OWN = 0xfffff800,
	HOST = 0xffff7000,
	SAID_MAX = 64 * 1024,
	COME_MAX = 128 * 1024,
	EMITTED_PER_CALL_MAX = TCP_CLIENT_BURST + 2,
	MEMORY_MAX = TCP_CLIENT_UNSENT_MAX + TCP_CLIENT_AHEAD_MAX + 256,
};

struct run {
	struct tcp_client client;
	struct instant now;
	const uint8_t *data;
	size_t size;
	unsigned char said[SAID_MAX];
	uint32_t said_size, heard_size;
	bool has_come[COME_MAX]; /* this place of the host's stream was in some segment */
	unsigned char reaction;  /* what handlers do */
	bool is_open, is_ended, is_left, is_over;
	unsigned emitted_in_call;
};

static struct run run;

static uint32_t take(size_t bytes)
{
	uint32_t value = 0;

	for (; bytes > 0 && run.size > 0; bytes--, run.data++, run.size--)
		value = value << 8 | *run.data;
	return value;
}

static void say(uint32_t size)
{
	unsigned char bytes[TCP_CLIENT_UNSENT_MAX + 1];

	if (size > SAID_MAX - run.said_size || size > sizeof(bytes))
		return;
	for (uint32_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)((run.said_size + i) * 31 + 7);
	memcpy(run.said + run.said_size, bytes, size);
	run.said_size += size; /* before: it may leave within the call */
	if (!tcp_client_send(&run.client, span_make(bytes, size), run.now))
		run.said_size -= size;
}

static void leave(void)
{
	run.is_left = true;
	tcp_client_close(&run.client, run.now);
}

/* What a handler does: some bits decide, the input is not consumed by it. */
static void react(unsigned char bit)
{
	if ((run.reaction & bit) == 0)
		return;
	switch (run.reaction >> 5) {
	case 1:
		leave();
		break;
	case 2:
		run.is_left = true;
		tcp_client_abort(&run.client, run.now);
		break;
	case 3:
		say(6);
		leave();
		break;
	case 4:
		say(3000);
		break;
	default:
		say(6);
		break;
	}
}

static void on_emit(void *context, struct tcp_segment *segment)
{
	uint32_t place = segment->sequence - OWN - 1;
	uint32_t end = place + (uint32_t)segment->payload.size;

	(void)context;
	assert(++run.emitted_in_call <= EMITTED_PER_CALL_MAX);
	assert(segment->payload.size <= TCP_CLIENT_MTU_MAX - 40);
	if ((segment->flags & TCP_SYN) != 0) {
		assert(segment->sequence == (uint32_t)OWN && !run.is_open);
		return;
	}
	if (!run.is_open) {
		assert((segment->flags & TCP_RST) != 0);
		return;
	}
	if ((segment->flags & TCP_RST) == 0)
		assert(place <= run.said_size + 1 && end <= run.said_size + (segment->payload.size == 0));
	if ((segment->flags & TCP_FIN) != 0)
		assert(run.is_left && end == run.said_size);
	if (segment->payload.size > 0)
		assert(memcmp(segment->payload.data, run.said + place, segment->payload.size) == 0);
}

static void on_open(void *context)
{
	(void)context;
	assert(!run.is_open && !run.is_left);
	run.is_open = true;
	react(1);
}

static void on_bytes(void *context, struct span bytes)
{
	(void)context;
	assert(run.is_open && !run.is_ended && !run.is_left && !run.is_over && bytes.size > 0);
	for (size_t i = 0; i < bytes.size; i++) {
		uint32_t place = run.heard_size + (uint32_t)i;

		assert(place >= COME_MAX || run.has_come[place]);
		assert(bytes.data[i] == (unsigned char)(place * 17));
	}
	run.heard_size += (uint32_t)bytes.size;
	react(2);
}

static void on_end(void *context)
{
	(void)context;
	assert(run.is_open && !run.is_ended && !run.is_left && !run.is_over);
	run.is_ended = true;
	react(4);
}

static void on_over(void *context)
{
	(void)context;
	assert(!run.is_over && !run.is_left && run.client.state == TCP_CLIENT_GONE);
	run.is_over = true;
}

static const struct tcp_client_handler HANDLER = {
	.emit = on_emit,
	.on_open = on_open,
	.on_bytes = on_bytes,
	.on_end = on_end,
	.on_refused = on_over,
	.on_reset = on_over,
	.on_timeout = on_over,
};

/* Numbers near where they matter, or anywhere. */
static void comes(uint8_t how)
{
	static unsigned char payload[2048];
	struct tcp_segment segment = {.window = (uint16_t)take(2), .flags = (uint8_t)(take(1) & 31)};
	uint32_t payload_size = how & 1 ? take(2) % 1461 : 0;
	uint32_t place;

	segment.sequence = how & 2 ? take(4) : run.client.receive_next + (uint32_t)(int8_t)take(1) * (how & 4 ? 97 : 1);
	segment.acknowledgement = how & 8 ? take(4) : run.client.send_highest - take(1) * (how & 4 ? 41 : 1);
	segment.has_timestamps = (how & 16) != 0;
	if (segment.has_timestamps) {
		segment.timestamp = take(4);
		segment.timestamp_echo = how & 32 ? take(4) : tcp_client_timestamp(run.now) - take(1);
	}
	if ((segment.flags & TCP_SYN) != 0 && !run.is_open) {
		segment.sequence = HOST;
		segment.mss = (uint16_t)take(2);
		segment.has_window_shift = (how & 64) != 0;
		segment.window_shift = (uint8_t)take(1);
	}
	/* Every byte of the host's stream is a function of its place, so that the order can be seen. */
	place = segment.sequence - HOST - 1;
	for (uint32_t i = 0; i < payload_size; i++) {
		payload[i] = (unsigned char)((place + i) * 17);
		if (place + i < COME_MAX)
			run.has_come[place + i] = true;
	}
	segment.payload = span_make(payload, payload_size);
	tcp_client_input(&run.client, &segment, run.now);
}

static void check(void)
{
	const struct tcp_client *client = &run.client;

	assert(tcp_client_memory(client) <= MEMORY_MAX);
	assert(instant_is_before(run.now, client->due));
	if (client->state == TCP_CLIENT_GONE)
		assert(client->due.ns == INT64_MAX && tcp_client_memory(client) == 0 && (run.is_left || run.is_over));
	if (client->state == TCP_CLIENT_OPEN)
		assert((client->unsent_size > 0) == (client->due.ns != INT64_MAX));
	run.emitted_in_call = 0;
}

static void act(void)
{
	uint8_t what = (uint8_t)take(1);

	switch (what >> 5) {
	case 0:
		say(take(2) % (TCP_CLIENT_UNSENT_MAX + 2));
		break;
	case 1:
		run.now.ns += (int64_t)take(2) * 1000000;
		tcp_client_due(&run.client, run.now);
		break;
	case 2:
		if (run.client.due.ns != INT64_MAX)
			run.now = run.client.due;
		tcp_client_due(&run.client, run.now);
		break;
	case 3:
		if ((what & 15) == 0)
			leave();
		run.reaction = (uint8_t)take(1);
		break;
	default:
		comes((uint8_t)take(1));
		break;
	}
	check();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	memset(&run, 0, sizeof(run));
	run.now.ns = 1000000000;
	run.data = data;
	run.size = size;
	run.reaction = (uint8_t)take(1);
	if (run.reaction & 8) {
		struct tcp_opening opening = {
			.own_sequence = OWN, .host_sequence = HOST, .window = (uint16_t)take(2), .mss = (uint16_t)take(2)};

		opening.has_window_shift = (run.reaction & 16) != 0;
		opening.window_shift = (uint8_t)take(1);
		opening.has_timestamps = (opening.mss & 1) != 0;
		tcp_client_adopt(&run.client, &HANDLER, NULL, &opening, 1500, IP_FAMILY_4, run.now);
	} else {
		tcp_client_begin(&run.client, &HANDLER, NULL, OWN, take(2), IP_FAMILY_6, run.now);
	}
	check();
	while (run.size > 0 && run.client.state != TCP_CLIENT_GONE)
		act();
	/* Whatever came before, it ends when the owner wants. */
	if (run.client.state != TCP_CLIENT_GONE)
		leave();
	for (unsigned i = 0; run.client.state != TCP_CLIENT_GONE; i++) {
		assert(i < 40);
		run.now = run.client.due;
		tcp_client_due(&run.client, run.now);
		check();
	}
	tcp_client_done(&run.client);
	return 0;
}
