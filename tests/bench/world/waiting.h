/* SPDX-License-Identifier: ISC */
/* Frames that leave later: delayed, lost and said again, or dripping byte by byte. A binary heap by time. */
#ifndef WORLD_WAITING_H
#define WORLD_WAITING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct waiting_item {
	uint64_t due_us, order;
	bool is_drip;     /* frame is the client's, to which the next byte is said */
	bool was_delayed; /* had its delay: leaves at once */
	unsigned step;    /* how often it was lost; which byte */
	size_t size;
	unsigned char *frame;
};

struct waiting {
	struct waiting_item *items;
	size_t count, capacity;
	uint64_t order;
};

/* Copies the frame. */
void waiting_add(struct waiting *waiting, const struct waiting_item *item);
/* False: nothing is due. The caller frees item_out->frame. */
bool waiting_take(struct waiting *waiting, uint64_t now_us, struct waiting_item *item_out);
/* UINT64_MAX: nothing waits. */
uint64_t waiting_next(const struct waiting *waiting);
void waiting_done(struct waiting *waiting);

#endif
