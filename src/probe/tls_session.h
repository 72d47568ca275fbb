/* SPDX-License-Identifier: ISC */
/* A real TLS client session by OpenSSL, without a socket: whoever has the socket moves the bytes. It observes, it does not trust: nothing is verified, everything old is allowed.

   A worked example:
     session = tls_session_new(client, NULL, WIRE_IMAP, &observation.tls)
     tls_session_output(session, &out)                      the ClientHello, to be sent
     tls_session_feed(session, bytes of the wire)           -> TLS_SESSION_GOING; output again after each feed
     tls_session_feed(session, bytes of the wire)           -> TLS_SESSION_READY: observation.tls is filled, its outcome TLS_PROVEN
     tls_session_read(session, &plain)                      what the server said inside TLS so far
     tls_session_write(session, "m5 CAPABILITY\r\n"), tls_session_output(session, &out)
     tls_session_close(session), tls_session_output(session, &out)   close_notify */
#ifndef PROBE_TLS_SESSION_H
#define PROBE_TLS_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/span.h"
#include "model/observation.h"

/* What all sessions share: OpenSSL's settings. One per process is enough; used by one thread at a time. */
struct tls_client;

/* NULL: OpenSSL could not be set up; error says why. */
struct tls_client *tls_client_new(struct error *error) MUST_CHECK;
/* All sessions must be freed before. NULL is fine. */
void tls_client_free(struct tls_client *client);

enum tls_session_state {
	TLS_SESSION_GOING,  /* the handshake is not finished: send what is in output, feed what comes */
	TLS_SESSION_READY,  /* the handshake is finished; read and write */
	TLS_SESSION_CLOSED, /* was ready; the server said close_notify. What it said before can still be read */
	TLS_SESSION_FAILED, /* of no use any more; what is in output (an alert of ours) need not be sent */
};

enum {
	TLS_SESSION_HANDSHAKE_BYTES_MAX = 64 * 1024, /* rule D-3; more is TLS_TOO_MUCH_DATA */
	TLS_SESSION_WIRE_BYTES_MAX =
		192 * 1024, /* of one session, so that empty records and key updates end too; text is bounded by whoever reads it */
};

struct tls_session;

/* Begins a session; the ClientHello is in output at once. server_name: NULL or "" for no SNI. protocol: ALPN "imap" or "pop3", else none (rule T-7).
   tls must be zeroed and outlive the session; its hello becomes TLS_HELLO_SESSION. The caller frees with tls_session_free.

   tls->outcome is set once the session is no longer GOING:
     TLS_PROVEN        the handshake finished (READY); or it FAILED after the server had shown its whole flight in clear (rule T-23), because the server then refused us, for instance for want of a client certificate
     TLS_HELLO_ONLY    a ServerHello came, then an alert, an end, or bytes that break the protocol
     TLS_ALERT, TLS_CLOSED, TLS_RESET, TLS_SILENT, TLS_GARBAGE, TLS_TOO_MUCH_DATA   as for a flight
     TLS_CLIENT_FAILED the server kept to the protocol, but our library could or would not go on: says nothing of the server
   Facts (version, suite, group, alert, certificates ...) are recorded as far as they came, whatever the outcome. leaf_sha256 is not filled here. */
struct tls_session *tls_session_new(struct tls_client *client, const char *server_name, enum wire_protocol protocol,
                                    struct tls_observation *tls);
/* NULL is fine. */
void tls_session_free(struct tls_session *session);

/* Takes bytes of the wire; all are consumed. Fed in pieces of any size with the same result. */
enum tls_session_state tls_session_feed(struct tls_session *session, struct span bytes);

/* The wire ended: how is TLS_CLOSED, TLS_RESET or TLS_SILENT. A session that was GOING is FAILED now; one that was READY is CLOSED. */
enum tls_session_state tls_session_end(struct tls_session *session, enum tls_outcome how);

enum tls_session_state tls_session_state(const struct tls_session *session);

/* Moves what is to be sent to the wire into out, as far as out has room; the rest stays for the next time. Call after new, feed, write and close. */
void tls_session_output(struct tls_session *session, struct buffer *out);

/* Appends the server's decrypted bytes to out, as far as out has room. The state may change to CLOSED or FAILED while reading: look again. */
void tls_session_read(struct tls_session *session, struct buffer *out);

/* Encrypts bytes. False: not READY, nothing is sent. */
bool tls_session_write(struct tls_session *session, struct span bytes) MUST_CHECK;

/* Says close_notify, if READY; nothing can be written afterwards. */
void tls_session_close(struct tls_session *session);

/* The i-th certificate's DER in the order sent, empty beyond the last. Valid until the session is freed. */
struct span tls_session_certificate(const struct tls_session *session, size_t i);

/* See server_flight_prime(). Valid until the session is freed. */
struct span tls_session_prime(const struct tls_session *session);

/* The first bytes of an answer that was not TLS (TLS_GARBAGE), else empty. Valid until the session is freed. */
struct span tls_session_garbage(const struct tls_session *session);

#endif
