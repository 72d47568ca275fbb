/* SPDX-License-Identifier: ISC */
/* Which registry is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "contact/rdap_bootstrap.h"

static struct rdap_bootstrap bootstrap;

static void fill(bool allows_http, const char *services)
{
	char text[4096];
	struct error error;

	rdap_bootstrap_done(&bootstrap);
	rdap_bootstrap_init(&bootstrap);
	(void)snprintf(text, sizeof(text), "{\"version\":\"1.0\",\"publication\":\"2026-11-01\",\"services\":[%s]}", services);
	if (!rdap_bootstrap_add(&bootstrap, span_from_text(text), allows_http, &error))
		fail_msg("%s", error.text);
}

static void asks(const char *what, const char *url)
{
	struct contact_match match;
	struct error error;
	const char *found;

	assert_true(contact_match_read(span_from_text(what), &match, &error));
	found = rdap_bootstrap_find(&bootstrap, &match, NULL);
	assert_string_equal(found != NULL ? found : "", url);
}

static void the_longest_match_is_asked(void **state)
{
	(void)state;
	fill(false, "[[\"192.0.0.0/8\",\"10.0.0.0/8\"],[\"https://one.lab/\"]],[[\"192.0.2.0/24\"],[\"https://two.lab/"
	            "rdap\"]],[[\"2001:db8::/32\"],[\"https://six.lab/\"]],"
	            "[[\"64496-64511\",\"65000\"],[\"https://three.lab/\"]],[[\"64500-64500\"],[\"https://four.lab/\"]]");
	asks("192.0.2.1", "https://two.lab/rdap/");
	asks("192.0.3.1", "https://one.lab/");
	asks("10.0.0.1", "https://one.lab/");
	asks("11.0.0.1", "");
	asks("2001:db8::1", "https://six.lab/");
	asks("2001:db9::1", "");
	asks("AS64499", "https://three.lab/");
	asks("AS65000", "https://three.lab/");
	asks("AS64500", "https://four.lab/");
	asks("AS65001", "");
}

static void https_comes_first_and_alone(void **state)
{
	(void)state;
	fill(false, "[[\"192.0.2.0/24\"],[\"http://one.lab/\",\"https://one.lab/\",\"https://other.lab/\"]],[[\"198.51.100.0/"
	            "24\"],[\"http://two.lab/\"]],"
	            "[[\"203.0.113.0/24\"],[\"file:///etc/passwd\",\"https://a b/\",\"https://x\\ny/\"]]");
	asks("192.0.2.1", "https://one.lab/");
	asks("198.51.100.1", "");
	asks("203.0.113.1", "");
	fill(true, "[[\"192.0.2.0/24\"],[\"http://127.0.0.1:1/\"]]");
	asks("192.0.2.1", "http://127.0.0.1:1/");
}

static void what_is_no_bootstrap_is_refused(void **state)
{
	struct error error;

	(void)state;
	rdap_bootstrap_done(&bootstrap);
	rdap_bootstrap_init(&bootstrap);
	assert_false(rdap_bootstrap_add(&bootstrap, span_from_text(""), false, &error));
	assert_false(rdap_bootstrap_add(&bootstrap, span_from_text("{}"), false, &error));
	assert_false(rdap_bootstrap_add(&bootstrap, span_from_text("<html>"), false, &error));
	assert_false(rdap_bootstrap_add(&bootstrap, span_from_text("{\"services\":[[[\"192.0.2.0/24\"],[\"https://one.lab/\"]]"), false,
	                                &error));
	assert_int_equal(bootstrap.count, 0);
	assert_true(rdap_bootstrap_add(&bootstrap, span_from_text("{\"services\":[]}"), false, &error));
}

static int tear_down(void **state)
{
	(void)state;
	rdap_bootstrap_done(&bootstrap);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_match_is_asked),
		cmocka_unit_test(https_comes_first_and_alone),
		cmocka_unit_test(what_is_no_bootstrap_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, tear_down);
}
