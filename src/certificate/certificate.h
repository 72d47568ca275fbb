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

/* Everything here came from a server: bounded, and to be escaped where shown. */
struct certificate_facts {
	uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE];
	bool is_readable;            /* false: the DER could not be parsed; only sha256 holds */
	char subject[512];           /* RFC 2253 one line, UTF-8 as sent */
	char issuer[512];
	char common_name[256];       /* "" when there is none */
	char names[1024];            /* dNSName SANs joined by one space, cut at a whole name */
	struct timestamp not_before;
	struct timestamp not_after;
	char serial[96];             /* hexadecimal */
	char key_type[32];           /* "RSA", "EC", "ED25519", ... */
	unsigned key_bits;
	char signature_algorithm[64]; /* "RSA-SHA256", ... as OpenSSL's long name */
	bool is_self_signed;         /* issuer equals subject and the signature verifies with its own key */
};

/* SHA-256 of bytes (the DER). */
void certificate_fingerprint(struct span der, uint8_t sha256_out[CERTIFICATE_FINGERPRINT_SIZE]);

/* Reads a certificate; never fails: what cannot be read is left empty and is_readable false. */
void certificate_read(struct span der, struct certificate_facts *facts_out);

#endif
