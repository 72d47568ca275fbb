/* SPDX-License-Identifier: ISC */
/* Wrapping, indents, words longer than a line, hostile bytes, colour. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/text_flow.h"

static struct buffer out;
static struct text_flow flow;

static void begin(size_t width, bool has_colour)
{
	buffer_init(&out, 4096);
	text_flow_init(&flow, &out, width, has_colour);
}

static void expect(const char *text)
{
	assert_string_equal(buffer_text(&out), text);
	buffer_done(&out);
}

static void test_words(void **state)
{
	(void)state;
	begin(10, false);
	text_flow_words(&flow, 2, "one two three four");
	text_flow_end_line(&flow);
	expect("  one two\n  three\n  four\n");
	begin(10, false);
	text_flow_put(&flow, "a:");
	text_flow_words(&flow, 1, "exactly ten");
	expect("a: exactly\n ten");
	begin(10, false);
	text_flow_words(&flow, 0, "");
	expect("");
}

/* An escape is one unit: a terminal that joins lines must not make another text of it. */
static void test_long_words(void **state)
{
	(void)state;
	begin(10, false);
	text_flow_words(&flow, 2, "abcdefghijklmnop q");
	expect("  abcdefgh\n  ijklmnop\n  q");
	begin(8, false);
	text_flow_words(&flow, 2, "abcde\\x1bfg");
	expect("  abcde\n  \\x1bfg");
	begin(8, false);
	text_flow_words(&flow, 2,
	                "abcde\x1b"
	                "fg");
	expect("  abcde\n  \\x1bfg");
}

static void test_server(void **state)
{
	static unsigned char large[2000];

	(void)state;
	begin(80, false);
	text_flow_server(&flow, 0, span_from_text("\033[2J \\ \xe2\x80\xae"));
	expect("\\x1b[2J \\\\ \\xe2\\x80\\xae");
	memset(large, 'x', sizeof(large));
	begin(100000, false);
	text_flow_server(&flow, 0, span_make(large, sizeof(large)));
	assert_non_null(strstr(buffer_text(&out), "x ... (1400 bytes more)"));
	buffer_done(&out);
	memset(large, 1, sizeof(large));
	begin(100000, false);
	text_flow_server(&flow, 0, span_make(large, sizeof(large)));
	assert_true(out.size < TEXT_FLOW_SERVER_MAX + 64);
	buffer_done(&out);
}

static void test_lines(void **state)
{
	(void)state;
	begin(10, false);
	text_flow_lines(&flow, 2, "a line that is longer than ten\n\tnext \033\n\nlast");
	expect("  a line that is longer than ten\n  \tnext \\x1b\n\n  last\n");
}

static void test_colour(void **state)
{
	(void)state;
	begin(10, true);
	text_flow_paint(&flow, TEXT_RED, "1234");
	text_flow_words(&flow, 0, "56789");
	text_flow_paint(&flow, TEXT_PLAIN, "x");
	assert_int_equal(flow.column, 11); /* colour takes no room */
	expect("\033[1;31m1234\033[0m 56789x");
	begin(10, false);
	text_flow_paint(&flow, TEXT_RED, "1234");
	expect("1234");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words), cmocka_unit_test(test_long_words), cmocka_unit_test(test_server),
		cmocka_unit_test(test_lines), cmocka_unit_test(test_colour),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
