/* SPDX-License-Identifier: ISC */
/* TLS facts as words and back. One table names every field, so that nothing can be written that is not read again. */
#include "model/tls_facts.h"

#include <string.h>

#include "base/text.h"

static const char *const ANSWERS[] = {[ANSWER_UNKNOWN] = "unknown", [ANSWER_NO] = "no", [ANSWER_YES] = "yes"};
static const char *const DEPTHS[] = {[PROBE_DEPTH_VERDICT] = "verdict", [PROBE_DEPTH_STANDARD] = "standard", [PROBE_DEPTH_FULL] = "full"};

const char *answer_name(enum answer answer)
{
	return (size_t)answer < ARRAY_LENGTH(ANSWERS) ? ANSWERS[answer] : "?";
}

const char *probe_depth_name(enum probe_depth depth)
{
	return (size_t)depth < ARRAY_LENGTH(DEPTHS) ? DEPTHS[depth] : "?";
}

bool probe_depth_parse(struct span name, enum probe_depth *depth_out)
{
	for (size_t i = 0; i < ARRAY_LENGTH(DEPTHS); i++) {
		if (span_equals_text(name, DEPTHS[i])) {
			*depth_out = (enum probe_depth)i;
			return true;
		}
	}
	return false;
}

uint16_t tls_index_version(enum tls_version_index index)
{
	return (uint16_t)(VERSION_SSL_3 + index);
}

uint16_t tls_facts_highest_version(const struct tls_facts *facts)
{
	for (unsigned i = TLS_INDEX_COUNT; i-- > 0;) {
		if (facts->versions[i] == ANSWER_YES)
			return tls_index_version((enum tls_version_index)i);
	}
	return 0;
}

uint16_t tls_facts_lowest_version(const struct tls_facts *facts)
{
	for (unsigned i = 0; i < TLS_INDEX_COUNT; i++) {
		if (facts->versions[i] == ANSWER_YES)
			return tls_index_version((enum tls_version_index)i);
	}
	return 0;
}

/* ---- words ---- */

static const struct {
	const char *key;
	size_t offset;
} ANSWER_FIELDS[] = {
	{"ssl3", offsetof(struct tls_facts, versions[TLS_INDEX_SSL_3])},
	{"tls1.0", offsetof(struct tls_facts, versions[TLS_INDEX_TLS_1_0])},
	{"tls1.1", offsetof(struct tls_facts, versions[TLS_INDEX_TLS_1_1])},
	{"tls1.2", offsetof(struct tls_facts, versions[TLS_INDEX_TLS_1_2])},
	{"tls1.3", offsetof(struct tls_facts, versions[TLS_INDEX_TLS_1_3])},
	{"post-quantum", offsetof(struct tls_facts, post_quantum)},
	{"secure-renegotiation", offsetof(struct tls_facts, secure_renegotiation)},
	{"extended-master-secret", offsetof(struct tls_facts, extended_master_secret)},
	{"encrypt-then-mac", offsetof(struct tls_facts, encrypt_then_mac)},
	{"tickets", offsetof(struct tls_facts, tickets)},
	{"compression", offsetof(struct tls_facts, compression)},
	{"heartbeat", offsetof(struct tls_facts, heartbeat)},
	{"ocsp-staple", offsetof(struct tls_facts, ocsp_staple)},
	{"client-certificate", offsetof(struct tls_facts, client_certificate)},
	{"fallback-signal", offsetof(struct tls_facts, fallback_signal)},
	{"alpn", offsetof(struct tls_facts, alpn)},
	{"name-matters", offsetof(struct tls_facts, name_matters)},
	{"version-intolerant", offsetof(struct tls_facts, version_intolerant)},
	{"extension-intolerant", offsetof(struct tls_facts, extension_intolerant)},
	{"injection", offsetof(struct tls_facts, injection)},
};

/* 2 or 4 bytes, in hexadecimal when they are a number of a registry or a set. */
static const struct {
	const char *key;
	size_t offset;
	size_t size;
} NUMBER_FIELDS[] = {
	{"traits-accepted", offsetof(struct tls_facts, traits_accepted), 4},
	{"traits-refused", offsetof(struct tls_facts, traits_refused), 4},
	{"best-suite", offsetof(struct tls_facts, best_suite), 2},
	{"weakest-suite", offsetof(struct tls_facts, weakest_suite), 2},
	{"suite-tls1.3", offsetof(struct tls_facts, suite_tls13), 2},
	{"groups-accepted", offsetof(struct tls_facts, groups_accepted), 4},
	{"groups-refused", offsetof(struct tls_facts, groups_refused), 4},
	{"preferred-group", offsetof(struct tls_facts, preferred_group), 2},
	{"dh-bits", offsetof(struct tls_facts, dh_bits), 2},
	{"rsa-export-bits", offsetof(struct tls_facts, rsa_export_bits), 2},
	{"connections", offsetof(struct tls_facts, connections), 2},
};

static const struct {
	const char *key;
	size_t offset;
	size_t size;
} TEXT_FIELDS[] = {
	{"alpn-name", offsetof(struct tls_facts, alpn_name), sizeof(((struct tls_facts *)0)->alpn_name)},
	{"ja3s", offsetof(struct tls_facts, ja3s), sizeof(((struct tls_facts *)0)->ja3s)},
	{"ladder", offsetof(struct tls_facts, ladder), sizeof(((struct tls_facts *)0)->ladder)},
	{"jarm", offsetof(struct tls_facts, jarm), sizeof(((struct tls_facts *)0)->jarm)},
};

static enum answer read_answer(const struct tls_facts *facts, size_t offset)
{
	enum answer answer;

	memcpy(&answer, (const unsigned char *)facts + offset, sizeof(answer));
	return answer;
}

static uint32_t read_number(const struct tls_facts *facts, size_t offset, size_t size)
{
	uint32_t wide;
	uint16_t narrow;

	if (size == sizeof(wide)) {
		memcpy(&wide, (const unsigned char *)facts + offset, sizeof(wide));
		return wide;
	}
	memcpy(&narrow, (const unsigned char *)facts + offset, sizeof(narrow));
	return narrow;
}

/* Called for every service of a census: without printf, which costs more than all else here. */
static void append_field(struct buffer *out, const char *key, const char *value)
{
	buffer_append_byte(out, ' ');
	buffer_append_text(out, key);
	buffer_append_byte(out, '=');
	buffer_append_text(out, value);
}

static const char *hexadecimal(uint32_t number, char room[9])
{
	static const char DIGITS[] = "0123456789abcdef";
	char *at = room + 8;

	*at = '\0';
	do {
		*--at = DIGITS[number & 15];
		number >>= 4;
	} while (number > 0);
	return at;
}

void tls_facts_format(const struct tls_facts *facts, struct buffer *out)
{
	char room[9];

	buffer_append_text(out, "depth=");
	buffer_append_text(out, probe_depth_name(facts->depth));
	append_field(out, "seen", facts->is_seen ? "yes" : "no");
	for (size_t i = 0; i < ARRAY_LENGTH(ANSWER_FIELDS); i++) {
		enum answer answer = read_answer(facts, ANSWER_FIELDS[i].offset);

		if (answer != ANSWER_UNKNOWN)
			append_field(out, ANSWER_FIELDS[i].key, answer_name(answer));
	}
	for (size_t i = 0; i < ARRAY_LENGTH(NUMBER_FIELDS); i++) {
		uint32_t number = read_number(facts, NUMBER_FIELDS[i].offset, NUMBER_FIELDS[i].size);

		if (number != 0)
			append_field(out, NUMBER_FIELDS[i].key, hexadecimal(number, room));
	}
	for (size_t i = 0; i < ARRAY_LENGTH(TEXT_FIELDS); i++) {
		const char *text = (const char *)facts + TEXT_FIELDS[i].offset;

		if (text[0] != '\0')
			append_field(out, TEXT_FIELDS[i].key, text);
	}
	if (!fingerprint_is_none(facts->dh_prime_sha256)) {
		buffer_append_text(out, " dh-prime=");
		text_append_hex(span_make(facts->dh_prime_sha256, CERTIFICATE_FINGERPRINT_SIZE), out);
	}
	for (size_t i = 0; i < facts->chain_count && i < TLS_FACTS_CHAINS_MAX; i++) {
		buffer_append_text(out, " chain=");
		text_append_hex(span_make(facts->chains[i], CERTIFICATE_FINGERPRINT_SIZE), out);
		buffer_append_byte(out, '-');
		text_append_hex(span_make(facts->leaves[i], CERTIFICATE_FINGERPRINT_SIZE), out);
	}
}

static bool parse_answer(struct span value, enum answer *answer_out)
{
	for (size_t i = ANSWER_NO; i < ARRAY_LENGTH(ANSWERS); i++) {
		if (span_equals_text(value, ANSWERS[i])) {
			*answer_out = (enum answer)i;
			return true;
		}
	}
	return false;
}

static bool parse_number(struct span value, unsigned char *at, size_t size)
{
	uint32_t wide;
	uint16_t narrow;

	if (!text_parse_hex(value, &wide) || (size == sizeof(narrow) && wide > UINT16_MAX))
		return false;
	narrow = (uint16_t)wide;
	if (size == sizeof(wide))
		memcpy(at, &wide, sizeof(wide));
	else
		memcpy(at, &narrow, sizeof(narrow));
	return true;
}

/* Printable without blanks: it came from a server once, or from a digest. */
static bool parse_text(struct span value, char *out, size_t size)
{
	if (value.size == 0 || value.size >= size)
		return false;
	for (size_t i = 0; i < value.size; i++) {
		if (value.data[i] <= 0x20 || value.data[i] > 0x7e)
			return false;
	}
	memset(out, 0, size);
	memcpy(out, value.data, value.size);
	return true;
}

static bool parse_chain(struct span value, struct tls_facts *facts)
{
	size_t digits = (size_t)2 * CERTIFICATE_FINGERPRINT_SIZE;

	if (facts->chain_count == TLS_FACTS_CHAINS_MAX || value.size != 2 * digits + 1 || value.data[digits] != '-' ||
	    !text_parse_hex_bytes(span_part(value, 0, digits), facts->chains[facts->chain_count], CERTIFICATE_FINGERPRINT_SIZE) ||
	    !text_parse_hex_bytes(span_part(value, digits + 1, digits), facts->leaves[facts->chain_count], CERTIFICATE_FINGERPRINT_SIZE))
		return false;
	facts->chain_count++;
	return true;
}

static bool parse_table_field(struct span key, struct span value, struct tls_facts *facts)
{
	unsigned char *base = (unsigned char *)facts;

	for (size_t i = 0; i < ARRAY_LENGTH(ANSWER_FIELDS); i++) {
		enum answer answer;

		if (!span_equals_text(key, ANSWER_FIELDS[i].key))
			continue;
		if (!parse_answer(value, &answer))
			return false;
		memcpy(base + ANSWER_FIELDS[i].offset, &answer, sizeof(answer));
		return true;
	}
	for (size_t i = 0; i < ARRAY_LENGTH(NUMBER_FIELDS); i++) {
		if (span_equals_text(key, NUMBER_FIELDS[i].key))
			return parse_number(value, base + NUMBER_FIELDS[i].offset, NUMBER_FIELDS[i].size);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(TEXT_FIELDS); i++) {
		if (span_equals_text(key, TEXT_FIELDS[i].key))
			return parse_text(value, (char *)base + TEXT_FIELDS[i].offset, TEXT_FIELDS[i].size);
	}
	return false;
}

static bool parse_field(struct span word, struct tls_facts *facts)
{
	size_t equals = span_find_byte(word, '=');
	struct span key = span_part(word, 0, equals);
	struct span value = span_part(word, equals + 1, word.size);

	if (equals == word.size)
		return false;
	if (span_equals_text(key, "depth"))
		return probe_depth_parse(value, &facts->depth);
	if (span_equals_text(key, "seen")) {
		facts->is_seen = span_equals_text(value, "yes");
		return facts->is_seen || span_equals_text(value, "no");
	}
	if (span_equals_text(key, "dh-prime"))
		return text_parse_hex_bytes(value, facts->dh_prime_sha256, CERTIFICATE_FINGERPRINT_SIZE);
	if (span_equals_text(key, "chain"))
		return parse_chain(value, facts);
	return parse_table_field(key, value, facts);
}

bool tls_facts_parse(struct span text, struct tls_facts *facts_out)
{
	struct tls_facts facts = {.is_seen = false};

	for (;;) {
		struct span word = span_take_word(&text);

		if (word.size == 0)
			break;
		if (!parse_field(word, &facts))
			return false;
	}
	*facts_out = facts;
	return true;
}
