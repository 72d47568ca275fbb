/* SPDX-License-Identifier: ISC */
/* What chains are judged by: trusted roots, and the intermediates that are known. The inside of what chain.h promises; for this folder alone. */
#ifndef CERTIFICATE_TRUST_STORES_H
#define CERTIFICATE_TRUST_STORES_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/x509.h>

#include "certificate/chain.h"

enum {
	KNOWN_AUTHORITIES_MAX = 4096,
	KNOWN_AUTHORITY_SLOTS = 1024,
	PARSED_SLOTS = 512,
	PARSED_DER_MAX = 4096, /* what is larger is not kept */
};

struct known_authority {
	X509 *certificate;
	unsigned long subject_hash;
	struct known_authority *next; /* of the same slot */
};

/* The same few intermediates are sent again and again, and OpenSSL takes longer to parse a certificate than to verify its signature. */
struct parsed_certificate {
	uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE];
	X509 *certificate; /* NULL: the slot is free */
};

struct trust_stores {
	X509_STORE *system, *mozilla; /* NULL: there is none */
	bool are_same;                /* both hold the same certificates: one judgement does for both */
	struct known_authority *slots[KNOWN_AUTHORITY_SLOTS];
	size_t known_count;
	struct parsed_certificate *parsed; /* PARSED_SLOTS; judging fills it, so one thread at a time may judge with these stores */
};

/* certificate_parse of a certificate that is likely to come again. stores may be NULL. The caller frees. */
X509 *trust_stores_parse(const struct trust_stores *stores, struct span der, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE]);

/* Appends to candidates, which owns references, the known authorities that signed the certificate; never more than room, and one signature is verified for each that is tried. */
void trust_stores_find_issuers(const struct trust_stores *stores, X509 *certificate, STACK_OF(X509) * candidates, size_t room);

/* The path from leaf to a root of the store, in which untrusted may take part, times not looked at; NULL when there is none. The caller frees it with its certificates. */
STACK_OF(X509) * trust_stores_find_path(X509_STORE *store, X509 *leaf, STACK_OF(X509) * untrusted);

#endif
