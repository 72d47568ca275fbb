/* SPDX-License-Identifier: ISC */
/* Targets server_flight_feed, server_flight_end, server_hello_read, server_key_exchange_read, certificate_list_read: a server's clear flight, cut into pieces in two ways.
   Input: which hello was sent, how to cut, how the stream ends, then the stream. Invariants: both ways give the same observation, garbage and certificates; decided means an outcome; every outcome keeps its promise. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "model/transcript.h"
#include "protocol/tls/cipher_suite.h"
#include "protocol/tls/client_hello.h"
#include "protocol/tls/server_flight.h"
#include "protocol/tls/server_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const enum tls_hello HELLOS[] = {TLS_HELLO_NONE, TLS_HELLO_H1,      TLS_HELLO_H2,     TLS_HELLO_H3,    TLS_HELLO_H4,  TLS_HELLO_H5,
                                        TLS_HELLO_H6,   TLS_HELLO_SESSION, TLS_HELLO_H7,     TLS_HELLO_H9R,   TLS_HELLO_H9E, TLS_HELLO_H10,
                                        TLS_HELLO_H12,  TLS_HELLO_PLAIN,   TLS_HELLO_TRAITS, TLS_HELLO_GROUPS};
static const enum tls_outcome ENDS[] = {TLS_CLOSED, TLS_RESET, TLS_SILENT};

enum { STREAM_MAX = 256 * 1024 };

static void check_promises(const struct tls_observation *tls, const struct server_flight *flight)
{
	struct span garbage = server_flight_garbage(flight);
	enum key_exchange key_exchange = cipher_suite_key_exchange(tls->cipher_suite);

	assert(tls->outcome != TLS_NOT_TRIED && tls->outcome != TLS_CLIENT_FAILED);
	assert((tls->outcome == TLS_GARBAGE) == (garbage.size > 0));
	assert(garbage.size <= SERVER_FLIGHT_GARBAGE_MAX);
	assert(memchr(tls->alpn, '\0', sizeof(tls->alpn)) != NULL);
	assert(tls->certificate_count <= SERVER_FLIGHT_CERTIFICATES_MAX);
	assert(server_flight_certificate(flight, tls->certificate_count).size == 0);
	if (tls->outcome == TLS_PROVEN) {
		assert(tls->version >= 0x0300 && tls->version <= 0x0303 &&
		       tls->version <= client_hello_highest_version(tls->hello, tls->offered));
		assert(client_hello_offers_suite(tls->hello, tls->offered, tls->cipher_suite));
		assert(tls->certificate_count > 0 || key_exchange == KEY_EXCHANGE_DH_ANONYMOUS ||
		       key_exchange == KEY_EXCHANGE_ECDH_ANONYMOUS);
		assert(key_exchange != KEY_EXCHANGE_DHE || tls->dh_bits > 0);
	}
	if (tls->outcome == TLS_ALERT)
		assert(tls->alert_level == 2 || (tls->alert_level == 1 && tls->alert_description == 0));
}

/* Observes the stream in pieces of 1 to piece bytes, drawn from seed, and writes down all that is to be seen. */
static struct tls_observation observe(enum tls_hello hello, struct span stream, size_t piece, uint32_t seed, enum tls_outcome end,
                                      struct buffer *seen)
{
	struct tls_observation tls = {.hello = hello, .offered = UINT32_MAX};
	struct server_flight *flight = server_flight_new(&tls);
	bool is_wanting = true;

	while (stream.size > 0 && is_wanting) {
		size_t size = 1 + (seed = seed * 1664525 + 1013904223) % piece;

		is_wanting = server_flight_feed(flight, span_part(stream, 0, size));
		stream = span_part(stream, size, stream.size);
		assert(is_wanting == (tls.outcome == TLS_NOT_TRIED));
	}
	buffer_append_byte(seen, is_wanting);
	server_flight_end(flight, end);
	check_promises(&tls, flight);
	buffer_append(seen, server_flight_garbage(flight));
	for (size_t i = 0; i < tls.certificate_count; i++) {
		assert(server_flight_certificate(flight, i).size > 0);
		buffer_append_u24(seen, (uint32_t)server_flight_certificate(flight, i).size);
		buffer_append(seen, server_flight_certificate(flight, i));
	}
	server_flight_free(flight);
	return tls;
}

/* The list of TLS 1.3 comes decrypted to its reader, never through a flight. */
static void check_list(struct span body)
{
	struct certificate_list list;
	size_t total = 0;

	(void)certificate_list_read(body, true, &list);
	assert(list.count <= CERTIFICATE_LIST_MAX);
	for (size_t i = 0; i < list.count; i++) {
		assert(list.certificates[i].data >= body.data &&
		       list.certificates[i].data + list.certificates[i].size <= body.data + body.size);
		total += list.certificates[i].size;
	}
	assert(total <= body.size);
}

/* As they are written down: padding between members means nothing. */
static bool are_same(const struct tls_observation *a, const struct tls_observation *b)
{
	struct buffer first, second;
	bool is_same;

	buffer_init(&first, 1024);
	buffer_init(&second, 1024);
	tls_observation_format(a, &first);
	tls_observation_format(b, &second);
	is_same = span_equals(buffer_view(&first), buffer_view(&second));
	buffer_done(&first);
	buffer_done(&second);
	return is_same;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tls_observation whole, pieces;
	struct buffer seen_whole, seen_pieces;
	struct span stream;
	enum tls_hello hello;
	enum tls_outcome end;

	if (size < 3)
		return 0;
	hello = HELLOS[data[0] % ARRAY_LENGTH(HELLOS)];
	end = ENDS[data[2] % ARRAY_LENGTH(ENDS)];
	stream = span_make(data + 3, size - 3);
	buffer_init(&seen_whole, STREAM_MAX);
	buffer_init(&seen_pieces, STREAM_MAX);
	whole = observe(hello, stream, SERVER_FLIGHT_BYTES_MAX * 16, 0, end, &seen_whole);
	pieces = observe(hello, stream, 1 + data[1] % 64, data[1], end, &seen_pieces);
	assert(are_same(&whole, &pieces));
	assert(span_equals(buffer_view(&seen_whole), buffer_view(&seen_pieces)));
	buffer_done(&seen_whole);
	buffer_done(&seen_pieces);
	check_list(stream);
	return 0;
}
