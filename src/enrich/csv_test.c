/* SPDX-License-Identifier: ISC */
/* Tests of attributions of one's own. */
#include "enrich/source_test.h"
#include "enrich/sources.h"

static void compile_text(const char *text)
{
	compile(span_from_text(text), NULL);
}

static void columns_are_named(void **state)
{
	(void)state;
	compile_text(
		"prefix,country,asn,as_name\n192.0.2.0/24,DE,64500,Example Net\n198.51.100.0-198.51.100.9,uk,AS64501,\"A \"\"B\"\", C\"\r\n"
		"2001:db8::/32,,64502,\n203.0.113.7,EU,0,");
	says("192.0.2.9", "DE", 64500, "Example Net");
	says("198.51.100.9", "GB", 64501, "A \"B\", C");
	says("198.51.100.10", "", 0, "");
	says("2001:db8::1", "", 64502, "");
	says("203.0.113.7", "EU", 0, "");
	assert_string_equal(snapshot_text(&compiled_snapshot, compiled_snapshot.header->source), "FILE");
	assert_int_equal(compiled_snapshot.header->date_ms, 5000);
	/* The names that stand beside prefixes are those of the networks. */
	assert_string_equal(snapshot_text(&compiled_snapshot, snapshot_find_network(&compiled_snapshot, 64501)->name), "A \"B\", C");
}

static void columns_stand_in_any_order(void **state)
{
	(void)state;
	compile_text("\xef\xbb\xbf# mine\n\nNote,as_name,ASN,Prefix\nx,one,1,192.0.2.0/24\n# no\ny,two,2,192.0.2.0/25\n");
	says("192.0.2.1", "", 2, "two");
	says("192.0.2.200", "", 1, "one");
}

static void lines_without_prefix_are_about_networks(void **state)
{
	const struct snapshot_network *network;

	(void)state;
	compile_text("asn,sector,naics,as_name\n64500,Finance,52,Bank\nAS64501,,,Other\n");
	network = snapshot_find_network(&compiled_snapshot, 64500);
	assert_string_equal(snapshot_text(&compiled_snapshot, network->sector), "Finance");
	assert_string_equal(snapshot_text(&compiled_snapshot, network->naics), "52");
	assert_string_equal(snapshot_text(&compiled_snapshot, network->name), "Bank");
	assert_int_equal(compiled_snapshot.header->fields, SNAPSHOT_HAS_NAME | SNAPSHOT_HAS_SECTOR);
}

static void refuses(const char *lines, const char *because)
{
	char text[4096];

	(void)snprintf(text, sizeof(text), "prefix,country,asn,as_name\n%s", lines);
	is_refused(span_from_text(text), NULL, because);
}

static void what_is_wrong_is_told_by_line(void **state)
{
	(void)state;
	refuses("192.0.2.0/24,DE,1,a\n192.0.2.1/24,DE,1,a\n", "line 3: has a prefix");
	refuses("host.example,DE,1,a\n", "line 2: has a prefix");
	refuses("192.0.2.0/24,Germany,1,a\n", "line 2: has a country");
	refuses("192.0.2.0/24,DE,-1,a\n", "line 2: has an AS number");
	refuses("192.0.2.0/24,DE,4294967296,a\n", "line 2: has an AS number");
	refuses(",DE,,a\n", "line 2: names neither");
	refuses("192.0.2.0/24,DE,1,\"a\n", "line 2: has a quote");
	refuses("192.0.2.0/24,DE,1,\"a\"b\n", "line 2: has something between");
	refuses("", "says nothing");
	is_refused(span_from_text("address;country\n"), NULL, "is no file of a kind");
	is_refused(span_from_text("address;country\n"), &CSV_SOURCE, "line 1: names neither");
	is_refused(span_from_text(""), NULL, "is no file of a kind");
}

static void a_line_of_any_length_is_an_error_and_no_more(void **state)
{
	size_t size = 1 << 20;
	char *text = malloc(size);

	(void)state;
	assert_non_null(text);
	memset(text, ',', size);
	is_refused(span_make(text, size), &CSV_SOURCE, "longer than");
	is_refused(span_make(text, 1000), &CSV_SOURCE, "more than 64 fields");
	memset(text, 0, size);
	is_refused(span_make(text, size), NULL, "is no file of a kind");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_named),
		cmocka_unit_test(columns_stand_in_any_order),
		cmocka_unit_test(lines_without_prefix_are_about_networks),
		cmocka_unit_test(what_is_wrong_is_told_by_line),
		cmocka_unit_test(a_line_of_any_length_is_an_error_and_no_more),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, done);
}
