/* SPDX-License-Identifier: ISC */
/* Conversion between addresses and 128-bit numbers. */
#include "scope/address_math.h"

address_number address_to_number(struct ip_address address)
{
	address_number number = 0;

	for (size_t i = 0; i < ip_address_size(address); i++)
		number = number << 8 | address.bytes[i];
	return number;
}

struct ip_address address_from_number(enum ip_family family, address_number number)
{
	struct ip_address address = {.family = family};

	for (size_t i = ip_address_size(address); i-- > 0;) {
		address.bytes[i] = (uint8_t)(number & 0xff);
		number >>= 8;
	}
	return address;
}

struct ip_address address_previous(struct ip_address address)
{
	for (size_t i = ip_address_size(address); i-- > 0;) {
		if (address.bytes[i]-- != 0)
			break;
	}
	return address;
}

address_number range_span(const struct ip_range *range)
{
	return address_to_number(range->last) - address_to_number(range->first);
}
