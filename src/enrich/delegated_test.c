/* SPDX-License-Identifier: ISC */
/* Tests of the registries' statistics, with the oddities that their files have. */
#include "enrich/source_test.h"
#include "enrich/sources.h"

static void records_of_all_registries_are_read(void **state)
{
	(void)state;
	compile(span_from_text("# a notice\n"
	                       "2.3|ripencc|1790600421|9|19830705|20260922|+0200\n"
	                       "ripencc|*|ipv4|*|5|summary\n"
	                       "ripencc|DE|ipv4|192.0.2.0|128|20200101|allocated|opaque\n"
	                       "ripencc|uk|ipv4|198.51.100.0|1280|20200101|assigned|opaque|e-stats\n"
	                       "arin|US|ipv4|203.0.113.0|256||allocated|x\n"
	                       "afrinic|ZZ|ipv4|233.252.0.0|256||available|\n"
	                       "ripencc||ipv4|233.252.1.0|256||reserved\n"
	                       "apnic|AP|ipv4|233.252.2.0|256|20200101|allocated|x\n"
	                       "apnic|JP|ipv6|2001:db8::|32|20200101|allocated|x\n"
	                       "lacnic||ipv6|2001:db9::|32||available\n"
	                       "lacnic|BR|asn|64500|3|20200101|allocated|x\n"),
	        NULL);
	says("192.0.2.127", "DE", 0, "");
	says("192.0.2.128", "", 0, "");
	says("198.51.100.0", "GB", 0, "");
	says("198.51.104.255", "GB", 0, "");
	says("198.51.105.0", "", 0, "");
	says("203.0.113.9", "US", 0, "");
	says("233.252.0.1", "", 0, "");
	says("233.252.2.1", "AP", 0, "");
	says("2001:db8::1", "JP", 0, "");
	assert_int_equal(compiled_snapshot.header->date_ms, 1790035200000);
	assert_int_equal(compiled_snapshot.header->fields, SNAPSHOT_HAS_COUNTRY);
}

static void refuses(const char *line, const char *because)
{
	char text[512];

	(void)snprintf(text, sizeof(text), "2|arin|1|1|20200101|20260922|0\n%s\n", line);
	is_refused(span_from_text(text), NULL, because);
}

static void what_is_wrong_is_told_by_line(void **state)
{
	(void)state;
	refuses("", "promises 1 records and has 0");
	refuses("arin|US|ipv4|255.255.255.0|257||allocated|x", "line 2: is no record");
	refuses("arin|US|ipv4|192.0.2.0|0||allocated|x", "line 2: is no record");
	refuses("arin|US|ipv4|192.0.2.0|99999999999999999999||allocated|x", "line 2: is no record");
	refuses("arin|US|ipv6|2001:db8::|129||allocated|x", "line 2: is no record");
	refuses("arin|US|ipv6|192.0.2.0|32||allocated|x", "line 2: is no record");
	refuses("arin|US|ipv4|192.0.2.0", "line 2: is no record");
	refuses("arin|US|other|192.0.2.0|1||allocated", "line 2: is no record");
	refuses("arin|US|ipv4|192.0.2.0|1||available", "says nothing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_of_all_registries_are_read),
		cmocka_unit_test(what_is_wrong_is_told_by_line),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, done);
}
