/* SPDX-License-Identifier: ISC */
/* What the well-known ports of mail access are for (RFC 1939, RFC 9051, RFC 8314 section 7.3). */
#ifndef MODEL_MAIL_PORT_H
#define MODEL_MAIL_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include "model/observation.h"

/* TLS before the first word: 993 and 995. No other port is assumed to. */
bool mail_port_is_implicit_tls(uint16_t port);

/* The protocol that belongs there; WIRE_UNKNOWN for any other port than 110, 143, 993 and 995. */
enum wire_protocol mail_port_protocol(uint16_t port);

/* POP3 or IMAP. */
bool wire_protocol_is_mail(enum wire_protocol protocol);

#endif
