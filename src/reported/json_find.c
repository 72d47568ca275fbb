/* SPDX-License-Identifier: ISC */
/* A stack of brackets is all that must be remembered. */
#include "reported/json_find.h"

#include <stdint.h>
#include <string.h>

static bool is_white(unsigned char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static size_t skip_white(struct span text, size_t at)
{
	while (at < text.size && is_white(text.data[at]))
		at++;
	return at;
}

/* Behind the closing quote; SIZE_MAX: none. */
static size_t end_of_string(struct span text, size_t at)
{
	for (at++; at < text.size; at++) {
		if (text.data[at] == '\\')
			at++;
		else if (text.data[at] == '"')
			return at + 1;
		else if (text.data[at] < 0x20)
			break;
	}
	return SIZE_MAX;
}

static bool is_scalar_byte(unsigned char byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '-' || byte == '+' ||
	       byte == '.';
}

static size_t end_of_scalar(struct span text, size_t at)
{
	size_t first = at;

	while (at < text.size && is_scalar_byte(text.data[at]))
		at++;
	return at > first ? at : SIZE_MAX;
}

/* Behind the bracket that closes the one at `at`. */
static size_t end_of_nest(struct span text, size_t at)
{
	unsigned char closing[JSON_DEPTH_MAX];
	size_t depth = 0;

	while (at < text.size) {
		unsigned char byte = text.data[at];

		if (byte == '"') {
			at = end_of_string(text, at);
			if (at == SIZE_MAX)
				return SIZE_MAX;
			continue;
		}
		if (byte == '{' || byte == '[') {
			if (depth == JSON_DEPTH_MAX)
				return SIZE_MAX;
			closing[depth++] = byte == '{' ? '}' : ']';
		} else if (byte == '}' || byte == ']') {
			if (depth == 0 || closing[depth - 1] != byte)
				return SIZE_MAX;
			if (--depth == 0)
				return at + 1;
		}
		at++;
	}
	return SIZE_MAX;
}

static size_t end_of_value(struct span text, size_t at)
{
	if (at >= text.size)
		return SIZE_MAX;
	if (text.data[at] == '"')
		return end_of_string(text, at);
	return text.data[at] == '{' || text.data[at] == '[' ? end_of_nest(text, at) : end_of_scalar(text, at);
}

bool json_take_value(struct span *rest, struct span *value_out)
{
	size_t first = skip_white(*rest, 0), end = end_of_value(*rest, first);

	if (end == SIZE_MAX)
		return false;
	*value_out = span_part(*rest, first, end - first);
	*rest = span_part(*rest, end, rest->size);
	return true;
}

struct span json_member(struct span object, const char *name)
{
	size_t at = 1, length = strlen(name);

	if (object.size == 0 || object.data[0] != '{')
		return span_make(NULL, 0);
	for (;;) {
		size_t key = skip_white(object, at), end, value, value_end;

		if (key >= object.size || object.data[key] != '"')
			break;
		end = end_of_string(object, key);
		if (end == SIZE_MAX)
			break;
		value = skip_white(object, end);
		if (value >= object.size || object.data[value] != ':')
			break;
		value = skip_white(object, value + 1);
		value_end = end_of_value(object, value);
		if (value_end == SIZE_MAX)
			break;
		if (end - key == length + 2 && memcmp(object.data + key + 1, name, length) == 0)
			return span_part(object, value, value_end - value);
		at = skip_white(object, value_end);
		if (at >= object.size || object.data[at] != ',')
			break;
		at++;
	}
	return span_make(NULL, 0);
}

bool json_next_element(struct span *rest, struct span *element_out)
{
	size_t at = skip_white(*rest, 0);

	if (at >= rest->size || (rest->data[at] != '[' && rest->data[at] != ','))
		return false;
	*rest = span_part(*rest, at + 1, rest->size);
	return json_take_value(rest, element_out);
}

struct span json_plain(struct span value)
{
	if (value.size == 0 || value.data[0] == '{' || value.data[0] == '[')
		return span_make(NULL, 0);
	if (value.data[0] != '"')
		return value;
	value = span_part(value, 1, value.size - 2);
	return span_find_byte(value, '\\') < value.size ? span_make(NULL, 0) : value;
}
