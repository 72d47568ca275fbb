/* SPDX-License-Identifier: ISC */
/* IMAP before login (RFC 3501, RFC 9051): greeting, CAPABILITY, ID, STARTTLS, LOGOUT; where a plan wants it, a SASL exchange that is cancelled, and a command behind
   STARTTLS. Rules I-1 to I-14, X-6 and J-1 to J-9 of the rulebook. */
#include "protocol/imap/imap.h"

#include <stdio.h>
#include <string.h>

#include "protocol/imap/id_reply.h"
#include "protocol/refusal.h"

enum step {
	STEP_GREETING,       /* no greeting is complete, or it was Dovecot's interim line */
	STEP_GREETING_QUIET, /* more greeting lines may follow (rule I-2) */
	STEP_CAPABILITY,
	STEP_ID,
	STEP_CONFIRM,           /* a SASL exchange was begun (rule X-6) */
	STEP_CONFIRM_CANCELLED, /* and cancelled */
	STEP_STARTTLS,
	STEP_CAPABILITY_SECURED,
	STEP_PIPELINED,     /* STARTTLS was refused; what was injected may be answered in clear (rule J-7) */
	STEP_INJECTED,      /* TLS is up and nothing was said inside: is the injected command answered? (rule J-4) */
	STEP_INJECTED_NOOP, /* and now, before our next one? (rule J-5) */
};

struct step_row {
	const char *name;
	const char *tag; /* NULL: no command is pending */
};

static const struct step_row STEPS[] = {
	[STEP_GREETING] = {"imap-awaits-greeting", NULL},     [STEP_GREETING_QUIET] = {"imap-awaits-end-of-greeting", NULL},
	[STEP_CAPABILITY] = {"imap-awaits-capability", "m1"}, [STEP_ID] = {"imap-awaits-id", "m2"},
	[STEP_CONFIRM] = {"imap-awaits-continuation", "m3"},  [STEP_CONFIRM_CANCELLED] = {"imap-awaits-cancellation", "m3"},
	[STEP_STARTTLS] = {"imap-awaits-starttls", "m4"},     [STEP_CAPABILITY_SECURED] = {"imap-awaits-capability-inside-tls", "m5"},
	[STEP_PIPELINED] = {"imap-awaits-pipelined", NULL},   [STEP_INJECTED] = {"imap-awaits-injected", NULL},
	[STEP_INJECTED_NOOP] = {"imap-awaits-noop", "m6"},
};

static const char ID_BEGINNING[] = "m2 ID (\"name\" \"mailcensus\" \"support-url\" \"";
static const char ID_END[] = "\")\r\n";
static const char ID_NIL[] = "m2 ID NIL\r\n";
static const char INJECTED[] = " NOOP\r\n"; /* behind the tag */

static const char *step_name(unsigned step)
{
	return STEPS[step].name;
}

/* What may stand in our own quoted string without an escape. */
static bool is_plain_url(struct span url)
{
	for (size_t i = 0; i < url.size; i++) {
		if (url.data[i] <= 0x20 || url.data[i] > 0x7e || url.data[i] == '"' || url.data[i] == '\\')
			return false;
	}
	return url.size > 0 && url.size < sizeof(((struct session_plan *)0)->support_url);
}

static bool is_one_of(struct span line, const char *const *lines, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (span_equals_text(line, lines[i]))
			return true;
	}
	return false;
}

static bool is_identity(struct span line)
{
	size_t around = strlen(ID_BEGINNING) + strlen(ID_END);

	if (line.size <= around || !span_starts_with_text(line, ID_BEGINNING) ||
	    !span_equals_text(span_part(line, line.size - strlen(ID_END), line.size), ID_END))
		return false;
	return is_plain_url(span_part(line, strlen(ID_BEGINNING), line.size - around));
}

/* Rule J-2: the plan's own tag, and nothing but NOOP. */
static bool is_injection(const struct session_plan *plan, struct span line)
{
	size_t size = SESSION_INJECTION_TAG_SIZE - 1;

	return session_injection_tag_is_good(plan->injection_tag) && span_equals_text(span_part(line, 0, size), plan->injection_tag) &&
	       span_equals_text(span_part(line, size, line.size), INJECTED);
}

static bool may_say(const struct session_plan *plan, struct span line)
{
	static const char *const always[] = {"m4 STARTTLS\r\n", "m9 LOGOUT\r\n"};
	static const char *const unless_brief[] = {"m1 CAPABILITY\r\n", "m5 CAPABILITY\r\n"};
	static const char *const confirming[] = {"m3 AUTHENTICATE PLAIN\r\n", "m3 AUTHENTICATE LOGIN\r\n", "*\r\n"};

	if (is_one_of(line, always, ARRAY_LENGTH(always)))
		return true;
	if (plan != NULL && plan->injects && (span_equals_text(line, "m6 NOOP\r\n") || is_injection(plan, line)))
		return true;
	if (plan != NULL && plan->is_brief)
		return false;
	if (is_identity(line) || is_one_of(line, unless_brief, ARRAY_LENGTH(unless_brief)))
		return true;
	if (plan == NULL)
		return false;
	return (plan->asks_identity && span_equals_text(line, ID_NIL)) ||
	       (plan->confirms && is_one_of(line, confirming, ARRAY_LENGTH(confirming)));
}

/* Capabilities. */

static bool lists_keyword(struct span words, const char *keyword)
{
	for (;;) {
		struct span word = span_take_word(&words);

		if (word.size == 0 || span_equals_text_ignoring_case(word, keyword))
			return word.size > 0;
	}
}

static bool lists_exactly(struct span words, struct span wanted)
{
	for (;;) {
		struct span word = span_take_word(&words);

		if (word.size == 0 || span_equals(word, wanted))
			return word.size > 0;
	}
}

static bool agree_on_keyword(struct span a, struct span b, const char *keyword)
{
	return lists_keyword(a, keyword) == lists_keyword(b, keyword);
}

static bool has_all_mechanisms(struct span theirs, struct span ours)
{
	for (;;) {
		struct span word = span_take_word(&ours);

		if (word.size == 0)
			return true;
		if (span_starts_with_text_ignoring_case(word, "AUTH=") && !lists_exactly(theirs, word))
			return false;
	}
}

/* On what matters to a verdict (rule I-4). */
static bool lists_agree(struct span a, struct span b)
{
	return agree_on_keyword(a, b, "STARTTLS") && agree_on_keyword(a, b, "LOGINDISABLED") && has_all_mechanisms(a, b) &&
	       has_all_mechanisms(b, a);
}

static void keep_list(struct session *session, struct span words, bool was_cut)
{
	struct buffer *kept = session_capabilities(session);

	if (session_knows_capabilities(session) && !was_cut && !lists_agree(buffer_view(kept), words))
		session_flag(session, OBSERVED_CAPABILITIES_DIFFER);
	session_begin_list(session);
	session->is_list_cut = was_cut;
	for (;;) {
		struct span word = span_take_word(&words);

		if (word.size == 0)
			return;
		if (kept->size > 0)
			buffer_append_byte(kept, ' ');
		buffer_append(kept, word);
		session_note_keyword(session, word, "STARTTLS");
	}
}

/* "OK [CAPABILITY ...] text" (rules I-1, I-3). A code whose end was cut off is none. */
static bool keep_list_of_code(struct session *session, struct span text)
{
	static const char beginning[] = "[CAPABILITY ";
	size_t end;

	text = span_trim(text);
	end = span_find_byte(text, ']');
	if (!span_starts_with_text_ignoring_case(text, beginning) || end == text.size)
		return false;
	keep_list(session, span_part(text, strlen(beginning), end - strlen(beginning)), false);
	return true;
}

/* Going on. */

/* Rule J-2: both lines leave in one piece. */
static void say_with_injection(struct session *session)
{
	char lines[64];

	session_flag(session, OBSERVED_INJECTION_TRIED);
	(void)snprintf(lines, sizeof(lines), "m4 STARTTLS\r\n%s%s", session->plan.injection_tag, INJECTED);
	session_say(session, lines);
}

static void ask_upgrade(struct session *session)
{
	bool is_untagged = session->plan.injects && !session_injection_tag_is_good(session->plan.injection_tag);

	if (!session_may_ask_upgrade(session) || is_untagged) {
		session_leave(session, ENDING_COMPLETE);
		return;
	}
	session->observation->upgrade = UPGRADE_UNANSWERED;
	if (session->plan.injects)
		say_with_injection(session);
	else
		session_say(session, "m4 STARTTLS\r\n");
	session_await(session, STEP_STARTTLS, SESSION_REPLY_MS);
}

/* Rule K-4: only what is advertised and not contradicted. Courier's side would count it as a failed login (rulebook 3.4). */
static const char *mechanism_to_confirm(const struct session *session)
{
	struct span words = buffer_view(&session->observation->capabilities_before);

	if (!session->observation->capabilities_before_known || lists_keyword(words, "LOGINDISABLED") ||
	    lists_keyword(words, "XTLSREQUIRED") ||
	    span_contains_text_ignoring_case(buffer_view(&session->observation->greeting), "Courier"))
		return NULL;
	if (lists_keyword(words, "AUTH=PLAIN"))
		return "m3 AUTHENTICATE PLAIN\r\n";
	return lists_keyword(words, "AUTH=LOGIN") ? "m3 AUTHENTICATE LOGIN\r\n" : NULL;
}

static void confirm_or_upgrade(struct session *session)
{
	const char *line = session_may_confirm(session) ? mechanism_to_confirm(session) : NULL;

	if (line == NULL) {
		ask_upgrade(session);
		return;
	}
	session_flag(session, OBSERVED_CONFIRM_TRIED);
	session_say(session, line);
	session_await(session, STEP_CONFIRM, SESSION_REPLY_MS);
}

/* Rule K-9: only where ID is listed; once, and not again inside an upgraded stream. */
static void introduce_ourselves(struct session *session)
{
	char line[sizeof(ID_BEGINNING) + sizeof(session->plan.support_url) + sizeof(ID_END)];
	bool is_upgraded = session->observation->upgrade == UPGRADE_AGREED;
	bool is_id_listed = lists_keyword(buffer_view(session_capabilities(session)), "ID");
	bool has_url = is_plain_url(span_from_text(session->plan.support_url));

	if (is_upgraded || !is_id_listed || !(has_url || session->plan.asks_identity) || !session_may_risk_error(session)) {
		confirm_or_upgrade(session);
		return;
	}
	if (has_url)
		(void)snprintf(line, sizeof(line), "%s%s%s", ID_BEGINNING, session->plan.support_url, ID_END);
	session_say(session, has_url ? line : ID_NIL);
	session_await(session, STEP_ID, SESSION_REPLY_MS);
}

static void ask_capability(struct session *session)
{
	session->is_list_pending = false;
	session_say(session, session->is_secured ? "m5 CAPABILITY\r\n" : "m1 CAPABILITY\r\n");
	session_await(session, session->is_secured ? STEP_CAPABILITY_SECURED : STEP_CAPABILITY, SESSION_REPLY_MS);
}

static void after_greeting(struct session *session)
{
	if (session->plan.is_brief)
		ask_upgrade(session);
	else if (session_knows_capabilities(session))
		introduce_ourselves(session);
	else
		ask_capability(session);
}

/* "[REFERRAL imap://...]" (RFC 2221): noted, never followed. */
static void note_referral(struct session *session, struct span text)
{
	if (!session->is_secured && span_starts_with_text_ignoring_case(span_trim(text), "[REFERRAL "))
		session_flag(session, OBSERVED_REFERRAL_BEFORE_TLS); /* rule J-23 */
}

/* Untagged BYE ends the dialogue at any time (rule I-6). */
static void on_bye(struct session *session, struct span text, struct span line)
{
	note_referral(session, text);
	if (session->step == STEP_STARTTLS)
		session_keep(&session->observation->upgrade_reply, line);
	/* After a good upgrade nothing was refused: it only broke off. */
	if (session->observation->upgrade == UPGRADE_AGREED)
		session_let_leave(session, ENDING_TRUNCATED);
	else
		session_let_leave(session, session_ending_of_refusal(text));
}

/* Lines. */

static bool take_keyword(struct span *text, const char *keyword)
{
	struct span rest = *text;
	struct span word = span_take_word(&rest);

	if (!span_equals_text_ignoring_case(word, keyword))
		return false;
	*text = rest;
	return true;
}

/* A greeting needs no space behind its keyword to be one: first_bytes has already said that this is IMAP. */
static bool is_greeting(struct span text, const char *keyword)
{
	return span_starts_with_text_ignoring_case(text, keyword);
}

static void keep_greeting(struct session *session, struct span line)
{
	if (session->has_greeted)
		session_flag(session, OBSERVED_SEVERAL_GREETINGS);
	session->has_greeted = true;
	session_keep(&session->observation->greeting, line);
}

static void on_greeting_ok(struct session *session, struct span text, struct span line)
{
	keep_greeting(session, line);
	note_referral(session, text);
	if (keep_list_of_code(session, text))
		session_end_list(session, true);
	/* Dovecot's interim line: the real greeting is still to come, within the same limit (rule I-2). */
	if (session->step == STEP_GREETING && span_contains_text_ignoring_case(line, "Waiting for authentication process"))
		return;
	if (session->step != STEP_GREETING)
		return;
	if (session->plan.is_brief)
		after_greeting(session); /* what a second line would list is of no interest */
	else
		session_await_quiet(session, STEP_GREETING_QUIET, SESSION_GREETING_QUIET_MS);
}

static void on_greeting(struct session *session, struct span text, struct span line)
{
	if (is_greeting(text, "OK")) {
		on_greeting_ok(session, span_part(text, strlen("OK"), text.size), line);
	} else if (is_greeting(text, "PREAUTH")) {
		keep_greeting(session, line);
		session_leave(session, ENDING_PREAUTH); /* rule K-10 */
	} else if (is_greeting(text, "BYE")) {
		keep_greeting(session, line);
		on_bye(session, span_part(text, strlen("BYE"), text.size), line);
	}
}

static bool is_asking_capability(const struct session *session)
{
	return session->step == STEP_CAPABILITY || session->step == STEP_CAPABILITY_SECURED;
}

static void on_untagged(struct session *session, struct span text, const struct line *line)
{
	bool is_in_greeting = session->step == STEP_GREETING || session->step == STEP_GREETING_QUIET;

	if (take_keyword(&text, "CAPABILITY")) {
		keep_list(session, text, line->was_cut);
		if (!is_asking_capability(session))
			session_end_list(session, true);
	} else if (is_in_greeting) {
		on_greeting(session, text, line->text);
	} else if (session->step == STEP_ID && take_keyword(&text, "ID")) {
		id_reply_flatten(text, &session->observation->identity);
	} else if (take_keyword(&text, "BYE")) {
		on_bye(session, text, line->text);
	} else if (take_keyword(&text, "OK") && keep_list_of_code(session, text) && !is_asking_capability(session)) {
		session_end_list(session, true);
	}
}

enum status { STATUS_NONE, STATUS_OK, STATUS_NO, STATUS_BAD };

static enum status take_status(struct span *text)
{
	if (take_keyword(text, "OK"))
		return STATUS_OK;
	if (take_keyword(text, "NO"))
		return STATUS_NO;
	return take_keyword(text, "BAD") ? STATUS_BAD : STATUS_NONE;
}

static void on_capability_reply(struct session *session, enum status status, struct span text)
{
	if (status == STATUS_OK) {
		(void)keep_list_of_code(session, text); /* the last word of rule I-3 */
		if (session->is_list_pending)
			session_end_list(session, true);
		introduce_ourselves(session);
		return;
	}
	if (refusal_of(text) == REFUSAL_BUSY && !session->is_secured) {
		session_leave(session, ENDING_BUSY);
		return;
	}
	session_end_list(session, false);
	session_note_capability_refused(session);
	ask_upgrade(session);
}

static void on_starttls_reply(struct session *session, enum status status, struct span text, struct span line)
{
	struct observation *observation = session->observation;

	session_keep(&observation->upgrade_reply, line);
	if (status == STATUS_OK) {
		observation->upgrade = UPGRADE_AGREED;
		session_want_tls(session);
		return;
	}
	if (refusal_of(text) == REFUSAL_BUSY)
		observation->upgrade = UPGRADE_REFUSED_BUSY;
	else
		observation->upgrade = status == STATUS_NO ? UPGRADE_REFUSED_NO : UPGRADE_REFUSED; /* rule I-8 */
	session_count_error(session);
	if (session_has_injected(session))
		session_await_quiet(session, STEP_PIPELINED, SESSION_INJECTION_QUIET_MS); /* rule J-6, or J-7 */
	else
		session_leave(session, ENDING_COMPLETE);
}

/* A login that was never begun has succeeded: only LOGOUT may follow (rule K-10). */
static void on_confirm_reply(struct session *session, enum status status, struct span line)
{
	if (status == STATUS_OK) {
		session_leave(session, ENDING_COMPLETE);
		return;
	}
	if (session->step == STEP_CONFIRM)
		session_note_confirm_refused(session, line);
	ask_upgrade(session);
}

static void on_noop_reply(struct session *session)
{
	if ((session->observation->flags & OBSERVED_INJECTION_LATE) == 0)
		session_note_injection_settled(session);
	session_leave(session, ENDING_COMPLETE);
}

static void on_reply(struct session *session, enum status status, struct span text, struct span line)
{
	switch ((enum step)session->step) {
	case STEP_CAPABILITY:
	case STEP_CAPABILITY_SECURED:
		on_capability_reply(session, status, text);
		break;
	case STEP_ID:
		if (status != STATUS_OK)
			session_count_error(session);
		confirm_or_upgrade(session);
		break;
	case STEP_CONFIRM:
	case STEP_CONFIRM_CANCELLED:
		on_confirm_reply(session, status, line);
		break;
	case STEP_STARTTLS:
		on_starttls_reply(session, status, text, line);
		break;
	case STEP_INJECTED_NOOP:
		on_noop_reply(session);
		break;
	case STEP_GREETING:
	case STEP_GREETING_QUIET:
	case STEP_PIPELINED:
	case STEP_INJECTED:
		break;
	}
}

/* The injected command. */

static bool answers_injection(const struct session *session, struct span line)
{
	size_t size = SESSION_INJECTION_TAG_SIZE - 1;

	return span_equals_text(span_part(line, 0, size), session->plan.injection_tag) && line.size > size && line.data[size] == ' ';
}

static void on_injection_answered(struct session *session)
{
	switch ((enum step)session->step) {
	case STEP_STARTTLS: /* still in clear */
		session_flag(session, OBSERVED_PIPELINED_BEFORE_TLS);
		break;
	case STEP_PIPELINED:
		session_flag(session, OBSERVED_PIPELINED_BEFORE_TLS);
		session_leave(session, ENDING_COMPLETE);
		break;
	case STEP_INJECTED:
		session_flag(session, OBSERVED_INJECTION_AT_ONCE);
		session_leave(session, ENDING_COMPLETE);
		break;
	case STEP_INJECTED_NOOP:
		session_flag(session, OBSERVED_INJECTION_LATE);
		break;
	case STEP_GREETING:
	case STEP_GREETING_QUIET:
	case STEP_CAPABILITY:
	case STEP_ID:
	case STEP_CONFIRM:
	case STEP_CONFIRM_CANCELLED:
	case STEP_CAPABILITY_SECURED:
		break;
	}
}

static void on_injection_secured(struct session *session)
{
	session_await_quiet(session, STEP_INJECTED, SESSION_INJECTION_QUIET_MS);
}

static bool is_continuation(struct span line)
{
	return span_equals_text(line, "+") || span_starts_with_text(line, "+ ");
}

/* Rule I-5. Continuations and strays are ignored; an untagged status is nginx's reply to whatever is pending. */
static void on_line(struct session *session, const struct line *line)
{
	const char *tag = STEPS[session->step].tag;
	struct span text = line->text;
	bool is_tagged;
	enum status status;

	if (session_has_injected(session) && answers_injection(session, text)) {
		on_injection_answered(session);
		return;
	}
	if (session->step == STEP_INJECTED)
		session_flag(session, OBSERVED_UNSOLICITED_INSIDE_TLS); /* rule J-1: then nothing can be told of what was injected */
	if (session->step == STEP_CONFIRM && is_continuation(text)) {
		session_cancel_confirmed(session, text);
		session_await(session, STEP_CONFIRM_CANCELLED, SESSION_REPLY_MS);
		return;
	}
	if (span_starts_with_text(text, "* ")) {
		on_untagged(session, span_part(text, 2, text.size), line);
		return;
	}
	if (tag == NULL)
		return;
	is_tagged = span_starts_with_text(text, tag) && text.size > strlen(tag) && text.data[strlen(tag)] == ' ';
	if (is_tagged)
		text = span_part(text, strlen(tag), text.size);
	else if (text.size == 0 || text.data[0] == ' ' || text.data[0] == '\t')
		return;
	status = take_status(&text);
	if (status == STATUS_NONE)
		return;
	if (!is_tagged)
		session_flag(session, OBSERVED_UNTAGGED_REPLY);
	on_reply(session, status, text, line->text);
}

static void on_deadline(struct session *session)
{
	switch ((enum step)session->step) {
	case STEP_GREETING:
		if (session->has_greeted)
			session_time_out(session, true); /* the interim line came, the greeting did not */
		else
			session_call_tarpit(session);
		break;
	case STEP_GREETING_QUIET:
		after_greeting(session);
		break;
	case STEP_STARTTLS: /* nothing in clear may follow what may still be agreed (rule D-15) */
	case STEP_CONFIRM:  /* nor anything but the cancel token an exchange that may have begun (rule K-3) */
		session_time_out(session, false);
		break;
	case STEP_PIPELINED:
		session_leave(session, ENDING_COMPLETE);
		break;
	case STEP_INJECTED:
		session_say(session, "m6 NOOP\r\n");
		session_await(session, STEP_INJECTED_NOOP, SESSION_REPLY_MS);
		break;
	case STEP_CAPABILITY:
	case STEP_ID:
	case STEP_CONFIRM_CANCELLED:
	case STEP_CAPABILITY_SECURED:
	case STEP_INJECTED_NOOP:
		session_time_out(session, true);
		break;
	}
}

const struct protocol PROTOCOL_IMAP = {
	.name = "imap",
	.wire = WIRE_IMAP,
	.port_clear = 143,
	.port_secured = 993,
	.leave_command = "m9 LOGOUT\r\n",
	.has_literals = true,
	.on_line = on_line,
	.on_deadline = on_deadline,
	.on_secured = ask_capability,
	.on_injection_secured = on_injection_secured,
	.answers_injection = answers_injection,
	.step_name = step_name,
	.may_say = may_say,
};
