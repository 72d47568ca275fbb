/* SPDX-License-Identifier: ISC */
/* RFC 2253 section 2.4 read backwards: parts end at ',' or '+' that no '\' stands before; '\' takes the next character, or two hexadecimal digits. */
#include "certificate/name_part.h"

#include <string.h>

#include "base/character.h"

/* One character of a value, with what escapes it; how many bytes of the name it took. */
static size_t take_character(struct span rest, unsigned char *byte_out)
{
	int high, low;

	*byte_out = rest.data[0];
	if (rest.data[0] != '\\' || rest.size < 2)
		return 1;
	high = character_hex_value(rest.data[1]);
	low = rest.size > 2 ? character_hex_value(rest.data[2]) : -1;
	if (high < 0 || low < 0) {
		*byte_out = rest.data[1];
		return 2;
	}
	*byte_out = (unsigned char)((unsigned)high << 4 | (unsigned)low);
	return 3;
}

static bool is_end(unsigned char byte)
{
	return byte == ',' || byte == '+';
}

/* Takes one part off the front, up to behind its end. Its value goes to out, where that is not NULL. */
static struct span take_value(struct span rest, char *out, size_t out_size)
{
	size_t used = 0;

	while (rest.size > 0 && !is_end(rest.data[0])) {
		unsigned char byte;
		size_t taken = take_character(rest, &byte);

		rest = span_part(rest, taken, rest.size);
		if (out != NULL && used + 1 < out_size)
			((unsigned char *)out)[used++] = byte != '\0' ? byte : '?';
	}
	if (out != NULL)
		out[used] = '\0';
	return span_part(rest, 1, rest.size);
}

bool name_part_find(struct span name, const char *type, char *out, size_t out_size)
{
	size_t type_size = strlen(type);

	out[0] = '\0';
	while (name.size > 0) {
		bool is_it = span_starts_with_text(name, type) && name.size > type_size && name.data[type_size] == '=';

		name = take_value(is_it ? span_part(name, type_size + 1, name.size) : name, is_it ? out : NULL, out_size);
		if (is_it)
			return out[0] != '\0';
	}
	return false;
}
