/* SPDX-License-Identifier: ISC */
/* A Feistel network of four rounds over the smallest even number of bits that holds the count, walked along its cycles until the number is in range. */
#include "scope/target_walk.h"

#include <assert.h>

#include "base/mix64.h"

void target_walk_init(struct target_walk *walk, uint64_t count, uint64_t seed, uint32_t shard, uint32_t shard_count)
{
	unsigned half_bits = 1;

	assert(shard < shard_count);
	while (half_bits < 32 && count > UINT64_C(1) << (2 * half_bits))
		half_bits++;
	*walk = (struct target_walk){.count = count, .seed = seed, .shard = shard, .shard_count = shard_count, .half_bits = half_bits};
	for (uint64_t round = 0; round < 4; round++)
		walk->keys[round] = mix64(seed + (round + 1) * MIX64_STEP);
}

/* A permutation of 0 .. 4^half_bits - 1, whatever the round function is: Luby and Rackoff, 1988. */
static uint64_t permute(const struct target_walk *walk, uint64_t number)
{
	uint64_t mask = (UINT64_C(1) << walk->half_bits) - 1;
	uint64_t left = number >> walk->half_bits, right = number & mask;

	for (unsigned round = 0; round < 4; round++) {
		uint64_t next = left ^ (mix64(right ^ walk->keys[round]) & mask);

		left = right;
		right = next;
	}
	return left << walk->half_bits | right;
}

/* The rounds backwards. */
static uint64_t permute_back(const struct target_walk *walk, uint64_t number)
{
	uint64_t mask = (UINT64_C(1) << walk->half_bits) - 1;
	uint64_t left = number >> walk->half_bits, right = number & mask;

	for (unsigned round = 4; round > 0; round--) {
		uint64_t before = right ^ (mix64(left ^ walk->keys[round - 1]) & mask);

		right = left;
		left = before;
	}
	return left << walk->half_bits | right;
}

uint64_t target_walk_size(const struct target_walk *walk)
{
	if (walk->shard >= walk->count)
		return 0;
	return (walk->count - walk->shard - 1) / walk->shard_count + 1;
}

/* Cycle walking (Black and Rogaway, 2002): the domain is less than four times the count, so four steps are enough on average;
   it ends, because the cycle that starts below count comes back to its start. */
uint64_t target_walk_at(const struct target_walk *walk, uint64_t position)
{
	uint64_t number;

	assert(position < target_walk_size(walk));
	number = walk->shard + position * walk->shard_count;
	do
		number = permute(walk, number);
	while (number >= walk->count);
	return number;
}

bool target_walk_next(struct target_walk *walk, uint64_t *number_out)
{
	if (walk->position >= target_walk_size(walk))
		return false;
	*number_out = target_walk_at(walk, walk->position);
	walk->position++;
	return true;
}

/* Along the same cycle in the other direction. */
bool target_walk_find(const struct target_walk *walk, uint64_t number, uint64_t *position_out)
{
	if (number >= walk->count)
		return false;
	do
		number = permute_back(walk, number);
	while (number >= walk->count);
	if (number % walk->shard_count != walk->shard)
		return false;
	*position_out = number / walk->shard_count;
	return true;
}
