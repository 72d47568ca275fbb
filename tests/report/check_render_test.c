/* SPDX-License-Identifier: ISC */
/* The renderers of `mailcensus check`: golden files, hostile strings in every field, states for monitoring.
   usage: check_render_test GOLDEN_FOLDER [--update] */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "check_sample.h"
#include "report/check_json.h"
#include "report/check_nagios.h"
#include "report/check_text.h"

static const char *golden_folder;
static bool wants_update;

static const struct check_text_style PLAIN = {.width = TEXT_FLOW_WIDTH};
static const struct check_text_style COLOURED = {.width = TEXT_FLOW_WIDTH, .has_colour = true};
static const struct check_text_style FOR_USER = {.width = TEXT_FLOW_WIDTH, .is_for_user = true};
static const struct check_thresholds USUAL = {.warning = SEVERITY_LOW, .critical = SEVERITY_MEDIUM};

static void read_golden(const char *name, struct buffer *out)
{
	char path[512], block[4096];
	FILE *file;
	size_t got;

	(void)snprintf(path, sizeof(path), "%s/%s", golden_folder, name);
	file = fopen(path, "rbe");
	if (file == NULL)
		fail_msg("%s is missing: run this test with --update and look at what it writes", path);
	while ((got = fread(block, 1, sizeof(block), file)) > 0)
		buffer_append(out, span_make(block, got));
	(void)fclose(file);
}

static void write_golden(const char *name, const struct buffer *content)
{
	char path[512];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", golden_folder, name);
	file = fopen(path, "wbe");
	assert_non_null(file);
	assert_int_equal(fwrite(content->data, 1, content->size, file), content->size);
	assert_int_equal(fclose(file), 0);
}

static void expect_golden(const char *name, struct buffer *found)
{
	struct buffer wanted;

	assert_false(found->overflowed);
	if (wants_update)
		write_golden(name, found);
	buffer_init(&wanted, CHECK_TEXT_MAX);
	read_golden(name, &wanted);
	assert_string_equal(buffer_text(found), buffer_text(&wanted));
	buffer_done(&wanted);
}

static void expect_text(const char *name, const struct check_report *report, const struct check_text_style *style)
{
	struct buffer out;

	buffer_init(&out, CHECK_TEXT_MAX);
	check_text_render(report, style, &out);
	expect_golden(name, &out);
	buffer_done(&out);
}

static void test_text(void **state)
{
	(void)state;
	expect_text("bad.txt", sample_bad(), &PLAIN);
	expect_text("good.txt", sample_good(), &PLAIN);
	expect_text("several.txt", sample_several(), &PLAIN);
	expect_text("bad-colour.txt", sample_bad(), &COLOURED);
}

static void test_user_text(void **state)
{
	(void)state;
	expect_text("bad-user.txt", sample_bad(), &FOR_USER);
	expect_text("good-user.txt", sample_good(), &FOR_USER);
	expect_text("several-user.txt", sample_several(), &FOR_USER);
}

static void test_json(void **state)
{
	struct buffer out;

	(void)state;
	buffer_init(&out, CHECK_JSON_MAX);
	check_json_render(sample_bad(), &out);
	check_json_render(sample_several(), &out);
	expect_golden("check.jsonl", &out);
	buffer_done(&out);
}

static enum check_state nagios(const struct check_report *report, const struct check_thresholds *thresholds, struct buffer *out)
{
	buffer_init(out, CHECK_NAGIOS_MAX);
	return check_nagios_render(report, thresholds, out);
}

static void test_nagios(void **state)
{
	struct buffer out;

	(void)state;
	assert_int_equal(nagios(sample_bad(), &USUAL, &out), CHECK_STATE_CRITICAL);
	assert_string_equal(buffer_text(&out), "MAILCENSUS CRITICAL - mail.example.org (192.0.2.7) grade F: no-tls on 110, no-tls on 143 | "
	                                       "grade=1;;;0;7 findings=5;;;0 days_left=-12;14:;7: time=24.320s;;;0 connections=26;;;0\n");
	buffer_done(&out);
	assert_int_equal(nagios(sample_good(), &USUAL, &out), CHECK_STATE_OK);
	assert_string_equal(buffer_text(&out), "MAILCENSUS OK - mail.example.net (192.0.2.7) grade A+ | grade=7;;;0;7 findings=0;;;0 "
	                                       "days_left=57;14:;7: time=24.320s;;;0 connections=26;;;0\n");
	buffer_done(&out);
}

static void test_nagios_thresholds(void **state)
{
	struct check_report report = *sample_bad();
	struct check_host host = *report.hosts;
	struct check_service service = host.services[2];
	struct chain_facts chain = *service.chains;
	struct check_thresholds thresholds = {.warning = SEVERITY_MEDIUM, .critical = SEVERITY_HIGH};
	struct buffer out;
	static const struct {
		int64_t days, lifetime;
		enum check_state state;
	} rows[] = {{-1, 90, CHECK_STATE_CRITICAL}, {6, 90, CHECK_STATE_CRITICAL}, {7, 90, CHECK_STATE_WARNING},
	            {13, 90, CHECK_STATE_WARNING},  {14, 90, CHECK_STATE_OK},      {4, 6, CHECK_STATE_OK},
	            {1, 6, CHECK_STATE_WARNING},    {0, 6, CHECK_STATE_CRITICAL}};

	(void)state;
	report.hosts = &host;
	host.services = &service;
	host.service_count = 1;
	host.finding_count = 0;
	service.chains = &chain;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		chain.not_after.unix_ms = report.started_at.unix_ms + rows[i].days * 86400000 + 1000;
		chain.leaf.not_after = chain.not_after;
		chain.leaf.not_before.unix_ms = chain.leaf.not_after.unix_ms - rows[i].lifetime * 86400000;
		assert_int_equal(nagios(&report, &thresholds, &out), rows[i].state);
		buffer_done(&out);
	}
	service.chain_count = 0; /* a finding of low severity is below both */
	assert_int_equal(nagios(&report, &thresholds, &out), CHECK_STATE_OK);
	buffer_done(&out);
	assert_int_equal(nagios(&report, &USUAL, &out), CHECK_STATE_WARNING);
	buffer_done(&out);
}

static void test_nagios_unknown(void **state)
{
	struct check_report report = *sample_several();
	struct buffer out;

	(void)state;
	report.was_stopped = false;
	assert_int_equal(nagios(&report, &USUAL, &out), CHECK_STATE_CRITICAL); /* what is known to be bad outweighs what is not known */
	buffer_done(&out);
	report.hosts += 2;
	report.host_count = 1;
	assert_int_equal(nagios(&report, &USUAL, &out), CHECK_STATE_UNKNOWN);
	assert_non_null(strstr(buffer_text(&out), "MAILCENSUS UNKNOWN - mail.example.net (2001:db8::7): "));
	buffer_done(&out);
	report.hosts += 1;
	assert_int_equal(nagios(&report, &USUAL, &out), CHECK_STATE_UNKNOWN);
	assert_non_null(strstr(buffer_text(&out), "nowhere.example.org: there is no such host name"));
	buffer_done(&out);
	report.host_count = 0;
	assert_int_equal(nagios(&report, &USUAL, &out), CHECK_STATE_UNKNOWN);
	buffer_done(&out);
}

/* An address that does not answer beside one that does is no reason for an alarm: not every machine has IPv6. */
static void test_nagios_one_of_two_addresses(void **state)
{
	struct check_report report = *sample_good();
	struct check_host hosts[2] = {report.hosts[0], report.hosts[0]};
	struct buffer out;

	(void)state;
	hosts[1].grade = GRADE_UNKNOWN;
	hosts[1].verdict = HOST_CLOSED;
	report.hosts = hosts;
	report.host_count = 2;
	assert_int_equal(nagios(&report, &USUAL, &out), CHECK_STATE_OK);
	buffer_done(&out);
}

/* Printable ASCII and line ends alone, lines within the width. */
static void expect_harmless(struct buffer *out, size_t width)
{
	size_t column = 0;

	assert_false(out->overflowed);
	for (size_t i = 0; i < out->size; i++) {
		unsigned char byte = out->data[i];

		if (byte != '\n' && (byte < 0x20 || byte > 0x7e))
			fail_msg("byte 0x%02x at %zu", byte, i);
		column = byte == '\n' ? 0 : column + 1;
		if (column > width)
			fail_msg("a line of more than %zu characters at %zu", width, i);
	}
}

static struct span hostile(size_t index)
{
	static const char *const texts[] = {
		"\033]0;owned\007\033[2J\033[31mred",
		"\xe2\x80\xaegnp.exe \xe2\x80\x8b\xe2\x80\xa8 bidi",
		"\xff\xfe\xc0\xaf\xed\xa0\x80 invalid",
		"a|b=1;2;3\r\nOK - all is well",
		"\"},{\"schema\":\"x\"",
		"\\x1b \\\\ \\",
		"%s%n%999999d",
		"",
	};
	static unsigned char large[64 * 1024];

	if (index < ARRAY_LENGTH(texts))
		return span_from_text(texts[index]);
	for (size_t i = 0; i < sizeof(large); i++)
		large[i] = index == ARRAY_LENGTH(texts) ? 'x' : (unsigned char)(i * 7 + 1);
	return span_make(large, index <= ARRAY_LENGTH(texts) + 1 ? sizeof(large) : 0);
}

enum { HOSTILE_COUNT = 10 };

static void test_hostile_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < HOSTILE_COUNT; i++) {
		const struct check_report *report = sample_hostile(hostile(i));
		struct buffer out;

		buffer_init(&out, CHECK_TEXT_MAX);
		check_text_render(report, &PLAIN, &out);
		expect_harmless(&out, TEXT_FLOW_WIDTH);
		assert_true(out.size < 64 * 1024);
		buffer_clear(&out);
		check_text_render(report, &FOR_USER, &out);
		expect_harmless(&out, TEXT_FLOW_WIDTH);
		buffer_done(&out);
	}
}

static void test_hostile_nagios(void **state)
{
	(void)state;
	for (size_t i = 0; i < HOSTILE_COUNT; i++) {
		struct buffer out;
		const char *text;

		(void)nagios(sample_hostile(hostile(i)), &USUAL, &out);
		text = buffer_text(&out);
		expect_harmless(&out, 4096);
		assert_true(out.size < 4096);
		assert_ptr_equal(strchr(text, '\n'), text + out.size - 1); /* one line */
		assert_ptr_equal(strchr(text, '|'), strrchr(text, '|'));   /* one bar */
		buffer_done(&out);
	}
}

/* Valid JSON is what tests/report/check_schema_test.py holds; here: no byte that steers, and valid UTF-8 by construction of ASCII. */
static void test_hostile_json(void **state)
{
	(void)state;
	for (size_t i = 0; i < HOSTILE_COUNT; i++) {
		struct buffer out;
		const char *text;

		buffer_init(&out, CHECK_JSON_MAX);
		check_json_render(sample_hostile(hostile(i)), &out);
		text = buffer_text(&out);
		assert_false(out.overflowed);
		assert_ptr_equal(strchr(text, '\n'), text + out.size - 1);
		assert_null(strchr(text, '\033'));
		assert_null(strstr(text, "\xe2\x80\xae"));
		buffer_done(&out);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_user_text),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_nagios),
		cmocka_unit_test(test_nagios_thresholds),
		cmocka_unit_test(test_nagios_unknown),
		cmocka_unit_test(test_nagios_one_of_two_addresses),
		cmocka_unit_test(test_hostile_text),
		cmocka_unit_test(test_hostile_nagios),
		cmocka_unit_test(test_hostile_json),
	};

	if (argc < 2) {
		(void)fprintf(stderr, "usage: check_render_test GOLDEN_FOLDER [--update]\n");
		return 2;
	}
	golden_folder = argv[1];
	wants_update = argc > 2 && strcmp(argv[2], "--update") == 0;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
