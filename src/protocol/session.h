/* SPDX-License-Identifier: ISC */
/* One conversation with a mail-access server, without socket or clock.

   A worked example, port 143, TLS by upgrade:
     session_step(CONNECTED)                                   -> WANTS_BYTES, nothing to send, timer 10 s
     session_step(BYTES "* OK ready\r\n")                      -> WANTS_BYTES, timer 150 ms of quiet (rule I-2)
     session_step(DEADLINE)                                    -> WANTS_BYTES, sends "m1 CAPABILITY\r\n", timer 10 s
     session_step(BYTES "* CAPABILITY ...\r\nm1 OK\r\n")       -> WANTS_BYTES, sends "m4 STARTTLS\r\n"
     session_step(BYTES "m4 OK go\r\n")                        -> WANTS_TLS
   The driver now sends a hello and observes, or makes a real handshake; it fills observation->tls and says how it went:
     session_step(TLS_OBSERVED)                                -> IS_FINISHED, ENDING_TLS_OBSERVED
     session_step(TLS_READY), then session_step(DEADLINE)      -> WANTS_BYTES, sends "m5 CAPABILITY\r\n" (now inside TLS)
   A brief plan comes from the greeting to "m4 STARTTLS\r\n" without anything in between, and leaves at once where TLS is not wanted or up.

   Promises:
   - what is in `out` is to be sent, whatever is returned;
   - any splitting of the same bytes gives the same output and the same observation;
   - a finished session always has an ending other than ENDING_NONE, and there is only one function that sets it;
   - only bytes from the allow-list of rule K-1 ever reach `out`;
   - a peer cannot make it fail: what the peer does wrong is data. */
#ifndef PROTOCOL_SESSION_H
#define PROTOCOL_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/span.h"
#include "model/observation.h"

enum session_event {
	SESSION_CONNECTED,
	SESSION_BYTES, /* in clear; decrypted once TLS_READY was said. While TLS is wanted: clear-text bytes that are not TLS (rule D-15) */
	SESSION_CLOSED, /* end of stream */
	SESSION_RESET,
	SESSION_DEADLINE, /* the timer of session_timer() ran out; or the whole conversation's: then give it again until the session is finished (a few times) */
	SESSION_TLS_READY,    /* a real handshake is finished, bytes are decrypted from now on */
	SESSION_TLS_OBSERVED, /* the hello flight proved TLS; nothing more will be sent */
	SESSION_TLS_FAILED,   /* observation->tls.outcome says how */
};

enum session_want {
	SESSION_WANTS_BYTES,
	SESSION_WANTS_TLS,
	SESSION_IS_FINISHED, /* send what is in out, then close: politely when the ending is ENDING_COMPLETE or ENDING_PREAUTH */
};

enum session_tls {
	SESSION_TLS_NONE,    /* never upgrade: only what is said in clear */
	SESSION_TLS_UPGRADE, /* STARTTLS / STLS when the dialogue comes to it */
	SESSION_TLS_FIRST,   /* TLS before the greeting (implicit TLS) */
};

/* "mc" and six letters, and its NUL (rule J-2). */
enum { SESSION_INJECTION_LETTERS = 6, SESSION_INJECTION_TAG_SIZE = 9 };

/* How a conversation is to be held; a plain value, written into the transcript so that it can be played again. */
struct session_plan {
	enum wire_protocol expected; /* WIRE_POP3 or WIRE_IMAP, by port; what really speaks decides (rule W-5) */
	enum session_tls tls;
	bool is_slow;         /* limits of the slow pass (rule D-5) */
	bool may_bare_auth;   /* rule P-7; off when an earlier conversation ended at it (rule P-10) */
	char support_url[96]; /* not empty: IMAP ID names us with it, if the server lists ID (rule K-9) */
	bool is_brief;        /* of the ladder: nothing is asked but the upgrade, as only its TLS matters (rule T-1) */
	bool asks_identity;   /* IMAP ID is asked without naming us, where there is no support address (rule I-13) */
	bool confirms;        /* opens a SASL exchange in clear and cancels it (rules K-4, X-6) */
	bool injects;         /* one harmless command goes behind STARTTLS in the same segment (rules J-1 to J-9) */
	bool has_bare_answer; /* how the connection began: see OBSERVED_BARE_ANSWER */
	bool is_canary;       /* only whether the port accepts and says anything is of interest (rule D-7) */
	char injection_tag[SESSION_INJECTION_TAG_SIZE]; /* its tag in IMAP, of session_make_injection_tag; POP3 needs none */
};

/* Limits, named here once. */
enum {
	SESSION_LINE_MAX = 8192,               /* rule D-2 */
	SESSION_CLEAR_BYTES_MAX = 32 * 1024,   /* rule D-3, before TLS */
	SESSION_SECURED_BYTES_MAX = 32 * 1024, /* rule D-3, inside TLS */
	SESSION_LITERAL_MAX = 16 * 1024,       /* rule I-7 */
	SESSION_LIST_LINES_MAX = 200,          /* rule P-3 */
	SESSION_GREETING_MS = 10000,           /* rule D-4 */
	SESSION_GREETING_SLOW_MS = 40000,      /* rule D-5 */
	SESSION_REPLY_MS = 10000,              /* rule D-4 */
	SESSION_GREETING_QUIET_MS = 150,       /* rule I-2 */
	SESSION_AFTER_TLS_QUIET_MS = 300,      /* rule D-16 */
	SESSION_LEAVING_MS = 2000,             /* rule K-5 */
	/* Rules J-4 and J-7. A server answers in order: one that kept the injected command answers it before our next one however long it takes (rule J-5),
	   so this quiet decides only whether we see it "at once" or "late". Both are the same weakness, and a longer wait would tell nothing more. */
	SESSION_INJECTION_QUIET_MS = 1000,
};

/* When to give SESSION_DEADLINE. */
struct session_timer {
	unsigned limit_ms; /* 0: no timer of the session's own (finished, or TLS is wanted: the handshake's limit is the driver's) */
	bool since_bytes;  /* counted from the last bytes (quiet), else from when the serial changed */
	unsigned serial;   /* changes whenever the session awaits something new */
};

struct session;

/* Begins a conversation that records into observation (which must be freshly initialised and outlive the session). The caller frees with session_free. */
struct session *session_new(const struct session_plan *plan, struct observation *observation);
void session_free(struct session *session);

/* Takes one event. input only with SESSION_BYTES. *consumed_out (may be NULL otherwise) says how many bytes of input were taken:
   less than all only when the result is SESSION_WANTS_TLS (the rest came behind the agreement) or SESSION_IS_FINISHED.
   Bytes left behind an agreement: first byte 0x14..0x17 belongs to TLS, else give them again as SESSION_BYTES. */
enum session_want session_step(struct session *session, enum session_event event, struct span input, size_t *consumed_out,
                               struct buffer *out);

struct session_timer session_timer(const struct session *session);

/* For people and logs: the state's name ("imap-awaits-greeting"). */
const char *session_state_name(const struct session *session);

/* A tag for session_plan.injection_tag from fresh random bytes, one for each letter. */
void session_make_injection_tag(const unsigned char random[SESSION_INJECTION_LETTERS], char tag_out[SESSION_INJECTION_TAG_SIZE]);

/* The plan as words for TRANSCRIPT_OPENING and scenario files ("expected=imap tls=upgrade pace=fast bare-auth=yes"), and back. What is not wanted by
   most plans is only named when it is wanted: brief=yes identity=yes confirm=yes canary=yes answer=bare inject=mcAbCdEf. */
void session_plan_format(const struct session_plan *plan, struct buffer *out);
bool session_plan_parse(struct span text, struct session_plan *plan_out) MUST_CHECK;

/* True when every line of bytes is one that rule K-1 allows us to say in clear or inside TLS in any conversation, whatever its plan. */
bool session_may_send(struct span bytes) MUST_CHECK;
/* The last gate before the wire, used by whoever writes to a socket: what this plan allows. Less than session_may_send where the plan does not want
   something (no cancel token without an exchange that it could cancel), more where it does: the injected command with its own tag, a mechanism's name. */
bool session_may_send_by(const struct session_plan *plan, struct span bytes) MUST_CHECK;

/* What to say to the session when its TLS came to this: READY for a real session that is up, OBSERVED for a flight that proved TLS, else FAILED.
   A real session that showed its whole flight and was then refused (rule T-23) looks the same as one that is up: who knows better says OBSERVED. */
enum session_event session_event_of_tls(const struct tls_observation *tls);
/* Our own side cannot go on: the session is finished with ENDING_LOCAL_FAILURE, if it was not already. */
void session_abandon(struct session *session);

#endif
