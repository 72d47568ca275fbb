/* SPDX-License-Identifier: ISC */
/* Escaping for terminals and JSON; parsing of numbers. */
#include "base/text.h"

#include "base/character.h"

static const char HEX_DIGITS[] = "0123456789abcdef";

void text_escape(struct span bytes, struct buffer *out)
{
	for (size_t i = 0; i < bytes.size; i++) {
		unsigned char byte = bytes.data[i];

		if (byte == '\r')
			buffer_append_text(out, "\\r");
		else if (byte == '\n')
			buffer_append_text(out, "\\n");
		else if (byte == '\t')
			buffer_append_text(out, "\\t");
		else if (byte == '\\')
			buffer_append_text(out, "\\\\");
		else if (byte >= 0x20 && byte <= 0x7e)
			buffer_append_byte(out, byte);
		else {
			buffer_append_text(out, "\\x");
			buffer_append_byte(out, (unsigned char)HEX_DIGITS[byte >> 4]);
			buffer_append_byte(out, (unsigned char)HEX_DIGITS[byte & 15]);
		}
	}
}

bool text_unescape(struct span text, struct buffer *out)
{
	for (size_t i = 0; i < text.size; i++) {
		int high, low;

		if (text.data[i] != '\\') {
			buffer_append_byte(out, text.data[i]);
			continue;
		}
		if (++i >= text.size)
			return false;
		switch (text.data[i]) {
		case 'r':
			buffer_append_byte(out, '\r');
			break;
		case 'n':
			buffer_append_byte(out, '\n');
			break;
		case 't':
			buffer_append_byte(out, '\t');
			break;
		case '\\':
			buffer_append_byte(out, '\\');
			break;
		case 'x':
			if (text.size - i < 3)
				return false;
			high = character_hex_value(text.data[i + 1]);
			low = character_hex_value(text.data[i + 2]);
			if (high < 0 || low < 0)
				return false;
			buffer_append_byte(out, (unsigned char)(high * 16 + low));
			i += 2;
			break;
		default:
			return false;
		}
	}
	return true;
}

size_t text_decode(struct span bytes, uint32_t *code)
{
	unsigned char first = bytes.data[0];
	size_t size = first < 0x80                    ? 1
	              : first >= 0xc2 && first < 0xe0 ? 2
	              : first >= 0xe0 && first < 0xf0 ? 3
	              : first >= 0xf0 && first < 0xf5 ? 4
	                                              : 0;
	uint32_t value;

	if (size == 0 || size > bytes.size)
		return 0;
	value = size == 1 ? first : first & (0xffu >> (size + 1));
	for (size_t i = 1; i < size; i++) {
		if ((bytes.data[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (bytes.data[i] & 0x3fu);
	}
	if ((size == 3 && value < 0x800) || (size == 4 && value < 0x10000) || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
		return 0;
	*code = value;
	return size;
}

bool text_is_deceptive(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad || code == 0x61c || code == 0x180e ||
	       (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) ||
	       code == 0xfeff || (code >= 0xfff0 && code <= 0xffff);
}

void text_append_json(struct span bytes, struct buffer *out)
{
	buffer_append_byte(out, '"');
	for (size_t i = 0; i < bytes.size;) {
		uint32_t code = 0;
		struct span rest = span_part(bytes, i, bytes.size);
		size_t size = text_decode(rest, &code);

		if (size == 0) {
			buffer_append_format(out, "\\u%04x", rest.data[0]);
			i++;
			continue;
		}
		if (code == '"' || code == '\\') {
			buffer_append_byte(out, '\\');
			buffer_append_byte(out, (unsigned char)code);
		} else if (code >= 0xe0000) { /* tags and private use: never shown as they are */
			buffer_append_format(out, "\\u%04x\\u%04x", 0xd800 + ((code - 0x10000) >> 10), 0xdc00 + ((code - 0x10000) & 0x3ff));
		} else if (text_is_deceptive(code)) {
			buffer_append_format(out, "\\u%04x", code);
		} else {
			buffer_append(out, span_part(rest, 0, size));
		}
		i += size;
	}
	buffer_append_byte(out, '"');
}

bool text_parse_unsigned(struct span text, uint64_t maximum, uint64_t *value_out)
{
	uint64_t value = 0;

	if (text.size == 0)
		return false;
	for (size_t i = 0; i < text.size; i++) {
		uint64_t digit = (uint64_t)text.data[i] - '0';

		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
		if (digit > maximum || value > (maximum - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*value_out = value;
	return true;
}

void text_append_hex(struct span bytes, struct buffer *out)
{
	for (size_t i = 0; i < bytes.size; i++) {
		buffer_append_byte(out, (unsigned char)HEX_DIGITS[bytes.data[i] >> 4]);
		buffer_append_byte(out, (unsigned char)HEX_DIGITS[bytes.data[i] & 15]);
	}
}

bool text_parse_hex(struct span text, uint32_t *value_out)
{
	uint32_t value = 0;

	if (text.size == 0 || text.size > 8)
		return false;
	for (size_t i = 0; i < text.size; i++) {
		unsigned char digit = text.data[i];

		if (digit >= '0' && digit <= '9')
			value = value << 4 | (uint32_t)(digit - '0');
		else if (digit >= 'a' && digit <= 'f')
			value = value << 4 | (uint32_t)(digit - 'a' + 10);
		else
			return false;
	}
	*value_out = value;
	return true;
}

bool text_parse_hex_bytes(struct span text, unsigned char *out, size_t size)
{
	if (text.size != 2 * size)
		return false;
	for (size_t i = 0; i < size; i++) {
		uint32_t byte;

		if (!text_parse_hex(span_part(text, 2 * i, 2), &byte))
			return false;
		out[i] = (unsigned char)byte;
	}
	return true;
}
