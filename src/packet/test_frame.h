/* SPDX-License-Identifier: ISC */
/* For tests: a frame that can be changed byte by byte, and its checksums mended by the plainest code there is, so that it checks the quick one. */
#ifndef PACKET_TEST_FRAME_H
#define PACKET_TEST_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "packet/packet.h"

struct test_frame {
	unsigned char bytes[2048];
	size_t size;
};

static inline unsigned test_hex_digit(char digit)
{
	return digit <= '9' ? (unsigned)(digit - '0') : (unsigned)(digit - 'a' + 10);
}

static inline struct test_frame test_frame_from(const char *hexadecimal)
{
	struct test_frame frame = {.size = strlen(hexadecimal) / 2};

	for (size_t i = 0; i < frame.size; i++)
		frame.bytes[i] = (unsigned char)(test_hex_digit(hexadecimal[2 * i]) << 4 | test_hex_digit(hexadecimal[2 * i + 1]));
	return frame;
}

/* Puts bytes in. */
static inline void test_frame_insert(struct test_frame *frame, size_t offset, const void *bytes, size_t size)
{
	memmove(frame->bytes + offset + size, frame->bytes + offset, frame->size - offset);
	memcpy(frame->bytes + offset, bytes, size);
	frame->size += size;
}

/* Parses it from memory of exactly its size, so that a sanitizer sees one byte too far. A payload is valid until the frame changes: it is moved into it. */
static inline struct packet test_frame_parse(const struct test_frame *frame, const struct link_layout *link, bool checksum_is_proven)
{
	unsigned char *exact = memory_allocate(frame->size + 1, 1);
	struct packet packet;

	exact = memory_resize(exact, frame->size > 0 ? frame->size : 1, 1);
	memcpy(exact, frame->bytes, frame->size);
	packet_parse((struct span){exact, frame->size}, link, checksum_is_proven, &packet);
	if (packet.kind == PACKET_TCP)
		packet.tcp.payload.data = frame->bytes + (packet.tcp.payload.data - exact);
	free(exact);
	return packet;
}

static inline uint32_t test_sum(uint32_t sum, const unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static inline void test_put_checksum(unsigned char *at, uint32_t sum)
{
	at[0] = (unsigned char)(~sum >> 8);
	at[1] = (unsigned char)~sum;
}

/* Makes the checksums right of the IPv4 header and of what the IP header says is TCP, ICMP or ICMPv6. ip: where the IP header stands. size: from there on. */
static inline void test_mend_checksums(unsigned char *ip, size_t size)
{
	bool is_ipv4 = size >= 20 && ip[0] >> 4 == 4, is_ipv6 = size >= 40 && ip[0] >> 4 == 6;
	size_t header = is_ipv4 ? (size_t)(ip[0] & 15) * 4 : 40, total, field;
	uint32_t sum = 0;
	unsigned protocol;

	if ((!is_ipv4 && !is_ipv6) || header < 20 || header > size)
		return;
	total = is_ipv4 ? (size_t)ip[2] << 8 | ip[3] : ((size_t)ip[4] << 8 | ip[5]) + 40;
	protocol = is_ipv4 ? ip[9] : ip[6];
	if (is_ipv4) {
		ip[10] = ip[11] = 0;
		test_put_checksum(ip + 10, test_sum(0, ip, header));
	}
	if (total > size || total < header)
		return;
	while (is_ipv6 && (protocol == 0 || protocol == 43 || protocol == 60) && total - header >= 8) { /* extension headers */
		protocol = ip[header];
		header += ((size_t)ip[header + 1] + 1) * 8;
		if (header > total)
			return;
	}
	field = header + (protocol == 6 ? 16 : 2);
	if ((protocol != 6 && protocol != 1 && protocol != 58) || field + 2 > total)
		return;
	ip[field] = ip[field + 1] = 0;
	if (protocol != 1)
		sum = test_sum(protocol + (uint32_t)(total - header), is_ipv4 ? ip + 12 : ip + 8, is_ipv4 ? 8 : 32);
	test_put_checksum(ip + field, test_sum(sum, ip + header, total - header));
}

static inline void test_frame_mend(struct test_frame *frame, size_t ip_offset)
{
	test_mend_checksums(frame->bytes + ip_offset, frame->size - ip_offset);
}

#endif
