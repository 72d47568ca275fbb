/* SPDX-License-Identifier: ISC */
/* Each fingerprint is a text of what ServerHellos said, and a digest of it by OpenSSL. */
#include "certificate/tls_fingerprint.h"

#include <string.h>

#include <openssl/evp.h>

#include "base/buffer.h"
#include "base/text.h"

enum {
	TEXT_MAX = 8192, /* more than ten ServerHellos give */
	JARM_DIGEST_BYTES = 16,
	LADDER_DIGEST_BYTES = 8,
	NEWEST_OBSOLETE_VERSION = 0x0302, /* TLS 1.1 */
	UNKNOWN_SUITE = 70,               /* of JARM: one behind its list */
};

/* The first bytes of a digest in hexadecimal; "" when this OpenSSL has no such digest (MD5 under FIPS). */
static void put_digest(const struct buffer *text, const EVP_MD *kind, size_t bytes, char *out, size_t out_size)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned size = 0;
	struct buffer hex;

	out[0] = '\0';
	if (EVP_Digest(text->size > 0 ? (const void *)text->data : "", text->size, digest, &size, kind, NULL) != 1 || size < bytes ||
	    2 * bytes >= out_size)
		return;
	buffer_init(&hex, 2 * sizeof(digest));
	text_append_hex(span_make(digest, bytes), &hex);
	memcpy(out, buffer_text(&hex), 2 * bytes + 1);
	buffer_done(&hex);
}

static bool has_server_hello(const struct observation *observation)
{
	return observation->tls.legacy_version != 0;
}

/* The first answer to this hello; else the last try; NULL when it was not sent. */
static const struct observation *find(const struct observation *observations, size_t count, enum tls_hello hello)
{
	const struct observation *found = NULL;

	for (size_t i = 0; i < count; i++) {
		if (observations[i].tls.hello != hello)
			continue;
		found = &observations[i];
		if (has_server_hello(found))
			break;
	}
	return found;
}

static void append_extensions(struct buffer *text, const struct tls_observation *tls, const char *format)
{
	for (size_t i = 0; i < tls->extension_count && i < TLS_EXTENSIONS_MAX; i++) {
		if (i > 0)
			buffer_append_byte(text, '-');
		buffer_append_format(text, format[0] == 'd' ? "%u" : "%04x", tls->extensions[i]);
	}
}

/* ---- JA3S: "771,49199,65281-11-35" ---- */

static void put_ja3s(const struct observation *observations, size_t count, struct tls_facts *facts)
{
	const struct observation *first = find(observations, count, TLS_HELLO_H1);
	struct buffer text;

	facts->ja3s[0] = '\0';
	if (first == NULL || !has_server_hello(first))
		return;
	buffer_init(&text, TEXT_MAX);
	buffer_append_format(&text, "%u,%u,", first->tls.legacy_version, first->tls.cipher_suite);
	append_extensions(&text, &first->tls, "decimal");
	put_digest(&text, EVP_md5(), 16, facts->ja3s, sizeof(facts->ja3s));
	buffer_done(&text);
}

/* ---- the ladder (mc1): "H1:0303.c02f.001d.ff01-000b|H2:a70|H3:eof" ---- */

/* A refusal by its form; "-" where there is nothing to tell. A reset is the same refusal as an end of stream, only faster. */
static void append_answer(struct buffer *text, const struct observation *observation)
{
	const struct tls_observation *tls = observation != NULL ? &observation->tls : NULL;

	if (tls != NULL && has_server_hello(observation)) {
		buffer_append_format(text, "%04x.%04x.%04x.", tls->version, tls->cipher_suite, tls->group);
		append_extensions(text, tls, "hexadecimal");
	} else if (tls != NULL && tls->outcome == TLS_ALERT) {
		buffer_append_format(text, "a%u", tls->alert_description);
	} else if (tls != NULL && tls_outcome_is_cut_off(tls->outcome)) {
		buffer_append_text(text, "eof");
	} else {
		buffer_append_byte(text, '-');
	}
}

/* Of a ladder that was not climbed far enough the hash would be another than that of the whole one: then there is none. H3 is never sent to who takes nothing newer. */
static bool is_climbed(const struct observation *first, const struct observation *second, const struct observation *third)
{
	bool is_obsolete = first != NULL && has_server_hello(first) && first->tls.version <= NEWEST_OBSOLETE_VERSION;

	return first != NULL && second != NULL && (third != NULL || is_obsolete);
}

static void put_ladder(const struct observation *observations, size_t count, struct tls_facts *facts)
{
	static const enum tls_hello hellos[] = {TLS_HELLO_H1, TLS_HELLO_H2, TLS_HELLO_H3};
	const struct observation *answers[ARRAY_LENGTH(hellos)];
	bool is_answered = false;
	struct buffer text;

	facts->ladder[0] = '\0';
	buffer_init(&text, TEXT_MAX);
	for (size_t i = 0; i < ARRAY_LENGTH(hellos); i++) {
		answers[i] = find(observations, count, hellos[i]);
		is_answered = is_answered || (answers[i] != NULL && has_server_hello(answers[i]));
		buffer_append_format(&text, "%sH%zu:", i > 0 ? "|" : "", i + 1);
		append_answer(&text, answers[i]);
	}
	if (is_answered && is_climbed(answers[0], answers[1], answers[2]))
		put_digest(&text, EVP_sha256(), LADDER_DIGEST_BYTES, facts->ladder, sizeof(facts->ladder));
	buffer_done(&text);
}

/* ---- JARM (rule T-40) ---- */

/* Two digits of a suite are its place in this list, counted from 1. */
static const uint16_t JARM_SUITES[] = {
	0x0004, 0x0005, 0x0007, 0x000a, 0x0016, 0x002f, 0x0033, 0x0035, 0x0039, 0x003c, 0x003d, 0x0041, 0x0045, 0x0067,
	0x006b, 0x0084, 0x0088, 0x009a, 0x009c, 0x009d, 0x009e, 0x009f, 0x00ba, 0x00be, 0x00c0, 0x00c4, 0xc007, 0xc008,
	0xc009, 0xc00a, 0xc011, 0xc012, 0xc013, 0xc014, 0xc023, 0xc024, 0xc027, 0xc028, 0xc02b, 0xc02c, 0xc02f, 0xc030,
	0xc060, 0xc061, 0xc072, 0xc073, 0xc076, 0xc077, 0xc09c, 0xc09d, 0xc09e, 0xc09f, 0xc0a0, 0xc0a1, 0xc0a2, 0xc0a3,
	0xc0ac, 0xc0ad, 0xc0ae, 0xc0af, 0xcc13, 0xcc14, 0xcca8, 0xcca9, 0x1301, 0x1302, 0x1303, 0x1304, 0x1305,
};

static unsigned jarm_suite(uint16_t suite)
{
	for (unsigned i = 0; i < ARRAY_LENGTH(JARM_SUITES); i++) {
		if (JARM_SUITES[i] == suite)
			return i + 1;
	}
	return UNKNOWN_SUITE;
}

/* The reference looks at the first record alone: where an alert comes before the ServerHello, a warning too, it sees a refusal. */
static bool is_answered_for_jarm(const struct observation *observation)
{
	return has_server_hello(observation) && (observation->tls.flags & TLS_HAD_WARNING_ALERT) == 0;
}

static void append_jarm_answer(struct buffer *codes, struct buffer *rest, const struct observation *observation)
{
	unsigned minor = observation->tls.legacy_version & 0x0f;

	if (!is_answered_for_jarm(observation)) {
		buffer_append_text(codes, "000");
		return;
	}
	buffer_append_format(codes, "%02x%c", jarm_suite(observation->tls.cipher_suite), minor <= 5 ? (int)('a' + minor) : '0');
	buffer_append_text(rest, observation->tls.alpn);
	append_extensions(rest, &observation->tls, "hexadecimal");
}

/* All ten refused, or one without an answer in time: the reference gives zeros for both. */
static bool is_void(const struct observation *const *answers)
{
	bool is_answered = false;

	for (size_t i = 0; i < TLS_HELLO_JARM_COUNT; i++) {
		if (answers[i]->tls.outcome == TLS_SILENT)
			return true;
		is_answered = is_answered || is_answered_for_jarm(answers[i]);
	}
	return !is_answered;
}

static void format_jarm(const struct observation *const *answers, char *jarm)
{
	struct buffer codes, rest;
	char digest[2 * JARM_DIGEST_BYTES + 1];

	if (is_void(answers)) {
		memset(jarm, '0', JARM_TEXT_SIZE - 1);
		jarm[JARM_TEXT_SIZE - 1] = '\0';
		return;
	}
	buffer_init(&codes, JARM_TEXT_SIZE);
	buffer_init(&rest, TEXT_MAX);
	for (size_t i = 0; i < TLS_HELLO_JARM_COUNT; i++)
		append_jarm_answer(&codes, &rest, answers[i]);
	put_digest(&rest, EVP_sha256(), JARM_DIGEST_BYTES, digest, sizeof(digest));
	buffer_append_text(&codes, digest);
	memcpy(jarm, buffer_text(&codes), codes.size < JARM_TEXT_SIZE ? codes.size + 1 : JARM_TEXT_SIZE);
	buffer_done(&codes);
	buffer_done(&rest);
}

/* "" unless all ten were sent: a part of it could be compared with nothing. */
static void put_jarm(const struct observation *observations, size_t count, struct tls_facts *facts)
{
	const struct observation *answers[TLS_HELLO_JARM_COUNT];

	facts->jarm[0] = '\0';
	for (unsigned i = 0; i < TLS_HELLO_JARM_COUNT; i++) {
		answers[i] = find(observations, count, (enum tls_hello)(TLS_HELLO_JARM_1 + i));
		if (answers[i] == NULL || answers[i]->tls.outcome == TLS_NOT_TRIED)
			return;
	}
	format_jarm(answers, facts->jarm);
}

void tls_fingerprints(const struct observation *observations, size_t count, struct tls_facts *facts)
{
	put_ja3s(observations, count, facts);
	put_ladder(observations, count, facts);
	put_jarm(observations, count, facts);
}
