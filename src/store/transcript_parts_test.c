/* SPDX-License-Identifier: ISC */
/* Taken apart and put together a transcript is the same byte by byte, or it is not taken apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/transcript.h"
#include "store/transcript_parts.h"

#define FINGERPRINT "62ab7af03f87ffec41463a5e4f4a42ee1bc49bdd3e1b36858e13f652c43f9284"

struct parts {
	struct transcript transcript;
	struct buffer common, own, again;
};

static int set_up(void **state)
{
	static struct parts parts;

	transcript_init(&parts.transcript);
	buffer_init(&parts.common, TRANSCRIPT_MAX);
	buffer_init(&parts.own, TRANSCRIPT_MAX);
	buffer_init(&parts.again, TRANSCRIPT_MAX);
	*state = &parts;
	return 0;
}

static int tear_down(void **state)
{
	struct parts *parts = *state;

	transcript_done(&parts->transcript);
	buffer_done(&parts->common);
	buffer_done(&parts->own);
	buffer_done(&parts->again);
	return 0;
}

static void add(struct parts *parts, enum transcript_kind kind, uint32_t at_ms, const char *text)
{
	transcript_add(&parts->transcript, kind, at_ms, span_from_text(text));
}

static void say_all(struct parts *parts, const char *greeting, uint32_t pace_ms, const char *tls)
{
	buffer_clear(&parts->transcript.bytes);
	add(parts, TRANSCRIPT_OPENING, 0, "expected=imap tls=upgrade port=143");
	add(parts, TRANSCRIPT_CONNECTED, pace_ms, "");
	add(parts, TRANSCRIPT_RECEIVED, 2 * pace_ms, greeting);
	add(parts, TRANSCRIPT_SENT, 2 * pace_ms, "m1 CAPABILITY\r\n");
	add(parts, TRANSCRIPT_TLS, 3 * pace_ms, tls);
	add(parts, TRANSCRIPT_LEFT, UINT32_MAX, "");
}

static void expect_same(struct parts *parts, bool sets_greeting_apart)
{
	assert_true(transcript_take_apart(buffer_view(&parts->transcript.bytes), sets_greeting_apart, &parts->common, &parts->own));
	assert_true(transcript_put_together(buffer_view(&parts->common), buffer_view(&parts->own), &parts->again));
	assert_true(span_equals(buffer_view(&parts->again), buffer_view(&parts->transcript.bytes)));
}

static void every_transcript_comes_back(void **state)
{
	for (unsigned i = 0; i < 2; i++) {
		say_all(*state, "* OK ready\r\n", 40000,
		        "outcome=proven leaf=" FINGERPRINT " chain=" FINGERPRINT "00 dh-prime=" FINGERPRINT);
		expect_same(*state, i == 1);
		say_all(*state, "", 0, "outcome=proven leaf=62AB chain=");
		expect_same(*state, i == 1);
	}
}

static void what_differs_by_host_is_its_own(void **state)
{
	struct parts *parts = *state;
	struct buffer before;

	buffer_init(&before, TRANSCRIPT_MAX);
	say_all(parts, "* OK mail1.example.org ready\r\n", 20, "outcome=proven leaf=" FINGERPRINT);
	expect_same(parts, true);
	buffer_append(&before, buffer_view(&parts->common));
	say_all(parts, "* OK another ready\r\n", 3000,
	        "outcome=proven leaf=00000000000000000000000000000000000000000000000000000000000000ff");
	expect_same(parts, true);
	assert_true(span_equals(buffer_view(&before), buffer_view(&parts->common)));
	buffer_done(&before);
}

static void what_would_not_come_back_is_not_taken_apart(void **state)
{
	/* A time in two bytes that needs one; a mark of ours; an end within a record; time that runs backwards; nothing. */
	static const unsigned char WRONG[][8] = {{9, 0x80, 0, 0}, {8, 0, 1, 1},       {2, 0, 1, 2},
	                                         {2, 0, 5, 'x'},  {9, 5, 0, 9, 4, 0}, {11, 0, 0}};
	static const size_t SIZES[] = {4, 4, 4, 4, 6, 3};
	struct parts *parts = *state;

	for (size_t i = 0; i < sizeof(SIZES) / sizeof(SIZES[0]); i++)
		assert_false(transcript_take_apart(span_make(WRONG[i], SIZES[i]), false, &parts->common, &parts->own));
	assert_false(transcript_take_apart(span_make(NULL, 0), false, &parts->common, &parts->own));
}

static void parts_that_do_not_belong_together_are_refused(void **state)
{
	struct parts *parts = *state;
	struct span common, own;

	say_all(parts, "* OK ready\r\n", 40, "outcome=proven leaf=" FINGERPRINT);
	assert_true(transcript_take_apart(buffer_view(&parts->transcript.bytes), true, &parts->common, &parts->own));
	common = buffer_view(&parts->common);
	own = buffer_view(&parts->own);
	for (size_t size = 0; size < own.size; size++)
		assert_false(transcript_put_together(common, span_part(own, 0, size), &parts->again));
	for (size_t size = 0; size < common.size; size++)
		assert_false(transcript_put_together(span_part(common, 0, size), own, &parts->again));
	assert_false(transcript_put_together(span_make("\x0c\0", 2), span_make("\0", 1), &parts->again));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_transcript_comes_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_differs_by_host_is_its_own, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_would_not_come_back_is_not_taken_apart, set_up, tear_down),
		cmocka_unit_test_setup_teardown(parts_that_do_not_belong_together_are_refused, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
