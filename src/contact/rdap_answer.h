/* SPDX-License-Identifier: ISC */
/* What a registry answers of an address or a network (RDAP, RFC 9083): what the answer is about, and whom to tell. Hostile until shown otherwise. */
#ifndef CONTACT_RDAP_ANSWER_H
#define CONTACT_RDAP_ANSWER_H

#include "contact/contact_address.h"
#include "model/ip_address.h"

struct rdap_answer {
	bool has_range; /* of addresses */
	struct ip_range range;
	bool has_numbers; /* of networks */
	uint32_t first_asn, last_asn;
	struct contact_list contacts; /* of the best role that has any, the preferred address first; empty: none */
	const char *role;             /* "abuse", "technical", "administrative", "registrant"; "": none */
	char handle[64];              /* of the registry for the range, printable ASCII; "" */
};

/* Entities are searched at any depth (up to a bound), as registries put them at different ones. Of addresses that are told several times one is kept.
   False: it is no JSON object, was cut, or nests deeper than any answer does. */
bool rdap_answer_read(struct span content, struct rdap_answer *answer_out, struct error *error) MUST_CHECK;

#endif
