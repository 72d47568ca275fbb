/* SPDX-License-Identifier: ISC */
/* The finalizer of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014): every output bit depends on every input bit. For orders and tables that
   nobody gains by guessing; what must not be guessed is keyed with SipHash. */
#ifndef BASE_MIX64_H
#define BASE_MIX64_H

#include <stdint.h>

/* Added to the state for each number of a sequence: mix64(state += MIX64_STEP). Odd, and near to 2^64 divided by the golden ratio. */
#define MIX64_STEP UINT64_C(0x9e3779b97f4a7c15)

static inline uint64_t mix64(uint64_t value)
{
	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}

#endif
