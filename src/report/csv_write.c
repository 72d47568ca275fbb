/* SPDX-License-Identifier: ISC */
/* Writes CSV cell by cell. */
#include "report/csv_write.h"

void csv_next(struct buffer *out)
{
	if (out->size > 0 && out->data[out->size - 1] != '\n')
		buffer_append_byte(out, ',');
}

static bool begins_formula(struct span text)
{
	return text.size > 0 && (text.data[0] == '=' || text.data[0] == '+' || text.data[0] == '-' || text.data[0] == '@');
}

/* Cleaned behind out first, then quoted: what is cleaned away may have hidden a formula. */
static void append_quoted(struct buffer *out, struct span text, size_t max, bool is_safe, enum line_ends line_ends)
{
	struct buffer clean;

	buffer_init(&clean, max + 1);
	clean_text(text, max, line_ends, &clean);
	if (line_ends == LINE_ENDS_ARE_BARS && clean.size > 0)
		buffer_append_byte(&clean, '|');
	if (clean.size > 0) {
		buffer_append_byte(out, '"');
		if (is_safe && begins_formula(buffer_view(&clean)))
			buffer_append_byte(out, '\'');
		for (size_t i = 0; i < clean.size; i++) {
			if (clean.data[i] == '"')
				buffer_append_byte(out, '"');
			buffer_append_byte(out, clean.data[i]);
		}
		buffer_append_byte(out, '"');
	}
	buffer_done(&clean);
}

void csv_text(struct buffer *out, struct span text, size_t max, bool is_safe)
{
	append_quoted(out, text, max, is_safe, LINE_ENDS_DROPPED);
}

void csv_lines(struct buffer *out, struct span text, size_t max, bool is_safe)
{
	append_quoted(out, text, max, is_safe, LINE_ENDS_ARE_BARS);
}
