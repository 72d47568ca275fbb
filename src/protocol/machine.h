/* SPDX-License-Identifier: ISC */
/* What the machine of one protocol (imap/, pop3/) is, and what a session does for it. Only members of protocol/ include this.

   A machine holds no state but `step`; it is told of complete lines, of its timer and of TLS, and answers by the functions below. It keeps what the
   server said in session->observation, never sets an ending itself, and never writes to the wire but by session_say. */
#ifndef PROTOCOL_MACHINE_H
#define PROTOCOL_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/span.h"
#include "model/observation.h"
#include "protocol/line_reader.h"
#include "protocol/session.h"

/* One row of the table of protocols. */
struct protocol {
	const char *name;
	enum wire_protocol wire;
	uint16_t port_clear;
	uint16_t port_secured; /* TLS before the greeting */
	const char *leave_command;
	bool has_literals; /* rule I-7 */
	/* A complete line without its end. Called first with the greeting, at step 0. */
	void (*on_line)(struct session *session, const struct line *line);
	/* The timer of the present step ran out. */
	void (*on_deadline)(struct session *session);
	/* TLS came up after an upgrade and the server kept quiet: all earlier capabilities are forgotten (rule D-16). */
	void (*on_secured)(struct session *session);
	/* TLS came up after an upgrade that a command was injected behind: what comes is awaited by a step of the machine (rule J-4). */
	void (*on_injection_secured)(struct session *session);
	/* Is this line the answer to the injected command? */
	bool (*answers_injection)(const struct session *session, struct span line);
	const char *(*step_name)(unsigned step);
	/* Is this line, with its end, one that rule K-1 allows in this protocol? By this plan; NULL: by any. */
	bool (*may_say)(const struct session_plan *plan, struct span line);
};

/* All of them, ended by NULL. */
extern const struct protocol *const PROTOCOLS[];

enum session_phase {
	PHASE_NEW,
	PHASE_GREETING,       /* nothing was said yet that tells a protocol */
	PHASE_WRONG_PROTOCOL, /* some first bytes of it are gathered */
	PHASE_DIALOGUE,       /* step says where */
	PHASE_WANTS_TLS,
	PHASE_CLEAR_FOR_TLS, /* clear text came instead of TLS: gathered as evidence */
	PHASE_SETTLING,      /* TLS is up; what comes unasked? */
	PHASE_LEAVING,       /* reading to the end of the stream */
	PHASE_FINISHED,
};

struct session {
	struct observation *observation;
	const struct protocol *protocol; /* NULL until the greeting told */
	struct buffer *out;              /* only during session_step */
	struct line_reader lines;
	struct session_timer timer;
	enum session_phase phase;
	unsigned step; /* of the protocol's own machine */
	enum ending ending_when_left;
	uint32_t clear_bytes, secured_bytes;
	unsigned list_lines;
	unsigned errors; /* rule K-6 */
	bool is_secured;
	bool has_tls_spoken; /* a first byte of TLS was seen: what follows is not ours to judge */
	bool has_greeted;    /* a complete greeting was read */
	bool is_capability_refused;
	bool is_list_pending; /* a list came, its command is not completed yet */
	bool is_list_cut;     /* a line of the list was longer than the limit, or the list too long */
	bool is_starttls_listed;
	bool listens_while_leaving; /* lines still go to the machine while the end of the stream is awaited */
	struct session_plan plan;
};

/* Sends commands with their line ends, all at once, after the allow-list agreed. */
void session_say(struct session *session, const char *lines);
/* What is awaited now. limit_ms counts from now, or from the last bytes (quiet). */
void session_await(struct session *session, unsigned step, unsigned limit_ms);
void session_await_quiet(struct session *session, unsigned step, unsigned quiet_ms);
/* The upgrade was agreed. */
void session_want_tls(struct session *session);
/* Says QUIT or LOGOUT and reads to the end of the stream; then it ended so. */
void session_leave(struct session *session, enum ending ending);
/* The server says that it leaves: the same without a word. */
void session_let_leave(struct session *session, enum ending ending);
/* The same; until then lines go to this step of the machine. */
void session_let_leave_listening(struct session *session, unsigned step, enum ending ending);
/* No answer within the limit; a word of farewell when the server may still read it as one (rule K-5). */
void session_time_out(struct session *session, bool may_say_farewell);
/* Bytes dripped, but no greeting became complete (rule D-6). */
void session_call_tarpit(struct session *session);

/* The ending for a refusal of everything, by its text. */
enum ending session_ending_of_refusal(struct span text);
void session_flag(struct session *session, enum observation_flag flag);
/* Replaces what buffer holds. */
void session_keep(struct buffer *buffer, struct span bytes);
/* A negative reply to a command that the server may not know; may another one be risked? (rule K-6) */
void session_count_error(struct session *session);
bool session_may_risk_error(const struct session *session);
/* A command was put behind STARTTLS or STLS. */
bool session_has_injected(const struct session *session);
bool session_injection_tag_is_good(const char *tag);
/* Only our next command was answered; after text that nobody asked for that proves nothing (rules J-1, J-6). */
void session_note_injection_settled(struct session *session);
/* The plan wants a SASL exchange opened and cancelled, the conversation is still in clear, and STARTTLS may still be asked afterwards (rule K-4). A mechanism that is
   advertised is no command that the server may not know: neither its refusal nor our cancelling is an error in the sense of rule K-6. */
bool session_may_confirm(const struct session *session);
/* The exchange was refused; by what it says, for want of TLS? (rule X-7) */
void session_note_confirm_refused(struct session *session, struct span reply);
/* The server asks for the password: the exchange is cancelled at once (rule K-3). */
void session_cancel_confirmed(struct session *session, struct span reply);

/* Where capabilities of the present side of TLS are kept, and whether they are known. */
struct buffer *session_capabilities(struct session *session);
bool session_knows_capabilities(const struct session *session);
/* A list begins: what an earlier one said is forgotten. */
void session_begin_list(struct session *session);
/* One keyword of it; starttls is this protocol's word. */
void session_note_keyword(struct session *session, struct span keyword, const char *starttls);
/* The list is over. Complete: what it does not list is absent. */
void session_end_list(struct session *session, bool is_complete);
/* The capability command was refused: such a server cannot announce anything (rule P-6). */
void session_note_capability_refused(struct session *session);
/* In clear, the plan wants it, and the error budget allows it: whether it is listed does not matter (rule D-14). */
bool session_may_ask_upgrade(const struct session *session);

#endif
