/* SPDX-License-Identifier: ISC */
/* What the small types of base promise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/instant.h"
#include "base/reader.h"
#include "base/text.h"

static void buffer_keeps_what_fits_and_says_so(void **state)
{
	struct buffer buffer;

	(void)state;
	buffer_init(&buffer, 5);
	buffer_append_text(&buffer, "abc");
	assert_false(buffer.overflowed);
	buffer_append_text(&buffer, "defg");
	assert_true(buffer.overflowed);
	assert_string_equal(buffer_text(&buffer), "abcde");
	buffer_consume(&buffer, 2);
	assert_string_equal(buffer_text(&buffer), "cde");
	buffer_done(&buffer);
}

static void reader_stays_failed_after_a_short_read(void **state)
{
	static const unsigned char bytes[] = {1, 2, 3, 4, 5};
	struct reader reader = reader_make(span_make(bytes, sizeof(bytes)));

	(void)state;
	assert_int_equal(reader_u16(&reader), 0x0102);
	assert_int_equal(reader_u24(&reader), 0x030405);
	assert_false(reader.failed);
	assert_int_equal(reader_u8(&reader), 0);
	assert_true(reader.failed);
	assert_int_equal(reader_bytes(&reader, 0).size, 0);
	assert_true(reader.failed);
}

static void escaping_is_printable_and_reversible(void **state)
{
	unsigned char all[256];
	struct buffer escaped, back;

	(void)state;
	for (unsigned i = 0; i < sizeof(all); i++)
		all[i] = (unsigned char)i;
	buffer_init(&escaped, 4096);
	buffer_init(&back, 4096);
	text_escape(span_make(all, sizeof(all)), &escaped);
	for (size_t i = 0; i < escaped.size; i++)
		assert_in_range(escaped.data[i], 0x20, 0x7e);
	assert_true(text_unescape(buffer_view(&escaped), &back));
	assert_int_equal(back.size, sizeof(all));
	assert_memory_equal(back.data, all, sizeof(all));
	buffer_done(&escaped);
	buffer_done(&back);
}

static void malformed_escapes_are_refused(void **state)
{
	static const char *const bad[] = {"\\", "\\q", "\\x", "\\x1", "\\xg1"};
	struct buffer out;

	(void)state;
	buffer_init(&out, 64);
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
		assert_false(text_unescape(span_from_text(bad[i]), &out));
	buffer_done(&out);
}

static void check_json(struct span bytes, const char *expected)
{
	struct buffer out;

	buffer_init(&out, 1024);
	text_append_json(bytes, &out);
	assert_string_equal(buffer_text(&out), expected);
	buffer_done(&out);
}

static void json_strings_carry_no_tricks(void **state)
{
	(void)state;
	check_json(span_from_text("a\"b\\c\n"), "\"a\\\"b\\\\c\\u000a\"");
	check_json(span_from_text("M\xc3\xbcller"), "\"M\xc3\xbcller\"");
	check_json(span_from_text("\xe2\x80\xae"
	                          "evil"),
	           "\"\\u202eevil\"");
	check_json(span_from_text("\xff\xc3"), "\"\\u00ff\\u00c3\"");
	check_json(span_from_text("\xed\xa0\x80"), "\"\\u00ed\\u00a0\\u0080\"");
	check_json(span_from_text("\xf3\xa0\x81\x81"), "\"\\udb40\\udc41\"");
	check_json(span_from_text("\xf0\x9f\x93\xa7"), "\"\xf0\x9f\x93\xa7\"");
}

static void numbers_are_bounded(void **state)
{
	uint64_t value;

	(void)state;
	assert_true(text_parse_unsigned(span_from_text("65535"), 65535, &value));
	assert_int_equal(value, 65535);
	assert_false(text_parse_unsigned(span_from_text("65536"), 65535, &value));
	assert_false(text_parse_unsigned(span_from_text(""), 9, &value));
	assert_false(text_parse_unsigned(span_from_text("1x"), 99, &value));
	assert_false(text_parse_unsigned(span_from_text("9"), 3, &value));
	assert_true(text_parse_unsigned(span_from_text("18446744073709551615"), UINT64_MAX, &value));
	assert_true(value == UINT64_MAX);
	assert_false(text_parse_unsigned(span_from_text("18446744073709551616"), UINT64_MAX, &value));
}

static void reads_as(const char *text, int64_t ms)
{
	struct timestamp timestamp;

	if (!timestamp_parse(span_from_text(text), &timestamp))
		fail_msg("%s is not read", text);
	assert_int_equal(timestamp.unix_ms, ms);
}

static void timestamps_are_read_back(void **state)
{
	static const char *const WRONG[] = {"",
	                                    "2026",
	                                    "2026-13-01",
	                                    "2026-02-29",
	                                    "1900-01-01",
	                                    "2026-11-23T",
	                                    "2026-11-23T24:00:00Z",
	                                    "2026-11-23T20:36:31",
	                                    "2026-11-23T20:36:31.Z",
	                                    "2026-11-23T20:36:31+1:00",
	                                    "2026-11-23Z",
	                                    "1970-01-01T00:00:00+01:00",
	                                    "2026-11-23T20:36:31Z "};
	char text[TIMESTAMP_TEXT_SIZE];
	struct timestamp timestamp;

	(void)state;
	reads_as("1970-01-01", 0);
	reads_as("2024-02-28T23:59:59.999Z", 1709164799999);
	reads_as("2024-02-29", 1709164800000);
	reads_as("2026-11-23T20:36:31.5Z", 1795466191500);
	reads_as("2026-11-23T21:36:31.50000+01:00", 1795466191500);
	reads_as("2026-11-23 17:06:31.5-03:30", 1795466191500);
	for (int64_t day = 0; day < 2932897; day += 37) {
		timestamp_format((struct timestamp){day * 86400000 + 86399999}, text);
		reads_as(text, day * 86400000 + 86399999);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(WRONG); i++) {
		if (timestamp_parse(span_from_text(WRONG[i]), &timestamp))
			fail_msg("%s is taken", WRONG[i]);
	}
}

static void lines_are_cut_off_one_by_one(void **state)
{
	struct span rest = span_from_text("one\n\n two\r\nthree"), none = span_make(NULL, 0);

	(void)state;
	assert_true(span_equals_text(span_take_line(&rest), "one"));
	assert_true(span_equals_text(span_take_line(&rest), ""));
	assert_true(span_equals_text(span_take_line(&rest), " two\r"));
	assert_true(rest.size > 0);
	assert_true(span_equals_text(span_take_line(&rest), "three"));
	assert_int_equal(rest.size, 0);
	assert_int_equal(span_take_line(&rest).size, 0);
	assert_int_equal(span_take_line(&none).size, 0);
	assert_int_equal(none.size, 0);
}

static void timestamps_are_rfc3339(void **state)
{
	char text[TIMESTAMP_TEXT_SIZE];

	(void)state;
	timestamp_format((struct timestamp){0}, text);
	assert_string_equal(text, "1970-01-01T00:00:00.000Z");
	timestamp_format((struct timestamp){1709164799999}, text);
	assert_string_equal(text, "2024-02-28T23:59:59.999Z");
	timestamp_format((struct timestamp){1709164800000}, text);
	assert_string_equal(text, "2024-02-29T00:00:00.000Z");
	timestamp_format((struct timestamp){1795466191500}, text);
	assert_string_equal(text, "2026-11-23T20:36:31.500Z");
}

static void errors_are_prefixed_on_the_way_up(void **state)
{
	struct error error;

	(void)state;
	assert_false(error_set(&error, "no such file"));
	assert_false(error_prefix(&error, "%s, line %d", "list", 3));
	assert_string_equal(error.text, "list, line 3: no such file");
}

static void words_are_cut_at_blanks(void **state)
{
	struct span rest = span_from_text("  one two\tthree ");

	(void)state;
	assert_true(span_equals_text(span_take_word(&rest), "one"));
	assert_true(span_equals_text(span_take_word(&rest), "two"));
	assert_true(span_equals_text(span_take_word(&rest), "three"));
	assert_int_equal(span_take_word(&rest).size, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buffer_keeps_what_fits_and_says_so),
		cmocka_unit_test(reader_stays_failed_after_a_short_read),
		cmocka_unit_test(escaping_is_printable_and_reversible),
		cmocka_unit_test(malformed_escapes_are_refused),
		cmocka_unit_test(json_strings_carry_no_tricks),
		cmocka_unit_test(numbers_are_bounded),
		cmocka_unit_test(lines_are_cut_off_one_by_one),
		cmocka_unit_test(timestamps_are_rfc3339),
		cmocka_unit_test(timestamps_are_read_back),
		cmocka_unit_test(errors_are_prefixed_on_the_way_up),
		cmocka_unit_test(words_are_cut_at_blanks),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
