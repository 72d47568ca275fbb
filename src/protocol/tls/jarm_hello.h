/* SPDX-License-Identifier: ISC */
/* The ten hellos of JARM (rule T-40), byte for byte as the reference of 2020 (github.com/salesforce/jarm) sends them, oddities included: else the hash would be another.
   Our own hellos are in client_hello.h; client_hello_build sends these for TLS_HELLO_JARM_1 to TLS_HELLO_JARM_10. */
#ifndef PROTOCOL_TLS_JARM_HELLO_H
#define PROTOCOL_TLS_JARM_HELLO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

enum {
	JARM_PROBES = 10,
	JARM_HELLO_RANDOM_SIZE =
		68, /* 32 for random, 32 for the session id and the key share, which nobody ever uses, 4 for the values of GREASE */
};

/* Appends one complete record; nothing for another probe than 1 to JARM_PROBES. server_name: the reference always sends one, the address as text where there is no name.
   NULL, "" or longer than a DNS name can be: left out. */
void jarm_hello_build(unsigned probe, const char *server_name, const unsigned char random[JARM_HELLO_RANDOM_SIZE], struct buffer *out);
/* A server may choose no other suite (RFC 5246 7.4.1.3). */
bool jarm_hello_offers_suite(unsigned probe, uint16_t suite);
/* 0x0302 to 0x0304; a server may choose no higher one. */
uint16_t jarm_hello_highest_version(unsigned probe);

#endif
