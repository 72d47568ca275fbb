/* SPDX-License-Identifier: ISC */
/* Which addresses are written to, and which are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "contact/contact_address.h"

static void is(const char *text, enum contact_fault fault, const char *normalised)
{
	char out[CONTACT_ADDRESS_SIZE] = "";
	enum contact_fault got = contact_address_read(span_from_text(text), out);

	if (got != fault)
		fail_msg("%s is %d, not %d", text, (int)got, (int)fault);
	if (fault == CONTACT_IS_GOOD)
		assert_string_equal(out, normalised);
}

static void good_addresses_are_normalised(void **state)
{
	(void)state;
	is("abuse@isp.lab", CONTACT_IS_GOOD, "abuse@isp.lab");
	is(" MailTo:Abuse.Desk+csirt@ISP.Lab ", CONTACT_IS_GOOD, "Abuse.Desk+csirt@isp.lab");
	is("a@xn--mnchen-3ya.lab", CONTACT_IS_GOOD, "a@xn--mnchen-3ya.lab");
	is("HTTPS://Abuse.ISP.lab:8443/Report?x=1&y=%20#a", CONTACT_IS_GOOD, "https://abuse.isp.lab:8443/Report?x=1&y=%20#a");
	is("https://isp.lab", CONTACT_IS_GOOD, "https://isp.lab");
}

static void what_could_steer_anything_is_malformed(void **state)
{
	static const char *const BAD[] = {
		"",
		"@",
		"abuse",
		"abuse@",
		"@isp.lab",
		"abuse@lab",
		"a b@isp.lab",
		"\"a b\"@isp.lab",
		"abuse(x)@isp.lab",
		"<abuse@isp.lab>",
		"a@b@isp.lab",
		"a%b@isp.lab",
		"b!a@isp.lab",
		"a:b@isp.lab",
		"a|b@isp.lab",
		"a`b@isp.lab",
		"-Ca@isp.lab",
		"=1+1@isp.lab",
		"+a@isp.lab",
		".a@isp.lab",
		"a.@isp.lab",
		"a..b@isp.lab",
		"a@.isp.lab",
		"a@isp..lab",
		"a@isp.lab.",
		"a@-isp.lab",
		"a@isp-.lab",
		"a@isp_x.lab",
		"a@[192.0.2.1]",
		"a@192.0.2.1",
		"a@isp.lab\r\nBcc: b@isp.lab",
		"a@isp.lab\n",
		"\xc3\xa4@isp.lab",
		"a@m\xc3\xbcnchen.lab",
		"mailto:a@isp.lab?subject=x",
		"http://isp.lab/",
		"https://",
		"https://isp/",
		"https://192.0.2.1/",
		"https://u:p@isp.lab/",
		"https://isp.lab:http/",
		"https://isp.lab/a b",
		"https://isp.lab/\"<x>",
		"javascript:alert(1)",
	};
	char longer[400], url[1024];

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(BAD); i++)
		is(BAD[i], CONTACT_IS_MALFORMED, "");
	memset(longer, 'a', sizeof(longer));
	(void)snprintf(longer + 65, sizeof(longer) - 65, "@isp.lab");
	is(longer, CONTACT_IS_MALFORMED, "");
	is(longer + 1, CONTACT_IS_GOOD, longer + 1);
	(void)snprintf(url, sizeof(url), "https://isp.lab/%0*d", CONTACT_ADDRESS_SIZE - 17, 0);
	is(url, CONTACT_IS_GOOD, url);
	(void)snprintf(url, sizeof(url), "https://isp.lab/%0*d", CONTACT_ADDRESS_SIZE - 16, 0);
	is(url, CONTACT_IS_MALFORMED, "");
}

static void a_nul_ends_nothing(void **state)
{
	static const char TEXT[] = "a@isp.lab\0@evil.lab";
	char out[CONTACT_ADDRESS_SIZE];

	(void)state;
	assert_int_equal(contact_address_read(span_make(TEXT, sizeof(TEXT) - 1), out), CONTACT_IS_MALFORMED);
}

static void who_stands_for_nobody_is_told_apart(void **state)
{
	static const char *const PLACEHOLDERS[] = {
		"DATA REDACTED",
		"REDACTED FOR PRIVACY",
		"redacted@isp.lab",
		"Not Disclosed",
		"Please query the RDDS service",
		"removed@lacnic.net",
		"noreply@isp.lab",
		"No-Reply@isp.lab",
		"do_not_reply@isp.lab",
		"nobody@isp.lab",
		"unread@ripe.net",
		"search-apnic-not-arin@apnic.net",
		"hostmaster@arin.net",
		"Hostmaster@LACNIC.net",
		"abuse@example.com",
		"abuse@mail.example.net",
		"abuse@isp.example",
		"abuse@isp.invalid",
		"abuse@isp.test",
		"root@localhost",
		"abuse@localhost",
		"root@mx.localdomain",
		"https://abuse.example.org/report",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(PLACEHOLDERS); i++)
		is(PLACEHOLDERS[i], CONTACT_IS_PLACEHOLDER, "");
	/* Close to them, and somebody. */
	is("abuse@ripe.net", CONTACT_IS_GOOD, "abuse@ripe.net");
	is("abuse@notexample.com", CONTACT_IS_GOOD, "abuse@notexample.com");
	is("reply@isp.lab", CONTACT_IS_GOOD, "reply@isp.lab");
	is("abuse@test.isp.lab", CONTACT_IS_GOOD, "abuse@test.isp.lab");
}

static void lists_are_normalised(void **state)
{
	struct contact_list list;
	struct error error;

	(void)state;
	assert_true(contact_list_read(span_from_text("a@isp.lab; mailto:b@ISP.lab,A@isp.lab\tnoreply@isp.lab x"), &list, &error));
	assert_string_equal(list.text, "a@isp.lab,b@isp.lab");
	assert_int_equal(list.count, 2);
	assert_int_equal(list.placeholders, 1);
	assert_int_equal(list.malformed, 1);
	assert_true(contact_list_read(span_from_text("DATA REDACTED"), &list, &error));
	assert_int_equal(list.count, 0);
	assert_int_equal(list.placeholders, 1);
	assert_int_equal(list.malformed, 0);
	assert_false(contact_list_read(span_from_text("https://isp.lab/,a@isp.lab"), &list, &error));
	assert_false(contact_list_read(span_from_text("a b c d e f g h i j k l m n o p q"), &list, &error));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_addresses_are_normalised),
		cmocka_unit_test(what_could_steer_anything_is_malformed),
		cmocka_unit_test(a_nul_ends_nothing),
		cmocka_unit_test(who_stands_for_nobody_is_told_apart),
		cmocka_unit_test(lists_are_normalised),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
