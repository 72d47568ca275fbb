/* SPDX-License-Identifier: ISC */
/* Text for people: words wrapped at a width with a hanging indent, colour where it is wanted, and nothing in it that could steer a terminal. */
#ifndef REPORT_TEXT_FLOW_H
#define REPORT_TEXT_FLOW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/span.h"

enum text_colour {
	TEXT_PLAIN,
	TEXT_BOLD,
	TEXT_RED,
	TEXT_YELLOW,
	TEXT_GREEN,
	TEXT_DIM,
};

enum { TEXT_FLOW_WIDTH = 80, TEXT_FLOW_SERVER_MAX = 600 };

/* Where the text goes and how. */
struct text_flow {
	struct buffer *out;
	size_t width;
	bool has_colour;
	size_t column; /* characters in the line that is being written */
};

void text_flow_init(struct text_flow *flow, struct buffer *out, size_t width, bool has_colour);
/* As it stands, for parts of a line that are short and ours. */
void text_flow_put(struct text_flow *flow, const char *text);
void text_flow_paint(struct text_flow *flow, enum text_colour colour, const char *text);
/* Blanks up to this column; at least one when the line is that long already. */
void text_flow_column(struct text_flow *flow, size_t column);
void text_flow_end_line(struct text_flow *flow);
/* Begins a new line at indent unless this many characters still fit. */
void text_flow_make_room(struct text_flow *flow, size_t indent, size_t width);
/* Words, wrapped; further lines begin at indent. Bytes outside of printable ASCII are written as \xHH, backslashes stay. A word longer than a line is cut, never inside of such an escape. */
void text_flow_words(struct text_flow *flow, size_t indent, const char *text);
/* The same for what a server sent: escaped by text_escape() first, and cut after TEXT_FLOW_SERVER_MAX characters with a note of how many bytes are left out. */
void text_flow_server(struct text_flow *flow, size_t indent, struct span bytes);
/* Lines that somebody will copy: each at this indent, never wrapped, with the same care for its bytes. */
void text_flow_lines(struct text_flow *flow, size_t indent, const char *lines);

#endif
