/* SPDX-License-Identifier: ISC */
/* Texts that a name server has of a name (TXT, RFC 1035 section 3.3.14). */
#ifndef NET_DNS_TEXT_H
#define NET_DNS_TEXT_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/span.h"
#include "net/resolver.h"

struct dns_text {
	enum resolver_outcome outcome; /* RESOLVER_FOUND: there is a text */
	struct buffer text;            /* of all records, a line end behind each; hostile */
	uint32_t ttl_s;                /* the shortest */
};

enum { DNS_TEXT_MAX = 16 * 1024 };

void dns_text_init(struct dns_text *text);
void dns_text_done(struct dns_text *text);
/* Asks and waits: 2 s, 3 tries. server: "192.0.2.53", "192.0.2.53:5353", "[2001:db8::53]:5353"; NULL: as the system does. False: nothing could be
   asked at all. */
bool dns_text_ask(const char *name, const char *server, struct dns_text *text, struct error *error) MUST_CHECK;
/* The texts of an answer as it comes from the wire. False: it is no answer. */
bool dns_text_read(struct span message, struct dns_text *text) MUST_CHECK;

#endif
