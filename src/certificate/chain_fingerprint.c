/* SPDX-License-Identifier: ISC */
/* The digest by which a chain is known. */
#include "certificate/certificate.h"
#include "certificate/chain.h"

#include <string.h>

void chain_fingerprint(const struct span *certificates, size_t count, uint8_t sha256_out[CERTIFICATE_FINGERPRINT_SIZE])
{
	uint8_t digests[CHAIN_CERTIFICATES_MAX * CERTIFICATE_FINGERPRINT_SIZE];

	memset(sha256_out, 0, CERTIFICATE_FINGERPRINT_SIZE);
	if (count == 0)
		return;
	for (size_t i = 0; i < count && i < CHAIN_CERTIFICATES_MAX; i++)
		certificate_fingerprint(certificates[i], digests + i * CERTIFICATE_FINGERPRINT_SIZE);
	certificate_fingerprint(
		span_make(digests, (count < CHAIN_CERTIFICATES_MAX ? count : CHAIN_CERTIFICATES_MAX) * CERTIFICATE_FINGERPRINT_SIZE),
		sha256_out);
}
