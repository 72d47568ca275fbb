/* SPDX-License-Identifier: ISC */
/* A text is known the second time, never taken for another, and what is met often is not driven out by what is met once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "store/sqlite/text_memory.h"

static void a_text_is_known_when_it_is_met_again(void **state)
{
	struct text_memory memory = {NULL, 0};
	struct span text = span_from_text("* OK Dovecot ready.");
	struct text_place *place;
	bool was_met;

	(void)state;
	place = text_memory_meet(&memory, text, &was_met);
	assert_non_null(place);
	assert_false(was_met);
	assert_true(text_memory_meet(&memory, text, &was_met) == place && was_met && place->row == 0);
	text_place_keep(place, text, 77);
	assert_int_equal(text_memory_meet(&memory, text, &was_met)->row, 77);
	assert_null(text_memory_meet(&memory, span_from_text("short"), &was_met));
	text_memory_done(&memory);
	assert_false(text_memory_meet(&memory, text, &was_met) == NULL || was_met);
	text_memory_done(&memory);
}

static void the_bytes_decide_and_not_the_hash(void **state)
{
	struct text_memory memory = {NULL, 0};
	struct span text = span_from_text("a text of many servers"), other = span_from_text("a text of another one.");
	struct text_place *place;
	bool was_met;

	(void)state;
	place = text_memory_meet(&memory, text, &was_met);
	(void)text_memory_meet(&memory, text, &was_met);
	text_place_keep(place, text, 77);
	/* As if both had one hash. */
	text_place_keep(place, other, 78);
	assert_true(text_memory_meet(&memory, text, &was_met) != place && !was_met);
	text_memory_done(&memory);
}

static void a_flood_of_texts_drives_out_no_common_one(void **state)
{
	struct text_memory memory = {NULL, 0};
	struct span common = span_from_text("+OK Hello there.");
	unsigned known = 0;
	bool was_met;

	(void)state;
	(void)text_memory_meet(&memory, common, &was_met);
	for (unsigned i = 0; i < 10 * TEXT_MEMORY_PLACES; i++) {
		char rare[48];
		struct text_place *place;

		(void)snprintf(rare, sizeof(rare), "* OK host%u.example.org ready", i);
		(void)text_memory_meet(&memory, span_from_text(rare), &was_met);
		place = text_memory_meet(&memory, common, &was_met);
		known += was_met;
		text_place_keep(place, common, 5);
	}
	assert_true(known > 10 * TEXT_MEMORY_PLACES - 10);
	text_memory_done(&memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_is_known_when_it_is_met_again),
		cmocka_unit_test(the_bytes_decide_and_not_the_hash),
		cmocka_unit_test(a_flood_of_texts_drives_out_no_common_one),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
