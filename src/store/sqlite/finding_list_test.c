/* SPDX-License-Identifier: ISC */
/* A list of findings comes back as it was written, and whatever else is read is refused and not guessed over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "store/sqlite/finding_list.h"

static void what_was_written_is_read(void **state)
{
	static const char HOSTILE[] = "\0\"];DROP\\\xff\x1b[2J";
	const struct finding_entry entries[] = {
		{0, 1, 4, 2, 0, span_from_text("port 110 is no-tls")},
		{110, 70000, 0, 0, 0, span_from_text("said \"no\" and \\ and ,[1]")},
		{65535, 2, 3, 1, 123456789, {NULL, 0}},
		{143, 3, 3, 1, 0, span_make(HOSTILE, sizeof(HOSTILE))},
		{993, 4, 3, 1, 0, {NULL, 0}},
	};
	struct buffer list, room;
	struct finding_entry read;
	struct span rest;

	(void)state;
	buffer_init(&list, FINDING_LIST_MAX);
	buffer_init(&room, FINDING_LIST_MAX);
	finding_list_begin(&list);
	for (size_t i = 0; i < 5; i++)
		finding_list_add(&list, &entries[i]);
	finding_list_end(&list);
	rest = buffer_view(&list);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(finding_list_take(&rest, &room, &read), 1);
		assert_true(read.port == entries[i].port && read.finding == entries[i].finding && read.severity == entries[i].severity &&
		            read.confidence == entries[i].confidence && read.evidence_row == entries[i].evidence_row);
		assert_true(span_equals(read.evidence, entries[i].evidence));
	}
	assert_int_equal(finding_list_take(&rest, &room, &read), 0);
	buffer_done(&list);
	buffer_done(&room);
}

static void expect_refused(const char *text)
{
	struct span rest = span_from_text(text);
	struct finding_entry entry;
	struct buffer room;
	int taken;

	buffer_init(&room, FINDING_LIST_MAX);
	while ((taken = finding_list_take(&rest, &room, &entry)) == 1)
		;
	if (taken != -1)
		fail_msg("%s was taken", text);
	buffer_done(&room);
}

static void what_is_no_list_is_refused(void **state)
{
	static const char *const WRONG[] = {"{}",
	                                    "[[1,2,3,4,5]",
	                                    "[[1,2,3,4,\"x\"",
	                                    "[[65536,2,3,4,5]]",
	                                    "[[1,2,3,4,[\"0\"]]]",
	                                    "[[1,2,3,4,[\"0G\"]]]",
	                                    "[[1,2,3,4]]",
	                                    "[[]]",
	                                    "[[1,2,3,4,0]]",
	                                    "[[-1,2,3,4,5]]",
	                                    "[[1,2,3,4,5]]x",
	                                    "[1]",
	                                    "[[1,2,3,4,\"a\\"};
	struct span rest = span_from_text("[]");
	struct finding_entry entry;

	(void)state;
	for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++)
		expect_refused(WRONG[i]);
	assert_int_equal(finding_list_take(&rest, NULL, &entry), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(what_was_written_is_read), cmocka_unit_test(what_is_no_list_is_refused)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
