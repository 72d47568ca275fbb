/* SPDX-License-Identifier: ISC */
/* Cells of CSV (RFC 4180): texts quoted and cleaned, numbers bare, what is not known empty. */
#ifndef REPORT_CSV_WRITE_H
#define REPORT_CSV_WRITE_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/span.h"
#include "report/clean_text.h"

/* The comma before every cell but the first of its line. */
void csv_next(struct buffer *out);
/* A quoted text of at most max bytes; nothing at all when it is empty. is_safe: one that a spreadsheet would take for a formula (= + - @) gets an
   apostrophe in front. */
void csv_text(struct buffer *out, struct span text, size_t max, bool is_safe);
/* Each line end is a bar, and one more stands at the end, as in Shadowserver's banners. */
void csv_lines(struct buffer *out, struct span text, size_t max, bool is_safe);

#endif
