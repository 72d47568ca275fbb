/* SPDX-License-Identifier: ISC */
/* Names of TLS numbers for people: cipher suites and groups by the IANA registries. */
#ifndef REPORT_TLS_NAMES_H
#define REPORT_TLS_NAMES_H

#include <stdint.h>

/* "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", or NULL for one that the table lacks. */
const char *cipher_suite_name(uint16_t suite);
/* "x25519", "secp256r1", "ffdhe2048", or NULL. */
const char *tls_group_name(uint16_t group);
/* "handshake_failure" (RFC 8446 section 6), or NULL. */
const char *tls_alert_name(uint8_t description);

#endif
