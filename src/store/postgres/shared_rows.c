/* SPDX-License-Identifier: ISC */
/* Open addressing over twice as many slots as entries. Bytes decide, not hashes: those can be forged. */
#include "store/postgres/shared_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { SLOTS = 4 * SHARED_ENTRIES_MAX, ENTRIES = 2 * SHARED_ENTRIES_MAX };

static uint64_t hash_of(struct span bytes)
{
	uint64_t hash = 14695981039346656037u ^ bytes.size, word;
	size_t at = 0;

	for (; at + sizeof(word) <= bytes.size; at += sizeof(word)) {
		memcpy(&word, bytes.data + at, sizeof(word));
		hash = (hash ^ word) * 1099511628211u;
		hash ^= hash >> 29;
	}
	for (; at < bytes.size; at++)
		hash = (hash ^ bytes.data[at]) * 1099511628211u;
	return hash ^ hash >> 32;
}

size_t shared_rows_meet(struct shared_rows *rows, struct span bytes, bool *is_new_out)
{
	uint64_t hash = hash_of(bytes);
	size_t slot = hash % SLOTS;
	struct shared_entry *entry;

	if (rows->entries == NULL) {
		rows->entries = memory_allocate(ENTRIES, sizeof(*rows->entries));
		rows->slots = memory_allocate(SLOTS, sizeof(*rows->slots));
	}
	for (; rows->slots[slot] != 0; slot = (slot + 1) % SLOTS) {
		entry = &rows->entries[rows->slots[slot] - 1];
		if (entry->hash == hash && span_equals(span_make(entry->bytes, entry->size), bytes)) {
			*is_new_out = false;
			return rows->slots[slot] - 1;
		}
	}
	*is_new_out = true;
	entry = &rows->entries[rows->count++];
	*entry = (struct shared_entry){.hash = hash, .bytes = memory_allocate(bytes.size + 1, 1), .size = bytes.size};
	if (bytes.size > 0)
		memcpy(entry->bytes, bytes.data, bytes.size);
	rows->byte_count += bytes.size;
	rows->slots[slot] = (uint32_t)rows->count;
	return rows->count - 1;
}

bool shared_rows_is_full(const struct shared_rows *rows)
{
	return rows->count >= SHARED_ENTRIES_MAX || rows->byte_count >= SHARED_BYTES_MAX;
}

void shared_rows_done(struct shared_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		free(rows->entries[i].bytes);
	free(rows->entries);
	free(rows->slots);
	*rows = (struct shared_rows){.count = 0};
}
