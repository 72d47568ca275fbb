/* SPDX-License-Identifier: ISC */
/* Who answered what, exactly, for a stretch of positions that moves along the walk: a few bits for each address that is being swept, none for those before and behind. */
#ifndef DISCOVER_ANSWER_BITS_H
#define DISCOVER_ANSWER_BITS_H

#include <stdbool.h>
#include <stdint.h>

struct answer_bits {
	unsigned lanes; /* bits for each position */
	uint64_t first; /* the stretch is first .. end - 1 */
	uint64_t end;
	uint64_t capacity; /* in words of 64 positions, a power of 2 */
	uint64_t *words;   /* a ring: lanes words for each 64 positions */
};

void answer_bits_init(struct answer_bits *bits, unsigned lanes, uint64_t first);
void answer_bits_done(struct answer_bits *bits);
/* Up to end, exclusive; new positions have no bit set. */
void answer_bits_extend(struct answer_bits *bits, uint64_t end);
/* What lies before is forgotten. */
void answer_bits_forget(struct answer_bits *bits, uint64_t first);

static inline bool answer_bits_holds(const struct answer_bits *bits, uint64_t position)
{
	return position >= bits->first && position < bits->end;
}

/* Position must be held. */
static inline uint64_t *answer_bits_word(const struct answer_bits *bits, uint64_t position, unsigned lane)
{
	return &bits->words[(position / 64 & (bits->capacity - 1)) * bits->lanes + lane];
}

static inline bool answer_bits_has(const struct answer_bits *bits, uint64_t position, unsigned lane)
{
	return *answer_bits_word(bits, position, lane) >> position % 64 & 1;
}

/* True when it was not set before. */
static inline bool answer_bits_set(const struct answer_bits *bits, uint64_t position, unsigned lane)
{
	uint64_t *word = answer_bits_word(bits, position, lane), bit = UINT64_C(1) << position % 64;
	bool is_new = (*word & bit) == 0;

	*word |= bit;
	return is_new;
}

#endif
