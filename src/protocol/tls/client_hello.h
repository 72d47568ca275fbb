/* SPDX-License-Identifier: ISC */
/* ClientHellos built by hand, so that servers whose only TLS our library no longer speaks still answer (rulebook 2.1). */
#ifndef PROTOCOL_TLS_CLIENT_HELLO_H
#define PROTOCOL_TLS_CLIENT_HELLO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "model/observation.h"

enum { CLIENT_HELLO_RANDOM_SIZE = 64, CLIENT_HELLO_MAX = 2048 };

struct client_hello_options {
	enum tls_hello hello;          /* TLS_HELLO_H1 .. TLS_HELLO_H6 */
	const char *server_name;       /* NULL: no SNI */
	enum wire_protocol protocol;   /* ALPN: WIRE_IMAP "imap", WIRE_POP3 "pop3", else none (rule T-7) */
	unsigned char random[CLIENT_HELLO_RANDOM_SIZE]; /* fresh random bytes: 32 for random, 32 for the session id of H2 */
};

/* Appends one complete record to out, to be sent in one write. */
void client_hello_build(const struct client_hello_options *options, struct buffer *out);

#endif
