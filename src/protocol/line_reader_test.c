/* SPDX-License-Identifier: ISC */
/* What the line reader promises, in pieces of every size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "protocol/line_reader.h"

enum { LINE_MAX_HERE = 32, LITERAL_MAX_HERE = 20 };

/* All lines, each in brackets, '!' behind one that was cut, '>' where a literal was too long, "~" before what is left over. */
static void read_lines(struct span input, size_t chunk_size, uint32_t literal_max, struct buffer *out)
{
	struct line_reader reader;

	line_reader_init(&reader, LINE_MAX_HERE);
	reader.literal_max = literal_max;
	while (input.size > 0) {
		struct span chunk = span_part(input, 0, chunk_size);
		struct line line;
		enum line_result result;

		input = span_part(input, chunk_size, input.size);
		while ((result = line_reader_take(&reader, &chunk, &line)) == LINE_READY) {
			buffer_append_byte(out, '[');
			buffer_append(out, line.text);
			buffer_append_text(out, line.was_cut ? "]!" : "]");
		}
		assert_true(chunk.size == 0 || result == LINE_LITERAL_TOO_LONG);
		if (result == LINE_LITERAL_TOO_LONG) {
			buffer_append_byte(out, '>');
			break;
		}
	}
	if (line_reader_partial(&reader).size > 0) {
		buffer_append_byte(out, '~');
		buffer_append(out, line_reader_partial(&reader));
	}
	line_reader_done(&reader);
}

static void check(const char *input, size_t size, uint32_t literal_max, const char *expected)
{
	for (size_t chunk_size = 1; chunk_size <= size; chunk_size++) {
		struct buffer out;
		unsigned char *copy = memory_allocate(size, 1); /* of exactly its size, for the sanitizer */

		memcpy(copy, input, size);
		buffer_init(&out, 4096);
		read_lines(span_make(copy, size), chunk_size, literal_max, &out);
		assert_string_equal(buffer_text(&out), expected);
		buffer_done(&out);
		free(copy);
	}
}

static void check_text(const char *input, uint32_t literal_max, const char *expected)
{
	check(input, strlen(input), literal_max, expected);
}

static void lines_end_at_lf_with_or_without_cr(void **state)
{
	(void)state;
	check_text("one\r\ntwo\nthree\r\r\n\r\n\nrest", 0, "[one][two][three\r][][]~rest");
}

static void nul_and_high_bytes_are_kept(void **state)
{
	static const char input[] = "a\0b\xff\r\n";
	struct buffer out;

	(void)state;
	buffer_init(&out, 64);
	read_lines(span_make(input, sizeof(input) - 1), 1, 0, &out);
	assert_int_equal(out.size, 6);
	assert_memory_equal(out.data, "[a\0b\xff]", 6);
	buffer_done(&out);
}

static void a_line_at_the_limit_is_whole_and_one_above_is_cut(void **state)
{
	(void)state;
	check_text("12345678901234567890123456789012\nx\n", 0, "[12345678901234567890123456789012][x]");
	check_text("123456789012345678901234567890123\nx\n", 0, "[12345678901234567890123456789012]![x]");
	/* The CR counts: it cannot be known as one before the LF is there. */
	check_text("12345678901234567890123456789012\r\nx\n", 0, "[12345678901234567890123456789012]![x]");
	check_text("1234567890123456789012345678901\r\nx\n", 0, "[1234567890123456789012345678901][x]");
}

static void literals_are_joined_to_their_line(void **state)
{
	(void)state;
	check_text("* a {3}\r\nx\ny b\r\nnext\r\n", LITERAL_MAX_HERE, "[* a {3}\r\nx\ny b][next]");
	check_text("m2 a {3+}\r\nxyz\r\nnext\r\n", LITERAL_MAX_HERE, "[m2 a {3+}\r\nxyz][next]");
	check_text("* {0}\r\n {1}\r\n\n{1}\r\nz\r\n", LITERAL_MAX_HERE, "[* {0}\r\n {1}\r\n\n{1}\r\nz]");
}

static void bytes_of_a_literal_announce_no_literal(void **state)
{
	(void)state;
	check_text("* {4}\r\n{99}\r\nnext\r\n", LITERAL_MAX_HERE, "[* {4}\r\n{99}][next]");
	check_text("* {3}\r\n{99}\r\nnext\r\n", LITERAL_MAX_HERE, "[* {3}\r\n{99}][next]");
}

static void what_is_no_literal_is_text(void **state)
{
	(void)state;
	check_text("* a{}\r\n* {x}\r\n* {5\r\n* 5}\r\n* {+}\r\n{5}\r\n+ {5}\r\nx\r\n", LITERAL_MAX_HERE,
	           "[* a{}][* {x}][* {5][* 5}][* {+}][{5}][+ {5}][x]");
	check_text("* {5}\r\nx\r\n", 0, "[* {5}][x]");
}

static void a_literal_beyond_the_limit_is_told(void **state)
{
	(void)state;
	check_text("* {20}\r\n12345678901234567890\r\n", LITERAL_MAX_HERE, "[* {20}\r\n12345678901234567890]");
	check_text("ok\n* {21}\r\nabc", LITERAL_MAX_HERE, "[ok]>");
	check_text("* {4294967296}\r\n", LITERAL_MAX_HERE, ">");
	check_text("* {99999999999999999999}\r\n", LITERAL_MAX_HERE, ">");
}

static void lines_that_come_whole_take_no_memory(void **state)
{
	struct line_reader reader;
	struct line line;
	struct span input = span_from_text("one\r\ntwo\r\n");

	(void)state;
	line_reader_init(&reader, LINE_MAX_HERE);
	assert_int_equal(line_reader_take(&reader, &input, &line), LINE_READY);
	assert_int_equal(line_reader_take(&reader, &input, &line), LINE_READY);
	assert_int_equal(line_reader_take(&reader, &input, &line), LINE_NOT_YET);
	assert_null(reader.kept.data);
	line_reader_done(&reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_end_at_lf_with_or_without_cr),
		cmocka_unit_test(nul_and_high_bytes_are_kept),
		cmocka_unit_test(a_line_at_the_limit_is_whole_and_one_above_is_cut),
		cmocka_unit_test(literals_are_joined_to_their_line),
		cmocka_unit_test(bytes_of_a_literal_announce_no_literal),
		cmocka_unit_test(what_is_no_literal_is_text),
		cmocka_unit_test(a_literal_beyond_the_limit_is_told),
		cmocka_unit_test(lines_that_come_whole_take_no_memory),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
