/* SPDX-License-Identifier: ISC */
/* POP3 before login (RFC 1939, RFC 2449, RFC 2595): greeting, CAPA, bare AUTH, STLS, QUIT. Rules P-1 to P-10 of the rulebook. */
#include "protocol/pop3/pop3.h"

#include "protocol/refusal.h"

enum step {
	STEP_GREETING,
	STEP_CAPA,
	STEP_CAPA_LIST,
	STEP_AUTH,
	STEP_AUTH_LIST,
	STEP_CANCEL, /* the server took the bare AUTH for the beginning of a login */
	STEP_STLS,
};

static const char *step_name(unsigned step)
{
	static const char *const names[] = {
		[STEP_GREETING] = "pop3-awaits-greeting",
		[STEP_CAPA] = "pop3-awaits-capa",
		[STEP_CAPA_LIST] = "pop3-reads-capabilities",
		[STEP_AUTH] = "pop3-awaits-auth",
		[STEP_AUTH_LIST] = "pop3-reads-mechanisms",
		[STEP_CANCEL] = "pop3-awaits-cancellation",
		[STEP_STLS] = "pop3-awaits-stls",
	};

	return names[step];
}

static bool may_say(struct span line)
{
	static const char *const lines[] = {"CAPA\r\n", "AUTH\r\n", "*\r\n", "STLS\r\n", "QUIT\r\n"};

	for (size_t i = 0; i < ARRAY_LENGTH(lines); i++) {
		if (span_equals_text(line, lines[i]))
			return true;
	}
	return false;
}

enum status { STATUS_NONE, STATUS_OK, STATUS_ERR, STATUS_CONTINUE };

static enum status status_of(struct span line)
{
	if (span_starts_with_text_ignoring_case(line, "+OK"))
		return STATUS_OK;
	if (span_starts_with_text_ignoring_case(line, "-ERR"))
		return STATUS_ERR;
	return span_equals_text(line, "+") || span_starts_with_text(line, "+ ") ? STATUS_CONTINUE : STATUS_NONE;
}

static enum refusal refusal_of_line(struct span line)
{
	return refusal_of(span_part(line, 4, line.size));
}

/* A token <...@...> (rule P-2). */
static bool has_apop_stamp(struct span greeting)
{
	for (;;) {
		struct span word;
		size_t begin, end;

		begin = span_find_byte(greeting, '<');
		greeting = span_part(greeting, begin + 1, greeting.size);
		if (greeting.size == 0)
			return false;
		end = span_find_byte(greeting, '>');
		word = span_part(greeting, 0, end);
		if (end < greeting.size && span_find_byte(word, '@') < word.size && span_find_byte(word, ' ') == word.size &&
		    span_find_byte(word, '<') == word.size)
			return true;
	}
}

/* Going on. */

static void ask_capa(struct session *session)
{
	session_say(session, "CAPA\r\n");
	session_await(session, STEP_CAPA, SESSION_REPLY_MS);
}

static void ask_upgrade(struct session *session)
{
	if (!session_may_ask_upgrade(session)) {
		session_leave(session, ENDING_COMPLETE);
		return;
	}
	session->observation->upgrade = UPGRADE_UNANSWERED;
	session_say(session, "STLS\r\n");
	session_await(session, STEP_STLS, SESSION_REPLY_MS);
}

/* Capability lines are joined by " / "; the first word of each is its name (rule P-4). */
static bool lists_capability(struct span rest, const char *name)
{
	bool is_line_start = true;

	for (;;) {
		struct span word = span_take_word(&rest);

		if (word.size == 0)
			return false;
		if (is_line_start && span_equals_text_ignoring_case(word, name))
			return true;
		is_line_start = span_equals_text(word, "/");
	}
}

/* Rule P-7: in exactly two cases. */
static bool may_ask_bare_auth(struct session *session)
{
	struct span capabilities = buffer_view(&session->observation->capabilities_before);

	if (!session->plan.may_bare_auth || session->is_secured || !session_may_risk_error(session))
		return false;
	if (session->is_capability_refused)
		return true;
	return session->observation->capabilities_before_known && lists_capability(capabilities, "USER") &&
	       !lists_capability(capabilities, "SASL");
}

static void after_capa(struct session *session)
{
	if (!may_ask_bare_auth(session)) {
		ask_upgrade(session);
		return;
	}
	session->observation->bare_auth = BARE_AUTH_UNANSWERED;
	session_say(session, "AUTH\r\n");
	session_await(session, STEP_AUTH, SESSION_REPLY_MS);
}

/* Replies. */

static void on_greeting(struct session *session, struct span line)
{
	session->has_greeted = true;
	session_keep(&session->observation->greeting, line);
	if (status_of(line) == STATUS_ERR) {
		session_leave(session, session_ending_of_refusal(span_part(line, 4, line.size)));
		return;
	}
	if (has_apop_stamp(line))
		session_flag(session, OBSERVED_APOP_STAMP);
	ask_capa(session);
}

static void on_capa_reply(struct session *session, struct span line)
{
	enum status status = status_of(line);

	if (status == STATUS_OK) {
		session_begin_list(session);
		session->list_lines = 0;
		session->step = STEP_CAPA_LIST; /* within the same limit */
	} else if (status == STATUS_ERR && refusal_of_line(line) == REFUSAL_BUSY && !session->is_secured) {
		session_leave(session, ENDING_BUSY);
	} else if (status == STATUS_ERR) {
		session_note_capability_refused(session);
		after_capa(session);
	}
}

/* True at the line that ends a list; else *line is a line of it, unstuffed (rule P-3). */
static bool is_end_of_list(struct span *line)
{
	if (line->size == 0 || line->data[0] != '.')
		return false;
	if (line->size == 1)
		return true;
	*line = span_part(*line, 1, line->size);
	return false;
}

/* Lines beyond the limit are read to the end of the list, but not kept. */
static bool has_room_in_list(struct session *session)
{
	if (session->list_lines >= SESSION_LIST_LINES_MAX) {
		session_flag(session, OBSERVED_LIST_UNTERMINATED);
		session->is_list_cut = true;
		return false;
	}
	session->list_lines++;
	return true;
}

static void on_capa_line(struct session *session, const struct line *line)
{
	struct buffer *kept = session_capabilities(session);
	struct span text = line->text, rest, keyword;

	if (is_end_of_list(&text)) {
		session_end_list(session, true);
		after_capa(session);
		return;
	}
	text = span_trim(text);
	rest = text;
	keyword = span_take_word(&rest);
	if (!has_room_in_list(session) || keyword.size == 0 || span_equals_text_ignoring_case(text, "CAPA"))
		return;
	if (line->was_cut)
		session->is_list_cut = true;
	if (kept->size > 0)
		buffer_append_text(kept, " / ");
	buffer_append(kept, text);
	session_note_keyword(session, keyword, "STLS");
}

static void on_auth_reply(struct session *session, struct span line)
{
	struct observation *observation = session->observation;
	enum status status = status_of(line);

	if (status == STATUS_NONE)
		return;
	session_keep(&observation->bare_auth_reply, line);
	if (status == STATUS_OK) {
		session->list_lines = 0;
		session->step = STEP_AUTH_LIST; /* within the same limit */
	} else if (status == STATUS_CONTINUE) {
		session_say(session, "*\r\n"); /* rule K-3: nothing but the cancel token may follow */
		session_await(session, STEP_CANCEL, SESSION_REPLY_MS);
	} else {
		observation->bare_auth = BARE_AUTH_REFUSED;
		session_count_error(session);
		ask_upgrade(session);
	}
}

static void on_auth_line(struct session *session, struct span line)
{
	struct observation *observation = session->observation;

	if (is_end_of_list(&line)) {
		observation->bare_auth = BARE_AUTH_LISTED;
		ask_upgrade(session);
		return;
	}
	line = span_trim(line);
	if (!has_room_in_list(session) || line.size == 0)
		return;
	buffer_append_byte(&observation->bare_auth_reply, ' ');
	buffer_append(&observation->bare_auth_reply, line);
}

static void on_cancelled(struct session *session, struct span line)
{
	enum status status = status_of(line);

	if (status != STATUS_OK && status != STATUS_ERR)
		return;
	session->observation->bare_auth = BARE_AUTH_REFUSED; /* it listed nothing */
	session_count_error(session);
	ask_upgrade(session);
}

/* What is neither +OK nor -ERR is the rest of a list that was given up. */
static void on_stls_reply(struct session *session, struct span line)
{
	struct observation *observation = session->observation;
	enum status status = status_of(line);

	if (status != STATUS_OK && status != STATUS_ERR)
		return;
	session_keep(&observation->upgrade_reply, line);
	if (status == STATUS_OK) {
		observation->upgrade = UPGRADE_AGREED;
		session_want_tls(session);
		return;
	}
	observation->upgrade = refusal_of_line(line) == REFUSAL_BUSY ? UPGRADE_REFUSED_BUSY : UPGRADE_REFUSED;
	session_count_error(session);
	session_leave(session, ENDING_COMPLETE);
}

static void on_line(struct session *session, const struct line *line)
{
	switch ((enum step)session->step) {
	case STEP_GREETING:
		on_greeting(session, line->text);
		break;
	case STEP_CAPA:
		on_capa_reply(session, line->text);
		break;
	case STEP_CAPA_LIST:
		on_capa_line(session, line);
		break;
	case STEP_AUTH:
		on_auth_reply(session, line->text);
		break;
	case STEP_AUTH_LIST:
		on_auth_line(session, line->text);
		break;
	case STEP_CANCEL:
		on_cancelled(session, line->text);
		break;
	case STEP_STLS:
		on_stls_reply(session, line->text);
		break;
	}
}

/* Rule P-3: no terminator within the limit; what is there is used, but nothing is concluded from what is not. */
static void on_unterminated_list(struct session *session)
{
	struct observation *observation = session->observation;

	session_flag(session, OBSERVED_LIST_UNTERMINATED);
	if (session->step == STEP_CAPA_LIST)
		session_end_list(session, false);
	else if (session->list_lines > 0)
		observation->bare_auth = BARE_AUTH_LISTED;
	ask_upgrade(session);
}

static void on_deadline(struct session *session)
{
	switch ((enum step)session->step) {
	case STEP_GREETING:
		session_call_tarpit(session);
		break;
	case STEP_CAPA_LIST:
	case STEP_AUTH_LIST:
		on_unterminated_list(session);
		break;
	case STEP_STLS:
		session_time_out(session, false); /* nothing in clear may follow what may still be agreed (rule D-15) */
		break;
	case STEP_CAPA:
	case STEP_AUTH:
	case STEP_CANCEL:
		session_time_out(session, true);
		break;
	}
}

const struct protocol PROTOCOL_POP3 = {
	.name = "pop3",
	.wire = WIRE_POP3,
	.port_clear = 110,
	.port_secured = 995,
	.leave_command = "QUIT\r\n",
	.on_line = on_line,
	.on_deadline = on_deadline,
	.on_secured = ask_capa,
	.step_name = step_name,
	.may_say = may_say,
};
