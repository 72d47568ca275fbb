/* SPDX-License-Identifier: ISC */
/* The table of mail-access ports. */
#include "model/mail_port.h"

#include <stddef.h>

#include "base/attributes.h"

static const struct {
	uint16_t port;
	enum wire_protocol protocol;
	bool is_implicit_tls;
} PORTS[] = {
	{110, WIRE_POP3, false},
	{143, WIRE_IMAP, false},
	{993, WIRE_IMAP, true},
	{995, WIRE_POP3, true},
};

bool mail_port_is_implicit_tls(uint16_t port)
{
	for (size_t i = 0; i < ARRAY_LENGTH(PORTS); i++) {
		if (PORTS[i].port == port)
			return PORTS[i].is_implicit_tls;
	}
	return false;
}

enum wire_protocol mail_port_protocol(uint16_t port)
{
	for (size_t i = 0; i < ARRAY_LENGTH(PORTS); i++) {
		if (PORTS[i].port == port)
			return PORTS[i].protocol;
	}
	return WIRE_UNKNOWN;
}

bool wire_protocol_is_mail(enum wire_protocol protocol)
{
	return protocol == WIRE_POP3 || protocol == WIRE_IMAP;
}
