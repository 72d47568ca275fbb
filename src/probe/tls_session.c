/* SPDX-License-Identifier: ISC */
/* OpenSSL between two memory BIOs. Beside it a server_flight reads the same bytes: OpenSSL says whether a session came up, the flight says what the server did, and facts that OpenSSL would not tell.

   The flight sees exactly the bytes that OpenSSL consumed, and OpenSSL consumes by records; so the result does not depend on how the bytes were cut. */
#include "probe/tls_session.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/memory.h"
#include "protocol/tls/server_flight.h"
#include "protocol/tls/server_message.h"

enum {
	READ_PIECE = 4096,
	SERVER_NAME_MAX = 253,
	MESSAGE_HEADER_SIZE = 4,
	ALERT_FATAL = 2,
};

/* At most 64 suites (rule T-6), no pre-shared keys, nothing anonymous, but else as old as our library can. */
static const char CIPHERS[] = "ALL:!PSK:!SRP:!aNULL:!eNULL:!ARIA:!AESCCM:@SECLEVEL=0";

struct tls_client {
	SSL_CTX *context;
};

struct tls_session {
	SSL *ssl; /* owns both BIOs */
	BIO *from_wire;
	BIO *to_wire;
	struct tls_observation *tls;
	struct server_flight *flight;
	enum tls_session_state state;
	enum tls_outcome flight_outcome; /* kept here until the session is decided */
	size_t taken;                    /* bytes of the wire so far */
	uint8_t our_alert;               /* description of the fatal alert that our library sent */
	bool is_refused;                 /* the server sent a fatal alert or close_notify during the handshake */
	bool is_library_finished;        /* OpenSSL failed; only the flight still reads, to see what the garbage is */
	struct buffer chain;             /* body of the Certificate message of TLS 1.3, which no flight can see */
	struct certificate_list list;    /* points into chain */
};

/* ---- what OpenSSL tells on its way ---- */

static void on_info(const SSL *ssl, int where, int value)
{
	struct tls_session *session = SSL_get_app_data(ssl);
	uint8_t level = (uint8_t)(value >> 8);
	uint8_t description = (uint8_t)value;

	if (session == NULL || (where & SSL_CB_ALERT) == 0)
		return;
	if ((where & SSL_CB_WRITE) != 0) {
		if (level == ALERT_FATAL)
			session->our_alert = description;
		return;
	}
	if (session->state != TLS_SESSION_GOING && level != ALERT_FATAL)
		return; /* the usual goodbye */
	session->tls->alert_level = level;
	session->tls->alert_description = description;
	if (level == ALERT_FATAL || description == SSL3_AD_CLOSE_NOTIFY)
		session->is_refused = true;
}

/* The Certificate message of TLS 1.3 as it came, whether or not OpenSSL can read what is in it. */
static void keep_chain(struct tls_session *session, struct span body)
{
	buffer_clear(&session->chain);
	buffer_append(&session->chain, body);
	(void)certificate_list_read(buffer_view(&session->chain), true,
	                            &session->list); /* OpenSSL judges the message; good certificates before a fault are kept */
	session->tls->certificate_count = (uint8_t)session->list.count;
	if (session->list.is_cut || session->chain.overflowed)
		session->tls->flags |= TLS_CERTIFICATES_CUT;
	if (session->list.has_status)
		session->tls->flags |= TLS_HAS_OCSP_STAPLE;
}

static void on_message(int is_written, int version, int content_type, const void *bytes, size_t size, SSL *ssl, void *context)
{
	struct tls_session *session = SSL_get_app_data(ssl);
	struct span message = span_make(bytes, size);

	(void)version;
	(void)context;
	if (session == NULL || is_written || content_type != SSL3_RT_HANDSHAKE || size < MESSAGE_HEADER_SIZE ||
	    session->state != TLS_SESSION_GOING)
		return;
	if (message.data[0] == SERVER_MESSAGE_CERTIFICATE_REQUEST)
		session->tls->flags |= TLS_WANTS_CLIENT_CERTIFICATE;
	else if (message.data[0] == SERVER_MESSAGE_CERTIFICATE && SSL_version(ssl) == TLS1_3_VERSION)
		keep_chain(session, span_part(message, MESSAGE_HEADER_SIZE, size));
}

/* Nothing is verified here: spares the work of building a chain. */
static int accept_any_chain(X509_STORE_CTX *store, void *context)
{
	(void)store;
	(void)context;
	return 1;
}

/* ---- client ---- */

static void configure(SSL_CTX *context)
{
	SSL_CTX_set_security_level(context, 0);
	SSL_CTX_set_options(context,
	                    SSL_OP_NO_RENEGOTIATION | SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_TLSEXT_PADDING);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_cert_verify_callback(context, accept_any_chain, NULL);
	SSL_CTX_set_max_cert_list(context, 2 * TLS_SESSION_HANDSHAKE_BYTES_MAX); /* so that our own limit is the one that is met */
	SSL_CTX_set_info_callback(context, on_info);
	SSL_CTX_set_msg_callback(context, on_message);
}

struct tls_client *tls_client_new(struct error *error)
{
	struct tls_client *client;
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	if (context == NULL || SSL_CTX_set_min_proto_version(context, TLS1_VERSION) != 1 ||
	    SSL_CTX_set_max_proto_version(context, 0) != 1 || SSL_CTX_set_cipher_list(context, CIPHERS) != 1) {
		const char *reason = ERR_reason_error_string(ERR_peek_last_error());

		error_set(error, "OpenSSL could not be set up (%s); look at its configuration file openssl.cnf.",
		          reason != NULL ? reason : "it gives no reason");
		ERR_clear_error();
		SSL_CTX_free(context);
		return NULL;
	}
	configure(context);
	client = memory_allocate(1, sizeof(*client));
	client->context = context;
	return client;
}

void tls_client_free(struct tls_client *client)
{
	if (client == NULL)
		return;
	SSL_CTX_free(client->context);
	free(client);
}

/* ---- how a handshake ends ---- */

/* Alerts with which our library says that the server broke the protocol; any other of ours only says that we could or would not go on. */
static bool is_accusation(uint8_t alert)
{
	switch (alert) {
	case SSL_AD_UNEXPECTED_MESSAGE:
	case SSL_AD_BAD_RECORD_MAC:
	case SSL_AD_DECRYPTION_FAILED:
	case SSL_AD_RECORD_OVERFLOW:
	case SSL_AD_DECOMPRESSION_FAILURE:
	case SSL_AD_ILLEGAL_PARAMETER:
	case SSL_AD_DECODE_ERROR:
	case SSL_AD_DECRYPT_ERROR:
	case SSL_AD_MISSING_EXTENSION:
	case SSL_AD_UNSUPPORTED_EXTENSION:
		return true;
	default:
		return false;
	}
}

static void fail(struct tls_session *session, enum tls_outcome outcome)
{
	session->tls->outcome = outcome;
	session->state = TLS_SESSION_FAILED;
}

/* OpenSSL failed: was it the server's doing, or ours? What the flight decided of the server comes first. */
static enum tls_outcome judge_failure(const struct tls_session *session)
{
	bool is_server_to_blame = session->is_refused || is_accusation(session->our_alert);

	switch (session->flight_outcome) {
	case TLS_PROVEN: /* a signature that does not verify proves nothing */
		if (session->is_refused)
			return TLS_PROVEN;
		return is_server_to_blame ? TLS_HELLO_ONLY : TLS_CLIENT_FAILED;
	case TLS_HELLO_ONLY: /* TLS 1.3, of which the flight sees no more; or a broken older flight */
		return is_server_to_blame || session->tls->version != VERSION_TLS_1_3 ? TLS_HELLO_ONLY : TLS_CLIENT_FAILED;
	case TLS_NOT_TRIED: /* the flight was not complete when OpenSSL gave up */
		if (!is_server_to_blame)
			return TLS_CLIENT_FAILED;
		return session->tls->version != 0
		               ? TLS_HELLO_ONLY
		               : TLS_CLIENT_FAILED; /* well-formed records, yet no answer that it understood: could not tell */
	case TLS_ALERT:
	case TLS_CLOSED:
	case TLS_RESET:
	case TLS_SILENT:
	case TLS_GARBAGE:
	case TLS_TOO_MUCH_DATA:
	case TLS_CLIENT_FAILED:
		return session->flight_outcome;
	}
	return TLS_CLIENT_FAILED;
}

static void record_alpn(struct tls_session *session)
{
	struct tls_observation *tls = session->tls;
	const unsigned char *name = NULL;
	unsigned size = 0;

	SSL_get0_alpn_selected(session->ssl, &name, &size);
	for (unsigned i = 0; i < size && i < sizeof(tls->alpn) - 1; i++)
		tls->alpn[i] = (char)(name[i] > 0x20 && name[i] < 0x7f ? name[i] : '?');
}

static void succeed(struct tls_session *session)
{
	struct tls_observation *tls = session->tls;

	tls->outcome = TLS_PROVEN;
	tls->version = (uint16_t)SSL_version(session->ssl);
	tls->cipher_suite = SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(session->ssl));
	record_alpn(session);
	session->state = TLS_SESSION_READY;
}

/* ---- moving bytes during the handshake ---- */

enum progress { PROGRESS_WANTS_MORE, PROGRESS_DONE, PROGRESS_FAILED };

static enum progress go_on(struct tls_session *session)
{
	int result;

	ERR_clear_error();
	result = SSL_do_handshake(session->ssl);
	if (result == 1)
		return PROGRESS_DONE;
	return SSL_get_error(session->ssl, result) == SSL_ERROR_WANT_READ ? PROGRESS_WANTS_MORE : PROGRESS_FAILED;
}

/* The flight writes its outcome into tls; a session that still goes on has none yet. */
static void show_flight(struct tls_session *session, struct span bytes)
{
	bool is_decided = !server_flight_feed(session->flight, bytes);

	if (is_decided && session->flight_outcome == TLS_NOT_TRIED)
		session->flight_outcome = session->tls->outcome;
	session->tls->outcome = TLS_NOT_TRIED;
}

/* OpenSSL takes the bytes, the flight sees what was taken. */
static void shake_hands(struct tls_session *session, struct span bytes)
{
	enum progress progress;
	size_t left;
	bool is_undecided_garbage;

	if (bytes.size > 0 && BIO_write(session->from_wire, bytes.data, (int)bytes.size) != (int)bytes.size)
		abort(); /* a memory BIO only refuses when there is no memory left */
	progress = go_on(session);
	left = BIO_ctrl_pending(session->from_wire);
	assert(left <= bytes.size);
	show_flight(session, span_part(bytes, 0, bytes.size - left));
	is_undecided_garbage = session->flight_outcome == TLS_NOT_TRIED && server_flight_garbage(session->flight).size > 0;
	if (progress == PROGRESS_DONE) {
		succeed(session);
	} else if (is_undecided_garbage) {
		session->is_library_finished = progress == PROGRESS_FAILED;
		show_flight(session, span_part(bytes, bytes.size - left, left));
	} else if (progress == PROGRESS_FAILED) {
		fail(session, judge_failure(session));
	}
	if (session->state == TLS_SESSION_GOING && session->flight_outcome == TLS_GARBAGE)
		fail(session, TLS_GARBAGE);
}

static void take_during_handshake(struct tls_session *session, struct span bytes)
{
	size_t room = TLS_SESSION_HANDSHAKE_BYTES_MAX - session->taken;
	struct span part = span_part(bytes, 0, room);

	session->taken += part.size;
	if (part.size > 0 && session->is_library_finished) {
		show_flight(session, part);
		if (session->flight_outcome != TLS_NOT_TRIED)
			fail(session, session->flight_outcome);
	} else if (part.size > 0) {
		shake_hands(session, part);
	}
	if (session->state != TLS_SESSION_GOING || bytes.size <= room)
		return;
	show_flight(session, span_part(bytes, room, bytes.size)); /* its own limit is the same: what is whole of the chain is kept */
	fail(session, session->flight_outcome == TLS_PROVEN ? TLS_PROVEN : TLS_TOO_MUCH_DATA);
}

/* ---- the interface ---- */

static void offer_alpn(SSL *ssl, enum wire_protocol protocol)
{
	static const unsigned char IMAP[] = {4, 'i', 'm', 'a', 'p'};
	static const unsigned char POP3[] = {4, 'p', 'o', 'p', '3'};

	if (protocol == WIRE_IMAP)
		(void)SSL_set_alpn_protos(ssl, IMAP, sizeof(IMAP));
	else if (protocol == WIRE_POP3)
		(void)SSL_set_alpn_protos(ssl, POP3, sizeof(POP3));
}

struct tls_session *tls_session_new(struct tls_client *client, const char *server_name, enum wire_protocol protocol,
                                    struct tls_observation *tls)
{
	struct tls_session *session = memory_allocate(1, sizeof(*session));
	size_t name_size = server_name != NULL ? strlen(server_name) : 0;

	session->ssl = SSL_new(client->context);
	session->from_wire = BIO_new(BIO_s_mem());
	session->to_wire = BIO_new(BIO_s_mem());
	assert(session->ssl != NULL && session->from_wire != NULL && session->to_wire != NULL); /* fails only without memory */
	SSL_set_bio(session->ssl, session->from_wire, session->to_wire);
	SSL_set_app_data(session->ssl, session);
	SSL_set_connect_state(session->ssl);
	if (name_size > 0 && name_size <= SERVER_NAME_MAX)
		(void)SSL_set_tlsext_host_name(session->ssl, server_name);
	offer_alpn(session->ssl, protocol);
	(void)SSL_set_tlsext_status_type(session->ssl, TLSEXT_STATUSTYPE_ocsp);
	session->tls = tls;
	tls->hello = TLS_HELLO_SESSION;
	session->flight = server_flight_new(tls);
	buffer_init(&session->chain, TLS_SESSION_HANDSHAKE_BYTES_MAX);
	shake_hands(session, span_make(NULL, 0));
	return session;
}

void tls_session_free(struct tls_session *session)
{
	if (session == NULL)
		return;
	SSL_free(session->ssl);
	server_flight_free(session->flight);
	buffer_done(&session->chain);
	free(session);
}

enum tls_session_state tls_session_feed(struct tls_session *session, struct span bytes)
{
	size_t before = session->taken;

	if (session->state == TLS_SESSION_GOING) {
		take_during_handshake(session, bytes);
		if (session->state != TLS_SESSION_READY)
			return session->state;
		bytes = span_part(bytes, session->taken - before, bytes.size);
	}
	if (session->state != TLS_SESSION_READY || bytes.size == 0)
		return session->state;
	if (bytes.size > TLS_SESSION_WIRE_BYTES_MAX - session->taken) {
		session->state = TLS_SESSION_FAILED;
		return session->state;
	}
	session->taken += bytes.size;
	if (BIO_write(session->from_wire, bytes.data, (int)bytes.size) != (int)bytes.size)
		abort();
	return session->state;
}

enum tls_session_state tls_session_end(struct tls_session *session, enum tls_outcome how)
{
	if (session->state == TLS_SESSION_READY) {
		session->state = TLS_SESSION_CLOSED;
	} else if (session->state == TLS_SESSION_GOING) {
		server_flight_end(session->flight, how);
		fail(session, session->flight_outcome != TLS_NOT_TRIED ? session->flight_outcome : session->tls->outcome);
	}
	return session->state;
}

enum tls_session_state tls_session_state(const struct tls_session *session)
{
	return session->state;
}

void tls_session_output(struct tls_session *session, struct buffer *out)
{
	unsigned char piece[READ_PIECE];
	size_t room = out->max - out->size;

	while (room > 0 && BIO_ctrl_pending(session->to_wire) > 0) {
		int size = BIO_read(session->to_wire, piece, room < sizeof(piece) ? (int)room : (int)sizeof(piece));

		if (size <= 0)
			return;
		buffer_append(out, span_make(piece, (size_t)size));
		room -= (size_t)size;
	}
}

void tls_session_read(struct tls_session *session, struct buffer *out)
{
	unsigned char piece[READ_PIECE];
	size_t room = out->max - out->size;

	while (room > 0 && (session->state == TLS_SESSION_READY || session->state == TLS_SESSION_CLOSED)) {
		int size;

		ERR_clear_error();
		size = SSL_read(session->ssl, piece, room < sizeof(piece) ? (int)room : (int)sizeof(piece));
		if (size <= 0) {
			int reason = SSL_get_error(session->ssl, size);

			if (reason == SSL_ERROR_ZERO_RETURN)
				session->state = TLS_SESSION_CLOSED;
			else if (reason != SSL_ERROR_WANT_READ)
				session->state = TLS_SESSION_FAILED;
			return;
		}
		buffer_append(out, span_make(piece, (size_t)size));
		room -= (size_t)size;
	}
}

bool tls_session_write(struct tls_session *session, struct span bytes)
{
	if (session->state != TLS_SESSION_READY)
		return false;
	if (bytes.size == 0)
		return true;
	assert(bytes.size <= INT_MAX);
	ERR_clear_error();
	if (SSL_write(session->ssl, bytes.data, (int)bytes.size) == (int)bytes.size)
		return true;
	session->state = TLS_SESSION_FAILED;
	return false;
}

void tls_session_close(struct tls_session *session)
{
	if (session->state != TLS_SESSION_READY)
		return;
	ERR_clear_error();
	(void)SSL_shutdown(session->ssl);
	session->state = TLS_SESSION_CLOSED;
}

struct span tls_session_certificate(const struct tls_session *session, size_t i)
{
	if (i < session->list.count)
		return session->list.certificates[i];
	return server_flight_certificate(session->flight, i);
}

struct span tls_session_prime(const struct tls_session *session)
{
	return server_flight_prime(session->flight);
}

struct span tls_session_garbage(const struct tls_session *session)
{
	return server_flight_garbage(session->flight);
}
