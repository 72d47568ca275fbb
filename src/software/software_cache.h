/* SPDX-License-Identifier: ISC */
/* Identifies each distinct text once: a census meets the same greetings and capabilities again and again, and trying all patterns is dear. Bounded. */
#ifndef SOFTWARE_SOFTWARE_CACHE_H
#define SOFTWARE_SOFTWARE_CACHE_H

#include <stddef.h>

#include "software/identify.h"

struct software_cache;

/* fingerprints outlive the cache, and nothing is added to them meanwhile. It keeps at most max answers (some 2 kB each); those that are asked for again stay longest. */
struct software_cache *software_cache_new(const struct fingerprints *fingerprints, size_t max) NEVER_NULL;
void software_cache_free(struct software_cache *cache); /* NULL is fine */
/* As software_identify. */
void software_cache_identify(struct software_cache *cache, const struct software_evidence *evidence, struct timestamp now,
                             struct software *software_out);
/* How many questions were answered by patterns, and how many from memory. */
size_t software_cache_misses(const struct software_cache *cache);
size_t software_cache_hits(const struct software_cache *cache);

#endif
