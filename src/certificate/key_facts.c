/* SPDX-License-Identifier: ISC */
/* The public key of a certificate: kind, size, curve, digest, and whether its form alone gives it away. */
#include "certificate/parsed.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "base/attributes.h"
#include "certificate/certificate.h"

/* The primes of the fingerprint that was published with CVE-2017-15361. */
static const unsigned ROCA_PRIMES[] = {3,  5,  7,  11, 13, 17,  19,  23,  29,  31,  37,  41,  43,  47,  53,  59,  61,  67,  71,
                                       73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};
enum {
	ROCA_GENERATOR = 65537,
	SMALL_FACTORS_BELOW = 1000, /* no generator of keys that works makes such a factor */
};

/* The discrete logarithm of residue to the base 65537 modulo prime, and the order of that base; false when there is none. */
static bool find_logarithm(unsigned residue, unsigned prime, unsigned *logarithm_out, unsigned *order_out)
{
	unsigned generator = ROCA_GENERATOR % prime, power = 1;
	bool is_found = false;

	*order_out = 0;
	do {
		if (power == residue) {
			*logarithm_out = *order_out;
			is_found = true;
		}
		power = power * generator % prime;
		(*order_out)++;
	} while (power != 1);
	return is_found;
}

static unsigned greatest_common_divisor(unsigned a, unsigned b)
{
	while (b != 0) {
		unsigned rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* Is the modulus a power of 65537 modulo the product of these primes? By the Chinese remainder theorem it is, when it is one modulo each and the
   exponents agree wherever the orders share a factor. By chance that happens to less than one key in 2^100. */
static bool has_roca_form(const BIGNUM *modulus)
{
	unsigned logarithms[ARRAY_LENGTH(ROCA_PRIMES)], orders[ARRAY_LENGTH(ROCA_PRIMES)];

	for (size_t i = 0; i < ARRAY_LENGTH(ROCA_PRIMES); i++) {
		unsigned residue = (unsigned)BN_mod_word(modulus, ROCA_PRIMES[i]);

		if (!find_logarithm(residue, ROCA_PRIMES[i], &logarithms[i], &orders[i]))
			return false;
		for (size_t j = 0; j < i; j++) {
			unsigned common = greatest_common_divisor(orders[i], orders[j]);

			if (logarithms[i] % common != logarithms[j] % common)
				return false;
		}
	}
	return true;
}

/* Several numbers are multiplied into one word first: a large modulus is read once for all of them. Composite ones do no harm. */
static bool has_small_factor(const BIGNUM *modulus)
{
	if (!BN_is_odd(modulus))
		return true;
	for (unsigned number = 3; number < SMALL_FACTORS_BELOW;) {
		BN_ULONG product = 1, rest;
		unsigned first = number;

		for (; number < SMALL_FACTORS_BELOW && product < UINT32_MAX / SMALL_FACTORS_BELOW; number += 2)
			product *= number;
		rest = BN_mod_word(modulus, product);
		for (unsigned factor = first; factor < number; factor += 2) {
			if (rest % factor == 0)
				return true;
		}
	}
	return false;
}

static enum answer is_weak_rsa(const EVP_PKEY *key)
{
	BIGNUM *modulus = NULL, *exponent = NULL;
	enum answer answer = ANSWER_UNKNOWN;

	if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &modulus) == 1 &&
	    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1)
		answer = BN_is_one(exponent) || !BN_is_odd(exponent) || has_small_factor(modulus) || has_roca_form(modulus) ? ANSWER_YES
		                                                                                                            : ANSWER_NO;
	BN_free(modulus);
	BN_free(exponent);
	return answer;
}

static bool is_rsa(const EVP_PKEY *key)
{
	return EVP_PKEY_is_a(key, "RSA") == 1 || EVP_PKEY_is_a(key, "RSA-PSS") == 1;
}

unsigned key_rsa_bits(const X509 *certificate)
{
	const EVP_PKEY *key = X509_get0_pubkey(certificate);
	int bits = key != NULL && is_rsa(key) ? EVP_PKEY_get_bits(key) : 0;

	return bits > 0 ? (unsigned)bits : 0;
}

static void read_spki(const X509 *certificate, uint8_t sha256_out[CERTIFICATE_FINGERPRINT_SIZE])
{
	unsigned char *der = NULL;
	int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);

	if (size > 0)
		certificate_fingerprint(span_make(der, (size_t)size), sha256_out);
	OPENSSL_free(der);
}

void key_read(const X509 *certificate, struct certificate_facts *facts)
{
	EVP_PKEY *key = X509_get0_pubkey(certificate);
	const char *type = key != NULL ? EVP_PKEY_get0_type_name(key) : NULL;
	ASN1_OBJECT *algorithm = NULL;
	int bits = key != NULL ? EVP_PKEY_get_bits(key) : 0;
	char curve[sizeof(facts->curve)] = "";

	read_spki(certificate, facts->spki_sha256);
	facts->key_bits = bits > 0 ? (unsigned)bits : 0;
	if (type != NULL)
		text_copy(span_from_text(type), facts->key_type, sizeof(facts->key_type));
	else if (X509_PUBKEY_get0_param(&algorithm, NULL, NULL, NULL, X509_get_X509_PUBKEY(certificate)) == 1)
		object_read(algorithm, facts->key_type, sizeof(facts->key_type));
	if (key == NULL)
		return;
	if (EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_group_name(key, curve, sizeof(curve), NULL) == 1)
		text_copy(span_from_text(curve), facts->curve, sizeof(facts->curve));
	facts->is_known_weak_key = is_rsa(key) ? is_weak_rsa(key) : ANSWER_NO;
}
