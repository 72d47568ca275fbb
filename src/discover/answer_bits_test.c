/* SPDX-License-Identifier: ISC */
/* Bits stay where they were set while the stretch moves and grows, and new positions are clean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "discover/answer_bits.h"

static bool expected(uint64_t position, unsigned lane)
{
	return (position * 2654435761U + lane * 40503U) >> 7 & 1;
}

/* New positions are clean; a bit that was not set can be, once. */
static void fill(struct answer_bits *bits, uint64_t position)
{
	for (unsigned lane = 0; lane < 3; lane++) {
		assert_false(answer_bits_has(bits, position, lane));
		if (expected(position, lane)) {
			assert_true(answer_bits_set(bits, position, lane));
			assert_false(answer_bits_set(bits, position, lane));
		}
	}
}

static void expect_all(const struct answer_bits *bits, uint64_t end)
{
	for (uint64_t position = bits->first; position < end; position++) {
		for (unsigned lane = 0; lane < 3; lane++)
			assert_int_equal(answer_bits_has(bits, position, lane), expected(position, lane));
	}
}

/* Ends and lengths that are no multiples of 64, a ring that wraps and grows. */
static void bits_survive_moving_and_growing(void **state)
{
	static const uint64_t starts[] = {0, 1, 63, 64, 1000003};

	(void)state;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		struct answer_bits bits;
		uint64_t end = starts[i];

		answer_bits_init(&bits, 3, starts[i]);
		assert_false(answer_bits_holds(&bits, starts[i]));
		for (unsigned turn = 0; turn < 60; turn++) {
			uint64_t more = turn * turn * 7 + 1;

			answer_bits_extend(&bits, end + more);
			for (; more > 0; more--, end++)
				fill(&bits, end);
			assert_false(answer_bits_holds(&bits, end));
			expect_all(&bits, end);
			answer_bits_forget(&bits, turn % 5 == 4 ? end : end - turn * turn);
		}
		answer_bits_done(&bits);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bits_survive_moving_and_growing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
