/* SPDX-License-Identifier: ISC */
/* Keys of every kind are named, measured and digested; those whose form gives them away are known; signatures name their hash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "base/attributes.h"
#include "certificate/certificate.h"
#include "certificate/made_certificate.h"

static EVP_PKEY *signer;

static int set_up_group(void **state)
{
	(void)state;
	signer = made_key("P-256");
	return 0;
}

static int tear_down_group(void **state)
{
	(void)state;
	EVP_PKEY_free(signer);
	return 0;
}

static struct certificate_facts facts_of(EVP_PKEY *key, EVP_PKEY *by, const EVP_MD *digest)
{
	X509 *certificate = made_certificate(&(struct recipe){.subject = "mail.example.org", .key = key, .signer = by, .digest = digest});
	struct span der = made_der(certificate);
	struct certificate_facts facts;

	certificate_read(der, &facts);
	assert_true(facts.is_readable);
	made_der_free(der);
	X509_free(certificate);
	return facts;
}

static void kinds_curves_and_hashes_are_named(void **state)
{
	static const struct {
		const char *key;
		const EVP_MD *(*digest)(void);
		const char *type, *curve, *signature_hash;
		unsigned bits;
	} CASES[] = {
		{"RSA:512", EVP_md5, "RSA", "", "MD5", 512},
		{"RSA:1024", EVP_sha1, "RSA", "", "SHA1", 1024},
		{"RSA:2048", EVP_sha512, "RSA", "", "SHA512", 2048},
		{"DSA", EVP_sha1, "DSA", "", "SHA1", 1024},
		{"P-224", EVP_sha224, "EC", "secp224r1", "SHA224", 224},
		{"P-256", EVP_sha256, "EC", "prime256v1", "SHA256", 256},
		{"brainpoolP384r1", EVP_sha384, "EC", "brainpoolP384r1", "SHA384", 384},
		{"RSA:1024", EVP_sha3_256, "RSA", "", "SHA3-256", 1024},
		{"ED25519", NULL, "ED25519", "", "", 256},
		{"ED448", NULL, "ED448", "", "", 456},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(CASES); i++) {
		EVP_PKEY *key = made_key(CASES[i].key);
		struct certificate_facts facts = facts_of(key, NULL, CASES[i].digest != NULL ? CASES[i].digest() : NULL);

		assert_string_equal(facts.key_type, CASES[i].type);
		assert_int_equal(facts.key_bits, CASES[i].bits);
		assert_string_equal(facts.curve, CASES[i].curve);
		assert_string_equal(facts.signature_hash, CASES[i].signature_hash);
		assert_int_equal(facts.is_known_weak_key, ANSWER_NO);
		assert_true(facts.is_self_signed);
		EVP_PKEY_free(key);
	}
}

static void the_hash_of_pss_stands_in_its_parameters(void **state)
{
	EVP_PKEY *key = made_key("RSA:2048");
	X509 *certificate = made_certificate(&(struct recipe){.subject = "mail.example.org", .key = key});
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *settings;
	struct certificate_facts facts;
	struct span der;

	(void)state;
	assert_int_equal(EVP_DigestSignInit(context, &settings, EVP_sha384(), NULL, key), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING), 1);
	assert_true(X509_sign_ctx(certificate, context) > 0);
	der = made_der(certificate);
	certificate_read(der, &facts);
	assert_string_equal(facts.signature_algorithm, "RSASSA-PSS");
	assert_string_equal(facts.signature_hash, "SHA384");
	made_der_free(der);
	EVP_MD_CTX_free(context);
	X509_free(certificate);
	EVP_PKEY_free(key);
}

static EVP_PKEY *rsa_key(const BIGNUM *modulus, const BIGNUM *exponent)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	OSSL_PARAM *parameters;
	EVP_PKEY *key = NULL;

	assert_int_equal(OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus), 1);
	assert_int_equal(OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent), 1);
	parameters = OSSL_PARAM_BLD_to_param(builder);
	assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
	assert_int_equal(EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters), 1);
	OSSL_PARAM_free(parameters);
	OSSL_PARAM_BLD_free(builder);
	EVP_PKEY_CTX_free(context);
	return key;
}

static struct certificate_facts facts_of_rsa(const char *modulus_decimal_or_hex, bool is_hex, const char *exponent)
{
	BIGNUM *modulus = NULL, *power = NULL;
	struct certificate_facts facts;
	EVP_PKEY *key;

	assert_true((is_hex ? BN_hex2bn(&modulus, modulus_decimal_or_hex) : BN_dec2bn(&modulus, modulus_decimal_or_hex)) > 0);
	assert_true(BN_dec2bn(&power, exponent) > 0);
	key = rsa_key(modulus, power);
	facts = facts_of(key, signer, NULL);
	EVP_PKEY_free(key);
	BN_free(modulus);
	BN_free(power);
	return facts;
}

static BIGNUM *roca_product(void)
{
	static const unsigned PRIMES[] = {2,  3,  5,  7,  11, 13,  17,  19,  23,  29,  31,  37,  41,  43,  47,  53,  59,  61,  67, 71,
	                                  73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};
	BIGNUM *product = BN_new();

	BN_one(product);
	for (size_t i = 0; i < ARRAY_LENGTH(PRIMES); i++)
		BN_mul_word(product, PRIMES[i]);
	return product;
}

/* k * M + (65537^a mod M), M the product of the first primes: how the affected chips made their primes (whether it is prime matters to nobody here). */
static BIGNUM *roca_factor(const BIGNUM *product, int bits, unsigned exponent, BN_CTX *context)
{
	BIGNUM *power = BN_new(), *generator = BN_new(), *factor = BN_new();

	BN_set_word(generator, 65537);
	BN_set_word(power, exponent);
	BN_mod_exp(power, generator, power, product, context);
	BN_rand(factor, bits - BN_num_bits(product), BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY);
	BN_mul(factor, factor, product, context);
	BN_add(factor, factor, power);
	BN_free(power);
	BN_free(generator);
	return factor;
}

static enum answer is_weak(const BIGNUM *modulus)
{
	char *text = BN_bn2hex(modulus);
	enum answer answer = facts_of_rsa(text, true, "65537").is_known_weak_key;

	OPENSSL_free(text);
	return answer;
}

static void the_form_of_cve_2017_15361_is_known(void **state)
{
	BN_CTX *context = BN_CTX_new();
	BIGNUM *product = roca_product(), *modulus = BN_new();

	(void)state;
	for (unsigned i = 1; i <= 8; i++) {
		BIGNUM *first = roca_factor(product, 512, 1000003 * i, context),
		       *second = roca_factor(product, 512, 77777 * i + 1, context);

		BN_mul(modulus, first, second, context);
		assert_int_equal(is_weak(modulus), ANSWER_YES);
		BN_free(first);
		BN_free(second);
	}
	BN_free(modulus);
	BN_free(product);
	BN_CTX_free(context);
}

static bool has_factor_below_1000(const BIGNUM *number)
{
	for (unsigned factor = 2; factor < 1000; factor++) {
		if (BN_mod_word(number, factor) == 0)
			return true;
	}
	return false;
}

/* Another residue modulo 151: a third of them are still powers of 65537, but with other exponents than modulo the other primes. */
static void all_residues_have_to_agree_on_the_exponent(void **state)
{
	BN_CTX *context = BN_CTX_new();
	BIGNUM *product = roca_product(), *step = BN_dup(product), *modulus = roca_factor(product, 1024, 4711, context);
	unsigned weak = 0;

	(void)state;
	assert_int_equal(BN_div_word(step, 151), 0);
	assert_int_equal(is_weak(modulus), ANSWER_YES);
	for (int i = 0; i < 150; i++) {
		BN_add(modulus, modulus, step);
		weak += !has_factor_below_1000(modulus) && is_weak(modulus) == ANSWER_YES;
	}
	assert_int_equal(weak, 0);
	BN_free(modulus);
	BN_free(product);
	BN_free(step);
	BN_CTX_free(context);
}

static void exponents_and_factors_that_protect_nothing_are_known(void **state)
{
	/* 2^521 - 1 is prime, so every answer but the first comes from what stands beside it. */
	static const char PRIME[] =
		"6864797660130609714981900799081393217269435300143305409394463459185543183397656052122559640661454554977296311391480858037"
		"121987999716643812574028291115057151";
	char twelve_hundred_bits[301];
	BIGNUM *modulus = NULL, *product = BN_new(), *factor = BN_new();
	BN_CTX *context = BN_CTX_new();
	char *text;

	(void)state;
	assert_int_equal(facts_of_rsa(PRIME, false, "65537").is_known_weak_key, ANSWER_NO);
	assert_int_equal(facts_of_rsa(PRIME, false, "3").is_known_weak_key, ANSWER_NO);
	assert_int_equal(facts_of_rsa(PRIME, false, "1").is_known_weak_key, ANSWER_YES);
	assert_int_equal(facts_of_rsa(PRIME, false, "65536").is_known_weak_key, ANSWER_YES);
	memset(twelve_hundred_bits, '5', 300);
	twelve_hundred_bits[300] = '\0';
	assert_int_equal(facts_of_rsa(twelve_hundred_bits, true, "65537").is_known_weak_key, ANSWER_YES); /* a multiple of 5 */
	assert_int_equal(facts_of_rsa(PRIME, false, PRIME).is_known_weak_key, ANSWER_NO);                 /* a huge exponent is only slow */
	BN_dec2bn(&modulus, PRIME);
	for (unsigned small = 2; small < 1013; small += small == 2 ? 995 : 12) { /* 2, 997, 1009 */
		BN_set_word(factor, small);
		BN_mul(product, modulus, factor, context);
		text = BN_bn2hex(product);
		assert_int_equal(facts_of_rsa(text, true, "65537").is_known_weak_key, small < 1000 ? ANSWER_YES : ANSWER_NO);
		OPENSSL_free(text);
	}
	BN_free(modulus);
	BN_free(product);
	BN_free(factor);
	BN_CTX_free(context);
}

static void the_digest_of_the_key_is_that_of_its_der(void **state)
{
	EVP_PKEY *key = made_key("P-256");
	struct certificate_facts first = facts_of(key, NULL, EVP_sha256()), second = facts_of(key, signer, EVP_sha384());
	unsigned char *der = NULL;
	int size = i2d_PUBKEY(key, &der);
	uint8_t expected[CERTIFICATE_FINGERPRINT_SIZE];

	(void)state;
	certificate_fingerprint(span_make(der, (size_t)size), expected);
	assert_memory_equal(first.spki_sha256, expected, sizeof(expected));
	assert_memory_equal(second.spki_sha256, expected, sizeof(expected)); /* one key, two certificates */
	assert_true(memcmp(first.sha256, second.sha256, sizeof(first.sha256)) != 0);
	OPENSSL_free(der);
	EVP_PKEY_free(key);
}

/* The certificate holds a point that is on no curve: it is read but for its key. */
static void a_key_that_cannot_be_read_leaves_the_rest(void **state)
{
	EVP_PKEY *key = made_key("P-256");
	X509 *certificate = made_certificate(&(struct recipe){.subject = "mail.example.org", .key = key});
	struct span der = made_der(certificate);
	unsigned char *public_key = NULL, *found, copy[2048];
	size_t size = EVP_PKEY_get1_encoded_public_key(key, &public_key);
	struct certificate_facts facts;

	(void)state;
	assert_true(der.size <= sizeof(copy));
	memcpy(copy, der.data, der.size);
	found = memmem(copy, der.size, public_key, size);
	assert_non_null(found);
	memset(found + 1, 0xff, size - 1);
	certificate_read(span_make(copy, der.size), &facts);
	assert_true(facts.is_readable);
	assert_string_equal(facts.common_name, "mail.example.org");
	assert_string_equal(facts.key_type, "id-ecPublicKey");
	assert_int_equal(facts.key_bits, 0);
	assert_string_equal(facts.curve, "");
	assert_int_equal(facts.is_known_weak_key, ANSWER_UNKNOWN);
	assert_false(facts.is_self_signed);
	OPENSSL_free(public_key);
	made_der_free(der);
	X509_free(certificate);
	EVP_PKEY_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_curves_and_hashes_are_named),
		cmocka_unit_test(the_hash_of_pss_stands_in_its_parameters),
		cmocka_unit_test(the_form_of_cve_2017_15361_is_known),
		cmocka_unit_test(all_residues_have_to_agree_on_the_exponent),
		cmocka_unit_test(exponents_and_factors_that_protect_nothing_are_known),
		cmocka_unit_test(the_digest_of_the_key_is_that_of_its_der),
		cmocka_unit_test(a_key_that_cannot_be_read_leaves_the_rest),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}
