/* SPDX-License-Identifier: ISC */
/* From addresses to their host names, many at once and slowly: the PTR name of each, and whether that name has the address too (forward-confirmed reverse DNS). */
#ifndef NET_REVERSE_RESOLVER_H
#define NET_REVERSE_RESOLVER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "model/records.h"

enum {
	REVERSE_PARALLEL_MAX = 1024, /* addresses under way; most of them wait for name servers that do not answer */
	REVERSE_RATE_MAX = 1000,     /* questions per second */
};

struct reverse_settings {
	const char *server; /* as in net/resolver.h; NULL: as the system does, but never from /etc/hosts */
	double rate;        /* questions per second, all kinds together and those that are asked again included; at most REVERSE_RATE_MAX */
	int timeout_ms;     /* of one question */
	unsigned tries;     /* of one question, when a name server does not answer or fails */
	int wait_ms;        /* before the second try, twice as long before each further one */
	unsigned deaf_after; /* addresses in a row for which nothing at all answered: then it is given up */
};

/* What is asked of whoever wants the names. */
struct reverse_owner {
	void *context;
	/* Once for each address, in any order; index: in the list that was given. The record's time is not set, its texts are valid during the call. */
	void (*on_answer)(void *context, size_t index, const struct hostname_record *record);
	/* Several times a second. false: nothing more is begun, and what is under way is not answered. */
	bool (*on_tick)(void *context);
};

/* 200 questions a second, 2 s, 3 tries 1 s and 2 s apart, deaf after 256; the system's servers. */
void reverse_settings_init(struct reverse_settings *settings);

/* Asks for all addresses, in the order given, and returns when each has had its answer or on_tick said false.
   Of several names that is taken which is confirmed, then the shortest, then the first by its bytes; no more than PTR_ANSWER_NAMES_MAX are looked at.
   False: nobody could be asked (a malformed server, no descriptors), or name servers are deaf; error says what to do. */
bool reverse_resolve(const struct reverse_settings *settings, const struct ip_address *addresses, size_t count,
                     const struct reverse_owner *owner, struct error *error) MUST_CHECK;

#endif
