/* SPDX-License-Identifier: ISC */
/* A file line by line, unpacked on the way when it is gzip: memory stays the same, however large the file is. */
#ifndef CONTACT_LINE_STREAM_H
#define CONTACT_LINE_STREAM_H

#include <stdbool.h>

#include "base/error.h"
#include "base/span.h"

enum { LINE_STREAM_LINE_MAX = 64 * 1024 }; /* of a longer line only so much is given */

struct line_stream;

struct line_stream *line_stream_open(const char *path, struct error *error);
/* Without its end; valid until the next call. False: it was the last one, or the file is damaged or cut short; then there is an error. */
bool line_stream_next(struct line_stream *stream, struct span *line_out, struct error *error) MUST_CHECK;
void line_stream_close(struct line_stream *stream); /* NULL is fine */

#endif
