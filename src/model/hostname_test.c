/* SPDX-License-Identifier: ISC */
/* What is let through as a host name, which one is chosen, and what is asked for an address. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/hostname.h"

#define LABEL_63 "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0"

static void only_host_names_are_valid(void **state)
{
	static const char *const good[] = {"mail.example.org",      "a",
	                                   "host-1.example",        "3com.example",
	                                   "xn--mller-kva.example", (LABEL_63 ".example"),
	                                   "r3---sn-4g5e.example",  "192-0-2-1.pool.example"};
	static const char *const bad[] = {"",
	                                  ".",
	                                  "mail.example.org.",
	                                  ".example",
	                                  "a..example",
	                                  "-a.example",
	                                  "a-.example",
	                                  "Mail.example",
	                                  "a_b.example",
	                                  "a b.example",
	                                  "a\nb.example",
	                                  "a\033[2J.example",
	                                  "m\xc3\xbcller.example",
	                                  "<b>.example",
	                                  "=cmd.example",
	                                  "\"a\".example",
	                                  "a;b.example",
	                                  "192.0.2.1",
	                                  "127.1",
	                                  "a.0x7f",
	                                  (LABEL_63 "1.example"),
	                                  (LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_63)};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(good); i++) {
		if (!hostname_is_valid(span_from_text(good[i])))
			fail_msg("refused: %s", good[i]);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		if (hostname_is_valid(span_from_text(bad[i])))
			fail_msg("let through: %s", bad[i]);
	}
	assert_false(hostname_is_valid(span_make("a\0b.example", 11)));
}

static void expect_labels(const char *labels, size_t size, const char *expected)
{
	char name[HOSTNAME_SIZE];

	assert_int_equal(hostname_from_labels(span_make(labels, size), name), expected != NULL);
	assert_string_equal(name, expected != NULL ? expected : "");
}

static void labels_become_a_name_in_small_letters(void **state)
{
	(void)state;
	expect_labels("\4MAIL\7eXample\3oRg\0", 18, "mail.example.org");
	expect_labels("\1a\0", 3, "a");
}

static void labels_that_are_no_name_leave_nothing(void **state)
{
	static const char longest[] = "\77" LABEL_63 "\77" LABEL_63 "\77" LABEL_63 "\75"
				      "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxy";

	(void)state;
	expect_labels("\0", 1, NULL);        /* the root */
	expect_labels("", 0, NULL);          /* nothing */
	expect_labels("\4mail", 5, NULL);    /* no end */
	expect_labels("\5mail\0", 6, NULL);  /* a label longer than what is there */
	expect_labels("\4mail\0x", 7, NULL); /* more behind the end */
	expect_labels("\3a.b\0", 5, NULL);   /* a dot inside of a label is none between two */
	expect_labels("\3a\0b\0", 5, NULL);
	expect_labels("\3a b\0", 5, NULL);
	expect_labels("\300\14\0", 3, NULL); /* a pointer is no label */
	expect_labels("\3"
	              "192\1"
	              "0\1"
	              "2\1"
	              "1\0",
	              11, NULL);
	assert_int_equal(sizeof(longest), 3 * 64 + 62 + 1);
	{
		char name[HOSTNAME_SIZE];

		/* 253 characters are a name, 254 are none. */
		assert_true(hostname_from_labels(span_make(longest, sizeof(longest)), name));
		assert_int_equal(strlen(name), HOSTNAME_MAX);
	}
	expect_labels("\77" LABEL_63 "\77" LABEL_63 "\77" LABEL_63 "\76"
	              "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz",
	              256, NULL);
}

static void the_shorter_name_comes_first_and_then_the_alphabet(void **state)
{
	(void)state;
	assert_true(hostname_compare("mail.example", "static.192-0-2-1.example") < 0);
	assert_true(hostname_compare("b.example", "a.example") > 0);
	assert_int_equal(hostname_compare("a.example", "a.example"), 0);
}

static void an_address_is_asked_for_backwards(void **state)
{
	char name[REVERSE_NAME_SIZE];
	struct ip_address address;

	(void)state;
	assert_true(ip_address_parse(span_from_text("192.0.2.70"), &address));
	hostname_reverse_name(address, name);
	assert_string_equal(name, "70.2.0.192.in-addr.arpa");
	assert_true(ip_address_parse(span_from_text("2001:db8::567:89ab"), &address));
	hostname_reverse_name(address, name);
	assert_string_equal(name, "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"); /* RFC 3596 section 2.5 */
}

static void every_word_has_a_name(void **state)
{
	(void)state;
	assert_string_equal(hostname_outcome_name(HOSTNAME_FAILED), "failed");
	assert_string_equal(hostname_outcome_name((enum hostname_outcome)9), "?");
	assert_string_equal(hostname_source_name(HOSTNAME_SOURCE_PTR), "ptr");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_host_names_are_valid),
		cmocka_unit_test(labels_become_a_name_in_small_letters),
		cmocka_unit_test(labels_that_are_no_name_leave_nothing),
		cmocka_unit_test(the_shorter_name_comes_first_and_then_the_alphabet),
		cmocka_unit_test(an_address_is_asked_for_backwards),
		cmocka_unit_test(every_word_has_a_name),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
