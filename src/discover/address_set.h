/* SPDX-License-Identifier: ISC */
/* An exact set of addresses that stays small: for IPv4 two bytes for each member, at most 8 KiB per /16; a table for IPv6. */
#ifndef DISCOVER_ADDRESS_SET_H
#define DISCOVER_ADDRESS_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "model/ip_address.h"
#include "packet/syn_cookie.h"

struct address_set;

/* key: strangers choose IPv6 addresses, so the table's hash is keyed. */
struct address_set *address_set_new(const struct syn_key *key);
void address_set_free(struct address_set *set);
/* True when it was not in before. */
bool address_set_add(struct address_set *set, struct ip_address address);
bool address_set_has(const struct address_set *set, struct ip_address address);
uint64_t address_set_count(const struct address_set *set);

#endif
