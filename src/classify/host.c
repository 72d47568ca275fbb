/* SPDX-License-Identifier: ISC */
/* One verdict for one address. Shadowserver's sense of vulnerable: lets people log in by POP3 or IMAP without TLS; POP3 and IMAP on one address count once. */
#include "classify/host.h"

#include "model/mail_port.h"

static bool may_log_in(enum cleartext_login login)
{
	return login == CLEARTEXT_LOGIN_CONFIRMED || login == CLEARTEXT_LOGIN_ADVERTISED || login == CLEARTEXT_LOGIN_IMPLIED;
}

bool service_is_without_tls(const struct host_service *service)
{
	if (service->verdict == VERDICT_NO_TLS)
		return true;
	/* Rule X-11: who offers TLS that does not come up, and takes logins in clear, protects nobody. */
	return (service->verdict == VERDICT_STARTTLS_REFUSED || service->verdict == VERDICT_STARTTLS_BROKEN) &&
	       may_log_in(service->cleartext_login);
}

static bool has_working_tls(enum verdict verdict)
{
	return verdict == VERDICT_STARTTLS_UNADVERTISED || verdict == VERDICT_LEGACY_TLS_ONLY || verdict == VERDICT_LOGIN_BEFORE_TLS ||
	       verdict == VERDICT_TLS_REQUIRED || verdict == VERDICT_IMPLICIT_TLS || verdict == VERDICT_TLS_ON_PLAIN_PORT;
}

/* Something in the host's own words was heard on this service. */
static bool talks(const struct host_service *service)
{
	return wire_protocol_is_mail(service->protocol) || has_working_tls(service->verdict);
}

bool host_greeting_is_perdition(struct span greeting)
{
	return span_contains_text_ignoring_case(greeting, "perdition ready") ||
	       span_contains_text_ignoring_case(greeting, "perditon ready");
}

static void make_unknown(struct host_service *service, const char *reason)
{
	service->verdict = VERDICT_UNKNOWN;
	service->reason = reason;
}

static bool denies_imap_in_clear(const struct host_service *service)
{
	return service->protocol == WIRE_IMAP && service->cleartext_login == CLEARTEXT_LOGIN_DENIED;
}

/* Rule X-5: what Perdition's POP3 announces is no proof, and its IMAP side tells the truth: they contradict each other. */
static bool is_contradicted_perdition(const struct host_service *service)
{
	return service->is_perdition && service->protocol == WIRE_POP3 && service->cleartext_login == CLEARTEXT_LOGIN_ADVERTISED;
}

static void revise_perdition(struct host_service *services, size_t count)
{
	bool is_denied = false;

	for (size_t i = 0; i < count; i++)
		is_denied = is_denied || denies_imap_in_clear(&services[i]);
	for (size_t i = 0; i < count && is_denied; i++) {
		if (!is_contradicted_perdition(&services[i]))
			continue;
		services[i].cleartext_login = CLEARTEXT_LOGIN_UNKNOWN;
		if (services[i].verdict == VERDICT_LOGIN_BEFORE_TLS)
			make_unknown(
				&services[i],
				"STARTTLS works; Perdition lists USER even where it forces TLS, as it says of IMAP at this address (X-5)");
	}
}

static bool says_something(const struct host_service *service)
{
	return talks(service) || service->tls_answered || service->verdict == VERDICT_NOT_MAIL;
}

/* Rule D-7: of the ports that accept, each greets as the one that nobody uses does, byte by byte. */
static bool greets_alike_everywhere(const struct host_service *services, size_t count)
{
	struct span greeting = {.size = 0};
	size_t others = 0;

	for (size_t i = 0; i < count; i++) {
		if (services[i].is_canary)
			greeting = services[i].greeting;
	}
	for (size_t i = 0; i < count && greeting.size > 0; i++) {
		if (services[i].is_canary || services[i].verdict == VERDICT_CLOSED)
			continue;
		if (!span_equals(services[i].greeting, greeting))
			return false;
		others++;
	}
	return others > 0;
}

/* True: all were revised. */
static bool revise_alike(struct host_service *services, size_t count)
{
	if (!greets_alike_everywhere(services, count))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (services[i].verdict == VERDICT_CLOSED)
			continue;
		services[i].verdict = VERDICT_FALSE_HOST;
		services[i].cleartext_login = CLEARTEXT_LOGIN_UNKNOWN;
		services[i].reason =
			"in a prefix whose addresses all look alike, and a port that nobody uses greets with the same bytes as "
			"this one: something answers there for every port and address (D-7)";
	}
	return true;
}

/* Rule D-7: a port that nobody uses accepted and was as mute as all others. Where any port said anything, that one was a mishap and the others are judged as they are. */
static void revise_false(struct host_service *services, size_t count)
{
	static const char REASON[] =
		"accepts connections and says nothing, as every port of this address does, one that nobody uses included (D-7)";
	bool has_canary = false, is_mute = true;

	for (size_t i = 0; i < count; i++) {
		has_canary = has_canary || services[i].verdict == VERDICT_FALSE_HOST;
		is_mute = is_mute && !says_something(&services[i]);
	}
	for (size_t i = 0; i < count && has_canary; i++) {
		enum verdict verdict = services[i].verdict;

		if (!is_mute && verdict == VERDICT_FALSE_HOST) {
			make_unknown(&services[i],
			             "a port that nobody uses accepts connections too, but others of this address speak (D-7)");
		} else if (is_mute && (verdict == VERDICT_UNKNOWN || verdict == VERDICT_SLOW || verdict == VERDICT_IMPLICIT_BROKEN)) {
			services[i].verdict = VERDICT_FALSE_HOST;
			services[i].reason = REASON;
		}
	}
}

/* Rule W-3: a TLS port that fails every hello is broken only if the same address talks elsewhere or answered in TLS records; else the address may be a proxy that accepts everything. */
static void revise(struct host_service *services, size_t count)
{
	bool is_talking = false;

	if (revise_alike(services, count))
		return;
	revise_perdition(services, count);
	revise_false(services, count);
	for (size_t i = 0; i < count; i++)
		is_talking = is_talking || talks(&services[i]);
	for (size_t i = 0; i < count; i++) {
		if (services[i].verdict == VERDICT_IMPLICIT_BROKEN && !is_talking && !services[i].tls_answered)
			make_unknown(&services[i], "no hello of ours brought TLS up, but nobody else at this address talks either (W-3)");
	}
}

enum wire_protocol service_counted_protocol(const struct host_service *service)
{
	if (service->verdict == VERDICT_FALSE_HOST)
		return WIRE_UNKNOWN;
	if (wire_protocol_is_mail(service->protocol))
		return service->protocol;
	if (!has_working_tls(service->verdict))
		return WIRE_UNKNOWN;
	return mail_port_protocol(service->port);
}

static bool is_protocol_without_any_tls(const struct host_service *services, size_t count, enum wire_protocol protocol)
{
	bool is_without = false;

	for (size_t i = 0; i < count; i++) {
		if (service_counted_protocol(&services[i]) != protocol)
			continue;
		if (has_working_tls(services[i].verdict))
			return false;
		is_without = is_without || service_is_without_tls(&services[i]);
	}
	return is_without;
}

static enum host_verdict weigh(const struct host_service *services, size_t count)
{
	bool seen[VERDICT_COUNT] = {false};
	bool is_without_tls = false, is_judged = false;

	for (size_t i = 0; i < count; i++) {
		seen[services[i].verdict] = true;
		is_without_tls = is_without_tls || service_is_without_tls(&services[i]);
		is_judged = is_judged || has_working_tls(services[i].verdict) || services[i].verdict == VERDICT_DEAD_PORT ||
		            services[i].verdict == VERDICT_STARTTLS_REFUSED || services[i].verdict == VERDICT_STARTTLS_BROKEN;
	}
	if (is_without_tls)
		return HOST_NO_TLS;
	if (seen[VERDICT_LEGACY_TLS_ONLY])
		return HOST_LEGACY_TLS;
	if (seen[VERDICT_LOGIN_BEFORE_TLS])
		return HOST_LOGIN_BEFORE_TLS;
	if (is_judged)
		return HOST_PROTECTED;
	if (seen[VERDICT_FALSE_HOST])
		return HOST_FALSE;
	if (seen[VERDICT_UNKNOWN] || seen[VERDICT_SLOW] || seen[VERDICT_RATE_LIMITED] || seen[VERDICT_IMPLICIT_BROKEN])
		return HOST_UNKNOWN;
	return seen[VERDICT_NOT_MAIL] ? HOST_NOT_MAIL : HOST_CLOSED;
}

void host_judge(struct host_service *services, size_t count, struct host_judgement *judgement_out)
{
	struct host_judgement judgement = {.verdict = HOST_UNKNOWN};

	revise(services, count);
	judgement.verdict = weigh(services, count);
	for (size_t i = 0; i < count; i++) {
		enum wire_protocol protocol = service_counted_protocol(&services[i]);

		judgement.offers_pop3 = judgement.offers_pop3 || protocol == WIRE_POP3;
		judgement.offers_imap = judgement.offers_imap || protocol == WIRE_IMAP;
		if (service_is_without_tls(&services[i])) {
			judgement.no_tls_pop3 = judgement.no_tls_pop3 || protocol == WIRE_POP3;
			judgement.no_tls_imap = judgement.no_tls_imap || protocol == WIRE_IMAP;
		}
	}
	judgement.is_strict =
		is_protocol_without_any_tls(services, count, WIRE_POP3) || is_protocol_without_any_tls(services, count, WIRE_IMAP);
	*judgement_out = judgement;
}
