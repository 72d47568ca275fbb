/* SPDX-License-Identifier: ISC */
/* Each member is in once, nothing else is, in sparse and in full prefixes of both families. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "discover/address_set.h"

static const struct syn_key KEY = {{1, 2}};

static struct ip_address address_4(uint32_t number)
{
	return (struct ip_address){.family = IP_FAMILY_4,
	                           .bytes = {(uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number}};
}

static struct ip_address address_6(uint32_t number)
{
	return (struct ip_address){.family = IP_FAMILY_6,
	                           .bytes = {0x20, 0x01, 0x0d, 0xb8, [12] = (uint8_t)(number >> 24), [13] = (uint8_t)(number >> 16),
	                                     [14] = (uint8_t)(number >> 8), [15] = (uint8_t)number}};
}

/* Every step-th number of the first limit ones, in an order that is not theirs. */
static void check(struct ip_address (*address)(uint32_t), uint32_t limit, uint32_t step)
{
	struct address_set *set = address_set_new(&KEY);
	uint64_t count = 0;

	assert_false(address_set_has(set, address(0)));
	for (uint32_t i = 0; i < limit; i++) {
		uint32_t number = (uint32_t)((uint64_t)i * 7919 % limit); /* limit is no multiple of 7919 */

		if (number % step != 0)
			continue;
		assert_true(address_set_add(set, address(number)));
		assert_false(address_set_add(set, address(number)));
		assert_int_equal(address_set_count(set), ++count);
	}
	for (uint32_t number = 0; number < limit; number++)
		assert_int_equal(address_set_has(set, address(number)), number % step == 0);
	assert_false(address_set_has(set, address(limit)));
	address_set_free(set);
}

static void ipv4_is_exact_from_sparse_to_full(void **state)
{
	(void)state;
	check(address_4, 300000, 1);
	check(address_4, 300000, 2);
	check(address_4, 300000, 16);
	check(address_4, 300000, 17);
	check(address_4, 300000, 1000);
}

static void ipv6_is_exact(void **state)
{
	(void)state;
	check(address_6, 50000, 1);
	check(address_6, 50000, 7);
}

static void families_and_the_ends_of_both_are_told_apart(void **state)
{
	struct address_set *set = address_set_new(&KEY);
	struct ip_address none = {.family = IP_FAMILY_6}, zero = {.family = IP_FAMILY_4}, last = address_4(UINT32_MAX);

	(void)state;
	assert_true(address_set_add(set, zero));
	assert_false(address_set_has(set, none));
	assert_true(address_set_add(set, none));
	assert_false(address_set_add(set, none));
	assert_true(address_set_add(set, last));
	assert_true(address_set_has(set, zero) && address_set_has(set, none) && address_set_has(set, last));
	assert_int_equal(address_set_count(set), 3);
	address_set_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipv4_is_exact_from_sparse_to_full),
		cmocka_unit_test(ipv6_is_exact),
		cmocka_unit_test(families_and_the_ends_of_both_are_told_apart),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
