/* SPDX-License-Identifier: ISC */
/* Good signatures of every era verify, those of another key or over other bytes do not, and what cannot be checked says nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "certificate/certificate.h"

static struct span certificate_signed_by(EVP_PKEY *key, EVP_PKEY *signer, unsigned char **der_out)
{
	X509 *certificate = X509_new();
	X509_NAME *name = X509_NAME_new();
	int size;

	assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"mail.example.org", -1, -1, 0), 1);
	assert_int_equal(X509_set_subject_name(certificate, name), 1);
	assert_int_equal(X509_set_issuer_name(certificate, name), 1);
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(certificate), 0));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(certificate), 3600));
	assert_int_equal(X509_set_pubkey(certificate, key), 1);
	assert_true(X509_sign(certificate, signer, EVP_PKEY_get_base_id(signer) == EVP_PKEY_ED25519 ? NULL : EVP_sha256()) > 0);
	*der_out = NULL;
	size = i2d_X509(certificate, der_out);
	assert_true(size > 0);
	X509_NAME_free(name);
	X509_free(certificate);
	return span_make(*der_out, (size_t)size);
}

static struct span certificate_for(EVP_PKEY *key, unsigned char **der_out)
{
	return certificate_signed_by(key, key, der_out);
}

static size_t sign(EVP_PKEY *key, const EVP_MD *digest, bool is_pss, struct span bytes, unsigned char *signature, size_t room)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *settings;
	size_t size = room;

	assert_int_equal(EVP_DigestSignInit(context, &settings, digest, NULL, key), 1);
	if (is_pss) {
		assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING), 1);
		assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST), 1);
	}
	assert_int_equal(EVP_DigestSign(context, signature, &size, bytes.data, bytes.size), 1);
	EVP_MD_CTX_free(context);
	return size;
}

static void check(EVP_PKEY *key, uint16_t scheme, const EVP_MD *digest, bool is_pss)
{
	struct span parts[] = {span_from_text("client random"), span_from_text("server random"), span_from_text("parameters")};
	unsigned char signature[1024], *der;
	struct span certificate = certificate_for(key, &der);
	size_t size = sign(key, digest, is_pss, span_from_text("client randomserver randomparameters"), signature, sizeof(signature));

	assert_int_equal(certificate_verify_signature(certificate, scheme, parts, 3, span_make(signature, size)), SIGNATURE_GOOD);
	parts[0] = span_from_text("client Random");
	assert_int_equal(certificate_verify_signature(certificate, scheme, parts, 3, span_make(signature, size)), SIGNATURE_BAD);
	OPENSSL_free(der);
}

static void signatures_of_every_era_verify(void **state)
{
	EVP_PKEY *rsa = EVP_RSA_gen(1024), *ec = EVP_EC_gen("P-256"), *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

	(void)state;
	check(rsa, 0, EVP_md5_sha1(), false); /* SSL 3.0 to TLS 1.1 */
	check(rsa, 0x0401, EVP_sha256(), false);
	check(rsa, 0x0201, EVP_sha1(), false);
	check(rsa, 0x0804, EVP_sha256(), true);
	check(ec, 0, EVP_sha1(), false);
	check(ec, 0x0403, EVP_sha256(), false);
	check(ec, 0x0603, EVP_sha512(), false);
	check(ed, 0x0807, NULL, false);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(ec);
	EVP_PKEY_free(ed);
}

static void a_signature_of_another_key_is_bad(void **state)
{
	EVP_PKEY *shown = EVP_RSA_gen(1024), *used = EVP_RSA_gen(1024);
	struct span part = span_from_text("what is signed");
	unsigned char signature[1024], *der;
	struct span certificate = certificate_for(shown, &der);
	size_t size = sign(used, EVP_sha256(), false, part, signature, sizeof(signature));

	(void)state;
	assert_int_equal(certificate_verify_signature(certificate, 0x0401, &part, 1, span_make(signature, size)), SIGNATURE_BAD);
	assert_int_equal(certificate_verify_signature(certificate, 0x0401, &part, 1, span_make(NULL, 0)), SIGNATURE_BAD);
	OPENSSL_free(der);
	EVP_PKEY_free(shown);
	EVP_PKEY_free(used);
}

static void what_cannot_be_checked_says_nothing(void **state)
{
	EVP_PKEY *key = EVP_RSA_gen(1024);
	struct span part = span_from_text("what is signed");
	unsigned char *der;
	struct span certificate = certificate_for(key, &der);

	(void)state;
	assert_int_equal(certificate_verify_signature(certificate, 0x0403, &part, 1, part),
	                 SIGNATURE_UNCHECKED); /* a scheme for another kind of key */
	assert_int_equal(certificate_verify_signature(certificate, 0xfefe, &part, 1, part), SIGNATURE_UNCHECKED);
	assert_int_equal(certificate_verify_signature(span_from_text("no certificate"), 0x0401, &part, 1, part), SIGNATURE_UNCHECKED);
	assert_int_equal(certificate_verify_signature(span_make(NULL, 0), 0x0401, &part, 1, part), SIGNATURE_UNCHECKED);
	OPENSSL_free(der);
	EVP_PKEY_free(key);
}

/* What OpenSSL gives up on for its size is not a fault of the signature. */
static EVP_PKEY *oversized_key(void)
{
	unsigned char modulus[CERTIFICATE_VERIFIED_KEY_BITS_MAX / 8 + 8];
	unsigned exponent = 65537;
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *key = NULL;
	OSSL_PARAM parameters[3];

	memset(modulus, 0xa5, sizeof(modulus));
	parameters[0] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, modulus, sizeof(modulus));
	parameters[1] = OSSL_PARAM_construct_uint(OSSL_PKEY_PARAM_RSA_E, &exponent);
	parameters[2] = OSSL_PARAM_construct_end();
	assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
	assert_int_equal(EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters), 1);
	EVP_PKEY_CTX_free(context);
	return key;
}

static void a_key_too_large_to_verify_with_says_nothing(void **state)
{
	EVP_PKEY *key = oversized_key(), *signer = EVP_RSA_gen(1024);
	unsigned char signature[CERTIFICATE_VERIFIED_KEY_BITS_MAX / 8 + 8] = {1}, *der;
	struct span part = span_from_text("what is signed");
	struct span certificate = certificate_signed_by(key, signer, &der);

	(void)state;
	assert_int_equal(certificate_verify_signature(certificate, 0x0401, &part, 1, span_make(signature, sizeof(signature))),
	                 SIGNATURE_UNCHECKED);
	OPENSSL_free(der);
	EVP_PKEY_free(key);
	EVP_PKEY_free(signer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signatures_of_every_era_verify),
		cmocka_unit_test(a_signature_of_another_key_is_bad),
		cmocka_unit_test(what_cannot_be_checked_says_nothing),
		cmocka_unit_test(a_key_too_large_to_verify_with_says_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
