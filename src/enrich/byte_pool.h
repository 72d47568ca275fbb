/* SPDX-License-Identifier: ISC */
/* Bytes behind each other, each sequence kept once: texts and payloads of a snapshot that is being made. */
#ifndef ENRICH_BYTE_POOL_H
#define ENRICH_BYTE_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

struct byte_pool {
	unsigned char *data;
	uint32_t size, capacity;
	uint32_t *slots; /* offset + 1, by hash */
	uint32_t slot_count, used;
	bool is_full;     /* something was refused */
	size_t item_size; /* of every sequence; 0: they are texts, and each ends in its only NUL */
};

enum { BYTE_POOL_MAX = 1 << 30 };

/* The offset of these bytes, which are added when they are new. A full pool gives 0. */
uint32_t byte_pool_add(struct byte_pool *pool, struct span bytes);
void byte_pool_done(struct byte_pool *pool);

#endif
