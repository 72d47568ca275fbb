/* SPDX-License-Identifier: ISC */
/* Prefixes that answer as one machine are told from hosters, and ordinary ones are left alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "classify/prefix.h"

/* accepting mute hosts, then speaking ones of which alike are equal and the others all different. */
static enum prefix_verdict judge(unsigned accepting, unsigned speaking, unsigned alike)
{
	struct prefix_host host = {.address = {IP_FAMILY_4, {198, 51, 100, 1}}};
	struct prefix_tally tally;
	uint64_t most;
	enum prefix_verdict verdict;

	prefix_begin(&tally, host.address);
	host.accepts_all = true;
	for (unsigned i = 0; i < accepting; i++)
		prefix_add(&tally, &host);
	host.speaks = true;
	host.accepts_all = false;
	for (unsigned i = 0; i < speaking; i++) {
		host.likeness = i < alike ? 77 : 1000 + i;
		prefix_add(&tally, &host);
	}
	verdict = prefix_judge(&tally, &most);
	assert_int_equal(most, alike > 0 ? alike : speaking > 0 ? 1 : 0);
	return verdict;
}

static void more_than_half_that_accept_and_are_mute_are_one_machine(void **state)
{
	(void)state;
	assert_int_equal(judge(256, 0, 0), PREFIX_ACCEPTS_EVERYTHING);
	assert_int_equal(judge(129, 1, 1), PREFIX_ACCEPTS_EVERYTHING);
	assert_int_equal(judge(128, 0, 0), PREFIX_ORDINARY);
	assert_int_equal(judge(200, 2, 1), PREFIX_ORDINARY); /* 1 % speak */
	assert_int_equal(judge(0, 0, 0), PREFIX_ORDINARY);
}

static void nearly_all_alike_are_uniform(void **state)
{
	(void)state;
	assert_int_equal(judge(0, 256, 256), PREFIX_UNIFORM);
	assert_int_equal(judge(0, 205, 200), PREFIX_UNIFORM);
	assert_int_equal(judge(0, 199, 199), PREFIX_ORDINARY); /* a hoster's smaller block */
	assert_int_equal(judge(0, 256, 220), PREFIX_ORDINARY); /* thirty others among them */
	assert_int_equal(judge(0, 256, 1), PREFIX_ORDINARY);   /* each with its own name in the greeting */
}

static void prefixes_are_24_and_64_bits(void **state)
{
	struct ip_address four = {IP_FAMILY_4, {198, 51, 100, 77}}, six = {IP_FAMILY_6, {0x20, 1, 0xd, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8}};

	(void)state;
	four = prefix_of(four);
	assert_int_equal(four.bytes[2], 100);
	assert_int_equal(four.bytes[3], 0);
	six = prefix_of(six);
	assert_int_equal(six.bytes[7], 4);
	assert_int_equal(six.bytes[8], 0);
	assert_string_equal(prefix_verdict_name(PREFIX_UNIFORM), "uniform-prefix");
}

/* A /64 has no end: what is kept of it has. */
static void a_crowd_of_likenesses_stays_bounded(void **state)
{
	struct prefix_host host = {.address = {IP_FAMILY_6, {0x20, 1, 0xd, 0xb8}}, .speaks = true};
	struct prefix_tally tally;

	(void)state;
	prefix_begin(&tally, host.address);
	for (uint64_t i = 0; i < 100000; i++) {
		host.likeness = i;
		prefix_add(&tally, &host);
	}
	assert_int_equal(tally.speaking, 100000);
	assert_int_equal(tally.likeness_count, PREFIX_ADDRESSES);
	assert_int_equal(prefix_judge(&tally, NULL), PREFIX_ORDINARY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(more_than_half_that_accept_and_are_mute_are_one_machine),
		cmocka_unit_test(nearly_all_alike_are_uniform),
		cmocka_unit_test(prefixes_are_24_and_64_bits),
		cmocka_unit_test(a_crowd_of_likenesses_stays_bounded),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
