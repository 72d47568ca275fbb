/* SPDX-License-Identifier: ISC */
/* A ring of words that doubles when the stretch outgrows it. */
#include "discover/answer_bits.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { CAPACITY_FIRST = 64 };

void answer_bits_init(struct answer_bits *bits, unsigned lanes, uint64_t first)
{
	*bits = (struct answer_bits){.lanes = lanes, .first = first, .end = first, .capacity = CAPACITY_FIRST};
	bits->words = memory_allocate(CAPACITY_FIRST * (uint64_t)lanes, sizeof(*bits->words));
}

void answer_bits_done(struct answer_bits *bits)
{
	free(bits->words);
	bits->words = NULL;
}

static void grow(struct answer_bits *bits, uint64_t first_word, uint64_t end_word, uint64_t capacity)
{
	struct answer_bits grown = *bits;

	grown.capacity = capacity;
	grown.words = memory_allocate(capacity * bits->lanes, sizeof(*grown.words));
	for (uint64_t word = first_word; word < end_word; word++)
		memcpy(answer_bits_word(&grown, word * 64, 0), answer_bits_word(bits, word * 64, 0), bits->lanes * sizeof(*bits->words));
	free(bits->words);
	*bits = grown;
}

void answer_bits_extend(struct answer_bits *bits, uint64_t end)
{
	uint64_t first_word = bits->first / 64, held_word = (bits->end + 63) / 64, end_word = (end + 63) / 64, capacity = bits->capacity;

	if (end <= bits->end)
		return;
	if (bits->end == bits->first) /* nothing is held: not even the word of the first position */
		held_word = first_word;
	while (capacity < end_word - first_word)
		capacity *= 2;
	if (capacity > bits->capacity)
		grow(bits, first_word, held_word, capacity);
	for (uint64_t word = held_word; word < end_word; word++)
		memset(answer_bits_word(bits, word * 64, 0), 0, bits->lanes * sizeof(*bits->words));
	bits->end = end;
}

void answer_bits_forget(struct answer_bits *bits, uint64_t first)
{
	if (first > bits->first)
		bits->first = first < bits->end ? first : bits->end;
}
