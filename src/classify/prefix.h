/* SPDX-License-Identifier: ISC */
/* What the hosts of one prefix (/24 of IPv4, /64 of IPv6) look like together: some answer as one machine does (rule D-7). Pure; hosts are given in order of addresses, memory is bounded.

   It marks and takes nothing away: a hoster may have two hundred equal servers. What takes a host out of the count is its own canary alone, whatever its neighbours do;
   that neighbours are alike is only why a host that speaks is asked one. */
#ifndef CLASSIFY_PREFIX_H
#define CLASSIFY_PREFIX_H

#include <stdbool.h>
#include <stdint.h>

#include "model/ip_address.h"

enum prefix_verdict {
	PREFIX_ORDINARY,
	PREFIX_ACCEPTS_EVERYTHING, /* more than half of its addresses accept on every port that was asked, and less than 1 % of them say anything */
	PREFIX_UNIFORM,            /* nearly all of its addresses speak, and nearly all alike: same greetings, same certificates */
};
enum { PREFIX_VERDICT_COUNT = PREFIX_UNIFORM + 1 };

enum {
	PREFIX_ADDRESSES = 256, /* of a /24; a /64 is measured by the same number, as nobody asks all of it */
	PREFIX_UNIFORM_MIN = 200,
	PREFIX_UNIFORM_PERCENT = 95, /* of those that speak */
};

/* One host that answered. */
struct prefix_host {
	struct ip_address address;
	bool accepts_all;  /* on every port that was asked */
	bool speaks;       /* a word of any protocol, or TLS */
	bool is_false;     /* its canary said so */
	uint64_t likeness; /* equal for hosts with the same greetings and certificates; of those that speak */
};

struct prefix_tally {
	struct ip_address prefix; /* host bits 0 */
	uint64_t accepting, speaking, false_hosts;
	/* The likenesses that were met most: exact for up to PREFIX_ADDRESSES distinct ones, which are all of a /24. */
	struct prefix_likeness {
		uint64_t likeness, count;
	} likenesses[PREFIX_ADDRESSES];
	unsigned likeness_count;
};

/* The address with its host bits cleared. */
struct ip_address prefix_of(struct ip_address address);
/* Zeroes it and takes the first host's prefix. */
void prefix_begin(struct prefix_tally *tally, struct ip_address address);
/* The host must be of this prefix. */
void prefix_add(struct prefix_tally *tally, const struct prefix_host *host);
/* alike_out (may be NULL): how many hosts are of the likeness that is met most. */
enum prefix_verdict prefix_judge(const struct prefix_tally *tally, uint64_t *alike_out);
const char *prefix_verdict_name(enum prefix_verdict verdict); /* "accepts-everything", "uniform-prefix" */

#endif
