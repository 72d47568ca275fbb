/* SPDX-License-Identifier: ISC */
/* From host names to their IPv4 and IPv6 addresses, many at once, before a scan begins. */
#ifndef NET_RESOLVER_H
#define NET_RESOLVER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "model/ip_address.h"

enum {
	RESOLVER_PARALLEL_MAX = 64,  /* names under way at once, two questions each: kind to the name server */
	RESOLVER_ADDRESSES_MAX = 64, /* kept of one name: what a name server says must not choose how many hosts are visited */
};

enum resolver_outcome {
	RESOLVER_FOUND,
	RESOLVER_FOUND_PARTLY,  /* addresses of one family; the question for the other one failed, so there may be more */
	RESOLVER_NOT_FOUND,     /* there is no such name */
	RESOLVER_NO_ADDRESS,    /* the name exists, without addresses */
	RESOLVER_TIMED_OUT,     /* no name server answered in time */
	RESOLVER_SERVER_FAILED, /* name servers answered that they cannot or do not want to, or nonsense */
	RESOLVER_UNREACHABLE,   /* name servers could not be asked at all */
	RESOLVER_BAD_NAME,      /* nothing that can be asked for */
};

/* Valid during the callback. */
struct resolver_answer {
	size_t index; /* of the name in the list that was given */
	enum resolver_outcome outcome;
	const struct ip_address *addresses; /* none unless found; IPv4-mapped ones are given as IPv4 */
	size_t address_count;
	bool is_cut; /* there were more than RESOLVER_ADDRESSES_MAX */
};

struct resolver_settings {
	const char *
		server; /* "192.0.2.53", "192.0.2.53:5353", "[2001:db8::53]:5353": the only one that is asked, and /etc/hosts is left out; NULL: as the system does */
	int timeout_ms; /* of the first try, longer for each further one */
	int tries;      /* with each server */
};

/* 2 s and 3 tries, so a name takes at most 14 s with one server; the system's servers. */
void resolver_settings_init(struct resolver_settings *settings);

/* Resolves all names (no search domains: each name is taken as it stands) and returns when each has had its callback, once, in any order.
   False: nothing could be asked at all (a malformed server, no descriptors); error says what to do and the callbacks may be incomplete.
   unresolved_out: names without any address. */
bool resolver_resolve_with(const struct resolver_settings *settings, const char *const *names, size_t count,
                           void (*on_answer)(void *context, const struct resolver_answer *answer), void *context, size_t *unresolved_out,
                           struct error *error) MUST_CHECK;

/* The same with the settings of resolver_settings_init() and this server (NULL: as the system does). */
bool resolver_resolve(const char *const *names, size_t count, const char *server,
                      void (*on_answer)(void *context, const struct resolver_answer *answer), void *context, size_t *unresolved_out,
                      struct error *error) MUST_CHECK;

/* "there is no such host name" and the like: the end of a sentence, with what to do. */
const char *resolver_outcome_sentence(enum resolver_outcome outcome);

#endif
