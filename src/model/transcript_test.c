/* SPDX-License-Identifier: ISC */
/* Transcripts are read back as they were written, and damage is noticed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/transcript.h"

static void records_come_back_in_order(void **state)
{
	struct transcript transcript;
	struct transcript_record record;
	struct span rest;

	(void)state;
	transcript_init(&transcript);
	transcript_add(&transcript, TRANSCRIPT_CONNECTED, 3, span_make(NULL, 0));
	transcript_add(&transcript, TRANSCRIPT_RECEIVED, 300, span_from_text("* OK\r\n"));
	transcript_add(&transcript, TRANSCRIPT_CLOSED, 70000, span_make(NULL, 0));
	rest = buffer_view(&transcript.bytes);
	assert_true(transcript_take(&rest, &record));
	assert_int_equal(record.kind, TRANSCRIPT_CONNECTED);
	assert_int_equal(record.at_ms, 3);
	assert_true(transcript_take(&rest, &record));
	assert_true(span_equals_text(record.bytes, "* OK\r\n"));
	assert_int_equal(record.at_ms, 300);
	assert_true(transcript_take(&rest, &record));
	assert_int_equal(record.kind, TRANSCRIPT_CLOSED);
	assert_int_equal(record.at_ms, 70000);
	assert_false(transcript_take(&rest, &record));
	assert_int_equal(rest.size, 0);
	transcript_done(&transcript);
}

static void rendering_escapes_and_reports_damage(void **state)
{
	struct transcript transcript;
	struct buffer out;
	struct span bytes;

	(void)state;
	transcript_init(&transcript);
	buffer_init(&out, 4096);
	transcript_add(&transcript, TRANSCRIPT_RECEIVED, 12, span_from_text("\x1b[31m\r\n"));
	bytes = buffer_view(&transcript.bytes);
	transcript_render(bytes, &out);
	assert_string_equal(buffer_text(&out), "+0.012 S: \\x1b[31m\\r\\n\n");
	buffer_clear(&out);
	transcript_render(span_part(bytes, 0, bytes.size - 1), &out);
	assert_string_equal(buffer_text(&out), "-- (the rest of this transcript is damaged)\n");
	buffer_done(&out);
	transcript_done(&transcript);
}

static void tls_facts_survive_as_text(void **state)
{
	struct tls_observation tls = {.outcome = TLS_PROVEN,
	                              .hello = TLS_HELLO_H1,
	                              .version = 0x0303,
	                              .cipher_suite = 0xc02f,
	                              .group = 0x001d,
	                              .alert_level = 1,
	                              .alert_description = 112,
	                              .flags = TLS_SAYS_TLS13 | TLS_HAS_TICKETS,
	                              .alpn = "imap",
	                              .certificate_count = 2};
	struct tls_observation back;
	struct buffer out;

	(void)state;
	memset(tls.leaf_sha256, 0xab, sizeof(tls.leaf_sha256));
	buffer_init(&out, 1024);
	tls_observation_format(&tls, &out);
	assert_true(tls_observation_parse(buffer_view(&out), &back));
	assert_memory_equal(&tls, &back, sizeof(tls));
	assert_false(tls_observation_parse(span_from_text("outcome=proven colour=blue"), &back));
	assert_false(tls_observation_parse(span_from_text("version=10000"), &back));
	assert_false(tls_observation_parse(span_from_text("outcome"), &back));
	assert_false(tls_observation_parse(span_make("alpn=a\0b", 8), &back));
	assert_true(tls_observation_parse(span_from_text("alpn=longer alpn=ab"), &back));
	assert_string_equal(back.alpn, "ab");
	buffer_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_come_back_in_order),
		cmocka_unit_test(rendering_escapes_and_reports_damage),
		cmocka_unit_test(tls_facts_survive_as_text),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
