/* SPDX-License-Identifier: ISC */
/* IPv4 and IPv6 addresses alike, as numbers in network order and as text. */
#ifndef MODEL_IP_ADDRESS_H
#define MODEL_IP_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/attributes.h"
#include "base/span.h"

enum ip_family {
	IP_FAMILY_4 = 4,
	IP_FAMILY_6 = 6,
};

enum { IP_ADDRESS_TEXT_SIZE = 48, IP_RANGE_TEXT_SIZE = 2 * IP_ADDRESS_TEXT_SIZE };

struct ip_address {
	enum ip_family family;
	uint8_t bytes[16]; /* network order; an IPv4 address uses the first 4, the others are 0 */
};

/* A closed range of one family, first <= last. */
struct ip_range {
	struct ip_address first;
	struct ip_address last;
};

/* Bytes of an address of this family: 4 or 16. */
size_t ip_address_size(struct ip_address address);
/* RFC 791 dotted quad (four decimal parts, no leading zeros, no octal) or RFC 4291 section 2.2 text; no zone, no brackets. IPv4-mapped IPv6 (::ffff:a.b.c.d) becomes IPv4. */
bool ip_address_parse(struct span text, struct ip_address *address_out) MUST_CHECK;
/* RFC 5952 for IPv6. */
void ip_address_format(struct ip_address address, char text[IP_ADDRESS_TEXT_SIZE]);
/* All IPv4 before all IPv6, then by number: negative, 0, positive. */
int ip_address_compare(struct ip_address a, struct ip_address b);

static inline bool ip_address_equals(struct ip_address a, struct ip_address b)
{
	return a.family == b.family && memcmp(a.bytes, b.bytes, sizeof(a.bytes)) == 0;
}

/* The next higher address of the same family; the highest wraps to the lowest. */
struct ip_address ip_address_next(struct ip_address address);
/* "a.b.c.d", "a.b.c.d/len", "first-last" (both ends included), the same for IPv6. A prefix with host bits set is refused: it is probably a typing mistake. */
bool ip_range_parse(struct span text, struct ip_range *range_out) MUST_CHECK;
/* "first-last", or the address alone when it is one; ip_range_parse reads it back. */
void ip_range_format(const struct ip_range *range, char text[IP_RANGE_TEXT_SIZE]);
bool ip_range_contains(const struct ip_range *range, struct ip_address address);

#endif
