/* SPDX-License-Identifier: ISC */
/* ServerHello, ServerKeyExchange and Certificate: structures with lengths that may lie, read with a reader that never looks beyond its bytes. */
#include "protocol/tls/server_message.h"

#include <string.h>

#include "base/reader.h"
#include "protocol/tls/cipher_suite.h"
#include "protocol/tls/client_hello.h"

enum {
	RANDOM_SIZE = 32,
	SENTINEL_SIZE = 8,
	SESSION_ID_MAX = 32,
	CURVE_TYPE_NAMED = 3, /* RFC 8422 5.4; explicit curves are deprecated, no client takes them */
	STATUS_TYPE_OCSP = 1,
};

enum {
	EXTENSION_STATUS_REQUEST = 5,
	EXTENSION_HEARTBEAT = 15,
	EXTENSION_ALPN = 16,
	EXTENSION_ENCRYPT_THEN_MAC = 22,
	EXTENSION_EXTENDED_MASTER_SECRET = 23,
	EXTENSION_SESSION_TICKET = 35,
	EXTENSION_SUPPORTED_VERSIONS = 43,
	EXTENSION_KEY_SHARE = 51,
	EXTENSION_RENEGOTIATION_INFO = 0xff01,
};

/* RFC 8446 4.1.3: the random of a HelloRetryRequest. */
static const unsigned char RETRY_RANDOM[RANDOM_SIZE] = {
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

/* RFC 8446 4.1.3: "DOWNGRD" and 1, the end of the random of a TLS 1.3 server that was asked for TLS 1.2. */
static const unsigned char TLS_1_3_SENTINEL[SENTINEL_SIZE] = {0x44, 0x4f, 0x57, 0x4e, 0x47, 0x52, 0x44, 0x01};

/* RFC 7301 3.1: a list of exactly one name. */
static bool read_alpn(struct span body, struct tls_observation *tls)
{
	struct reader reader = reader_make(body);
	size_t list_size = reader_u16(&reader);
	struct span name = reader_bytes(&reader, reader_u8(&reader));
	size_t size = name.size < sizeof(tls->alpn) ? name.size : sizeof(tls->alpn) - 1;

	if (reader.failed || reader.rest.size != 0 || list_size != body.size - 2 || name.size == 0)
		return false;
	memset(tls->alpn, 0, sizeof(tls->alpn));
	for (size_t i = 0; i < size; i++)
		tls->alpn[i] = (char)(name.data[i] > 0x20 && name.data[i] < 0x7f ? name.data[i] : '?');
	return true;
}

/* RFC 8446 4.2.8: group and key of a ServerHello, the group alone of a HelloRetryRequest. */
static bool read_key_share(struct span body, bool is_retry, struct tls_observation *tls)
{
	struct reader reader = reader_make(body);
	uint16_t group = reader_u16(&reader);

	if (!is_retry)
		(void)reader_bytes(&reader, reader_u16(&reader));
	if (reader.failed || reader.rest.size != 0)
		return false;
	tls->group = group;
	return true;
}

static bool read_supported_versions(struct span body, struct tls_observation *tls)
{
	struct reader reader = reader_make(body);
	uint16_t version = reader_u16(&reader);

	if (reader.failed || reader.rest.size != 0)
		return false;
	tls->version = version;
	return true;
}

static bool read_extension(uint16_t type, struct span body, bool is_retry, struct tls_observation *tls)
{
	switch (type) {
	case EXTENSION_ALPN:
		return read_alpn(body, tls);
	case EXTENSION_SUPPORTED_VERSIONS:
		return read_supported_versions(body, tls);
	case EXTENSION_KEY_SHARE:
		return read_key_share(body, is_retry, tls);
	case EXTENSION_HEARTBEAT:
		tls->flags |= TLS_HAS_HEARTBEAT;
		return true;
	case EXTENSION_ENCRYPT_THEN_MAC:
		tls->flags |= TLS_HAS_ENCRYPT_THEN_MAC;
		return true;
	case EXTENSION_EXTENDED_MASTER_SECRET:
		tls->flags |= TLS_HAS_EXTENDED_MASTER_SECRET;
		return true;
	case EXTENSION_SESSION_TICKET:
		tls->flags |= TLS_HAS_TICKETS;
		return true;
	case EXTENSION_RENEGOTIATION_INFO:
		tls->flags |= TLS_HAS_SECURE_RENEGOTIATION;
		return true;
	default:
		return true;
	}
}

/* Servers of SSL 3.0 and TLS 1.0 may leave the whole block out (RFC 5246 7.4.1.3). */
static bool read_extensions(struct span block, bool is_retry, struct tls_observation *tls)
{
	struct reader reader = reader_make(block);
	size_t size;

	if (block.size == 0)
		return true;
	size = reader_u16(&reader);
	if (reader.failed || size != reader.rest.size)
		return false;
	while (reader.rest.size > 0) {
		uint16_t type = reader_u16(&reader);
		struct span body = reader_bytes(&reader, reader_u16(&reader));

		if (reader.failed || !read_extension(type, body, is_retry, tls))
			return false;
		if (tls->extension_count < TLS_EXTENSIONS_MAX)
			tls->extensions[tls->extension_count++] = type;
	}
	return true;
}

static bool is_offered(const struct tls_observation *tls)
{
	return tls->version >= VERSION_SSL_3 && tls->version <= client_hello_highest_version(tls->hello, tls->offered) &&
	       client_hello_offers_suite(tls->hello, tls->offered, tls->cipher_suite);
}

enum server_hello_kind server_hello_read(struct span body, struct tls_observation *tls)
{
	struct reader reader = reader_make(body);
	uint16_t version = reader_u16(&reader);
	struct span random = reader_bytes(&reader, RANDOM_SIZE);
	struct span session_id = reader_bytes(&reader, reader_u8(&reader));
	uint16_t suite = reader_u16(&reader);
	uint8_t compression = reader_u8(&reader);
	bool is_retry = span_equals(random, span_make(RETRY_RANDOM, sizeof(RETRY_RANDOM)));
	bool is_well_formed;

	if (reader.failed || version >> 8 != VERSION_SSL_3 >> 8 || session_id.size > SESSION_ID_MAX)
		return SERVER_HELLO_UNREADABLE;
	tls->version = tls->legacy_version = version;
	tls->cipher_suite = suite;
	tls->extension_count = 0;
	if (compression != 0)
		tls->flags |= TLS_HAS_COMPRESSION;
	is_well_formed = read_extensions(reader.rest, is_retry, tls);
	if (is_retry || (tls->version == VERSION_TLS_1_3 && version == VERSION_TLS_1_2) ||
	    span_equals(span_part(random, RANDOM_SIZE - SENTINEL_SIZE, SENTINEL_SIZE), span_make(TLS_1_3_SENTINEL, SENTINEL_SIZE)))
		tls->flags |= TLS_SAYS_TLS13;
	if (is_retry && tls->version == version)
		tls->version = 0; /* the version field of a HelloRetryRequest states nothing */
	if (!is_well_formed || !is_offered(tls))
		return SERVER_HELLO_ILLEGAL;
	if (tls->version != VERSION_TLS_1_3)
		return SERVER_HELLO_CLASSIC;
	return version == VERSION_TLS_1_2 ? SERVER_HELLO_TLS_1_3 : SERVER_HELLO_ILLEGAL;
}

static uint16_t count_bits(struct span number)
{
	size_t bits;

	while (number.size > 0 && number.data[0] == 0)
		number = span_part(number, 1, number.size);
	if (number.size == 0)
		return 0;
	bits = number.size * 8;
	for (unsigned char mask = 0x80; (number.data[0] & mask) == 0; mask >>= 1)
		bits--;
	return bits > UINT16_MAX ? UINT16_MAX : (uint16_t)bits;
}

/* What is left of a ServerKeyExchange: a signature, from TLS 1.2 on with its algorithm before it (RFC 5246 4.7), and nothing more. */
static bool ends_in_signature(struct reader *reader, struct tls_observation *tls)
{
	uint16_t scheme = tls->version >= VERSION_TLS_1_2 ? reader_u16(reader) : 0;
	struct span signature = reader_bytes(reader, reader_u16(reader));

	if (reader->failed || signature.size == 0 || reader->rest.size != 0)
		return false;
	tls->signature_scheme = scheme;
	return true;
}

static bool read_ecdhe(struct reader *reader, struct tls_observation *tls)
{
	uint8_t curve_type = reader_u8(reader);
	uint16_t group = reader_u16(reader);
	struct span point = reader_bytes(reader, reader_u8(reader));

	if (reader->failed || curve_type != CURVE_TYPE_NAMED || point.size == 0)
		return false;
	tls->group = group;
	return true;
}

static bool read_dhe(struct reader *reader, struct tls_observation *tls)
{
	struct span prime = reader_bytes(reader, reader_u16(reader));
	struct span generator = reader_bytes(reader, reader_u16(reader));
	struct span public_value = reader_bytes(reader, reader_u16(reader));

	if (reader->failed || generator.size == 0 || public_value.size == 0 || count_bits(prime) == 0)
		return false;
	tls->dh_bits = count_bits(prime);
	return true;
}

static bool read_rsa_export(struct reader *reader, struct tls_observation *tls)
{
	struct span modulus = reader_bytes(reader, reader_u16(reader));
	struct span exponent = reader_bytes(reader, reader_u16(reader));

	if (reader->failed || exponent.size == 0 || count_bits(modulus) == 0)
		return false;
	tls->rsa_export_bits = count_bits(modulus);
	return true;
}

bool server_key_exchange_read(struct span body, struct tls_observation *tls)
{
	struct reader reader = reader_make(body);

	switch (cipher_suite_key_exchange(tls->cipher_suite)) {
	case KEY_EXCHANGE_ECDHE:
		return read_ecdhe(&reader, tls) && ends_in_signature(&reader, tls);
	case KEY_EXCHANGE_ECDH_ANONYMOUS:
		return read_ecdhe(&reader, tls) && reader.rest.size == 0;
	case KEY_EXCHANGE_DHE:
		return read_dhe(&reader, tls) && ends_in_signature(&reader, tls);
	case KEY_EXCHANGE_DH_ANONYMOUS:
		return read_dhe(&reader, tls) && reader.rest.size == 0;
	case KEY_EXCHANGE_RSA_EXPORT:
		return read_rsa_export(&reader, tls) && ends_in_signature(&reader, tls);
	case KEY_EXCHANGE_RSA:
	case KEY_EXCHANGE_STATIC:
	case KEY_EXCHANGE_TLS_1_3:
	case KEY_EXCHANGE_UNKNOWN:
		return true;
	}
	return true;
}

struct span server_key_exchange_prime(struct span body, const struct tls_observation *tls)
{
	enum key_exchange key_exchange = cipher_suite_key_exchange(tls->cipher_suite);
	struct reader reader = reader_make(body);
	struct span prime = reader_bytes(&reader, reader_u16(&reader));

	if (reader.failed || (key_exchange != KEY_EXCHANGE_DHE && key_exchange != KEY_EXCHANGE_DH_ANONYMOUS))
		return span_make(NULL, 0);
	while (prime.size > 0 && prime.data[0] == 0)
		prime = span_part(prime, 1, prime.size);
	return prime;
}

bool server_key_exchange_proof(struct span body, const struct tls_observation *tls, struct key_exchange_proof *proof_out)
{
	struct reader reader = reader_make(body);
	struct tls_observation noted = *tls;
	bool is_signed = false;

	switch (cipher_suite_key_exchange(tls->cipher_suite)) {
	case KEY_EXCHANGE_ECDHE:
		is_signed = read_ecdhe(&reader, &noted);
		break;
	case KEY_EXCHANGE_DHE:
		is_signed = read_dhe(&reader, &noted);
		break;
	case KEY_EXCHANGE_RSA_EXPORT:
		is_signed = read_rsa_export(&reader, &noted);
		break;
	case KEY_EXCHANGE_ECDH_ANONYMOUS:
	case KEY_EXCHANGE_DH_ANONYMOUS:
	case KEY_EXCHANGE_RSA:
	case KEY_EXCHANGE_STATIC:
	case KEY_EXCHANGE_TLS_1_3:
	case KEY_EXCHANGE_UNKNOWN:
		break;
	}
	if (!is_signed)
		return false;
	proof_out->parameters = span_part(body, 0, body.size - reader.rest.size);
	proof_out->scheme = tls->version >= VERSION_TLS_1_2 ? reader_u16(&reader) : 0;
	proof_out->signature = reader_bytes(&reader, reader_u16(&reader));
	return !reader.failed;
}

/* The extensions beside one certificate of TLS 1.3 (RFC 8446 4.4.2.1): is there an OCSP response? */
static bool has_status_extension(struct span extensions)
{
	struct reader reader = reader_make(extensions);

	while (reader.rest.size > 0) {
		uint16_t type = reader_u16(&reader);
		struct span body = reader_bytes(&reader, reader_u16(&reader));

		if (!reader.failed && type == EXTENSION_STATUS_REQUEST && body.size > 0 && body.data[0] == STATUS_TYPE_OCSP)
			return true;
	}
	return false;
}

bool certificate_list_read(struct span body, bool is_tls_1_3, struct certificate_list *list_out)
{
	struct reader reader = reader_make(body);
	struct reader entries;
	size_t size;
	bool is_whole;

	*list_out = (struct certificate_list){.count = 0};
	if (is_tls_1_3)
		(void)reader_bytes(&reader, reader_u8(&reader)); /* certificate_request_context */
	size = reader_u24(&reader);
	is_whole = !reader.failed && reader.rest.size == size;
	entries = reader_make(span_part(reader.rest, 0, size));
	while (entries.rest.size > 0) {
		struct span certificate = reader_bytes(&entries, reader_u24(&entries));

		if (is_tls_1_3 && has_status_extension(reader_bytes(&entries, reader_u16(&entries))))
			list_out->has_status = true;
		if (entries.failed || certificate.size == 0)
			return false;
		if (list_out->count < CERTIFICATE_LIST_MAX)
			list_out->certificates[list_out->count++] = certificate;
		else
			list_out->is_cut = true;
	}
	return is_whole;
}
