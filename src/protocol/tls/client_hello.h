/* SPDX-License-Identifier: ISC */
/* ClientHellos built by hand, so that servers whose only TLS our library no longer speaks still answer, and so that each connection asks what we want to know (rulebook 2.1). */
#ifndef PROTOCOL_TLS_CLIENT_HELLO_H
#define PROTOCOL_TLS_CLIENT_HELLO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "model/observation.h"

enum { CLIENT_HELLO_RANDOM_SIZE = 68, CLIENT_HELLO_MAX = 2048 };

struct client_hello_options {
	enum tls_hello hello;        /* any but TLS_HELLO_NONE and TLS_HELLO_SESSION */
	uint32_t offered;            /* see tls_observation.offered */
	const char *server_name;     /* NULL, "" or longer than a DNS name can be (253): no SNI */
	enum wire_protocol protocol; /* ALPN: WIRE_IMAP "imap", WIRE_POP3 "pop3", else none (rule T-7) */
	unsigned char random
		[CLIENT_HELLO_RANDOM_SIZE]; /* fresh random bytes: 32 for random, 32 for the session id of hellos of TLS 1.3, 4 for GREASE in those of JARM */
};

/* Appends one complete record to out (at most CLIENT_HELLO_MAX bytes), to be sent in one write. Appends nothing for TLS_HELLO_NONE and TLS_HELLO_SESSION, and nothing when what is offered is no suite or group at all. */
void client_hello_build(const struct client_hello_options *options, struct buffer *out);

/* True when this hello offers this suite. A server may choose no other (RFC 5246 7.4.1.3). Always true for TLS_HELLO_NONE and TLS_HELLO_SESSION: their offer is not known here. */
bool client_hello_offers_suite(enum tls_hello hello, uint32_t offered, uint16_t suite);

/* The highest version that this hello offers, 0x0300..0x0304; a server may choose no higher one. */
uint16_t client_hello_highest_version(enum tls_hello hello, uint32_t offered);

#endif
