/* SPDX-License-Identifier: ISC */
/* POP3 before login (RFC 1939, RFC 2449, RFC 2595): greeting, CAPA, bare AUTH, STLS, QUIT; where a plan wants it, a SASL exchange that is cancelled, and CAPA
   behind STLS. Rules P-1 to P-10, X-6 and J-1 to J-9 of the rulebook. */
#include "protocol/pop3/pop3.h"

#include "protocol/refusal.h"

enum step {
	STEP_GREETING,
	STEP_CAPA,
	STEP_CAPA_LIST,
	STEP_AUTH,
	STEP_AUTH_LIST,
	STEP_CANCEL,            /* the server took the bare AUTH for the beginning of a login */
	STEP_CONFIRM,           /* a SASL exchange was begun (rule X-6) */
	STEP_CONFIRM_CANCELLED, /* and cancelled */
	STEP_STLS,
	STEP_PIPELINED,     /* STLS was refused; the injected CAPA may be answered in clear (rule J-7) */
	STEP_INJECTED,      /* TLS is up and nothing was said inside: is the injected CAPA answered? (rule J-4) */
	STEP_INJECTED_QUIT, /* and now, before our QUIT? (rule J-5) */
	STEP_INJECTED_REST, /* one reply came; a second one makes the first CAPA's */
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
		[STEP_CONFIRM] = "pop3-awaits-continuation",
		[STEP_CONFIRM_CANCELLED] = "pop3-awaits-end-of-exchange",
		[STEP_STLS] = "pop3-awaits-stls",
		[STEP_PIPELINED] = "pop3-awaits-pipelined",
		[STEP_INJECTED] = "pop3-awaits-injected",
		[STEP_INJECTED_QUIT] = "pop3-awaits-quit",
		[STEP_INJECTED_REST] = "pop3-awaits-rest-of-injected",
	};

	return names[step];
}

static bool is_mechanism(struct span line)
{
	return span_equals_text(line, "AUTH PLAIN\r\n") || span_equals_text(line, "AUTH LOGIN\r\n");
}

static bool may_say(const struct session_plan *plan, struct span line)
{
	if (span_equals_text(line, "STLS\r\n") || span_equals_text(line, "QUIT\r\n"))
		return true;
	if (span_equals_text(line, "CAPA\r\n"))
		return plan == NULL || !plan->is_brief || plan->injects;
	if (span_equals_text(line, "AUTH\r\n"))
		return plan == NULL || (plan->may_bare_auth && !plan->is_brief);
	if (span_equals_text(line, "*\r\n"))
		return plan == NULL || ((plan->may_bare_auth || plan->confirms) && !plan->is_brief);
	return plan != NULL && plan->confirms && !plan->is_brief && is_mechanism(line);
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
	if (session->plan.injects)
		session_flag(session, OBSERVED_INJECTION_TRIED);
	session_say(session, session->plan.injects ? "STLS\r\nCAPA\r\n" : "STLS\r\n"); /* rule J-2: in one piece */
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

/* Is this mechanism on the SASL line of CAPA, or in the list that the bare AUTH gave? */
static bool lists_mechanism(const struct session *session, const char *mechanism)
{
	struct span capabilities = buffer_view(&session->observation->capabilities_before);
	struct span listed = buffer_view(&session->observation->bare_auth_reply);
	bool is_line_start = true, is_sasl = false;

	for (;;) {
		struct span word = span_take_word(&capabilities);

		if (word.size == 0)
			break;
		if (is_line_start)
			is_sasl = span_equals_text_ignoring_case(word, "SASL");
		else if (is_sasl && span_equals_text_ignoring_case(word, mechanism))
			return true;
		is_line_start = span_equals_text(word, "/");
	}
	while (session->observation->bare_auth == BARE_AUTH_LISTED && listed.size > 0) {
		if (span_equals_text_ignoring_case(span_take_word(&listed), mechanism))
			return true;
	}
	return false;
}

/* Rule K-4: only what is advertised and not contradicted. Courier's side would count it as a failed login (rulebook 3.4). */
static const char *mechanism_to_confirm(const struct session *session)
{
	const struct observation *observation = session->observation;
	struct span capabilities = buffer_view(&observation->capabilities_before), greeting = buffer_view(&observation->greeting);

	if (lists_capability(capabilities, "XTLSREQUIRED") || span_contains_text_ignoring_case(capabilities, "Courier") ||
	    span_contains_text_ignoring_case(greeting, "Courier") || span_contains_text_ignoring_case(greeting, "Hello there."))
		return NULL;
	if (lists_mechanism(session, "PLAIN"))
		return "AUTH PLAIN\r\n";
	return lists_mechanism(session, "LOGIN") ? "AUTH LOGIN\r\n" : NULL;
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
		confirm_or_upgrade(session);
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
	if (session->plan.is_brief)
		ask_upgrade(session);
	else
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
		confirm_or_upgrade(session);
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

static void on_confirm_reply(struct session *session, struct span line)
{
	enum status status = status_of(line);
	bool is_begun = session->step == STEP_CONFIRM;

	if (status == STATUS_CONTINUE && is_begun) {
		session_cancel_confirmed(session, line);
		session_await(session, STEP_CONFIRM_CANCELLED, SESSION_REPLY_MS);
	} else if (status == STATUS_OK) {
		session_leave(session, ENDING_COMPLETE); /* logged in without a login: only QUIT may follow (rule K-10) */
	} else if (status == STATUS_ERR) {
		if (is_begun)
			session_note_confirm_refused(session, line);
		ask_upgrade(session);
	}
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
	if (session_has_injected(session))
		session_await_quiet(session, STEP_PIPELINED, SESSION_INJECTION_QUIET_MS); /* rule J-6, or J-7 */
	else
		session_leave(session, ENDING_COMPLETE);
}

/* The injected command. */

static bool answers_injection(const struct session *session, struct span line)
{
	enum status status = status_of(line);

	(void)session;
	return status == STATUS_OK || status == STATUS_ERR;
}

static void on_injection_secured(struct session *session)
{
	session_await_quiet(session, STEP_INJECTED, SESSION_INJECTION_QUIET_MS);
}

static void on_pipelined(struct session *session, struct span line)
{
	if (!answers_injection(session, line))
		return;
	session_flag(session, OBSERVED_PIPELINED_BEFORE_TLS);
	session_leave(session, ENDING_COMPLETE);
}

static void on_injected(struct session *session, struct span line)
{
	if (!answers_injection(session, line)) {
		session_flag(session, OBSERVED_UNSOLICITED_INSIDE_TLS); /* rule J-1: then nothing can be told of what was injected */
		return;
	}
	session_flag(session, OBSERVED_INJECTION_AT_ONCE);
	session_leave(session, ENDING_COMPLETE);
}

static void on_quit_reply(struct session *session, struct span line)
{
	if (!answers_injection(session, line))
		return;
	session_note_injection_settled(session); /* unless more comes */
	session_let_leave_listening(session, STEP_INJECTED_REST, ENDING_COMPLETE);
}

static void on_rest_of_injected(struct session *session, struct span line)
{
	if (line.size == 0)
		return;
	session->observation->flags &= ~(uint32_t)OBSERVED_INJECTION_SETTLED;
	session_flag(session, OBSERVED_INJECTION_LATE);
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
	case STEP_CONFIRM:
	case STEP_CONFIRM_CANCELLED:
		on_confirm_reply(session, line->text);
		break;
	case STEP_STLS:
		on_stls_reply(session, line->text);
		break;
	case STEP_PIPELINED:
		on_pipelined(session, line->text);
		break;
	case STEP_INJECTED:
		on_injected(session, line->text);
		break;
	case STEP_INJECTED_QUIT:
		on_quit_reply(session, line->text);
		break;
	case STEP_INJECTED_REST:
		on_rest_of_injected(session, line->text);
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
	case STEP_STLS:    /* nothing in clear may follow what may still be agreed (rule D-15) */
	case STEP_CONFIRM: /* nor anything but the cancel token an exchange that may have begun (rule K-3) */
	case STEP_INJECTED_QUIT:
	case STEP_INJECTED_REST:
		session_time_out(session, false);
		break;
	case STEP_PIPELINED:
		session_leave(session, ENDING_COMPLETE);
		break;
	case STEP_INJECTED:
		session_say(session, "QUIT\r\n");
		session_await(session, STEP_INJECTED_QUIT, SESSION_REPLY_MS);
		break;
	case STEP_CAPA:
	case STEP_AUTH:
	case STEP_CANCEL:
	case STEP_CONFIRM_CANCELLED:
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
	.on_injection_secured = on_injection_secured,
	.answers_injection = answers_injection,
	.step_name = step_name,
	.may_say = may_say,
};
