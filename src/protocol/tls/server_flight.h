/* SPDX-License-Identifier: ISC */
/* Reads what a TLS server answers in clear to a hello: alerts, ServerHello, HelloRetryRequest, Certificate, ServerKeyExchange, up to ServerHelloDone (rules T-2, T-3, T-12, T-16..T-19).
   Fed in pieces of any size with the same result. Needs no cryptography. */
#ifndef PROTOCOL_TLS_SERVER_FLIGHT_H
#define PROTOCOL_TLS_SERVER_FLIGHT_H

#include <stdbool.h>

#include "base/buffer.h"
#include "model/observation.h"

enum {
	SERVER_FLIGHT_BYTES_MAX = 64 * 1024, /* rule D-3; larger chains are cut and say so */
	SERVER_FLIGHT_CERTIFICATES_MAX = 16,
	SERVER_FLIGHT_GARBAGE_MAX = 512,
};

struct server_flight;

/* Records into tls, whose hello field the caller has set (a server may choose only what that hello offered); both must outlive the flight. Holds no further memory until bytes come. */
struct server_flight *server_flight_new(struct tls_observation *tls);
/* NULL is fine. */
void server_flight_free(struct server_flight *flight);

/* True while more bytes are wanted. False: the flight is decided, tls->outcome is set, further bytes are ignored. A fatal alert, garbage, ServerHelloDone, HelloRetryRequest, the first encrypted record, or a limit decide.
   Garbage is decided as soon as it tells who speaks: with the end of its first line, with SERVER_FLIGHT_GARBAGE_MAX bytes, or at once when it is no text. */
bool server_flight_feed(struct server_flight *flight, struct span bytes) MUST_CHECK;

/* The stream ended, was reset or fell silent before the flight was decided: sets outcome to how (TLS_CLOSED, TLS_RESET or TLS_SILENT), or TLS_HELLO_ONLY when a ServerHello had been seen, or TLS_GARBAGE when
   what had come is not TLS. Does nothing once decided. */
void server_flight_end(struct server_flight *flight, enum tls_outcome how);

/* The i-th certificate's DER in the order sent, empty beyond the last. Valid until the flight is freed. leaf_sha256 is not filled here: hashing belongs to certificate/. */
struct span server_flight_certificate(const struct server_flight *flight, size_t i);

/* What the flight is signed with, for whoever can verify it (certificate/): a whole flight signed by another key than the certificate's is one that no client accepts. */
struct server_flight_proof {
	struct span server_random;
	struct span parameters; /* of the key exchange */
	uint16_t scheme;        /* SignatureAndHashAlgorithm (RFC 5246 7.4.1.4.1); 0 before TLS 1.2 */
	struct span signature;
};

/* False: the flight is not whole (outcome TLS_PROVEN), or its suite signs nothing. Valid until the flight is freed. */
bool server_flight_proof(const struct server_flight *flight, struct server_flight_proof *proof_out) MUST_CHECK;

/* The finite-field prime of the key exchange without leading zeros, empty when there was none. dh_prime_sha256 is not filled here either. Valid until the flight is freed. */
struct span server_flight_prime(const struct server_flight *flight);

/* The first bytes of an answer that was not TLS (TLS_GARBAGE), for the rule of first bytes; else empty. Valid until the flight is freed. */
struct span server_flight_garbage(const struct server_flight *flight);

#endif
