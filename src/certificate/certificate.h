/* SPDX-License-Identifier: ISC */
/* X.509 certificates as facts, read by OpenSSL from DER that a server sent. */
#ifndef CERTIFICATE_CERTIFICATE_H
#define CERTIFICATE_CERTIFICATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/instant.h"
#include "base/span.h"
#include "model/certificate_facts.h"
#include "model/observation.h"

/* A certificate is never read beyond this: what a server may send in all (rule D-3). */
enum { CERTIFICATE_DER_MAX = 64 * 1024 };

/* A signature is only verified with keys up to here: beyond, it costs more than it tells, and OpenSSL refuses. */
enum { CERTIFICATE_VERIFIED_KEY_BITS_MAX = 16384 };

/* SHA-256 of bytes (the DER). */
void certificate_fingerprint(struct span der, uint8_t sha256_out[CERTIFICATE_FINGERPRINT_SIZE]);

/* Reads a certificate; never fails: what cannot be read is left empty and is_readable false. */
void certificate_read(struct span der, struct certificate_facts *facts_out);

enum signature_result {
	SIGNATURE_GOOD,
	SIGNATURE_BAD,       /* made by another key, or over other bytes */
	SIGNATURE_UNCHECKED, /* a key or an algorithm that we cannot verify: says nothing */
};

/* Verifies the signature of a ServerKeyExchange (RFC 5246 7.4.3) with the key of the certificate. parts are what was signed, in order (client random,
   server random, parameters). scheme: SignatureAndHashAlgorithm or SignatureScheme; 0 before TLS 1.2: MD5 and SHA-1 together for RSA, SHA-1 for other keys. */
enum signature_result certificate_verify_signature(struct span der, uint16_t scheme, const struct span *parts, size_t part_count,
                                                   struct span signature);

#endif
