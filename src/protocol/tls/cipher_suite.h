/* SPDX-License-Identifier: ISC */
/* What a cipher suite's number says about the server's clear flight: which key exchange it needs, and whether a certificate belongs to it. */
#ifndef PROTOCOL_TLS_CIPHER_SUITE_H
#define PROTOCOL_TLS_CIPHER_SUITE_H

#include <stdint.h>

enum key_exchange {
	KEY_EXCHANGE_UNKNOWN,      /* not in our table: pre-shared keys, SRP, Kerberos, GOST, or no suite at all */
	KEY_EXCHANGE_RSA,          /* with the certificate's key: no ServerKeyExchange (RFC 5246 7.4.3) */
	KEY_EXCHANGE_RSA_EXPORT,   /* a temporary RSA key when the certificate's is too long for export (RFC 2246 7.4.3) */
	KEY_EXCHANGE_STATIC,       /* DH or ECDH with the certificate's key: no ServerKeyExchange */
	KEY_EXCHANGE_DHE,          /* signed finite-field parameters */
	KEY_EXCHANGE_ECDHE,        /* signed elliptic-curve point (RFC 8422 5.4) */
	KEY_EXCHANGE_DH_ANONYMOUS, /* unsigned, no certificate */
	KEY_EXCHANGE_ECDH_ANONYMOUS,
	KEY_EXCHANGE_TLS_1_3, /* the suite says nothing of it */
};

/* By the numbers of the IANA registry of TLS cipher suites. */
enum key_exchange cipher_suite_key_exchange(uint16_t suite);

#endif
