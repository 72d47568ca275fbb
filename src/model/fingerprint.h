/* SPDX-License-Identifier: ISC */
/* SHA-256 of a certificate, a chain, a key or a prime. All zero: none was seen. */
#ifndef MODEL_FINGERPRINT_H
#define MODEL_FINGERPRINT_H

#include <stdbool.h>
#include <stdint.h>

enum { CERTIFICATE_FINGERPRINT_SIZE = 32 };

bool fingerprint_is_none(const uint8_t fingerprint[CERTIFICATE_FINGERPRINT_SIZE]);
bool fingerprint_equals(const uint8_t a[CERTIFICATE_FINGERPRINT_SIZE], const uint8_t b[CERTIFICATE_FINGERPRINT_SIZE]);

#endif
