/* SPDX-License-Identifier: ISC */
/* Host names as the DNS gives them to addresses: who names an address decides what its name is, so nothing but the characters of host names is let through. */
#ifndef MODEL_HOSTNAME_H
#define MODEL_HOSTNAME_H

#include <stdbool.h>

#include "base/attributes.h"
#include "base/span.h"
#include "model/ip_address.h"

enum {
	HOSTNAME_MAX = 253, /* RFC 1035 section 2.3.4, as text without the last dot */
	HOSTNAME_LABEL_MAX = 63,
	HOSTNAME_SIZE = HOSTNAME_MAX + 1,
	REVERSE_NAME_SIZE = 74, /* 32 digits with their dots, and "ip6.arpa" */
};

/* What was learnt of the name of an address. */
enum hostname_outcome {
	HOSTNAME_NONE, /* no name is registered for it */
	HOSTNAME_FOUND,
	HOSTNAME_UNUSABLE, /* names are registered, none of which is a host name */
	HOSTNAME_FAILED,   /* could not be told: no answer, or name servers failed */
};

/* Where a name is from. */
enum hostname_source {
	HOSTNAME_SOURCE_PTR, /* the reverse name of the address */
};

/* "none", "found", "unusable", "failed"; "?" when there is no such outcome. */
const char *hostname_outcome_name(enum hostname_outcome outcome);
/* "ptr"; "?" when there is no such source. */
const char *hostname_source_name(enum hostname_source source);

/* Letters, digits and hyphens in labels of 1 to 63 bytes that neither begin nor end with a hyphen (RFC 952, RFC 1123 section 2.1, RFC 5891 for xn--), lower case, at most
   253 bytes, no dot at the end. The last label begins with a letter, so that no address in any notation passes for a name. */
bool hostname_is_valid(struct span text);
/* A name as it stands in a message (RFC 1035 section 3.1: labels with their lengths, not compressed, the root included) as such a text; capitals become small.
   False: it is no host name; out is "" then. */
bool hostname_from_labels(struct span labels, char out[HOSTNAME_SIZE]) MUST_CHECK;
/* Which of two names stands for an address: the shorter one, then the one that is first by its bytes. Negative, 0, positive. */
int hostname_compare(const char *a, const char *b);
/* "7.2.0.192.in-addr.arpa" (RFC 1035 section 3.5), "...8.b.d.0.1.0.0.2.ip6.arpa" (RFC 3596 section 2.5). */
void hostname_reverse_name(struct ip_address address, char out[REVERSE_NAME_SIZE]);

#endif
