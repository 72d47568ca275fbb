/* SPDX-License-Identifier: ISC */
/* No blanks, no escapes, no other values: what is not written here is not read here. */
#include "model/count_numbers.h"

#include <inttypes.h>

#include "base/character.h"
#include "base/text.h"

void count_numbers_begin(struct buffer *out)
{
	buffer_append_byte(out, '{');
}

void count_numbers_add(struct buffer *out, const char *name, uint64_t number)
{
	bool is_first = out->size > 0 && out->data[out->size - 1] == '{';

	if (number > 0)
		buffer_append_format(out, "%s\"%s\":%" PRIu64, is_first ? "" : ",", name, number);
}

void count_numbers_end(struct buffer *out)
{
	buffer_append_byte(out, '}');
}

static bool is_of_name(unsigned char byte)
{
	return character_is_letter(byte) || character_is_digit(byte) || byte == '_' || byte == '-' || byte == '.';
}

bool count_numbers_take(struct span *rest, struct span *name_out, uint64_t *number_out)
{
	size_t name = 0, digits = 0;
	struct span at;

	if (span_equals_text(*rest, "}") || span_equals_text(*rest, "{}")) {
		*rest = span_make(NULL, 0);
		return false;
	}
	if (rest->size < 2 || (rest->data[0] != '{' && rest->data[0] != ',') || rest->data[1] != '"')
		return false;
	at = span_part(*rest, 2, rest->size);
	while (name < at.size && is_of_name(at.data[name]))
		name++;
	*name_out = span_part(at, 0, name);
	at = span_part(at, name, at.size);
	if (name == 0 || !span_starts_with_text(at, "\":"))
		return false;
	at = span_part(at, 2, at.size);
	while (digits < at.size && character_is_digit(at.data[digits]))
		digits++;
	/* Something must follow: another number or the end. */
	if (!text_parse_unsigned(span_part(at, 0, digits), UINT64_MAX, number_out) || digits == at.size)
		return false;
	*rest = span_part(at, digits, at.size);
	return true;
}
