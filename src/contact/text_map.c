/* SPDX-License-Identifier: ISC */
/* An open hash table of offsets into one block of texts. */
#include "contact/text_map.h"

#include <stdlib.h>
#include <string.h>

#include "base/character.h"
#include "base/memory.h"

struct text_map_slot {
	size_t key, value; /* offsets + 1; 0: free */
};

void text_map_done(struct text_map *map)
{
	free(map->texts);
	free(map->slots);
	*map = (struct text_map){.texts = NULL};
}

static size_t hash_of(struct span key)
{
	uint64_t hash = 0xcbf29ce484222325ULL; /* FNV-1a */

	for (size_t i = 0; i < key.size; i++)
		hash = (hash ^ character_small(key.data[i])) * 0x100000001b3ULL;
	return (size_t)(hash ^ hash >> 32);
}

static struct text_map_slot *find_slot(const struct text_map *map, struct span key)
{
	size_t at = hash_of(key) & (map->slot_count - 1);

	while (map->slots[at].key != 0 && !span_equals_text_ignoring_case(key, map->texts + map->slots[at].key - 1))
		at = (at + 1) & (map->slot_count - 1);
	return &map->slots[at];
}

static void grow(struct text_map *map)
{
	struct text_map_slot *old = map->slots;
	size_t old_count = map->slot_count;

	map->slot_count = old_count > 0 ? 2 * old_count : 1024;
	map->slots = memory_allocate(map->slot_count, sizeof(*map->slots));
	for (size_t i = 0; i < old_count; i++) {
		if (old[i].key != 0)
			*find_slot(map, span_from_text(map->texts + old[i].key - 1)) = old[i];
	}
	free(old);
}

/* A NUL in it ends it: keys and values are texts. */
static size_t keep(struct text_map *map, struct span text)
{
	size_t offset = map->size;

	while (map->capacity - map->size < text.size + 1) {
		map->capacity = map->capacity > 0 ? 2 * map->capacity : 65536;
		map->texts = memory_resize(map->texts, map->capacity, 1);
	}
	if (text.size > 0)
		memcpy(map->texts + offset, text.data, text.size);
	map->texts[offset + text.size] = '\0';
	map->size += text.size + 1;
	return offset + 1;
}

void text_map_put(struct text_map *map, struct span key, struct span value)
{
	struct text_map_slot *slot;

	key = span_part(key, 0, span_find_byte(key, '\0'));
	if (2 * (map->used + 1) > map->slot_count)
		grow(map);
	slot = find_slot(map, key);
	if (slot->key != 0)
		return;
	*slot = (struct text_map_slot){.key = keep(map, key), .value = keep(map, value)};
	map->used++;
}

const char *text_map_get(const struct text_map *map, struct span key)
{
	const struct text_map_slot *slot;

	if (map->slot_count == 0)
		return NULL;
	slot = find_slot(map, key);
	return slot->key != 0 ? map->texts + slot->value - 1 : NULL;
}
