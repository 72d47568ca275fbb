/* SPDX-License-Identifier: ISC */
/* Every row of data/fingerprints.tsv is seen to recognise its test lines, and no other row takes them unless that is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "software/built_in.h"
#include "software/fingerprints.h"
#include "software/tsv.h"

enum column { ID, PROTOCOL, FIELD, CONDITIONS, TEXT, PRODUCT, VERSION, DISTRIBUTION, FIRST, NOTES };

static const struct timestamp NOW = {.unix_ms = INT64_C(1795478400000)}; /* 2026-11-24 */
static struct fingerprints *fingerprints;
static bool *has_sample;

static int set_up_group(void **state)
{
	struct error error = {.text = ""};

	(void)state;
	fingerprints = fingerprints_new(&error);
	assert_string_equal(error.text, "");
	has_sample = calloc(fingerprints->list.count, sizeof(bool));
	return 0;
}

static int tear_down_group(void **state)
{
	(void)state;
	free(has_sample);
	fingerprints_free(fingerprints);
	return 0;
}

static const struct fingerprint *find(struct span id)
{
	for (size_t i = 0; i < fingerprints->list.count; i++)
		if (span_equals_text(id, fingerprints->list.items[i].id)) {
			has_sample[i] = true;
			return &fingerprints->list.items[i];
		}
	return NULL;
}

/* NUL-terminated copies for what the evidence wants as text; static, as they are used one at a time. */
static const char *as_text(struct span span)
{
	static char text[1024];

	snprintf(text, sizeof(text), "%.*s", (int)span.size, span.size > 0 ? (const char *)span.data : "");
	return text;
}

static struct software_evidence evidence_of(const struct tsv_row *row)
{
	struct software_evidence evidence = {.protocol = WIRE_UNKNOWN};
	enum fingerprint_field field = FIELD_GREETING;
	uint32_t needs = 0;

	assert_true(fingerprint_protocol_parse(row->columns[PROTOCOL], &evidence.protocol));
	assert_true(fingerprint_field_parse(row->columns[FIELD], &field));
	assert_true(fingerprint_needs_parse(row->columns[CONDITIONS], &needs));
	evidence.has_uuid_stamp = (needs & NEED_UUID_STAMP) != 0;
	evidence.has_pid_time_stamp = (needs & NEED_PID_TIME_STAMP) != 0;
	evidence.has_stamp = (needs & NEED_STAMP) != 0 || evidence.has_uuid_stamp || evidence.has_pid_time_stamp;
	evidence.is_capability_refused = (needs & NEED_TEXTLESS_REFUSAL) != 0;
	evidence.refusal_reply = span_from_text(evidence.is_capability_refused ? "-ERR" : "");
	switch (field) {
	case FIELD_IDENTITY:
		evidence.identity = row->columns[TEXT];
		break;
	case FIELD_IMPLEMENTATION:
		evidence.implementation = row->columns[TEXT];
		break;
	case FIELD_CAPABILITIES:
		evidence.capabilities = row->columns[TEXT];
		break;
	case FIELD_RAW_GREETING:
	case FIELD_GREETING:
		evidence.greeting = evidence.raw_greeting = row->columns[TEXT];
		evidence.is_greeted = true;
		break;
	case FIELD_SUBJECT:
		evidence.certificate_subject = as_text(row->columns[TEXT]);
		break;
	case FIELD_AUTHORITY:
		evidence.certificate_issuer = as_text(row->columns[TEXT]);
		break;
	case FIELD_LADDER:
		evidence.ladder = as_text(row->columns[TEXT]);
		break;
	case FIELD_VERSION:
		break;
	}
	return evidence;
}

static void assert_span(const char *is, struct span wanted, size_t line)
{
	if (!span_equals_text(wanted, is))
		fail_msg("fingerprint-samples.tsv line %zu: expected \"%s\", got \"%s\"", line, as_text(wanted), is);
}

/* Roles that name no server are looked at through what they add to one. */
static bool is_checked_alone(const struct fingerprint *fingerprint, const struct tsv_row *row)
{
	struct pattern_match *match;

	if (fingerprint->role != ROLE_LIBRARY && fingerprint->role != ROLE_DISTRIBUTION)
		return false;
	match = pattern_match_new(fingerprints->engine);
	for (const struct fingerprint *other = fingerprints->list.items; other <= fingerprint; other++)
		if (other->role == fingerprint->role && pattern_search(other->pattern, row->columns[TEXT], match) == PATTERN_MATCH)
			assert_string_equal(other->id, fingerprint->id);
	assert_int_equal(pattern_search(fingerprint->pattern, row->columns[TEXT], match), PATTERN_MATCH);
	if (fingerprint->version_group != 0)
		assert_true(span_equals(pattern_match_group(match, fingerprint->version_group), row->columns[VERSION]));
	pattern_match_free(match);
	return true;
}

static void check_sample(const struct tsv_row *row, size_t line)
{
	const struct fingerprint *fingerprint = find(row->columns[ID]);
	struct software_evidence evidence;
	struct software software;

	if (fingerprint == NULL) {
		fail_msg("fingerprint-samples.tsv line %zu: there is no fingerprint %s", line, as_text(row->columns[ID]));
		return;
	}
	assert_int_equal(row->columns[FIELD].size, 1);
	assert_int_equal(row->columns[FIELD].data[0], fingerprint_field_letter(fingerprint->field));
	if (is_checked_alone(fingerprint, row))
		return;
	evidence = evidence_of(row);
	software_identify(fingerprints, &evidence, NOW, &software);
	assert_span(software.fingerprint, row->columns[FIRST].size > 0 ? row->columns[FIRST] : row->columns[ID], line);
	assert_span(software.product, row->columns[PRODUCT], line);
	assert_span(software.version, row->columns[VERSION], line);
	assert_span(software.distribution, row->columns[DISTRIBUTION], line);
	if (fingerprint->strength == STRENGTH_WEAK && row->columns[FIRST].size == 0) {
		assert_int_equal(software.confidence, CONFIDENCE_LOW); /* rule V-4 */
		assert_int_equal(software.support, SUPPORT_UNKNOWN);
	}
}

static void test_samples_are_recognised(void **state)
{
	struct tsv_reader reader = tsv_reader_make(span_make(BUILT_IN_SAMPLES, BUILT_IN_SAMPLES_SIZE));
	struct tsv_row row;

	(void)state;
	while (tsv_next(&reader, &row)) {
		assert_int_equal(row.count, NOTES + 1);
		check_sample(&row, reader.line);
	}
}

static void test_every_fingerprint_has_a_sample(void **state)
{
	(void)state;
	for (size_t i = 0; i < fingerprints->list.count; i++)
		if (!has_sample[i])
			fail_msg("fingerprints.tsv: %s has no line in fingerprint-samples.tsv", fingerprints->list.items[i].id);
}

static void test_ids_are_unique_and_fit(void **state)
{
	(void)state;
	for (size_t i = 0; i < fingerprints->list.count; i++) {
		const struct fingerprint *fingerprint = &fingerprints->list.items[i];

		assert_in_range(strlen(fingerprint->id), 1, sizeof(((struct software *)0)->fingerprint) - 1);
		assert_in_range(strlen(fingerprint->product), 1, sizeof(((struct software *)0)->product) - 1);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(fingerprint->id, fingerprints->list.items[j].id);
	}
}

/* What people meet most is there. */
static void test_there_are_many_products(void **state)
{
	size_t products = 0;

	(void)state;
	for (size_t i = 0; i < fingerprints->list.count; i++) {
		const struct fingerprint *fingerprint = &fingerprints->list.items[i];
		bool is_server = fingerprint->role == ROLE_BACK || fingerprint->role == ROLE_FRONT;

		if (is_server && fingerprint_list_find_product(&fingerprints->list, fingerprint->product) == fingerprint)
			products++;
	}
	print_message("# %zu fingerprints of %zu products\n", fingerprints->list.count, products);
	assert_in_range(products, 40, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples_are_recognised),
		cmocka_unit_test(test_every_fingerprint_has_a_sample),
		cmocka_unit_test(test_ids_are_unique_and_fit),
		cmocka_unit_test(test_there_are_many_products),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}
