/* SPDX-License-Identifier: ISC */
/* What holds for every piece of advice, and how it is found and filled in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/span.h"
#include "classify/advice.h"
#include "classify/finding_rule.h"

enum { FOUND_MAX = 16, LINE_WIDTH_MAX = 100, PROSE_WIDTH_MAX = 120 };

static bool is_finding(struct span word)
{
	char id[64];

	if (word.size >= sizeof(id))
		return false;
	memcpy(id, word.data, word.size);
	id[word.size] = '\0';
	return finding_rule_find(id) != NULL;
}

static void every_cured_finding_exists(void **state)
{
	const struct advice *advice = NULL;

	(void)state;
	for (size_t i = 0; (advice = advice_at(i)) != NULL; i++) {
		struct span rest = span_from_text(advice->findings);

		assert_true(rest.size > 0);
		for (struct span word = span_take_word(&rest); word.size > 0; word = span_take_word(&rest)) {
			if (!is_finding(word))
				fail_msg("%s cures %.*s, which is no finding", advice->id, (int)word.size, (const char *)word.data);
		}
	}
}

static void every_finding_has_advice_for_unknown_software(void **state)
{
	const struct advice *found[FOUND_MAX];

	(void)state;
	for (const struct finding_rule *const *rule = FINDING_RULES; *rule != NULL; rule++) {
		if (advice_find((*rule)->id, FAMILY_UNKNOWN, found, FOUND_MAX) == 0)
			fail_msg("nothing is said about %s", (*rule)->id);
		assert_int_equal(found[0]->family, FAMILY_UNKNOWN);
		assert_true(advice_find((*rule)->id, FAMILY_OTHER, found, FOUND_MAX) > 0);
	}
}

static void every_software_has_advice_of_its_own_for_what_matters(void **state)
{
	static const char *const IMPORTANT[] = {"no-tls", "tls-optional", "cert-expired", "starttls-broken", "tls-obsolete-enabled"};
	const struct advice *found[FOUND_MAX];

	(void)state;
	for (int family = FAMILY_UNKNOWN + 1; family < FAMILY_OTHER; family++) {
		for (size_t i = 0; i < sizeof IMPORTANT / sizeof IMPORTANT[0]; i++) {
			size_t count = advice_find(IMPORTANT[i], (enum software_family)family, found, FOUND_MAX);

			if (count == 0 || found[0]->family == FAMILY_UNKNOWN)
				fail_msg("family %d has nothing for %s", family, IMPORTANT[i]);
		}
	}
}

/* Prose may be wider: who shows it wraps it. What is copied is not wrapped. */
static int width_max(const struct advice *advice, const char *line)
{
	bool is_copied = line >= advice->lines && line < advice->lines + strlen(advice->lines);

	return is_copied || strncmp(line, "$ ", 2) == 0 || strncmp(line, "PS> ", 4) == 0 ? LINE_WIDTH_MAX : PROSE_WIDTH_MAX;
}

static void check_lines(const struct advice *advice, const char *text)
{
	const char *begin = text;

	if (text[0] != '\0' && text[strlen(text) - 1] != '\n')
		fail_msg("%s: the last line does not end", advice->id);
	for (const char *end = strchr(begin, '\n'); end != NULL; begin = end + 1, end = strchr(begin, '\n')) {
		if (end - begin > width_max(advice, begin))
			fail_msg("%s: longer than %d: %.*s", advice->id, width_max(advice, begin), (int)(end - begin), begin);
		if (end > begin && end[-1] == ' ')
			fail_msg("%s: ends in a blank: %.*s", advice->id, (int)(end - begin), begin);
	}
}

static void lines_end_and_fit(void **state)
{
	const struct advice *advice = NULL;

	(void)state;
	for (size_t i = 0; (advice = advice_at(i)) != NULL; i++) {
		check_lines(advice, advice->lines);
		check_lines(advice, advice->steps);
		assert_true((advice->file[0] == '\0') == (advice->lines[0] == '\0'));
		assert_true(advice->file[0] == '\0' || advice->file[0] == '/');
		assert_true(advice->steps[0] != '\0');
		assert_null(strchr(advice->summary, '\n'));
		assert_non_null(strstr(advice->verify, "mailcensus check {HOST}"));
		assert_true(advice->verify[strlen(advice->verify) - 1] == '\n');
		assert_ptr_equal(advice_named(advice->id), advice); /* no id twice */
	}
	assert_true(advice_at(0) != NULL);
	assert_null(advice_named("no-such-advice"));
}

/* A placeholder is a word of capitals in braces; the braces of configurations never hold that. */
static bool has_placeholder(const char *text)
{
	for (const char *brace = strchr(text, '{'); brace != NULL; brace = strchr(brace + 1, '{')) {
		size_t length = strspn(brace + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");

		if (length > 0 && brace[1 + length] == '}')
			return true;
	}
	return false;
}

static void no_placeholder_is_left(void **state)
{
	const struct advice *advice = NULL;
	struct buffer out;

	(void)state;
	buffer_init(&out, 65536);
	for (size_t i = 0; (advice = advice_at(i)) != NULL; i++) {
		const char *const texts[] = {advice->summary, advice->lines, advice->steps, advice->verify};

		for (size_t j = 0; j < sizeof texts / sizeof texts[0]; j++) {
			buffer_clear(&out);
			advice_format(texts[j], "", 0, &out);
			if (has_placeholder(buffer_text(&out)))
				fail_msg("%s: %s", advice->id, buffer_text(&out));
			assert_false(out.overflowed);
		}
	}
	buffer_done(&out);
}

static const char *formatted(const char *text, const struct advice_values *values, struct buffer *out)
{
	buffer_clear(out);
	advice_format_with(text, values, out);
	return buffer_text(out);
}

static void placeholders_become_values(void **state)
{
	const struct advice_values known = {
		.host = "imap.example.net", .port = 143, .certificate = "/c.pem", .key = "/k.pem", .finding_id = "no-tls"};
	const struct advice_values unknown = {.host = ""};
	const struct advice_values pop3 = {.port = 110};
	struct buffer out;

	(void)state;
	buffer_init(&out, 4096);
	assert_string_equal(formatted("{HOST}:{PORT}{STARTTLS}{WATCH} {CERTIFICATE} {KEY}", &known, &out),
	                    "imap.example.net:143 -starttls imap --watch-for no-tls /c.pem /k.pem");
	assert_string_equal(formatted("{HOST}:{PORT}{STARTTLS}{WATCH} {CERTIFICATE} {KEY}", &unknown, &out),
	                    "mail.example.org:993 /etc/letsencrypt/live/mail.example.org/fullchain.pem "
	                    "/etc/letsencrypt/live/mail.example.org/privkey.pem");
	assert_string_equal(formatted("{STARTTLS}", &pop3, &out), " -starttls pop3");
	assert_string_equal(formatted("a { b {\n{HOST", &known, &out), "a { b {\n{HOST");
	assert_string_equal(formatted("{NOTHING} {{HOST}}{", &known, &out), "{NOTHING} {imap.example.net}{");
	assert_string_equal(formatted("", &known, &out), "");
	buffer_done(&out);
}

static void the_software_decides_what_is_found(void **state)
{
	const struct advice *found[FOUND_MAX];

	(void)state;
	assert_int_equal(advice_find("no-tls", FAMILY_DOVECOT_2_3, found, FOUND_MAX), 1);
	assert_string_equal(found[0]->id, "dovecot-2.3-require-tls");
	assert_non_null(strstr(found[0]->lines, "ssl = required\n"));
	/* A branch that is not known: both, each with its own names. */
	assert_int_equal(advice_find("no-tls", FAMILY_DOVECOT, found, FOUND_MAX), 2);
	assert_string_equal(found[1]->id, "dovecot-2.4-require-tls");
	/* One file each for IMAP and POP3. */
	assert_int_equal(advice_find("no-tls", FAMILY_COURIER, found, FOUND_MAX), 2);
	assert_int_equal(advice_find("no-tls", FAMILY_COURIER, found, 1), 1);
	/* Nothing of its own: what holds for all. */
	assert_int_equal(advice_find("starttls-injection", FAMILY_CYRUS, found, FOUND_MAX), 1);
	assert_string_equal(found[0]->id, "general-injection");
	assert_int_equal(advice_find("no-such-finding", FAMILY_DOVECOT, found, FOUND_MAX), 0);
	assert_true(advice_cures(advice_named("courier-pop3-injection"), "starttls-injection"));
	assert_false(advice_cures(advice_named("courier-pop3-injection"), "starttls"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cured_finding_exists),
		cmocka_unit_test(every_finding_has_advice_for_unknown_software),
		cmocka_unit_test(every_software_has_advice_of_its_own_for_what_matters),
		cmocka_unit_test(lines_end_and_fit),
		cmocka_unit_test(no_placeholder_is_left),
		cmocka_unit_test(placeholders_become_values),
		cmocka_unit_test(the_software_decides_what_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
