/* SPDX-License-Identifier: ISC */
/* Tables: widths of what is shown, numbers to the right, cut only in the last column, harmless whatever is in the cells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "report/table.h"

static const struct table_column COLUMNS[] = {{"ADDRESS", false}, {"PORT", true}, {"GREETING", false}};

static void add_row(struct table *table, const char *address, uint64_t port, const char *greeting)
{
	table_add_text(table, address);
	table_add_number(table, port);
	table_add_text(table, greeting);
}

static void expect(struct table *table, size_t width, const char *expected)
{
	struct buffer out;

	buffer_init(&out, 65536);
	table_render(table, width, &out);
	assert_string_equal(buffer_text(&out), expected);
	buffer_done(&out);
	table_free(table);
}

static void columns_are_as_wide_as_their_widest_cell(void **state)
{
	struct table *table = table_new(COLUMNS, ARRAY_LENGTH(COLUMNS));

	(void)state;
	add_row(table, "192.0.2.1", 110, "+OK");
	add_row(table, "2001:db8::1", 10000, "* OK ready");
	assert_int_equal(table_row_count(table), 2);
	expect(table, TABLE_WIDTH,
	       "ADDRESS       PORT  GREETING\n"
	       "192.0.2.1      110  +OK\n"
	       "2001:db8::1  10000  * OK ready\n");
}

static void hostile_cells_are_escaped_and_their_width_counted_after_that(void **state)
{
	struct table *table = table_new(COLUMNS, ARRAY_LENGTH(COLUMNS));

	(void)state;
	add_row(table, "\x1b[2J\n", 1, "=1+1\t<b>\xe2\x80\xae");
	add_row(table, "b", 2, "");
	table_add(table, span_make("\0", 1));
	expect(table, TABLE_WIDTH,
	       "ADDRESS    PORT  GREETING\n"
	       "\\x1b[2J\\n     1  =1+1\\t<b>\\xe2\\x80\\xae\n"
	       "b             2\n"
	       "\\x00\n");
}

static void long_lines_lose_the_end_of_their_last_column(void **state)
{
	struct table *table = table_new(COLUMNS, ARRAY_LENGTH(COLUMNS));

	(void)state;
	add_row(table, "192.0.2.1", 110, "0123456789abcdef");
	add_row(table, "192.0.2.2", 110, "0123456789abc");
	expect(table, 30,
	       "ADDRESS    PORT  GREETING\n"
	       "192.0.2.1   110  0123456789...\n"
	       "192.0.2.2   110  0123456789abc\n");
}

static void no_line_of_a_hundred_long_cells_is_wider_than_the_terminal(void **state)
{
	struct table *table = table_new(COLUMNS, ARRAY_LENGTH(COLUMNS));
	struct buffer out;
	size_t begin = 0;

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		unsigned char cell[256];

		memset(cell, (int)i, sizeof(cell));
		table_add_text(table, "192.0.2.1");
		table_add_number(table, i);
		table_add(table, span_make(cell, 1 + i * 2));
	}
	buffer_init(&out, 1 << 20);
	table_render(table, TABLE_WIDTH, &out);
	for (size_t i = 0; i < out.size; i++) {
		if (out.data[i] == '\n') {
			assert_in_range(i - begin, 1, TABLE_WIDTH);
			assert_true(i == 0 || out.data[i - 1] != ' ');
			begin = i + 1;
		} else {
			assert_in_range(out.data[i], 0x20, 0x7e);
		}
	}
	buffer_done(&out);
	table_free(table);
}

static void nothing_is_cut_without_a_width_or_below_the_least(void **state)
{
	struct table *table = table_new(COLUMNS, ARRAY_LENGTH(COLUMNS));

	(void)state;
	add_row(table, "192.0.2.1", 110, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
	expect(table, TABLE_WIDTH_ANY,
	       "ADDRESS    PORT  GREETING\n"
	       "192.0.2.1   110  0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n");
	table = table_new(COLUMNS, ARRAY_LENGTH(COLUMNS));
	add_row(table, "192.0.2.1", 110, "0123456789abcdef");
	expect(table, 5,
	       "ADDRESS    PORT  GREETING\n"
	       "192.0.2.1   110  01234...\n");
}

static void a_number_is_never_cut(void **state)
{
	static const struct table_column columns[] = {{"WHAT", false}, {"HOSTS", true}};
	struct table *table = table_new(columns, ARRAY_LENGTH(columns));

	(void)state;
	table_add_text(table, "all");
	table_add_number(table, UINT64_MAX);
	expect(table, 12,
	       "WHAT                 HOSTS\n"
	       "all   18446744073709551615\n");
}

static void a_table_without_rows_is_nothing(void **state)
{
	(void)state;
	expect(table_new(COLUMNS, ARRAY_LENGTH(COLUMNS)), TABLE_WIDTH, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_as_wide_as_their_widest_cell),
		cmocka_unit_test(hostile_cells_are_escaped_and_their_width_counted_after_that),
		cmocka_unit_test(long_lines_lose_the_end_of_their_last_column),
		cmocka_unit_test(no_line_of_a_hundred_long_cells_is_wider_than_the_terminal),
		cmocka_unit_test(nothing_is_cut_without_a_width_or_below_the_least),
		cmocka_unit_test(a_number_is_never_cut),
		cmocka_unit_test(a_table_without_rows_is_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
