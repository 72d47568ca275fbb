/* SPDX-License-Identifier: ISC */
/* One connection and what is said over it: joins a session (protocol/), a connection (net/) and TLS, keeps the time, and writes the transcript.

   The transcript holds what the session was told, in order, so that playing it again gives the same observation: bytes of a TLS handshake are not in it (the observation
   that came of them is), bytes inside TLS are in it decrypted. Clear text where TLS was wanted stands before the record of how TLS failed. */
#ifndef PROBE_CONVERSATION_H
#define PROBE_CONVERSATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "model/endpoint.h"
#include "model/observation.h"
#include "net/connection.h"
#include "net/event_loop.h"
#include "net/raw_loop.h"
#include "net/timer_wheel.h"
#include "probe/plan.h"
#include "probe/probe.h"
#include "probe/tls_session.h"

struct conversation;

/* What all conversations of a run share. */
struct conversation_shared {
	struct event_loop *loop;
	struct timer_wheel timers; /* the owners of these timers are conversations */
	struct tls_client *tls_client;
	const struct probe_policy *policy;
	struct buffer said;  /* what a session says in one step */
	struct buffer wire;  /* what TLS wants to send */
	struct buffer plain; /* what came decrypted */
	void *context;
	/* A conversation is over; its connection is closed. Must free it, at the latest before the loop is polled again. */
	void (*on_over)(void *context, struct conversation *conversation);
};

/* The caller sets context and on_over. */
void conversation_shared_init(struct conversation_shared *shared, struct event_loop *loop, struct tls_client *tls_client,
                              const struct probe_policy *policy, struct instant now);
void conversation_shared_done(struct conversation_shared *shared);

/* Begins to connect. NULL: could not even begin; see connection_open(). server_name is what TLS asks for (SNI) and must outlive the conversation; NULL or "": none.
   owner is handed back by conversation_owner(). */
struct conversation *conversation_begin(struct conversation_shared *shared, struct endpoint endpoint, const struct plan_step *step,
                                        const char *server_name, const struct ip_address *source, void *owner,
                                        enum connect_failure *failure_out, int *errno_out) MUST_CHECK;
/* Carries on from an accepted answer of a raw loop; conversation_start() begins it. NULL: the answer cannot be carried on any more. */
struct conversation *conversation_adopt(struct conversation_shared *shared, const struct syn_answer *answer, const struct plan_step *step,
                                        const char *server_name, void *owner) MUST_CHECK;
/* The adopted connection is open: may end the conversation at once. */
void conversation_start(struct conversation *conversation);
/* Closes the connection if it is open still; on_over is not called. NULL is fine. */
void conversation_free(struct conversation *conversation);
/* The timer of this conversation was taken from the wheel. */
void conversation_on_timer(struct conversation *conversation);

/* What can be asked when it is over. */
void *conversation_owner(const struct conversation *conversation);
struct endpoint conversation_endpoint(const struct conversation *conversation);
bool conversation_has_accepted(
	const struct conversation *conversation); /* the connection came up; else the ending is ENDING_CONNECT_* or ENDING_LOCAL_FAILURE */
bool conversation_met_shortage(const struct conversation *conversation); /* our own side ran out of something: nothing was observed */
const struct observation *conversation_observation(const struct conversation *conversation);
/* Moves the observation out; the conversation keeps an empty one. */
struct observation conversation_take_observation(struct conversation *conversation);
struct span conversation_transcript(const struct conversation *conversation);
struct timestamp conversation_started_at(const struct conversation *conversation);
uint32_t conversation_duration_ms(const struct conversation *conversation);
/* DER of the i-th certificate in the order sent, empty beyond the last; valid until the conversation is freed. */
struct span conversation_certificate(const struct conversation *conversation, size_t i);

#endif
