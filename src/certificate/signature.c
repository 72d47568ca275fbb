/* SPDX-License-Identifier: ISC */
/* Was a hello flight signed by the key of the certificate that it shows? Some keys are remembered: hosters show one certificate on many addresses. */
#include "certificate/certificate.h"

#include <limits.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

enum { SIGNED_BYTES_MAX = 80 * 1024, KEYS_REMEMBERED = 256 };

/* RFC 8446 4.2.3 and RFC 5246 7.4.1.4.1. */
struct scheme_row {
	uint16_t scheme;
	int key;                       /* EVP_PKEY_... */
	const EVP_MD *(*digest)(void); /* NULL: the key brings its own */
	bool is_pss;
};

static const struct scheme_row SCHEMES[] = {
	{0x0101, EVP_PKEY_RSA, EVP_md5, false},       {0x0201, EVP_PKEY_RSA, EVP_sha1, false},
	{0x0301, EVP_PKEY_RSA, EVP_sha224, false},    {0x0401, EVP_PKEY_RSA, EVP_sha256, false},
	{0x0501, EVP_PKEY_RSA, EVP_sha384, false},    {0x0601, EVP_PKEY_RSA, EVP_sha512, false},
	{0x0804, EVP_PKEY_RSA, EVP_sha256, true},     {0x0805, EVP_PKEY_RSA, EVP_sha384, true},
	{0x0806, EVP_PKEY_RSA, EVP_sha512, true},     {0x0809, EVP_PKEY_RSA_PSS, EVP_sha256, true},
	{0x080a, EVP_PKEY_RSA_PSS, EVP_sha384, true}, {0x080b, EVP_PKEY_RSA_PSS, EVP_sha512, true},
	{0x0202, EVP_PKEY_DSA, EVP_sha1, false},      {0x0302, EVP_PKEY_DSA, EVP_sha224, false},
	{0x0402, EVP_PKEY_DSA, EVP_sha256, false},    {0x0203, EVP_PKEY_EC, EVP_sha1, false},
	{0x0303, EVP_PKEY_EC, EVP_sha224, false},     {0x0403, EVP_PKEY_EC, EVP_sha256, false},
	{0x0503, EVP_PKEY_EC, EVP_sha384, false},     {0x0603, EVP_PKEY_EC, EVP_sha512, false},
	{0x0807, EVP_PKEY_ED25519, NULL, false},      {0x0808, EVP_PKEY_ED448, NULL, false},
};

/* Before TLS 1.2 the key alone decides (RFC 4346 7.4.3). */
static const struct scheme_row OLD_SCHEMES[] = {
	{0, EVP_PKEY_RSA, EVP_md5_sha1, false},
	{0, EVP_PKEY_DSA, EVP_sha1, false},
	{0, EVP_PKEY_EC, EVP_sha1, false},
};

static const struct scheme_row *find_scheme(uint16_t scheme, int key)
{
	for (size_t i = 0; scheme == 0 && i < ARRAY_LENGTH(OLD_SCHEMES); i++) {
		if (OLD_SCHEMES[i].key == key)
			return &OLD_SCHEMES[i];
	}
	for (size_t i = 0; scheme != 0 && i < ARRAY_LENGTH(SCHEMES); i++) {
		if (SCHEMES[i].scheme == scheme && SCHEMES[i].key == key)
			return &SCHEMES[i];
	}
	return NULL;
}

static EVP_PKEY *read_key(struct span der)
{
	const unsigned char *at = der.data;
	X509 *certificate = der.size > 0 && der.size <= LONG_MAX ? d2i_X509(NULL, &at, (long)der.size) : NULL;
	EVP_PKEY *key = certificate != NULL ? X509_get_pubkey(certificate) : NULL;

	X509_free(certificate);
	return key;
}

/* Owned by the memory of this function; NULL when the certificate has no key that can be read. */
static EVP_PKEY *key_of(struct span der)
{
	static _Thread_local struct {
		bool is_filled;
		uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE];
		EVP_PKEY *key;
	} remembered[KEYS_REMEMBERED], *slot;
	uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE];

	certificate_fingerprint(der, sha256);
	slot = &remembered[sha256[0] % KEYS_REMEMBERED];
	if (slot->is_filled && fingerprint_equals(slot->sha256, sha256))
		return slot->key;
	EVP_PKEY_free(slot->key);
	slot->key = read_key(der);
	memcpy(slot->sha256, sha256, sizeof(sha256));
	slot->is_filled = true;
	return slot->key;
}

static enum signature_result verify(EVP_PKEY *key, const struct scheme_row *row, struct span bytes, struct span signature)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *settings = NULL; /* owned by context */
	enum signature_result result = SIGNATURE_UNCHECKED;

	if (context == NULL || EVP_DigestVerifyInit(context, &settings, row->digest != NULL ? row->digest() : NULL, NULL, key) != 1)
		goto out;
	if (row->is_pss && (EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) != 1 ||
	                    EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST) != 1))
		goto out;
	result = EVP_DigestVerify(context, signature.data, signature.size, bytes.data, bytes.size) == 1 ? SIGNATURE_GOOD : SIGNATURE_BAD;
out:
	EVP_MD_CTX_free(context);
	return result;
}

enum signature_result certificate_verify_signature(struct span der, uint16_t scheme, const struct span *parts, size_t part_count,
                                                   struct span signature)
{
	EVP_PKEY *key = key_of(der);
	const struct scheme_row *row = key != NULL && EVP_PKEY_get_bits(key) <= CERTIFICATE_VERIFIED_KEY_BITS_MAX
	                                       ? find_scheme(scheme, EVP_PKEY_get_base_id(key))
	                                       : NULL;
	enum signature_result result = SIGNATURE_UNCHECKED;
	struct buffer bytes;

	if (row == NULL)
		return SIGNATURE_UNCHECKED;
	buffer_init(&bytes, SIGNED_BYTES_MAX);
	for (size_t i = 0; i < part_count; i++)
		buffer_append(&bytes, parts[i]);
	if (!bytes.overflowed)
		result = verify(key, row, buffer_view(&bytes), signature);
	buffer_done(&bytes);
	return result;
}
