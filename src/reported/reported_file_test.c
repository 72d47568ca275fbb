/* SPDX-License-Identifier: ISC */
/* Each format is known by its content, says what it says and no more; what cannot be read is counted and costs nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "reported/json_find.h"
#include "reported/reported_file.h"

struct reading {
	struct buffer lines; /* "192.0.2.7 143 without-tls imap" */
	struct claim_sink sink;
	const struct reported_format *format;
};

static bool take(void *context, const struct claim *claim)
{
	struct reading *reading = context;
	char address[IP_ADDRESS_TEXT_SIZE];

	ip_address_format(claim->address, address);
	buffer_append_format(&reading->lines, "%s %u %s %s\n", address, claim->port, claim_kind_name(claim->kind),
	                     wire_protocol_name(claim->protocol));
	return true;
}

static struct reading *read_span(struct span text)
{
	static struct reading reading;
	struct error error = {{0}};

	buffer_done(&reading.lines);
	reading = (struct reading){.sink = {.context = &reading, .take = take}};
	buffer_init(&reading.lines, 1 << 20);
	if (!reported_read(text, "FILE", &reading.sink, &reading.format, &error)) {
		assert_null(reading.format);
		assert_non_null(strstr(error.text, "FILE is no report that is known"));
	}
	return &reading;
}

static struct reading *read_text(const char *text)
{
	return read_span(span_from_text(text));
}

static void shadowserver_says_who_is_without_tls(void **state)
{
	struct reading *reading =
		read_text("\xef\xbb\xbf\"timestamp\",\"severity\",\"ip\",\"protocol\",\"port\",\"hostname\",\"tag\",\"banner\",\"ssl_"
	                  "version\",\"handshake\"\r\n"
	                  "\"2026-11-30 00:00:00\",\"medium\",\"192.0.2.7\",\"tcp\",143,,\"imap\",\"* OK \"\"hi\"\",\nsecond line\",,\r\n"
	                  "\"2026-11-30 00:00:01\",\"medium\",\"192.0.2.8\",\"tcp\",110,,\"pop3;starttls\",,,\"TLSv1.2\"\r\n"
	                  "\"2026-11-30 00:00:02\",\"low\",\"2001:db8::1\",\"tcp\",993,,\"imap;ssl\",,\"TLSv1.3\",\r\n"
	                  "\"2026-11-30 00:00:03\",\"low\",\"192.0.2.9\",\"tcp\",110,,\"pop3\",,,\r\n"
	                  "\"2026-11-30 00:00:04\",\"medium\",\"192.0.2.10\",\"udp\",143,,\"imap\",,,\r\n"
	                  "\"2026-11-30 00:00:05\",\"medium\",\"192.0.2.11\",\"tcp\",3389,,\"rdp\",,,\r\n"
	                  "\"2026-11-30 00:00:06\",\"medium\",\"no address\",\"tcp\",143,,\"imap\",,,\r\n"
	                  "\"2026-11-30 00:00:07\",\"medium\",\"192.0.2.12\",\"tcp\",70000,,\"imap\",,,\r\n"
	                  "\"2026-11-30 00:00:08\",\"medium\",\"192.0.2.13\"\r\n");

	(void)state;
	assert_string_equal(reading->format->name, "shadowserver");
	assert_string_equal(buffer_text(&reading->lines), "192.0.2.7 143 without-tls imap\n"
	                                                  "192.0.2.8 110 with-tls pop3\n"
	                                                  "2001:db8::1 993 with-tls imap\n"
	                                                  "192.0.2.9 110 open pop3\n"
	                                                  "192.0.2.11 3389 open unknown\n");
	assert_int_equal(reading->sink.unreadable, 3);
	assert_int_equal(reading->sink.first_unreadable, 8);
}

static void zgrab2_says_how_the_conversation_went(void **state)
{
	struct reading *reading = read_text(
		"{\"ip\":\"192.0.2.1\",\"port\":143,\"data\":{\"imap\":{\"status\":\"success\",\"result\":{\"banner\":\"* OK "
		"{\\\"ip\\\":1}\","
		"\"starttls\":\"a001 BAD unknown\\r\\n\"}}}}\n"
		"{\"ip\":\"192.0.2.2\",\"data\":{\"pop3\":{\"status\":\"success\",\"port\":110,\"result\":{\"starttls\":\"+OK\",\"tls\":{"
		"\"handshake_log\":"
		"{\"server_hello\":{\"version\":{}}}}}}}}\n"
		"not json at all {\n"
		"{\"ip\":\"192.0.2.3\",\"data\":{\"imap\":{\"status\":\"connection-refused\"}}}\n"
		"{\"ip\":\"192.0.2.4\",\"port\":110,\"data\":{\"pop3\":{\"status\":\"success\",\"result\":{\"starttls\":\"-ERR no\"}},"
		"\"imap\":{\"status\":\"io-timeout\",\"port\":143,\"result\":{\"starttls\":\"a BAD\"}}}}\n"
		"{\"domain\":\"mail.example.org\",\"data\":{\"imap\":{\"status\":\"success\"}}}\n"
		"{\"ip\":\"192.0.2.5\",\"data\":{\"http\":{\"status\":\"success\"}}}\n"
		"{\"ip\":\"192.0.2.6\",\"data\":{\"imap\":{\"status\":\"success\"");

	(void)state;
	assert_string_equal(reading->format->name, "zgrab2");
	assert_string_equal(buffer_text(&reading->lines), "192.0.2.1 143 without-tls imap\n"
	                                                  "192.0.2.2 110 with-tls pop3\n"
	                                                  "192.0.2.3 0 closed unknown\n"
	                                                  "192.0.2.4 110 without-tls pop3\n"
	                                                  "192.0.2.4 143 open unknown\n");
	assert_int_equal(reading->sink.unreadable, 3);
	assert_int_equal(reading->sink.first_unreadable, 3);
}

static void masscan_has_three_formats(void **state)
{
	struct reading *reading =
		read_text("#masscan\nopen tcp 143 192.0.2.1 1795466160\nopen udp 53 192.0.2.1 1795466160\n"
	                  "banner tcp 143 192.0.2.1 1795466160 imap * OK ready\nclosed tcp 110 192.0.2.1 1\nopen tcp 143\nwhat\n# end\n");

	(void)state;
	assert_string_equal(reading->format->name, "masscan-list");
	assert_string_equal(buffer_text(&reading->lines), "192.0.2.1 143 open unknown\n192.0.2.1 110 closed unknown\n");
	assert_int_equal(reading->sink.unreadable, 2);
	reading = read_text("[\n{   \"ip\": \"192.0.2.1\",   \"timestamp\": \"1\", \"ports\": [ {\"port\": 143, \"proto\": \"tcp\", "
	                    "\"status\": \"open\", \"ttl\": 64} ] }\n,\n"
	                    "{\"ip\":\"2001:db8::1\",\"ports\":[{\"port\":110,\"proto\":\"tcp\",\"status\":\"closed\"},{\"port\":53,"
	                    "\"proto\":\"udp\",\"status\":\"open\"},"
	                    "{\"port\":143,\"proto\":\"tcp\",\"service\":{\"name\":\"imap\",\"banner\":\"]}\"}}]},\n{\"ip\":7}\n]\n{"
	                    "\"finished\": 1}\n");
	assert_string_equal(reading->format->name, "masscan-json");
	assert_string_equal(buffer_text(&reading->lines), "192.0.2.1 143 open unknown\n2001:db8::1 110 closed unknown\n");
	assert_int_equal(reading->sink.unreadable, 1);
	reading =
		read_text("<?xml version=\"1.0\"?>\n<!-- masscan v1.0 scan -->\n<nmaprun scanner=\"masscan\" start=\"1\">\n"
	                  "<host endtime=\"1\"><address addr=\"192.0.2.1\" addrtype=\"ipv4\"/><ports><port protocol=\"tcp\" portid=\"143\">"
	                  "<state state=\"open\" reason=\"syn-ack\"/></port></ports></host>\n"
	                  "<host><ports><port protocol=\"tcp\" portid=\"110\"><state state=\"open\"/></port></ports></host>\n"
	                  "<host><address addr=\"192.0.2.2\"/><ports><port protocol=\"udp\" portid=\"110\"><state "
	                  "state=\"open\"/></port></ports></host>\n<unclosed");
	assert_string_equal(reading->format->name, "masscan-xml");
	assert_string_equal(buffer_text(&reading->lines), "192.0.2.1 143 open unknown\n");
	assert_int_equal(reading->sink.unreadable, 1);
}

static void zmap_says_a_port_only_where_it_was_asked_for(void **state)
{
	struct reading *reading = read_text("saddr\n192.0.2.1\n192.0.2.2\n\nrubbish\n");

	(void)state;
	assert_string_equal(reading->format->name, "zmap");
	assert_string_equal(buffer_text(&reading->lines), "192.0.2.1 0 open unknown\n192.0.2.2 0 open unknown\n");
	assert_int_equal(reading->sink.unreadable, 1);
	assert_int_equal(reading->sink.first_unreadable, 4);
	reading = read_text("192.0.2.1\r\n2001:db8::1\r\n");
	assert_string_equal(buffer_text(&reading->lines), "192.0.2.1 0 open unknown\n2001:db8::1 0 open unknown\n");
	reading = read_text("classification,saddr,sport,success\nsynack,192.0.2.1,143,1\nrst,192.0.2.2,143,0\n");
	assert_string_equal(buffer_text(&reading->lines), "192.0.2.1 143 open unknown\n192.0.2.2 143 closed unknown\n");
}

static void what_is_no_report_is_refused(void **state)
{
	static const char *const texts[] = {
		"",   "\n\n",  "hello\n",        "a,b,c\n1,2,3\n", "{}", "{\"ip\":\"192.0.2.1\"}", "[", "<?xml version=\"1.0\"?><html>",
		"\"", "{\"ip", "192.0.2.1,143\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_null(read_text(texts[i])->format);
}

static void hostile_rows_are_bounded(void **state)
{
	struct buffer text;
	struct reading *reading;

	(void)state;
	/* A quote that never ends takes its own line along, not the file. */
	reading = read_text("timestamp,ip,port,tag,severity\n1,\"192.0.2.1,143,imap,medium\n2,192.0.2.2,143,imap,medium\n");
	assert_string_equal(buffer_text(&reading->lines), "192.0.2.2 143 without-tls imap\n");
	assert_int_equal(reading->sink.unreadable, 1);
	/* Nested deeper than anybody writes. */
	buffer_init(&text, 16 << 20);
	buffer_append_text(&text, "{\"ip\":\"192.0.2.1\",\"data\":{\"imap\":{}}}\n{\"ip\":\"192.0.2.2\",\"data\":");
	for (size_t i = 0; i < 100000; i++)
		buffer_append_byte(&text, '[');
	buffer_append_text(&text, "\n{\"ip\":\"192.0.2.3\",\"data\":{\"imap\":{}}}\n");
	reading = read_span(buffer_view(&text));
	assert_string_equal(buffer_text(&reading->lines), "192.0.2.1 0 open unknown\n192.0.2.3 0 open unknown\n");
	/* Longer than the longest row. */
	buffer_clear(&text);
	buffer_append_text(&text, "#masscan\nopen tcp 143 192.0.2.1 ");
	for (size_t i = 0; i < REPORTED_ROW_MAX; i++)
		buffer_append_byte(&text, '1');
	buffer_append_text(&text, "\nopen tcp 143 192.0.2.2 1\n");
	reading = read_span(buffer_view(&text));
	assert_string_equal(buffer_text(&reading->lines), "192.0.2.2 143 open unknown\n");
	assert_int_equal(reading->sink.unreadable, 1);
	buffer_done(&text);
	/* NUL bytes belong to no word. */
	reading = read_span(span_make("saddr\n192.0.2.1\0\n192.0.2.2\n", 27));
	assert_int_equal(reading->sink.unreadable, 1);
}

static void members_are_found_where_they_belong(void **state)
{
	struct span object = span_from_text("{ \"a\" : {\"b\":\"}\\\"\"} , \"b\":[1,\"x\"],\"c\":null}");
	struct span rest = json_member(object, "b"), element;

	(void)state;
	assert_true(span_equals_text(json_member(object, "a"), "{\"b\":\"}\\\"\"}"));
	assert_true(json_next_element(&rest, &element) && span_equals_text(element, "1"));
	assert_true(json_next_element(&rest, &element) && span_equals_text(json_plain(element), "x"));
	assert_false(json_next_element(&rest, &element));
	assert_true(span_equals_text(json_member(object, "c"), "null"));
	assert_int_equal(json_member(object, "d").size, 0);
	assert_int_equal(json_plain(json_member(json_member(object, "a"), "b")).size, 0); /* has an escape */
	assert_int_equal(json_member(span_from_text("{\"a\" 1}"), "a").size, 0);
	assert_int_equal(json_member(span_from_text("[1]"), "a").size, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shadowserver_says_who_is_without_tls),
		cmocka_unit_test(zgrab2_says_how_the_conversation_went),
		cmocka_unit_test(masscan_has_three_formats),
		cmocka_unit_test(zmap_says_a_port_only_where_it_was_asked_for),
		cmocka_unit_test(what_is_no_report_is_refused),
		cmocka_unit_test(hostile_rows_are_bounded),
		cmocka_unit_test(members_are_found_where_they_belong),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
