/* SPDX-License-Identifier: ISC */
/* Cutting a stream into lines. A line that arrives whole is not copied. */
#include "protocol/line_reader.h"

#include "base/text.h"

void line_reader_init(struct line_reader *reader, size_t line_max)
{
	*reader = (struct line_reader){.literal_max = 0};
	buffer_init(&reader->kept, line_max);
}

void line_reader_done(struct line_reader *reader)
{
	buffer_done(&reader->kept);
	reader->piece_begins = 0;
	reader->literal_left = 0;
	reader->was_given = false;
}

void line_reader_prepend(struct line_reader *reader, struct span bytes)
{
	buffer_append(&reader->kept, bytes);
}

struct span line_reader_partial(const struct line_reader *reader)
{
	return reader->was_given ? span_make(NULL, 0) : buffer_view(&reader->kept);
}

static void advance(struct span *input, size_t size)
{
	*input = span_part(*input, size, input->size);
}

static struct span without_carriage_return(struct span text)
{
	return text.size > 0 && text.data[text.size - 1] == '\r' ? span_part(text, 0, text.size - 1) : text;
}

/* "{n}" or "{n+}" at the end of the text (RFC 9051 4.3, RFC 7888). A number that fits nowhere counts as larger than every limit. */
static bool announces_literal(struct span text, uint32_t *size_out)
{
	size_t end = text.size, begin;
	uint64_t size;

	if (end < 3 || text.data[end - 1] != '}')
		return false;
	end--;
	if (text.data[end - 1] == '+')
		end--;
	begin = end;
	while (begin > 0 && text.data[begin - 1] >= '0' && text.data[begin - 1] <= '9')
		begin--;
	if (begin == end || begin == 0 || text.data[begin - 1] != '{')
		return false;
	*size_out = text_parse_unsigned(span_part(text, begin, end - begin), UINT32_MAX, &size) ? (uint32_t)size : UINT32_MAX;
	return true;
}

static void take_literal(struct line_reader *reader, struct span *input)
{
	size_t size = input->size < reader->literal_left ? input->size : reader->literal_left;

	buffer_append(&reader->kept, span_part(*input, 0, size));
	reader->literal_left -= (uint32_t)size;
	reader->piece_begins = reader->kept.size;
	advance(input, size);
}

/* Continuations and stray lines end where they end: only what a server says by IMAP's grammar has literals. */
static bool may_have_literal(const struct line_reader *reader, struct span text)
{
	return reader->literal_max > 0 && text.size > 0 && (text.data[0] == '*' || text.data[0] == 'm');
}

/* A whole piece up to its LF has come (without the LF, with a CR perhaps). True when the line goes on behind a literal. */
static bool goes_on_with_literal(struct line_reader *reader, struct span line, struct span piece, bool is_kept, enum line_result *result)
{
	uint32_t size;
	size_t begins = is_kept ? reader->piece_begins : 0;

	if (!may_have_literal(reader, line) || !announces_literal(without_carriage_return(span_part(line, begins, line.size)), &size))
		return false;
	if (size > reader->literal_max) {
		*result = LINE_LITERAL_TOO_LONG;
		return false;
	}
	if (!is_kept)
		buffer_append(&reader->kept, piece);
	buffer_append_byte(&reader->kept, '\n');
	reader->literal_left = size;
	reader->piece_begins = reader->kept.size;
	return true;
}

enum line_result line_reader_take(struct line_reader *reader, struct span *input, struct line *line_out)
{
	if (reader->was_given) {
		buffer_clear(&reader->kept);
		reader->piece_begins = 0;
		reader->was_given = false;
	}
	while (input->size > 0) {
		enum line_result result = LINE_READY;
		struct span line, piece;
		size_t end;
		bool is_complete, is_kept;

		if (reader->literal_left > 0) {
			take_literal(reader, input);
			continue;
		}
		end = span_find_byte(*input, '\n');
		is_complete = end < input->size;
		piece = span_part(*input, 0, end);
		advance(input, is_complete ? end + 1 : end);
		is_kept = !is_complete || reader->kept.size > 0 || piece.size > reader->kept.max;
		if (is_kept)
			buffer_append(&reader->kept, piece);
		if (!is_complete)
			return LINE_NOT_YET;
		line = is_kept ? buffer_view(&reader->kept) : piece;
		/* What announces a literal beyond the limit of a line is not seen: the line is cut anyway. */
		if (!reader->kept.overflowed && goes_on_with_literal(reader, line, piece, is_kept, &result))
			continue;
		reader->was_given = is_kept;
		line_out->was_cut = reader->kept.overflowed;
		line_out->text = line_out->was_cut ? line : without_carriage_return(line);
		return result;
	}
	return LINE_NOT_YET;
}
