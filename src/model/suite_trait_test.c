/* SPDX-License-Identifier: ISC */
/* Suites have the traits that their names say, and the tables are in the order that their look-ups need. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/suite_trait.h"
#include "model/tls_group.h"

static void traits_follow_from_the_name(void **state)
{
	(void)state;
	assert_int_equal(suite_traits(0xc02f), SUITE_AEAD | SUITE_FORWARD_SECRECY);
	assert_int_equal(suite_traits(0x009e), SUITE_AEAD | SUITE_FORWARD_SECRECY | SUITE_DHE);
	assert_int_equal(suite_traits(0x002f), SUITE_CBC | SUITE_STATIC_KEY_EXCHANGE);
	assert_int_equal(suite_traits(0xc013), SUITE_CBC | SUITE_FORWARD_SECRECY);
	assert_int_equal(suite_traits(0x000a), SUITE_3DES | SUITE_STATIC_KEY_EXCHANGE);
	assert_int_equal(suite_traits(0x0009), SUITE_DES | SUITE_STATIC_KEY_EXCHANGE);
	assert_int_equal(suite_traits(0x0005), SUITE_RC4 | SUITE_STATIC_KEY_EXCHANGE);
	assert_int_equal(suite_traits(0x0003), SUITE_EXPORT | SUITE_STATIC_KEY_EXCHANGE);
	assert_int_equal(suite_traits(0x0001), SUITE_NULL | SUITE_STATIC_KEY_EXCHANGE);
	assert_int_equal(suite_traits(0x0018), SUITE_ANONYMOUS | SUITE_DHE);
	assert_int_equal(suite_traits(0xc018), SUITE_ANONYMOUS);
	assert_int_equal(suite_traits(0x1301), SUITE_TLS_1_3 | SUITE_AEAD | SUITE_FORWARD_SECRECY);
	assert_int_equal(suite_traits(0xfefe), 0);
	assert_null(suite_name(0x00ff));
}

/* Each suite has one trait of its cipher, and a number that is found again. */
static void every_suite_of_the_registry_is_one_of_a_kind(void **state)
{
	uint32_t ciphers = SUITE_AEAD | SUITE_CBC | SUITE_3DES | SUITE_RC4 | SUITE_DES | SUITE_EXPORT | SUITE_NULL | SUITE_ANONYMOUS;
	unsigned known = 0;

	(void)state;
	for (unsigned suite = 0; suite <= UINT16_MAX; suite++) {
		uint32_t of_cipher = suite_traits((uint16_t)suite) & ciphers;

		if (suite_name((uint16_t)suite) == NULL)
			continue;
		known++;
		assert_int_not_equal(of_cipher, 0);
		assert_int_equal(of_cipher & (of_cipher - 1), 0);
	}
	assert_true(known > 140);
}

static void weaker_suites_rank_lower(void **state)
{
	static const uint16_t ASCENDING[] = {0x0001, 0x0018, 0x0003, 0x0009, 0x0005, 0x000a, 0x002f,
	                                     0xc013, 0x009c, 0xc02f, 0xc030, 0x1301, 0x1302};

	(void)state;
	for (size_t i = 1; i < sizeof(ASCENDING) / sizeof(ASCENDING[0]); i++)
		assert_true(suite_strength(ASCENDING[i - 1]) < suite_strength(ASCENDING[i]));
}

static void groups_have_bits_and_names(void **state)
{
	(void)state;
	for (unsigned bit = 0; tls_group_at(bit) != 0; bit++) {
		assert_int_equal(tls_group_bit(tls_group_at(bit)), bit);
		assert_non_null(tls_group_name(tls_group_at(bit)));
	}
	assert_int_equal(tls_group_at(0), 0x11ec);
	assert_true(tls_group_is_post_quantum(0x11ec) && tls_group_is_post_quantum(0x0202) && !tls_group_is_post_quantum(0x6399));
	assert_true(tls_group_is_post_quantum_draft(0x6399) && !tls_group_is_post_quantum_draft(0x001d));
	assert_int_equal(tls_groups_post_quantum(), 0xff);
	assert_int_equal(tls_groups_all() & tls_groups_post_quantum(), tls_groups_post_quantum());
	assert_int_equal(tls_group_bits(0x0017), 256);
	assert_int_equal(tls_group_bit(0x9999), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(traits_follow_from_the_name),
		cmocka_unit_test(every_suite_of_the_registry_is_one_of_a_kind),
		cmocka_unit_test(weaker_suites_rank_lower),
		cmocka_unit_test(groups_have_bits_and_names),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
