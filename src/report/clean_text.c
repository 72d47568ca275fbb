/* SPDX-License-Identifier: ISC */
/* Cleans character by character. */
#include "report/clean_text.h"

#include "base/text.h"

static const char REPLACEMENT[] = "\xef\xbf\xbd";

/* What becomes of the character that bytes begin with, and how many bytes it has. */
static struct span clean_one(struct span bytes, enum line_ends line_ends, size_t *taken_out)
{
	uint32_t code = 0;
	size_t size = text_decode(bytes, &code);

	*taken_out = size > 0 ? size : 1;
	if (size == 0)
		return span_from_text(REPLACEMENT);
	if (line_ends == LINE_ENDS_ARE_BARS && (code == '\r' || code == '\n')) {
		*taken_out = span_starts_with_text(bytes, "\r\n") ? 2 : 1;
		return span_from_text("|");
	}
	if (text_is_deceptive(code) || code >= 0xe0000)
		return span_make(NULL, 0);
	return span_part(bytes, 0, size);
}

void clean_text(struct span bytes, size_t max, enum line_ends line_ends, struct buffer *out)
{
	size_t used = 0;

	while (bytes.size > 0) {
		size_t taken;
		struct span clean = clean_one(bytes, line_ends, &taken);

		used += clean.size;
		if (used > max)
			return;
		buffer_append(out, clean);
		bytes = span_part(bytes, taken, bytes.size);
	}
}
