/* SPDX-License-Identifier: ISC */
/* X.509 certificates as facts, read by OpenSSL from DER that a server sent. */
#ifndef CERTIFICATE_CERTIFICATE_H
#define CERTIFICATE_CERTIFICATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/instant.h"
#include "base/span.h"
#include "model/observation.h"

/* A certificate is never read beyond this: what a server may send in all (rule D-3). */
enum { CERTIFICATE_DER_MAX = 64 * 1024 };

/* A signature is only verified with keys up to here: beyond, it costs more than it tells, and OpenSSL refuses. */
enum { CERTIFICATE_VERIFIED_KEY_BITS_MAX = 16384 };

/* Everything here came from a server: bounded, NUL-terminated valid UTF-8 in which control characters and stray bytes are '?' (subject and issuer: escaped as RFC 2253 does), and still to be escaped where shown. */
struct certificate_facts {
	uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE];
	bool is_readable;  /* false: the DER could not be parsed, or bytes stood behind it; only sha256 holds */
	char subject[512]; /* RFC 2253 one line, most specific part first; cut at a whole character */
	char issuer[512];
	char common_name[256]; /* the last, most specific one; "" when there is none */
	char names
		[1024]; /* dNSName SANs joined by one space, cut at a whole name; a byte that no host name has is '?', so that a NUL cannot hide what follows */
	struct timestamp not_before; /* both 0 when unreadable */
	struct timestamp not_after;
	char serial[96];              /* lower-case hexadecimal, "-" before it when negative */
	char key_type[32];            /* "RSA", "EC", "ED25519", ...; of a key that OpenSSL cannot read, the algorithm's name or number */
	unsigned key_bits;            /* 0: unreadable */
	char signature_algorithm[64]; /* "RSA-SHA256", ... as OpenSSL's short name, or the number in dots */
	bool is_self_signed;          /* issuer equals subject and the signature verifies with its own key */
};

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
