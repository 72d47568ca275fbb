/* SPDX-License-Identifier: ISC */
/* What a cipher suite is made of, as far as it matters to a login: the traits that the ladder asks for one after the other, and what each suite has of them. */
#ifndef MODEL_SUITE_TRAIT_H
#define MODEL_SUITE_TRAIT_H

#include <stdint.h>

/* Bits; the numbers are stored. A suite has several: TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA has CBC and FORWARD_SECRECY. */
enum suite_trait {
	SUITE_AEAD = 1 << 0,
	SUITE_CBC = 1 << 1, /* of a cipher that is otherwise good: AES, Camellia, ARIA, SEED, IDEA */
	SUITE_FORWARD_SECRECY = 1 << 2,
	SUITE_STATIC_KEY_EXCHANGE = 1 << 3, /* RSA, or static (EC)DH: no forward secrecy */
	SUITE_3DES = 1 << 4,
	SUITE_RC4 = 1 << 5,
	SUITE_DES = 1 << 6,
	SUITE_EXPORT = 1 << 7,
	SUITE_NULL = 1 << 8, /* no encryption */
	SUITE_ANONYMOUS = 1 << 9,
	SUITE_DHE = 1 << 10, /* finite-field, ephemeral */
	SUITE_TLS_1_3 = 1 << 11,
};
enum { SUITE_TRAIT_COUNT = 12, SUITE_TRAITS_ALL = (1 << SUITE_TRAIT_COUNT) - 1 };

/* Behind the traits that TLS_HELLO_TRAITS offers: the minor version of its hello plus one, for servers that do not bear a newer one (rule T-22); 0: TLS 1.2. */
enum { SUITE_OFFER_VERSION_SHIFT = 24 };

/* Traits of a suite by its number in the IANA registry of TLS cipher suites; 0: not in our table. */
uint32_t suite_traits(uint16_t suite);
/* "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", or NULL when it is not in our table. */
const char *suite_name(uint16_t suite);
/* "aead", "cbc", "forward-secrecy", ... of one bit, or NULL. */
const char *suite_trait_name(uint32_t bit);
/* 0 (nothing protects) to 100; only for comparing: which of two suites is the weaker one. */
unsigned suite_strength(uint16_t suite);

#endif
