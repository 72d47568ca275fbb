/* SPDX-License-Identifier: ISC */
/* TLS facts come back from their words as they were. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/tls_facts.h"

static void facts_survive_as_words(void **state)
{
	struct tls_facts facts, back;
	struct buffer text;

	(void)state;
	memset(&facts, 0, sizeof(facts));
	facts.is_seen = true;
	facts.depth = PROBE_DEPTH_FULL;
	facts.versions[TLS_INDEX_SSL_3] = ANSWER_NO;
	facts.versions[TLS_INDEX_TLS_1_3] = ANSWER_YES;
	facts.post_quantum = ANSWER_YES;
	facts.injection = ANSWER_NO;
	facts.traits_accepted = 0x10001;
	facts.preferred_group = 0x11ec;
	facts.dh_bits = 2048;
	facts.connections = 17;
	facts.chain_count = 2;
	memset(facts.chains, 0xab, sizeof(facts.chains[0]) * 2);
	memset(facts.leaves, 0xcd, sizeof(facts.leaves[0]) * 2);
	memset(facts.dh_prime_sha256, 0x01, sizeof(facts.dh_prime_sha256));
	memcpy(facts.alpn_name, "imap", 4);
	memcpy(facts.jarm, "0123", 4);
	buffer_init(&text, 4096);
	tls_facts_format(&facts, &text);
	memset(&back, 0xff, sizeof(back));
	assert_true(tls_facts_parse(buffer_view(&text), &back));
	assert_memory_equal(&facts, &back, sizeof(facts));
	buffer_done(&text);
}

static void what_is_not_ours_is_refused(void **state)
{
	static const char *const BAD[] = {"depth=deep", "tls1.2=perhaps", "tls1.2=unknown", "colour=red", "dh-bits=10000",
	                                  "dh-bits=",   "chain=00",       "alone",          "ja3s=\x01"};
	struct tls_facts facts;

	(void)state;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		assert_false(tls_facts_parse(span_from_text(BAD[i]), &facts));
	assert_true(tls_facts_parse(span_from_text(""), &facts));
	assert_int_equal(tls_facts_highest_version(&facts), 0);
}

static void highest_and_lowest_are_accepted_ones(void **state)
{
	struct tls_facts facts = {.is_seen = true};

	(void)state;
	facts.versions[TLS_INDEX_TLS_1_0] = ANSWER_NO;
	facts.versions[TLS_INDEX_TLS_1_1] = ANSWER_YES;
	facts.versions[TLS_INDEX_TLS_1_2] = ANSWER_YES;
	assert_int_equal(tls_facts_lowest_version(&facts), 0x0302);
	assert_int_equal(tls_facts_highest_version(&facts), 0x0303);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(facts_survive_as_words),
		cmocka_unit_test(what_is_not_ours_is_refused),
		cmocka_unit_test(highest_and_lowest_are_accepted_ones),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
