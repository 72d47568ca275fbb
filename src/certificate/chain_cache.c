/* SPDX-License-Identifier: ISC */
/* A table by fingerprint, and a ring in the order of use. */
#include "certificate/chain_cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct entry {
	struct chain_facts facts;
	struct entry *next_in_slot;
	struct entry *newer, *older;
};

struct chain_cache {
	const struct trust_stores *stores;
	size_t max, count, judged, hits;
	struct entry **slots;
	size_t slot_count; /* a power of two */
	struct entry *newest, *oldest;
};

enum { SLOTS_MAX = 1 << 20 };

struct chain_cache *chain_cache_new(const struct trust_stores *stores, size_t max)
{
	struct chain_cache *cache = memory_allocate(1, sizeof(*cache));

	cache->stores = stores;
	cache->max = max > 0 ? max : 1;
	for (cache->slot_count = 16; cache->slot_count < cache->max && cache->slot_count < SLOTS_MAX;)
		cache->slot_count *= 2;
	cache->slots = memory_allocate(cache->slot_count, sizeof(struct entry *));
	return cache;
}

void chain_cache_free(struct chain_cache *cache)
{
	if (cache == NULL)
		return;
	while (cache->newest != NULL) {
		struct entry *entry = cache->newest;

		cache->newest = entry->older;
		free(entry);
	}
	free(cache->slots);
	free(cache);
}

/* A digest is as good as random already. */
static struct entry **slot_of(const struct chain_cache *cache, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE])
{
	size_t number;

	memcpy(&number, sha256, sizeof(number));
	return &cache->slots[number & (cache->slot_count - 1)];
}

static void unlink_use(struct chain_cache *cache, struct entry *entry)
{
	*(entry->newer != NULL ? &entry->newer->older : &cache->newest) = entry->older;
	*(entry->older != NULL ? &entry->older->newer : &cache->oldest) = entry->newer;
}

static void link_newest(struct chain_cache *cache, struct entry *entry)
{
	entry->newer = NULL;
	entry->older = cache->newest;
	*(cache->newest != NULL ? &cache->newest->newer : &cache->oldest) = entry;
	cache->newest = entry;
}

static void forget_oldest(struct chain_cache *cache)
{
	struct entry *entry = cache->oldest;
	struct entry **link = slot_of(cache, entry->facts.sha256);

	while (*link != entry)
		link = &(*link)->next_in_slot;
	*link = entry->next_in_slot;
	unlink_use(cache, entry);
	free(entry);
	cache->count--;
}

const struct chain_facts *chain_cache_judge(struct chain_cache *cache, const struct span *certificates, size_t count, bool is_cut)
{
	bool is_cut_at_last = is_cut || count > CHAIN_CERTIFICATES_MAX;
	uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE];
	struct entry *entry;

	chain_fingerprint(certificates, count, sha256);
	for (entry = *slot_of(cache, sha256); entry != NULL; entry = entry->next_in_slot) {
		if (!fingerprint_equals(entry->facts.sha256, sha256) || entry->facts.is_cut != is_cut_at_last)
			continue;
		cache->hits++;
		unlink_use(cache, entry);
		link_newest(cache, entry);
		return &entry->facts;
	}
	if (cache->count >= cache->max)
		forget_oldest(cache);
	entry = memory_allocate(1, sizeof(*entry));
	chain_judge(cache->stores, certificates, count, is_cut, &entry->facts);
	cache->judged++;
	cache->count++;
	entry->next_in_slot = *slot_of(cache, sha256);
	*slot_of(cache, sha256) = entry;
	link_newest(cache, entry);
	return &entry->facts;
}

const struct chain_facts *chain_cache_find(const struct chain_cache *cache, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE])
{
	for (const struct entry *entry = *slot_of(cache, sha256); entry != NULL; entry = entry->next_in_slot) {
		if (fingerprint_equals(entry->facts.sha256, sha256))
			return &entry->facts;
	}
	return NULL;
}

size_t chain_cache_judged(const struct chain_cache *cache)
{
	return cache->judged;
}

size_t chain_cache_hits(const struct chain_cache *cache)
{
	return cache->hits;
}
