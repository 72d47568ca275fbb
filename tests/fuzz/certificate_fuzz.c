/* SPDX-License-Identifier: ISC */
/* Targets certificate_read and certificate_fingerprint: a server's DER.
   Invariants: every text ends within its field and is valid UTF-8 without control characters; what is unreadable leaves only the fingerprint; reading twice gives the same. */
#include <assert.h>
#include <stdbool.h>
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

static void check_parts(const struct name_parts *parts)
{
	check_text(parts->common_name, sizeof(parts->common_name));
	check_text(parts->country, sizeof(parts->country));
	check_text(parts->organization_name, sizeof(parts->organization_name));
	check_text(parts->organization_unit_name, sizeof(parts->organization_unit_name));
	check_text(parts->locality_name, sizeof(parts->locality_name));
	check_text(parts->state_or_province_name, sizeof(parts->state_or_province_name));
	check_text(parts->street_address, sizeof(parts->street_address));
	check_text(parts->postal_code, sizeof(parts->postal_code));
	check_text(parts->email_address, sizeof(parts->email_address));
	check_text(parts->given_name, sizeof(parts->given_name));
	check_text(parts->surname, sizeof(parts->surname));
	check_text(parts->serial_number, sizeof(parts->serial_number));
	check_text(parts->business_category, sizeof(parts->business_category));
}

static void check_digest(const char *text, size_t digits, bool is_there)
{
	assert(strspn(text, "0123456789abcdef") == (is_there ? digits : 0) && text[is_there ? digits : 0] == '\0');
}

/* Bytes between the members are 0 in both, or are not: that too has to be the same each time. */
static bool are_same_bytes(const void *a, const void *b, size_t size)
{
	return memcmp(a, b, size) == 0;
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
	check_text(facts.curve, sizeof(facts.curve));
	check_text(facts.signature_hash, sizeof(facts.signature_hash));
	check_text(facts.validation_level, sizeof(facts.validation_level));
	check_parts(&facts.subject_parts);
	check_parts(&facts.issuer_parts);
	check_digest(facts.md5, 32, facts.is_readable);
	check_digest(facts.sha1, 40, facts.is_readable);
	check_digest(facts.sha512, 128, facts.is_readable);
	assert(facts.names[0] == '\0' || facts.has_dns_names);
	assert(facts.key_bits == 0 || facts.is_known_weak_key != ANSWER_UNKNOWN);
	certificate_fingerprint(span_make(data, size), unread.sha256);
	assert(memcmp(facts.sha256, unread.sha256, sizeof(facts.sha256)) == 0);
	assert(facts.is_readable || (facts.subject[0] == '\0' && facts.names[0] == '\0' && facts.serial[0] == '\0' && facts.key_bits == 0 &&
	                             !facts.is_self_signed));
	certificate_read(span_make(data, size), &again);
	assert(are_same_bytes(&facts, &again, sizeof(facts)));
	return 0;
}
