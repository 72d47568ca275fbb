/* SPDX-License-Identifier: ISC */
/* Targets text_append_json, text_escape, text_unescape and text_parse_unsigned: hostile bytes are harmless where they are shown, and nothing is lost on the way back. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LARGEST_ESCAPE = 12 }; /* a surrogate pair for four bytes, six characters for one */

static void require(bool is_true)
{
	if (!is_true)
		abort();
}

static bool is_hex_digit(unsigned char byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f');
}

/* RFC 8259 section 7, as a reader that trusts nobody: one string, closed at the very end, no raw control, no unknown escape. */
static void is_one_json_string(struct span text)
{
	require(text.size >= 2 && text.data[0] == '"' && text.data[text.size - 1] == '"');
	for (size_t i = 1; i + 1 < text.size; i++) {
		unsigned char byte = text.data[i];

		require(byte >= 0x20 && byte != 0x7f && byte != '"');
		if (byte != '\\')
			continue;
		require(++i + 1 < text.size);
		if (text.data[i] == '"' || text.data[i] == '\\')
			continue;
		require(text.data[i] == 'u' && i + 5 < text.size);
		for (size_t digit = 1; digit <= 4; digit++)
			require(is_hex_digit(text.data[i + digit]));
		i += 4;
	}
}

/* Outside of escapes only well-formed UTF-8, and none of the characters that turn text around or hide it. */
static void shows_no_deception(struct span text)
{
	static const char *const hidden[] = {"\xe2\x80\xae", "\xe2\x80\x8b", "\xef\xbb\xbf",    "\xc2\x85",
	                                     "\xd8\x9c",     "\xe2\x81\xa6", "\xf3\xa0\x80\x81"};

	for (size_t i = 0; i < ARRAY_LENGTH(hidden); i++)
		require(!span_contains_text_ignoring_case(text, hidden[i]));
	for (size_t i = 0; i < text.size;) {
		unsigned char byte = text.data[i];
		size_t length = byte < 0x80                   ? 1
		                : byte >= 0xc2 && byte < 0xe0 ? 2
		                : byte >= 0xe0 && byte < 0xf0 ? 3
		                : byte >= 0xf0 && byte < 0xf5 ? 4
		                                              : 0;

		require(length > 0 && length <= text.size - i);
		for (size_t k = 1; k < length; k++)
			require((text.data[i + k] & 0xc0) == 0x80);
		i += length;
	}
}

static void escaping_is_reversible(struct span bytes)
{
	struct buffer escaped, back;
	struct span text;

	buffer_init(&escaped, bytes.size * 4 + 1);
	buffer_init(&back, bytes.size + 1);
	text_escape(bytes, &escaped);
	require(!escaped.overflowed);
	text = buffer_view(&escaped);
	for (size_t i = 0; i < text.size; i++)
		require(text.data[i] >= 0x20 && text.data[i] <= 0x7e);
	require(text_unescape(text, &back));
	require(span_equals(buffer_view(&back), bytes));
	buffer_done(&escaped);
	buffer_done(&back);
}

/* Any text may be given to be unescaped: it never grows. */
static void unescaping_is_bounded(struct span bytes)
{
	struct buffer out;

	buffer_init(&out, bytes.size + 1);
	if (text_unescape(bytes, &out) && memchr(bytes.size > 0 ? bytes.data : (const unsigned char *)"", '\\', bytes.size) == NULL)
		require(span_equals(buffer_view(&out), bytes));
	require(out.size <= bytes.size && !out.overflowed);
	buffer_done(&out);
}

static void numbers_are_what_they_say(struct span bytes)
{
	uint64_t value = 0;
	struct buffer out;

	if (!text_parse_unsigned(bytes, UINT32_MAX, &value))
		return;
	require(value <= UINT32_MAX);
	while (bytes.size > 1 && bytes.data[0] == '0')
		bytes = span_part(bytes, 1, bytes.size);
	buffer_init(&out, 32);
	buffer_append_format(&out, "%llu", (unsigned long long)value);
	require(span_equals(buffer_view(&out), bytes));
	buffer_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span bytes = span_make(data, size);
	struct buffer json;

	buffer_init(&json, size * LARGEST_ESCAPE + 2);
	text_append_json(bytes, &json);
	require(!json.overflowed);
	is_one_json_string(buffer_view(&json));
	shows_no_deception(buffer_view(&json));
	buffer_done(&json);
	escaping_is_reversible(bytes);
	unescaping_is_bounded(bytes);
	numbers_are_what_they_say(bytes);
	return 0;
}
