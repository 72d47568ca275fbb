/* SPDX-License-Identifier: ISC */
/* Tables that people write: what is right is taken, what is wrong is refused with its line, and then nothing of it stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "software/fingerprints.h"

static const struct timestamp NOW = {.unix_ms = INT64_C(1795478400000)}; /* 2026-11-24 */
static struct fingerprints *fingerprints;

static int set_up(void **state)
{
	struct error error = {.text = ""};

	(void)state;
	fingerprints = fingerprints_new(&error);
	assert_string_equal(error.text, "");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fingerprints_free(fingerprints);
	return 0;
}

static struct software identify(const char *greeting)
{
	struct software_evidence evidence = {.protocol = WIRE_IMAP, .greeting = span_from_text(greeting), .is_greeted = true};
	struct software software;

	software_identify(fingerprints, &evidence, NOW, &software);
	return software;
}

static void test_added_ones_come_first(void **state)
{
	static const char TABLE[] =
		"mine\timap\tT\t-\t^Dovecot ready\\.$\tMine\t-\t-\tother\tback\tcertain\t-\t-\n"
		"other\tany\tT\t-\t^Mine v([0-9.]+) on (?<distribution>\\S+)$\tMine\t$1\tMe\tother\tback\tcertain\tme:mine\n";
	size_t before = fingerprints_count(fingerprints).fingerprints;
	struct error error = {.text = ""};
	struct software software;

	(void)state;
	assert_string_equal(identify("Dovecot ready.").product, "Dovecot");
	assert_true(fingerprints_add_tsv(fingerprints, "mine.tsv", span_from_text(TABLE), &error));
	assert_int_equal(fingerprints_count(fingerprints).fingerprints, before + 2);
	assert_string_equal(identify("Dovecot ready.").product, "Mine");
	assert_string_equal(identify("Dovecot ready.").fingerprint, "mine");
	assert_string_equal(identify("Courier-IMAP ready. Copyright 1998-2019 Double Precision, Inc.").product, "Courier");
	software = identify("Mine v1.2.3 on Debian");
	assert_string_equal(software.version, "1.2.3");
	assert_string_equal(software.distribution, "Debian");
	assert_string_equal(software.vendor, "Me");
	assert_string_equal(software.cpe, "cpe:2.3:a:me:mine:1.2.3:*:*:*:*:*:*:*");
	assert_true(fingerprints_add_support(fingerprints, "s", span_from_text("Mine\t1\t2026-11-23\t-\tmy page\t2026-11-24\n"), &error));
	assert_int_equal(identify("Mine v1.2.3 on Nobody").support, SUPPORT_UNKNOWN);
}

static void test_bad_rows_are_refused_with_their_line(void **state)
{
	static const char *const ROWS[] = {
		"two\tcolumns\n",
		"i\timap\tT\t-\t(\tP\t-\t-\tother\tback\tcertain\t-\n",
		"i\tgopher\tT\t-\ta\tP\t-\t-\tother\tback\tcertain\t-\n",
		"i\tunknown\tT\t-\ta\tP\t-\t-\tother\tback\tcertain\t-\n",
		"i\timap\tQ\t-\ta\tP\t-\t-\tother\tback\tcertain\t-\n",
		"i\timap\tT\tluck\ta\tP\t-\t-\tother\tback\tcertain\t-\n",
		"i\timap\tT\t-\ta\tP\t$1\t-\tother\tback\tcertain\t-\n",
		"i\timap\tT\t-\ta\tP\t$0\t-\tother\tback\tcertain\t-\n",
		"i\timap\tT\t-\ta\tP\t-\t-\tcousins\tback\tcertain\t-\n",
		"i\timap\tT\t-\ta\tP\t-\t-\tother\tsideways\tcertain\t-\n",
		"i\timap\tT\t-\ta\tP\t-\t-\tother\tback\tperhaps\t-\n",
		"i\timap\tV\t-\ta\tP\t-\t-\tother\tback\tcertain\t-\n",
		"-\timap\tT\t-\ta\tP\t-\t-\tother\tback\tcertain\t-\n",
		"i\timap\tT\t-\ta\t-\t-\t-\tother\tback\tcertain\t-\n",
		"i\timap\tT\t-\ta\tP\t-\t-\tother\tback\tcertain\t-\tnotes\tmore\n",
	};
	size_t before = fingerprints_count(fingerprints).fingerprints;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(ROWS); i++) {
		struct error error = {.text = ""};
		char text[400];

		snprintf(text, sizeof(text), "good\timap\tT\t-\t^good$\tGood\t-\t-\tother\tback\tcertain\t-\n%s", ROWS[i]);
		assert_false(fingerprints_add_tsv(fingerprints, "mine.tsv", span_from_text(text), &error));
		assert_non_null(strstr(error.text, "mine.tsv line 2: "));
		assert_int_equal(fingerprints_count(fingerprints).fingerprints, before);
	}
	assert_string_equal(identify("good").product, "");
}

static void test_nul_bytes_are_refused(void **state)
{
	static const char TABLE[] = "i\timap\tT\t-\ta\0b\tP\t-\t-\tother\tback\tcertain\t-\n";
	struct error error = {.text = ""};

	(void)state;
	assert_false(fingerprints_add_tsv(fingerprints, "mine.tsv", span_make(TABLE, sizeof(TABLE) - 1), &error));
}

/* A table that is nothing but traps costs no more than a few of them. */
static void test_traps_are_given_up(void **state)
{
	static char table[200 * 100], greeting[512];
	struct error error = {.text = ""};
	size_t size = 0;

	(void)state;
	for (int i = 0; i < 200; i++)
		size += (size_t)snprintf(table + size, sizeof(table) - size,
		                         "trap%d\tany\tT\t-\t(a|aa|aaa)+$\tTrap\t-\t-\tother\tback\tcertain\t-\n", i);
	assert_true(fingerprints_add_tsv(fingerprints, "traps.tsv", span_make(table, size), &error));
	memset(greeting, 'a', sizeof(greeting) - 2);
	greeting[sizeof(greeting) - 2] = '!';
	for (int i = 0; i < 10; i++)
		assert_string_equal(identify(greeting).product, "");
}

static void test_an_empty_table_is_fine(void **state)
{
	struct error error = {.text = ""};

	(void)state;
	assert_true(fingerprints_add_tsv(fingerprints, "empty", (struct span){.size = 0}, &error));
	assert_true(fingerprints_add_tsv(fingerprints, "empty", span_from_text("# nothing\n\n \n"), &error));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_added_ones_come_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bad_rows_are_refused_with_their_line, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nul_bytes_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_traps_are_given_up, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_an_empty_table_is_fine, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
