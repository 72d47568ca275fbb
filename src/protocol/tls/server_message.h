/* SPDX-License-Identifier: ISC */
/* The messages of a server's clear flight, each read from its complete body into an observation. Nothing here keeps state. */
#ifndef PROTOCOL_TLS_SERVER_MESSAGE_H
#define PROTOCOL_TLS_SERVER_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/span.h"
#include "model/observation.h"

/* RFC 5246 7.4; the numbers are those of the wire. */
enum server_message {
	SERVER_MESSAGE_HELLO_REQUEST = 0,
	SERVER_MESSAGE_HELLO = 2,
	SERVER_MESSAGE_CERTIFICATE = 11,
	SERVER_MESSAGE_KEY_EXCHANGE = 12,
	SERVER_MESSAGE_CERTIFICATE_REQUEST = 13,
	SERVER_MESSAGE_HELLO_DONE = 14,
	SERVER_MESSAGE_CERTIFICATE_STATUS = 22,
};

enum server_hello_kind {
	SERVER_HELLO_UNREADABLE, /* no ServerHello at all; nothing was recorded */
	SERVER_HELLO_ILLEGAL, /* its beginning was readable and recorded, but no client would go on: extensions that lie about their size, a version or suite that was not offered */
	SERVER_HELLO_CLASSIC, /* TLS 1.2 or older: more will come in clear */
	SERVER_HELLO_TLS_1_3, /* HelloRetryRequest or ServerHello of TLS 1.3: the rest is encrypted */
};

/* Version, suite, extensions, downgrade sentinel (rules T-11, T-12, T-19). tls->hello says what was offered. */
enum server_hello_kind server_hello_read(struct span body, struct tls_observation *tls);

/* Group or key size of a ServerKeyExchange for the suite in tls (rule T-17). False: malformed, or without the signature that the suite needs. True without looking where the suite has no such message. */
bool server_key_exchange_read(struct span body, struct tls_observation *tls) MUST_CHECK;

/* The finite-field prime of a ServerKeyExchange without leading zeros (rule T-17); empty when the suite has none. Points into the body. */
struct span server_key_exchange_prime(struct span body, const struct tls_observation *tls);

/* What a signed ServerKeyExchange proves with (RFC 5246 7.4.3): the signature covers client random, server random and parameters. */
struct key_exchange_proof {
	struct span parameters;
	uint16_t scheme; /* SignatureAndHashAlgorithm; 0 before TLS 1.2, which names none */
	struct span signature;
};

/* The parts of a ServerKeyExchange that server_key_exchange_read found good; false where the suite signs nothing. The spans point into the body. */
bool server_key_exchange_proof(struct span body, const struct tls_observation *tls, struct key_exchange_proof *proof_out) MUST_CHECK;

enum { CERTIFICATE_LIST_MAX = 16 };

/* Certificates of one Certificate message, in the order sent; the spans point into the message. */
struct certificate_list {
	struct span certificates[CERTIFICATE_LIST_MAX];
	size_t count;
	bool is_cut;     /* more were sent than are kept */
	bool has_status; /* an OCSP response stands beside a certificate (TLS 1.3 only) */
};

/* RFC 5246 7.4.2, or RFC 8446 4.4.2. False: malformed or incomplete; the list then holds the certificates before the fault. */
bool certificate_list_read(struct span body, bool is_tls_1_3, struct certificate_list *list_out);

#endif
