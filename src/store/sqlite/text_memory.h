/* SPDX-License-Identifier: ISC */
/* Which texts a file holds already: bounded, so that most texts that many servers say cost no query, and those of one server alone no row.
   A text is given a row when it is met the second time; the same text may have several rows after it was forgotten, which costs a little room and nothing else. */
#ifndef STORE_SQLITE_TEXT_MEMORY_H
#define STORE_SQLITE_TEXT_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

enum {
	TEXT_MEMORY_PLACES = 16384,
	TEXT_MEMORY_WAYS = 4,
	SHARED_TEXT_MIN = 9,    /* shorter ones take no more room than a number */
	SHARED_TEXT_MAX = 2048, /* longer ones are not kept in memory */
};

struct text_place {
	uint64_t hash; /* 0: empty */
	int64_t row;   /* 0: met once, has no row yet */
	unsigned char *bytes;
	uint32_t size;
	bool was_asked_for;
};

/* Zeroed is empty. */
struct text_memory {
	struct text_place *places;
	unsigned hand;
};

/* The place of this text, which may be new: was it met before? NULL: too short or too long to be shared. */
struct text_place *text_memory_meet(struct text_memory *memory, struct span text, bool *was_met_out);
/* It has this row from now on. */
void text_place_keep(struct text_place *place, struct span text, int64_t row);
/* Forgets everything. */
void text_memory_done(struct text_memory *memory);

#endif
