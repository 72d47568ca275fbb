/* SPDX-License-Identifier: ISC */
/* Which registry to ask (RFC 9224): the files that IANA publishes, ipv4.json, ipv6.json and asn.json. */
#ifndef CONTACT_RDAP_BOOTSTRAP_H
#define CONTACT_RDAP_BOOTSTRAP_H

#include "contact/contact_file.h"

struct rdap_service {
	struct contact_match match; /* CONTACT_PREFIX, or CONTACT_NETWORK with last_asn */
	uint32_t last_asn;
	size_t url; /* offset in urls */
};

struct rdap_bootstrap {
	struct rdap_service *services;
	size_t count, capacity;
	struct buffer urls; /* each with its NUL, and with a slash at its end */
};

void rdap_bootstrap_init(struct rdap_bootstrap *bootstrap);
void rdap_bootstrap_done(struct rdap_bootstrap *bootstrap);
/* Adds a file. A service's first https URL counts, else its first http one where that is allowed. False: it is no such file. */
bool rdap_bootstrap_add(struct rdap_bootstrap *bootstrap, struct span content, bool allows_http, struct error *error) MUST_CHECK;
/* The base URL for the address or network, by the longest match; NULL: nobody is responsible. within_out, which may be NULL, is what the service is for. */
const char *rdap_bootstrap_find(const struct rdap_bootstrap *bootstrap, const struct contact_match *match,
                                const struct rdap_service **within_out);

#endif
