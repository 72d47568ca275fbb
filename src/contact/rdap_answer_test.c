/* SPDX-License-Identifier: ISC */
/* Answers of the shapes that the registries have, and of shapes that none should have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "contact/rdap_answer.h"

static struct rdap_answer answer;

static void reads(const char *text)
{
	struct error error;

	if (!rdap_answer_read(span_from_text(text), &answer, &error))
		fail_msg("%s", error.text);
}

static void is_about(const char *first, const char *last)
{
	char text[IP_ADDRESS_TEXT_SIZE];

	assert_true(answer.has_range);
	ip_address_format(answer.range.first, text);
	assert_string_equal(text, first);
	ip_address_format(answer.range.last, text);
	assert_string_equal(text, last);
}

#define CARD(address)                                                                                                                      \
	"\"vcardArray\":[\"vcard\",[[\"version\",{},\"text\",\"4.0\"],[\"fn\",{},\"text\",\"Abuse\"],[\"email\",{},\"text\",\"" address    \
	"\"]]]"

static void one_registry_nests_and_repeats(void **state)
{
	(void)state;
	/* ARIN: the abuse entity stands inside of the registrant, and again beside it. */
	reads("{\"rdapConformance\":[\"rdap_level_0\",\"cidr0\"],\"handle\":\"NET-192-0-2-0-1\",\"startAddress\":\"192.0.2.0\","
	      "\"endAddress\":\"192.0.2.255\","
	      "\"entities\":[{\"handle\":\"ORG\",\"roles\":[\"registrant\"]," CARD(
		      "owner@isp.lab") ",\"entities\":[{\"roles\":[\"abuse\"]"
	                               "," CARD("abuse@isp.lab") "},{" CARD("noc@isp.lab") ",\"roles\":["
	                                                                                   "\"technical\","
	                                                                                   "\"noc\"]}]},{"
	                                                                                   "\"roles\":["
	                                                                                   "\"abuse\"]"
	                                                                                   "," CARD("Abuse@"
	                                                                                            "isp."
	                                                                                            "lab") "}]}");
	is_about("192.0.2.0", "192.0.2.255");
	assert_string_equal(answer.contacts.text, "abuse@isp.lab");
	assert_string_equal(answer.role, "abuse");
	assert_string_equal(answer.handle, "NET-192-0-2-0-1");
}

static void one_registry_prefers(void **state)
{
	(void)state;
	/* APNIC: a help desk and an abuse mailbox, of which one is preferred. */
	reads("{\"startAddress\":\"2001:db8::\",\"endAddress\":\"2001:db8:ffff:ffff:ffff:ffff:ffff:ffff\",\"entities\":[{\"roles\":["
	      "\"abuse\"],\"vcardArray\":"
	      "[\"vcard\",[[\"email\",{},\"text\",\"help@isp.lab\"],[\"email\",{\"type\":[\"work\"],\"pref\":\"1\"},\"text\",\"abuse@isp."
	      "lab\"],[\"email\",{\"pref\":50},"
	      "\"text\",\"second@isp.lab\"]]]}]}");
	is_about("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff");
	assert_string_equal(answer.contacts.text, "abuse@isp.lab,second@isp.lab,help@isp.lab");
}

static void some_tell_nobody(void **state)
{
	(void)state;
	/* registro.br: the role is there, an address is not. */
	reads("{\"startAddress\":\"192.0.2.0\",\"endAddress\":\"192.0.2.255\",\"entities\":[{\"roles\":[\"technical\",\"abuse\"],"
	      "\"vcardArray\":[\"vcard\",[[\"fn\",{},"
	      "\"text\",\"X\"]]]}]}");
	assert_int_equal(answer.contacts.count, 0);
	assert_string_equal(answer.role, "");
	/* LACNIC: a placeholder. */
	reads("{\"startAddress\":\"192.0.2.0\",\"endAddress\":\"192.0.2.255\",\"entities\":[{\"roles\":[\"abuse\"]," CARD(
		"removed@lacnic.net") "},{\"roles\":[\"administrative\"]," CARD("DATA REDACTED") "}]}");
	assert_int_equal(answer.contacts.count, 0);
	assert_int_equal(answer.contacts.placeholders, 2);
	/* AFRINIC: no abuse, but somebody technical. */
	reads("{\"startAddress\":\"192.0.2.0\",\"endAddress\":\"192.0.2.255\",\"entities\":[{\"roles\":[\"administrative\"]," CARD(
		"admin@isp.lab") "},{\"roles\":[\"technical\"]," CARD("noc@isp.lab") "}]}");
	assert_string_equal(answer.contacts.text, "noc@isp.lab");
	assert_string_equal(answer.role, "technical");
	/* RIPE: who maintains an entry is no contact. */
	reads("{\"entities\":[{\"roles\":[\"registrant\"]},{\"roles\":[\"notifications\"]," CARD("log@isp.lab") "},{" CARD(
		"x@isp.lab") "}]}");
	assert_int_equal(answer.contacts.count, 0);
	assert_false(answer.has_range);
}

static void networks_are_read(void **state)
{
	(void)state;
	reads("{\"objectClassName\":\"autnum\",\"startAutnum\":64500,\"endAutnum\":64502,\"entities\":[{\"roles\":[\"abuse\"]," CARD(
		"a\\u0062use@isp.lab") "}]}");
	assert_true(answer.has_numbers);
	assert_int_equal(answer.first_asn, 64500);
	assert_int_equal(answer.last_asn, 64502);
	assert_string_equal(answer.contacts.text, "abuse@isp.lab");
	reads("{\"startAutnum\":5,\"endAutnum\":4}");
	assert_false(answer.has_numbers);
	reads("{\"startAutnum\":{},\"endAutnum\":[]}");
	assert_false(answer.has_numbers);
}

static void other_shapes_tell_nobody(void **state)
{
	static const char *const ODD[] = {
		"{}",
		"{\"entities\":{}}",
		"{\"entities\":[1,\"a\",null,[],{\"roles\":\"abuse\",\"vcardArray\":{}}]}",
		"{\"entities\":[{\"roles\":[\"abuse\"],\"vcardArray\":[\"vcard\",[1,[],[[]],[\"email\"],[\"email\",1],[\"email\",{},"
		"\"text\"]]]}]}",
		"{\"entities\":[{\"roles\":[\"abuse\"],\"vcardArray\":[\"vcard\",[[\"email\",{},\"text\",{}],[\"email\",{},\"text\",\"a "
		"b\"]]]}]}",
		"{\"startAddress\":\"192.0.2.9\",\"endAddress\":\"192.0.2.1\"}",
		"{\"startAddress\":\"192.0.2.9\",\"endAddress\":\"2001:db8::\"}",
		"{\"startAddress\":1,\"endAddress\":null}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(ODD); i++) {
		reads(ODD[i]);
		assert_int_equal(answer.contacts.count, 0);
		assert_false(answer.has_range);
	}
}

static void what_is_cut_or_too_deep_is_refused(void **state)
{
	char deep[4096] = "";
	struct error error;
	const char *whole = "{\"entities\":[{\"roles\":[\"abuse\"]," CARD("abuse@isp.lab") "}]}";

	(void)state;
	reads(whole);
	for (size_t size = 0; size < strlen(whole); size++)
		assert_false(rdap_answer_read(span_make(whole, size), &answer, &error));
	assert_false(rdap_answer_read(span_from_text("{} x"), &answer, &error));
	for (unsigned i = 0; i < 100; i++)
		(void)snprintf(deep + strlen(deep), sizeof(deep) - strlen(deep), "{\"entities\":[");
	assert_false(rdap_answer_read(span_from_text(deep), &answer, &error));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_registry_nests_and_repeats),
		cmocka_unit_test(one_registry_prefers),
		cmocka_unit_test(some_tell_nobody),
		cmocka_unit_test(networks_are_read),
		cmocka_unit_test(other_shapes_tell_nobody),
		cmocka_unit_test(what_is_cut_or_too_deep_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
