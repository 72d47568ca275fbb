/* SPDX-License-Identifier: ISC */
/* Tests of lists of prefixes and their networks. */
#include "enrich/source_test.h"
#include "enrich/sources.h"
#include "model/attribution.h"

static void origins_are_read(void **state)
{
	struct ip_address shared = {IP_FAMILY_4, {198, 51, 100, 1}};

	(void)state;
	compile(span_from_text("0.0.0.0\t0\t3356\n192.0.2.0\t24\t3356\n192.0.2.0 25 3\n198.51.100.0\t24\t701_702\n203.0.113.0\t24\t1,2\n"
	                       "203.0.112.0\t24\t64512\n2001:db8::\t32\t13_14,15\n2001:db8::\t49\t16\n"),
	        NULL);
	says("192.0.2.1", "", 3356, ""); /* longer than /24 */
	says("198.51.100.1", "", 701, "");
	assert_int_equal(snapshot_look_up(&compiled_snapshot, shared)->flags, ATTRIBUTION_MANY_ORIGINS);
	says("203.0.113.1", "", 0, ""); /* a set */
	says("203.0.112.1", "", 0, ""); /* private */
	says("8.8.8.8", "", 0, "");     /* a default */
	says("2001:db8::1", "", 13, "");
}

static void what_is_wrong_is_told_by_line(void **state)
{
	(void)state;
	is_refused(span_from_text("192.0.2.0\t24\t1\n192.0.2.0\t33\t1\n"), NULL, "line 2: is not");
	is_refused(span_from_text("192.0.2.0\t24\t1\n192.0.2.0\t24\n"), NULL, "line 2: is not");
	is_refused(span_from_text("192.0.2.0\t24\t1\n192.0.2.0\t24\tAS1\n"), NULL, "line 2: is not");
	is_refused(span_from_text("192.0.2.0\t24\t1\n192.0.2.0\t24\t4294967296\n"), NULL, "line 2: is not");
	is_refused(span_from_text("192.0.2.0\t24\t1\n192.0.2.0\t24\t1\tmore\n"), NULL, "line 2: is not");
	is_refused(span_from_text("192.0.2.0\t24\t0\n"), NULL, "says nothing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(origins_are_read),
		cmocka_unit_test(what_is_wrong_is_told_by_line),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, done);
}
