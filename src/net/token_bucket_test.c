/* SPDX-License-Identifier: ISC */
/* The strict bucket: what leaves in any 100 ms, after pauses, with debts, and at changed rates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/token_bucket.h"

enum { MS = 1000000, WINDOW_MS = 100, ROUNDS_MAX = 20000 };

static struct instant at(int64_t ns)
{
	return (struct instant){.ns = ns};
}

/* Takes all there is at irregular times, and looks at every span of 100 ms. */
static void any_span_is_within_the_limit(void **state)
{
	static int64_t times[ROUNDS_MAX];
	static unsigned counts[ROUNDS_MAX];
	static const double RATES[] = {3, 100, 5000, 250000, 4000000};

	(void)state;
	for (size_t rate = 0; rate < sizeof(RATES) / sizeof(RATES[0]); rate++) {
		struct token_bucket bucket;
		size_t rounds = 0;
		int64_t now = 0;
		uint64_t noise = 1;
		double limit = RATES[rate] * WINDOW_MS / 1000;

		token_bucket_init(&bucket, RATES[rate], at(0));
		while (rounds < ROUNDS_MAX) {
			noise = noise * UINT64_C(6364136223846793005) + 1442695040888963407U;
			now += (int64_t)((noise >> 40) % (3 * MS)); /* sometimes much later than the next token */
			if (rounds % 500 == 0)
				now += (int64_t)400 * MS; /* a pause */
			token_bucket_refill(&bucket, at(now));
			times[rounds] = now;
			counts[rounds] = token_bucket_available(&bucket);
			token_bucket_take(&bucket, counts[rounds]);
			rounds++;
		}
		for (size_t first = 0; first < rounds; first++) {
			double sum = 0;

			for (size_t i = first; i < rounds && times[i] < times[first] + (int64_t)WINDOW_MS * MS; i++)
				sum += counts[i];
			assert_true(sum <= limit * 1.01 + 1);
		}
	}
}

static void the_long_run_reaches_the_rate(void **state)
{
	struct token_bucket bucket;
	uint64_t sum = 0;

	(void)state;
	token_bucket_init(&bucket, 12345, at(0));
	for (int64_t now = 0; now < INT64_C(10000) * MS; now += MS / 4) {
		token_bucket_refill(&bucket, at(now));
		sum += token_bucket_available(&bucket);
		token_bucket_take(&bucket, token_bucket_available(&bucket));
	}
	assert_in_range(sum, 123400, 123460);
}

static void what_was_taken_in_advance_is_waited_for(void **state)
{
	struct token_bucket bucket;

	(void)state;
	token_bucket_init(&bucket, 1000, at(0));
	token_bucket_take(&bucket, 11); /* ten more than there are */
	assert_false(token_bucket_may(&bucket));
	assert_int_equal(token_bucket_available(&bucket), 0);
	assert_true(token_bucket_next(&bucket).ns >= 11 * MS && token_bucket_next(&bucket).ns <= 11 * MS + 2);
	token_bucket_refill(&bucket, at(10 * MS));
	assert_false(token_bucket_may(&bucket));
	token_bucket_refill(&bucket, at(11 * MS + 1));
	assert_true(token_bucket_may(&bucket));
}

static void a_lower_rate_holds_at_once(void **state)
{
	struct token_bucket bucket;

	(void)state;
	token_bucket_init(&bucket, 1000000, at(0));
	token_bucket_refill(&bucket, at(50 * MS));
	assert_int_equal(token_bucket_available(&bucket), 500);
	token_bucket_set_rate(&bucket, 10000, at(50 * MS));
	assert_int_equal(token_bucket_available(&bucket), 5);
}

static void without_a_limit_all_may_leave(void **state)
{
	struct token_bucket bucket;

	(void)state;
	token_bucket_init(&bucket, 0, at(5));
	token_bucket_take(&bucket, 1e9);
	assert_true(token_bucket_may(&bucket));
	assert_true(token_bucket_available(&bucket) > 1000000);
	assert_int_equal(token_bucket_next(&bucket).ns, 5);
}

int main(void)
{
	static const struct CMUnitTest TESTS[] = {
		cmocka_unit_test(any_span_is_within_the_limit),
		cmocka_unit_test(the_long_run_reaches_the_rate),
		cmocka_unit_test(what_was_taken_in_advance_is_waited_for),
		cmocka_unit_test(a_lower_rate_holds_at_once),
		cmocka_unit_test(without_a_limit_all_may_leave),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(TESTS, NULL, NULL);
}
