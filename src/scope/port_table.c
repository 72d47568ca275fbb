/* SPDX-License-Identifier: ISC */
/* A hash table of port lists. */
#include "scope/port_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void port_table_done(struct port_table *table)
{
	free(table->lists);
	free(table->slots);
	*table = (struct port_table){0};
}

static uint64_t hash_of(const struct port_list *list)
{
	uint64_t hash = list->count;

	for (size_t i = 0; i < list->count; i++) {
		hash = (hash ^ list->ports[i]) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 32;
	}
	return hash;
}

static bool is_equal(const struct port_list *a, const struct port_list *b)
{
	return a->count == b->count && memcmp(a->ports, b->ports, a->count * sizeof(a->ports[0])) == 0;
}

/* The slot of an equal list, or the free one where it belongs. */
static uint32_t *find_slot(const struct port_table *table, const struct port_list *list)
{
	uint32_t mask = table->slot_count - 1;

	for (uint32_t at = (uint32_t)hash_of(list) & mask;; at = (at + 1) & mask) {
		uint32_t *slot = &table->slots[at];

		if (*slot == 0 || is_equal(&table->lists[*slot - 1], list))
			return slot;
	}
}

/* At most half of the slots are taken, so that a search is short. */
static void grow(struct port_table *table)
{
	table->capacity = table->capacity == 0 ? 16 : table->capacity * 2;
	table->lists = memory_resize(table->lists, table->capacity, sizeof(*table->lists));
	free(table->slots);
	table->slot_count = table->capacity * 2;
	table->slots = memory_allocate(table->slot_count, sizeof(*table->slots));
	for (uint32_t i = 0; i < table->count; i++)
		*find_slot(table, &table->lists[i]) = i + 1;
}

uint32_t port_table_intern(struct port_table *table, const struct port_list *list)
{
	uint32_t *slot;

	if (table->count == table->capacity)
		grow(table);
	slot = find_slot(table, list);
	if (*slot == 0) {
		table->lists[table->count] = *list;
		*slot = ++table->count;
	}
	return *slot - 1;
}
