/* SPDX-License-Identifier: ISC */
/* Services in order of addresses become hosts and prefixes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "app/prefix_count.h"

static void add(struct prefix_count *count, uint8_t third, uint8_t fourth, uint16_t port, enum verdict verdict, const char *greeting)
{
	struct host_judgement host = {.verdict = HOST_UNKNOWN};
	struct service_record record = {.endpoint = {{IP_FAMILY_4, {198, 51, third, fourth}}, port},
	                                .verdict = verdict,
	                                .protocol = greeting[0] != '\0' ? WIRE_IMAP : WIRE_UNKNOWN,
	                                .greeting = span_from_text(greeting)};
	struct census_service service = {.service = &record, .host = &host, .is_first_of_host = port == 110};

	prefix_count_add(count, &service);
}

static void prefixes_are_told_apart_and_counted(void **state)
{
	struct prefix_count count = {0};
	struct buffer out;

	(void)state;
	for (unsigned i = 0; i < 256; i++) { /* accept on both ports and are mute */
		add(&count, 100, (uint8_t)i, 110, VERDICT_UNKNOWN, "");
		add(&count, 100, (uint8_t)i, 143, VERDICT_SLOW, "");
	}
	for (unsigned i = 0; i < 256; i++) { /* one of two ports is closed */
		add(&count, 101, (uint8_t)i, 110, VERDICT_CLOSED, "");
		add(&count, 101, (uint8_t)i, 143, VERDICT_UNKNOWN, "");
	}
	for (unsigned i = 0; i < 220; i++) { /* all alike */
		add(&count, 102, (uint8_t)i, 110, VERDICT_CLOSED, "");
		add(&count, 102, (uint8_t)i, 143, VERDICT_NO_TLS, "* OK ready");
	}
	for (unsigned i = 0; i < 256; i++) { /* names of their own */
		char greeting[32] = "* OK mail";

		greeting[9] = (char)('A' + i / 26);
		greeting[10] = (char)('a' + i % 26);
		add(&count, 103, (uint8_t)i, 110, VERDICT_CLOSED, "");
		add(&count, 103, (uint8_t)i, 143, VERDICT_NO_TLS, greeting);
	}
	prefix_count_end(&count);
	assert_int_equal(count.prefixes[PREFIX_ORDINARY], 2);
	assert_int_equal(count.prefixes[PREFIX_ACCEPTS_EVERYTHING], 1);
	assert_int_equal(count.hosts[PREFIX_ACCEPTS_EVERYTHING], 256);
	assert_int_equal(count.prefixes[PREFIX_UNIFORM], 1);
	assert_int_equal(count.hosts[PREFIX_UNIFORM], 220);
	buffer_init(&out, 4096);
	prefix_count_render(&count, &out);
	assert_non_null(strstr(buffer_text(&out), "198.51.100.0/24  accepts-everything: 256 hosts"));
	assert_non_null(strstr(buffer_text(&out), "198.51.102.0/24  uniform-prefix: 220 of 220"));
	assert_null(strstr(buffer_text(&out), "198.51.101.0"));
	assert_null(strstr(buffer_text(&out), "198.51.103.0"));
	buffer_done(&out);
}

static void nothing_remarkable_says_nothing(void **state)
{
	struct prefix_count count = {0};
	struct buffer out;

	(void)state;
	add(&count, 100, 1, 110, VERDICT_NO_TLS, "+OK");
	prefix_count_end(&count);
	buffer_init(&out, 4096);
	prefix_count_render(&count, &out);
	assert_int_equal(buffer_view(&out).size, 0);
	prefix_count_append_json(&count, &out);
	assert_string_equal(buffer_text(&out),
	                    ",\"prefixes\":{\"accepts-everything\":{\"prefixes\":0,\"hosts\":0},\"uniform-prefix\":{\"prefixes\":0,"
	                    "\"hosts\":0},\"examples\":[]}");
	buffer_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefixes_are_told_apart_and_counted),
		cmocka_unit_test(nothing_remarkable_says_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
