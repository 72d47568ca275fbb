/* SPDX-License-Identifier: ISC */
/* What the reader of JSON promises, of good and of hostile text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json_reader.h"

static void members_and_items_come_one_by_one(void **state)
{
	struct json_reader json = json_reader_make(span_from_text(" { \"a\" : [ 1 , \"x\\\"y\" , {} ] , \"b\":null } "));
	bool is_first = true, is_first_item = true;
	struct span key;

	(void)state;
	assert_true(json_reader_member(&json, &is_first, &key));
	assert_true(span_equals_text(key, "a"));
	assert_true(json_reader_item(&json, &is_first_item));
	assert_true(span_equals_text(json_reader_take_scalar(&json), "1"));
	assert_true(json_reader_item(&json, &is_first_item));
	assert_true(span_equals_text(json_reader_take_scalar(&json), "x\\\"y"));
	assert_true(json_reader_item(&json, &is_first_item));
	json_reader_skip(&json);
	assert_false(json_reader_item(&json, &is_first_item));
	assert_true(json_reader_member(&json, &is_first, &key));
	assert_true(span_equals_text(json_reader_take_scalar(&json), "null"));
	assert_false(json_reader_member(&json, &is_first, &key));
	assert_false(json.is_wrong);
	assert_int_equal(json_reader_next(&json), 0);
}

/* Takes members of an object, skipping their values. */
static bool is_object(const char *text)
{
	struct json_reader json = json_reader_make(span_from_text(text));
	bool is_first = true;
	struct span key;

	while (json_reader_member(&json, &is_first, &key))
		json_reader_skip(&json);
	return !json.is_wrong;
}

static void what_is_cut_or_no_json_is_wrong(void **state)
{
	static const char WHOLE[] = "{\"a\":[1,{\"b\":\"c\\\\\"}],\"d\":true}";
	char cut[sizeof(WHOLE)];

	(void)state;
	assert_true(is_object(WHOLE));
	for (size_t size = 0; size < sizeof(WHOLE) - 1; size++) {
		memcpy(cut, WHOLE, size);
		cut[size] = '\0';
		assert_false(is_object(cut));
	}
	assert_false(is_object("[1]"));
	assert_false(is_object("{\"a\" 1}"));
	assert_false(is_object("{\"a\":1 \"b\":2}"));
	assert_false(is_object("{\"a\":,\"b\":2}"));
}

static void depth_is_bounded(void **state)
{
	char text[4096] = "{\"a\":";

	(void)state;
	memset(text + 5, '[', sizeof(text) - 6);
	text[sizeof(text) - 1] = '\0';
	assert_false(is_object(text));
}

static void becomes(const char *text, const char *meant)
{
	struct buffer out;

	buffer_init(&out, 100);
	assert_true(json_unescape(span_from_text(text), &out));
	assert_string_equal(buffer_text(&out), meant);
	buffer_done(&out);
}

static void escapes_are_read(void **state)
{
	static const char *const WRONG[] = {"\\", "\\x", "\\u12", "\\u12g4", "\\ud800", "\\ud800x", "\\ud800\\u0041", "\\udc00"};
	struct buffer out;

	(void)state;
	becomes("a\\n\\t\\\"\\/\\\\", "a\n\t\"/\\");
	becomes("\\u0041\\u00e9\\u20AC\\ud83d\\ude00", "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
	buffer_init(&out, 100);
	for (size_t i = 0; i < ARRAY_LENGTH(WRONG); i++)
		assert_false(json_unescape(span_from_text(WRONG[i]), &out));
	buffer_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_and_items_come_one_by_one),
		cmocka_unit_test(what_is_cut_or_no_json_is_wrong),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(escapes_are_read),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
