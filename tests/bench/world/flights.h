/* SPDX-License-Identifier: ISC */
/* Real server flights of TLS: ServerHello, Certificate, a signed ServerKeyExchange where the suite has one, ServerHelloDone. */
#ifndef WORLD_FLIGHTS_H
#define WORLD_FLIGHTS_H

#include <stdint.h>

#include "base/span.h"
#include "persona.h"

enum { FLIGHT_CERTIFICATES = 16 }; /* of each kind: hosts share them */

struct flights;

struct flights *flights_new(void);
void flights_free(struct flights *flights);
/* What the server says to this hello: a flight, or an alert when it does not fit. Flights are signed for the client's random and kept: who says the same random again costs no
   second signature. Valid until the next call. Empty: that is no hello. */
struct span flights_answer(struct flights *flights, enum tls_kind kind, uint32_t host, struct span hello);
uint64_t flights_signatures(const struct flights *flights);
/* The common name of the certificate that this host shows. */
void flights_name(enum tls_kind kind, uint32_t host, char name_out[64]);

#endif
