/* SPDX-License-Identifier: ISC */
/* What became of hosts and services, by country and network. */
#ifndef APP_DIFF_GROUPS_H
#define APP_DIFF_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "classify/change.h"
#include "enrich/attributor.h"

/* What makes two hosts belong to one group; several together make finer groups. */
enum diff_key {
	DIFF_BY_COUNTRY = 1 << 0,
	DIFF_BY_ASN = 1 << 1,
};

enum { DIFF_COUNTRY_SIZE = 8 };

struct diff_counts {
	uint64_t hosts[CHANGE_COUNT], services[CHANGE_COUNT];
};

struct diff_group {
	bool is_used;
	char country[DIFF_COUNTRY_SIZE]; /* "" unknown, "anycast" where the address is answered in many */
	uint32_t asn;                    /* 0: unknown */
	struct diff_counts counts;
};

struct diff_groups {
	unsigned keys; /* enum diff_key; 0: there are no groups */
	struct diff_group *items;
	size_t count, capacity; /* capacity: a power of two, or 0 */
};

/* "country,asn": false: a word is none of the keys. */
bool diff_keys_parse(const char *text, unsigned *keys_out, struct error *error) MUST_CHECK;
void diff_groups_done(struct diff_groups *groups);
/* The counts of the group of this address, made when it is the first one; valid until the next call. */
struct diff_counts *diff_groups_get(struct diff_groups *groups, struct ip_address address, const struct attributor *attributor);
/* Most regressed hosts first, used places in front. Nothing is looked up any more afterwards. */
void diff_groups_sort(struct diff_groups *groups);

#endif
