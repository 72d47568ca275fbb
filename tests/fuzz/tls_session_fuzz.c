/* SPDX-License-Identifier: ISC */
/* Targets tls_session_feed, tls_session_end, tls_session_read: a hostile server during the handshake, which it can never finish.
   Input: how to cut, how the stream ends, then the bytes of the wire. Invariants: no outcome while it goes on; an outcome once it failed; never READY; both ways of cutting give the same observation, certificates and garbage. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "model/transcript.h"
#include "probe/tls_session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const enum tls_outcome ENDS[] = {TLS_CLOSED, TLS_RESET, TLS_SILENT};

enum { SEEN_MAX = 256 * 1024, OUTPUT_MAX = 256 * 1024 };

static struct tls_client *client;

static struct tls_observation hear(struct span bytes, size_t piece, enum tls_outcome end, struct buffer *seen)
{
	struct tls_observation tls = {.outcome = TLS_NOT_TRIED};
	struct tls_session *session = tls_session_new(client, NULL, WIRE_IMAP, &tls);
	struct buffer out;

	buffer_init(&out, OUTPUT_MAX);
	while (bytes.size > 0) {
		enum tls_session_state state = tls_session_feed(session, span_part(bytes, 0, piece));

		assert(state == TLS_SESSION_GOING || state == TLS_SESSION_FAILED);
		assert((state == TLS_SESSION_GOING) == (tls.outcome == TLS_NOT_TRIED));
		bytes = span_part(bytes, piece, bytes.size);
	}
	buffer_append_byte(seen, (unsigned char)tls_session_state(session));
	assert(tls_session_end(session, end) == TLS_SESSION_FAILED);
	assert(tls.outcome != TLS_NOT_TRIED);
	assert((tls.outcome == TLS_GARBAGE) == (tls_session_garbage(session).size > 0));
	tls_session_read(session, seen); /* nothing to be read */
	buffer_append(seen, tls_session_garbage(session));
	for (size_t i = 0; i < tls.certificate_count; i++)
		buffer_append(seen, tls_session_certificate(session, i));
	tls_session_output(session, &out);
	buffer_done(&out);
	tls_session_free(session);
	return tls;
}

/* Appended as it is written down: padding between members means nothing. */
static void hear_and_note(struct span bytes, size_t piece, enum tls_outcome end, struct buffer *seen)
{
	struct tls_observation tls = hear(bytes, piece, end, seen);

	tls_observation_format(&tls, seen);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer seen_whole, seen_pieces;
	struct span bytes;

	if (client == NULL)
		client = tls_client_new(NULL);
	if (client == NULL || size < 2)
		return 0;
	bytes = span_make(data + 2, size - 2);
	buffer_init(&seen_whole, SEEN_MAX);
	buffer_init(&seen_pieces, SEEN_MAX);
	hear_and_note(bytes, size, ENDS[data[1] % ARRAY_LENGTH(ENDS)], &seen_whole);
	hear_and_note(bytes, 1 + data[0], ENDS[data[1] % ARRAY_LENGTH(ENDS)], &seen_pieces);
	assert(span_equals(buffer_view(&seen_whole), buffer_view(&seen_pieces)));
	buffer_done(&seen_whole);
	buffer_done(&seen_pieces);
	return 0;
}
