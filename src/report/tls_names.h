/* SPDX-License-Identifier: ISC */
/* Names of TLS alerts for people; those of cipher suites and groups are in model/. */
#ifndef REPORT_TLS_NAMES_H
#define REPORT_TLS_NAMES_H

#include <stdint.h>

/* "handshake_failure" (RFC 8446 section 6), or NULL. */
const char *tls_alert_name(uint8_t description);

#endif
