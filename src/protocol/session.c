/* SPDX-License-Identifier: ISC */
/* The life of a conversation: greeting, limits, TLS and the one place where it ends. What is said in between is the business of imap/ and pop3/. */
#include "protocol/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/login_refusal.h"
#include "protocol/first_bytes.h"
#include "protocol/machine.h"
#include "protocol/refusal.h"

enum {
	ERRORS_MAX = 2, /* rule K-6 */
	ERRORS_MAX_WITHOUT_CAPA = 3,
	MASKED_KEYWORD_MIN = 8, /* rule J-24 */
};

struct session *session_new(const struct session_plan *plan, struct observation *observation)
{
	struct session *session = memory_allocate(1, sizeof(*session));

	session->plan = *plan;
	session->plan.support_url[sizeof(session->plan.support_url) - 1] = '\0';
	session->plan.injection_tag[sizeof(session->plan.injection_tag) - 1] = '\0';
	session->observation = observation;
	line_reader_init(&session->lines, SESSION_LINE_MAX);
	if (plan->is_slow)
		session_flag(session, OBSERVED_SLOW_PASS);
	if (plan->is_brief)
		session_flag(session, OBSERVED_LADDER);
	if (plan->is_canary)
		session_flag(session, OBSERVED_CANARY);
	if (plan->has_bare_answer)
		session_flag(session, OBSERVED_BARE_ANSWER);
	return session;
}

void session_free(struct session *session)
{
	if (session == NULL)
		return;
	line_reader_done(&session->lines);
	free(session);
}

struct session_timer session_timer(const struct session *session)
{
	return session->timer;
}

const char *session_state_name(const struct session *session)
{
	static const char *const names[] = {
		[PHASE_NEW] = "new",
		[PHASE_GREETING] = "awaits-greeting",
		[PHASE_WRONG_PROTOCOL] = "gathers-wrong-protocol",
		[PHASE_DIALOGUE] = "dialogue",
		[PHASE_WANTS_TLS] = "wants-tls",
		[PHASE_CLEAR_FOR_TLS] = "gathers-clear-text-for-tls",
		[PHASE_SETTLING] = "tls-settles",
		[PHASE_LEAVING] = "leaves",
		[PHASE_FINISHED] = "finished",
	};

	return session->phase == PHASE_DIALOGUE ? session->protocol->step_name(session->step) : names[session->phase];
}

/* What the machines need. */

void session_flag(struct session *session, enum observation_flag flag)
{
	session->observation->flags |= (uint32_t)flag;
}

void session_keep(struct buffer *buffer, struct span bytes)
{
	buffer_clear(buffer);
	buffer_append(buffer, bytes);
}

/* The only place that sets an ending. */
static void end(struct session *session, enum ending ending)
{
	session->observation->ending = ending;
	session->phase = PHASE_FINISHED;
	session->timer = (struct session_timer){.serial = session->timer.serial + 1};
	line_reader_done(&session->lines);
}

static void set_timer(struct session *session, unsigned limit_ms, bool since_bytes)
{
	session->timer = (struct session_timer){.limit_ms = limit_ms, .since_bytes = since_bytes, .serial = session->timer.serial + 1};
}

void session_say(struct session *session, const char *lines)
{
	struct span bytes = span_from_text(lines);

	if (!session_may_send_by(&session->plan, bytes)) {
		end(session, ENDING_LOCAL_FAILURE); /* a mistake of ours must not reach the wire */
		return;
	}
	buffer_append(session->out, bytes);
}

static void await(struct session *session, unsigned step, unsigned limit_ms, bool since_bytes)
{
	if (session->phase == PHASE_FINISHED)
		return;
	session->phase = PHASE_DIALOGUE;
	session->step = step;
	set_timer(session, limit_ms, since_bytes);
}

void session_await(struct session *session, unsigned step, unsigned limit_ms)
{
	await(session, step, limit_ms, false);
}

void session_await_quiet(struct session *session, unsigned step, unsigned quiet_ms)
{
	await(session, step, quiet_ms, true);
}

void session_want_tls(struct session *session)
{
	session->phase = PHASE_WANTS_TLS;
	set_timer(session, 0, false); /* the handshake's limit is the driver's */
}

void session_let_leave(struct session *session, enum ending ending)
{
	if (session->phase == PHASE_FINISHED)
		return;
	session->phase = PHASE_LEAVING;
	session->listens_while_leaving = false;
	session->ending_when_left = ending;
	set_timer(session, SESSION_LEAVING_MS, false);
}

void session_let_leave_listening(struct session *session, unsigned step, enum ending ending)
{
	session_let_leave(session, ending);
	session->listens_while_leaving = true;
	session->step = step;
}

void session_leave(struct session *session, enum ending ending)
{
	session_say(session, session->protocol->leave_command);
	session_let_leave(session, ending);
}

void session_time_out(struct session *session, bool may_say_farewell)
{
	if (may_say_farewell)
		session_say(session, session->protocol->leave_command);
	end(session, ENDING_TIMED_OUT);
}

/* A greeting that broke off is kept as far as it came (rule D-9). */
static void keep_partial_greeting(struct session *session)
{
	struct span partial = line_reader_partial(&session->lines);

	if (session->phase == PHASE_DIALOGUE && !session->has_greeted && partial.size > 0)
		session_keep(&session->observation->greeting, partial);
}

void session_call_tarpit(struct session *session)
{
	keep_partial_greeting(session);
	end(session, ENDING_TARPIT);
}

enum ending session_ending_of_refusal(struct span text)
{
	return refusal_of(text) == REFUSAL_DENIED ? ENDING_DENIED : ENDING_BUSY;
}

void session_count_error(struct session *session)
{
	session->errors++;
}

bool session_may_risk_error(const struct session *session)
{
	return session->errors < (session->is_capability_refused ? ERRORS_MAX_WITHOUT_CAPA : ERRORS_MAX);
}

bool session_has_injected(const struct session *session)
{
	return (session->observation->flags & OBSERVED_INJECTION_TRIED) != 0;
}

void session_note_injection_settled(struct session *session)
{
	if ((session->observation->flags & OBSERVED_UNSOLICITED_INSIDE_TLS) == 0)
		session_flag(session, OBSERVED_INJECTION_SETTLED);
}

bool session_may_confirm(const struct session *session)
{
	return session->plan.confirms && !session->plan.is_brief && !session->is_secured && session_may_risk_error(session);
}

void session_note_confirm_refused(struct session *session, struct span reply)
{
	session_keep(&session->observation->confirm_reply, reply);
	if (login_refusal_denies_mechanism(reply))
		session_flag(session, OBSERVED_CONFIRM_DENIED);
}

void session_cancel_confirmed(struct session *session, struct span reply)
{
	session_keep(&session->observation->confirm_reply, reply);
	session_flag(session, OBSERVED_CONFIRM_ACCEPTED);
	session_say(session, "*\r\n");
}

struct buffer *session_capabilities(struct session *session)
{
	return session->is_secured ? &session->observation->capabilities_after : &session->observation->capabilities_before;
}

bool session_knows_capabilities(const struct session *session)
{
	return session->is_secured ? session->observation->capabilities_after_known : session->observation->capabilities_before_known;
}

static void set_capabilities_known(struct session *session, bool is_known)
{
	if (session->is_secured)
		session->observation->capabilities_after_known = is_known;
	else
		session->observation->capabilities_before_known = is_known;
}

void session_begin_list(struct session *session)
{
	buffer_clear(session_capabilities(session));
	set_capabilities_known(session, false);
	session->is_list_pending = true;
	session->is_list_cut = false;
	session->is_starttls_listed = false;
}

static bool is_masked(struct span keyword)
{
	for (size_t i = 0; i < keyword.size; i++) {
		if (keyword.data[i] != 'X' && keyword.data[i] != 'A')
			return false;
	}
	return keyword.size >= MASKED_KEYWORD_MIN;
}

void session_note_keyword(struct session *session, struct span keyword, const char *starttls)
{
	if (is_masked(keyword))
		session_flag(session, OBSERVED_STARTTLS_MASKED);
	if (!span_equals_text_ignoring_case(keyword, starttls))
		return;
	session->is_starttls_listed = true;
	if (session->is_secured)
		session_flag(session, OBSERVED_STARTTLS_INSIDE_TLS); /* rule D-17 */
	else
		session->observation->starttls_advertised = PRESENCE_PRESENT;
}

void session_end_list(struct session *session, bool is_complete)
{
	session->is_list_pending = false;
	if (!is_complete || session->is_list_cut)
		return;
	if (!session->is_secured && !session->is_starttls_listed)
		session->observation->starttls_advertised = PRESENCE_ABSENT;
	/* Words beyond what we keep could be the ones that matter to a rule. */
	if (!session_capabilities(session)->overflowed)
		set_capabilities_known(session, true);
}

void session_note_capability_refused(struct session *session)
{
	session->is_capability_refused = true;
	session_count_error(session);
	if (session->is_secured)
		return;
	session_flag(session, OBSERVED_CAPABILITY_REFUSED);
	if (session->observation->starttls_advertised == PRESENCE_UNKNOWN)
		session->observation->starttls_advertised = PRESENCE_ABSENT;
}

bool session_may_ask_upgrade(const struct session *session)
{
	return !session->is_secured && session->plan.tls == SESSION_TLS_UPGRADE && session_may_risk_error(session);
}

/* Greeting. */

static void await_greeting(struct session *session)
{
	session->phase = PHASE_GREETING;
	set_timer(session, session->plan.is_slow ? SESSION_GREETING_SLOW_MS : SESSION_GREETING_MS, false);
}

static void begin(struct session *session)
{
	if (session->plan.tls == SESSION_TLS_FIRST)
		session_want_tls(session);
	else
		await_greeting(session);
}

static const struct protocol *protocol_of(enum wire_protocol wire)
{
	for (const struct protocol *const *protocol = PROTOCOLS; *protocol != NULL; protocol++) {
		if ((*protocol)->wire == wire)
			return *protocol;
	}
	return NULL;
}

/* What speaks decides which machine goes on (rule W-5). The timer stays: it counts to the end of the greeting. */
static void adopt(struct session *session, const struct protocol *protocol)
{
	struct observation *observation = session->observation;

	session->protocol = protocol;
	observation->protocol = protocol->wire;
	if (session->plan.expected != protocol->wire)
		session_flag(session, OBSERVED_WRONG_PORT_PROTOCOL);
	session->lines.literal_max = protocol->has_literals ? SESSION_LITERAL_MAX : 0;
	line_reader_prepend(&session->lines, buffer_view(&observation->greeting));
	buffer_clear(&observation->greeting);
	session->phase = PHASE_DIALOGUE;
	session->step = 0;
}

static void end_wrong_protocol(struct session *session, enum ending ending)
{
	session->observation->protocol = first_bytes_protocol(buffer_view(&session->observation->greeting));
	end(session, ending);
}

/* Text is waited for up to its line end within the limit of a greeting; bytes have no end, so that a pause ends them. */
static void gather_more(struct session *session)
{
	const struct buffer *gathered = &session->observation->greeting;
	bool is_enough = !first_bytes_are_text(buffer_view(gathered)) || span_find_byte(buffer_view(gathered), '\n') < gathered->size;

	session->phase = PHASE_WRONG_PROTOCOL;
	if (gathered->size == gathered->max)
		end_wrong_protocol(session, ENDING_WRONG_PROTOCOL);
	else if (is_enough && !session->timer.since_bytes)
		set_timer(session, SESSION_GREETING_QUIET_MS, true);
}

static size_t take_first_byte(struct session *session, struct span input)
{
	struct buffer *gathered = &session->observation->greeting;
	const struct protocol *protocol;
	enum wire_protocol wire;

	buffer_append(gathered, span_part(input, 0, 1));
	wire = first_bytes_protocol(buffer_view(gathered));
	protocol = protocol_of(wire);
	if (protocol != NULL)
		adopt(session, protocol);
	else if (wire != WIRE_UNKNOWN)
		gather_more(session);
	return 1;
}

static size_t take_wrong_protocol(struct session *session, struct span input)
{
	struct buffer *gathered = &session->observation->greeting;
	struct span taken = span_part(input, 0, gathered->max - gathered->size);

	buffer_append(gathered, taken);
	gather_more(session);
	return taken.size;
}

/* Clear text where TLS belongs. */

static struct buffer *evidence_of_clear(struct session *session)
{
	bool is_first = session->plan.tls == SESSION_TLS_FIRST;

	return is_first ? &session->observation->greeting : &session->observation->clear_after_upgrade;
}

/* The injected command was answered in clear behind the agreement: it never reached the inside of TLS (rule J-7). */
static bool is_pipelined(const struct session *session)
{
	return session_has_injected(session) &&
	       session->protocol->answers_injection(session, buffer_view(&session->observation->clear_after_upgrade));
}

/* Rule D-15 after an upgrade, rule W-2 on a port of implicit TLS. */
static void end_clear_for_tls(struct session *session)
{
	struct observation *observation = session->observation;

	if (session->plan.tls != SESSION_TLS_FIRST && is_pipelined(session)) {
		session_flag(session, OBSERVED_PIPELINED_BEFORE_TLS);
		end(session, ENDING_COMPLETE); /* without a farewell: nothing in clear may follow the agreement */
		return;
	}
	if (session->plan.tls != SESSION_TLS_FIRST) {
		end(session, ENDING_CLEAR_AFTER_UPGRADE);
		return;
	}
	if (observation->tls.outcome == TLS_NOT_TRIED)
		observation->tls.outcome = TLS_GARBAGE;
	end_wrong_protocol(session, ENDING_TLS_FAILED);
}

static size_t take_clear_for_tls(struct session *session, struct span input)
{
	struct buffer *evidence = evidence_of_clear(session);
	struct span taken = span_part(input, 0, span_find_byte(input, '\n') + 1);

	taken = span_part(taken, 0, evidence->max - evidence->size);
	buffer_append(evidence, taken);
	if (evidence->size == evidence->max || evidence->data[evidence->size - 1] == '\n')
		end_clear_for_tls(session);
	return taken.size;
}

/* Bytes. */

static void end_too_much(struct session *session)
{
	session_flag(session, OBSERVED_TOO_MUCH_DATA);
	if (session->phase == PHASE_LEAVING) {
		end(session, session->ending_when_left);
		return;
	}
	keep_partial_greeting(session);
	end(session, ENDING_TOO_MUCH_DATA);
}

static size_t take_line(struct session *session, struct span input)
{
	struct span rest = input;
	struct line line;

	switch (line_reader_take(&session->lines, &rest, &line)) {
	case LINE_NOT_YET:
		break;
	case LINE_LITERAL_TOO_LONG:
		end_too_much(session); /* rule I-7 */
		break;
	case LINE_READY:
		if (line.was_cut)
			session_flag(session, OBSERVED_LONG_LINE);
		if (session->phase == PHASE_DIALOGUE || session->phase == PHASE_LEAVING)
			session->protocol->on_line(session, &line);
		break;
	}
	return input.size - rest.size;
}

/* Takes at least one byte. */
static size_t take_some(struct session *session, struct span input)
{
	switch (session->phase) {
	case PHASE_GREETING:
		return take_first_byte(session, input);
	case PHASE_WRONG_PROTOCOL:
		return take_wrong_protocol(session, input);
	case PHASE_CLEAR_FOR_TLS:
		return take_clear_for_tls(session, input);
	case PHASE_SETTLING:
		session_flag(session, OBSERVED_UNSOLICITED_INSIDE_TLS); /* rule D-16 */
		return take_line(session, input);
	case PHASE_DIALOGUE:
		return take_line(session, input);
	case PHASE_LEAVING:
		if (session->listens_while_leaving)
			return take_line(session, input);
		break;
	case PHASE_NEW:
	case PHASE_WANTS_TLS:
	case PHASE_FINISHED:
		break;
	}
	return input.size;
}

/* Clear bytes while TLS is wanted: TLS by their first byte, or the beginning of evidence. */
static bool is_for_tls(struct session *session, struct span input)
{
	if (session->phase != PHASE_WANTS_TLS || input.size == 0)
		return false;
	if (!session->has_tls_spoken && (input.data[0] < 0x14 || input.data[0] > 0x17)) {
		session->phase = PHASE_CLEAR_FOR_TLS;
		set_timer(session, SESSION_GREETING_QUIET_MS, true);
		return false;
	}
	session->has_tls_spoken = true;
	return true;
}

static void take_bytes(struct session *session, struct span *input)
{
	uint32_t limit = session->is_secured ? SESSION_SECURED_BYTES_MAX : SESSION_CLEAR_BYTES_MAX;
	uint32_t *count = session->is_secured ? &session->secured_bytes : &session->clear_bytes;

	if (is_for_tls(session, *input))
		return;
	while (input->size > 0 && session->phase != PHASE_FINISHED && session->phase != PHASE_WANTS_TLS) {
		size_t taken;

		if (*count >= limit) {
			end_too_much(session);
			return;
		}
		taken = take_some(session, span_part(*input, 0, limit - *count));
		if (span_find_byte(span_part(*input, 0, taken), '\0') < taken)
			session_flag(session, OBSERVED_NUL_BYTE);
		*count += (uint32_t)taken;
		*input = span_part(*input, taken, input->size);
	}
}

/* Ends of the stream. */

static void end_instead_of_tls(struct session *session, enum tls_outcome outcome)
{
	if (session->observation->tls.outcome == TLS_NOT_TRIED)
		session->observation->tls.outcome = outcome;
	end(session, ENDING_TLS_FAILED);
}

static void on_end_of_stream(struct session *session, bool is_reset)
{
	switch (session->phase) {
	case PHASE_GREETING:
		if (session->observation->greeting.size == 0)
			end(session, is_reset ? ENDING_RESET_SILENT : ENDING_CLOSED_SILENT);
		else
			end(session, is_reset ? ENDING_RESET : ENDING_TRUNCATED);
		break;
	case PHASE_WRONG_PROTOCOL:
		end_wrong_protocol(session, ENDING_WRONG_PROTOCOL);
		break;
	case PHASE_WANTS_TLS:
		end_instead_of_tls(session, is_reset ? TLS_RESET : TLS_CLOSED);
		break;
	case PHASE_CLEAR_FOR_TLS:
		end_clear_for_tls(session);
		break;
	case PHASE_LEAVING:
		end(session, session->ending_when_left);
		break;
	case PHASE_DIALOGUE:
	case PHASE_SETTLING:
		keep_partial_greeting(session);
		end(session, is_reset ? ENDING_RESET : ENDING_TRUNCATED);
		break;
	case PHASE_NEW:
	case PHASE_FINISHED:
		break;
	}
}

static void on_deadline(struct session *session)
{
	switch (session->phase) {
	case PHASE_GREETING:
		end(session, session->observation->greeting.size == 0 ? ENDING_SILENT : ENDING_TARPIT);
		break;
	case PHASE_WRONG_PROTOCOL:
		end_wrong_protocol(session, session->timer.since_bytes ? ENDING_WRONG_PROTOCOL : ENDING_TARPIT);
		break;
	case PHASE_DIALOGUE:
		session->protocol->on_deadline(session);
		break;
	case PHASE_WANTS_TLS: /* the time of the whole conversation is over: says nothing of TLS unless the driver knows more */
		end(session, session->observation->tls.outcome == TLS_NOT_TRIED ? ENDING_TIMED_OUT : ENDING_TLS_FAILED);
		break;
	case PHASE_CLEAR_FOR_TLS:
		end_clear_for_tls(session);
		break;
	case PHASE_SETTLING:
		session->protocol->on_secured(session);
		break;
	case PHASE_LEAVING:
		end(session, session->ending_when_left);
		break;
	case PHASE_NEW:
	case PHASE_FINISHED:
		break;
	}
}

/* TLS. */

static void on_tls_ready(struct session *session)
{
	if (session->phase == PHASE_CLEAR_FOR_TLS)
		end_clear_for_tls(session);
	if (session->phase != PHASE_WANTS_TLS)
		return;
	session->is_secured = true;
	line_reader_done(&session->lines);
	if (session->protocol == NULL) {
		await_greeting(session);
		return;
	}
	if (session_has_injected(session)) {
		session->protocol->on_injection_secured(session);
		return;
	}
	if (session->plan.is_brief) {
		session_leave(session, ENDING_COMPLETE); /* what TLS shows has been seen */
		return;
	}
	session->phase = PHASE_SETTLING;
	set_timer(session, SESSION_AFTER_TLS_QUIET_MS, true);
}

static void on_tls_over(struct session *session, enum ending ending)
{
	if (session->phase == PHASE_CLEAR_FOR_TLS)
		end_clear_for_tls(session);
	else if (session->phase == PHASE_WANTS_TLS)
		end(session, ending);
	else if (session->is_secured)
		on_end_of_stream(session, false); /* TLS that was up broke: no more can be read */
}

enum session_event session_event_of_tls(const struct tls_observation *tls)
{
	if (tls->outcome != TLS_PROVEN)
		return SESSION_TLS_FAILED;
	return tls->hello == TLS_HELLO_SESSION ? SESSION_TLS_READY : SESSION_TLS_OBSERVED;
}

void session_abandon(struct session *session)
{
	if (session->phase != PHASE_FINISHED)
		end(session, ENDING_LOCAL_FAILURE);
}

static enum session_want want_of(const struct session *session)
{
	if (session->phase == PHASE_FINISHED)
		return SESSION_IS_FINISHED;
	return session->phase == PHASE_WANTS_TLS ? SESSION_WANTS_TLS : SESSION_WANTS_BYTES;
}

enum session_want session_step(struct session *session, enum session_event event, struct span input, size_t *consumed_out,
                               struct buffer *out)
{
	struct span rest = input;

	session->out = out;
	if (session->phase == PHASE_NEW)
		begin(session);
	switch (event) {
	case SESSION_CONNECTED:
		break;
	case SESSION_BYTES:
		take_bytes(session, &rest);
		break;
	case SESSION_CLOSED:
		on_end_of_stream(session, false);
		break;
	case SESSION_RESET:
		on_end_of_stream(session, true);
		break;
	case SESSION_DEADLINE:
		on_deadline(session);
		break;
	case SESSION_TLS_READY:
		on_tls_ready(session);
		break;
	case SESSION_TLS_OBSERVED:
		on_tls_over(session, ENDING_TLS_OBSERVED);
		break;
	case SESSION_TLS_FAILED:
		on_tls_over(session, ENDING_TLS_FAILED);
		break;
	}
	session->out = NULL;
	if (consumed_out != NULL)
		*consumed_out = input.size - rest.size;
	return want_of(session);
}
