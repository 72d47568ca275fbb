/* SPDX-License-Identifier: ISC */
/* Was a hello flight signed by the key of the certificate that it shows? Some keys are remembered: hosters show one certificate on many addresses. */
#include "certificate/certificate.h"
#include "certificate/parsed.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

enum { SIGNED_BYTES_MAX = 80 * 1024, KEYS_REMEMBERED = 256, DIGESTS_MAX = 8 };

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
	X509 *certificate = certificate_parse(der);
	EVP_PKEY *key = certificate != NULL ? X509_get_pubkey(certificate) : NULL;

	X509_free(certificate);
	return key;
}

/* A key with what OpenSSL has made ready for it: fetching algorithms anew costs as much as the arithmetic. */
struct known_key {
	bool is_filled;
	uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE]; /* of the certificate */
	EVP_PKEY *key;                                /* NULL: it has none that can be read */
	const struct scheme_row *ready_for;           /* of context; NULL: none */
	EVP_PKEY_CTX *context;
};

static struct known_key *key_of(struct span der)
{
	static _Thread_local struct known_key known[KEYS_REMEMBERED];
	struct known_key *slot;
	uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE];

	certificate_fingerprint(der, sha256);
	slot = &known[sha256[0] % KEYS_REMEMBERED];
	if (slot->is_filled && fingerprint_equals(slot->sha256, sha256))
		return slot;
	EVP_PKEY_CTX_free(slot->context);
	EVP_PKEY_free(slot->key);
	*slot = (struct known_key){.is_filled = true, .key = read_key(der)};
	memcpy(slot->sha256, sha256, sizeof(sha256));
	return slot;
}

/* NULL: OpenSSL has no such digest. Fetched once and kept. */
static const EVP_MD *digest_of(const struct scheme_row *row)
{
	static _Thread_local struct {
		const EVP_MD *wanted;
		EVP_MD *fetched;
	} digests[DIGESTS_MAX];

	for (size_t i = 0; i < DIGESTS_MAX; i++) {
		if (digests[i].wanted == row->digest())
			return digests[i].fetched;
		if (digests[i].wanted != NULL)
			continue;
		digests[i].wanted = row->digest();
		digests[i].fetched = EVP_MD_fetch(NULL, EVP_MD_get0_name(row->digest()), NULL);
		return digests[i].fetched;
	}
	return row->digest();
}

/* The key's context, ready for signatures of this scheme; NULL: OpenSSL cannot. */
static EVP_PKEY_CTX *context_for(struct known_key *key, const struct scheme_row *row, const EVP_MD *digest)
{
	if (key->ready_for == row)
		return key->context;
	EVP_PKEY_CTX_free(key->context);
	key->ready_for = NULL;
	key->context = EVP_PKEY_CTX_new_from_pkey(NULL, key->key, NULL);
	if (key->context == NULL || EVP_PKEY_verify_init(key->context) != 1 || EVP_PKEY_CTX_set_signature_md(key->context, digest) != 1)
		return NULL;
	if (row->is_pss && (EVP_PKEY_CTX_set_rsa_padding(key->context, RSA_PKCS1_PSS_PADDING) != 1 ||
	                    EVP_PKEY_CTX_set_rsa_pss_saltlen(key->context, RSA_PSS_SALTLEN_DIGEST) != 1))
		return NULL;
	key->ready_for = row;
	return key->context;
}

static enum signature_result verify_digest(struct known_key *key, const struct scheme_row *row, struct span bytes, struct span signature)
{
	const EVP_MD *digest = digest_of(row);
	EVP_PKEY_CTX *context = digest != NULL ? context_for(key, row, digest) : NULL;
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned size = sizeof(hash);

	if (context == NULL || EVP_Digest(bytes.data, bytes.size, hash, &size, digest, NULL) != 1)
		return SIGNATURE_UNCHECKED;
	return EVP_PKEY_verify(context, signature.data, signature.size, hash, size) == 1 ? SIGNATURE_GOOD : SIGNATURE_BAD;
}

/* Keys that sign the bytes themselves. */
static enum signature_result verify_whole(EVP_PKEY *key, struct span bytes, struct span signature)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	enum signature_result result = SIGNATURE_UNCHECKED;

	if (context != NULL && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1)
		result = EVP_DigestVerify(context, signature.data, signature.size, bytes.data, bytes.size) == 1 ? SIGNATURE_GOOD
		                                                                                                : SIGNATURE_BAD;
	EVP_MD_CTX_free(context);
	return result;
}

enum signature_result certificate_verify_signature(struct span der, uint16_t scheme, const struct span *parts, size_t part_count,
                                                   struct span signature)
{
	struct known_key *key = key_of(der);
	const struct scheme_row *row = key->key != NULL && EVP_PKEY_get_bits(key->key) <= CERTIFICATE_VERIFIED_KEY_BITS_MAX
	                                       ? find_scheme(scheme, EVP_PKEY_get_base_id(key->key))
	                                       : NULL;
	enum signature_result result = SIGNATURE_UNCHECKED;
	struct buffer bytes;

	if (row == NULL)
		return SIGNATURE_UNCHECKED;
	buffer_init(&bytes, SIGNED_BYTES_MAX);
	for (size_t i = 0; i < part_count; i++)
		buffer_append(&bytes, parts[i]);
	if (!bytes.overflowed)
		result = row->digest != NULL ? verify_digest(key, row, buffer_view(&bytes), signature)
		                             : verify_whole(key->key, buffer_view(&bytes), signature);
	buffer_done(&bytes);
	return result;
}
