/* SPDX-License-Identifier: ISC */
/* What is written here is read back by the same rules; whatever would not come back the same is refused. */
#include "store/transcript_parts.h"

#include "base/text.h"
#include "model/transcript.h"

enum {
	MARK_FINGERPRINT = 1,
	MARK_GREETING = 2,
	FINGERPRINT_DIGITS = 2 * CERTIFICATE_FINGERPRINT_SIZE,
};

static void put_number(struct buffer *out, uint64_t value)
{
	do {
		buffer_append_byte(out, (unsigned char)((value & 0x7f) | (value > 0x7f ? 0x80 : 0)));
		value >>= 7;
	} while (value > 0);
}

static bool take_number(struct span *rest, uint64_t *value_out)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 35; shift += 7) {
		unsigned char byte;

		if (rest->size == 0)
			return false;
		byte = rest->data[0];
		*rest = span_part(*rest, 1, rest->size);
		value |= (uint64_t)(byte & 0x7f) << shift;
		if ((byte & 0x80) == 0) {
			*value_out = value;
			return true;
		}
	}
	return false;
}

/* Behind an equals sign: 64 digits and no more. */
static bool is_fingerprint(struct span text, size_t at, unsigned char fingerprint_out[CERTIFICATE_FINGERPRINT_SIZE])
{
	if (at == 0 || text.data[at - 1] != '=' || text.size - at < FINGERPRINT_DIGITS)
		return false;
	return text_parse_hex_bytes(span_part(text, at, FINGERPRINT_DIGITS), fingerprint_out, CERTIFICATE_FINGERPRINT_SIZE);
}

/* The bytes of a record with its marks; what they stand for goes to own. */
static void mark_fingerprints(struct span text, struct buffer *marked, struct buffer *own)
{
	size_t from = 0;

	for (size_t at = 0; at < text.size; at++) {
		unsigned char fingerprint[CERTIFICATE_FINGERPRINT_SIZE];

		if (!is_fingerprint(text, at, fingerprint))
			continue;
		buffer_append(marked, span_part(text, from, at - from));
		buffer_append_byte(marked, MARK_FINGERPRINT);
		buffer_append(own, span_make(fingerprint, sizeof(fingerprint)));
		at += FINGERPRINT_DIGITS - 1;
		from = at + 1;
	}
	buffer_append(marked, span_part(text, from, text.size));
}

static bool has_marks(const struct transcript_record *record)
{
	return (record->kind == TRANSCRIPT_TLS && span_find_byte(record->bytes, MARK_FINGERPRINT) < record->bytes.size) ||
	       (record->kind == TRANSCRIPT_RECEIVED && record->bytes.size == 1 && record->bytes.data[0] == MARK_GREETING);
}

static void put_record(const struct transcript_record *record, bool is_greeting, struct buffer *common, struct buffer *own)
{
	buffer_append_byte(common, (unsigned char)record->kind);
	if (is_greeting) {
		buffer_append(common, span_make("\1\2", 2));
		put_number(own, record->bytes.size);
		buffer_append(own, record->bytes);
	} else if (record->kind == TRANSCRIPT_TLS) {
		struct buffer marked;

		buffer_init(&marked, TRANSCRIPT_MAX);
		mark_fingerprints(record->bytes, &marked, own);
		put_number(common, marked.size);
		buffer_append(common, buffer_view(&marked));
		buffer_done(&marked);
	} else {
		put_number(common, record->bytes.size);
		buffer_append(common, record->bytes);
	}
}

/* A size or a time can be written with more bytes than it needs, which would not come back: sizes are compared at the end. */
static size_t size_of_number(uint64_t value)
{
	size_t size = 1;

	for (; value > 0x7f; value >>= 7)
		size++;
	return size;
}

bool transcript_take_apart(struct span transcript, bool sets_greeting_apart, struct buffer *common_out, struct buffer *own_out)
{
	struct transcript_record record;
	size_t size = transcript.size, taken = 0;
	uint32_t before_ms = 0;
	bool has_greeting = false;

	buffer_clear(common_out);
	buffer_clear(own_out);
	while (transcript_take(&transcript, &record)) {
		bool is_greeting = sets_greeting_apart && !has_greeting && record.kind == TRANSCRIPT_RECEIVED;

		if (record.at_ms < before_ms || has_marks(&record))
			return false;
		put_number(own_out, record.at_ms - before_ms);
		before_ms = record.at_ms;
		put_record(&record, is_greeting, common_out, own_out);
		has_greeting = has_greeting || is_greeting;
		taken += 1 + size_of_number(record.at_ms) + size_of_number(record.bytes.size) + record.bytes.size;
	}
	return taken == size && size > 0 && !common_out->overflowed && !own_out->overflowed;
}

static bool put_fingerprints_back(struct span marked, struct span *own, struct buffer *out)
{
	for (size_t at = 0; at < marked.size; at++) {
		if (marked.data[at] != MARK_FINGERPRINT) {
			buffer_append_byte(out, marked.data[at]);
			continue;
		}
		if (own->size < CERTIFICATE_FINGERPRINT_SIZE)
			return false;
		text_append_hex(span_part(*own, 0, CERTIFICATE_FINGERPRINT_SIZE), out);
		*own = span_part(*own, CERTIFICATE_FINGERPRINT_SIZE, own->size);
	}
	return true;
}

/* The bytes of one record, whole again. */
static bool expand(enum transcript_kind kind, struct span bytes, struct span *own, struct buffer *out)
{
	uint64_t size;

	if (kind == TRANSCRIPT_TLS)
		return put_fingerprints_back(bytes, own, out);
	if (kind != TRANSCRIPT_RECEIVED || bytes.size != 1 || bytes.data[0] != MARK_GREETING) {
		buffer_append(out, bytes);
		return true;
	}
	if (!take_number(own, &size) || size > own->size)
		return false;
	buffer_append(out, span_part(*own, 0, (size_t)size));
	*own = span_part(*own, (size_t)size, own->size);
	return true;
}

bool transcript_put_together(struct span common, struct span own, struct buffer *transcript_out)
{
	struct transcript transcript = {.bytes = *transcript_out};
	uint64_t at_ms = 0, step, size;
	struct buffer bytes;
	bool is_good = true;

	buffer_clear(&transcript.bytes);
	buffer_init(&bytes, TRANSCRIPT_MAX);
	while (is_good && common.size > 0) {
		enum transcript_kind kind = (enum transcript_kind)common.data[0];

		common = span_part(common, 1, common.size);
		buffer_clear(&bytes);
		is_good = kind >= TRANSCRIPT_CONNECTED && kind <= TRANSCRIPT_OPENING && take_number(&common, &size) &&
		          size <= common.size && take_number(&own, &step) && (at_ms += step) <= UINT32_MAX &&
		          expand(kind, span_part(common, 0, (size_t)size), &own, &bytes) && !bytes.overflowed;
		if (is_good) {
			transcript_add(&transcript, kind, (uint32_t)at_ms, buffer_view(&bytes));
			common = span_part(common, (size_t)size, common.size);
		}
	}
	buffer_done(&bytes);
	*transcript_out = transcript.bytes;
	return is_good && own.size == 0 && !transcript_out->overflowed;
}
