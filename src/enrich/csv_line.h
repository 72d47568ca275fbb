/* SPDX-License-Identifier: ISC */
/* One line of CSV (RFC 4180) cut into its fields. A field stays on one line here, so that a line number always tells where something is. */
#ifndef ENRICH_CSV_LINE_H
#define ENRICH_CSV_LINE_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/span.h"

enum { CSV_FIELDS_MAX = 64, CSV_LINE_MAX_SIZE = 64 * 1024 };

struct csv_line {
	struct span fields[CSV_FIELDS_MAX]; /* without quotes, and without blanks around */
	size_t count;
	struct buffer unquoted; /* what was quoted lies here */
};

void csv_line_init(struct csv_line *line);
void csv_line_done(struct csv_line *line);
/* The fields are valid until the next split, and as long as text is. False: the end of a sentence says what is wrong with the line. */
bool csv_line_split(struct span text, struct csv_line *line, struct error *error) MUST_CHECK;
/* The place of the field that is named so, in either case; the last of several. SIZE_MAX: there is none. */
size_t csv_line_find(const struct csv_line *line, const char *name);
/* Empty when the line has no such place. */
struct span csv_line_field(const struct csv_line *line, size_t place);
/* Without the mark that some programs put before UTF-8. */
struct span csv_without_mark(struct span content);

#endif
