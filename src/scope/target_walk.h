/* SPDX-License-Identifier: ISC */
/* A pseudo-random order over 0..count-1: a true permutation in constant memory, seeded, cut into shards, resumable from a position. */
#ifndef SCOPE_TARGET_WALK_H
#define SCOPE_TARGET_WALK_H

#include <stdbool.h>
#include <stdint.h>

struct target_walk {
	uint64_t count; /* numbers in the whole walk, all shards together */
	uint64_t seed;
	uint32_t shard;       /* 0-based */
	uint32_t shard_count; /* at least 1 */
	uint64_t position;    /* numbers this shard has already given; set it to continue */
	unsigned half_bits;   /* of the Feistel network */
	uint64_t keys[4];
};

/* shard < shard_count, or an assertion fails. The same count and seed give the same permutation for every shard count: shard k of n gives its elements k, k+n, k+2n, ... */
void target_walk_init(struct target_walk *walk, uint64_t count, uint64_t seed, uint32_t shard, uint32_t shard_count);
/* How many numbers this shard gives in all. */
uint64_t target_walk_size(const struct target_walk *walk);
/* The next number; false when this shard is done. */
bool target_walk_next(struct target_walk *walk, uint64_t *number_out);
/* The number at a position of this shard without moving. */
uint64_t target_walk_at(const struct target_walk *walk, uint64_t position);
/* The reverse: at which position of this shard the number stands. False: it is another shard's, or no number of the walk. */
bool target_walk_find(const struct target_walk *walk, uint64_t number, uint64_t *position_out);

#endif
