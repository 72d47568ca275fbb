/* SPDX-License-Identifier: ISC */
/* Patterns find what they should, refuse what they must, and none of them keeps us for long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "software/pattern.h"

static struct pattern_engine *engine;
static struct pattern_match *match;

static int set_up(void **state)
{
	(void)state;
	engine = pattern_engine_new();
	match = pattern_match_new(engine);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	pattern_match_free(match);
	pattern_engine_free(engine);
	return 0;
}

static enum pattern_result search(const char *text, uint32_t options, struct span subject)
{
	struct error error = {.text = ""};
	struct pattern *pattern = pattern_new(engine, span_from_text(text), options, &error);
	enum pattern_result result;

	assert_string_equal(error.text, "");
	result = pattern_search(pattern, subject, match);
	pattern_free(pattern);
	return result;
}

static void test_groups(void **state)
{
	struct pattern *pattern = pattern_new(engine, span_from_text("^(a)?(?<distribution>b+)(c)?"), 0, NULL);

	(void)state;
	assert_non_null(pattern);
	assert_int_equal(pattern_group_count(pattern), 3);
	assert_int_equal(pattern_group_number(pattern, "distribution"), 2);
	assert_int_equal(pattern_group_number(pattern, "behind"), 0);
	assert_int_equal(pattern_search(pattern, span_from_text("bbx"), match), PATTERN_MATCH);
	assert_true(span_equals_text(pattern_match_group(match, 0), "bb"));
	assert_int_equal(pattern_match_group(match, 1).size, 0);
	assert_true(span_equals_text(pattern_match_group(match, 2), "bb"));
	assert_int_equal(pattern_match_group(match, 3).size, 0);
	assert_int_equal(pattern_match_group(match, 31).size, 0);
	assert_int_equal(pattern_search(pattern, span_from_text("x"), match), PATTERN_NO_MATCH);
	assert_int_equal(pattern_match_group(match, 0).size, 0);
	pattern_free(pattern);
}

static void test_bytes(void **state)
{
	(void)state;
	assert_int_equal(search("^\\xff.\\x00$", 0, span_make("\xff\xfe\0", 3)), PATTERN_MATCH);
	assert_int_equal(search("ABC", PATTERN_IGNORES_CASE, span_from_text("xabcx")), PATTERN_MATCH);
	assert_int_equal(search("(?-i)ABC", PATTERN_IGNORES_CASE, span_from_text("xabcx")), PATTERN_NO_MATCH);
	assert_int_equal(search("^$", 0, (struct span){.data = NULL}), PATTERN_MATCH);
	assert_int_equal(search("a.b", 0, span_from_text("a\nb")), PATTERN_NO_MATCH);
	assert_int_equal(search("a.b", PATTERN_DOT_IS_ANY, span_from_text("a\nb")), PATTERN_MATCH);
	assert_int_equal(search("a$", 0, span_from_text("a\n")), PATTERN_NO_MATCH);
}

static void test_what_is_refused(void **state)
{
	static const char *const PATTERNS[] = {"(", "[a", "(*UTF)a", "\\C", "(*UCP)a", "a{2,1}"};
	struct error error;
	char many[300] = "";
	static char huge[PATTERN_SIZE_MAX + 2];

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(PATTERNS); i++) {
		error = (struct error){.text = ""};
		assert_null(pattern_new(engine, span_from_text(PATTERNS[i]), 0, &error));
		assert_string_not_equal(error.text, "");
	}
	for (size_t i = 0; i < PATTERN_GROUPS_MAX + 1; i++)
		memcpy(many + 3 * i, "(a)", 3);
	assert_null(pattern_new(engine, span_from_text(many), 0, &error));
	memset(huge, 'a', sizeof(huge) - 1);
	assert_null(pattern_new(engine, span_from_text(huge), 0, &error));
}

/* Each of them would run for years; the limit stops it after a moment. Processor time, so that a busy machine does not matter. */
static void test_no_pattern_keeps_us(void **state)
{
	static const char *const PATTERNS[] = {
		"(a+)+$",
		"(a|aa)+$",
		"(a*)*bb",
		"(?R)?a+(?R)?b",
		"(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)\\1\\2x",
		"^(([a-z])+.)+[A-Z]([a-z])+$",
		"^(?:a|a)*$",
		"(?:a?){500}a{500}b",
		"^(a(?1)?)*x$",
		"(?:.*a){40}z|Ab",
	};
	static char text[512];
	clock_t start = clock();
	int gave_up = 0;

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text + sizeof(text) - 4, "!bxA", 4);
	for (size_t i = 0; i < ARRAY_LENGTH(PATTERNS); i++)
		gave_up += search(PATTERNS[i], 0, span_make(text, sizeof(text))) == PATTERN_GAVE_UP ? 1 : 0;
	assert_in_range(gave_up, 7, ARRAY_LENGTH(PATTERNS)); /* PCRE2 sees through some */
	assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 5.0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_groups, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bytes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_pattern_keeps_us, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
