/* SPDX-License-Identifier: ISC */
/* Options are parsed from their rows, wrong ones are named, kept ones come back the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "app/options.h"
#include "base/buffer.h"

struct values {
	bool flag;
	const char *text;
	struct text_list list;
	uint64_t number;
	double rate;
	unsigned pause_ms, choice;
	struct optional_unsigned optional;
};

static const char *const CHOICES[] = {"one", "two", NULL};

static const struct option_row ROWS[] = {
	{"flag", NULL, OPTION_FLAG, offsetof(struct values, flag), 0, 0, NULL, true, "a flag"},
	{"text", "T", OPTION_TEXT, offsetof(struct values, text), 0, 0, NULL, true, "a text"},
	{"list", "T", OPTION_TEXT_LIST, offsetof(struct values, list), 0, 0, NULL, true, "a list"},
	{"number", "N", OPTION_UNSIGNED, offsetof(struct values, number), 2, 9, NULL, true, "a number"},
	{"rate", "R", OPTION_RATE, offsetof(struct values, rate), 0, 0, NULL, true, "a rate"},
	{"pause", "S", OPTION_SECONDS, offsetof(struct values, pause_ms), 0, 0, NULL, true, "a pause"},
	{"choice", "C", OPTION_CHOICE, offsetof(struct values, choice), 0, 0, CHOICES, true, "a choice"},
	{"optional", "[N]", OPTION_OPTIONAL_UNSIGNED, offsetof(struct values, optional), 1, 99, NULL, false, "perhaps a number"},
	{.name = NULL},
};

static bool parse(struct values *values, struct option_result *result, struct error *error, int argc, ...)
{
	char *argv[16] = {NULL};
	va_list words;

	va_start(words, argc);
	for (int i = 0; i < argc; i++)
		argv[i + 1] = va_arg(words, char *);
	va_end(words);
	*values = (struct values){0};
	return options_parse(ROWS, argc + 1, argv, values, result, error);
}

static void done(struct values *values, struct option_result *result)
{
	text_list_done(&values->list);
	text_list_done(&result->arguments);
}

static void every_type_is_understood(void **state)
{
	struct values values;
	struct option_result result;
	struct error error;

	(void)state;
	assert_true(parse(&values, &result, &error, 13, "--flag", "--text", "x", "--list=a", "first", "--list", "b", "--number=9",
	                  "--rate=1.5", "--pause=0.25", "--choice=two", "--", "--flag"));
	assert_true(values.flag);
	assert_string_equal(values.text, "x");
	assert_int_equal(values.list.count, 2);
	assert_string_equal(values.list.items[1], "b");
	assert_int_equal(values.number, 9);
	assert_true(values.rate > 1.49 && values.rate < 1.51);
	assert_int_equal(values.pause_ms, 250);
	assert_int_equal(values.choice, 1);
	assert_int_equal(result.arguments.count, 2);
	assert_string_equal(result.arguments.items[1], "--flag");
	done(&values, &result);
}

static void an_optional_value_may_be_missing(void **state)
{
	struct values values;
	struct option_result result;
	struct error error;

	(void)state;
	assert_true(parse(&values, &result, &error, 2, "--optional", "--flag"));
	assert_true(values.optional.is_given && !values.optional.has_value && values.flag);
	done(&values, &result);
	assert_true(parse(&values, &result, &error, 2, "--optional", "7"));
	assert_true(values.optional.has_value && values.optional.value == 7);
	done(&values, &result);
}

static void wrong_words_are_named(void **state)
{
	static const struct {
		const char *word, *part;
	} rows[] = {{"--nothing", "--nothing"},      {"-f", "-f"},
	            {"--number=1", "from 2 to 9"},   {"--number=10", "'10'"},
	            {"--number", "wants a value"},   {"--flag=1", "no value"},
	            {"--choice=three", "one, two"},  {"--rate=-1", "'-1'"},
	            {"--pause=1e99", "'1e99'"},      {"--rate=nan", "'nan'"},
	            {"--optional=0", "from 1 to 99"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct values values;
		struct option_result result;
		struct error error;

		assert_false(parse(&values, &result, &error, 1, rows[i].word));
		assert_non_null(strstr(error.text, rows[i].part));
		done(&values, &result);
	}
}

static void kept_options_come_back_the_same(void **state)
{
	struct values values, again;
	struct option_result result, result_again;
	struct error error;
	struct buffer kept, kept_again;
	char *words[16] = {NULL};
	int count = 1;

	(void)state;
	buffer_init(&kept, 1000);
	buffer_init(&kept_again, 1000);
	assert_true(parse(&values, &result, &error, 7, "--flag", "--text=a b=c", "--list=x", "--number=3", "--rate=0.5", "--pause=1.042",
	                  "--choice=two"));
	options_keep(ROWS, &values, &kept);
	for (char *word = strtok_r((char *)(uintptr_t)buffer_text(&kept), "\n", &words[15]); word != NULL;
	     word = strtok_r(NULL, "\n", &words[15]))
		words[count++] = word;
	again = (struct values){0};
	assert_true(options_parse(ROWS, count, words, &again, &result_again, &error));
	options_keep(ROWS, &again, &kept_again);
	assert_string_equal(buffer_text(&kept_again),
	                    "--flag\n--text=a b=c\n--list=x\n--number=3\n--rate=0.5\n--pause=1.042\n--choice=two\n");
	done(&values, &result);
	done(&again, &result_again);
	buffer_done(&kept);
	buffer_done(&kept_again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_is_understood),
		cmocka_unit_test(an_optional_value_may_be_missing),
		cmocka_unit_test(wrong_words_are_named),
		cmocka_unit_test(kept_options_come_back_the_same),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
