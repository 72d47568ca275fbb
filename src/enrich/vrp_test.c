/* SPDX-License-Identifier: ISC */
/* Tests of who may announce what. */
#include "enrich/source_test.h"
#include "enrich/sources.h"
#include "model/attribution.h"

static void authorised_is(const char *text, const char *expected)
{
	struct ip_address address;
	const struct snapshot_payload *payload;

	assert_true(ip_address_parse(span_from_text(text), &address));
	payload = snapshot_look_up(&compiled_snapshot, address);
	assert_string_equal(snapshot_text(&compiled_snapshot, snapshot_detail(&compiled_snapshot, payload)->authorised), expected);
}

static void csv_is_read(void **state)
{
	(void)state;
	compile(span_from_text(
			"ASN,IP Prefix,Max Length,Trust Anchor,Expires\nAS64500,192.0.2.0/24,24,ripe,1\nAS64501,192.0.2.0/24,25,ripe,1\n"
			"AS64502,192.0.2.128/25,25,ripe,1\n13335,2001:db8::/32,,apnic\n"),
	        NULL);
	authorised_is("192.0.2.1", "64500/24-24 64501/24-25");
	authorised_is("192.0.2.128", "64500/24-24 64501/24-25 64502/25-25");
	authorised_is("192.0.3.0", "");
	authorised_is("2001:db8::1", "13335/32-32");
	assert_int_equal(compiled_snapshot.header->fields, SNAPSHOT_HAS_RPKI);
}

static void json_is_read(void **state)
{
	(void)state;
	compile(span_from_text("{ \"metadata\": {\"a\": [1, {\"roas\": []}], \"b\": \"}\\\"\"},\n \"roas\": [\n"
	                       "{ \"asn\": \"AS196615\", \"prefix\": \"192.0.2.0/24\", \"maxLength\": 24, \"ta\": \"x\" },"
	                       "{\"asn\":64500,\"prefix\":\"2001:db8::/32\",\"maxLength\":48,\"expires\":1}], \"aspas\": [{}]}"),
	        NULL);
	authorised_is("192.0.2.1", "196615/24-24");
	authorised_is("2001:db8::1", "64500/32-48");
}

static void what_is_wrong_is_told(void **state)
{
	char deep[2000];

	(void)state;
	is_refused(span_from_text("ASN,IP Prefix,Max Length\nAS1,192.0.2.1/24,24\n"), NULL, "line 2: is not");
	is_refused(span_from_text("ASN,IP Prefix,Max Length\nAS1,192.0.2.0/24,23\n"), NULL, "line 2: is not");
	is_refused(span_from_text("ASN,IP Prefix,Max Length\nAS1,192.0.2.0/24,33\n"), NULL, "line 2: is not");
	is_refused(span_from_text("ASN,IP Prefix,Max Length\n"), NULL, "says nothing");
	is_refused(span_from_text("{\"roas\":[{\"asn\":1}]}"), NULL, "entry 1 of \"roas\"");
	is_refused(span_from_text("{\"roas\":[{\"asn\":1,\"prefix\":\"192.0.2.0/24\"}"), NULL, "not loaded whole");
	is_refused(span_from_text("{\"metadata\":{\"roas"), NULL, "not loaded whole");
	memset(deep, '[', sizeof(deep));
	memcpy(deep, "{\"metadata\":", 12);
	is_refused(span_make(deep, sizeof(deep)), NULL, "not loaded whole");
}

static void state_is(const char *authorised, uint32_t asn, int length, enum rpki_state state)
{
	assert_int_equal(rpki_judge(span_from_text(authorised), asn, length), state);
}

static void announcements_are_judged(void **state)
{
	(void)state;
	state_is("", 1, 24, RPKI_NOT_FOUND);
	state_is("1/16-24", 1, 24, RPKI_VALID);
	state_is("1/16-24", 1, 25, RPKI_INVALID);
	state_is("1/16-24", 2, 24, RPKI_INVALID);
	state_is("1/16-24 2/20-24", 2, 24, RPKI_VALID);
	state_is("2/24-24", 1, 16, RPKI_NOT_FOUND); /* about a part of it alone */
	state_is("0/16-24", 0, 24, RPKI_INVALID);   /* must not be announced */
	state_is("nonsense 1/2 3-4/5", 1, 24, RPKI_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv_is_read),
		cmocka_unit_test(json_is_read),
		cmocka_unit_test(what_is_wrong_is_told),
		cmocka_unit_test(announcements_are_judged),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, done);
}
