/* SPDX-License-Identifier: ISC */
/* The last gate before the wire: frames leave as the limits allow, conversations before the sweep, and what cannot leave yet waits in order. */
#ifndef NET_FRAME_PACER_H
#define NET_FRAME_PACER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/frame_path.h"
#include "net/token_bucket.h"

/* Bytes of frames that wait; beyond it a frame is lost, as on a congested link, and sent again by whoever misses its answer. */
enum { FRAME_PACER_WAITING_MAX = 8 * 1024 * 1024 };

struct frame_pacer {
	struct frame_path *path;
	struct token_bucket packets, bits;
	unsigned char *room;    /* of the path, given and not sent yet; NULL: the frame is built in a room of the pacer's own */
	unsigned char *waiting; /* a ring: two bytes of size, then the frame */
	size_t waiting_first, waiting_size;
	uint64_t lost;
};

/* 0: no limit of that kind. */
void frame_pacer_init(struct frame_pacer *pacer, struct frame_path *path, double packets_per_second, double bits_per_second,
                      struct instant now);
void frame_pacer_done(struct frame_pacer *pacer);
/* Room for a frame of at most FRAME_SIZE_MAX bytes, to be given to frame_pacer_send() before anything else is sent. */
unsigned char *frame_pacer_room(struct frame_pacer *pacer);
/* The frame in that room leaves now or, in its turn, later. */
void frame_pacer_send(struct frame_pacer *pacer, size_t size);
/* Refills, and sends what waits as far as it may. */
void frame_pacer_round(struct frame_pacer *pacer, struct instant now);
/* How many frames of this size may leave at once behind all that wait. */
unsigned frame_pacer_available(const struct frame_pacer *pacer, size_t frame_size);
/* When a look is worth it again. */
struct instant frame_pacer_next(const struct frame_pacer *pacer);
bool frame_pacer_is_waiting(const struct frame_pacer *pacer);

#endif
