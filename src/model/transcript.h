/* SPDX-License-Identifier: ISC */
/* The evidence of one conversation: who sent which bytes when, in order. Complete within the limits of a session, so that playing it through the state machine again gives the same observation.
   Stored form: a sequence of records, each kind (1 byte), milliseconds since the conversation began (LEB128), size (LEB128), bytes. */
#ifndef MODEL_TRANSCRIPT_H
#define MODEL_TRANSCRIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "model/observation.h"

/* The numbers are stored: never reuse one. */
enum transcript_kind {
	TRANSCRIPT_CONNECTED = 1, /* no bytes */
	TRANSCRIPT_RECEIVED = 2,  /* bytes of the server, in clear, or decrypted once TLS_UP was noted */
	TRANSCRIPT_SENT = 3,      /* our bytes, in clear, or before encryption once TLS_UP was noted */
	TRANSCRIPT_CLOSED = 4,    /* end of stream; no bytes */
	TRANSCRIPT_RESET = 5,
	TRANSCRIPT_DEADLINE = 6, /* the limit of the present state ran out */
	TRANSCRIPT_HELLO = 7,    /* a ClientHello left; bytes are its name ("h1", "session"), not its content */
	TRANSCRIPT_TLS = 8,      /* TLS is over (observed or failed) or up (session); bytes are struct tls_observation as text */
	TRANSCRIPT_LEFT = 9,     /* we closed */
	TRANSCRIPT_OPENING = 10, /* first record: how the conversation was opened, as text "port=143 tls=upgrade pace=fast ..." */
};

/* Enough for every byte that a session accepts (rule D-3) and what we send. */
enum { TRANSCRIPT_MAX = 160 * 1024 };

struct transcript {
	struct buffer bytes;
};

struct transcript_record {
	enum transcript_kind kind;
	uint32_t at_ms;
	struct span bytes; /* points into the transcript */
};

void transcript_init(struct transcript *transcript);
void transcript_done(struct transcript *transcript);
/* Adds a record whole or, when there is no room, not at all (bytes.overflowed then tells). */
void transcript_add(struct transcript *transcript, enum transcript_kind kind, uint32_t at_ms, struct span bytes);
/* Takes the next record off the front of *rest. False at the end and on malformed bytes (then rest->size is not 0). */
bool transcript_take(struct span *rest, struct transcript_record *record_out) MUST_CHECK;
/* "sent", "received", ...; "?" for none. */
const char *transcript_kind_name(enum transcript_kind kind);

/* TLS facts as one line of key=value words, lossless: "outcome=proven hello=h1 version=0303 suite=c02f group=001d ... leaf=<hex>". */
void tls_observation_format(const struct tls_observation *tls, struct buffer *out);
/* The reverse. Unknown keys and malformed values make it false. */
bool tls_observation_parse(struct span text, struct tls_observation *tls_out) MUST_CHECK;

/* For people: one line per record, escaped: "+0.123 S: * OK ready\r\n". */
void transcript_render(struct span bytes, struct buffer *out);

#endif
