/* SPDX-License-Identifier: ISC */
/* Writing, reading and rendering transcripts, and TLS facts as a line of words. */
#include "model/transcript.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { RECORD_HEAD_MAX = 1 + 5 + 10 };

void transcript_init(struct transcript *transcript)
{
	buffer_init(&transcript->bytes, TRANSCRIPT_MAX);
}

void transcript_done(struct transcript *transcript)
{
	if (transcript != NULL)
		buffer_done(&transcript->bytes);
}

static size_t put_leb128(unsigned char *head, size_t size, uint64_t value)
{
	do {
		head[size++] = (unsigned char)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
		value >>= 7;
	} while (value > 0);
	return size;
}

void transcript_add(struct transcript *transcript, enum transcript_kind kind, uint32_t at_ms, struct span bytes)
{
	unsigned char head[RECORD_HEAD_MAX];
	size_t size = 0;

	head[size++] = (unsigned char)kind;
	size = put_leb128(head, size, at_ms);
	size = put_leb128(head, size, bytes.size);
	if (size + bytes.size > transcript->bytes.max - transcript->bytes.size) {
		transcript->bytes.overflowed = true;
		return;
	}
	buffer_append(&transcript->bytes, span_make(head, size));
	buffer_append(&transcript->bytes, bytes);
}

static bool take_leb128(struct span *rest, uint64_t maximum, uint64_t *value_out)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 63; shift += 7) {
		unsigned char byte;

		if (rest->size == 0)
			return false;
		byte = rest->data[0];
		*rest = span_part(*rest, 1, rest->size);
		value |= (uint64_t)(byte & 0x7f) << shift;
		if ((byte & 0x80) == 0) {
			*value_out = value;
			return value <= maximum;
		}
	}
	return false;
}

bool transcript_take(struct span *rest, struct transcript_record *record_out)
{
	struct span left = *rest;
	uint64_t at_ms, size;
	unsigned kind;

	if (left.size == 0)
		return false;
	kind = left.data[0];
	left = span_part(left, 1, left.size);
	if (kind < TRANSCRIPT_CONNECTED || kind > TRANSCRIPT_OPENING || !take_leb128(&left, UINT32_MAX, &at_ms) ||
	    !take_leb128(&left, TRANSCRIPT_MAX, &size) || size > left.size)
		return false;
	*record_out = (struct transcript_record){
		.kind = (enum transcript_kind)kind, .at_ms = (uint32_t)at_ms, .bytes = span_part(left, 0, (size_t)size)};
	*rest = span_part(left, (size_t)size, left.size);
	return true;
}

static const char *const KIND_NAMES[] = {
	[TRANSCRIPT_CONNECTED] = "connected", [TRANSCRIPT_RECEIVED] = "received", [TRANSCRIPT_SENT] = "sent",
	[TRANSCRIPT_CLOSED] = "closed",       [TRANSCRIPT_RESET] = "reset",       [TRANSCRIPT_DEADLINE] = "deadline",
	[TRANSCRIPT_HELLO] = "hello",         [TRANSCRIPT_TLS] = "tls",           [TRANSCRIPT_LEFT] = "left",
	[TRANSCRIPT_OPENING] = "opening",
};

const char *transcript_kind_name(enum transcript_kind kind)
{
	return kind >= TRANSCRIPT_CONNECTED && kind <= TRANSCRIPT_OPENING ? KIND_NAMES[kind] : "?";
}

/* Where each number of tls_observation goes in the text. */
struct number_field {
	const char *key;
	size_t offset;
	size_t size;
	bool is_hex;
};

#define NUMBER_FIELD(key, member, hex)                                                                                                     \
	{                                                                                                                                  \
		key, offsetof(struct tls_observation, member), sizeof(((struct tls_observation *)0)->member), hex                          \
	}

static const struct number_field NUMBER_FIELDS[] = {
	NUMBER_FIELD("version", version, true),
	NUMBER_FIELD("suite", cipher_suite, true),
	NUMBER_FIELD("group", group, true),
	NUMBER_FIELD("dh-bits", dh_bits, false),
	NUMBER_FIELD("rsa-export-bits", rsa_export_bits, false),
	NUMBER_FIELD("alert-level", alert_level, false),
	NUMBER_FIELD("alert", alert_description, false),
	NUMBER_FIELD("flags", flags, true),
	NUMBER_FIELD("certificates", certificate_count, false),
	NUMBER_FIELD("offered", offered, true),
	NUMBER_FIELD("legacy-version", legacy_version, true),
	NUMBER_FIELD("scheme", signature_scheme, true),
};

static uint32_t read_number(const struct tls_observation *tls, const struct number_field *field)
{
	const unsigned char *at = (const unsigned char *)tls + field->offset;
	uint32_t wide;
	uint16_t narrow;

	if (field->size == 1)
		return *at;
	if (field->size == 2) {
		memcpy(&narrow, at, sizeof(narrow));
		return narrow;
	}
	memcpy(&wide, at, sizeof(wide));
	return wide;
}

static void write_number(struct tls_observation *tls, const struct number_field *field, uint32_t value)
{
	unsigned char *at = (unsigned char *)tls + field->offset;
	uint16_t narrow = (uint16_t)value;

	if (field->size == 1)
		*at = (unsigned char)value;
	else if (field->size == 2)
		memcpy(at, &narrow, sizeof(narrow));
	else
		memcpy(at, &value, sizeof(value));
}

/* Where each fingerprint of tls_observation goes in the text; all zero is none. */
static const struct {
	const char *key;
	size_t offset;
} FINGERPRINT_FIELDS[] = {
	{"leaf", offsetof(struct tls_observation, leaf_sha256)},
	{"chain", offsetof(struct tls_observation, chain_sha256)},
	{"dh-prime", offsetof(struct tls_observation, dh_prime_sha256)},
};

static void format_fingerprints(const struct tls_observation *tls, struct buffer *out)
{
	for (size_t i = 0; i < ARRAY_LENGTH(FINGERPRINT_FIELDS); i++) {
		const uint8_t *fingerprint = (const uint8_t *)tls + FINGERPRINT_FIELDS[i].offset;

		if (fingerprint_is_none(fingerprint))
			continue;
		buffer_append_format(out, " %s=", FINGERPRINT_FIELDS[i].key);
		text_append_hex(span_make(fingerprint, CERTIFICATE_FINGERPRINT_SIZE), out);
	}
}

static void format_extensions(const struct tls_observation *tls, struct buffer *out)
{
	for (size_t i = 0; i < tls->extension_count && i < TLS_EXTENSIONS_MAX; i++)
		buffer_append_format(out, i == 0 ? " extensions=%04x" : "-%04x", tls->extensions[i]);
}

void tls_observation_format(const struct tls_observation *tls, struct buffer *out)
{
	buffer_append_format(out, "outcome=%s hello=%s", tls_outcome_name(tls->outcome), tls_hello_name(tls->hello));
	for (size_t i = 0; i < ARRAY_LENGTH(NUMBER_FIELDS); i++) {
		uint32_t value = read_number(tls, &NUMBER_FIELDS[i]);

		if (value != 0)
			buffer_append_format(out, NUMBER_FIELDS[i].is_hex ? " %s=%04x" : " %s=%u", NUMBER_FIELDS[i].key, value);
	}
	if (tls->alpn[0] != '\0')
		buffer_append_format(out, " alpn=%s", tls->alpn);
	format_fingerprints(tls, out);
	format_extensions(tls, out);
}

static bool parse_number_field(struct span key, struct span value, struct tls_observation *tls)
{
	for (size_t i = 0; i < ARRAY_LENGTH(NUMBER_FIELDS); i++) {
		const struct number_field *field = &NUMBER_FIELDS[i];
		uint64_t maximum = field->size == 1 ? UINT8_MAX : field->size == 2 ? UINT16_MAX : UINT32_MAX;
		uint64_t number;
		uint32_t hex;

		if (!span_equals_text(key, field->key))
			continue;
		if (field->is_hex) {
			if (!text_parse_hex(value, &hex) || hex > maximum)
				return false;
			number = hex;
		} else if (!text_parse_unsigned(value, maximum, &number)) {
			return false;
		}
		write_number(tls, field, (uint32_t)number);
		return true;
	}
	return false;
}

/* "0017-ff01-0023" */
static bool parse_extensions(struct span value, struct tls_observation *tls)
{
	enum { DIGITS = 4 };

	tls->extension_count = 0;
	for (size_t at = 0; at < value.size; at += DIGITS + 1) {
		uint32_t type;

		if (tls->extension_count == TLS_EXTENSIONS_MAX || value.size - at < DIGITS ||
		    !text_parse_hex(span_part(value, at, DIGITS), &type))
			return false;
		if (at + DIGITS < value.size && (value.data[at + DIGITS] != '-' || at + DIGITS + 1 == value.size))
			return false;
		tls->extensions[tls->extension_count++] = (uint16_t)type;
	}
	return value.size > 0;
}

/* Printable only, as observed: a NUL inside would come back shorter than it was. The last one given counts. */
static bool parse_alpn(struct span value, struct tls_observation *tls)
{
	if (value.size == 0 || value.size >= sizeof(tls->alpn))
		return false;
	for (size_t i = 0; i < value.size; i++) {
		if (value.data[i] <= 0x20 || value.data[i] > 0x7e)
			return false;
	}
	memset(tls->alpn, 0, sizeof(tls->alpn));
	memcpy(tls->alpn, value.data, value.size);
	return true;
}

static bool parse_field(struct span word, struct tls_observation *tls)
{
	size_t equals = span_find_byte(word, '=');
	struct span key = span_part(word, 0, equals);
	struct span value = span_part(word, equals + 1, word.size);

	if (equals == word.size)
		return false;
	if (span_equals_text(key, "outcome"))
		return tls_outcome_parse(value, &tls->outcome);
	if (span_equals_text(key, "hello"))
		return tls_hello_parse(value, &tls->hello);
	for (size_t i = 0; i < ARRAY_LENGTH(FINGERPRINT_FIELDS); i++) {
		if (span_equals_text(key, FINGERPRINT_FIELDS[i].key))
			return text_parse_hex_bytes(value, (uint8_t *)tls + FINGERPRINT_FIELDS[i].offset, CERTIFICATE_FINGERPRINT_SIZE);
	}
	if (span_equals_text(key, "extensions"))
		return parse_extensions(value, tls);
	if (span_equals_text(key, "alpn"))
		return parse_alpn(value, tls);
	return parse_number_field(key, value, tls);
}

bool tls_observation_parse(struct span text, struct tls_observation *tls_out)
{
	struct tls_observation tls = {.outcome = TLS_NOT_TRIED};

	for (;;) {
		struct span word = span_take_word(&text);

		if (word.size == 0)
			break;
		if (!parse_field(word, &tls))
			return false;
	}
	*tls_out = tls;
	return true;
}

void transcript_render(struct span bytes, struct buffer *out)
{
	struct transcript_record record;

	while (transcript_take(&bytes, &record)) {
		buffer_append_format(out, "+%u.%03u ", record.at_ms / 1000, record.at_ms % 1000);
		if (record.kind == TRANSCRIPT_RECEIVED)
			buffer_append_text(out, "S: ");
		else if (record.kind == TRANSCRIPT_SENT)
			buffer_append_text(out, "C: ");
		else
			buffer_append_format(out, "-- %s%s", transcript_kind_name(record.kind), record.bytes.size > 0 ? " " : "");
		text_escape(record.bytes, out);
		buffer_append_byte(out, '\n');
	}
	if (bytes.size > 0)
		buffer_append_text(out, "-- (the rest of this transcript is damaged)\n");
}
