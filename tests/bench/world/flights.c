/* SPDX-License-Identifier: ISC */
/* Certificates are made at the start: real ones, signed by nobody but themselves. */
#include "flights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/memory.h"

enum {
	RANDOM_SIZE = 32,
	SHARE_SIZE = 32,
	HELLO_MIN = 5 + 4 + 2 + RANDOM_SIZE + 1 + 2,
	RECORD_HANDSHAKE = 22,
	CACHE_SLOTS = 1 << 12,
	ALERT_HANDSHAKE_FAILURE = 40,
	ALERT_PROTOCOL_VERSION = 70,
};

static const struct {
	const char *word;
	uint16_t version, suite;
	bool is_signed, is_ecdsa;
} KINDS[TLS_KINDS] = {
	[TLS_KIND_NONE] = {"none", 0, 0, false, false},
	[TLS_KIND_ECDSA] = {"ecdsa", 0x0303, 0xc02b, true, true},
	[TLS_KIND_RSA] = {"rsa", 0x0303, 0xc02f, true, false},
	[TLS_KIND_STATIC] = {"static", 0x0303, 0x009c, false, false},
	[TLS_KIND_TLS_1_0] = {"old", 0x0301, 0x002f, false, false},
};

struct cached {
	bool is_used;
	uint8_t kind, certificate;
	unsigned char random[RANDOM_SIZE];
	struct buffer bytes;
};

/* ECDSA with one nonce for all (FIPS 186-5 6.4.1: s = (e + r d) / k): that gives the key away, which is nobody's here, and leaves of a signature one multiplication. */
struct quick_signer {
	BN_CTX *scratch;
	BIGNUM *order, *r, *r_times_key, *nonce_inverse;
};

struct flights {
	EVP_PKEY *keys[TLS_KINDS];
	struct quick_signer quick[TLS_KINDS];                 /* of the kinds with ECDSA */
	struct buffer before[TLS_KINDS][FLIGHT_CERTIFICATES]; /* ServerHello and Certificate */
	struct cached cache[CACHE_SLOTS];
	struct buffer alert;
	uint64_t signatures;
};

static uint32_t certificate_of(uint32_t host)
{
	return population_mix(host) % FLIGHT_CERTIFICATES;
}

void flights_name(enum tls_kind kind, uint32_t host, char name_out[64])
{
	(void)snprintf(name_out, 64, "%s-%u.world.invalid", KINDS[kind].word, certificate_of(host));
}

static X509 *make_certificate(EVP_PKEY *key, const char *name)
{
	X509 *certificate = X509_new();
	X509_NAME *subject = X509_get_subject_name(certificate);

	(void)X509_set_version(certificate, 2);
	(void)ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
	(void)X509_gmtime_adj(X509_getm_notBefore(certificate), -86400);
	(void)X509_gmtime_adj(X509_getm_notAfter(certificate), 86400L * 365);
	(void)X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
	(void)X509_set_issuer_name(certificate, subject);
	(void)X509_set_pubkey(certificate, key);
	if (X509_sign(certificate, key, EVP_sha256()) == 0)
		abort();
	return certificate;
}

static void add_message(struct buffer *out, uint16_t version, unsigned char type, struct span body)
{
	buffer_append_byte(out, RECORD_HANDSHAKE);
	buffer_append_u16(out, version);
	buffer_append_u16(out, (uint16_t)(body.size + 4));
	buffer_append_byte(out, type);
	buffer_append_u24(out, (uint32_t)body.size);
	buffer_append(out, body);
}

static void add_server_random(struct buffer *out)
{
	for (unsigned i = 0; i < RANDOM_SIZE; i++)
		buffer_append_byte(out, (unsigned char)(i * 7 + 1));
}

static void add_hello(struct buffer *out, enum tls_kind kind)
{
	static const unsigned char EXTENSIONS[] = {0xff, 0x01, 0x00, 0x01, 0x00, 0x00, 0x17, 0x00, 0x00};
	struct buffer body;

	buffer_init(&body, 256);
	buffer_append_u16(&body, KINDS[kind].version);
	add_server_random(&body);
	buffer_append_byte(&body, 0);
	buffer_append_u16(&body, KINDS[kind].suite);
	buffer_append_byte(&body, 0);
	if (kind != TLS_KIND_TLS_1_0) {
		buffer_append_u16(&body, sizeof(EXTENSIONS));
		buffer_append(&body, span_make(EXTENSIONS, sizeof(EXTENSIONS)));
	}
	add_message(out, KINDS[kind].version, 2, buffer_view(&body));
	buffer_done(&body);
}

static void add_certificate(struct buffer *out, enum tls_kind kind, X509 *certificate)
{
	unsigned char *der = NULL;
	int size = i2d_X509(certificate, &der);
	struct buffer body;

	if (size <= 0)
		abort();
	buffer_init(&body, 8192);
	buffer_append_u24(&body, (uint32_t)size + 3);
	buffer_append_u24(&body, (uint32_t)size);
	buffer_append(&body, span_make(der, (size_t)size));
	add_message(out, KINDS[kind].version, 11, buffer_view(&body));
	buffer_done(&body);
	OPENSSL_free(der);
}

static void quick_signer_init(struct quick_signer *signer, const EVP_PKEY *key)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	EC_POINT *point = EC_POINT_new(group);
	BIGNUM *private_key = NULL, *nonce = BN_new(), *x = BN_new();

	*signer = (struct quick_signer){
		.scratch = BN_CTX_new(), .order = BN_dup(EC_GROUP_get0_order(group)), .r = BN_new(), .r_times_key = BN_new()};
	if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &private_key) != 1 || BN_priv_rand_range(nonce, signer->order) != 1 ||
	    EC_POINT_mul(group, point, nonce, NULL, NULL, signer->scratch) != 1 ||
	    EC_POINT_get_affine_coordinates(group, point, x, NULL, signer->scratch) != 1 ||
	    BN_nnmod(signer->r, x, signer->order, signer->scratch) != 1 ||
	    BN_mod_mul(signer->r_times_key, signer->r, private_key, signer->order, signer->scratch) != 1)
		abort();
	signer->nonce_inverse = BN_mod_inverse(NULL, nonce, signer->order, signer->scratch);
	if (signer->nonce_inverse == NULL || BN_is_zero(signer->r))
		abort();
	BN_clear_free(private_key);
	BN_clear_free(nonce);
	BN_free(x);
	EC_POINT_free(point);
	EC_GROUP_free(group);
}

static void quick_signer_done(struct quick_signer *signer)
{
	BN_CTX_free(signer->scratch);
	BN_free(signer->order);
	BN_free(signer->r);
	BN_free(signer->r_times_key);
	BN_free(signer->nonce_inverse);
}

static size_t quick_sign(const struct quick_signer *signer, struct span bytes, unsigned char *signature)
{
	unsigned char hash[32], *end = signature;
	ECDSA_SIG *pair = ECDSA_SIG_new();
	BIGNUM *s;
	int size;

	(void)SHA256(bytes.data, bytes.size, hash);
	s = BN_bin2bn(hash, sizeof(hash), NULL);
	if (pair == NULL || s == NULL || BN_mod_add(s, s, signer->r_times_key, signer->order, signer->scratch) != 1 ||
	    BN_mod_mul(s, s, signer->nonce_inverse, signer->order, signer->scratch) != 1 || ECDSA_SIG_set0(pair, BN_dup(signer->r), s) != 1)
		abort();
	size = i2d_ECDSA_SIG(pair, &end);
	ECDSA_SIG_free(pair);
	return (size_t)size;
}

static size_t slow_sign(EVP_PKEY *key, struct span bytes, unsigned char *signature, size_t max)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	if (context == NULL || EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) != 1 ||
	    EVP_DigestSign(context, signature, &max, bytes.data, bytes.size) != 1)
		abort();
	EVP_MD_CTX_free(context);
	return max;
}

/* The hosts of a kind share one key: what is told apart is the certificate. */
struct flights *flights_new(void)
{
	struct flights *flights = memory_allocate(1, sizeof(*flights));

	for (unsigned kind = TLS_KIND_ECDSA; kind < TLS_KINDS; kind++) {
		flights->keys[kind] = KINDS[kind].is_ecdsa ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048);
		if (flights->keys[kind] == NULL)
			abort();
		if (KINDS[kind].is_ecdsa)
			quick_signer_init(&flights->quick[kind], flights->keys[kind]);
		for (uint32_t i = 0; i < FLIGHT_CERTIFICATES; i++) {
			char name[64];
			X509 *certificate;

			(void)snprintf(name, sizeof(name), "%s-%u.world.invalid", KINDS[kind].word, i);
			certificate = make_certificate(flights->keys[kind], name);
			buffer_init(&flights->before[kind][i], 16384);
			add_hello(&flights->before[kind][i], (enum tls_kind)kind);
			add_certificate(&flights->before[kind][i], (enum tls_kind)kind, certificate);
			X509_free(certificate);
		}
	}
	buffer_init(&flights->alert, 16);
	return flights;
}

void flights_free(struct flights *flights)
{
	if (flights == NULL)
		return;
	for (unsigned kind = TLS_KIND_ECDSA; kind < TLS_KINDS; kind++) {
		EVP_PKEY_free(flights->keys[kind]);
		quick_signer_done(&flights->quick[kind]);
		for (uint32_t i = 0; i < FLIGHT_CERTIFICATES; i++)
			buffer_done(&flights->before[kind][i]);
	}
	for (unsigned i = 0; i < CACHE_SLOTS; i++) {
		if (flights->cache[i].is_used)
			buffer_done(&flights->cache[i].bytes);
	}
	buffer_done(&flights->alert);
	free(flights);
}

static void add_key_exchange(struct flights *flights, enum tls_kind kind, const unsigned char *client_random, struct buffer *out)
{
	unsigned char signature[512];
	struct buffer body, signed_bytes;
	size_t size;

	buffer_init(&body, 1024);
	buffer_init(&signed_bytes, 256);
	buffer_append_byte(&body, 3);
	buffer_append_u16(&body, 0x001d); /* x25519 */
	buffer_append_byte(&body, SHARE_SIZE);
	for (unsigned i = 0; i < SHARE_SIZE; i++)
		buffer_append_byte(&body, (unsigned char)(i + 9));
	buffer_append(&signed_bytes, span_make(client_random, RANDOM_SIZE));
	add_server_random(&signed_bytes);
	buffer_append(&signed_bytes, buffer_view(&body));
	size = KINDS[kind].is_ecdsa ? quick_sign(&flights->quick[kind], buffer_view(&signed_bytes), signature)
	                            : slow_sign(flights->keys[kind], buffer_view(&signed_bytes), signature, sizeof(signature));
	buffer_append_u16(&body, KINDS[kind].is_ecdsa ? 0x0403 : 0x0401);
	buffer_append_u16(&body, (uint16_t)size);
	buffer_append(&body, span_make(signature, size));
	add_message(out, KINDS[kind].version, 12, buffer_view(&body));
	buffer_done(&body);
	buffer_done(&signed_bytes);
	flights->signatures++;
}

static bool offers_suite(struct span hello, uint16_t suite)
{
	size_t at = HELLO_MIN - 2, size;

	at += hello.data[HELLO_MIN - 3]; /* the session id */
	if (at + 2 > hello.size)
		return false;
	size = (size_t)hello.data[at] << 8 | hello.data[at + 1];
	if (at + 2 + size > hello.size)
		return false;
	for (at += 2; size >= 2; size -= 2, at += 2) {
		if ((hello.data[at] << 8 | hello.data[at + 1]) == suite)
			return true;
	}
	return false;
}

static struct span alert(struct flights *flights, unsigned char description)
{
	static const unsigned char HEAD[] = {21, 3, 1, 0, 2, 2};

	buffer_clear(&flights->alert);
	buffer_append(&flights->alert, span_make(HEAD, sizeof(HEAD)));
	buffer_append_byte(&flights->alert, description);
	return buffer_view(&flights->alert);
}

struct span flights_answer(struct flights *flights, enum tls_kind kind, uint32_t host, struct span hello)
{
	uint8_t certificate = (uint8_t)certificate_of(host);
	const unsigned char *random = hello.data + 11;
	struct cached *cached;
	uint32_t hash;

	if (kind == TLS_KIND_NONE || hello.size < HELLO_MIN || hello.data[0] != RECORD_HANDSHAKE || hello.data[5] != 1)
		return span_make(NULL, 0);
	if ((hello.data[9] << 8 | hello.data[10]) < KINDS[kind].version)
		return alert(flights, ALERT_PROTOCOL_VERSION);
	if (!offers_suite(hello, KINDS[kind].suite))
		return alert(flights, ALERT_HANDSHAKE_FAILURE);
	memcpy(&hash, random, sizeof(hash));
	if (!KINDS[kind].is_signed) /* the same for all, whatever they say */
		hash = 0;
	cached = &flights->cache[population_mix(hash ^ ((uint32_t)kind << 8 | certificate)) % CACHE_SLOTS];
	if (cached->is_used && cached->kind == kind && cached->certificate == certificate &&
	    (!KINDS[kind].is_signed || memcmp(cached->random, random, RANDOM_SIZE) == 0))
		return buffer_view(&cached->bytes);
	if (!cached->is_used)
		buffer_init(&cached->bytes, 16384);
	cached->is_used = true;
	cached->kind = (uint8_t)kind;
	cached->certificate = certificate;
	memcpy(cached->random, random, RANDOM_SIZE);
	buffer_clear(&cached->bytes);
	buffer_append(&cached->bytes, buffer_view(&flights->before[kind][certificate]));
	if (KINDS[kind].is_signed)
		add_key_exchange(flights, kind, random, &cached->bytes);
	add_message(&cached->bytes, KINDS[kind].version, 14, span_make(NULL, 0));
	return buffer_view(&cached->bytes);
}

uint64_t flights_signatures(const struct flights *flights)
{
	return flights->signatures;
}
