/* SPDX-License-Identifier: ISC */
/* Digests over what servers answered: JA3S, our own hash of the ladder, JARM. */
#ifndef CERTIFICATE_TLS_FINGERPRINT_H
#define CERTIFICATE_TLS_FINGERPRINT_H

#include <stddef.h>

#include "model/observation.h"
#include "model/tls_facts.h"

/* Fills facts->ja3s, facts->ladder and facts->jarm from the same observations that facts came from. */
void tls_fingerprints(const struct observation *observations, size_t count, struct tls_facts *facts);

#endif
