/* SPDX-License-Identifier: ISC */
/* Sets of four places; an answer that was asked for since the last search for a place is spared once. */
#include "software/software_cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"

enum {
	WAYS = 4,
	KEY_MAX = 8192, /* what is longer is identified each time */
	MS_PER_DAY = 86400000,
};

struct place {
	uint64_t hash;
	unsigned char *key; /* NULL: empty */
	size_t key_size;
	bool was_asked_for;
	struct software software;
};

struct software_cache {
	const struct fingerprints *fingerprints;
	struct place *places;
	size_t set_count;
	struct buffer key;
	unsigned hand;
	size_t hits, misses;
};

struct software_cache *software_cache_new(const struct fingerprints *fingerprints, size_t max)
{
	struct software_cache *cache = memory_allocate(1, sizeof(*cache));

	cache->fingerprints = fingerprints;
	cache->set_count = max > WAYS ? max / WAYS : 1;
	cache->places = memory_allocate(cache->set_count * WAYS, sizeof(*cache->places));
	buffer_init(&cache->key, KEY_MAX);
	return cache;
}

void software_cache_free(struct software_cache *cache)
{
	if (cache == NULL)
		return;
	for (size_t i = 0; i < cache->set_count * WAYS; i++)
		free(cache->places[i].key);
	free(cache->places);
	buffer_done(&cache->key);
	free(cache);
}

static void add(struct buffer *key, struct span text)
{
	uint32_t size = (uint32_t)text.size;

	buffer_append(key, span_make(&size, sizeof(size)));
	buffer_append(key, text);
}

/* A text that only few patterns look at: as good as none where none of them matches, so that each host's own certificate is no other question. */
static void add_if_known(const struct software_cache *cache, enum evidence_text which, const char *text, struct buffer *key)
{
	bool is_known = text != NULL && text[0] != '\0' && fingerprints_know(cache->fingerprints, which, span_from_text(text));

	add(key, span_from_text(is_known ? text : ""));
}

/* All that an answer depends on. */
static void make_key(struct software_cache *cache, const struct software_evidence *evidence, struct timestamp now)
{
	struct buffer *key = &cache->key;
	int64_t day = now.unix_ms / MS_PER_DAY;
	unsigned char flags = (unsigned char)((evidence->has_stamp ? 1U : 0U) | (evidence->has_uuid_stamp ? 2U : 0U) |
	                                      (evidence->has_pid_time_stamp ? 4U : 0U) | (evidence->is_capability_refused ? 8U : 0U) |
	                                      (evidence->is_greeted ? 16U : 0U));

	buffer_clear(key);
	buffer_append(key, span_make(&day, sizeof(day)));
	buffer_append_byte(key, (unsigned char)evidence->protocol);
	buffer_append_byte(key, flags);
	add(key, evidence->greeting);
	add(key, evidence->capabilities);
	add(key, evidence->implementation);
	add(key, evidence->identity);
	add(key, evidence->is_capability_refused ? evidence->refusal_reply : span_make(NULL, 0));
	add(key, fingerprints_look_at(cache->fingerprints, EVIDENCE_RAW_GREETING) ? evidence->raw_greeting : span_make(NULL, 0));
	add_if_known(cache, EVIDENCE_LADDER, evidence->ladder, key);
	add_if_known(cache, EVIDENCE_SUBJECT, evidence->certificate_subject, key);
	add_if_known(cache, EVIDENCE_AUTHORITY, evidence->certificate_issuer, key);
}

/* FNV-1a over words: a stranger who aims at one set makes only that set useless. */
static uint64_t hash_of(struct span key)
{
	uint64_t hash = 14695981039346656037u, word;
	size_t at = 0;

	for (; at + sizeof(word) <= key.size; at += sizeof(word)) {
		memcpy(&word, key.data + at, sizeof(word));
		hash = (hash ^ word) * 1099511628211u;
		hash ^= hash >> 29;
	}
	for (; at < key.size; at++)
		hash = (hash ^ key.data[at]) * 1099511628211u;
	return hash ^ hash >> 32;
}

static struct place *find(struct place *set, uint64_t hash, struct span key)
{
	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].key != NULL && set[i].hash == hash && span_equals(span_make(set[i].key, set[i].key_size), key))
			return &set[i];
	}
	return NULL;
}

/* Round and round, so that what was just kept is not the next to go. */
static struct place *place_for(struct software_cache *cache, struct place *set)
{
	for (unsigned i = 0; i < WAYS; i++) {
		if (set[i].key == NULL)
			return &set[i];
	}
	for (unsigned i = 0; i < 2 * WAYS; i++) {
		struct place *place = &set[cache->hand++ % WAYS];

		if (!place->was_asked_for)
			return place;
		place->was_asked_for = false;
	}
	return &set[0];
}

static void keep(struct place *place, uint64_t hash, struct span key, const struct software *software)
{
	free(place->key);
	place->hash = hash;
	place->key = memory_allocate(key.size + 1, 1);
	memcpy(place->key, key.data, key.size);
	place->key_size = key.size;
	place->was_asked_for = false;
	place->software = *software;
}

void software_cache_identify(struct software_cache *cache, const struct software_evidence *evidence, struct timestamp now,
                             struct software *software_out)
{
	struct place *set, *place;
	struct span key;
	uint64_t hash;

	make_key(cache, evidence, now);
	if (cache->key.overflowed) {
		cache->misses++;
		software_identify(cache->fingerprints, evidence, now, software_out);
		return;
	}
	key = buffer_view(&cache->key);
	hash = hash_of(key);
	set = &cache->places[hash % cache->set_count * WAYS];
	place = find(set, hash, key);
	if (place != NULL) {
		cache->hits++;
		place->was_asked_for = true;
		*software_out = place->software;
		return;
	}
	cache->misses++;
	software_identify(cache->fingerprints, evidence, now, software_out);
	keep(place_for(cache, set), hash, key, software_out);
}

size_t software_cache_misses(const struct software_cache *cache)
{
	return cache->misses;
}

size_t software_cache_hits(const struct software_cache *cache)
{
	return cache->hits;
}
