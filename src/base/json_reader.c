/* SPDX-License-Identifier: ISC */
/* Steps through JSON, of which every byte may be hostile. */
#include "base/json_reader.h"

#include <stdint.h>
#include <string.h>

#include "base/character.h"

struct json_reader json_reader_make(struct span content)
{
	return (struct json_reader){.rest = content};
}

/* Nothing that follows is read any more: whoever loops comes to an end. */
static void go_wrong(struct json_reader *json)
{
	json->is_wrong = true;
	json->rest.size = 0;
}

unsigned char json_reader_next(struct json_reader *json)
{
	size_t skipped = 0;

	while (skipped < json->rest.size && (json->rest.data[skipped] == ' ' || json->rest.data[skipped] == '\n' ||
	                                     json->rest.data[skipped] == '\t' || json->rest.data[skipped] == '\r'))
		skipped++;
	json->rest = span_part(json->rest, skipped, json->rest.size);
	return json->rest.size > 0 ? json->rest.data[0] : 0;
}

bool json_reader_take(struct json_reader *json, char byte)
{
	if (json_reader_next(json) != (unsigned char)byte || json->rest.size == 0)
		return false;
	json->rest = span_part(json->rest, 1, json->rest.size);
	return true;
}

void json_reader_want(struct json_reader *json, char byte)
{
	if (!json_reader_take(json, byte))
		go_wrong(json);
}

struct span json_reader_take_string(struct json_reader *json)
{
	size_t end = 0;
	struct span text;

	json_reader_want(json, '"');
	while (end < json->rest.size && json->rest.data[end] != '"')
		end += json->rest.data[end] == '\\' ? 2 : 1;
	if (end >= json->rest.size) {
		go_wrong(json);
		return span_make(NULL, 0);
	}
	text = span_part(json->rest, 0, end);
	json->rest = span_part(json->rest, end + 1, json->rest.size);
	return text;
}

struct span json_reader_take_scalar(struct json_reader *json)
{
	size_t end = 0;
	struct span text;

	if (json_reader_next(json) == '"')
		return json_reader_take_string(json);
	while (end < json->rest.size && memchr("[{\",:]} \t\r\n", json->rest.data[end], 11) == NULL)
		end++;
	if (end == 0)
		go_wrong(json);
	text = span_part(json->rest, 0, end);
	json->rest = span_part(json->rest, end, json->rest.size);
	return text;
}

void json_reader_skip(struct json_reader *json)
{
	unsigned depth = 0;

	do {
		if (json_reader_take(json, '{') || json_reader_take(json, '['))
			depth++;
		else if (depth > 0 && (json_reader_take(json, '}') || json_reader_take(json, ']')))
			depth--;
		else if (depth == 0 || !(json_reader_take(json, ',') || json_reader_take(json, ':')))
			(void)json_reader_take_scalar(json);
		if (depth > JSON_DEPTH_MAX)
			go_wrong(json);
	} while (depth > 0 && !json->is_wrong);
}

/* Up to the next member or item; false: the end was taken, or something is wrong. */
static bool step(struct json_reader *json, bool *is_first, char open, char close)
{
	if (*is_first)
		json_reader_want(json, open);
	if (json_reader_take(json, close))
		return false;
	if (!*is_first)
		json_reader_want(json, ',');
	*is_first = false;
	return !json->is_wrong;
}

bool json_reader_member(struct json_reader *json, bool *is_first, struct span *key_out)
{
	*key_out = span_make(NULL, 0);
	if (!step(json, is_first, '{', '}'))
		return false;
	*key_out = json_reader_take_string(json);
	json_reader_want(json, ':');
	return !json->is_wrong;
}

bool json_reader_item(struct json_reader *json, bool *is_first)
{
	return step(json, is_first, '[', ']');
}

static void append_utf8(uint32_t code, struct buffer *out)
{
	if (code < 0x80) {
		buffer_append_byte(out, (unsigned char)code);
		return;
	}
	if (code < 0x800) {
		buffer_append_byte(out, (unsigned char)(0xc0 | code >> 6));
	} else {
		if (code < 0x10000) {
			buffer_append_byte(out, (unsigned char)(0xe0 | code >> 12));
		} else {
			buffer_append_byte(out, (unsigned char)(0xf0 | code >> 18));
			buffer_append_byte(out, (unsigned char)(0x80 | (code >> 12 & 0x3f)));
		}
		buffer_append_byte(out, (unsigned char)(0x80 | (code >> 6 & 0x3f)));
	}
	buffer_append_byte(out, (unsigned char)(0x80 | (code & 0x3f)));
}

/* Four hexadecimal digits at the front of the text. */
static bool take_unit(struct span *text, uint32_t *unit_out)
{
	uint32_t unit = 0;

	if (text->size < 4)
		return false;
	for (size_t i = 0; i < 4; i++) {
		int digit = character_hex_value(text->data[i]);

		if (digit < 0)
			return false;
		unit = unit << 4 | (uint32_t)digit;
	}
	*text = span_part(*text, 4, text->size);
	*unit_out = unit;
	return true;
}

/* Behind "\u". */
static bool unescape_code(struct span *text, struct buffer *out)
{
	uint32_t high, low;

	if (!take_unit(text, &high) || (high >= 0xdc00 && high <= 0xdfff))
		return false;
	if (high < 0xd800 || high > 0xdbff) {
		append_utf8(high, out);
		return true;
	}
	if (!span_starts_with_text(*text, "\\u"))
		return false;
	*text = span_part(*text, 2, text->size);
	if (!take_unit(text, &low) || low < 0xdc00 || low > 0xdfff)
		return false;
	append_utf8(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00), out);
	return true;
}

bool json_unescape(struct span text, struct buffer *out)
{
	static const char LETTERS[] = "\"\\/bfnrt", MEANT[] = "\"\\/\b\f\n\r\t";

	while (text.size > 0) {
		unsigned char byte = text.data[0];
		const char *letter;

		text = span_part(text, 1, text.size);
		if (byte != '\\') {
			buffer_append_byte(out, byte);
			continue;
		}
		if (text.size == 0)
			return false;
		byte = text.data[0];
		text = span_part(text, 1, text.size);
		letter = memchr(LETTERS, byte, sizeof(LETTERS) - 1);
		if (letter != NULL)
			buffer_append_byte(out, (unsigned char)MEANT[letter - LETTERS]);
		else if (byte != 'u' || !unescape_code(&text, out))
			return false;
	}
	return true;
}
