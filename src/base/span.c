/* SPDX-License-Identifier: ISC */
/* Looking into bytes that somebody else owns. */
#include "base/span.h"

#include <string.h>

#include "base/character.h"

struct span span_make(const void *data, size_t size)
{
	return (struct span){.data = data, .size = size};
}

struct span span_from_text(const char *text)
{
	return span_make(text, strlen(text));
}

struct span span_part(struct span span, size_t offset, size_t size)
{
	if (offset >= span.size)
		return span_make(NULL, 0);
	if (size > span.size - offset)
		size = span.size - offset;
	return span_make(span.data + offset, size);
}

bool span_equals(struct span a, struct span b)
{
	return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

bool span_equals_text(struct span span, const char *text)
{
	return span_equals(span, span_from_text(text));
}

static bool equals_ignoring_case(const unsigned char *a, const unsigned char *b, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (character_small(a[i]) != character_small(b[i]))
			return false;
	}
	return true;
}

bool span_equals_ignoring_case(struct span a, struct span b)
{
	return a.size == b.size && equals_ignoring_case(a.data, b.data, a.size);
}

bool span_equals_text_ignoring_case(struct span span, const char *text)
{
	return span_equals_ignoring_case(span, span_from_text(text));
}

bool span_starts_with_text(struct span span, const char *prefix)
{
	size_t size = strlen(prefix);

	return span.size >= size && (size == 0 || memcmp(span.data, prefix, size) == 0);
}

bool span_starts_with_text_ignoring_case(struct span span, const char *prefix)
{
	size_t size = strlen(prefix);

	return span.size >= size && equals_ignoring_case(span.data, (const unsigned char *)prefix, size);
}

bool span_contains_text_ignoring_case(struct span span, const char *text)
{
	size_t size = strlen(text);

	for (size_t i = 0; i + size <= span.size; i++) {
		if (equals_ignoring_case(span.data + i, (const unsigned char *)text, size))
			return true;
	}
	return false;
}

size_t span_find_byte(struct span span, unsigned char byte)
{
	const unsigned char *found = span.size > 0 ? memchr(span.data, byte, span.size) : NULL;

	return found != NULL ? (size_t)(found - span.data) : span.size;
}

static bool is_blank(unsigned char byte)
{
	return byte == ' ' || byte == '\t';
}

struct span span_trim(struct span span)
{
	while (span.size > 0 && is_blank(span.data[0])) {
		span.data++;
		span.size--;
	}
	while (span.size > 0 && is_blank(span.data[span.size - 1]))
		span.size--;
	return span;
}

struct span span_take_line(struct span *rest)
{
	size_t end = span_find_byte(*rest, '\n');
	struct span line = span_part(*rest, 0, end);

	*rest = span_part(*rest, end + 1, rest->size);
	return line;
}

struct span span_take_word(struct span *rest)
{
	struct span trimmed = span_trim(*rest);
	size_t size = 0;

	while (size < trimmed.size && !is_blank(trimmed.data[size]))
		size++;
	*rest = span_part(trimmed, size, trimmed.size);
	return span_part(trimmed, 0, size);
}
