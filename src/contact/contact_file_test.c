/* SPDX-License-Identifier: ISC */
/* Files of contacts: what is read, what is refused and by which line, and that what we write is read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "contact/contact_file.h"

/* The rows of a file as we would write them. */
struct seen {
	struct buffer rows, problems;
	struct contact_counts counts;
};

static void see_row(void *context, const struct contact_row *row)
{
	struct seen *seen = context;

	contact_file_append(&seen->rows, row);
}

static void see_problem(void *context, uint64_t line, bool is_wrong, const char *what)
{
	struct seen *seen = context;

	buffer_append_format(&seen->problems, "%d%s %s\n", (int)line, is_wrong ? "!" : "", what);
}

static struct seen seen;

static bool read_file(struct span content, bool goes_on, struct error *error)
{
	struct contact_visitor visitor = {.context = &seen, .on_row = see_row, .on_problem = goes_on ? see_problem : NULL};

	buffer_clear(&seen.rows);
	buffer_clear(&seen.problems);
	return contact_file_read(content, &visitor, &seen.counts, error);
}

static void becomes(const char *text, const char *rows)
{
	struct error error;

	if (!read_file(span_from_text(text), false, &error))
		fail_msg("%s", error.text);
	assert_string_equal(buffer_text(&seen.rows), rows);
}

static const char TITLES[] = "match,contact,scope,source,expires,comment\n";

static void row_becomes(const char *row, const char *normalised)
{
	char text[4096], expected[4096];

	(void)snprintf(text, sizeof(text), "%s%s\n", TITLES, row);
	(void)snprintf(expected, sizeof(expected), "%s\n", normalised);
	becomes(text, expected);
	/* What was written is read back as the same. */
	(void)snprintf(text, sizeof(text), "%s%s\n", TITLES, normalised);
	becomes(text, expected);
}

static void row_is_refused(const char *row, const char *because)
{
	char text[4096];
	struct error error = {{0}};

	(void)snprintf(text, sizeof(text), "%s# one\n*,a@isp.lab,,,,\n%s\n", TITLES, row);
	if (read_file(span_from_text(text), false, &error))
		fail_msg("%s is taken", row);
	if (strncmp(error.text, "line 4: ", 8) != 0 || strstr(error.text, because) == NULL)
		fail_msg("\"%s\" does not say line 4 and \"%s\"", error.text, because);
	for (const char *at = error.text; *at != '\0'; at++)
		assert_in_range(*at, ' ', '~');
}

static void every_kind_of_match_is_read(void **state)
{
	(void)state;
	row_becomes("192.0.2.0/24,a@isp.lab,,,,", "192.0.2.0/24,a@isp.lab,,,,");
	row_becomes("192.0.2.7,a@isp.lab", "192.0.2.7/32,a@isp.lab,,,,");
	row_becomes("192.0.2.0-192.0.2.255,a@isp.lab", "192.0.2.0/24,a@isp.lab,,,,");
	row_becomes("192.0.2.1-192.0.2.9,a@isp.lab", "192.0.2.1-192.0.2.9,a@isp.lab,,,,");
	row_becomes("2001:DB8::/32,a@isp.lab", "2001:db8::/32,a@isp.lab,,,,");
	row_becomes("2001:db8::1-2001:db8::9,a@isp.lab", "2001:db8::1-2001:db8::9,a@isp.lab,,,,");
	row_becomes("::/0,a@isp.lab", "::/0,a@isp.lab,,,,");
	row_becomes("as64500,a@isp.lab", "AS64500,a@isp.lab,,,,");
	row_becomes("cc:de,a@isp.lab", "CC:DE,a@isp.lab,,,,");
	row_becomes("UK,a@isp.lab", "CC:GB,a@isp.lab,,,,");
	row_becomes("AS,a@isp.lab", "CC:AS,a@isp.lab,,,,"); /* American Samoa */
	row_becomes(".Example.ORG,a@isp.lab", ".example.org,a@isp.lab,,,,");
	row_becomes("*,-", "*,-,,,,");
}

static void the_other_columns_are_read(void **state)
{
	(void)state;
	row_becomes("AS64500,\"a@isp.lab, b@isp.lab\",cert,ripe,2027-03-31,\"says \"\"hello\"\", and more\"",
	            "AS64500,\"a@isp.lab,b@isp.lab\",cert,ripe,2027-04-01T00:00:00.000Z,\"says \"\"hello\"\", and more\"");
	row_becomes("AS64500,a@isp.lab,Owner,,2027-03-31T12:00:00Z,", "AS64500,a@isp.lab,,,2027-03-31T12:00:00.000Z,");
	row_becomes("DE,a@isp.lab,owner,,,", "CC:DE,a@isp.lab,owner,,,");
	becomes("\xef\xbb\xbf# mine\r\n\r\nComment,Contact,Match\r\nx,a@isp.lab,AS64500\r\n", "AS64500,a@isp.lab,,,,x\n");
}

static void what_is_wrong_is_told_by_line_of_contact(void **state)
{
	(void)state;
	row_is_refused("192.0.2.1/24,a@isp.lab", "host bits");
	row_is_refused("192.0.2.9-192.0.2.1,a@isp.lab", "higher");
	row_is_refused("AS0,a@isp.lab", "no AS number");
	row_is_refused("AS4294967296,a@isp.lab", "no AS number");
	row_is_refused("CC:EU,a@isp.lab", "no country");
	row_is_refused("CC:DEU,a@isp.lab", "no country");
	row_is_refused("example.org,a@isp.lab", "nothing that a contact can be for");
	row_is_refused(".exa_mple.org,a@isp.lab", "no domain");
	row_is_refused(",a@isp.lab", "nothing that a contact can be for");
	row_is_refused("\x1b[2J,a@isp.lab", "\\x1b[2J");
	row_is_refused("AS64500,", "names no contact");
	row_is_refused("AS64500,a", "neither a mail address");
	row_is_refused("AS64500,\"a@isp.lab,\xff\"", "neither a mail address");
	row_is_refused("AS64500,\"a@isp.lab", "never closed");
	row_is_refused("AS64500,https://isp.lab/ a@isp.lab", "stands alone");
	row_is_refused("AS64500,a@isp.lab,all", "scope");
	row_is_refused("AS64500,a@isp.lab,,,2027-02-30", "expiry");
	row_is_refused("AS64500,a@isp.lab,,,tomorrow", "expiry");
	row_is_refused("AS64500,a@isp.lab,,,,a\x1b[2Jb", "invisible");
	row_is_refused("AS64500,a@isp.lab,,,,\xff", "UTF-8");
}

static void without_titles_there_is_no_file(void **state)
{
	struct error error;

	(void)state;
	assert_false(read_file(span_from_text(""), true, &error));
	assert_non_null(strstr(error.text, "names the columns"));
	assert_false(read_file(span_from_text("# only\n"), true, &error));
	assert_false(read_file(span_from_text("AS64500,a@isp.lab\n"), true, &error));
	assert_non_null(strstr(error.text, "line 1"));
}

static void placeholders_are_counted_and_left_out(void **state)
{
	struct error error;
	const char *text =
		"match,contact\nAS1,noreply@isp.lab\nAS2,\"a@isp.lab,b@example.com\"\nAS3,DATA REDACTED\nCC:DE,-\nAS4,b@isp.lab\n";

	(void)state;
	assert_true(read_file(span_from_text(text), true, &error));
	assert_string_equal(buffer_text(&seen.rows), "AS2,a@isp.lab,,,,\nCC:DE,-,,,,\nAS4,b@isp.lab,,,,\n");
	assert_int_equal(seen.counts.placeholders, 3);
	assert_int_equal(seen.counts.rows_refused, 2);
	assert_int_equal(seen.counts.rows[CONTACT_NETWORK], 2);
	assert_int_equal(seen.counts.rows[CONTACT_COUNTRY], 1);
	assert_int_equal(seen.counts.never, 1);
	assert_int_equal(seen.counts.certs, 1);
	assert_string_equal(buffer_text(&seen.problems), "2 has a contact that stands for nobody\n3 has a contact that stands for nobody\n"
	                                                 "4 has a contact that stands for nobody\n");
}

static void all_that_is_wrong_can_be_told(void **state)
{
	struct error error;

	(void)state;
	assert_true(read_file(span_from_text("match,contact\nAS0,a@isp.lab\nAS1,a@isp.lab\nAS2\n"), true, &error));
	assert_string_equal(buffer_text(&seen.rows), "AS1,a@isp.lab,,,,\n");
	assert_string_equal(buffer_text(&seen.problems),
	                    "2! AS0: this is no AS number\n4! names no contact; \"-\" says that nobody may be told\n");
	assert_int_equal(seen.counts.wrong, 2);
}

static void a_line_of_contacts_of_any_length_is_an_error_and_no_more(void **state)
{
	size_t size = 1 << 20;
	char *text = memory_allocate(size, 1);
	struct error error;

	(void)state;
	memcpy(text, TITLES, sizeof(TITLES) - 1);
	memset(text + sizeof(TITLES) - 1, '1', size - sizeof(TITLES) + 1);
	assert_false(read_file(span_make(text, size), false, &error));
	assert_non_null(strstr(error.text, "line 2: is longer"));
	assert_false(read_file(span_make(text, 60000), false, &error));
	free(text);
}

static int set_up(void **state)
{
	(void)state;
	buffer_init(&seen.rows, 1 << 20);
	buffer_init(&seen.problems, 1 << 20);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	buffer_done(&seen.rows);
	buffer_done(&seen.problems);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_match_is_read),
		cmocka_unit_test(the_other_columns_are_read),
		cmocka_unit_test(what_is_wrong_is_told_by_line_of_contact),
		cmocka_unit_test(without_titles_there_is_no_file),
		cmocka_unit_test(placeholders_are_counted_and_left_out),
		cmocka_unit_test(all_that_is_wrong_can_be_told),
		cmocka_unit_test(a_line_of_contacts_of_any_length_is_an_error_and_no_more),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
