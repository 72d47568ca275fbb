/* SPDX-License-Identifier: ISC */
/* Sets of four places; one that was asked for since the last search for a place is spared once. A row is believed only when all bytes are the same: hashes can be forged. */
#include "store/sqlite/text_memory.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static uint64_t hash_of(struct span text)
{
	uint64_t hash = 14695981039346656037u ^ text.size, word;
	size_t at = 0;

	for (; at + sizeof(word) <= text.size; at += sizeof(word)) {
		memcpy(&word, text.data + at, sizeof(word));
		hash = (hash ^ word) * 1099511628211u;
		hash ^= hash >> 29;
	}
	for (; at < text.size; at++)
		hash = (hash ^ text.data[at]) * 1099511628211u;
	hash ^= hash >> 32;
	return hash != 0 ? hash : 1;
}

static void empty(struct text_place *place)
{
	free(place->bytes);
	*place = (struct text_place){.hash = 0};
}

/* Round and round, so that what was just met is not the next to go. */
static struct text_place *place_for(struct text_memory *memory, struct text_place *set)
{
	for (unsigned i = 0; i < TEXT_MEMORY_WAYS; i++) {
		if (set[i].hash == 0)
			return &set[i];
	}
	for (unsigned i = 0; i < 2 * TEXT_MEMORY_WAYS; i++) {
		struct text_place *place = &set[memory->hand++ % TEXT_MEMORY_WAYS];

		if (!place->was_asked_for)
			return place;
		place->was_asked_for = false;
	}
	return &set[0];
}

static bool is_of(const struct text_place *place, uint64_t hash, struct span text)
{
	/* One that has no row yet is known by its hash alone: a mistake would only give a text its row too early. */
	return place->hash == hash && (place->row == 0 || span_equals(span_make(place->bytes, place->size), text));
}

struct text_place *text_memory_meet(struct text_memory *memory, struct span text, bool *was_met_out)
{
	struct text_place *set, *place;
	uint64_t hash;

	*was_met_out = false;
	if (text.size < SHARED_TEXT_MIN || text.size > SHARED_TEXT_MAX)
		return NULL;
	if (memory->places == NULL)
		memory->places = memory_allocate(TEXT_MEMORY_PLACES, sizeof(*memory->places));
	hash = hash_of(text);
	set = &memory->places[hash % (TEXT_MEMORY_PLACES / TEXT_MEMORY_WAYS) * TEXT_MEMORY_WAYS];
	for (size_t i = 0; i < TEXT_MEMORY_WAYS; i++) {
		if (is_of(&set[i], hash, text)) {
			*was_met_out = true;
			set[i].was_asked_for = true;
			return &set[i];
		}
	}
	place = place_for(memory, set);
	empty(place);
	place->hash = hash;
	return place;
}

void text_place_keep(struct text_place *place, struct span text, int64_t row)
{
	place->bytes = memory_resize(place->bytes, text.size, 1);
	memcpy(place->bytes, text.data, text.size);
	place->size = (uint32_t)text.size;
	place->row = row;
}

void text_memory_done(struct text_memory *memory)
{
	for (size_t i = 0; memory->places != NULL && i < TEXT_MEMORY_PLACES; i++)
		free(memory->places[i].bytes);
	free(memory->places);
	memory->places = NULL;
}
