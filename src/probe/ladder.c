/* SPDX-License-Identifier: ISC */
/* Each rung looks at what the earlier ones showed, and either names the next hello or passes. */
#include "probe/ladder.h"

#include "base/attributes.h"
#include "classify/tls_summary.h"
#include "model/suite_trait.h"
#include "model/tls_group.h"

enum {
	STANDARD_MAX = 3,      /* conversations with one service at standard depth (rule K-7) */
	DEAF_MAX = 2,          /* conversations of the ladder that never came to TLS, and no more are held */
	PEELED_GROUPS_MAX = 6, /* hellos spent on the list of groups beyond the one that is preferred */
	SESSIONS_MAX = 3, /* real sessions with one service: one for what is said inside, one with the test of STARTTLS, one that failed */
};

/* What the ladder sees of a service. */
struct view {
	const struct observation *observations;
	size_t count;
	const struct probe_policy *policy;
	struct tls_facts facts;
	bool has_upgraded; /* TLS came up behind STARTTLS */
	size_t left;       /* conversations that may still be held */
};

static bool has_hello(const struct observation *observation, enum tls_hello hello)
{
	return observation->tls.hello == hello;
}

static const struct observation *find_hello(const struct view *view, enum tls_hello hello)
{
	for (size_t i = 0; i < view->count; i++) {
		if (has_hello(&view->observations[i], hello))
			return &view->observations[i];
	}
	return NULL;
}

static bool was_asked(const struct view *view, enum tls_hello hello)
{
	return find_hello(view, hello) != NULL;
}

static size_t count_asked(const struct view *view, enum tls_hello hello)
{
	size_t asked = 0;

	for (size_t i = 0; i < view->count; i++)
		asked += has_hello(&view->observations[i], hello) ? 1 : 0;
	return asked;
}

static bool is_answer(const struct observation *observation)
{
	return observation->tls.outcome == TLS_PROVEN || observation->tls.outcome == TLS_HELLO_ONLY;
}

static bool ask(struct plan_step *step, enum tls_hello hello)
{
	step->hello = hello;
	return true;
}

static bool ask_once(const struct view *view, struct plan_step *step, enum tls_hello hello)
{
	return !was_asked(view, hello) && ask(step, hello);
}

static bool ask_offer(struct plan_step *step, enum tls_hello hello, uint32_t offered)
{
	step->offered = offered;
	return ask(step, hello);
}

/* What is left of an offer. The same as the last time: that one told nothing, and asking again would not either. */
static bool ask_remaining(const struct view *view, struct plan_step *step, enum tls_hello hello, uint32_t offered)
{
	for (size_t i = view->count; i-- > 0;) {
		if (has_hello(&view->observations[i], hello))
			return view->observations[i].tls.offered != offered && ask_offer(step, hello, offered);
	}
	return ask_offer(step, hello, offered);
}

static bool has_version(const struct view *view, enum tls_version_index index)
{
	return view->facts.versions[index] == ANSWER_YES;
}

/* TLS 1.2 and older, the only ones whose suites show in clear. */
static bool has_classic(const struct view *view)
{
	return has_version(view, TLS_INDEX_TLS_1_2) || has_version(view, TLS_INDEX_TLS_1_1) || has_version(view, TLS_INDEX_TLS_1_0) ||
	       has_version(view, TLS_INDEX_SSL_3);
}

/* ---- rungs ---- */

static bool ask_best(const struct view *view, struct plan_step *step)
{
	return ask_once(view, step, TLS_HELLO_H2);
}

static bool ask_first(const struct view *view, struct plan_step *step)
{
	return ask_once(view, step, TLS_HELLO_H1);
}

/* Who answers an offer of TLS 1.2 with less has told already. */
static bool ask_obsolete(const struct view *view, struct plan_step *step)
{
	bool may_have_more = view->facts.versions[TLS_INDEX_TLS_1_1] == ANSWER_UNKNOWN;

	return may_have_more && ask_once(view, step, TLS_HELLO_H3);
}

/* Rule T-10 */
static bool ask_older(const struct view *view, struct plan_step *step)
{
	if (has_version(view, TLS_INDEX_TLS_1_1) && view->facts.versions[TLS_INDEX_TLS_1_0] == ANSWER_UNKNOWN)
		return ask_once(view, step, TLS_HELLO_H4);
	return false;
}

static bool ask_oldest(const struct view *view, struct plan_step *step)
{
	return view->facts.versions[TLS_INDEX_SSL_3] == ANSWER_UNKNOWN && ask_once(view, step, TLS_HELLO_H5);
}

/* Rule T-30: the server prefers another group; does it know one of these? */
static bool ask_post_quantum(const struct view *view, struct plan_step *step)
{
	uint32_t wanted = tls_groups_post_quantum();

	if (!has_version(view, TLS_INDEX_TLS_1_3) || view->facts.post_quantum != ANSWER_UNKNOWN || was_asked(view, TLS_HELLO_GROUPS))
		return false;
	return ask_offer(step, TLS_HELLO_GROUPS, wanted);
}

/* Rule T-22: who does not bear the hello of TLS 1.2 is asked with the newest version that was answered. */
static uint32_t offered_version(const struct view *view)
{
	const struct observation *first = find_hello(view, TLS_HELLO_H1);
	uint16_t highest = tls_facts_highest_version(&view->facts);

	if (first == NULL || is_answer(first) || highest == 0 || highest > 0x0302)
		return 0;
	return (uint32_t)(highest & 0xff) + 1;
}

/* Each hello offers only suites that would show something new; whichever the server takes tells one trait or two, and a refusal tells all that are left. */
static bool ask_traits(const struct view *view, struct plan_step *step)
{
	uint32_t classic = SUITE_TRAITS_ALL & ~(uint32_t)(SUITE_TLS_1_3 | SUITE_DHE);
	uint32_t unknown = classic & ~(view->facts.traits_accepted | view->facts.traits_refused);
	uint32_t offered = unknown | offered_version(view) << SUITE_OFFER_VERSION_SHIFT;

	return has_classic(view) && unknown != 0 && ask_remaining(view, step, TLS_HELLO_TRAITS, offered);
}

static bool ask_finite_field(const struct view *view, struct plan_step *step)
{
	return has_classic(view) && view->facts.dh_bits == 0 && ask_once(view, step, TLS_HELLO_H7);
}

/* Rule T-21: which kind of key was shown so far is told by the suites. */
static bool ask_other_key(const struct view *view, struct plan_step *step)
{
	bool has_ecdsa = false, has_rsa = false;

	for (size_t i = 0; i < view->count; i++) {
		const struct tls_observation *tls = &view->observations[i].tls;
		uint16_t suite = tls->cipher_suite;

		if (tls->outcome != TLS_PROVEN || tls->version > 0x0303)
			continue;
		if ((suite >= 0xc006 && suite <= 0xc00a) || suite == 0xc023 || suite == 0xc024 || suite == 0xc02b || suite == 0xc02c ||
		    suite == 0xcca9)
			has_ecdsa = true;
		else
			has_rsa = true;
	}
	if (has_ecdsa == has_rsa)
		return false;
	return ask_once(view, step, has_ecdsa ? TLS_HELLO_H9R : TLS_HELLO_H9E);
}

static bool ask_without_name(const struct view *view, struct plan_step *step)
{
	return has_classic(view) && ask_once(view, step, TLS_HELLO_H10);
}

/* Matters only where a fallback would find something. */
static bool ask_fallback_signal(const struct view *view, struct plan_step *step)
{
	bool has_new = has_version(view, TLS_INDEX_TLS_1_2) || has_version(view, TLS_INDEX_TLS_1_3);
	bool has_old = has_version(view, TLS_INDEX_TLS_1_1) || has_version(view, TLS_INDEX_TLS_1_0);

	return has_new && has_old && ask_once(view, step, TLS_HELLO_H12);
}

/* Rule T-31, as far as the number of connections goes. */
static bool ask_groups(const struct view *view, struct plan_step *step)
{
	uint32_t unknown = tls_groups_all() & ~(view->facts.groups_accepted | view->facts.groups_refused);

	if (!has_version(view, TLS_INDEX_TLS_1_3) || unknown == 0 || count_asked(view, TLS_HELLO_GROUPS) >= PEELED_GROUPS_MAX)
		return false;
	return ask_remaining(view, step, TLS_HELLO_GROUPS, unknown);
}

static bool has_tried(const struct view *view, uint32_t flag)
{
	for (size_t i = 0; i < view->count; i++) {
		if ((view->observations[i].flags & flag) != 0)
			return true;
	}
	return false;
}

/* Rule T-23: what is said inside TLS. */
static bool ask_session(const struct view *view, struct plan_step *step)
{
	if (view->policy->sessions == PROBE_SESSIONS_NEVER || was_asked(view, TLS_HELLO_SESSION))
		return false;
	step->session.is_brief = false;
	step->session.asks_identity = true;
	return ask(step, TLS_HELLO_SESSION);
}

/* Rules J-1 and J-2; a server that was seen to keep quiet inside TLS is the control. */
static bool ask_injection(const struct view *view, struct plan_step *step)
{
	if (!view->has_upgraded || has_tried(view, OBSERVED_INJECTION_TRIED) || count_asked(view, TLS_HELLO_SESSION) >= SESSIONS_MAX ||
	    has_tried(view, OBSERVED_UNSOLICITED_INSIDE_TLS) || view->policy->sessions == PROBE_SESSIONS_NEVER)
		return false;
	step->session.is_brief = true;
	step->session.injects = true;
	return ask(step, TLS_HELLO_SESSION);
}

/* Rule T-8: silence was a refusal if the server still answers now. */
static bool ask_control(const struct view *view, struct plan_step *step)
{
	static const enum tls_hello CONTROLS[] = {TLS_HELLO_H1, TLS_HELLO_H2, TLS_HELLO_H3, TLS_HELLO_H5};
	bool is_open = false;

	for (size_t i = 0; i < view->count; i++) {
		if (tls_outcome_is_cut_off(view->observations[i].tls.outcome))
			is_open = true;
		else if (is_answer(&view->observations[i]))
			is_open = false;
	}
	if (!is_open)
		return false;
	for (size_t i = 0; i < ARRAY_LENGTH(CONTROLS); i++) {
		const struct observation *answered = find_hello(view, CONTROLS[i]);

		if (answered != NULL && is_answer(answered) && count_asked(view, CONTROLS[i]) < 2)
			return ask(step, CONTROLS[i]);
	}
	return false;
}

static bool ask_jarm(const struct view *view, struct plan_step *step)
{
	size_t asked = 0;

	for (unsigned probe = 0; probe < TLS_HELLO_JARM_COUNT; probe++)
		asked += was_asked(view, (enum tls_hello)(TLS_HELLO_JARM_1 + probe)) ? 1 : 0;
	return view->policy->asks_jarm && asked < TLS_HELLO_JARM_COUNT && ask(step, (enum tls_hello)(TLS_HELLO_JARM_1 + asked));
}

typedef bool rung(const struct view *view, struct plan_step *step);

/* The last rungs have a place kept for them: what they tell matters more than a complete list of groups. */
static rung *const STANDARD_RUNGS[] = {ask_best, ask_obsolete};
static rung *const FULL_RUNGS[] = {ask_first,        ask_best,      ask_obsolete,        ask_older,     ask_oldest,
                                   ask_post_quantum, ask_traits,    ask_finite_field,    ask_other_key, ask_without_name,
                                   ask_session,      ask_injection, ask_fallback_signal, ask_groups};
enum { KEPT_FOR_LAST = 1 };

static bool try_rungs(const struct view *view, rung *const *rungs, size_t count, struct plan_step *step)
{
	for (size_t i = 0; i < count; i++) {
		struct plan_step tried = *step;

		if (rungs[i](view, &tried)) {
			*step = tried;
			return true;
		}
	}
	return false;
}

static size_t count_deaf(const struct view *view)
{
	size_t deaf = 0;

	for (size_t i = 0; i < view->count; i++) {
		if ((view->observations[i].flags & OBSERVED_LADDER) != 0 && has_hello(&view->observations[i], TLS_HELLO_NONE))
			deaf++;
	}
	return deaf;
}

static bool is_answered(const struct view *view)
{
	for (size_t i = 0; i < view->count; i++) {
		if (is_answer(&view->observations[i]) && (view->observations[i].tls.flags & TLS_BAD_SIGNATURE) == 0)
			return true;
	}
	return false;
}

static size_t count_without_jarm(const struct view *view)
{
	size_t count = 0;

	for (size_t i = 0; i < view->count; i++)
		count += tls_hello_is_jarm(view->observations[i].tls.hello) ? 0 : 1;
	return count;
}

static void look_back(struct view *view)
{
	for (size_t i = 0; i < view->count; i++) {
		if (view->observations[i].upgrade == UPGRADE_AGREED && view->observations[i].tls.outcome == TLS_PROVEN)
			view->has_upgraded = true;
	}
	tls_summary(view->observations, view->count, PROBE_DEPTH_STANDARD, &view->facts);
}

/* As the service was reached when TLS came up there. */
static void begin_rung(const struct view *view, struct plan_step *step)
{
	step->session.is_brief = true;
	step->session.may_bare_auth = false;
	step->session.tls = SESSION_TLS_FIRST;
	for (size_t i = 0; i < view->count; i++) {
		if (view->observations[i].upgrade == UPGRADE_AGREED)
			step->session.tls = SESSION_TLS_UPGRADE;
	}
	step->hello = TLS_HELLO_H1;
	step->offered = 0;
}

bool ladder_next_step(const struct observation *observations, size_t count, const struct probe_policy *policy, struct plan_step *step)
{
	struct view view = {.observations = observations, .count = count, .policy = policy};
	bool is_full = policy->depth == PROBE_DEPTH_FULL;
	size_t most = is_full ? policy->per_service : STANDARD_MAX;
	size_t used = count_without_jarm(&view);

	if (!is_answered(&view) || count_deaf(&view) >= DEAF_MAX)
		return false;
	look_back(&view);
	view.left = used < most ? most - used : 0;
	begin_rung(&view, step);
	if (is_full && view.left > KEPT_FOR_LAST && try_rungs(&view, FULL_RUNGS, ARRAY_LENGTH(FULL_RUNGS), step))
		return true;
	if (policy->depth == PROBE_DEPTH_STANDARD && view.left > 0 && try_rungs(&view, STANDARD_RUNGS, ARRAY_LENGTH(STANDARD_RUNGS), step))
		return true;
	if (!is_full && policy->tries_injection && ask_injection(&view, step))
		return true;
	if (is_full && view.left > 0 && ask_control(&view, step))
		return true;
	return ask_jarm(&view, step);
}
