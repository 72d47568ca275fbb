/* SPDX-License-Identifier: ISC */
/* Certificates as tests, fuzz seeds and benchmarks need them: good ones and ones that no authority would issue. No part of the program. */
#ifndef CERTIFICATE_MADE_CERTIFICATE_H
#define CERTIFICATE_MADE_CERTIFICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/span.h"

enum { MADE_EXTENSIONS_MAX = 6 };

struct recipe {
	const char *subject;     /* the common name; NULL: an empty subject */
	X509 *issuer;            /* NULL: itself */
	EVP_PKEY *key;           /* what it certifies */
	EVP_PKEY *signer;        /* NULL: key */
	const EVP_MD *digest;    /* NULL: SHA-256, or none where the kind of key brings its own */
	int64_t start, end;      /* seconds since 1970; 0: 2026-01-01 and 2027-01-01 */
	bool is_authority;       /* basicConstraints CA:TRUE */
	const char *path_length; /* "0", ...; NULL: not limited */
	bool without_key_ids;    /* no subjectKeyIdentifier and authorityKeyIdentifier */
	uint64_t serial;
	struct {
		int kind;          /* NID_... */
		const char *value; /* as in OpenSSL's configuration file */
	} extensions[MADE_EXTENSIONS_MAX];
};

/* Aborts when a certificate cannot be made. The caller frees. */
X509 *made_certificate(const struct recipe *recipe);
/* Its DER, which lives until made_der_free. */
struct span made_der(X509 *certificate);
void made_der_free(struct span der);
/* A key by name: "P-256", "brainpoolP256r1", "RSA:2048", "ED25519", "DSA". The caller frees. */
EVP_PKEY *made_key(const char *name);
/* Writes the certificates as PEM into a new file below the folder for temporary files; path_out gets its name. The caller removes it. */
void made_pem_file(X509 *const *certificates, size_t count, char path_out[64]);

#endif
