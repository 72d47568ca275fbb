/* SPDX-License-Identifier: ISC */
/* The verdict of one service. Each branch needs positive evidence; silence, early ends and garbage never become "no TLS" (rule D-11). */
#include "classify/service.h"

#include "model/mail_port.h"

enum {
	/* A TLS start has to fail so often, the last time after a pause, before it is called broken (rules T-8, X-11, W-3). */
	FAILURES_FOR_BROKEN = 3,
	NEWEST_LEGACY_VERSION = 0x0302, /* TLS 1.1 */
};

static bool is_connect_ending(enum ending ending)
{
	return ending == ENDING_CONNECT_REFUSED || ending == ENDING_CONNECT_TIMED_OUT || ending == ENDING_CONNECT_UNREACHABLE;
}

/* Held for what its hello or its injected command shows: adds facts about TLS, says nothing about how a login is protected. Old versions are refused there
   by good servers, and what is injected is taken for TLS by some (rules T-1, J-6): neither is a failure. */
static bool is_aside(const struct observation *observation)
{
	return (observation->flags & (OBSERVED_LADDER | OBSERVED_INJECTION_TRIED)) != 0;
}

/* Held in clear with a server that speaks POP3 or IMAP. */
static bool is_clear_dialogue(const struct observation *observation)
{
	return wire_protocol_is_mail(observation->protocol) && !observation_is_tls_first(observation) && !is_aside(observation);
}

/* TLS did not come up, in a way that says something about the server. */
static bool is_tls_failure(const struct observation *observation)
{
	const struct tls_observation *tls = &observation->tls;

	if (is_aside(observation))
		return false;
	if (observation->ending == ENDING_CLEAR_AFTER_UPGRADE)
		return true;
	switch (tls->outcome) {
	case TLS_HELLO_ONLY:
		return tls->hello != TLS_HELLO_H2; /* a HelloRetryRequest is no failure: that hello asks for no more */
	case TLS_ALERT:                            /* names, client certificates: TLS is there, but not for us as we are (rulebook 2.3) */
		return !((tls->alert_description >= 41 && tls->alert_description <= 46) || tls->alert_description == 112 ||
		         tls->alert_description == 116);
	case TLS_CLOSED:
	case TLS_RESET:
	case TLS_SILENT:
	case TLS_GARBAGE:
		return true;
	case TLS_NOT_TRIED:
	case TLS_PROVEN:
	case TLS_TOO_MUCH_DATA:
	case TLS_CLIENT_FAILED:
		break;
	}
	return false;
}

static void conclude(struct service_judgement *judgement, enum verdict verdict, enum confidence confidence, size_t deciding,
                     const char *reason)
{
	judgement->verdict = verdict;
	judgement->confidence = confidence;
	judgement->deciding = deciding;
	judgement->reason = reason;
}

/* How much a clear dialogue tells about the upgrade; the best one decides. */
static int upgrade_weight(const struct observation *observation)
{
	if (observation->tls.outcome == TLS_PROVEN)
		return 6;
	switch (observation->upgrade) {
	case UPGRADE_REFUSED:
	case UPGRADE_REFUSED_NO:
		return 5;
	case UPGRADE_AGREED:
		return 4;
	case UPGRADE_REFUSED_BUSY:
		return 3;
	case UPGRADE_UNANSWERED:
		return 2;
	case UPGRADE_NOT_ASKED:
		break;
	}
	return 1;
}

static void judge_secured(const struct observation *observation, size_t index, struct service_judgement *judgement)
{
	enum confidence confidence = judgement->confidence;

	if (observation->tls.version <= NEWEST_LEGACY_VERSION) {
		conclude(judgement, VERDICT_LEGACY_TLS_ONLY, CONFIDENCE_HIGH, index,
		         "STARTTLS works, but the server chose nothing newer than TLS 1.1 when offered TLS 1.2 (T-10)");
		return;
	}
	if (observation->starttls_advertised == PRESENCE_ABSENT) {
		conclude(judgement, VERDICT_STARTTLS_UNADVERTISED, CONFIDENCE_HIGH, index,
		         "STARTTLS works although it is not in the capability list (X-10)");
		return;
	}
	switch (judgement->cleartext_login) {
	case CLEARTEXT_LOGIN_CONFIRMED:
	case CLEARTEXT_LOGIN_ADVERTISED:
	case CLEARTEXT_LOGIN_IMPLIED:
		conclude(judgement, VERDICT_LOGIN_BEFORE_TLS, confidence, index,
		         "STARTTLS works, but a login with the password in clear text is offered before it (X-2 to X-5)");
		return;
	case CLEARTEXT_LOGIN_DENIED:
		conclude(judgement, VERDICT_TLS_REQUIRED, confidence, index, "STARTTLS works and no login is offered before it (X-1, X-4)");
		return;
	case CLEARTEXT_LOGIN_HASHED_ONLY:
		conclude(judgement, VERDICT_TLS_REQUIRED, confidence, index,
		         "STARTTLS works; before it only challenge-response logins are offered, which never show the password itself (X-1, "
		         "X-9)");
		return;
	case CLEARTEXT_LOGIN_UNKNOWN:
		break;
	}
	conclude(judgement, VERDICT_UNKNOWN, CONFIDENCE_LOW, index,
	         "STARTTLS works, but whether a login is taken before it could not be told (D-9)");
}

static void judge_refused(const struct observation *observation, size_t index, struct service_judgement *judgement)
{
	enum confidence confidence = judgement->confidence;

	if (observation->starttls_advertised == PRESENCE_PRESENT) {
		conclude(judgement, VERDICT_STARTTLS_REFUSED, CONFIDENCE_HIGH, index,
		         "STARTTLS is in the capability list, but the command was refused (I-8, X-11)");
		return;
	}
	switch (judgement->cleartext_login) {
	case CLEARTEXT_LOGIN_CONFIRMED:
	case CLEARTEXT_LOGIN_ADVERTISED:
	case CLEARTEXT_LOGIN_IMPLIED:
	case CLEARTEXT_LOGIN_HASHED_ONLY:
		conclude(judgement, VERDICT_NO_TLS, confidence == CONFIDENCE_LOW ? confidence : CONFIDENCE_HIGH, index,
		         "STARTTLS is neither offered nor accepted, and logins are possible (D-11, D-14)");
		return;
	case CLEARTEXT_LOGIN_DENIED:
		conclude(judgement, VERDICT_DEAD_PORT, confidence, index,
		         "STARTTLS is neither offered nor accepted, and no login is possible either (X-12)");
		return;
	case CLEARTEXT_LOGIN_UNKNOWN:
		break;
	}
	conclude(judgement, VERDICT_UNKNOWN, CONFIDENCE_LOW, index,
	         "STARTTLS was refused, but whether a login is possible could not be told (D-9)");
}

static size_t count_failures(const struct observation *observations, size_t count, bool tls_first)
{
	size_t failures = 0;

	for (size_t i = 0; i < count; i++) {
		if (observation_is_tls_first(&observations[i]) == tls_first && is_tls_failure(&observations[i]))
			failures++;
	}
	return failures;
}

static void judge_unfinished(const struct observation *observation, size_t index, struct service_judgement *judgement)
{
	if (observation->upgrade == UPGRADE_REFUSED_BUSY || observation->ending == ENDING_BUSY)
		conclude(judgement, VERDICT_RATE_LIMITED, CONFIDENCE_HIGH, index,
		         "refused for now: too many connections, maintenance or a failing backend (D-12)");
	else if (observation->ending == ENDING_DENIED)
		conclude(judgement, VERDICT_UNKNOWN, CONFIDENCE_HIGH, index, "the server refuses our address (D-13)");
	else if (observation->ending == ENDING_PREAUTH)
		conclude(judgement, VERDICT_UNKNOWN, CONFIDENCE_HIGH, index,
		         "greeted as already authenticated, so nothing but LOGOUT was said (K-10)");
	else if (observation->upgrade == UPGRADE_UNANSWERED)
		conclude(judgement, VERDICT_UNKNOWN, CONFIDENCE_HIGH, index, "STARTTLS was asked for and never answered (D-11)");
	else if (observation->ending == ENDING_TIMED_OUT || observation->ending == ENDING_TARPIT)
		conclude(judgement, VERDICT_SLOW, CONFIDENCE_HIGH, index, "an answer was still awaited when the time was over (D-4, D-6)");
	else
		conclude(judgement, VERDICT_UNKNOWN, CONFIDENCE_HIGH, index,
		         "the conversation ended before STARTTLS could be asked for (D-9)");
}

/* What a server did when a login was begun is not undone by what it announces in another conversation (rules ). */
static bool was_exchange_answered(const struct observation *observation)
{
	return (observation->flags & (OBSERVED_CONFIRM_ACCEPTED | OBSERVED_CONFIRM_DENIED)) != 0;
}

static void judge_clear_dialogues(const struct observation *observations, size_t count, struct service_judgement *judgement)
{
	size_t best = count;
	const struct observation *observation;
	bool has_exchange = false;

	for (size_t i = 0; i < count; i++) {
		enum confidence confidence;
		enum cleartext_login login;

		if (!is_clear_dialogue(&observations[i]))
			continue;
		if (best == count || upgrade_weight(&observations[i]) >= upgrade_weight(&observations[best]))
			best = i;
		login = cleartext_login_judge(&observations[i], &confidence);
		if (has_exchange && !was_exchange_answered(&observations[i]))
			continue;
		if (login != CLEARTEXT_LOGIN_UNKNOWN &&
		    (judgement->cleartext_login == CLEARTEXT_LOGIN_UNKNOWN || confidence >= judgement->confidence)) {
			judgement->cleartext_login = login;
			judgement->confidence = confidence;
			has_exchange = was_exchange_answered(&observations[i]);
		}
	}
	observation = &observations[best];
	judgement->protocol = observation->protocol;
	if (observation->tls.outcome == TLS_PROVEN)
		judge_secured(observation, best, judgement);
	else if (observation->upgrade == UPGRADE_REFUSED || observation->upgrade == UPGRADE_REFUSED_NO)
		judge_refused(observation, best, judgement);
	else if (observation->upgrade != UPGRADE_AGREED)
		judge_unfinished(observation, best, judgement);
	else if (count_failures(observations, count, false) >= FAILURES_FOR_BROKEN)
		conclude(judgement, VERDICT_STARTTLS_BROKEN, CONFIDENCE_HIGH, best,
		         "STARTTLS is agreed to, but no hello of ours brought TLS up, the last one after a pause (X-11)");
	else
		conclude(judgement, VERDICT_UNKNOWN, CONFIDENCE_LOW, best,
		         "STARTTLS is agreed to, but TLS did not come up often enough to be called broken (T-8)");
}

/* The server showed its whole flight, but wants a client certificate before it talks: TLS is there, who speaks inside stays unknown. */
static bool was_shut_out(const struct observation *observation)
{
	return observation->ending == ENDING_TLS_FAILED || (observation->tls.flags & TLS_WANTS_CLIENT_CERTIFICATE) != 0;
}

static bool judge_implicit_proof(uint16_t port, const struct observation *observations, size_t count, struct service_judgement *judgement)
{
	for (size_t i = count; i-- > 0;) {
		const struct observation *observation = &observations[i];

		if (!observation_is_tls_first(observation) || observation->tls.outcome != TLS_PROVEN || is_aside(observation))
			continue;
		judgement->protocol = observation->protocol;
		if (!wire_protocol_is_mail(observation->protocol) && observation->protocol != WIRE_UNKNOWN)
			conclude(judgement, VERDICT_NOT_MAIL, CONFIDENCE_HIGH, i,
			         "TLS works, but something else than POP3 or IMAP speaks inside (D-8)");
		else if (observation->protocol == WIRE_UNKNOWN && observation->tls.hello == TLS_HELLO_SESSION && !was_shut_out(observation))
			conclude(judgement, VERDICT_UNKNOWN, CONFIDENCE_HIGH, i, "TLS works, but nothing was said inside it (D-11)");
		else if (observation->tls.version <= NEWEST_LEGACY_VERSION)
			conclude(judgement, VERDICT_LEGACY_TLS_ONLY, CONFIDENCE_HIGH, i,
			         "TLS works, but the server chose nothing newer than TLS 1.1 when offered TLS 1.2 (T-10)");
		else if (mail_port_is_implicit_tls(port))
			conclude(judgement, VERDICT_IMPLICIT_TLS,
			         observation->protocol == WIRE_UNKNOWN ? CONFIDENCE_MEDIUM : CONFIDENCE_HIGH, i,
			         "TLS comes up from the first byte (T-23)");
		else
			conclude(judgement, VERDICT_TLS_ON_PLAIN_PORT, CONFIDENCE_HIGH, i,
			         "TLS comes up from the first byte on a port meant for clear text (W-1)");
		return true;
	}
	return false;
}

/* The last one before index end that is not aside; the first one when there is none. */
static size_t last_before(const struct observation *observations, size_t end)
{
	while (end > 1 && is_aside(&observations[end - 1]))
		end--;
	return end > 0 ? end - 1 : 0;
}

/* Nothing proved TLS and nobody spoke POP3 or IMAP in clear. */
static void judge_the_rest(uint16_t port, const struct observation *observations, size_t count, struct service_judgement *judgement)
{
	size_t last = last_before(observations, count);
	const struct observation *observation;

	for (size_t i = count; i-- > 0;) {
		enum wire_protocol protocol = observations[i].protocol;

		if (protocol == WIRE_UNKNOWN || wire_protocol_is_mail(protocol) || protocol == WIRE_TLS || is_aside(&observations[i]))
			continue;
		judgement->protocol = protocol;
		conclude(judgement, VERDICT_NOT_MAIL,
		         protocol == WIRE_OTHER_TEXT || protocol == WIRE_OTHER_BINARY ? CONFIDENCE_MEDIUM : CONFIDENCE_HIGH, i,
		         "the first bytes are those of another protocol (D-8)");
		return;
	}
	while (last > 0 &&
	       is_connect_ending(observations[last].ending)) /* a later refusal does not undo what an earlier conversation showed */
		last = last_before(observations, last);
	observation = &observations[last];
	if (is_connect_ending(observation->ending))
		conclude(judgement, VERDICT_CLOSED, observation->ending == ENDING_CONNECT_REFUSED ? CONFIDENCE_HIGH : CONFIDENCE_MEDIUM,
		         last,
		         observation->ending == ENDING_CONNECT_REFUSED ? "the connection was refused"
		                                                       : "the connection attempt was not answered (D-4)");
	else if (observation_is_tls_first(observation) && !mail_port_is_implicit_tls(port) &&
	         (observation->tls.outcome == TLS_ALERT || observation->tls.outcome == TLS_HELLO_ONLY))
		conclude(judgement, VERDICT_TLS_ON_PLAIN_PORT, CONFIDENCE_MEDIUM, last,
		         "silent in clear, but it answers a hello with TLS records (W-1)");
	else if (mail_port_is_implicit_tls(port) && count_failures(observations, count, true) >= FAILURES_FOR_BROKEN)
		conclude(judgement, VERDICT_IMPLICIT_BROKEN, CONFIDENCE_HIGH, last,
		         "no hello of ours brought TLS up, the last one after a pause (W-3)");
	else if (observation->ending == ENDING_BUSY)
		conclude(judgement, VERDICT_RATE_LIMITED, CONFIDENCE_MEDIUM, last, "refused for now (D-12)");
	else if (observation->ending == ENDING_TARPIT || observation->ending == ENDING_TIMED_OUT)
		conclude(judgement, VERDICT_SLOW, CONFIDENCE_HIGH, last, "bytes came, but no full answer within the limits (D-6)");
	else if (observation->ending == ENDING_SILENT && (observation->flags & OBSERVED_SLOW_PASS) == 0)
		conclude(judgement, VERDICT_SLOW, CONFIDENCE_LOW, last, "silent within the short limit; the slow pass was not made (D-5)");
	else if (observation->ending == ENDING_SILENT || observation->tls.outcome == TLS_SILENT)
		conclude(judgement, VERDICT_UNKNOWN, CONFIDENCE_HIGH, last, "accepts connections and says nothing (D-5, D-11)");
	else
		conclude(judgement, VERDICT_UNKNOWN, CONFIDENCE_HIGH, last,
		         "closed, reset or failed before anything could be told (D-9, D-10, T-8)");
}

static void find_tls_evidence(const struct observation *observations, size_t count, struct service_judgement *judgement)
{
	size_t best = last_before(observations, count);

	for (size_t i = 0; i < count; i++) {
		bool is_proven = observations[i].tls.outcome == TLS_PROVEN;

		if (is_aside(&observations[i]))
			continue;
		if (is_proven && (!judgement->tls_proven || observations[i].tls.version >= observations[best].tls.version)) {
			judgement->tls_proven = true;
			best = i;
		} else if (!judgement->tls_proven && observations[i].tls.outcome != TLS_NOT_TRIED) {
			best = i;
		}
	}
	judgement->tls_deciding = best;
}

/* A port that nobody uses tells about the address, never about a service. */
static void judge_canary(const struct observation *observations, size_t count, struct service_judgement *judgement_out)
{
	struct service_judgement judgement = {.protocol = WIRE_UNKNOWN, .reason = ""};
	const struct observation *last = &observations[count - 1];

	if (is_connect_ending(last->ending))
		conclude(&judgement, VERDICT_CLOSED, CONFIDENCE_HIGH, count - 1, "a port that nobody uses: it does not accept (D-7)");
	else if (last->ending == ENDING_LOCAL_FAILURE)
		conclude(&judgement, VERDICT_UNKNOWN, CONFIDENCE_LOW, count - 1,
		         "a port that nobody uses could not be asked, our own side failed (D-7)");
	else if (observation_is_mute(last))
		conclude(&judgement, VERDICT_FALSE_HOST, CONFIDENCE_HIGH, count - 1,
		         "a port that nobody uses accepts connections and says nothing either: this address accepts everything (D-7)");
	else
		conclude(&judgement, VERDICT_UNKNOWN, CONFIDENCE_HIGH, count - 1,
		         "a port that nobody uses: somebody speaks here, but is no service of this census (D-7)");
	*judgement_out = judgement;
}

void service_judge(uint16_t port, const struct observation *observations, size_t count, struct service_judgement *judgement_out)
{
	struct service_judgement judgement = {.verdict = VERDICT_UNKNOWN, .protocol = WIRE_UNKNOWN, .reason = ""};
	bool has_clear_dialogue = false;

	if ((observations[0].flags & OBSERVED_CANARY) != 0) {
		judge_canary(observations, count, judgement_out);
		return;
	}
	find_tls_evidence(observations, count, &judgement);
	for (size_t i = 0; i < count; i++) {
		has_clear_dialogue = has_clear_dialogue || is_clear_dialogue(&observations[i]);
		if (mail_port_is_implicit_tls(port) && is_clear_dialogue(&observations[i]))
			judgement.plaintext_on_tls_port = true; /* W-2 */
	}
	if (has_clear_dialogue)
		judge_clear_dialogues(observations, count, &judgement);
	else if (!judge_implicit_proof(port, observations, count, &judgement))
		judge_the_rest(port, observations, count, &judgement);
	*judgement_out = judgement;
}
