/* SPDX-License-Identifier: ISC */
/* Addresses as numbers, for counting and for stepping to the neighbour. */
#ifndef SCOPE_ADDRESS_MATH_H
#define SCOPE_ADDRESS_MATH_H

#include "model/ip_address.h"

__extension__ typedef unsigned __int128 address_number;

/* The address read as one big-endian number. */
address_number address_to_number(struct ip_address address);
/* The reverse; for IPv4 the number must be below 2^32. */
struct ip_address address_from_number(enum ip_family family, address_number number);
/* The next lower address of the same family; the lowest wraps to the highest. */
struct ip_address address_previous(struct ip_address address);
/* last - first, so one less than the number of addresses: that of all IPv6 would not fit. */
address_number range_span(const struct ip_range *range);

#endif
