/* SPDX-License-Identifier: ISC */
/* Whose an address is: country, network, name, each with who says so and of which day. Plain values; the texts belong to whoever looked them up. */
#ifndef MODEL_ATTRIBUTION_H
#define MODEL_ATTRIBUTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"
#include "base/span.h"
#include "model/ip_address.h"

/* Who says something. */
struct attribution_origin {
	const char *source;    /* "ipfire-location", or the name of a file */
	const char *notice;    /* whom its licence wants named; "" */
	struct timestamp date; /* of the data, not of its reading; unix_ms 0: unknown */
};

enum attribution_flag {
	ATTRIBUTION_ANONYMOUS_PROXY = 1 << 0,
	ATTRIBUTION_SATELLITE = 1 << 1,
	ATTRIBUTION_ANYCAST = 1 << 2,      /* answered in many places: the country means little */
	ATTRIBUTION_HOSTILE = 1 << 3,      /* on a list of networks not to talk to */
	ATTRIBUTION_MANY_ORIGINS = 1 << 4, /* more than one network announces the prefix */
};

/* Whether the network may announce the prefix (RFC 6811). */
enum rpki_state {
	RPKI_UNKNOWN,   /* nobody who knows was asked, or no prefix was found */
	RPKI_NOT_FOUND, /* nobody said anything of the prefix */
	RPKI_VALID,
	RPKI_INVALID, /* somebody else may, or not so long a prefix */
};

/* What is not known is empty, and its origin NULL. */
struct attribution {
	char country[3];          /* ISO 3166-1 alpha-2 */
	char country_reserved[3]; /* what the source says instead of a country ("EU", "AP", "ZZ") */
	uint32_t asn;             /* 0: none */
	const char *as_name;
	const char *sector, *naics;
	uint8_t flags;         /* enum attribution_flag, of the source of the country */
	int16_t prefix_length; /* of the network that was looked up; negative: no prefix */
	enum rpki_state rpki;
	const struct attribution_origin *country_origin, *asn_origin, *name_origin, *prefix_origin, *sector_origin, *rpki_origin;
};

enum { ATTRIBUTION_NAME_MAX = 255 };

/* Two letters, either case, into ISO's form: UK becomes GB, codes that stand for no country ("EU", "XX") are reserved. False: no two letters. */
bool country_code_read(struct span text, char country_out[3], char reserved_out[3]) MUST_CHECK;
/* "AS64500" or "64500". */
bool asn_read(struct span text, uint32_t *asn_out) MUST_CHECK;
/* The network that the look-up of this address found, as "192.0.2.0/24"; "" without one. */
void attribution_format_prefix(const struct attribution *attribution, struct ip_address address, char text[IP_RANGE_TEXT_SIZE]);
const char *rpki_state_name(enum rpki_state state); /* "unknown", "not-found", "valid", "invalid" */
/* authorised: "64500/16-24 ...", network, shortest and longest prefix, of everything that holds an address of the prefix. */
enum rpki_state rpki_judge(struct span authorised, uint32_t asn, int prefix_length);
/* The length of the prefix that the range is; negative: it is none. */
int ip_range_prefix_length(const struct ip_range *range);

#endif
