/* SPDX-License-Identifier: ISC */
/* The ladder is climbed against made-up servers: every fact comes out right, in few connections, and never more than allowed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "classify/tls_summary.h"
#include "model/suite_trait.h"
#include "model/tls_group.h"
#include "probe/plan.h"
#include "protocol/tls/client_hello.h"

enum { CONNECTIONS_MAX = 64 };

/* A server of the imagination: it answers each hello by the rules of TLS. */
struct server {
	unsigned versions;        /* bit per tls_version_index */
	const uint16_t *suites;   /* of TLS 1.2 and older, in the server's order; ended by 0 */
	const uint16_t *groups;   /* of TLS 1.3; ended by 0 */
	enum tls_outcome refusal; /* how it refuses */
	bool is_intolerant;       /* resets on hellos above TLS 1.0 */
	size_t answers_at_most;   /* closes on every hello after so many; 0: never */
};

static void refuse(const struct server *server, struct observation *observation)
{
	observation->ending = ENDING_TLS_FAILED;
	observation->tls.outcome = server->refusal;
	observation->tls.alert_level = server->refusal == TLS_ALERT ? 2 : 0;
	observation->tls.alert_description = 40;
}

static bool offers_group(const struct observation *observation, uint16_t group)
{
	int bit = tls_group_bit(group);

	if (observation->tls.hello == TLS_HELLO_GROUPS)
		return bit >= 0 && (observation->tls.offered >> bit & 1) != 0;
	return bit >= 0;
}

static void answer_tls_1_3(const struct server *server, struct observation *observation)
{
	for (const uint16_t *group = server->groups; group != NULL && *group != 0; group++) {
		if (!offers_group(observation, *group))
			continue;
		observation->ending = observation->tls.hello == TLS_HELLO_SESSION ? ENDING_COMPLETE : ENDING_TLS_FAILED;
		observation->tls.outcome = observation->tls.hello == TLS_HELLO_SESSION ? TLS_PROVEN : TLS_HELLO_ONLY;
		observation->tls.version = 0x0304;
		observation->tls.cipher_suite = 0x1302;
		observation->tls.group = *group;
		return;
	}
	refuse(server, observation);
}

static void answer(const struct server *server, size_t held, struct observation *observation)
{
	uint16_t highest = client_hello_highest_version(observation->tls.hello, observation->tls.offered);
	int version = 4;

	if (server->answers_at_most > 0 && held >= server->answers_at_most) {
		observation->ending = ENDING_TLS_FAILED;
		observation->tls.outcome = TLS_CLOSED;
		return;
	}
	if (server->is_intolerant && highest > 0x0301) {
		observation->ending = ENDING_TLS_FAILED;
		observation->tls.outcome = TLS_RESET;
		return;
	}
	while (version >= 0 && ((server->versions >> version & 1) == 0 || 0x0300 + version > highest))
		version--;
	if (observation->tls.hello == TLS_HELLO_H2 || observation->tls.hello == TLS_HELLO_GROUPS)
		version = version == 4 ? 4 : -1;
	if (version == 4) {
		answer_tls_1_3(server, observation);
		return;
	}
	for (const uint16_t *suite = server->suites; version >= 0 && *suite != 0; suite++) {
		if (!client_hello_offers_suite(observation->tls.hello, observation->tls.offered, *suite))
			continue;
		observation->ending = observation->tls.hello == TLS_HELLO_SESSION ? ENDING_COMPLETE : ENDING_TLS_OBSERVED;
		observation->tls.outcome = TLS_PROVEN;
		observation->tls.version = (uint16_t)(0x0300 + version);
		observation->tls.cipher_suite = *suite;
		observation->tls.certificate_count = 1;
		if ((suite_traits(*suite) & SUITE_DHE) != 0)
			observation->tls.dh_bits = 1024;
		return;
	}
	refuse(server, observation);
}

/* Climbs as the prober would; returns how many conversations were held. */
static size_t climb(const struct server *server, uint16_t port, const struct probe_policy *policy, struct tls_facts *facts_out)
{
	static struct observation seen[CONNECTIONS_MAX];
	struct plan_step step;
	size_t count = 0;

	while (plan_next_step(port, seen, count, policy, &step)) {
		bool is_plain = step.session.tls == SESSION_TLS_UPGRADE;

		assert_true(count < CONNECTIONS_MAX);
		memset(&seen[count], 0, sizeof(seen[count]));
		seen[count].protocol = WIRE_IMAP;
		seen[count].upgrade = is_plain ? UPGRADE_AGREED : UPGRADE_NOT_ASKED;
		seen[count].tls.hello = step.hello;
		seen[count].tls.offered = step.offered;
		seen[count].flags = step.session.is_brief ? OBSERVED_LADDER : 0;
		answer(server, count, &seen[count]);
		if (step.session.injects && seen[count].tls.outcome == TLS_PROVEN)
			seen[count].flags |= OBSERVED_INJECTION_TRIED | OBSERVED_INJECTION_SETTLED;
		count++;
	}
	tls_summary(seen, count, policy->depth, facts_out);
	return count;
}

static struct probe_policy policy_of(enum probe_depth depth)
{
	struct probe_policy policy;

	probe_policy_init(&policy);
	policy.waits = true;
	policy.depth = depth;
	return policy;
}

static const uint16_t MODERN[] = {0xc02f, 0xc030, 0xc013, 0xc014, 0x009c, 0x002f, 0};
static const uint16_t ANCIENT[] = {0x0005, 0x0004, 0x000a, 0x0009, 0x0003, 0x0016, 0};
static const uint16_t ONLY_RC4[] = {0x0005, 0};
static const uint16_t GROUPS[] = {0x001d, 0x0017, 0x001e, 0x0018, 0x0019, 0x0100, 0x0101, 0x0102, 0x0103, 0x0104, 0};
static const uint16_t POST_QUANTUM[] = {0x11ec, 0x001d, 0x0017, 0};

static void a_census_asks_once(void **state)
{
	struct server server = {.versions = 0x18, .suites = MODERN, .groups = GROUPS, .refusal = TLS_ALERT};
	struct probe_policy policy = policy_of(PROBE_DEPTH_VERDICT);
	struct tls_facts facts;

	(void)state;
	assert_int_equal(climb(&server, 143, &policy, &facts), 1);
	assert_int_equal(climb(&server, 993, &policy, &facts), 1);
}

static void standard_depth_adds_best_and_obsolete_versions(void **state)
{
	struct server server = {.versions = 0x18, .suites = MODERN, .groups = GROUPS, .refusal = TLS_CLOSED};
	struct probe_policy policy = policy_of(PROBE_DEPTH_STANDARD);
	struct tls_facts facts;

	(void)state;
	assert_int_equal(climb(&server, 143, &policy, &facts), 3);
	assert_int_equal(facts.versions[TLS_INDEX_TLS_1_3], ANSWER_YES);
	assert_int_equal(facts.versions[TLS_INDEX_TLS_1_1], ANSWER_NO);
	assert_int_equal(facts.preferred_group, 0x001d);
	assert_true(climb(&server, 993, &policy, &facts) <= 3);
}

static void check_modern(const struct server *server, uint16_t port)
{
	struct probe_policy policy = policy_of(PROBE_DEPTH_FULL);
	struct tls_facts facts;
	size_t held = climb(server, port, &policy, &facts);

	assert_true(held <= 20);
	assert_int_equal(facts.versions[TLS_INDEX_SSL_3], ANSWER_NO);
	assert_int_equal(facts.versions[TLS_INDEX_TLS_1_0], ANSWER_NO);
	assert_int_equal(facts.versions[TLS_INDEX_TLS_1_1], ANSWER_NO);
	assert_int_equal(facts.versions[TLS_INDEX_TLS_1_2], ANSWER_YES);
	assert_int_equal(facts.versions[TLS_INDEX_TLS_1_3], ANSWER_YES);
	assert_int_equal(facts.traits_accepted, SUITE_AEAD | SUITE_CBC | SUITE_FORWARD_SECRECY | SUITE_STATIC_KEY_EXCHANGE);
	assert_int_equal(facts.traits_refused,
	                 SUITE_3DES | SUITE_RC4 | SUITE_DES | SUITE_EXPORT | SUITE_NULL | SUITE_ANONYMOUS | SUITE_DHE);
	assert_int_equal(facts.post_quantum, ANSWER_NO);
	if (port == 143)
		assert_int_equal(facts.injection, ANSWER_NO);
}

static void a_modern_server_is_known_in_twenty_connections(void **state)
{
	struct server server = {.versions = 0x18, .suites = MODERN, .groups = GROUPS, .refusal = TLS_ALERT};

	(void)state;
	check_modern(&server, 143);
	check_modern(&server, 993);
	server.refusal = TLS_CLOSED; /* Dovecot 2.3 refuses without a word (rule T-8) */
	check_modern(&server, 143);
	check_modern(&server, 993);
}

static void every_family_of_an_ancient_server_is_found(void **state)
{
	struct server server = {.versions = 0x07, .suites = ANCIENT, .refusal = TLS_ALERT};
	struct probe_policy policy = policy_of(PROBE_DEPTH_FULL);
	struct tls_facts facts;
	size_t held = climb(&server, 143, &policy, &facts);

	(void)state;
	assert_true(held <= 20);
	assert_int_equal(facts.versions[TLS_INDEX_SSL_3], ANSWER_YES);
	assert_int_equal(facts.versions[TLS_INDEX_TLS_1_0], ANSWER_YES);
	assert_int_equal(facts.versions[TLS_INDEX_TLS_1_1], ANSWER_YES);
	assert_int_equal(facts.versions[TLS_INDEX_TLS_1_2], ANSWER_NO);
	assert_int_equal(facts.versions[TLS_INDEX_TLS_1_3], ANSWER_NO);
	assert_int_equal(facts.traits_accepted,
	                 SUITE_RC4 | SUITE_3DES | SUITE_DES | SUITE_EXPORT | SUITE_STATIC_KEY_EXCHANGE | SUITE_FORWARD_SECRECY | SUITE_DHE);
	assert_int_equal(facts.dh_bits, 1024);
	assert_int_equal(facts.traits_refused, SUITE_AEAD | SUITE_CBC | SUITE_NULL | SUITE_ANONYMOUS);
}

static void post_quantum_is_found_without_a_key_exchange(void **state)
{
	struct server server = {.versions = 0x10, .suites = ONLY_RC4, .groups = POST_QUANTUM, .refusal = TLS_ALERT};
	struct probe_policy policy = policy_of(PROBE_DEPTH_FULL);
	struct tls_facts facts;

	(void)state;
	assert_true(climb(&server, 993, &policy, &facts) <= 20);
	assert_int_equal(facts.post_quantum, ANSWER_YES);
	assert_int_equal(facts.preferred_group, 0x11ec);
	assert_int_equal(facts.versions[TLS_INDEX_TLS_1_2], ANSWER_NO);
	assert_int_equal(facts.groups_accepted, 1U << 0 | 1U << 8 | 1U << 9);
	assert_int_equal(facts.groups_refused, tls_groups_all() & ~facts.groups_accepted);
}

static void a_server_that_cannot_bear_new_versions_is_understood(void **state)
{
	struct server server = {.versions = 0x02, .suites = ONLY_RC4, .refusal = TLS_ALERT, .is_intolerant = true};
	struct probe_policy policy = policy_of(PROBE_DEPTH_FULL);
	struct tls_facts facts;

	(void)state;
	assert_true(climb(&server, 143, &policy, &facts) <= 20);
	assert_int_equal(facts.version_intolerant, ANSWER_YES);
	assert_int_equal(facts.versions[TLS_INDEX_TLS_1_0], ANSWER_YES);
}

/* A limit on connections looks like a refusal of everything: what stands behind the last answer stays unknown. */
static void a_server_that_falls_silent_is_not_said_to_refuse(void **state)
{
	struct server server = {.versions = 0x18, .suites = MODERN, .groups = GROUPS, .refusal = TLS_ALERT, .answers_at_most = 4};
	struct probe_policy policy = policy_of(PROBE_DEPTH_FULL);
	struct tls_facts facts;

	(void)state;
	assert_true(climb(&server, 993, &policy, &facts) <= 20);
	assert_int_equal(facts.versions[TLS_INDEX_SSL_3], ANSWER_UNKNOWN);
	assert_int_equal(facts.traits_refused, 0);
	assert_int_equal(facts.post_quantum, ANSWER_UNKNOWN);
}

static void jarm_is_asked_on_request_only(void **state)
{
	struct server server = {.versions = 0x18, .suites = MODERN, .groups = GROUPS, .refusal = TLS_ALERT};
	struct probe_policy policy = policy_of(PROBE_DEPTH_VERDICT);
	struct tls_facts facts;

	(void)state;
	policy.asks_jarm = true;
	assert_int_equal(climb(&server, 993, &policy, &facts), 11);
	policy = policy_of(PROBE_DEPTH_FULL);
	policy.asks_jarm = true;
	assert_true(climb(&server, 993, &policy, &facts) <= 30);
}

static void the_allowance_is_never_exceeded(void **state)
{
	struct server server = {.versions = 0x1f, .suites = ANCIENT, .groups = GROUPS, .refusal = TLS_CLOSED};
	struct probe_policy policy = policy_of(PROBE_DEPTH_FULL);
	struct tls_facts facts;

	(void)state;
	for (unsigned allowance = 2; allowance <= 20; allowance++) {
		policy.per_service = allowance;
		assert_true(climb(&server, 143, &policy, &facts) <= allowance);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_census_asks_once),
		cmocka_unit_test(standard_depth_adds_best_and_obsolete_versions),
		cmocka_unit_test(a_modern_server_is_known_in_twenty_connections),
		cmocka_unit_test(every_family_of_an_ancient_server_is_found),
		cmocka_unit_test(post_quantum_is_found_without_a_key_exchange),
		cmocka_unit_test(a_server_that_cannot_bear_new_versions_is_understood),
		cmocka_unit_test(a_server_that_falls_silent_is_not_said_to_refuse),
		cmocka_unit_test(jarm_is_asked_on_request_only),
		cmocka_unit_test(the_allowance_is_never_exceeded),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
