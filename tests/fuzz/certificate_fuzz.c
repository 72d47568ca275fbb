/* SPDX-License-Identifier: ISC */
/* Targets certificate_read and certificate_fingerprint: a server's DER.
   Invariants: every text ends within its field and is valid UTF-8 without control characters; what is unreadable leaves only the fingerprint; reading twice gives the same. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "certificate/certificate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t continuation_bytes(unsigned char first)
{
	return first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
}

static void check_text(const char *text, size_t size)
{
	const char *end = memchr(text, '\0', size);

	assert(end != NULL);
	while (text < end) {
		unsigned char first = (unsigned char)*text++;

		assert(first >= 0x20 && first != 0x7f && (first < 0x80 || first >= 0xc2) && first < 0xf5);
		for (size_t i = continuation_bytes(first); i > 0; i--)
			assert(text < end && ((unsigned char)*text++ & 0xc0) == 0x80);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct certificate_facts facts, again;
	struct certificate_facts unread = {.is_readable = false};

	memset(&facts, 0xa5, sizeof(facts));
	certificate_read(span_make(data, size), &facts);
	check_text(facts.subject, sizeof(facts.subject));
	check_text(facts.issuer, sizeof(facts.issuer));
	check_text(facts.common_name, sizeof(facts.common_name));
	check_text(facts.names, sizeof(facts.names));
	check_text(facts.serial, sizeof(facts.serial));
	check_text(facts.key_type, sizeof(facts.key_type));
	check_text(facts.signature_algorithm, sizeof(facts.signature_algorithm));
	certificate_fingerprint(span_make(data, size), unread.sha256);
	assert(memcmp(facts.sha256, unread.sha256, sizeof(facts.sha256)) == 0);
	assert(facts.is_readable || (facts.subject[0] == '\0' && facts.names[0] == '\0' && facts.serial[0] == '\0' && facts.key_bits == 0 &&
	                             !facts.is_self_signed));
	certificate_read(span_make(data, size), &again);
	assert(facts.is_readable == again.is_readable && facts.is_self_signed == again.is_self_signed &&
	       strcmp(facts.subject, again.subject) == 0 && strcmp(facts.names, again.names) == 0);
	return 0;
}
