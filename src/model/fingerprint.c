/* SPDX-License-Identifier: ISC */
/* Comparing fingerprints. They are public: nobody learns anything from how long it takes. */
#include "model/fingerprint.h"

#include <string.h>

bool fingerprint_is_none(const uint8_t fingerprint[CERTIFICATE_FINGERPRINT_SIZE])
{
	static const uint8_t none[CERTIFICATE_FINGERPRINT_SIZE] = {0};

	return fingerprint_equals(fingerprint, none);
}

bool fingerprint_equals(const uint8_t a[CERTIFICATE_FINGERPRINT_SIZE], const uint8_t b[CERTIFICATE_FINGERPRINT_SIZE])
{
	return memcmp(a, b, CERTIFICATE_FINGERPRINT_SIZE) == 0;
}
