/* SPDX-License-Identifier: ISC */
/* Wraps, indents, colours. */
#include "report/text_flow.h"

#include <string.h>

#include "base/attributes.h"
#include "base/text.h"

static const char *const CODES[] = {
	[TEXT_PLAIN] = "", [TEXT_BOLD] = "1", [TEXT_RED] = "1;31", [TEXT_YELLOW] = "33", [TEXT_GREEN] = "32", [TEXT_DIM] = "2"};

enum { ESCAPE_SIZE = 4 }; /* \xHH */

void text_flow_init(struct text_flow *flow, struct buffer *out, size_t width, bool has_colour)
{
	*flow = (struct text_flow){.out = out, .width = width, .has_colour = has_colour};
}

void text_flow_put(struct text_flow *flow, const char *text)
{
	buffer_append_text(flow->out, text);
	flow->column += strlen(text);
}

void text_flow_paint(struct text_flow *flow, enum text_colour colour, const char *text)
{
	bool is_painted = flow->has_colour && colour != TEXT_PLAIN;

	if (is_painted)
		buffer_append_format(flow->out, "\033[%sm", CODES[colour]);
	text_flow_put(flow, text);
	if (is_painted)
		buffer_append_text(flow->out, "\033[0m");
}

void text_flow_column(struct text_flow *flow, size_t column)
{
	if (flow->column >= column && flow->column > 0)
		column = flow->column + 1;
	for (; flow->column < column; flow->column++)
		buffer_append_byte(flow->out, ' ');
}

void text_flow_end_line(struct text_flow *flow)
{
	while (flow->out->size > 0 && flow->out->data[flow->out->size - 1] == ' ')
		flow->out->size--;
	buffer_append_byte(flow->out, '\n');
	flow->column = 0;
}

static bool is_printable(unsigned char byte)
{
	return byte >= 0x20 && byte <= 0x7e;
}

/* How wide one byte is where it is shown; an escape that stands in the text already is one unit too, so that it is never cut. */
static size_t unit_size(struct span rest, size_t *width_out)
{
	*width_out = is_printable(rest.data[0]) ? 1 : ESCAPE_SIZE;
	if (rest.data[0] != '\\' || rest.size < 2)
		return 1;
	*width_out = rest.data[1] == 'x' && rest.size >= ESCAPE_SIZE && is_printable(rest.data[2]) && is_printable(rest.data[3])
	                     ? ESCAPE_SIZE
	             : is_printable(rest.data[1]) ? 2
	                                          : 1;
	return *width_out;
}

static void put_unit(struct text_flow *flow, struct span unit, size_t width)
{
	if (width == ESCAPE_SIZE && unit.size == 1)
		buffer_append_format(flow->out, "\\x%02x", unit.data[0]);
	else
		buffer_append(flow->out, unit);
	flow->column += width;
}

static size_t width_of(struct span word)
{
	size_t sum = 0;

	while (word.size > 0) {
		size_t width, size = unit_size(word, &width);

		sum += width;
		word = span_part(word, size, word.size);
	}
	return sum;
}

static void break_line(struct text_flow *flow, size_t indent)
{
	text_flow_end_line(flow);
	text_flow_column(flow, indent);
}

void text_flow_make_room(struct text_flow *flow, size_t indent, size_t width)
{
	if (flow->column > indent && flow->column + width > flow->width)
		break_line(flow, indent);
}

/* needs_blank: something stands before it in this line. */
static void put_word(struct text_flow *flow, size_t indent, struct span word, bool needs_blank)
{
	size_t width = width_of(word), blank = needs_blank ? 1 : 0;

	if (flow->column > indent && flow->column + blank + width > flow->width &&
	    (indent + width <= flow->width || flow->column + 24 > flow->width)) {
		break_line(flow, indent);
		blank = 0;
	}
	if (blank > 0)
		text_flow_put(flow, " ");
	while (word.size > 0) {
		size_t unit_width, size = unit_size(word, &unit_width);

		if (flow->column + unit_width > flow->width && flow->column > indent)
			break_line(flow, indent);
		put_unit(flow, span_part(word, 0, size), unit_width);
		word = span_part(word, size, word.size);
	}
}

void text_flow_words(struct text_flow *flow, size_t indent, const char *text)
{
	struct span rest = span_from_text(text), word;
	bool needs_blank = flow->column > indent && flow->out->size > 0 && flow->out->data[flow->out->size - 1] != ' ';

	if (flow->column < indent)
		text_flow_column(flow, indent);
	for (word = span_take_word(&rest); word.size > 0; word = span_take_word(&rest)) {
		put_word(flow, indent, word, needs_blank);
		needs_blank = true;
	}
}

void text_flow_server(struct text_flow *flow, size_t indent, struct span bytes)
{
	struct span kept = span_part(bytes, 0, TEXT_FLOW_SERVER_MAX);
	struct buffer escaped;
	size_t shown = 0;

	buffer_init(&escaped, ESCAPE_SIZE * TEXT_FLOW_SERVER_MAX + 64);
	while (shown < kept.size && escaped.size < TEXT_FLOW_SERVER_MAX)
		text_escape(span_part(kept, shown++, 1), &escaped);
	if (shown < bytes.size)
		buffer_append_format(&escaped, " ... (%zu bytes more)", bytes.size - shown);
	text_flow_words(flow, indent, buffer_text(&escaped));
	buffer_done(&escaped);
}

void text_flow_lines(struct text_flow *flow, size_t indent, const char *lines)
{
	struct span rest = span_from_text(lines);

	while (rest.size > 0) {
		struct span line = span_take_line(&rest);

		text_flow_column(flow, indent);
		while (line.size > 0) {
			if (line.data[0] == '\t') {
				text_flow_put(flow, "\t"); /* part of a configuration file */
			} else {
				put_unit(flow, span_part(line, 0, 1), is_printable(line.data[0]) ? 1 : ESCAPE_SIZE);
			}
			line = span_part(line, 1, line.size);
		}
		text_flow_end_line(flow);
	}
}
