/* SPDX-License-Identifier: ISC */
/* Drives one session: events of the connection go in, what it says goes out, and where it wants TLS a hello is observed or a real session is made.
   The handlers at the end of the file are the only ways in; each of them ends with settle(), the only place where a conversation is told to be over. */
#include "probe/conversation.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "certificate/certificate.h"
#include "certificate/chain.h"
#include "net/clock.h"
#include "net/random.h"
#include "protocol/tls/client_hello.h"
#include "protocol/tls/server_flight.h"

enum {
	SAID_MAX = 16 * 1024,
	WIRE_MAX = 64 * 1024,
	PLAIN_MAX = 16 * 1024,
	OPENING_MAX = 512,
	TLS_TEXT_MAX = 1024,
	LAST_STEPS_MAX = 16, /* a session whose time is over has so many states at most before it ends */
};

enum { HELLO_RANDOM_SIZE = 32 };

enum conversation_state {
	CONVERSATION_CONNECTING,
	CONVERSATION_CLEAR,     /* bytes belong to the session */
	CONVERSATION_HANDSHAKE, /* bytes belong to TLS */
	CONVERSATION_SECURED,   /* bytes belong to TLS, and what it decrypts to the session */
	CONVERSATION_OVER,
};

/* Made when a hello is sent. TLS is observed apart and shown to the session at once when it is decided, as a transcript would. */
struct handshake {
	struct tls_observation tls;
	struct server_flight *flight;                   /* an observed hello */
	struct tls_session *session;                    /* or a real session */
	unsigned char client_random[HELLO_RANDOM_SIZE]; /* of the observed hello */
};

struct conversation {
	struct timer timer;
	struct conversation_shared *shared;
	struct connection *connection; /* NULL: closed */
	void *owner;
	struct endpoint endpoint;
	struct plan_step step;
	const char *server_name; /* SNI; NULL: none */
	enum conversation_state state;
	bool has_accepted;
	bool met_shortage;
	bool has_peer_ended;
	unsigned serial; /* of the session's timer, when it was looked at last */
	struct instant began_at, ends_at, awaits_since, last_bytes_at, last_event_at;
	struct timestamp started_at;
	struct session *session;
	struct handshake *handshake;
	struct observation observation;
	struct transcript transcript;
};

void conversation_shared_init(struct conversation_shared *shared, struct event_loop *loop, struct tls_client *tls_client,
                              const struct probe_policy *policy, struct instant now)
{
	*shared = (struct conversation_shared){.loop = loop, .tls_client = tls_client, .policy = policy};
	timer_wheel_init(&shared->timers, now);
	buffer_init(&shared->said, SAID_MAX);
	buffer_init(&shared->wire, WIRE_MAX);
	buffer_init(&shared->plain, PLAIN_MAX);
}

void conversation_shared_done(struct conversation_shared *shared)
{
	buffer_done(&shared->said);
	buffer_done(&shared->wire);
	buffer_done(&shared->plain);
}

static struct instant now_of(const struct conversation *conversation)
{
	return event_loop_now(conversation->shared->loop);
}

static uint32_t milliseconds_at(const struct conversation *conversation, struct instant at)
{
	int64_t ms = instant_ms_between(conversation->began_at, at);

	return ms <= 0 ? 0 : ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
}

static void note(struct conversation *conversation, enum transcript_kind kind, struct span bytes)
{
	transcript_add(&conversation->transcript, kind, milliseconds_at(conversation, now_of(conversation)), bytes);
}

static void note_mark(struct conversation *conversation, enum transcript_kind kind)
{
	note(conversation, kind, span_make(NULL, 0));
}

/* ---- to the wire ---- */

static void send_tls_output(struct conversation *conversation)
{
	struct buffer *wire = &conversation->shared->wire;

	do {
		buffer_clear(wire);
		tls_session_output(conversation->handshake->session, wire);
		connection_send(conversation->connection, buffer_view(wire));
	} while (wire->size == wire->max);
}

/* The last gate (rule K-1): whatever a session says passes here, in clear or before it is encrypted. */
static void say(struct conversation *conversation, struct span bytes)
{
	if (bytes.size == 0)
		return;
	if (!session_may_send_by(&conversation->step.session, bytes))
		abort(); /* a mistake of ours: better no census than one wrong command to a stranger */
	note(conversation, TRANSCRIPT_SENT, bytes);
	if (conversation->state != CONVERSATION_SECURED)
		connection_send(conversation->connection, bytes);
	else if (tls_session_write(conversation->handshake->session, bytes))
		send_tls_output(conversation);
}

/* ---- the session ---- */

static void begin_tls(struct conversation *conversation);
static void feed_tls(struct conversation *conversation, struct span bytes);

static void leave(struct conversation *conversation)
{
	if (!conversation->has_peer_ended) {
		if (conversation->state == CONVERSATION_SECURED) {
			tls_session_close(conversation->handshake->session);
			send_tls_output(conversation);
		}
		note_mark(conversation, TRANSCRIPT_LEFT);
	}
	conversation->state = CONVERSATION_OVER;
}

static bool begins_like_tls(struct span bytes)
{
	return bytes.data[0] >= 0x14 && bytes.data[0] <= 0x17;
}

/* One event for the session. Bytes behind an agreement to TLS are of TLS, or go to the session as what they are (rule D-15). */
static void step(struct conversation *conversation, enum session_event event, struct span input)
{
	struct buffer *said = &conversation->shared->said;
	size_t consumed = 0;
	enum session_want want;
	struct span rest;

	buffer_clear(said);
	want = session_step(conversation->session, event, input, &consumed, said);
	if (event == SESSION_BYTES && consumed > 0)
		note(conversation, TRANSCRIPT_RECEIVED, span_part(input, 0, consumed));
	rest = event == SESSION_BYTES ? span_part(input, consumed, input.size) : span_make(NULL, 0);
	say(conversation, buffer_view(said));
	if (want == SESSION_IS_FINISHED) {
		leave(conversation);
	} else if (want == SESSION_WANTS_TLS) {
		if (rest.size > 0 && !begins_like_tls(rest)) {
			step(conversation, SESSION_BYTES, rest);
			return;
		}
		begin_tls(conversation);
		if (rest.size > 0)
			feed_tls(conversation, rest);
	}
}

static void step_event(struct conversation *conversation, enum session_event event)
{
	step(conversation, event, span_make(NULL, 0));
}

/* ---- TLS ---- */

/* What is offered by ALPN: the protocol that was heard, else the one that belongs here (rule T-7). */
static enum wire_protocol protocol_for_alpn(const struct conversation *conversation)
{
	enum wire_protocol heard = conversation->observation.protocol;

	return heard == WIRE_IMAP || heard == WIRE_POP3 ? heard : conversation->step.session.expected;
}

/* JARM is made with the address as text where there is no name, against RFC 6066 3: it changes what some servers answer, and so the hash (rule T-40). */
static const char *name_for_hello(const struct conversation *conversation, char address[IP_ADDRESS_TEXT_SIZE])
{
	if (conversation->server_name != NULL || !tls_hello_is_jarm(conversation->step.hello))
		return conversation->server_name;
	ip_address_format(conversation->endpoint.address, address);
	return address;
}

static void send_hello(struct conversation *conversation)
{
	char address[IP_ADDRESS_TEXT_SIZE];
	struct client_hello_options options = {
		.hello = conversation->step.hello,
		.offered = conversation->step.offered,
		.server_name = name_for_hello(conversation, address),
		.protocol = protocol_for_alpn(conversation),
	};
	struct buffer *wire = &conversation->shared->wire;

	random_bytes(options.random, sizeof(options.random));
	memcpy(conversation->handshake->client_random, options.random, HELLO_RANDOM_SIZE);
	buffer_clear(wire);
	client_hello_build(&options, wire);
	connection_send(conversation->connection, buffer_view(wire));
}

static void begin_tls(struct conversation *conversation)
{
	struct handshake *handshake = memory_allocate(1, sizeof(*handshake));

	conversation->handshake = handshake;
	conversation->state = CONVERSATION_HANDSHAKE;
	conversation->awaits_since = now_of(conversation);
	conversation->observation.tls.hello = conversation->step.hello;
	conversation->observation.tls.offered = conversation->step.offered;
	note(conversation, TRANSCRIPT_HELLO, span_from_text(tls_hello_name(conversation->step.hello)));
	if (conversation->step.hello == TLS_HELLO_SESSION) {
		handshake->session = tls_session_new(conversation->shared->tls_client, conversation->server_name,
		                                     protocol_for_alpn(conversation), &handshake->tls);
		send_tls_output(conversation);
	} else {
		handshake->tls.hello = conversation->step.hello;
		handshake->tls.offered = conversation->step.offered;
		handshake->flight = server_flight_new(&handshake->tls);
		send_hello(conversation);
	}
}

static struct span garbage_of(const struct handshake *handshake)
{
	return handshake->session != NULL ? tls_session_garbage(handshake->session) : server_flight_garbage(handshake->flight);
}

struct span conversation_certificate(const struct conversation *conversation, size_t i)
{
	const struct handshake *handshake = conversation->handshake;

	if (handshake == NULL)
		return span_make(NULL, 0);
	return handshake->session != NULL ? tls_session_certificate(handshake->session, i)
	                                  : server_flight_certificate(handshake->flight, i);
}

/* A whole flight that is signed by another key than that of its certificate proves nothing: no client goes on (rule T-23). */
static void check_signature(struct conversation *conversation)
{
	struct handshake *handshake = conversation->handshake;
	struct server_flight_proof proof;
	struct span parts[3];

	if (handshake->flight == NULL || !server_flight_proof(handshake->flight, &proof))
		return;
	parts[0] = span_make(handshake->client_random, HELLO_RANDOM_SIZE);
	parts[1] = proof.server_random;
	parts[2] = proof.parameters;
	if (certificate_verify_signature(conversation_certificate(conversation, 0), proof.scheme, parts, ARRAY_LENGTH(parts),
	                                 proof.signature) != SIGNATURE_BAD)
		return;
	handshake->tls.outcome = TLS_HELLO_ONLY;
	handshake->tls.flags |= TLS_BAD_SIGNATURE;
}

static void note_fingerprints(struct conversation *conversation)
{
	struct tls_observation *tls = &conversation->handshake->tls;
	struct span chain[SERVER_FLIGHT_CERTIFICATES_MAX], prime;
	size_t count = 0;

	while (count < ARRAY_LENGTH(chain) && (chain[count] = conversation_certificate(conversation, count)).size > 0)
		count++;
	if (count > 0)
		certificate_fingerprint(chain[0], tls->leaf_sha256);
	chain_fingerprint(chain, count, tls->chain_sha256);
	prime = conversation->handshake->session != NULL ? tls_session_prime(conversation->handshake->session)
	                                                 : server_flight_prime(conversation->handshake->flight);
	if (prime.size > 0)
		certificate_fingerprint(prime, tls->dh_prime_sha256);
	if (conversation->server_name != NULL && conversation->step.hello != TLS_HELLO_H10 && conversation->step.hello != TLS_HELLO_H5 &&
	    conversation->step.hello != TLS_HELLO_PLAIN)
		tls->flags |= TLS_HAD_SERVER_NAME;
}

static void show_tls(struct conversation *conversation)
{
	struct handshake *handshake = conversation->handshake;
	struct buffer *text = &conversation->shared->plain;

	check_signature(conversation);
	note_fingerprints(conversation);
	conversation->observation.tls = handshake->tls;
	buffer_clear(text);
	tls_observation_format(&handshake->tls, text);
	note(conversation, TRANSCRIPT_TLS, buffer_view(text));
}

/* The hello was answered as far as it ever will be, or the handshake failed. */
static void decide_tls(struct conversation *conversation)
{
	struct span garbage = garbage_of(conversation->handshake);

	conversation->state = CONVERSATION_CLEAR;
	if (conversation->handshake->tls.outcome == TLS_GARBAGE && garbage.size > 0 && !begins_like_tls(garbage))
		step(conversation, SESSION_BYTES, garbage); /* rules D-15 and W-2: the session knows what clear text means here */
	if (conversation->state == CONVERSATION_OVER)
		return;
	show_tls(conversation);
	step_event(conversation, conversation->observation.tls.outcome == TLS_PROVEN ? SESSION_TLS_OBSERVED : SESSION_TLS_FAILED);
}

/* A session that broke reads as one that was closed: the same for the peer's words so far, and the same when it is played again. */
static void end_secured(struct conversation *conversation)
{
	note_mark(conversation, TRANSCRIPT_CLOSED);
	step_event(conversation, SESSION_CLOSED);
}

static void read_secured(struct conversation *conversation)
{
	struct buffer *plain = &conversation->shared->plain;

	while (conversation->state == CONVERSATION_SECURED) {
		enum tls_session_state state;

		buffer_clear(plain);
		tls_session_read(conversation->handshake->session, plain);
		state = tls_session_state(conversation->handshake->session);
		if (plain->size > 0)
			step(conversation, SESSION_BYTES, buffer_view(plain));
		else if (state == TLS_SESSION_CLOSED || state == TLS_SESSION_FAILED)
			end_secured(conversation);
		else
			break;
	}
	if (conversation->state == CONVERSATION_SECURED)
		send_tls_output(conversation); /* what TLS answers by itself: key updates */
}

static void feed_session(struct conversation *conversation, struct span bytes)
{
	enum tls_session_state state = tls_session_feed(conversation->handshake->session, bytes);

	if (state == TLS_SESSION_FAILED) {
		decide_tls(conversation);
		return;
	}
	send_tls_output(conversation);
	if (state == TLS_SESSION_GOING)
		return;
	show_tls(conversation);
	conversation->state = CONVERSATION_SECURED;
	step_event(conversation, SESSION_TLS_READY);
	read_secured(conversation);
}

static void feed_tls(struct conversation *conversation, struct span bytes)
{
	if (conversation->handshake->session != NULL)
		feed_session(conversation, bytes);
	else if (!server_flight_feed(conversation->handshake->flight, bytes))
		decide_tls(conversation);
}

static void end_handshake(struct conversation *conversation, enum tls_outcome how)
{
	if (conversation->handshake->session != NULL)
		(void)tls_session_end(conversation->handshake->session, how);
	else
		server_flight_end(conversation->handshake->flight, how);
	decide_tls(conversation);
}

/* ---- time ---- */

static struct instant next_deadline(struct conversation *conversation)
{
	const struct probe_policy *policy = conversation->shared->policy;
	struct session_timer timer;
	struct instant since, due;

	if (conversation->state == CONVERSATION_CONNECTING)
		return instant_after_ms(conversation->began_at, policy->connect_ms);
	if (conversation->state == CONVERSATION_HANDSHAKE) {
		due = instant_after_ms(conversation->awaits_since, policy->handshake_ms);
		return instant_is_before(due, conversation->ends_at) ? due : conversation->ends_at;
	}
	timer = session_timer(conversation->session);
	if (timer.serial != conversation->serial) {
		conversation->serial = timer.serial;
		conversation->awaits_since = now_of(conversation);
	}
	if (timer.limit_ms == 0)
		return conversation->ends_at;
	since = conversation->awaits_since;
	if (timer.since_bytes && instant_is_before(since, conversation->last_bytes_at))
		since = conversation->last_bytes_at;
	due = instant_after_ms(since, timer.limit_ms);
	return instant_is_before(due, conversation->ends_at) ? due : conversation->ends_at;
}

static void step_deadline(struct conversation *conversation)
{
	note_mark(conversation, TRANSCRIPT_DEADLINE);
	step_event(conversation, SESSION_DEADLINE);
}

/* The whole conversation has lasted long enough: its states run out one after the other, now. */
static void end_by_time(struct conversation *conversation)
{
	for (unsigned i = 0; i < LAST_STEPS_MAX && conversation->state != CONVERSATION_OVER; i++) {
		if (conversation->state == CONVERSATION_HANDSHAKE)
			conversation->state = CONVERSATION_CLEAR; /* cut short by us: says nothing of TLS */
		step_deadline(conversation);
	}
	if (conversation->state == CONVERSATION_OVER)
		return;
	session_abandon(conversation->session);
	leave(conversation);
}

/* ---- the ways in ---- */

static void close_connection(struct conversation *conversation)
{
	timer_wheel_cancel(&conversation->shared->timers, &conversation->timer);
	if (conversation->connection != NULL)
		connection_close(conversation->connection);
	conversation->connection = NULL;
}

static void settle(struct conversation *conversation)
{
	conversation->last_event_at = now_of(conversation);
	if (conversation->state != CONVERSATION_OVER) {
		timer_wheel_set(&conversation->shared->timers, &conversation->timer, next_deadline(conversation));
		return;
	}
	close_connection(conversation);
	conversation->shared->on_over(conversation->shared->context, conversation);
}

static void on_connected(void *context)
{
	struct conversation *conversation = context;
	struct buffer *opening = &conversation->shared->plain;
	const struct plan_step *plan = &conversation->step;

	conversation->has_accepted = true;
	conversation->state = CONVERSATION_CLEAR;
	conversation->awaits_since = conversation->last_bytes_at = now_of(conversation);
	conversation->ends_at =
		instant_after_ms(now_of(conversation), plan->session.is_slow ? conversation->shared->policy->conversation_slow_ms
	                                                                     : conversation->shared->policy->conversation_ms);
	buffer_clear(opening);
	session_plan_format(&plan->session, opening);
	buffer_append_format(opening, " hello=%s port=%u", tls_hello_name(plan->hello), (unsigned)conversation->endpoint.port);
	transcript_add(&conversation->transcript, TRANSCRIPT_OPENING, 0, buffer_view(opening));
	note_mark(conversation, TRANSCRIPT_CONNECTED);
	conversation->session = session_new(&plan->session, &conversation->observation);
	step_event(conversation, SESSION_CONNECTED);
	settle(conversation);
}

static enum ending ending_of(enum connect_failure failure)
{
	switch (failure) {
	case CONNECT_REFUSED:
		return ENDING_CONNECT_REFUSED;
	case CONNECT_TIMED_OUT:
		return ENDING_CONNECT_TIMED_OUT;
	case CONNECT_UNREACHABLE:
		return ENDING_CONNECT_UNREACHABLE;
	case CONNECT_NOT_POSSIBLE:
	case CONNECT_SHORTAGE:
		break;
	}
	return ENDING_LOCAL_FAILURE;
}

static void on_connect_failed(void *context, enum connect_failure failure)
{
	struct conversation *conversation = context;

	conversation->observation.ending = ending_of(failure);
	conversation->met_shortage = failure == CONNECT_SHORTAGE;
	conversation->state = CONVERSATION_OVER;
	settle(conversation);
}

static void on_bytes(void *context, struct span bytes)
{
	struct conversation *conversation = context;

	conversation->last_bytes_at = now_of(conversation);
	if (conversation->state == CONVERSATION_CLEAR) {
		step(conversation, SESSION_BYTES, bytes);
	} else if (conversation->state == CONVERSATION_HANDSHAKE) {
		feed_tls(conversation, bytes);
	} else {
		(void)tls_session_feed(conversation->handshake->session, bytes); /* its state is looked at behind what can be read */
		read_secured(conversation);
	}
	settle(conversation);
}

static void on_end(struct conversation *conversation, bool is_reset)
{
	conversation->has_peer_ended = true;
	if (conversation->state == CONVERSATION_HANDSHAKE) {
		end_handshake(conversation, is_reset ? TLS_RESET : TLS_CLOSED);
	} else {
		note_mark(conversation, is_reset ? TRANSCRIPT_RESET : TRANSCRIPT_CLOSED);
		step_event(conversation, is_reset ? SESSION_RESET : SESSION_CLOSED);
	}
	if (conversation->state != CONVERSATION_OVER)
		end_by_time(conversation); /* nothing can come any more */
	settle(conversation);
}

static void on_closed(void *context)
{
	on_end(context, false);
}

static void on_reset(void *context)
{
	on_end(context, true);
}

static const struct connection_handler HANDLER = {
	.on_connected = on_connected,
	.on_connect_failed = on_connect_failed,
	.on_bytes = on_bytes,
	.on_closed = on_closed,
	.on_reset = on_reset,
};

void conversation_on_timer(struct conversation *conversation)
{
	if (conversation->state == CONVERSATION_CONNECTING) {
		on_connect_failed(conversation, CONNECT_TIMED_OUT);
		return;
	}
	if (!instant_is_before(now_of(conversation), conversation->ends_at))
		end_by_time(conversation);
	else if (conversation->state == CONVERSATION_HANDSHAKE)
		end_handshake(conversation, TLS_SILENT);
	else
		step_deadline(conversation);
	settle(conversation);
}

/* A tag is never used twice (rule J-2); and a connection that is never made belongs to the ladder as well. */
static void mark_plan(struct conversation *conversation)
{
	struct session_plan *plan = &conversation->step.session;
	unsigned char random[SESSION_INJECTION_LETTERS];

	if (plan->is_brief)
		conversation->observation.flags |= OBSERVED_LADDER;
	if (!plan->injects)
		return;
	random_bytes(random, sizeof(random));
	session_make_injection_tag(random, plan->injection_tag);
}

/* The connection is there or on its way. */
static void begin(struct conversation *conversation, struct conversation_shared *shared, struct endpoint endpoint,
                  const struct plan_step *step_to_take, const char *server_name, void *owner)
{
	conversation->shared = shared;
	conversation->owner = owner;
	conversation->endpoint = endpoint;
	conversation->step = *step_to_take;
	conversation->server_name = server_name != NULL && server_name[0] != '\0' ? server_name : NULL;
	conversation->began_at = conversation->last_event_at = clock_now();
	conversation->started_at = clock_wall();
	observation_init(&conversation->observation);
	mark_plan(conversation);
	transcript_init(&conversation->transcript);
	timer_wheel_set(&shared->timers, &conversation->timer, next_deadline(conversation));
	conversation->timer.owner = conversation;
}

struct conversation *conversation_begin(struct conversation_shared *shared, struct endpoint endpoint, const struct plan_step *step_to_take,
                                        const char *server_name, const struct ip_address *source, void *owner,
                                        enum connect_failure *failure_out, int *errno_out)
{
	struct conversation *conversation = memory_allocate(1, sizeof(*conversation));

	conversation->connection = connection_open(shared->loop, endpoint, source, &HANDLER, conversation, failure_out, errno_out);
	if (conversation->connection == NULL) {
		free(conversation);
		return NULL;
	}
	begin(conversation, shared, endpoint, step_to_take, server_name, owner);
	return conversation;
}

struct conversation *conversation_adopt(struct conversation_shared *shared, const struct syn_answer *answer,
                                        const struct plan_step *step_to_take, const char *server_name, void *owner)
{
	struct conversation *conversation = memory_allocate(1, sizeof(*conversation));

	conversation->connection = raw_loop_adopt(shared->loop, answer, &HANDLER, conversation);
	if (conversation->connection == NULL) {
		free(conversation);
		return NULL;
	}
	begin(conversation, shared, answer->endpoint, step_to_take, server_name, owner);
	return conversation;
}

void conversation_start(struct conversation *conversation)
{
	on_connected(conversation);
}

void conversation_free(struct conversation *conversation)
{
	if (conversation == NULL)
		return;
	close_connection(conversation);
	session_free(conversation->session);
	if (conversation->handshake != NULL) {
		tls_session_free(conversation->handshake->session);
		server_flight_free(conversation->handshake->flight);
		free(conversation->handshake);
	}
	observation_done(&conversation->observation);
	transcript_done(&conversation->transcript);
	free(conversation);
}

void *conversation_owner(const struct conversation *conversation)
{
	return conversation->owner;
}

struct endpoint conversation_endpoint(const struct conversation *conversation)
{
	return conversation->endpoint;
}

bool conversation_has_accepted(const struct conversation *conversation)
{
	return conversation->has_accepted;
}

bool conversation_met_shortage(const struct conversation *conversation)
{
	return conversation->met_shortage;
}

const struct observation *conversation_observation(const struct conversation *conversation)
{
	return &conversation->observation;
}

struct observation conversation_take_observation(struct conversation *conversation)
{
	struct observation taken = conversation->observation;

	observation_init(&conversation->observation);
	return taken;
}

struct span conversation_transcript(const struct conversation *conversation)
{
	return buffer_view(&conversation->transcript.bytes);
}

struct timestamp conversation_started_at(const struct conversation *conversation)
{
	return conversation->started_at;
}

uint32_t conversation_duration_ms(const struct conversation *conversation)
{
	return milliseconds_at(conversation, conversation->last_event_at);
}
