/* SPDX-License-Identifier: ISC */
/* Questions about services and hosts. What is not known answers no: a wrong finding is worse than a missing one. */
#include "classify/questions.h"

#include <string.h>

#include "base/attributes.h"
#include "classify/evidence.h"
#include "model/mail_port.h"
#include "model/suite_trait.h"

bool may_log_in_in_clear(const struct service_view *view)
{
	enum cleartext_login login = view->judgement->cleartext_login;

	return login == CLEARTEXT_LOGIN_CONFIRMED || login == CLEARTEXT_LOGIN_ADVERTISED || login == CLEARTEXT_LOGIN_IMPLIED;
}

const struct observation *starttls_that_works(const struct service_view *view)
{
	for (size_t i = 0; i < view->observation_count; i++) {
		const struct observation *observation = &view->observations[i];

		if (wire_protocol_is_mail(observation->protocol) && !observation_is_tls_first(observation) &&
		    observation->upgrade == UPGRADE_AGREED && observation->tls.outcome == TLS_PROVEN)
			return observation;
	}
	return NULL;
}

const struct observation *observation_with(const struct service_view *view, uint32_t flag)
{
	for (size_t i = 0; i < view->observation_count; i++) {
		if ((view->observations[i].flags & flag) != 0)
			return &view->observations[i];
	}
	return NULL;
}

const struct observation *deciding_observation(const struct service_view *view)
{
	return view->judgement->deciding < view->observation_count ? &view->observations[view->judgement->deciding] : NULL;
}

uint16_t suite_chosen_with(const struct service_view *view, uint32_t traits)
{
	for (size_t i = 0; i < view->observation_count; i++) {
		uint16_t suite = view->observations[i].tls.cipher_suite;

		if (suite != 0 && (suite_traits(suite) & traits) != 0)
			return suite;
	}
	if (view->tls->weakest_suite != 0 && (suite_traits(view->tls->weakest_suite) & traits) != 0)
		return view->tls->weakest_suite;
	return 0;
}

bool accepts_suites_with(const struct service_view *view, uint32_t traits, struct finding *finding)
{
	uint16_t suite;

	if ((view->tls->traits_accepted & traits) == 0)
		return false;
	suite = suite_chosen_with(view, traits);
	evidence_say(finding, "when offered nothing better the server chose %s",
	             suite_name(suite) != NULL ? suite_name(suite) : "such a suite");
	return true;
}

void evidence_of_greeting(const struct observation *observation, struct finding *finding)
{
	if (observation == NULL || observation->greeting.size == 0)
		return;
	evidence_next(finding);
	evidence_say(finding, "the server greeted with ");
	evidence_quote(finding, buffer_view(&observation->greeting));
}

static bool is_meant_to_be_open(struct span greeting)
{
	static const char *const words[] = {"read-only", "readonly", "read only", "test"};

	for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
		if (span_contains_text_ignoring_case(greeting, words[i]))
			return true;
	}
	return false;
}

bool is_open_without_login(const struct service_view *view, bool inside_tls, const char *where, struct finding *finding)
{
	const struct observation *shown = NULL;
	size_t times = 0;

	for (size_t i = 0; i < view->observation_count; i++) {
		const struct observation *observation = &view->observations[i];

		if (observation->ending != ENDING_PREAUTH || observation_is_tls_first(observation) != inside_tls)
			continue;
		if (is_meant_to_be_open(buffer_view(&observation->greeting)))
			return false;
		shown = observation;
		times++;
	}
	if (shown == NULL)
		return false;
	finding->confidence = times > 1 ? CONFIDENCE_HIGH : CONFIDENCE_MEDIUM;
	evidence_of_greeting(shown, finding);
	evidence_say(finding, "%s, in %zu of %zu conversations; only LOGOUT was sent", where, times, view->observation_count);
	return true;
}

void evidence_of_cleartext_login(const struct service_view *view, struct finding *finding)
{
	const struct observation *observation = deciding_observation(view);

	evidence_next(finding);
	evidence_say(finding, "a login before TLS is %s", cleartext_login_name(view->judgement->cleartext_login));
	if (observation == NULL || !observation->capabilities_before_known)
		return;
	evidence_say(finding, " by ");
	evidence_quote(finding, buffer_view(&observation->capabilities_before));
}

void evidence_of_versions(const struct service_view *view, struct finding *finding)
{
	const char *separator = "accepts ";

	evidence_next(finding);
	for (int i = 0; i < TLS_INDEX_COUNT; i++) {
		if (view->tls->versions[i] != ANSWER_YES)
			continue;
		evidence_say(finding, "%s%s", separator, tls_version_name(tls_index_version((enum tls_version_index)i)));
		separator = ", ";
	}
	separator = ", refuses ";
	for (int i = 0; i < TLS_INDEX_COUNT; i++) {
		if (view->tls->versions[i] != ANSWER_NO)
			continue;
		evidence_say(finding, "%s%s", separator, tls_version_name(tls_index_version((enum tls_version_index)i)));
		separator = ", ";
	}
}

/* With a name at hand, what is shown only to those who do not say it meets no client of today (rules T-20, N-13). */
static bool is_shown_to_who_names_the_host(const struct service_view *view, const struct chain_facts *chain)
{
	bool is_seen_without_name = false;

	if (view->reference_name[0] == '\0')
		return true;
	for (size_t i = 0; i < view->observation_count; i++) {
		const struct tls_observation *tls = &view->observations[i].tls;

		if (tls->certificate_count == 0 || !fingerprint_equals(tls->chain_sha256, chain->sha256))
			continue;
		if ((tls->flags & TLS_HAD_SERVER_NAME) != 0)
			return true;
		is_seen_without_name = true;
	}
	return !is_seen_without_name;
}

const struct chain_facts *next_chain(const struct service_view *view, size_t *index)
{
	while (*index < view->chain_count) {
		const struct chain_facts *chain = &view->chains[(*index)++];

		if (chain->leaf.is_readable && is_shown_to_who_names_the_host(view, chain))
			return chain;
	}
	return NULL;
}

bool all_chains_are_known(const struct service_view *view)
{
	for (size_t i = 0; i < view->chain_count; i++) {
		if (!view->chains[i].leaf.is_readable)
			return false;
	}
	return view->chain_count > 0 && view->chain_count >= view->tls->chain_count;
}

bool all_leaves_are_expired(const struct service_view *view, int64_t *days_out)
{
	static const int64_t ms_a_day = (int64_t)24 * 60 * 60 * 1000;
	int64_t least = INT64_MAX;
	size_t index = 0;
	const struct chain_facts *chain;

	if (view->now.unix_ms <= 0 || !all_chains_are_known(view))
		return false;
	while ((chain = next_chain(view, &index)) != NULL) {
		int64_t over_ms = view->now.unix_ms - chain->leaf.not_after.unix_ms;

		if (over_ms <= 0)
			return false;
		if (over_ms < least)
			least = over_ms;
	}
	if (least == INT64_MAX)
		return false;
	*days_out = least / ms_a_day;
	return true;
}

void evidence_of_leaf(const struct chain_facts *chain, struct finding *finding)
{
	evidence_next(finding);
	evidence_say(finding, "certificate ");
	evidence_fingerprint(finding, chain->leaf.sha256, sizeof(chain->leaf.sha256));
	evidence_say(finding, " of ");
	evidence_quote_text(finding, chain->leaf.subject);
}

bool chain_is_untrusted(const struct chain_facts *chain)
{
	return chain->leaf.is_self_signed || (chain->mozilla == TRUST_NONE && !chain->is_cut);
}

bool verdict_has_working_tls(enum verdict verdict)
{
	return verdict == VERDICT_STARTTLS_UNADVERTISED || verdict == VERDICT_LEGACY_TLS_ONLY || verdict == VERDICT_LOGIN_BEFORE_TLS ||
	       verdict == VERDICT_TLS_REQUIRED || verdict == VERDICT_IMPLICIT_TLS || verdict == VERDICT_TLS_ON_PLAIN_PORT;
}

bool verdict_is_known(enum verdict verdict)
{
	return verdict != VERDICT_UNKNOWN && verdict != VERDICT_SLOW && verdict != VERDICT_RATE_LIMITED;
}

enum wire_protocol protocol_of(const struct service_view *view)
{
	return wire_protocol_is_mail(view->judgement->protocol) ? view->judgement->protocol : mail_port_protocol(view->port);
}

const struct service_view *service_at(const struct host_view *view, uint16_t port)
{
	for (size_t i = 0; i < view->service_count; i++) {
		if (view->services[i].port == port)
			return &view->services[i];
	}
	return NULL;
}

const struct finding *finding_of(const struct host_view *view, size_t service, const char *id)
{
	for (size_t i = 0; i < view->finding_counts[service]; i++) {
		if (strcmp(view->findings[service][i].id, id) == 0)
			return &view->findings[service][i];
	}
	return NULL;
}

bool is_without_tls(const struct service_view *view)
{
	return service_is_without_tls(&(struct host_service){
		.port = view->port,
		.protocol = view->judgement->protocol,
		.verdict = view->judgement->verdict,
		.cleartext_login = view->judgement->cleartext_login,
	});
}
