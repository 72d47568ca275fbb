/* SPDX-License-Identifier: ISC */
/* Chooses the next conversation. The ladder in words:
   plain port:    dialogue + STARTTLS + hello H1; if TLS did not come up, the same with a real handshake (TLS 1.3 only servers), then with the oldest hello after a pause (SSL 3.0, export);
   implicit port: a real handshake (who speaks inside?); if it fails, H1 (what OpenSSL 3 cannot speak), then the oldest hello after a pause; text instead of TLS: the dialogue of a plain port;
   silence:       once more in the slow pass, then a hello at once (rule W-1); busy: again later (rule D-12); an early end: once more.
   Once that has told how logins are protected, ladder.h asks for the rest, as deep as the policy wants. */
#include "probe/plan.h"

#include <string.h>

#include "model/mail_port.h"
#include "probe/ladder.h"

enum {
	/* No endpoint sees more connections than this in one census, whatever it does (rule K-7 and the retries of D-5 and D-12). */
	CONVERSATIONS_MAX = 6,
	CONVERSATIONS_MAX_FULL = 10, /* of those that the verdict needs, where one host is looked at closely */
	TLS_ATTEMPTS_MAX = 3,        /* rule K-7 */
};

/* All that was seen so far, counted. */
struct tally {
	size_t busy;
	size_t slow;       /* conversations of the slow pass */
	size_t early_ends; /* closed or reset where an answer was due */
	size_t tls_first_failures, upgrade_failures;
	bool is_text_on_tls; /* an implicit port answered a hello in clear */
	bool is_without_bare_auth;
	bool is_silent_inside_tls;
	bool is_tls_first_on_plain; /* rule W-1's hello was sent */
};

static bool tls_failed(const struct observation *observation)
{
	return observation->ending == ENDING_CLEAR_AFTER_UPGRADE ||
	       (observation->tls.outcome != TLS_NOT_TRIED && observation->tls.outcome != TLS_PROVEN &&
	        observation->tls.outcome != TLS_TOO_MUCH_DATA);
}

static void count_one(uint16_t port, const struct observation *observation, struct tally *tally)
{
	bool is_first = observation_is_tls_first(observation);

	if (observation->ending == ENDING_BUSY || observation->upgrade == UPGRADE_REFUSED_BUSY)
		tally->busy++;
	if ((observation->flags & OBSERVED_SLOW_PASS) != 0)
		tally->slow++;
	if (observation->ending == ENDING_CLOSED_SILENT || observation->ending == ENDING_RESET_SILENT ||
	    observation->ending == ENDING_TRUNCATED || observation->ending == ENDING_RESET)
		tally->early_ends++;
	if (observation->bare_auth == BARE_AUTH_UNANSWERED)
		tally->is_without_bare_auth = true;
	if (is_first && mail_port_is_implicit_tls(port) && observation->tls.outcome == TLS_GARBAGE)
		tally->is_text_on_tls = true;
	else if (is_first && tls_failed(observation))
		tally->tls_first_failures++;
	else if (tls_failed(observation))
		tally->upgrade_failures++;
	if (is_first && observation->tls.outcome == TLS_PROVEN && observation->ending == ENDING_SILENT)
		tally->is_silent_inside_tls = true;
	if (is_first && !mail_port_is_implicit_tls(port))
		tally->is_tls_first_on_plain = true;
}

static void begin_step(uint16_t port, const struct tally *tally, const struct probe_policy *policy, struct plan_step *step)
{
	enum wire_protocol expected = mail_port_protocol(port);
	bool is_implicit = mail_port_is_implicit_tls(port) && !tally->is_text_on_tls;

	*step = (struct plan_step){
		.session = {.expected = expected != WIRE_UNKNOWN ? expected : WIRE_IMAP,
	                    .tls = is_implicit ? SESSION_TLS_FIRST : SESSION_TLS_UPGRADE,
	                    .may_bare_auth = !tally->is_without_bare_auth},
		.hello = TLS_HELLO_H1,
		.delay_ms = policy->gap_ms,
	};
	memcpy(step->session.support_url, policy->support_url, sizeof(step->session.support_url));
	step->session.support_url[sizeof(step->session.support_url) - 1] = '\0';
	step->session.asks_identity = policy->depth == PROBE_DEPTH_FULL;
	step->session.confirms = policy->confirms_login && step->session.tls == SESSION_TLS_UPGRADE;
	if (policy->sessions == PROBE_SESSIONS_ALWAYS || (is_implicit && policy->sessions == PROBE_SESSIONS_AUTO))
		step->hello = TLS_HELLO_SESSION;
}

static bool later(struct plan_step *step, unsigned delay_ms, const struct probe_policy *policy)
{
	step->delay_ms = delay_ms > policy->gap_ms ? delay_ms : policy->gap_ms;
	return policy->waits || delay_ms <= policy->gap_ms;
}

/* Alert 70 to everything from TLS 1.0 up leaves SSL 3.0, whose hello carries the export suites too; alert 40 leaves suites.
   Who showed a ServerHello is asked for the rest once more. Who reset or hung may not bear versions that it does not know (rule T-22). */
static enum tls_hello third_hello(const struct observation *last)
{
	if (last->tls.outcome == TLS_HELLO_ONLY)
		return TLS_HELLO_H1;
	if (last->tls.outcome == TLS_RESET || last->tls.outcome == TLS_SILENT)
		return TLS_HELLO_H4;
	return last->tls.outcome == TLS_ALERT && last->tls.alert_description == 40 ? TLS_HELLO_H6 : TLS_HELLO_H5;
}

/* At full depth nothing is left untried before TLS is called broken. */
static bool next_old_hello(const struct observation *observations, size_t count, struct plan_step *step)
{
	static const enum tls_hello OLD[] = {TLS_HELLO_H4, TLS_HELLO_PLAIN, TLS_HELLO_H5, TLS_HELLO_H6};

	for (size_t i = 0; i < ARRAY_LENGTH(OLD); i++) {
		bool was_asked = false;

		for (size_t k = 0; k < count; k++)
			was_asked = was_asked || observations[k].tls.hello == OLD[i];
		if (!was_asked) {
			step->hello = OLD[i];
			return true;
		}
	}
	return false;
}

/* TLS was agreed or begun and did not come up: which hello may do better? */
static bool next_hello(const struct observation *observations, size_t count, size_t failures, const struct probe_policy *policy,
                       struct plan_step *step)
{
	const struct observation *last = &observations[count - 1];

	if (last->tls.outcome == TLS_TOO_MUCH_DATA) /* more of the same would only cost (rule D-3) */
		return false;
	if (failures >= TLS_ATTEMPTS_MAX)
		return policy->depth == PROBE_DEPTH_FULL && next_old_hello(observations, count, step);
	if (failures == 2) {
		step->hello = third_hello(last);
		return later(step, policy->confirm_after_ms, policy);
	}
	if (last->tls.hello == TLS_HELLO_SESSION)
		step->hello = TLS_HELLO_H1;
	else
		step->hello = policy->sessions == PROBE_SESSIONS_NEVER ? TLS_HELLO_H2 : TLS_HELLO_SESSION;
	return true;
}

static bool after_silence(const struct observation *last, const struct tally *tally, const struct probe_policy *policy,
                          struct plan_step *step)
{
	if (tally->slow == 0) {
		step->session.is_slow = true;
		return later(step, policy->slow_after_ms, policy);
	}
	if (last->ending != ENDING_SILENT || step->session.tls == SESSION_TLS_FIRST || tally->is_tls_first_on_plain)
		return false;
	step->session.tls = SESSION_TLS_FIRST; /* rule W-1 */
	step->hello = TLS_HELLO_H1;
	return true;
}

/* W-1's hello on a plain port was answered by a whole flight: look inside once. */
static bool look_inside(const struct observation *last, const struct probe_policy *policy, struct plan_step *step)
{
	if (last->tls.outcome != TLS_PROVEN || last->tls.hello == TLS_HELLO_SESSION || policy->sessions == PROBE_SESSIONS_NEVER)
		return false;
	step->session.tls = SESSION_TLS_FIRST;
	step->hello = TLS_HELLO_SESSION;
	return true;
}

static bool after_tls_first(uint16_t port, const struct observation *observations, size_t count, const struct tally *tally,
                            const struct probe_policy *policy, struct plan_step *step)
{
	const struct observation *last = &observations[count - 1];

	if (!mail_port_is_implicit_tls(port))
		return look_inside(last, policy, step);
	if (last->tls.outcome == TLS_GARBAGE)
		return wire_protocol_is_mail(last->protocol) || last->protocol == WIRE_UNKNOWN ||
		       last->protocol == WIRE_OTHER_TEXT; /* rule W-2: now in clear */
	if (last->tls.outcome != TLS_PROVEN)
		return next_hello(observations, count, tally->tls_first_failures, policy, step);
	if (last->ending == ENDING_SILENT && tally->slow == 0) {
		step->session.is_slow = true;
		return later(step, policy->slow_after_ms, policy);
	}
	return false;
}

/* What decides how logins are protected. */
static bool next_for_verdict(uint16_t port, const struct observation *observations, size_t count, const struct probe_policy *policy,
                             struct plan_step *step_out)
{
	struct tally tally = {0};
	const struct observation *last;

	for (size_t i = 0; i < count; i++)
		count_one(port, &observations[i], &tally);
	begin_step(port, &tally, policy, step_out);
	if (count == 0)
		return true;
	if (count >= (policy->depth == PROBE_DEPTH_FULL ? CONVERSATIONS_MAX_FULL : CONVERSATIONS_MAX))
		return false;
	last = &observations[count - 1];
	if (observation_is_tls_first(last))
		return after_tls_first(port, observations, count, &tally, policy, step_out);
	switch (last->ending) {
	case ENDING_TLS_FAILED:
	case ENDING_CLEAR_AFTER_UPGRADE:
		return last->tls.outcome != TLS_PROVEN && next_hello(observations, count, tally.upgrade_failures, policy, step_out);
	case ENDING_BUSY:
		return tally.busy <= policy->busy_retries && later(step_out, policy->busy_after_ms, policy);
	case ENDING_COMPLETE:
		return last->upgrade == UPGRADE_REFUSED_BUSY && tally.busy <= policy->busy_retries &&
		       later(step_out, policy->busy_after_ms, policy);
	case ENDING_SILENT:
		return after_silence(last, &tally, policy, step_out);
	case ENDING_TIMED_OUT:
	case ENDING_TARPIT:
	case ENDING_TRUNCATED:
	case ENDING_RESET:
		if (last->bare_auth == BARE_AUTH_UNANSWERED && count == 1)
			return true; /* rule P-10: the same without the bare AUTH */
		if (last->tls.outcome == TLS_PROVEN)
			return false;
		if (last->ending == ENDING_TIMED_OUT || last->ending == ENDING_TARPIT)
			return after_silence(last, &tally, policy, step_out);
		return tally.early_ends < 2 && later(step_out, policy->confirm_after_ms, policy);
	case ENDING_CLOSED_SILENT:
	case ENDING_RESET_SILENT: /* rule D-10: refused at the door, or a full backlog: once more, later */
		step_out->session.is_slow = true;
		return tally.early_ends < 2 && later(step_out, policy->slow_after_ms, policy);
	case ENDING_NONE:
	case ENDING_TLS_OBSERVED:
	case ENDING_PREAUTH:
	case ENDING_DENIED:
	case ENDING_WRONG_PROTOCOL:
	case ENDING_TOO_MUCH_DATA:
	case ENDING_CONNECT_REFUSED:
	case ENDING_CONNECT_TIMED_OUT:
	case ENDING_CONNECT_UNREACHABLE:
	case ENDING_LOCAL_FAILURE:
		break;
	}
	return false;
}

/* The conversations that the verdict needed; what follows them is the ladder's. */
static bool is_verdict_reached(uint16_t port, const struct observation *observations, size_t count, const struct probe_policy *policy)
{
	struct plan_step step;

	for (size_t held = 1; held <= count; held++) {
		if (!next_for_verdict(port, observations, held, policy, &step))
			return true;
	}
	return false;
}

bool plan_next_step(uint16_t port, const struct observation *observations, size_t count, const struct probe_policy *policy,
                    struct plan_step *step_out)
{
	struct tally tally = {0};

	if (!is_verdict_reached(port, observations, count, policy))
		return next_for_verdict(port, observations, count, policy, step_out);
	if (policy->depth == PROBE_DEPTH_VERDICT && !policy->tries_injection && !policy->asks_jarm)
		return false;
	begin_step(port, &tally, policy, step_out);
	step_out->session.confirms = false;
	return ladder_next_step(observations, count, policy, step_out);
}

void plan_canary_step(const struct probe_policy *policy, struct plan_step *step_out)
{
	struct tally tally = {0};

	begin_step(0, &tally, policy, step_out);
	step_out->session.tls = SESSION_TLS_NONE;
	step_out->session.asks_identity = false;
	step_out->session.confirms = false;
	step_out->session.is_canary = true;
}
