/* SPDX-License-Identifier: ISC */
/* Hostile bytes as text for formats that have no escapes of their own, as CSV and CEF: lossy, always valid UTF-8, on one line. */
#ifndef REPORT_CLEAN_TEXT_H
#define REPORT_CLEAN_TEXT_H

#include <stddef.h>

#include "base/buffer.h"
#include "base/span.h"

enum line_ends {
	LINE_ENDS_DROPPED,
	LINE_ENDS_ARE_BARS, /* each CR LF, CR or LF becomes "|" */
};

/* Appends at most max bytes, cut at a whole character. A byte that is no UTF-8 becomes U+FFFD; control, bidi and zero-width characters and other
   invisible ones (text_is_deceptive, planes of tags and private use) go away. */
void clean_text(struct span bytes, size_t max, enum line_ends line_ends, struct buffer *out);

#endif
