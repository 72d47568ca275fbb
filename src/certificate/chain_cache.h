/* SPDX-License-Identifier: ISC */
/* Judges each distinct chain once: a census meets the same chains again and again. Bounded: what was not asked for longest is forgotten first. */
#ifndef CERTIFICATE_CHAIN_CACHE_H
#define CERTIFICATE_CHAIN_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/span.h"
#include "certificate/chain.h"
#include "model/certificate_facts.h"

struct chain_cache;

/* stores outlive the cache; NULL is fine. It keeps at most max chains (at least 1), some 8 kB each. What stores learn later changes no answer that is kept: learn first. */
struct chain_cache *chain_cache_new(const struct trust_stores *stores, size_t max) NEVER_NULL;
void chain_cache_free(struct chain_cache *cache); /* NULL is fine */
/* As chain_judge. The facts hold until the next call of this function. */
const struct chain_facts *chain_cache_judge(struct chain_cache *cache, const struct span *certificates, size_t count,
                                            bool is_cut) NEVER_NULL;
/* A chain that was judged and is still kept, by its chain_fingerprint; NULL when it is not. */
const struct chain_facts *chain_cache_find(const struct chain_cache *cache, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE]);
/* How many chains were judged, and how many times that was not needed. */
size_t chain_cache_judged(const struct chain_cache *cache);
size_t chain_cache_hits(const struct chain_cache *cache);

#endif
