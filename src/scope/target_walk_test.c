/* SPDX-License-Identifier: ISC */
/* The walk is a permutation for any count, in any number of shards, from any position. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "scope/target_walk.h"

/* Walks all shards and marks what they give; fails on a number given twice, missing or out of range. */
static void check_permutation(uint64_t count, uint64_t seed, uint32_t shard_count)
{
	unsigned char *seen = memory_allocate(count + 1, 1);
	uint64_t total = 0;

	for (uint32_t shard = 0; shard < shard_count; shard++) {
		struct target_walk walk;
		uint64_t number, given = 0;

		target_walk_init(&walk, count, seed, shard, shard_count);
		while (target_walk_next(&walk, &number)) {
			assert_true(number < count);
			assert_int_equal(seen[number], 0);
			seen[number] = 1;
			given++;
		}
		assert_int_equal(given, target_walk_size(&walk));
		total += given;
	}
	assert_int_equal(total, count);
	free(seen);
}

static void every_count_up_to_2000_is_walked_without_repeat_or_gap(void **state)
{
	(void)state;
	for (uint64_t count = 0; count <= 2000; count++)
		check_permutation(count, count * 7919, 1);
}

static void shards_are_disjoint_and_complete(void **state)
{
	static const uint32_t shard_counts[] = {2, 3, 7, 16, 100, 5000};

	(void)state;
	for (size_t i = 0; i < sizeof(shard_counts) / sizeof(shard_counts[0]); i++) {
		for (uint64_t count = 0; count < 300; count += 13)
			check_permutation(count, i, shard_counts[i]);
		check_permutation(65537, i, shard_counts[i]);
	}
}

static void a_million_numbers_are_a_permutation(void **state)
{
	(void)state;
	check_permutation(1048576, 1, 1);
	check_permutation(1000003, UINT64_MAX, 3);
}

static int compare_numbers(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;

	return *left < *right ? -1 : *left > *right;
}

static void large_counts_give_distinct_numbers_in_range(void **state)
{
	static const uint64_t counts[] = {UINT64_C(4294967296),    UINT64_C(3702257664), UINT64_C(1) << 40,
	                                  (UINT64_C(1) << 40) + 1, UINT64_C(1) << 63,    (UINT64_C(1) << 62) + 1};
	enum { SAMPLES = 100000 };
	uint64_t *numbers = memory_allocate(SAMPLES, sizeof(*numbers));

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct target_walk walk;

		target_walk_init(&walk, counts[i], i, 1, 3);
		for (size_t sample = 0; sample < SAMPLES; sample++) {
			assert_true(target_walk_next(&walk, &numbers[sample]));
			assert_true(numbers[sample] < counts[i]);
		}
		qsort(numbers, SAMPLES, sizeof(*numbers), compare_numbers);
		for (size_t sample = 1; sample < SAMPLES; sample++)
			assert_true(numbers[sample - 1] < numbers[sample]);
		assert_true(target_walk_at(&walk, target_walk_size(&walk) - 1) < counts[i]);
	}
	free(numbers);
}

static void a_walk_resumed_at_any_position_equals_the_unbroken_one(void **state)
{
	struct target_walk unbroken;
	uint64_t expected;

	(void)state;
	target_walk_init(&unbroken, 1000, 42, 1, 3);
	for (uint64_t position = 0; target_walk_next(&unbroken, &expected); position++) {
		struct target_walk resumed;
		uint64_t number;

		target_walk_init(&resumed, 1000, 42, 1, 3);
		resumed.position = position;
		assert_int_equal(target_walk_at(&resumed, position), expected);
		assert_true(target_walk_next(&resumed, &number));
		assert_int_equal(number, expected);
	}
}

static void shard_k_of_n_gives_every_nth_element_of_the_whole(void **state)
{
	struct target_walk whole, shard;
	uint64_t number;

	(void)state;
	target_walk_init(&whole, 777, 5, 0, 1);
	target_walk_init(&shard, 777, 5, 3, 10);
	for (uint64_t position = 0; target_walk_next(&shard, &number); position++)
		assert_int_equal(number, target_walk_at(&whole, 3 + 10 * position));
}

static void a_number_finds_its_position_in_its_shard_alone(void **state)
{
	static const uint64_t counts[] = {1, 2, 5, 777, 4096, 65537};

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct target_walk walk, other;
		uint64_t number, found;

		target_walk_init(&walk, counts[i], i, 0, 3);
		target_walk_init(&other, counts[i], i, 1, 3);
		for (uint64_t position = 0; target_walk_next(&walk, &number); position++) {
			assert_true(target_walk_find(&walk, number, &found));
			assert_int_equal(found, position);
			assert_false(target_walk_find(&other, number, &found));
		}
		assert_false(target_walk_find(&walk, counts[i], &found));
	}
}

static void the_same_seed_gives_the_same_order_and_another_seed_another(void **state)
{
	struct target_walk first, same, other;
	unsigned equal = 0;

	(void)state;
	target_walk_init(&first, 100000, 1, 0, 1);
	target_walk_init(&same, 100000, 1, 0, 1);
	target_walk_init(&other, 100000, 2, 0, 1);
	for (uint64_t position = 0; position < 1000; position++) {
		assert_int_equal(target_walk_at(&first, position), target_walk_at(&same, position));
		equal += target_walk_at(&first, position) == target_walk_at(&other, position);
	}
	assert_true(equal < 10);
}

/* A kept census goes on with the numbers of the version that began it. */
static void the_order_is_the_one_that_older_censuses_were_begun_with(void **state)
{
	static const uint64_t expected[] = {38, 460, 729, 632, 631, 484, 308, 383, 316, 831, 127, 815};
	struct target_walk walk;

	(void)state;
	target_walk_init(&walk, 1000, 42, 0, 1);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_int_equal(target_walk_at(&walk, i), expected[i]);
}

static void neighbours_do_not_come_in_a_row(void **state)
{
	struct target_walk walk;
	uint64_t number, before = 0;
	unsigned same_24 = 0, ascending = 0;

	(void)state;
	target_walk_init(&walk, 65536, 3, 0, 1);
	while (target_walk_next(&walk, &number)) {
		same_24 += before >> 8 == number >> 8;
		ascending += before < number;
		before = number;
	}
	assert_in_range(same_24, 150, 370);       /* 256 are expected of chance */
	assert_in_range(ascending, 32000, 33536); /* half of them */
}

static void every_256th_of_the_walk_visits_each_16th_of_the_scope_alike(void **state)
{
	struct target_walk walk;
	unsigned visits[16] = {0};
	uint64_t number;

	(void)state;
	target_walk_init(&walk, 1000000, 9, 17, 256);
	while (target_walk_next(&walk, &number))
		visits[number / 62500]++;
	for (size_t i = 0; i < 16; i++)
		assert_in_range(visits[i], 170, 320); /* 244 are expected; 4.5 standard deviations */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_count_up_to_2000_is_walked_without_repeat_or_gap),
		cmocka_unit_test(shards_are_disjoint_and_complete),
		cmocka_unit_test(a_million_numbers_are_a_permutation),
		cmocka_unit_test(large_counts_give_distinct_numbers_in_range),
		cmocka_unit_test(a_walk_resumed_at_any_position_equals_the_unbroken_one),
		cmocka_unit_test(shard_k_of_n_gives_every_nth_element_of_the_whole),
		cmocka_unit_test(a_number_finds_its_position_in_its_shard_alone),
		cmocka_unit_test(the_same_seed_gives_the_same_order_and_another_seed_another),
		cmocka_unit_test(the_order_is_the_one_that_older_censuses_were_begun_with),
		cmocka_unit_test(neighbours_do_not_come_in_a_row),
		cmocka_unit_test(every_256th_of_the_walk_visits_each_16th_of_the_scope_alike),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
