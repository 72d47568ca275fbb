/* SPDX-License-Identifier: ISC */
/* Two buckets and a ring. A frame is built in place: in the path's room when it may leave at once, else in a room of our own and copied into the ring. */
#include "net/frame_pacer.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "packet/frame.h"

enum { SIZE_BYTES = 2, RING_SIZE = FRAME_PACER_WAITING_MAX, BITS_PER_BYTE = 8 };

static unsigned char own_room[FRAME_SIZE_MAX]; /* one thread sends */

void frame_pacer_init(struct frame_pacer *pacer, struct frame_path *path, double packets_per_second, double bits_per_second,
                      struct instant now)
{
	*pacer = (struct frame_pacer){.path = path};
	token_bucket_init(&pacer->packets, packets_per_second, now);
	token_bucket_init(&pacer->bits, bits_per_second, now);
}

void frame_pacer_done(struct frame_pacer *pacer)
{
	free(pacer->waiting);
	pacer->waiting = NULL;
}

bool frame_pacer_is_waiting(const struct frame_pacer *pacer)
{
	return pacer->waiting_size > 0;
}

static bool may_leave(const struct frame_pacer *pacer)
{
	return token_bucket_may(&pacer->packets) && token_bucket_may(&pacer->bits);
}

static void take(struct frame_pacer *pacer, size_t size)
{
	token_bucket_take(&pacer->packets, 1);
	token_bucket_take(&pacer->bits, (double)(frame_wire_size(size) * BITS_PER_BYTE));
}

static unsigned char *room_of_path(struct frame_pacer *pacer)
{
	unsigned char *room = frame_path_reserve(pacer->path);

	if (room != NULL)
		return room;
	frame_path_flush(pacer->path);
	return frame_path_reserve(pacer->path);
}

/* ---- the ring ---- */

static void copy_in(struct frame_pacer *pacer, const unsigned char *bytes, size_t size)
{
	size_t at = (pacer->waiting_first + pacer->waiting_size) % RING_SIZE;
	size_t until_end = size < RING_SIZE - at ? size : RING_SIZE - at;

	memcpy(pacer->waiting + at, bytes, until_end);
	if (size > until_end)
		memcpy(pacer->waiting, bytes + until_end, size - until_end);
	pacer->waiting_size += size;
}

static void copy_out(const struct frame_pacer *pacer, size_t offset, unsigned char *bytes, size_t size)
{
	size_t at = (pacer->waiting_first + offset) % RING_SIZE;
	size_t until_end = size < RING_SIZE - at ? size : RING_SIZE - at;

	memcpy(bytes, pacer->waiting + at, until_end);
	if (size > until_end)
		memcpy(bytes + until_end, pacer->waiting, size - until_end);
}

static void append(struct frame_pacer *pacer, size_t size)
{
	unsigned char header[SIZE_BYTES] = {(unsigned char)(size >> CHAR_BIT), (unsigned char)size};

	if (pacer->waiting == NULL)
		pacer->waiting = memory_allocate(RING_SIZE, 1);
	if (pacer->waiting_size + SIZE_BYTES + size > RING_SIZE) {
		pacer->lost++;
		return;
	}
	copy_in(pacer, header, sizeof(header));
	copy_in(pacer, own_room, size);
}

static bool send_first(struct frame_pacer *pacer)
{
	unsigned char header[SIZE_BYTES];
	unsigned char *room = room_of_path(pacer);
	size_t size;

	if (room == NULL)
		return false;
	copy_out(pacer, 0, header, sizeof(header));
	size = (size_t)header[0] << CHAR_BIT | header[1];
	copy_out(pacer, SIZE_BYTES, room, size);
	pacer->waiting_first = (pacer->waiting_first + SIZE_BYTES + size) % RING_SIZE;
	pacer->waiting_size -= SIZE_BYTES + size;
	take(pacer, size);
	frame_path_commit(pacer->path, size);
	return true;
}

/* ---- in and out ---- */

unsigned char *frame_pacer_room(struct frame_pacer *pacer)
{
	pacer->room = pacer->waiting_size == 0 && may_leave(pacer) ? room_of_path(pacer) : NULL;
	return pacer->room != NULL ? pacer->room : own_room;
}

void frame_pacer_send(struct frame_pacer *pacer, size_t size)
{
	assert(size <= FRAME_SIZE_MAX);
	if (pacer->room == NULL) {
		append(pacer, size);
		return;
	}
	pacer->room = NULL;
	take(pacer, size);
	frame_path_commit(pacer->path, size);
}

void frame_pacer_round(struct frame_pacer *pacer, struct instant now)
{
	token_bucket_refill(&pacer->packets, now);
	token_bucket_refill(&pacer->bits, now);
	while (pacer->waiting_size > 0 && may_leave(pacer)) {
		if (!send_first(pacer))
			break;
	}
}

unsigned frame_pacer_available(const struct frame_pacer *pacer, size_t frame_size)
{
	unsigned by_packets = token_bucket_available(&pacer->packets);
	unsigned by_bits = token_bucket_available(&pacer->bits) / (unsigned)(frame_wire_size(frame_size) * BITS_PER_BYTE);

	if (pacer->waiting_size > 0)
		return 0;
	if (by_bits == 0 && token_bucket_may(&pacer->bits))
		by_bits = 1;
	return by_packets < by_bits ? by_packets : by_bits;
}

struct instant frame_pacer_next(const struct frame_pacer *pacer)
{
	struct instant packets = token_bucket_next(&pacer->packets), bits = token_bucket_next(&pacer->bits);

	return instant_is_before(packets, bits) ? bits : packets;
}
