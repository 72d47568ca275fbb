/* SPDX-License-Identifier: ISC */
/* JSON into a buffer, step by step. */
#include "report/json_write.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

void json_key(struct buffer *out, const char *key)
{
	unsigned char last = out->size > 0 ? out->data[out->size - 1] : 0;

	if (last != '{' && last != '[' && last != '\n' && last != 0)
		buffer_append_byte(out, ',');
	text_append_json(span_from_text(key), out);
	buffer_append_byte(out, ':');
}

void json_span(struct buffer *out, const char *key, struct span bytes)
{
	json_key(out, key);
	text_append_json(bytes, out);
}

void json_word(struct buffer *out, const char *key, const char *word)
{
	json_span(out, key, span_from_text(word));
}

void json_word_or_null(struct buffer *out, const char *key, const char *word)
{
	json_key(out, key);
	if (word == NULL || word[0] == '\0')
		buffer_append_text(out, "null");
	else
		text_append_json(span_from_text(word), out);
}

void json_number(struct buffer *out, const char *key, uint64_t number)
{
	json_key(out, key);
	buffer_append_format(out, "%" PRIu64, number);
}

void json_number_or_null(struct buffer *out, const char *key, uint64_t number)
{
	if (number != 0)
		json_number(out, key, number);
	else
		json_word_or_null(out, key, NULL);
}

void json_bool(struct buffer *out, const char *key, bool value)
{
	json_key(out, key);
	buffer_append_text(out, value ? "true" : "false");
}

void json_time(struct buffer *out, const char *key, struct timestamp time)
{
	char text[TIMESTAMP_TEXT_SIZE];

	timestamp_format(time, text);
	json_word(out, key, text);
}

void json_hex(struct buffer *out, const char *key, struct span bytes)
{
	json_key(out, key);
	buffer_append_byte(out, '"');
	text_append_hex(bytes, out);
	buffer_append_byte(out, '"');
}

void json_item(struct buffer *out, struct span item)
{
	if (out->size > 0 && out->data[out->size - 1] != '[')
		buffer_append_byte(out, ',');
	text_append_json(item, out);
}

/* Where the separator begins, or the size. */
static size_t find_separator(struct span list, const char *separator)
{
	for (size_t at = 0; at < list.size; at++) {
		if (span_starts_with_text(span_part(list, at, list.size), separator))
			return at;
	}
	return list.size;
}

void json_list(struct buffer *out, const char *key, struct span list, const char *separator)
{
	json_key(out, key);
	buffer_append_byte(out, '[');
	while (list.size > 0) {
		size_t end = find_separator(list, separator);

		if (end > 0)
			json_item(out, span_part(list, 0, end));
		list = span_part(list, end + strlen(separator), list.size);
	}
	buffer_append_byte(out, ']');
}

void json_flags(struct buffer *out, const char *key, uint32_t flags, const char *(*name)(uint32_t bit))
{
	json_key(out, key);
	buffer_append_byte(out, '[');
	for (unsigned i = 0; i < 32; i++) {
		uint32_t bit = (uint32_t)1 << i;

		if ((flags & bit) != 0 && name(bit) != NULL)
			json_item(out, span_from_text(name(bit)));
	}
	buffer_append_byte(out, ']');
}

void json_registered(struct buffer *out, const char *key, uint16_t number, const char *name)
{
	json_key(out, key);
	if (number == 0) {
		buffer_append_text(out, "null");
		return;
	}
	buffer_append_format(out, "{\"number\":\"%04x\"", number);
	json_word_or_null(out, "name", name);
	buffer_append_byte(out, '}');
}

void json_signed(struct buffer *out, const char *key, int64_t number)
{
	json_key(out, key);
	buffer_append_format(out, "%" PRId64, number);
}

void json_null(struct buffer *out, const char *key)
{
	json_key(out, key);
	buffer_append_text(out, "null");
}

void json_open_item(struct buffer *out)
{
	if (out->size > 0 && out->data[out->size - 1] != '[')
		buffer_append_byte(out, ',');
	buffer_append_byte(out, '{');
}
