/* SPDX-License-Identifier: ISC */
/* SipHash-2-4 gives what its authors published; the cookie is made of it and of both ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "packet/syn_cookie.h"

/* The key of the published vectors: bytes 00 01 .. 0f. */
static const struct syn_key KEY = {{UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)}};

/* Of the messages "", 00, 00 01, ..., 00 .. 3e. The one of 15 bytes is worked through in the paper's appendix A. */
static const uint64_t PUBLISHED[64] = {
	UINT64_C(0x726fdb47dd0e0e31), UINT64_C(0x74f839c593dc67fd), UINT64_C(0x0d6c8009d9a94f5a), UINT64_C(0x85676696d7fb7e2d),
	UINT64_C(0xcf2794e0277187b7), UINT64_C(0x18765564cd99a68d), UINT64_C(0xcbc9466e58fee3ce), UINT64_C(0xab0200f58b01d137),
	UINT64_C(0x93f5f5799a932462), UINT64_C(0x9e0082df0ba9e4b0), UINT64_C(0x7a5dbbc594ddb9f3), UINT64_C(0xf4b32f46226bada7),
	UINT64_C(0x751e8fbc860ee5fb), UINT64_C(0x14ea5627c0843d90), UINT64_C(0xf723ca908e7af2ee), UINT64_C(0xa129ca6149be45e5),
	UINT64_C(0x3f2acc7f57c29bdb), UINT64_C(0x699ae9f52cbe4794), UINT64_C(0x4bc1b3f0968dd39c), UINT64_C(0xbb6dc91da77961bd),
	UINT64_C(0xbed65cf21aa2ee98), UINT64_C(0xd0f2cbb02e3b67c7), UINT64_C(0x93536795e3a33e88), UINT64_C(0xa80c038ccd5ccec8),
	UINT64_C(0xb8ad50c6f649af94), UINT64_C(0xbce192de8a85b8ea), UINT64_C(0x17d835b85bbb15f3), UINT64_C(0x2f2e6163076bcfad),
	UINT64_C(0xde4daaaca71dc9a5), UINT64_C(0xa6a2506687956571), UINT64_C(0xad87a3535c49ef28), UINT64_C(0x32d892fad841c342),
	UINT64_C(0x7127512f72f27cce), UINT64_C(0xa7f32346f95978e3), UINT64_C(0x12e0b01abb051238), UINT64_C(0x15e034d40fa197ae),
	UINT64_C(0x314dffbe0815a3b4), UINT64_C(0x027990f029623981), UINT64_C(0xcadcd4e59ef40c4d), UINT64_C(0x9abfd8766a33735c),
	UINT64_C(0x0e3ea96b5304a7d0), UINT64_C(0xad0c42d6fc585992), UINT64_C(0x187306c89bc215a9), UINT64_C(0xd4a60abcf3792b95),
	UINT64_C(0xf935451de4f21df2), UINT64_C(0xa9538f0419755787), UINT64_C(0xdb9acddff56ca510), UINT64_C(0xd06c98cd5c0975eb),
	UINT64_C(0xe612a3cb9ecba951), UINT64_C(0xc766e62cfcadaf96), UINT64_C(0xee64435a9752fe72), UINT64_C(0xa192d576b245165a),
	UINT64_C(0x0a8787bf8ecb74b2), UINT64_C(0x81b3e73d20b49b6f), UINT64_C(0x7fa8220ba3b2ecea), UINT64_C(0x245731c13ca42499),
	UINT64_C(0xb78dbfaf3a8d83bd), UINT64_C(0xea1ad565322a1a0b), UINT64_C(0x60e61c23a3795013), UINT64_C(0x6606d7e446282b93),
	UINT64_C(0x6ca4ecb15c5f91e1), UINT64_C(0x9f626da15c9625f3), UINT64_C(0xe51b38608ef25f57), UINT64_C(0x958a324ceb064572),
};

static void published_vectors_are_met(void **state)
{
	unsigned char message[64];

	(void)state;
	for (size_t i = 0; i < sizeof(message); i++)
		message[i] = (unsigned char)i;
	assert_true(sip_hash(&KEY, message, 15) == UINT64_C(0xa129ca6149be45e5));
	for (size_t size = 0; size < ARRAY_LENGTH(PUBLISHED); size++)
		assert_true(sip_hash(&KEY, message, size) == PUBLISHED[size]);
}

static struct ip_address address(const char *text)
{
	struct ip_address address = {0};

	assert_true(ip_address_parse(span_from_text(text), &address));
	return address;
}

static void cookie_is_the_hash_of_both_ends(void **state)
{
	static const char *const pairs[][2] = {{"198.18.0.1", "240.1.2.3"}, {"2001:db8::1", "2001:db8:7::9"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(pairs); i++) {
		struct ip_address own = address(pairs[i][0]), host = address(pairs[i][1]);
		size_t size = ip_address_size(own);
		unsigned char message[36] = {0};

		memcpy(message, own.bytes, size);
		memcpy(message + size, host.bytes, size);
		memcpy(message + 2 * size, (unsigned char[]){0x34, 0x12, 143, 0}, 4);
		assert_true(syn_cookie(&KEY, &own, 0x1234, &host, 143) == (uint32_t)sip_hash(&KEY, message, 2 * size + 4));
	}
}

static void cookie_changes_with_each_part(void **state)
{
	struct ip_address own = address("198.18.0.1"), host = address("240.1.2.3"), next_own = address("198.18.0.2"),
			  next_host = address("240.1.2.4");
	struct syn_key other = KEY;
	uint32_t cookies[7];

	(void)state;
	other.halves[1] ^= 1;
	cookies[0] = syn_cookie(&KEY, &own, 40000, &host, 143);
	cookies[1] = syn_cookie(&KEY, &own, 40001, &host, 143);
	cookies[2] = syn_cookie(&KEY, &own, 40000, &host, 110);
	cookies[3] = syn_cookie(&KEY, &next_own, 40000, &host, 143);
	cookies[4] = syn_cookie(&KEY, &own, 40000, &next_host, 143);
	cookies[5] = syn_cookie(&KEY, &host, 40000, &own, 143);
	cookies[6] = syn_cookie(&other, &own, 40000, &host, 143);
	for (size_t i = 0; i < ARRAY_LENGTH(cookies); i++) {
		for (size_t j = 0; j < i; j++)
			assert_true(cookies[i] != cookies[j]);
	}
	assert_true(cookies[0] == syn_cookie(&KEY, &own, 40000, &host, 143));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_vectors_are_met),
		cmocka_unit_test(cookie_is_the_hash_of_both_ends),
		cmocka_unit_test(cookie_changes_with_each_part),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
