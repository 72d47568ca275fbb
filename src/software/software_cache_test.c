/* SPDX-License-Identifier: ISC */
/* What is remembered is what the patterns would say, however small the memory and whatever was asked before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "software/software_cache.h"

static const struct timestamp NOW = {.unix_ms = INT64_C(1795478400000)}; /* 2026-11-24 */
static struct fingerprints *fingerprints;

static int set_up_group(void **state)
{
	struct error error = {.text = ""};

	(void)state;
	fingerprints = fingerprints_new(&error);
	assert_string_equal(error.text, "");
	return 0;
}

static int tear_down_group(void **state)
{
	(void)state;
	fingerprints_free(fingerprints);
	return 0;
}

static struct software_evidence evidence_of(const char *greeting, const char *capabilities)
{
	return (struct software_evidence){.protocol = WIRE_IMAP,
	                                  .greeting = span_from_text(greeting),
	                                  .raw_greeting = span_from_text(greeting),
	                                  .capabilities = span_from_text(capabilities),
	                                  .is_greeted = true};
}

static void expect_same(struct software_cache *cache, const struct software_evidence *evidence, struct timestamp now)
{
	struct software expected, remembered;

	software_identify(fingerprints, evidence, now, &expected);
	software_cache_identify(cache, evidence, now, &remembered);
	assert_true(software_equals(&expected, &remembered));
}

static void the_same_question_is_asked_of_the_patterns_once(void **state)
{
	struct software_cache *cache = software_cache_new(fingerprints, 64);
	struct software_evidence evidence =
		evidence_of("Dovecot (Debian) ready.", "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+");

	(void)state;
	for (unsigned i = 0; i < 10; i++)
		expect_same(cache, &evidence, NOW);
	assert_int_equal(software_cache_misses(cache), 1);
	assert_int_equal(software_cache_hits(cache), 9);
	software_cache_free(cache);
	software_cache_free(NULL);
}

static void whatever_can_change_the_answer_is_another_question(void **state)
{
	struct software_cache *cache = software_cache_new(fingerprints, 4096);
	struct timestamp later = {INT64_C(1861920000000)};
	struct software_evidence evidence = evidence_of("", "");

	(void)state;
	expect_same(cache, &evidence, NOW);
	evidence.is_greeted = false;
	expect_same(cache, &evidence, NOW);
	evidence.protocol = WIRE_POP3;
	expect_same(cache, &evidence, NOW);
	evidence.has_uuid_stamp = evidence.has_stamp = true;
	expect_same(cache, &evidence, NOW);
	evidence.has_uuid_stamp = false;
	expect_same(cache, &evidence, NOW);
	evidence.is_capability_refused = true;
	expect_same(cache, &evidence, NOW);
	evidence.refusal_reply = span_from_text("-ERR");
	expect_same(cache, &evidence, NOW);
	evidence.implementation = span_from_text("Courier Mail Server");
	expect_same(cache, &evidence, NOW);
	evidence.identity = span_from_text("name=Dovecot");
	expect_same(cache, &evidence, NOW);
	expect_same(cache, &evidence, later);
	evidence.certificate_subject = "CN=Plesk,O=Plesk,L=Schaffhausen";
	expect_same(cache, &evidence, NOW);
	evidence.certificate_issuer = "CN=cPanel, Inc. Certification Authority";
	expect_same(cache, &evidence, NOW);
	assert_int_equal(software_cache_hits(cache), 0);
	software_cache_free(cache);
}

/* No pattern knows the certificates of most hosts: each has one of its own, and the question is the same. */
static void a_certificate_that_no_pattern_knows_is_no_other_question(void **state)
{
	struct software_cache *cache = software_cache_new(fingerprints, 64);
	struct software_evidence evidence = evidence_of("Dovecot ready.", "IMAP4rev1");

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		char subject[32];

		(void)snprintf(subject, sizeof(subject), "CN=mail%u.example.org", i);
		evidence.certificate_subject = subject;
		evidence.certificate_issuer = "CN=R11,O=Let's Encrypt,C=US";
		evidence.ladder = i % 2 == 0 ? "0123456789abcdef" : NULL;
		expect_same(cache, &evidence, NOW);
	}
	assert_int_equal(software_cache_misses(cache), 1);
	software_cache_free(cache);
}

static void a_small_memory_answers_rightly_and_keeps_what_is_asked_again(void **state)
{
	struct software_cache *cache = software_cache_new(fingerprints, 1);
	struct software_evidence usual = evidence_of("Dovecot ready.", "IMAP4rev1 IDLE");

	(void)state;
	expect_same(cache, &usual, NOW);
	for (unsigned i = 0; i < 300; i++) {
		char greeting[64];
		struct software_evidence rare;

		(void)snprintf(greeting, sizeof(greeting), "mx%u.example.org Cyrus IMAP v2.4.%u server ready", i, i % 20);
		rare = evidence_of(greeting, "IMAP4rev1");
		expect_same(cache, &rare, NOW);
		expect_same(cache, &usual, NOW);
	}
	assert_true(software_cache_hits(cache) > 200);
	software_cache_free(cache);
}

static void texts_beyond_every_measure_are_identified_each_time(void **state)
{
	static char huge[20000];
	struct software_cache *cache = software_cache_new(fingerprints, 64);
	struct software_evidence evidence;

	(void)state;
	memset(huge, 'A', sizeof(huge) - 1);
	evidence = evidence_of("Dovecot ready.", huge);
	expect_same(cache, &evidence, NOW);
	expect_same(cache, &evidence, NOW);
	assert_int_equal(software_cache_misses(cache), 2);
	software_cache_free(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_question_is_asked_of_the_patterns_once),
		cmocka_unit_test(whatever_can_change_the_answer_is_another_question),
		cmocka_unit_test(a_certificate_that_no_pattern_knows_is_no_other_question),
		cmocka_unit_test(a_small_memory_answers_rightly_and_keeps_what_is_asked_again),
		cmocka_unit_test(texts_beyond_every_measure_are_identified_each_time),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}
