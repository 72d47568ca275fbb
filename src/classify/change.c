/* SPDX-License-Identifier: ISC */
/* Old and new standing into one word. */
#include "classify/change.h"

#include "model/mail_port.h"

static const char *const STANDINGS[] = {
	[STANDING_UNASKED] = "unasked", [STANDING_UNTOLD] = "untold",           [STANDING_SILENT] = "silent",
	[STANDING_OTHER] = "other",     [STANDING_WITHOUT_TLS] = "without-tls", [STANDING_OPTIONAL] = "optional",
	[STANDING_UNCLEAR] = "unclear", [STANDING_BROKEN] = "broken",           [STANDING_SHUT] = "shut",
	[STANDING_LEGACY] = "legacy",   [STANDING_PROTECTED] = "protected",
};

static const char *const CHANGES[CHANGE_COUNT] = {
	[CHANGE_NONE] = "none", [CHANGE_UNCHANGED] = "unchanged", [CHANGE_CHANGED] = "changed",     [CHANGE_NEW] = "new",
	[CHANGE_GONE] = "gone", [CHANGE_FIXED] = "fixed",         [CHANGE_REGRESSED] = "regressed", [CHANGE_UNTOLD] = "cannot-say",
};

const char *standing_name(enum standing standing)
{
	return (size_t)standing < ARRAY_LENGTH(STANDINGS) ? STANDINGS[standing] : "?";
}

const char *change_name(enum change change)
{
	return (size_t)change < CHANGE_COUNT ? CHANGES[change] : "?";
}

bool change_parse(struct span name, enum change *change_out)
{
	for (size_t i = CHANGE_UNCHANGED; i < CHANGE_COUNT; i++) {
		if (span_equals_text(name, CHANGES[i])) {
			*change_out = (enum change)i;
			return true;
		}
	}
	return false;
}

/* ---- one look ---- */

static bool may_log_in(enum cleartext_login login)
{
	return login == CLEARTEXT_LOGIN_CONFIRMED || login == CLEARTEXT_LOGIN_ADVERTISED || login == CLEARTEXT_LOGIN_IMPLIED;
}

static bool is_denied(enum cleartext_login login)
{
	return login == CLEARTEXT_LOGIN_DENIED || login == CLEARTEXT_LOGIN_HASHED_ONLY;
}

/* TLS works; the verdict is about something else than the login before it. */
static enum standing standing_by_login(enum cleartext_login login, enum standing when_denied)
{
	return may_log_in(login) ? STANDING_OPTIONAL : is_denied(login) ? when_denied : STANDING_UNCLEAR;
}

enum standing standing_of_service(const struct host_service *service, bool tls_proven)
{
	if (service_is_without_tls(service))
		return STANDING_WITHOUT_TLS;
	switch (service->verdict) {
	case VERDICT_CLOSED:
		return STANDING_SILENT;
	case VERDICT_NOT_MAIL:
		return STANDING_OTHER;
	case VERDICT_DEAD_PORT:
		return STANDING_SHUT;
	case VERDICT_STARTTLS_REFUSED:
	case VERDICT_STARTTLS_BROKEN:
		return is_denied(service->cleartext_login) ? STANDING_SHUT : STANDING_BROKEN;
	case VERDICT_IMPLICIT_BROKEN:
		return STANDING_BROKEN;
	case VERDICT_LOGIN_BEFORE_TLS:
		return STANDING_OPTIONAL;
	case VERDICT_LEGACY_TLS_ONLY:
		if (mail_port_is_implicit_tls(service->port) && !may_log_in(service->cleartext_login))
			return STANDING_LEGACY;
		return standing_by_login(service->cleartext_login, STANDING_LEGACY);
	case VERDICT_STARTTLS_UNADVERTISED:
		return standing_by_login(service->cleartext_login, tls_proven ? STANDING_PROTECTED : STANDING_UNCLEAR);
	case VERDICT_TLS_REQUIRED:
	case VERDICT_IMPLICIT_TLS:
	case VERDICT_TLS_ON_PLAIN_PORT:
		return tls_proven ? STANDING_PROTECTED : STANDING_UNCLEAR;
	case VERDICT_UNKNOWN:
	case VERDICT_SLOW:
	case VERDICT_RATE_LIMITED:
	case VERDICT_NO_TLS: /* was asked above */
	case VERDICT_FALSE_HOST:
		break;
	}
	return STANDING_UNTOLD;
}

/* ---- two looks at a service ---- */

static bool is_exposed(enum standing standing)
{
	return standing == STANDING_WITHOUT_TLS || standing == STANDING_OPTIONAL;
}

static bool takes_no_password_in_clear(enum standing standing)
{
	return standing == STANDING_PROTECTED || standing == STANDING_LEGACY || standing == STANDING_SHUT;
}

static bool has_tls(enum standing standing)
{
	return standing == STANDING_PROTECTED || standing == STANDING_LEGACY || standing == STANDING_OPTIONAL ||
	       standing == STANDING_UNCLEAR;
}

static bool is_known(enum standing standing)
{
	return standing != STANDING_UNASKED && standing != STANDING_UNTOLD;
}

/* It is known that something accepts there, whatever it is. */
static bool answers(enum standing standing)
{
	return standing != STANDING_UNASKED && standing != STANDING_SILENT;
}

static enum change judge(const struct service_pair *pair)
{
	if (!answers(pair->old) && !answers(pair->new))
		return CHANGE_NONE;
	if (!is_known(pair->old) || !is_known(pair->new))
		return CHANGE_UNTOLD;
	if (pair->old == STANDING_SILENT)
		return CHANGE_NEW;
	if (pair->new == STANDING_SILENT)
		return CHANGE_GONE;
	if (pair->old == STANDING_WITHOUT_TLS && pair->new == STANDING_PROTECTED)
		return CHANGE_FIXED;
	if ((takes_no_password_in_clear(pair->old) && is_exposed(pair->new)) || (has_tls(pair->old) && pair->new == STANDING_WITHOUT_TLS))
		return CHANGE_REGRESSED;
	return pair->old != pair->new || pair->is_different ? CHANGE_CHANGED : CHANGE_UNCHANGED;
}

void service_pair_judge(struct service_pair *pair)
{
	pair->change = judge(pair);
}

/* ---- two looks at a host ---- */

struct host_pair {
	bool is_compared;                /* some endpoint was asked in both looks */
	bool old_answers, new_answers;   /* on those endpoints */
	bool old_is_told, new_is_told;   /* some of these answers told what is there */
	bool old_is_blind, new_is_blind; /* an endpoint of which that look knows nothing, and the other look something */
	bool old_is_without, new_is_without;
	bool old_is_exposed, new_is_exposed;
	bool old_is_mail; /* some endpoint with TLS, or where nobody could log in */
	size_t changes[CHANGE_COUNT];
	size_t without_fixed, without_untold, without_other; /* of the endpoints that were without TLS */
	size_t without_new;                                  /* endpoints without TLS where nothing answered before */
};

static void add_up(struct host_pair *host, const struct service_pair *pair)
{
	host->changes[pair->change]++;
	host->old_is_blind = host->old_is_blind || (!is_known(pair->old) && (answers(pair->new) || pair->old == STANDING_UNTOLD));
	host->new_is_blind = host->new_is_blind || (!is_known(pair->new) && (answers(pair->old) || pair->new == STANDING_UNTOLD));
	if (pair->old == STANDING_UNASKED || pair->new == STANDING_UNASKED)
		return;
	host->is_compared = true;
	host->old_answers = host->old_answers || answers(pair->old);
	host->new_answers = host->new_answers || answers(pair->new);
	host->old_is_told = host->old_is_told || (answers(pair->old) && is_known(pair->old));
	host->new_is_told = host->new_is_told || (answers(pair->new) && is_known(pair->new));
	host->old_is_without = host->old_is_without || pair->old == STANDING_WITHOUT_TLS;
	host->new_is_without = host->new_is_without || pair->new == STANDING_WITHOUT_TLS;
	host->old_is_exposed = host->old_is_exposed || is_exposed(pair->old);
	host->new_is_exposed = host->new_is_exposed || is_exposed(pair->new);
	host->old_is_mail = host->old_is_mail || has_tls(pair->old) || takes_no_password_in_clear(pair->old);
	if (pair->old == STANDING_WITHOUT_TLS && pair->new != STANDING_WITHOUT_TLS) {
		host->without_fixed += pair->change == CHANGE_FIXED ? 1 : 0;
		host->without_untold += pair->change == CHANGE_UNTOLD ? 1 : 0;
		host->without_other += pair->change != CHANGE_FIXED && pair->change != CHANGE_UNTOLD ? 1 : 0;
	}
	host->without_new += pair->old == STANDING_SILENT && pair->new == STANDING_WITHOUT_TLS ? 1 : 0;
}

static enum change came_or_went(const struct host_pair *host)
{
	if (host->new_answers)
		return host->old_is_blind || !host->new_is_told ? CHANGE_UNTOLD : CHANGE_NEW;
	return host->new_is_blind || !host->old_is_told ? CHANGE_UNTOLD : CHANGE_GONE;
}

/* Was without TLS on some port, and is so on none that was asked in both looks. Only if every one of them was fixed, it was: closing a port is seen as going away. */
static enum change no_longer_without(const struct host_pair *host)
{
	if (host->without_other > 0)
		return CHANGE_CHANGED;
	if (host->without_untold > 0 || host->new_is_blind)
		return CHANGE_UNTOLD;
	return host->new_is_exposed ? CHANGE_CHANGED : CHANGE_FIXED;
}

/* Is without TLS on some port, and was so on none. A port that opened makes a host worse only when all of it was known before. */
static enum change newly_without(const struct host_pair *host)
{
	if (host->changes[CHANGE_REGRESSED] > 0 || (host->without_new > 0 && host->old_is_mail && !host->old_is_blind))
		return CHANGE_REGRESSED;
	return host->old_is_blind ? CHANGE_UNTOLD : CHANGE_CHANGED;
}

static bool has_changed(const struct host_pair *host)
{
	return host->changes[CHANGE_CHANGED] + host->changes[CHANGE_NEW] + host->changes[CHANGE_GONE] + host->changes[CHANGE_FIXED] +
	               host->changes[CHANGE_REGRESSED] >
	       0;
}

enum change host_change_judge(const struct service_pair *pairs, size_t count)
{
	struct host_pair host = {.is_compared = false};

	for (size_t i = 0; i < count; i++)
		add_up(&host, &pairs[i]);
	if (!host.is_compared || (!host.old_answers && !host.new_answers))
		return host.changes[CHANGE_UNTOLD] > 0 ? CHANGE_UNTOLD : CHANGE_NONE;
	if (host.old_answers != host.new_answers)
		return came_or_went(&host);
	if (host.old_is_without && !host.new_is_without)
		return no_longer_without(&host);
	if (!host.old_is_without && host.new_is_without)
		return newly_without(&host);
	if (host.changes[CHANGE_REGRESSED] > 0 && !host.old_is_exposed)
		return CHANGE_REGRESSED;
	if (has_changed(&host))
		return CHANGE_CHANGED;
	return host.changes[CHANGE_UNTOLD] > 0 ? CHANGE_UNTOLD : CHANGE_UNCHANGED;
}
