/* SPDX-License-Identifier: ISC */
/* Versions are compared by their numbers, and a distribution's build by the distribution's date. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "software/support.h"

static const char TABLE[] = "# a comment\n"
			    "Example\t3\tgoing\tDebian 13\tits page\t2026-11-24\t-\n"
			    "Example\t2.2\t2025-01-24\tDebian 9, Ubuntu 18.04\tits page\t2026-11-24\n"
			    "Example\t1\tended\t-\tits page\t2026-11-24\tno date\r\n"
			    "Debian\t13\t2030-06-30\t-\tthe schedule\t2026-11-24\n"
			    "Debian\t9\t2022-07-01\t-\tthe schedule\t2026-11-24\n"
			    "Enterprise Linux\t7\t2024-06-30\t-\tthe schedule\t2026-11-24\n";

static void test_versions(void **state)
{
	(void)state;
	assert_true(version_is_among("2.2", "2.2"));
	assert_true(version_is_among("2.2.36.4", "2.2"));
	assert_true(version_is_among("v2.2.1", "2.2"));
	assert_false(version_is_among("2.20", "2.2"));
	assert_false(version_is_among("2", "2.2"));
	assert_true(version_is_among("3.6.1-Debian-3.6.1-4+deb12u4", "3.4,3.6"));
	assert_true(version_is_among("2.5.15", "<=2.5"));
	assert_false(version_is_among("2.6", "<=2.5"));
	assert_true(version_is_among("1.1.4", "<1.1.5"));
	assert_false(version_is_among("1.1.5", "<1.1.5"));
	assert_true(version_is_among("15.2.1544.4", "15.2-15.2.2561"));
	assert_false(version_is_among("15.2.2562.17", "15.2-15.2.2561"));
	assert_false(version_is_among("15.1.9", "15.2-15.2.2561"));
	assert_true(version_is_among("", "*"));
	assert_false(version_is_among("", "<=9"));
	assert_false(version_is_among("unknown", "1,2"));
	assert_true(version_is_among("99999999999999999999", "<=99999999999999999999"));
}

static void read_table(struct support_list *list)
{
	struct error error = {.text = ""};

	*list = (struct support_list){.items = NULL};
	assert_true(support_list_read(list, "table", span_from_text(TABLE), &error));
}

static void assert_answer(const struct support_list *list, const char *version, const char *distribution, const char *today,
                          enum support_state state, const char *ends)
{
	struct support_answer answer = support_of(list, "example", version, distribution, today);

	assert_string_equal(support_state_name(answer.state), support_state_name(state));
	assert_string_equal(answer.ends, ends);
}

static void test_vendors(void **state)
{
	struct support_list list;

	(void)state;
	read_table(&list);
	assert_int_equal(list.count, 6);
	assert_answer(&list, "3.1", "", "2026-11-24", SUPPORT_GOING, "");
	assert_answer(&list, "2.2.36", "", "2026-11-24", SUPPORT_ENDED, "2025-01-24");
	assert_answer(&list, "2.2.36", "", "2025-01-24", SUPPORT_GOING, "2025-01-24"); /* the last day is one of them */
	assert_answer(&list, "2.2.36", "", "2025-01-25", SUPPORT_ENDED, "2025-01-24");
	assert_answer(&list, "1.0", "", "2026-11-24", SUPPORT_ENDED, "");
	assert_answer(&list, "4.0", "", "2026-11-24", SUPPORT_UNKNOWN, "");
	assert_answer(&list, "", "", "2026-11-24", SUPPORT_UNKNOWN, "");
	support_list_done(&list);
}

/* Rule V-7. */
static void test_distributions(void **state)
{
	struct support_list list;

	(void)state;
	read_table(&list);
	assert_answer(&list, "2.2.36", "Debian 13", "2026-11-24", SUPPORT_DISTRIBUTION, "2030-06-30");
	assert_answer(&list, "2.2.36", "Debian 13", "2030-07-01", SUPPORT_ENDED, "2030-06-30");
	assert_answer(&list, "2.2.36", "Debian", "2026-11-24", SUPPORT_ENDED, "2022-07-01");   /* at most of Debian 9 */
	assert_answer(&list, "2.2.36", "Debian", "2022-07-01", SUPPORT_GOING, "2025-01-24");   /* both went on */
	assert_answer(&list, "2.2.36", "Ubuntu", "2026-11-24", SUPPORT_UNKNOWN, "");           /* no row of Ubuntu */
	assert_answer(&list, "2.2.36", "Somebody's Linux", "2026-11-24", SUPPORT_UNKNOWN, ""); /* may go on, may not */
	assert_answer(&list, "3.1", "Debian", "2026-11-24", SUPPORT_GOING, "");
	assert_answer(&list, "3.1", "Debian 9", "2026-11-24", SUPPORT_ENDED, "2022-07-01"); /* nobody fixes that build */
	assert_answer(&list, "3.1", "Enterprise Linux 7", "2026-11-24", SUPPORT_ENDED, "2024-06-30");
	assert_answer(&list, "9.9", "Debian 13", "2026-11-24", SUPPORT_DISTRIBUTION, "2030-06-30");
	support_list_done(&list);
}

static void test_bad_rows_are_refused_with_their_line(void **state)
{
	static const char *const ROWS[] = {
		"one\ttwo\n",
		"P\t1\t2025-1-24\t-\ts\t2026-11-24\n",
		"P\tone\tgoing\t-\ts\t2026-11-24\n",
		"P\t<\tgoing\t-\ts\t2026-11-24\n",
		"P\t-\tgoing\t-\ts\t2026-11-24\n",
		"P\t1\tgoing\t-\t-\t2026-11-24\n",
		"P\t1\tgoing\t-\ts\tyesterday\n",
		"P\t1\tgoing\t-\ts\t2026-11-24\tn\tx\n",
		"-\t1\tgoing\t-\ts\t2026-11-24\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(ROWS); i++) {
		struct support_list list = {.items = NULL};
		struct error error = {.text = ""};
		char text[200];

		snprintf(text, sizeof(text), "# first\n\n%s", ROWS[i]);
		assert_false(support_list_read(&list, "mine.tsv", span_from_text(text), &error));
		assert_non_null(strstr(error.text, "mine.tsv line 3: "));
		support_list_done(&list);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_vendors),
		cmocka_unit_test(test_distributions),
		cmocka_unit_test(test_bad_rows_are_refused_with_their_line),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
