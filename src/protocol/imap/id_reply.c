/* SPDX-License-Identifier: ISC */
/* Reading the one list of ID: quoted strings, literals as line_reader joins them into the line, NIL, and atoms that should have been quoted. */
#include "protocol/imap/id_reply.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

static void skip(struct span *rest, size_t size)
{
	*rest = span_part(*rest, size, rest->size);
}

static void skip_spaces(struct span *rest)
{
	while (rest->size > 0 && (rest->data[0] == ' ' || rest->data[0] == '\t'))
		skip(rest, 1);
}

static void take_quoted(struct span *rest, struct buffer *out)
{
	skip(rest, 1);
	while (rest->size > 0 && rest->data[0] != '"') {
		if (rest->data[0] == '\\' && rest->size > 1)
			skip(rest, 1);
		buffer_append_byte(out, rest->data[0]);
		skip(rest, 1);
	}
	skip(rest, 1);
}

/* "{5}\r\nabcde"; the line reader has bounded it (rule I-7). */
static void take_literal(struct span *rest, struct buffer *out)
{
	size_t end = span_find_byte(*rest, '\n'), digits = 1;
	struct span bytes;
	uint64_t size;

	while (digits < rest->size && rest->data[digits] >= '0' && rest->data[digits] <= '9')
		digits++;
	if (!text_parse_unsigned(span_part(*rest, 1, digits - 1), UINT16_MAX, &size))
		size = 0;
	bytes = span_part(*rest, end + 1, (size_t)size);
	buffer_append(out, bytes);
	skip(rest, end + 1 + bytes.size);
}

static void take_atom(struct span *rest, struct buffer *out)
{
	size_t size = 0;

	while (size < rest->size && rest->data[size] != ' ' && rest->data[size] != ')')
		size++;
	if (!span_equals_text_ignoring_case(span_part(*rest, 0, size), "NIL"))
		buffer_append(out, span_part(*rest, 0, size));
	skip(rest, size);
}

/* False: the list is over. */
static bool take_value(struct span *rest, struct buffer *out)
{
	skip_spaces(rest);
	if (rest->size == 0 || rest->data[0] == ')')
		return false;
	if (rest->data[0] == '"')
		take_quoted(rest, out);
	else if (rest->data[0] == '{')
		take_literal(rest, out);
	else
		take_atom(rest, out);
	return true;
}

static void make_small(struct buffer *buffer, size_t from)
{
	for (size_t i = from; i < buffer->size; i++) {
		if (buffer->data[i] >= 'A' && buffer->data[i] <= 'Z')
			buffer->data[i] = (unsigned char)(buffer->data[i] - 'A' + 'a');
	}
}

void id_reply_flatten(struct span text, struct buffer *out)
{
	buffer_clear(out);
	text = span_trim(text);
	if (text.size == 0 || text.data[0] != '(')
		return;
	skip(&text, 1);
	skip_spaces(&text);
	while (text.size > 0 && text.data[0] != ')') {
		size_t begins;

		if (out->size > 0)
			buffer_append_byte(out, ';');
		begins = out->size;
		(void)take_value(&text, out);
		make_small(out, begins);
		buffer_append_byte(out, '=');
		(void)take_value(&text, out);
		skip_spaces(&text);
	}
}
