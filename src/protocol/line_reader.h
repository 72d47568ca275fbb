/* SPDX-License-Identifier: ISC */
/* Lines out of a stream that comes in pieces of any size: bounded, tolerant of bare LF (rules D-1, D-2), with IMAP's literals joined on (rule I-7). */
#ifndef PROTOCOL_LINE_READER_H
#define PROTOCOL_LINE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/span.h"

struct line_reader {
	struct buffer kept;    /* the line that is not complete yet; empty and without memory when lines come whole */
	size_t piece_begins;   /* where in kept the part behind the last literal begins */
	uint32_t literal_left; /* bytes of a literal still to come */
	uint32_t literal_max;  /* 0: this stream has no literals */
	bool was_given;        /* kept was handed out as a line and is forgotten by the next call */
};

enum line_result {
	LINE_NOT_YET, /* all input was taken, no line is complete */
	LINE_READY,
	LINE_LITERAL_TOO_LONG, /* a literal larger than literal_max was announced */
};

struct line {
	struct span text; /* without its line end; points into the input or the reader, valid until the next call */
	bool was_cut;     /* longer than the limit: text is its beginning */
};

/* No memory is taken until a line comes in pieces. line_max: bytes kept of a line; the rest is dropped up to its LF. */
void line_reader_init(struct line_reader *reader, size_t line_max);
void line_reader_done(struct line_reader *reader);
/* Bytes that were taken from the stream before the reader was in charge. */
void line_reader_prepend(struct line_reader *reader, struct span bytes);
/* Takes bytes off the front of *input up to the end of one line. */
enum line_result line_reader_take(struct line_reader *reader, struct span *input, struct line *line_out) MUST_CHECK;
/* The line that is not complete yet; empty when there is none. */
struct span line_reader_partial(const struct line_reader *reader);

#endif
