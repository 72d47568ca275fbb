/* SPDX-License-Identifier: ISC */
/* Asks registries (RDAP) and the contact database of Abusix (DNS) whom to tell, never more often than they want, and never twice for the same range. */
#ifndef CONTACT_CONTACT_QUERY_H
#define CONTACT_CONTACT_QUERY_H

#include "contact/contact_file.h"

struct query_settings {
	const char *directory;  /* of the cache */
	bool uses_rdap;         /* asked first */
	bool uses_abusix;       /* asked for what RDAP does not know */
	const char *bootstrap;  /* directory with ipv4.json, ipv6.json and asn.json; NULL: IANA's, fetched once a day */
	const char *zone;       /* of Abusix */
	const char *dns_server; /* NULL: as the system does */
	const char *agent;      /* how we present ourselves */
	bool allows_loopback;   /* plain http to loopback, for tests */
	struct timestamp now;
};

enum query_outcome {
	QUERY_FOUND,
	QUERY_NONE,   /* the registry knows nobody */
	QUERY_FAILED, /* could not be told; ask again later */
};

struct query_result {
	const struct contact_match *asked; /* one address, or a network */
	enum query_outcome outcome;
	bool is_cached;
	const char *match;   /* for what it holds; "" when it failed */
	const char *contact; /* "" unless found */
	const char *source;  /* "rdap", "abusix"; "" when it failed */
	const char *why;     /* when it failed: a sentence */
};

/* Each question once, in an order that keeps no registry waiting for another. Returns when all are answered. False: nothing could be asked at all, or an
   answer could not be kept; the error says why. on_result may stop it by false: what was not asked then has no result. */
bool contact_query_run(const struct query_settings *settings, const struct contact_match *questions, size_t count,
                       bool (*on_result)(void *context, const struct query_result *result), void *context, struct error *error) MUST_CHECK;

/* "1.2.0.192.ZONE", and for IPv6 its nibbles. name holds 256 bytes; false: it would be longer. */
bool abusix_name(struct ip_address address, const char *zone, char name[256]) MUST_CHECK;

#endif
