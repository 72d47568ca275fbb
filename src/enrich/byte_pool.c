/* SPDX-License-Identifier: ISC */
/* An open hash table of offsets into the bytes. */
#include "enrich/byte_pool.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static uint32_t hash_of(struct span bytes)
{
	uint64_t hash = 0xcbf29ce484222325ULL; /* FNV-1a */

	for (size_t i = 0; i < bytes.size; i++)
		hash = (hash ^ bytes.data[i]) * 0x100000001b3ULL;
	return (uint32_t)(hash ^ hash >> 32);
}

static uint32_t *find_slot(const struct byte_pool *pool, struct span bytes)
{
	uint32_t at = hash_of(bytes) & (pool->slot_count - 1);

	for (; pool->slots[at] != 0; at = (at + 1) & (pool->slot_count - 1)) {
		uint32_t offset = pool->slots[at] - 1;

		if (pool->size - offset >= bytes.size && memcmp(pool->data + offset, bytes.data, bytes.size) == 0)
			break;
	}
	return &pool->slots[at];
}

static void put_offset(struct byte_pool *pool, uint32_t offset)
{
	const unsigned char *start = pool->data + offset;
	size_t size = pool->item_size > 0 ? pool->item_size : strlen((const char *)start) + 1;

	*find_slot(pool, span_make(start, size)) = offset + 1;
}

static void grow_slots(struct byte_pool *pool)
{
	uint32_t *old = pool->slots, old_count = pool->slot_count;

	pool->slot_count = old_count > 0 ? 2 * old_count : 1024;
	pool->slots = memory_allocate(pool->slot_count, sizeof(*pool->slots));
	for (uint32_t i = 0; i < old_count; i++) {
		if (old[i] != 0)
			put_offset(pool, old[i] - 1);
	}
	free(old);
}

uint32_t byte_pool_add(struct byte_pool *pool, struct span bytes)
{
	uint32_t *slot;

	if (2 * pool->used >= pool->slot_count)
		grow_slots(pool);
	slot = find_slot(pool, bytes);
	if (*slot != 0)
		return *slot - 1;
	if (bytes.size > BYTE_POOL_MAX - pool->size) {
		pool->is_full = true;
		return 0;
	}
	while (pool->capacity - pool->size < bytes.size) {
		pool->capacity = pool->capacity > 0 ? 2 * pool->capacity : 65536;
		pool->data = memory_resize(pool->data, pool->capacity, 1);
	}
	memcpy(pool->data + pool->size, bytes.data, bytes.size);
	*slot = pool->size + 1;
	pool->size += (uint32_t)bytes.size;
	pool->used++;
	return *slot - 1;
}

void byte_pool_done(struct byte_pool *pool)
{
	free(pool->data);
	free(pool->slots);
	*pool = (struct byte_pool){.data = NULL};
}
