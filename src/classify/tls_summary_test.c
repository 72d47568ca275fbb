/* SPDX-License-Identifier: ISC */
/* What the answers to the hellos mean together: nothing is refused without a control, and nothing unknown becomes a no. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "classify/tls_summary.h"
#include "model/suite_trait.h"
#include "model/tls_group.h"

static struct observation answered(enum tls_hello hello, uint16_t version, uint16_t suite)
{
	return (struct observation){.ending = ENDING_TLS_OBSERVED,
	                            .tls = {.outcome = TLS_PROVEN,
	                                    .hello = hello,
	                                    .version = version,
	                                    .cipher_suite = suite,
	                                    .flags = TLS_HAS_SECURE_RENEGOTIATION}};
}

static struct observation retried(enum tls_hello hello, uint32_t offered, uint16_t group)
{
	return (struct observation){.ending = ENDING_TLS_FAILED,
	                            .tls = {.outcome = TLS_HELLO_ONLY,
	                                    .hello = hello,
	                                    .offered = offered,
	                                    .version = 0x0304,
	                                    .cipher_suite = 0x1301,
	                                    .group = group,
	                                    .flags = TLS_SAYS_TLS13}};
}

static struct observation refused(enum tls_hello hello, enum tls_outcome outcome, uint8_t alert)
{
	return (struct observation){
		.ending = ENDING_TLS_FAILED,
		.tls = {.outcome = outcome, .hello = hello, .alert_level = outcome == TLS_ALERT ? 2 : 0, .alert_description = alert}};
}

static struct tls_facts sum(const struct observation *observations, size_t count)
{
	struct tls_facts facts;

	tls_summary(observations, count, PROBE_DEPTH_STANDARD, &facts);
	return facts;
}

static void versions_follow_from_what_was_chosen(void **state)
{
	struct observation seen[] = {answered(TLS_HELLO_H1, 0x0303, 0xc02f), refused(TLS_HELLO_H3, TLS_ALERT, 70),
	                             retried(TLS_HELLO_H2, 0, 0x001d), refused(TLS_HELLO_H5, TLS_ALERT, 40)};
	struct tls_facts facts = sum(seen, 4);

	(void)state;
	assert_int_equal(facts.versions[TLS_INDEX_SSL_3], ANSWER_NO);
	assert_int_equal(facts.versions[TLS_INDEX_TLS_1_0], ANSWER_NO);
	assert_int_equal(facts.versions[TLS_INDEX_TLS_1_1], ANSWER_NO);
	assert_int_equal(facts.versions[TLS_INDEX_TLS_1_2], ANSWER_YES);
	assert_int_equal(facts.versions[TLS_INDEX_TLS_1_3], ANSWER_YES);
	assert_int_equal(facts.best_suite, 0x1301);
	assert_int_equal(facts.weakest_suite, 0xc02f);
	facts = sum(seen, 1);
	assert_int_equal(facts.versions[TLS_INDEX_TLS_1_1], ANSWER_UNKNOWN);
	assert_int_equal(facts.versions[TLS_INDEX_TLS_1_3], ANSWER_UNKNOWN);
}

/* Rule T-10: a server with a hole between its versions. */
static void an_older_choice_says_no_to_what_lies_between(void **state)
{
	struct observation seen[] = {answered(TLS_HELLO_H1, 0x0303, 0xc02f), answered(TLS_HELLO_H3, 0x0301, 0xc014)};
	struct tls_facts facts = sum(seen, 2);

	(void)state;
	assert_int_equal(facts.versions[TLS_INDEX_TLS_1_1], ANSWER_NO);
	assert_int_equal(facts.versions[TLS_INDEX_TLS_1_0], ANSWER_YES);
	seen[0] = answered(TLS_HELLO_H1, 0x0301, 0xc014);
	facts = sum(seen, 1);
	assert_int_equal(facts.versions[TLS_INDEX_TLS_1_2], ANSWER_NO);
	assert_int_equal(facts.versions[TLS_INDEX_TLS_1_3], ANSWER_UNKNOWN);
}

/* Rule T-8 */
static void silence_is_a_refusal_only_beside_an_answer(void **state)
{
	struct observation seen[] = {refused(TLS_HELLO_H3, TLS_CLOSED, 0), refused(TLS_HELLO_H2, TLS_SILENT, 0),
	                             answered(TLS_HELLO_H1, 0x0303, 0xc02f)};
	struct tls_facts facts = sum(seen, 2);

	(void)state;
	assert_int_equal(facts.versions[TLS_INDEX_TLS_1_1], ANSWER_UNKNOWN);
	assert_false(facts.is_seen);
	facts = sum(seen, 3);
	assert_int_equal(facts.versions[TLS_INDEX_TLS_1_1], ANSWER_NO);
	assert_int_equal(facts.versions[TLS_INDEX_TLS_1_3], ANSWER_UNKNOWN); /* no answer at all within the limit says nothing */
}

static void at_full_depth_silence_counts_only_before_the_last_answer(void **state)
{
	struct observation seen[] = {answered(TLS_HELLO_H1, 0x0303, 0xc02f), refused(TLS_HELLO_H3, TLS_CLOSED, 0),
	                             answered(TLS_HELLO_H10, 0x0303, 0xc02f)};
	struct tls_facts facts;

	(void)state;
	tls_summary(seen, 2, PROBE_DEPTH_FULL, &facts);
	assert_int_equal(facts.versions[TLS_INDEX_TLS_1_1], ANSWER_UNKNOWN);
	tls_summary(seen, 3, PROBE_DEPTH_FULL, &facts);
	assert_int_equal(facts.versions[TLS_INDEX_TLS_1_1], ANSWER_NO);
}

static void traits_are_known_when_taken_or_refused(void **state)
{
	struct observation seen[] = {answered(TLS_HELLO_H1, 0x0303, 0xc02f), answered(TLS_HELLO_TRAITS, 0x0303, 0x002f),
	                             refused(TLS_HELLO_TRAITS, TLS_ALERT, 40)};
	struct tls_facts facts;

	(void)state;
	seen[1].tls.offered = SUITE_CBC | SUITE_STATIC_KEY_EXCHANGE | SUITE_RC4;
	seen[2].tls.offered = SUITE_RC4 | SUITE_NULL;
	facts = sum(seen, 3);
	assert_int_equal(facts.traits_accepted, SUITE_AEAD | SUITE_FORWARD_SECRECY | SUITE_CBC | SUITE_STATIC_KEY_EXCHANGE);
	assert_int_equal(facts.traits_refused, SUITE_RC4 | SUITE_NULL);
	assert_int_equal(facts.weakest_suite, 0x002f);
	seen[2].tls.alert_description = 70; /* the version was refused: nothing was said of suites */
	assert_int_equal(sum(seen, 3).traits_refused, 0);
}

/* Rules T-30, T-31 */
static void post_quantum_is_known_by_the_groups(void **state)
{
	struct observation seen[] = {retried(TLS_HELLO_H2, 0, 0x001d), refused(TLS_HELLO_GROUPS, TLS_ALERT, 40)};
	struct tls_facts facts = sum(seen, 1);

	(void)state;
	assert_int_equal(facts.post_quantum, ANSWER_UNKNOWN);
	assert_int_equal(facts.preferred_group, 0x001d);
	seen[1].tls.offered = tls_groups_post_quantum();
	facts = sum(seen, 2);
	assert_int_equal(facts.post_quantum, ANSWER_NO);
	seen[1] = retried(TLS_HELLO_GROUPS, tls_groups_post_quantum(), 0x11ec);
	facts = sum(seen, 2);
	assert_int_equal(facts.post_quantum, ANSWER_YES);
	assert_int_equal(facts.preferred_group, 0x001d);
	seen[0] = answered(TLS_HELLO_H1, 0x0303, 0xc02f);
	seen[1] = refused(TLS_HELLO_H2, TLS_ALERT, 70);
	assert_int_equal(sum(seen, 2).post_quantum, ANSWER_NO);
}

/* Rule T-19 */
static void features_are_missed_only_where_they_were_offered(void **state)
{
	struct observation seen[] = {answered(TLS_HELLO_H5, 0x0300, 0x0005), answered(TLS_HELLO_H1, 0x0303, 0xc02f),
	                             answered(TLS_HELLO_H10, 0x0303, 0xc02f)};
	struct tls_facts facts = sum(seen, 1);

	(void)state;
	assert_int_equal(facts.extended_master_secret, ANSWER_UNKNOWN);
	assert_int_equal(facts.compression, ANSWER_UNKNOWN);
	facts = sum(seen, 2);
	assert_int_equal(facts.extended_master_secret, ANSWER_NO);
	assert_int_equal(facts.encrypt_then_mac, ANSWER_UNKNOWN); /* no CBC suite was taken */
	assert_int_equal(facts.secure_renegotiation, ANSWER_YES);
	assert_int_equal(facts.compression, ANSWER_UNKNOWN);
	facts = sum(seen, 3);
	assert_int_equal(facts.compression, ANSWER_NO);
	seen[2].tls.flags |= TLS_HAS_COMPRESSION | TLS_HAS_HEARTBEAT;
	facts = sum(seen, 3);
	assert_int_equal(facts.compression, ANSWER_YES);
	assert_int_equal(facts.heartbeat, ANSWER_YES);
}

/* Rule T-20 */
static void names_matter_when_the_leaf_changes(void **state)
{
	struct observation seen[] = {answered(TLS_HELLO_H1, 0x0303, 0xc02f), answered(TLS_HELLO_H10, 0x0303, 0xc02f)};

	(void)state;
	seen[1].tls.leaf_sha256[0] = 1;
	assert_int_equal(sum(seen, 2).name_matters, ANSWER_UNKNOWN); /* no name was ever sent */
	seen[0].tls.flags |= TLS_HAD_SERVER_NAME;
	assert_int_equal(sum(seen, 2).name_matters, ANSWER_YES);
	seen[1].tls.leaf_sha256[0] = 0;
	assert_int_equal(sum(seen, 2).name_matters, ANSWER_NO);
	seen[1] = refused(TLS_HELLO_H10, TLS_ALERT, 112);
	assert_int_equal(sum(seen, 2).name_matters, ANSWER_YES);
	seen[1] = refused(TLS_HELLO_H10, TLS_CLOSED, 0);
	assert_int_equal(sum(seen, 2).name_matters, ANSWER_UNKNOWN);
}

/* Rule T-22 */
static void who_cannot_bear_new_versions_is_seen(void **state)
{
	struct observation seen[] = {refused(TLS_HELLO_H1, TLS_RESET, 0), answered(TLS_HELLO_H4, 0x0301, 0x002f)};
	struct tls_facts facts = sum(seen, 2);

	(void)state;
	assert_int_equal(facts.version_intolerant, ANSWER_YES);
	assert_int_equal(facts.versions[TLS_INDEX_TLS_1_0], ANSWER_YES);
	seen[1] = answered(TLS_HELLO_PLAIN, 0x0303, 0x002f);
	facts = sum(seen, 2);
	assert_int_equal(facts.extension_intolerant, ANSWER_YES);
	assert_int_equal(facts.versions[TLS_INDEX_TLS_1_2], ANSWER_YES);
	seen[0] = answered(TLS_HELLO_H1, 0x0303, 0xc02f);
	assert_int_equal(sum(seen, 2).version_intolerant, ANSWER_NO);
}

/* Rules J-4 to J-7 */
static void a_prime_is_known_by_whoever_saw_it(void **state)
{
	struct observation seen[] = {answered(TLS_HELLO_SESSION, 0x0303, 0x009e), answered(TLS_HELLO_H7, 0x0303, 0x009e),
	                             answered(TLS_HELLO_TRAITS, 0x0303, 0x009e)};
	struct tls_facts facts;

	(void)state;
	seen[0].tls.dh_bits = seen[1].tls.dh_bits = seen[2].tls.dh_bits = 1024;
	seen[1].tls.dh_prime_sha256[0] = 0x3f;
	seen[2].tls.dh_prime_sha256[0] = 0x40;
	facts = sum(seen, 3);
	assert_int_equal(facts.dh_bits, 1024);
	assert_int_equal(facts.dh_prime_sha256[0], 0x3f);
	seen[2].tls.dh_bits = 512;
	facts = sum(seen, 3);
	assert_int_equal(facts.dh_bits, 512);
	assert_int_equal(facts.dh_prime_sha256[0], 0x40);
}

static void injection_is_judged_by_what_was_answered(void **state)
{
	struct observation seen[] = {answered(TLS_HELLO_H1, 0x0303, 0xc02f), answered(TLS_HELLO_SESSION, 0x0304, 0x1301)};

	(void)state;
	assert_int_equal(sum(seen, 2).injection, ANSWER_UNKNOWN);
	seen[1].flags = OBSERVED_INJECTION_TRIED;
	assert_int_equal(sum(seen, 2).injection, ANSWER_UNKNOWN); /* nothing came inside TLS: could not tell */
	seen[1].flags = OBSERVED_INJECTION_TRIED | OBSERVED_INJECTION_SETTLED;
	assert_int_equal(sum(seen, 2).injection, ANSWER_NO);
	seen[1].flags = OBSERVED_INJECTION_TRIED | OBSERVED_INJECTION_LATE;
	assert_int_equal(sum(seen, 2).injection, ANSWER_YES);
	seen[1] = refused(TLS_HELLO_SESSION, TLS_CLOSED, 0);
	seen[1].flags = OBSERVED_INJECTION_TRIED;
	assert_int_equal(sum(seen, 2).injection, ANSWER_NO);
}

static void distinct_chains_are_kept_once(void **state)
{
	struct observation seen[] = {answered(TLS_HELLO_H1, 0x0303, 0xc02f), answered(TLS_HELLO_H9E, 0x0303, 0xc02b),
	                             answered(TLS_HELLO_H10, 0x0303, 0xc02f)};
	struct tls_facts facts;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		seen[i].tls.certificate_count = 2;
		seen[i].tls.chain_sha256[0] = i == 1 ? 2 : 1;
		seen[i].tls.leaf_sha256[0] = i == 1 ? 4 : 3;
	}
	facts = sum(seen, 3);
	assert_int_equal(facts.chain_count, 2);
	assert_int_equal(facts.chains[1][0], 2);
	assert_int_equal(facts.leaves[1][0], 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_follow_from_what_was_chosen),
		cmocka_unit_test(an_older_choice_says_no_to_what_lies_between),
		cmocka_unit_test(silence_is_a_refusal_only_beside_an_answer),
		cmocka_unit_test(at_full_depth_silence_counts_only_before_the_last_answer),
		cmocka_unit_test(traits_are_known_when_taken_or_refused),
		cmocka_unit_test(post_quantum_is_known_by_the_groups),
		cmocka_unit_test(features_are_missed_only_where_they_were_offered),
		cmocka_unit_test(names_matter_when_the_leaf_changes),
		cmocka_unit_test(who_cannot_bear_new_versions_is_seen),
		cmocka_unit_test(a_prime_is_known_by_whoever_saw_it),
		cmocka_unit_test(injection_is_judged_by_what_was_answered),
		cmocka_unit_test(distinct_chains_are_kept_once),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
