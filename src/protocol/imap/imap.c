/* SPDX-License-Identifier: ISC */
/* IMAP before login (RFC 3501, RFC 9051): greeting, CAPABILITY, ID, STARTTLS, LOGOUT. Rules I-1 to I-14 of the rulebook. */
#include "protocol/imap/imap.h"

#include <stdio.h>
#include <string.h>

#include "protocol/refusal.h"

enum step {
	STEP_GREETING,       /* no greeting is complete, or it was Dovecot's interim line */
	STEP_GREETING_QUIET, /* more greeting lines may follow (rule I-2) */
	STEP_CAPABILITY,
	STEP_ID,
	STEP_STARTTLS,
	STEP_CAPABILITY_SECURED,
};

struct step_row {
	const char *name;
	const char *tag; /* NULL: no command is pending */
};

static const struct step_row STEPS[] = {
	[STEP_GREETING] = {"imap-awaits-greeting", NULL},     [STEP_GREETING_QUIET] = {"imap-awaits-end-of-greeting", NULL},
	[STEP_CAPABILITY] = {"imap-awaits-capability", "m1"}, [STEP_ID] = {"imap-awaits-id", "m2"},
	[STEP_STARTTLS] = {"imap-awaits-starttls", "m4"},     [STEP_CAPABILITY_SECURED] = {"imap-awaits-capability-inside-tls", "m5"},
};

static const char ID_BEGINNING[] = "m2 ID (\"name\" \"mailcensus\" \"support-url\" \"";
static const char ID_END[] = "\")\r\n";

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

static bool may_say(struct span line)
{
	static const char *const lines[] = {"m1 CAPABILITY\r\n", "m4 STARTTLS\r\n", "m5 CAPABILITY\r\n", "m9 LOGOUT\r\n"};
	size_t around = strlen(ID_BEGINNING) + strlen(ID_END);

	for (size_t i = 0; i < ARRAY_LENGTH(lines); i++) {
		if (span_equals_text(line, lines[i]))
			return true;
	}
	if (line.size <= around || !span_starts_with_text(line, ID_BEGINNING) ||
	    !span_equals_text(span_part(line, line.size - strlen(ID_END), line.size), ID_END))
		return false;
	return is_plain_url(span_part(line, strlen(ID_BEGINNING), line.size - around));
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

static void ask_upgrade(struct session *session)
{
	if (!session_may_ask_upgrade(session)) {
		session_leave(session, ENDING_COMPLETE);
		return;
	}
	session->observation->upgrade = UPGRADE_UNANSWERED;
	session_say(session, "m4 STARTTLS\r\n");
	session_await(session, STEP_STARTTLS, SESSION_REPLY_MS);
}

/* Rule K-9: only where ID is listed; once, and not again inside an upgraded stream. */
static void introduce_ourselves(struct session *session)
{
	char line[sizeof(ID_BEGINNING) + sizeof(session->plan.support_url) + sizeof(ID_END)];
	bool is_upgraded = session->observation->upgrade == UPGRADE_AGREED;
	bool is_id_listed = lists_keyword(buffer_view(session_capabilities(session)), "ID");

	if (is_upgraded || !is_id_listed || !is_plain_url(span_from_text(session->plan.support_url)) || !session_may_risk_error(session)) {
		ask_upgrade(session);
		return;
	}
	(void)snprintf(line, sizeof(line), "%s%s%s", ID_BEGINNING, session->plan.support_url, ID_END);
	session_say(session, line);
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
	if (session_knows_capabilities(session))
		introduce_ourselves(session);
	else
		ask_capability(session);
}

/* Untagged BYE ends the dialogue at any time (rule I-6). */
static void on_bye(struct session *session, struct span text, struct span line)
{
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
	if (keep_list_of_code(session, text))
		session_end_list(session, true);
	/* Dovecot's interim line: the real greeting is still to come, within the same limit (rule I-2). */
	if (session->step == STEP_GREETING && span_contains_text_ignoring_case(line, "Waiting for authentication process"))
		return;
	if (session->step == STEP_GREETING)
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
		ask_upgrade(session);
		break;
	case STEP_STARTTLS:
		on_starttls_reply(session, status, text, line);
		break;
	case STEP_GREETING:
	case STEP_GREETING_QUIET:
		break;
	}
}

/* Rule I-5. Continuations and strays are ignored; an untagged status is nginx's reply to whatever is pending. */
static void on_line(struct session *session, const struct line *line)
{
	const char *tag = STEPS[session->step].tag;
	struct span text = line->text;
	bool is_tagged;
	enum status status;

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
	case STEP_STARTTLS:
		session_time_out(session, false); /* nothing in clear may follow what may still be agreed (rule D-15) */
		break;
	case STEP_CAPABILITY:
	case STEP_ID:
	case STEP_CAPABILITY_SECURED:
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
	.step_name = step_name,
	.may_say = may_say,
};
