/* SPDX-License-Identifier: ISC */
/* Which addresses and ports a census is about: every address once, whatever way it was named. */
#ifndef SCOPE_TARGET_SET_H
#define SCOPE_TARGET_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/span.h"
#include "model/ip_address.h"
#include "scope/exclusion_list.h"

enum { TARGET_PORTS_MAX = 16 };

struct port_list {
	uint16_t ports[TARGET_PORTS_MAX]; /* ascending, no duplicates */
	size_t count;
};

/* One address with all ports that were asked for it. */
struct target_host {
	struct ip_address address;
	struct port_list ports;
};

enum target_kind {
	TARGET_RANGE,     /* address, prefix or range, with or without ports */
	TARGET_HOST_NAME, /* to be resolved first */
	TARGET_MALFORMED,
};

/* What one word of the user is, and its parts:
     192.0.2.1  192.0.2.0/24  192.0.2.1-192.0.2.9  2001:db8::/120  192.0.2.1:143  [2001:db8::1]:993  [2001:db8::/120]:993  192.0.2.0/24:110,995  mail.example.org  mail.example.org:143
   ports_out->count is 0 when none was given. name_out is the host name (TARGET_HOST_NAME). On TARGET_MALFORMED error says what is wrong with it and what would be right. */
enum target_kind target_parse(struct span word, struct ip_range *range_out, struct port_list *ports_out, struct span *name_out,
                              struct error *error) MUST_CHECK;

/* Adds one port in its place; one that is there already is fine. False when the list is full. */
bool port_list_add(struct port_list *list, uint16_t port) MUST_CHECK;
/* "110,143,993,995": 1 to TARGET_PORTS_MAX numbers from 1 to 65535. */
bool port_list_parse(struct span text, struct port_list *ports_out) MUST_CHECK;

struct target_set;

struct target_set *target_set_new(const struct port_list *default_ports);
void target_set_free(struct target_set *set);
/* ports empty: the default ports. */
void target_set_add(struct target_set *set, const struct ip_range *range, const struct port_list *ports);
/* Merges overlaps (ports are united), removes what is excluded, counts. To be called once. exclusions must be sealed; it is not kept.
   False when nothing is left, when the ports of one address exceed TARGET_PORTS_MAX, or when more than 2^63 addresses are left; the error says what to do. */
bool target_set_seal(struct target_set *set, const struct exclusion_list *exclusions, struct error *error) MUST_CHECK;
/* After sealing: */
uint64_t target_set_count(const struct target_set *set);          /* addresses */
uint64_t target_set_excluded_count(const struct target_set *set); /* named by the user but cut out; saturates at UINT64_MAX */
void target_set_host(const struct target_set *set, uint64_t index, struct target_host *host_out); /* index < count; O(log ranges) */
/* The reverse: false when the address is not in the set. */
bool target_set_find(const struct target_set *set, struct ip_address address, uint64_t *index_out) MUST_CHECK;
/* A fingerprint of the sealed set: a resumed census must have the same. */
uint64_t target_set_fingerprint(const struct target_set *set);
/* The i-th sealed range and its ports, for --dry-run; false beyond the last. */
bool target_set_range(const struct target_set *set, size_t i, struct ip_range *range_out, struct port_list *ports_out) MUST_CHECK;

#endif
