/* SPDX-License-Identifier: ISC */
/* What builders and parsers of packets share: numbers in network order, the Internet checksum (RFC 1071), and the numbers of headers. */
#ifndef PACKET_WIRE_H
#define PACKET_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/span.h"

enum {
	ETHERNET_HEADER_SIZE = 14,
	ETHERNET_TAG_SIZE = 4,
	IPV4_HEADER_SIZE = 20,
	IPV6_HEADER_SIZE = 40,
	TCP_HEADER_SIZE = 20,
	ICMP_HEADER_SIZE = 8,
	ARP_SIZE = 28,
	NEIGHBOUR_MESSAGE_SIZE = 24, /* without options (RFC 4861 4.3, 4.4) */
	NEIGHBOUR_OPTION_SIZE = 8,   /* a link address of 6 bytes (RFC 4861 4.6.1) */
};

enum {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_ARP = 0x0806,
	ETHERTYPE_TAG = 0x8100, /* IEEE 802.1Q */
	ETHERTYPE_IPV6 = 0x86dd,
};

enum {
	PROTOCOL_HOP_BY_HOP = 0,
	PROTOCOL_ICMP = 1,
	PROTOCOL_TCP = 6,
	PROTOCOL_ROUTING = 43,
	PROTOCOL_ICMPV6 = 58,
	PROTOCOL_DESTINATION_OPTIONS = 60,
};

enum {
	IPV4_DO_NOT_FRAGMENT = 0x4000,
	IPV4_FRAGMENT_BITS = 0x3fff, /* more fragments, and the offset */
};

enum {
	ARP_REQUEST = 1,
	ARP_REPLY = 2,
	ICMPV6_NEIGHBOUR_SOLICITATION = 135,
	ICMPV6_NEIGHBOUR_ADVERTISEMENT = 136,
	NEIGHBOUR_SOURCE_LINK = 1, /* options */
	NEIGHBOUR_TARGET_LINK = 2,
	NEIGHBOUR_HOP_LIMIT = 255, /* proves that it was sent on this very link (RFC 4861 7.1.1) */
};

/* RFC 9293 3.1, RFC 7323, RFC 2018. */
enum tcp_option {
	TCP_OPTION_END = 0,
	TCP_OPTION_NOP = 1,
	TCP_OPTION_MSS = 2,
	TCP_OPTION_WINDOW_SHIFT = 3,
	TCP_OPTION_MAY_SACK = 4,
	TCP_OPTION_TIMESTAMPS = 8,
};

enum {
	TCP_OPTION_MSS_SIZE = 4,
	TCP_OPTION_WINDOW_SHIFT_SIZE = 3,
	TCP_OPTION_MAY_SACK_SIZE = 2,
	TCP_OPTION_TIMESTAMPS_SIZE = 10,
	TCP_WINDOW_SHIFT_MAX = 14, /* RFC 7323 2.3 */
};

/* Between network order and the machine's. Spelt out because compilers merge neighbouring stores of single bytes into something slower. */
static inline uint16_t wire_order_u16(uint16_t value)
{
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? __builtin_bswap16(value) : value;
}

static inline uint32_t wire_order_u32(uint32_t value)
{
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? __builtin_bswap32(value) : value;
}

static inline uint16_t wire_u16(const unsigned char *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return wire_order_u16(value);
}

static inline uint32_t wire_u32(const unsigned char *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return wire_order_u32(value);
}

static inline void wire_put_u16(unsigned char *at, unsigned value)
{
	uint16_t ordered = wire_order_u16((uint16_t)value);

	memcpy(at, &ordered, sizeof(ordered));
}

static inline void wire_put_u32(unsigned char *at, uint32_t value)
{
	uint32_t ordered = wire_order_u32(value);

	memcpy(at, &ordered, sizeof(ordered));
}

/* Sums are of 16-bit words as the machine reads them: byte order does not matter until the end (RFC 1071 2.B), and what is summed up is never
   more than one packet, so 64 bits do not overflow. */
static inline uint64_t wire_sum_u16(unsigned value)
{
	return wire_order_u16((uint16_t)value);
}

static inline uint64_t wire_sum_u32(uint32_t value)
{
	return wire_order_u32(value);
}

static inline uint64_t wire_sum_4(const unsigned char *bytes)
{
	uint32_t word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

static inline uint64_t wire_sum_16(const unsigned char *bytes)
{
	return wire_sum_4(bytes) + wire_sum_4(bytes + 4) + wire_sum_4(bytes + 8) + wire_sum_4(bytes + 12);
}

static inline uint64_t wire_sum(struct span bytes)
{
	const unsigned char *at = bytes.data;
	size_t left = bytes.size;
	uint64_t sum = 0;

	for (; left >= 16; left -= 16, at += 16)
		sum += wire_sum_16(at);
	for (; left >= 4; left -= 4, at += 4)
		sum += wire_sum_4(at);
	if (left >= 2)
		sum += wire_sum_u16(wire_u16(at));
	if (left % 2 != 0)
		sum += wire_sum_u16((unsigned)at[left - 1] << 8);
	return sum;
}

/* To 16 bits; 0 only if all words were 0. Each step adds the halves to one another; the carry of the lower ends up in the higher, where it belongs. */
static inline uint16_t wire_fold(uint64_t sum)
{
	uint32_t half = (uint32_t)((sum + (sum << 32 | sum >> 32)) >> 32);

	return (uint16_t)((half + (half << 16 | half >> 16)) >> 16);
}

/* The checksum field for everything else that was summed up. */
static inline void wire_put_checksum(unsigned char *at, uint64_t sum)
{
	uint16_t checksum = (uint16_t)~wire_fold(sum);

	memcpy(at, &checksum, sizeof(checksum));
}

/* Everything with its checksum field sums up to minus zero. */
static inline bool wire_checksum_holds(uint64_t sum)
{
	return wire_fold(sum) == UINT16_MAX;
}

#endif
