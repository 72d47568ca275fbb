/* SPDX-License-Identifier: ISC */
/* The record layer and the order of messages of a server's clear flight.

   Bytes are taken in steps whose ends depend on the stream alone (a header byte, a message header, a message body), never on how it was cut
   into pieces; every decision falls at such an end, so any splitting gives the same result. */
#include "protocol/tls/server_flight.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "protocol/tls/cipher_suite.h"
#include "protocol/tls/server_message.h"

_Static_assert((int)SERVER_FLIGHT_CERTIFICATES_MAX == (int)CERTIFICATE_LIST_MAX, "a flight keeps what a list keeps");

enum {
	RECORD_ALERT = 21,
	RECORD_HANDSHAKE = 22,
	RECORD_HEADER_SIZE = 5,
	RECORD_PAYLOAD_MAX = 16384 + 2048, /* RFC 5246 6.2.3 */
	MESSAGE_HEADER_SIZE = 4,
	ALERT_SIZE = 2,
	ALERT_WARNING = 1,
	ALERT_FATAL = 2,
	ALERT_CLOSE_NOTIFY = 0,
	SERVER_RANDOM_SIZE = 32,
	SERVER_RANDOM_OFFSET = 2, /* in a ServerHello, behind the version */
	BINARY_EVIDENCE_SIZE = 5, /* as much as an SSL 2.0 error message has */
};

struct server_flight {
	struct tls_observation *tls;
	struct buffer head;         /* the first bytes of the stream, kept until a ServerHello shows that it is TLS */
	struct buffer message;      /* the handshake message under assembly, with its header */
	struct buffer chain;        /* the Certificate message, taken over whole from message: the list points into it */
	struct buffer key_exchange; /* the ServerKeyExchange message, taken over likewise */
	struct certificate_list list;
	unsigned char server_random[SERVER_RANDOM_SIZE];
	size_t taken; /* bytes of the stream so far */
	size_t record_left;
	unsigned char record_header[RECORD_HEADER_SIZE];
	unsigned char record_header_size;
	unsigned char alert[ALERT_SIZE];
	unsigned char alert_size;
	unsigned char rank; /* of the last message, see rank_of */
	bool has_hello;
	bool has_key_exchange;
	bool is_garbage; /* not TLS: what comes now is evidence of what it is instead */
	bool is_decided;
};

struct server_flight *server_flight_new(struct tls_observation *tls)
{
	struct server_flight *flight = memory_allocate(1, sizeof(*flight));

	flight->tls = tls;
	buffer_init(&flight->head, SERVER_FLIGHT_GARBAGE_MAX);
	buffer_init(&flight->message, SERVER_FLIGHT_BYTES_MAX);
	buffer_init(&flight->chain, SERVER_FLIGHT_BYTES_MAX);
	buffer_init(&flight->key_exchange, SERVER_FLIGHT_BYTES_MAX);
	return flight;
}

void server_flight_free(struct server_flight *flight)
{
	if (flight == NULL)
		return;
	buffer_done(&flight->head);
	buffer_done(&flight->message);
	buffer_done(&flight->chain);
	buffer_done(&flight->key_exchange);
	free(flight);
}

/* The only way to an outcome. */
static void decide(struct server_flight *flight, enum tls_outcome outcome)
{
	flight->tls->outcome = outcome;
	flight->is_decided = true;
	buffer_done(&flight->message);
	if (outcome != TLS_GARBAGE)
		buffer_done(&flight->head);
}

static bool is_text_byte(unsigned char byte)
{
	return byte == '\t' || byte == '\r' || byte == '\n' || (byte >= 0x20 && byte < 0x7f);
}

/* Does it tell who speaks? Text does with its first line, anything else with its first bytes. */
static bool is_enough_garbage(struct span head)
{
	bool is_text = true;

	for (size_t i = 0; i < head.size; i++) {
		if (head.data[i] == '\n')
			return true;
		is_text = is_text && is_text_byte(head.data[i]);
	}
	return head.size >= SERVER_FLIGHT_GARBAGE_MAX || (!is_text && head.size >= BINARY_EVIDENCE_SIZE);
}

static void take_garbage(struct server_flight *flight)
{
	flight->is_garbage = true;
	if (is_enough_garbage(buffer_view(&flight->head)))
		decide(flight, TLS_GARBAGE);
}

/* What came cannot be. */
static void note_fault(struct server_flight *flight)
{
	if (flight->has_hello)
		decide(flight, TLS_HELLO_ONLY);
	else
		take_garbage(flight);
}

/* Rules T-3 and T-8: only close_notify and fatal alerts end a flight. */
static void take_alert(struct server_flight *flight)
{
	uint8_t level = flight->alert[0];
	uint8_t description = flight->alert[1];

	flight->alert_size = 0;
	if (level != ALERT_WARNING && level != ALERT_FATAL) {
		note_fault(flight);
		return;
	}
	flight->tls->alert_level = level;
	flight->tls->alert_description = description;
	if (level == ALERT_FATAL || description == ALERT_CLOSE_NOTIFY)
		decide(flight, flight->has_hello ? TLS_HELLO_ONLY : TLS_ALERT);
	else
		flight->tls->flags |= TLS_HAD_WARNING_ALERT;
}

/* Messages come in this order, each at most once (RFC 5246 7.3, RFC 6066 8). 0: does not belong into a flight. */
static unsigned char rank_of(unsigned char type)
{
	switch (type) {
	case SERVER_MESSAGE_HELLO:
		return 1;
	case SERVER_MESSAGE_CERTIFICATE:
		return 2;
	case SERVER_MESSAGE_CERTIFICATE_STATUS:
		return 3;
	case SERVER_MESSAGE_KEY_EXCHANGE:
		return 4;
	case SERVER_MESSAGE_CERTIFICATE_REQUEST:
		return 5;
	case SERVER_MESSAGE_HELLO_DONE:
		return 6;
	default:
		return 0;
	}
}

static bool may_come_now(const struct server_flight *flight, unsigned char type)
{
	unsigned char rank = rank_of(type);

	if (type == SERVER_MESSAGE_HELLO_REQUEST)
		return true; /* may be sent at any time and is ignored in the middle of a negotiation (RFC 5246 7.4.1.1) */
	if (!flight->has_hello)
		return type == SERVER_MESSAGE_HELLO;
	return rank > flight->rank;
}

/* Rule T-23: the suite decides what a whole flight is. */
static bool is_proven(const struct server_flight *flight)
{
	bool has_certificate = flight->list.count > 0;

	switch (cipher_suite_key_exchange(flight->tls->cipher_suite)) {
	case KEY_EXCHANGE_RSA:
	case KEY_EXCHANGE_RSA_EXPORT:
	case KEY_EXCHANGE_STATIC:
		return has_certificate;
	case KEY_EXCHANGE_DHE:
	case KEY_EXCHANGE_ECDHE:
		return has_certificate && flight->has_key_exchange;
	case KEY_EXCHANGE_DH_ANONYMOUS:
	case KEY_EXCHANGE_ECDH_ANONYMOUS:
		return flight->has_key_exchange;
	case KEY_EXCHANGE_TLS_1_3:
	case KEY_EXCHANGE_UNKNOWN:
		return false;
	}
	return false;
}

static void take_hello(struct server_flight *flight, struct span body)
{
	switch (server_hello_read(body, flight->tls)) {
	case SERVER_HELLO_UNREADABLE:
		note_fault(flight);
		return;
	case SERVER_HELLO_ILLEGAL:
	case SERVER_HELLO_TLS_1_3:
		flight->has_hello = true;
		decide(flight, TLS_HELLO_ONLY);
		return;
	case SERVER_HELLO_CLASSIC:
		flight->has_hello = true;
		memcpy(flight->server_random, body.data + SERVER_RANDOM_OFFSET, SERVER_RANDOM_SIZE);
		buffer_done(&flight->head);
		return;
	}
}

/* The message's memory becomes the chain's, so that certificates are never copied. */
static bool take_certificates(struct server_flight *flight)
{
	bool is_whole;

	flight->chain = flight->message;
	buffer_init(&flight->message, SERVER_FLIGHT_BYTES_MAX);
	is_whole = certificate_list_read(span_part(buffer_view(&flight->chain), MESSAGE_HEADER_SIZE, SERVER_FLIGHT_BYTES_MAX), false,
	                                 &flight->list);
	flight->tls->certificate_count = (uint8_t)flight->list.count;
	if (flight->list.is_cut)
		flight->tls->flags |= TLS_CERTIFICATES_CUT;
	return is_whole;
}

static void take_message(struct server_flight *flight)
{
	unsigned char type = flight->message.data[0];
	struct span body = span_part(buffer_view(&flight->message), MESSAGE_HEADER_SIZE, SERVER_FLIGHT_BYTES_MAX);
	bool is_good = true;

	flight->rank = type == SERVER_MESSAGE_HELLO_REQUEST ? flight->rank : rank_of(type);
	switch ((enum server_message)type) {
	case SERVER_MESSAGE_HELLO:
		take_hello(flight, body);
		break;
	case SERVER_MESSAGE_CERTIFICATE:
		is_good = take_certificates(flight);
		break;
	case SERVER_MESSAGE_CERTIFICATE_STATUS:
		flight->tls->flags |= TLS_HAS_OCSP_STAPLE;
		break;
	case SERVER_MESSAGE_KEY_EXCHANGE:
		is_good = server_key_exchange_read(body, flight->tls);
		flight->has_key_exchange = true;
		flight->key_exchange = flight->message;
		buffer_init(&flight->message, SERVER_FLIGHT_BYTES_MAX);
		break;
	case SERVER_MESSAGE_CERTIFICATE_REQUEST:
		flight->tls->flags |= TLS_WANTS_CLIENT_CERTIFICATE;
		break;
	case SERVER_MESSAGE_HELLO_DONE:
		decide(flight, body.size == 0 && is_proven(flight) ? TLS_PROVEN : TLS_HELLO_ONLY);
		break;
	case SERVER_MESSAGE_HELLO_REQUEST:
		is_good = body.size == 0;
		break;
	}
	if (!is_good)
		note_fault(flight);
	buffer_clear(&flight->message);
}

/* Size of the message under assembly: of its header as long as that is not complete. */
static size_t message_target(const struct buffer *message)
{
	const unsigned char *header = message->data;

	if (message->size < MESSAGE_HEADER_SIZE)
		return MESSAGE_HEADER_SIZE;
	return MESSAGE_HEADER_SIZE + ((size_t)header[1] << 16 | (size_t)header[2] << 8 | header[3]);
}

static void take_handshake(struct server_flight *flight, struct span bytes)
{
	buffer_append(&flight->message, bytes);
	if (flight->message.size == MESSAGE_HEADER_SIZE && !may_come_now(flight, flight->message.data[0]))
		note_fault(flight);
	else if (flight->message.size >= MESSAGE_HEADER_SIZE && flight->message.size == message_target(&flight->message))
		take_message(flight);
}

/* Rule T-4: the minor version of a record says nothing. */
static void take_header_byte(struct server_flight *flight, unsigned char byte)
{
	unsigned char *header = flight->record_header;

	header[flight->record_header_size++] = byte;
	if ((flight->record_header_size == 1 && byte != RECORD_ALERT && byte != RECORD_HANDSHAKE) ||
	    (flight->record_header_size == 2 && byte != 3)) {
		note_fault(flight);
	} else if (flight->record_header_size == RECORD_HEADER_SIZE) {
		flight->record_left = (size_t)header[3] << 8 | header[4];
		if (flight->record_left > RECORD_PAYLOAD_MAX)
			note_fault(flight);
		else if (flight->record_left == 0)
			flight->record_header_size = 0;
	}
}

static bool is_in_header(const struct server_flight *flight)
{
	return flight->record_header_size < RECORD_HEADER_SIZE;
}

/* How far the present step goes at most. */
static size_t step_size(const struct server_flight *flight)
{
	size_t wanted;

	if (flight->is_garbage || is_in_header(flight))
		return 1;
	if (flight->record_header[0] == RECORD_ALERT)
		return 1;
	wanted = message_target(&flight->message) - flight->message.size;
	return wanted < flight->record_left ? wanted : flight->record_left;
}

static void take_payload(struct server_flight *flight, struct span bytes)
{
	flight->record_left -= bytes.size;
	if (flight->record_left == 0)
		flight->record_header_size = 0;
	if (flight->record_header[0] == RECORD_HANDSHAKE) {
		take_handshake(flight, bytes);
		return;
	}
	flight->alert[flight->alert_size++] = bytes.data[0];
	if (flight->alert_size == ALERT_SIZE)
		take_alert(flight);
}

/* The limit is reached in the middle. Certificates that are complete so far are kept. */
static void cut(struct server_flight *flight)
{
	const struct buffer *message = &flight->message;

	if (message->size > MESSAGE_HEADER_SIZE && message->data[0] == SERVER_MESSAGE_CERTIFICATE) {
		(void)take_certificates(flight);
		flight->tls->flags |= TLS_CERTIFICATES_CUT;
	}
	decide(flight, TLS_TOO_MUCH_DATA);
}

bool server_flight_feed(struct server_flight *flight, struct span bytes)
{
	while (!flight->is_decided && bytes.size > 0) {
		size_t room = SERVER_FLIGHT_BYTES_MAX - flight->taken;
		struct span step = span_part(bytes, 0, step_size(flight));

		if (room == 0) {
			cut(flight);
			break;
		}
		step = span_part(step, 0, room);
		flight->taken += step.size;
		if (!flight->has_hello)
			buffer_append(&flight->head, step);
		if (flight->is_garbage)
			take_garbage(flight);
		else if (is_in_header(flight))
			take_header_byte(flight, step.data[0]);
		else
			take_payload(flight, step);
		bytes = span_part(bytes, step.size, bytes.size);
	}
	return !flight->is_decided;
}

void server_flight_end(struct server_flight *flight, enum tls_outcome how)
{
	if (flight->is_decided)
		return;
	if (flight->has_hello)
		decide(flight, TLS_HELLO_ONLY);
	else
		decide(flight, flight->is_garbage ? TLS_GARBAGE : how);
}

struct span server_flight_certificate(const struct server_flight *flight, size_t i)
{
	return i < flight->list.count ? flight->list.certificates[i] : span_make(NULL, 0);
}

bool server_flight_proof(const struct server_flight *flight, struct server_flight_proof *proof_out)
{
	struct span body = span_part(buffer_view(&flight->key_exchange), MESSAGE_HEADER_SIZE, SERVER_FLIGHT_BYTES_MAX);
	struct key_exchange_proof proof;

	if (flight->tls->outcome != TLS_PROVEN || !flight->has_key_exchange || !server_key_exchange_proof(body, flight->tls, &proof))
		return false;
	*proof_out = (struct server_flight_proof){
		.server_random = span_make(flight->server_random, SERVER_RANDOM_SIZE),
		.parameters = proof.parameters,
		.scheme = proof.scheme,
		.signature = proof.signature,
	};
	return true;
}

struct span server_flight_prime(const struct server_flight *flight)
{
	if (!flight->has_key_exchange || flight->tls->dh_bits == 0)
		return span_make(NULL, 0);
	return server_key_exchange_prime(span_part(buffer_view(&flight->key_exchange), MESSAGE_HEADER_SIZE, SERVER_FLIGHT_BYTES_MAX),
	                                 flight->tls);
}

struct span server_flight_garbage(const struct server_flight *flight)
{
	return flight->is_garbage ? buffer_view(&flight->head) : span_make(NULL, 0);
}
