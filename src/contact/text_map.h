/* SPDX-License-Identifier: ISC */
/* Texts by texts, in as little memory as that takes: handles of registries and what belongs to them. Keys are the same in either case. */
#ifndef CONTACT_TEXT_MAP_H
#define CONTACT_TEXT_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct text_map {
	char *texts; /* keys and values, each with its NUL */
	size_t size, capacity;
	struct text_map_slot *slots;
	size_t slot_count, used;
};

void text_map_done(struct text_map *map);
/* The first value of a key stays. */
void text_map_put(struct text_map *map, struct span key, struct span value);
/* NULL: it is not there. Valid until the next put. */
const char *text_map_get(const struct text_map *map, struct span key);

#endif
