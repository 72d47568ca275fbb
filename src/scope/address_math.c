/* SPDX-License-Identifier: ISC */
/* Conversion between addresses and 128-bit numbers. */
#include "scope/address_math.h"

address_number address_to_number(struct ip_address address)
{
	address_number number = 0;

	if (address.family == IP_FAMILY_4) /* a sweep asks this for each SYN */
		return (uint32_t)address.bytes[0] << 24 | (uint32_t)address.bytes[1] << 16 | (uint32_t)address.bytes[2] << 8 |
		       address.bytes[3];
	for (size_t i = 0; i < ip_address_size(address); i++)
		number = number << 8 | address.bytes[i];
	return number;
}

struct ip_address address_from_number(enum ip_family family, address_number number)
{
	struct ip_address address = {.family = family};

	if (family == IP_FAMILY_4) {
		address.bytes[0] = (uint8_t)(number >> 24);
		address.bytes[1] = (uint8_t)(number >> 16);
		address.bytes[2] = (uint8_t)(number >> 8);
		address.bytes[3] = (uint8_t)number;
		return address;
	}
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
