/* SPDX-License-Identifier: ISC */
/* One pass over the conversations for what was accepted, one for what was refused: a refusal says something only beside an answer (rule T-8). */
#include "classify/tls_summary.h"

#include <string.h>

#include "base/attributes.h"
#include "model/suite_trait.h"
#include "model/tls_group.h"

enum {
	ALERT_PROTOCOL_VERSION = 70,
	ALERT_INAPPROPRIATE_FALLBACK = 86,
	ALERT_USER_CANCELED = 90,
	ALERT_UNRECOGNIZED_NAME = 112,
	ALERT_CERTIFICATE_REQUIRED = 116,
};

/* TLS 1.2 or older came up, with everything that proves it (rule T-23). */
static bool is_classic(const struct tls_observation *tls)
{
	return tls->outcome == TLS_PROVEN && tls->version >= VERSION_SSL_3 && tls->version <= VERSION_TLS_1_2 &&
	       !tls_hello_is_jarm(tls->hello);
}

/* A HelloRetryRequest or a session of TLS 1.3 (rule T-12). */
static bool is_tls_1_3(const struct tls_observation *tls)
{
	bool is_retry = tls->outcome == TLS_HELLO_ONLY && (tls->hello == TLS_HELLO_H2 || tls->hello == TLS_HELLO_GROUPS);

	return tls->version == VERSION_TLS_1_3 && (is_retry || tls->outcome == TLS_PROVEN) && !tls_hello_is_jarm(tls->hello);
}

static bool is_answer(const struct tls_observation *tls)
{
	return is_classic(tls) || is_tls_1_3(tls);
}

static bool is_about_client_certificate(uint8_t alert)
{
	return (alert >= 41 && alert <= 46) || alert == ALERT_CERTIFICATE_REQUIRED;
}

static bool is_refusing_alert(const struct tls_observation *tls)
{
	uint8_t alert = tls->alert_description;

	return tls->outcome == TLS_ALERT && !is_about_client_certificate(alert) && alert != ALERT_UNRECOGNIZED_NAME &&
	       alert != ALERT_USER_CANCELED;
}

static bool is_answered_after(const struct observation *observations, size_t count, size_t i)
{
	for (size_t later = i + 1; later < count; later++) {
		if (is_answer(&observations[later].tls))
			return true;
	}
	return false;
}

/* Rule T-8. At full depth the last word is a hello that is known to be answered, so silence before it counts and silence behind it does not. */
static bool is_refusal(const struct observation *observations, size_t count, size_t i, enum probe_depth depth)
{
	const struct tls_observation *tls = &observations[i].tls;
	bool is_control_there = false;

	if (tls_hello_is_jarm(tls->hello))
		return false;
	for (size_t other = 0; other < count; other++)
		is_control_there = is_control_there || is_answer(&observations[other].tls);
	if (is_refusing_alert(tls))
		return is_control_there;
	if (!tls_outcome_is_cut_off(tls->outcome))
		return false;
	return depth == PROBE_DEPTH_FULL ? is_answered_after(observations, count, i) : is_control_there;
}

static void say(enum answer *answer, bool is_yes)
{
	if (is_yes)
		*answer = ANSWER_YES;
	else if (*answer == ANSWER_UNKNOWN)
		*answer = ANSWER_NO;
}

static void say_no(enum answer *answer)
{
	say(answer, false);
}

/* ---- what was accepted ---- */

/* The highest version of hellos whose suites and extensions hold nobody back; 0 for the special ones. */
static uint16_t offered_version(const struct tls_observation *tls)
{
	switch (tls->hello) {
	case TLS_HELLO_SESSION:
		return VERSION_TLS_1_3;
	case TLS_HELLO_H1:
	case TLS_HELLO_H10:
	case TLS_HELLO_PLAIN:
		return VERSION_TLS_1_2;
	case TLS_HELLO_H3:
		return VERSION_TLS_1_1;
	case TLS_HELLO_H4:
		return VERSION_TLS_1_0;
	case TLS_HELLO_H5:
		return VERSION_SSL_3;
	case TLS_HELLO_NONE:
	case TLS_HELLO_H2:
	case TLS_HELLO_H6:
	case TLS_HELLO_H7:
	case TLS_HELLO_H9R:
	case TLS_HELLO_H9E:
	case TLS_HELLO_H12:
	case TLS_HELLO_TRAITS:
	case TLS_HELLO_GROUPS:
	case TLS_HELLO_JARM_1:
	case TLS_HELLO_JARM_10:
		break;
	}
	return 0;
}

/* The server chose the highest version that it has and we offered: what lies between it lacks (RFC 5246 E.1). */
static void note_version(const struct tls_observation *tls, struct tls_facts *facts)
{
	uint16_t highest = offered_version(tls);

	facts->versions[tls->version - VERSION_SSL_3] = ANSWER_YES;
	for (uint16_t version = (uint16_t)(tls->version + 1); version <= highest; version++)
		say_no(&facts->versions[version - VERSION_SSL_3]);
}

static void note_suite(const struct tls_observation *tls, struct tls_facts *facts)
{
	uint16_t suite = tls->cipher_suite;

	if (suite_name(suite) == NULL)
		return;
	if (tls->version == VERSION_TLS_1_3)
		facts->suite_tls13 = facts->suite_tls13 == 0 ? suite : facts->suite_tls13;
	else
		facts->traits_accepted |= suite_traits(suite);
	if (facts->best_suite == 0 || suite_strength(suite) > suite_strength(facts->best_suite))
		facts->best_suite = suite;
	if (facts->weakest_suite == 0 || suite_strength(suite) < suite_strength(facts->weakest_suite))
		facts->weakest_suite = suite;
}

/* A session tells the size of the prime alone: another conversation may have seen the prime itself. */
static bool is_better_prime(const struct tls_observation *tls, const struct tls_facts *facts)
{
	if (tls->dh_bits == facts->dh_bits)
		return fingerprint_is_none(facts->dh_prime_sha256) && !fingerprint_is_none(tls->dh_prime_sha256);
	return facts->dh_bits == 0 || tls->dh_bits < facts->dh_bits;
}

static void note_key_exchange(const struct tls_observation *tls, struct tls_facts *facts)
{
	int bit = tls_group_bit(tls->group);

	if (tls->group != 0 && bit >= 0)
		facts->groups_accepted |= (uint32_t)1 << bit;
	if (tls->dh_bits != 0 && is_better_prime(tls, facts)) {
		facts->dh_bits = tls->dh_bits;
		memcpy(facts->dh_prime_sha256, tls->dh_prime_sha256, sizeof(facts->dh_prime_sha256));
	}
	if (tls->rsa_export_bits != 0)
		facts->rsa_export_bits = tls->rsa_export_bits;
}

static bool has_extensions(const struct tls_observation *tls)
{
	return tls->hello != TLS_HELLO_H5 && tls->hello != TLS_HELLO_PLAIN;
}

/* Rule T-19. What the hello did not offer cannot be missed. */
static void note_classic_features(const struct tls_observation *tls, struct tls_facts *facts)
{
	bool is_cbc = (suite_traits(tls->cipher_suite) & (SUITE_CBC | SUITE_3DES | SUITE_DES)) != 0;

	say(&facts->secure_renegotiation, (tls->flags & TLS_HAS_SECURE_RENEGOTIATION) != 0);
	if (tls->hello == TLS_HELLO_H10) {
		say(&facts->compression, (tls->flags & TLS_HAS_COMPRESSION) != 0);
		say(&facts->heartbeat, (tls->flags & TLS_HAS_HEARTBEAT) != 0);
	}
	if (!has_extensions(tls) || tls->version == VERSION_SSL_3)
		return;
	say(&facts->extended_master_secret, (tls->flags & TLS_HAS_EXTENDED_MASTER_SECRET) != 0);
	say(&facts->tickets, (tls->flags & TLS_HAS_TICKETS) != 0);
	if (is_cbc)
		say(&facts->encrypt_then_mac, (tls->flags & TLS_HAS_ENCRYPT_THEN_MAC) != 0);
}

static void note_alpn(const struct tls_observation *tls, struct tls_facts *facts)
{
	if (tls->hello != TLS_HELLO_H1 && tls->hello != TLS_HELLO_SESSION && tls->hello != TLS_HELLO_H10)
		return;
	say(&facts->alpn, tls->alpn[0] != '\0');
	if (tls->alpn[0] != '\0')
		memcpy(facts->alpn_name, tls->alpn, sizeof(facts->alpn_name));
}

static void note_certificates(const struct tls_observation *tls, struct tls_facts *facts)
{
	if (tls->certificate_count == 0)
		return;
	for (size_t i = 0; i < facts->chain_count; i++) {
		if (fingerprint_equals(facts->chains[i], tls->chain_sha256))
			return;
	}
	if (facts->chain_count == TLS_FACTS_CHAINS_MAX)
		return;
	memcpy(facts->chains[facts->chain_count], tls->chain_sha256, sizeof(facts->chains[0]));
	memcpy(facts->leaves[facts->chain_count++], tls->leaf_sha256, sizeof(facts->leaves[0]));
}

static void note_answer(const struct tls_observation *tls, struct tls_facts *facts)
{
	facts->is_seen = true;
	note_version(tls, facts);
	note_suite(tls, facts);
	note_key_exchange(tls, facts);
	if (is_classic(tls))
		note_classic_features(tls, facts);
	if (tls->outcome != TLS_PROVEN) /* what follows stands behind the hello */
		return;
	note_alpn(tls, facts);
	if (has_extensions(tls) && (is_classic(tls) || tls->hello == TLS_HELLO_SESSION))
		say(&facts->ocsp_staple, (tls->flags & TLS_HAS_OCSP_STAPLE) != 0);
	say(&facts->client_certificate, (tls->flags & TLS_WANTS_CLIENT_CERTIFICATE) != 0);
}

/* ---- what was refused ---- */

static void refuse_versions(struct tls_facts *facts, uint16_t lowest, uint16_t highest)
{
	for (uint16_t version = lowest; version <= highest; version++)
		say_no(&facts->versions[version - VERSION_SSL_3]);
}

/* Offers of RC4 to anonymous suites alone (LWEAK of rulebook 2.1). */
static const uint32_t WEAK_TRAITS = SUITE_RC4 | SUITE_3DES | SUITE_DES | SUITE_EXPORT | SUITE_NULL | SUITE_ANONYMOUS;

/* A refused version says nothing about suites or groups. */
static bool is_about_version(const struct tls_observation *tls)
{
	return tls->outcome == TLS_ALERT && tls->alert_description == ALERT_PROTOCOL_VERSION;
}

static void refuse_traits(const struct tls_observation *tls, uint32_t traits, struct tls_facts *facts)
{
	if (!is_about_version(tls))
		facts->traits_refused |= traits;
}

static void note_refusal(const struct tls_observation *tls, struct tls_facts *facts)
{
	switch (tls->hello) {
	case TLS_HELLO_H1: /* who has an older version answers with that one */
		refuse_versions(facts, VERSION_TLS_1_0, VERSION_TLS_1_2);
		break;
	case TLS_HELLO_H2:
		refuse_versions(facts, VERSION_TLS_1_3, VERSION_TLS_1_3);
		break;
	case TLS_HELLO_H3:
		refuse_versions(facts, VERSION_TLS_1_0, VERSION_TLS_1_1);
		break;
	case TLS_HELLO_H4:
		refuse_versions(facts, VERSION_TLS_1_0, VERSION_TLS_1_0);
		break;
	case TLS_HELLO_H5:
		refuse_versions(facts, VERSION_SSL_3, VERSION_SSL_3);
		break;
	case TLS_HELLO_H6:
		refuse_traits(tls, WEAK_TRAITS, facts);
		break;
	case TLS_HELLO_H7:
		refuse_traits(tls, SUITE_DHE, facts);
		break;
	case TLS_HELLO_TRAITS:
		refuse_traits(tls, tls->offered & SUITE_TRAITS_ALL, facts);
		break;
	case TLS_HELLO_GROUPS:
		facts->groups_refused |= is_about_version(tls) ? 0 : tls->offered;
		break;
	case TLS_HELLO_H12:
		if (tls->outcome == TLS_ALERT && tls->alert_description == ALERT_INAPPROPRIATE_FALLBACK)
			facts->fallback_signal = ANSWER_YES;
		break;
	case TLS_HELLO_NONE:
	case TLS_HELLO_H9R:
	case TLS_HELLO_H9E:
	case TLS_HELLO_H10:
	case TLS_HELLO_PLAIN:
	case TLS_HELLO_JARM_1:
	case TLS_HELLO_JARM_10:
	case TLS_HELLO_SESSION:
		break;
	}
}

/* ---- what only several conversations together show ---- */

static const struct tls_observation *find(const struct observation *observations, size_t count, enum tls_hello hello)
{
	for (size_t i = 0; i < count; i++) {
		if (observations[i].tls.hello == hello && observations[i].tls.outcome != TLS_NOT_TRIED)
			return &observations[i].tls;
	}
	return NULL;
}

/* Rule T-20: what H10 offers beyond H1 is only taken by who has nothing better, so that the name is all that differs. */
static void compare_names(const struct observation *observations, size_t count, struct tls_facts *facts)
{
	const struct tls_observation *with = find(observations, count, TLS_HELLO_H1);
	const struct tls_observation *without = find(observations, count, TLS_HELLO_H10);

	if (with == NULL || without == NULL || !is_classic(with) || (with->flags & TLS_HAD_SERVER_NAME) == 0)
		return;
	if (is_classic(without))
		say(&facts->name_matters, !fingerprint_equals(with->leaf_sha256, without->leaf_sha256));
	else if (without->outcome == TLS_ALERT && without->alert_description == ALERT_UNRECOGNIZED_NAME)
		facts->name_matters = ANSWER_YES;
}

/* Rule T-22 */
static void look_for_intolerance(const struct observation *observations, size_t count, struct tls_facts *facts)
{
	static const enum tls_hello OLDER[] = {TLS_HELLO_H3, TLS_HELLO_H4, TLS_HELLO_H5};
	const struct tls_observation *first = find(observations, count, TLS_HELLO_H1);
	const struct tls_observation *plain = find(observations, count, TLS_HELLO_PLAIN);

	if (first == NULL)
		return;
	if (is_answer(first)) {
		facts->version_intolerant = facts->extension_intolerant = ANSWER_NO;
		return;
	}
	if (plain != NULL && is_classic(plain)) {
		facts->extension_intolerant = ANSWER_YES;
		return;
	}
	for (size_t i = 0; i < ARRAY_LENGTH(OLDER); i++) {
		const struct tls_observation *older = find(observations, count, OLDER[i]);

		if (older != NULL && is_classic(older))
			facts->version_intolerant = ANSWER_YES;
	}
}

/* Rule J-6: it took the command as TLS, or refused to go on. */
static bool is_stopped_by_injection(const struct observation *observation)
{
	enum tls_outcome outcome = observation->tls.outcome;

	return observation->upgrade == UPGRADE_REFUSED || observation->upgrade == UPGRADE_REFUSED_NO || outcome == TLS_ALERT ||
	       outcome == TLS_HELLO_ONLY || tls_outcome_is_cut_off(outcome);
}

static void judge_injection(const struct observation *observation, struct tls_facts *facts)
{
	uint32_t flags = observation->flags;

	if ((flags & OBSERVED_INJECTION_TRIED) == 0)
		return;
	if ((flags & (OBSERVED_INJECTION_AT_ONCE | OBSERVED_INJECTION_LATE)) != 0)
		facts->injection = ANSWER_YES;
	else if ((flags & (OBSERVED_INJECTION_SETTLED | OBSERVED_PIPELINED_BEFORE_TLS)) != 0 || is_stopped_by_injection(observation))
		say_no(&facts->injection);
}

static void judge_groups(const struct observation *observations, size_t count, struct tls_facts *facts)
{
	const struct tls_observation *best = find(observations, count, TLS_HELLO_H2);
	const struct tls_observation *first = find(observations, count, TLS_HELLO_H1);
	uint32_t post_quantum = 0;

	if (best != NULL && is_tls_1_3(best))
		facts->preferred_group = best->group;
	else if (first != NULL && is_classic(first))
		facts->preferred_group = first->group;
	facts->groups_refused &= ~facts->groups_accepted;
	for (unsigned bit = 0; bit < TLS_GROUP_BITS_MAX; bit++)
		post_quantum |= tls_group_is_post_quantum(tls_group_at(bit)) ? (uint32_t)1 << bit : 0;
	if ((facts->groups_accepted & post_quantum) != 0)
		facts->post_quantum = ANSWER_YES;
	else if ((facts->groups_refused & post_quantum) == post_quantum || facts->versions[TLS_INDEX_TLS_1_3] == ANSWER_NO)
		facts->post_quantum = ANSWER_NO;
}

void tls_summary(const struct observation *observations, size_t count, enum probe_depth depth, struct tls_facts *facts_out)
{
	struct tls_facts facts;

	memset(&facts, 0, sizeof(facts));
	facts.depth = depth;
	facts.connections = (uint16_t)(count < UINT16_MAX ? count : UINT16_MAX);
	for (size_t i = 0; i < count; i++) {
		const struct tls_observation *tls = &observations[i].tls;

		if (is_answer(tls))
			note_answer(tls, &facts);
		if (tls->outcome == TLS_ALERT && is_about_client_certificate(tls->alert_description))
			facts.client_certificate = ANSWER_YES;
		if (tls->hello == TLS_HELLO_H12 && is_classic(tls))
			say_no(&facts.fallback_signal);
		if (!tls_hello_is_jarm(tls->hello))
			note_certificates(tls, &facts);
		judge_injection(&observations[i], &facts);
	}
	for (size_t i = 0; i < count; i++) {
		if (is_refusal(observations, count, i, depth) && (observations[i].flags & OBSERVED_INJECTION_TRIED) == 0)
			note_refusal(&observations[i].tls, &facts);
	}
	facts.traits_refused &= ~facts.traits_accepted;
	compare_names(observations, count, &facts);
	look_for_intolerance(observations, count, &facts);
	judge_groups(observations, count, &facts);
	*facts_out = facts;
}
