/* SPDX-License-Identifier: ISC */
/* Ethernet, IPv4 and IPv6, TCP: just what a world needs that nobody damages on the way. Checksums of what arrives are not looked at: a virtual link leaves them empty. */
#include "frames.h"

#include <string.h>

enum {
	ETHERNET_SIZE = 14,
	V4_SIZE = 20,
	V6_SIZE = 40,
	TCP_SIZE = 20,
	ICMP_SIZE = 8,
	PROTOCOL_TCP = 6,
};

static uint16_t read16(const unsigned char *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t read32(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void write16(unsigned char *at, uint16_t value)
{
	at[0] = (unsigned char)(value >> 8);
	at[1] = (unsigned char)value;
}

static void write32(unsigned char *at, uint32_t value)
{
	write16(at, (uint16_t)(value >> 16));
	write16(at + 2, (uint16_t)value);
}

/* Ones' complement sum in memory order. */
static uint64_t add_bytes(uint64_t sum, const unsigned char *bytes, size_t size)
{
	for (; size >= 4; size -= 4, bytes += 4) {
		uint32_t word;

		memcpy(&word, bytes, 4);
		sum += word;
	}
	if (size > 0) {
		uint32_t word = 0;

		memcpy(&word, bytes, size);
		sum += word;
	}
	return sum;
}

static void write_sum(unsigned char *at, uint64_t sum)
{
	uint16_t folded;

	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	folded = (uint16_t)~sum;
	memcpy(at, &folded, 2);
}

static void read_options(const unsigned char *at, const unsigned char *end, struct arrival *arrival)
{
	while (at < end && *at != 0) {
		size_t size = *at == 1 ? 1 : end - at >= 2 ? at[1] : 0;

		if (size == 0 || (*at != 1 && size < 2) || size > (size_t)(end - at))
			return;
		if (*at == 8 && size == 10) {
			arrival->has_timestamp = true;
			arrival->timestamp = read32(at + 2);
		} else if (*at == 3 && size == 3) {
			arrival->may_scale = true;
		} else if (*at == 4 && size == 2) {
			arrival->may_sack = true;
		}
		at += size;
	}
}

static bool read_addresses(const struct population_settings *settings, struct span frame, struct arrival *arrival, struct span *rest_out)
{
	const unsigned char *ip = frame.data + ETHERNET_SIZE;
	size_t size;

	if (frame.size < ETHERNET_SIZE + V4_SIZE + TCP_SIZE)
		return false;
	if (read16(frame.data + 12) == 0x0800 && ip[0] == 0x45) {
		size = read16(ip + 2);
		if (size < V4_SIZE + TCP_SIZE || size > frame.size - ETHERNET_SIZE || ip[9] != PROTOCOL_TCP)
			return false;
		memcpy(&arrival->client, ip + 12, 4);
		memcpy(&arrival->server, ip + 16, 4);
		*rest_out = span_make(ip + V4_SIZE, size - V4_SIZE);
		return population_locate_v4(settings, read32(ip + 16), &arrival->spot);
	}
	if (read16(frame.data + 12) == 0x86dd && frame.size >= ETHERNET_SIZE + V6_SIZE + TCP_SIZE) {
		uint32_t words[4], unit_word;

		size = read16(ip + 4);
		if (size < TCP_SIZE || size > frame.size - ETHERNET_SIZE - V6_SIZE || ip[6] != PROTOCOL_TCP)
			return false;
		arrival->is_ipv6 = true;
		for (size_t i = 0; i < 4; i++)
			words[i] = read32(ip + 24 + 4 * i);
		memcpy(&arrival->client, ip + 20, 4);
		memcpy(&arrival->server, ip + 36, 4);
		memcpy(&unit_word, ip + 28, 4);
		arrival->server ^= unit_word;
		*rest_out = span_make(ip + V6_SIZE, size);
		return population_locate_v6(settings, words, &arrival->spot);
	}
	return false;
}

bool arrival_read(const struct population_settings *settings, struct span frame, struct arrival *arrival_out)
{
	struct span tcp;
	size_t header;

	*arrival_out = (struct arrival){.frame = frame.data};
	if (!read_addresses(settings, frame, arrival_out, &tcp))
		return false;
	header = (size_t)(tcp.data[12] >> 4) * 4;
	if (header < TCP_SIZE || header > tcp.size)
		return false;
	arrival_out->client_port = read16(tcp.data);
	arrival_out->server_port = read16(tcp.data + 2);
	arrival_out->sequence = read32(tcp.data + 4);
	arrival_out->acknowledgement = read32(tcp.data + 8);
	arrival_out->flags = tcp.data[13];
	read_options(tcp.data + TCP_SIZE, tcp.data + header, arrival_out);
	arrival_out->payload = span_make(tcp.data + header, tcp.size - header);
	return true;
}

/* On a SYN-ACK in the order of Linux: MSS, SACK permitted, timestamps, NOP, window scale. */
static size_t write_options(const struct arrival *arrival, const struct utterance *utterance, uint32_t now_ms, unsigned char *at)
{
	unsigned char *begin = at;
	bool is_syn = (utterance->flags & FLAG_SYN) != 0;

	if (utterance->is_bare)
		return 0;
	if (is_syn) {
		write32(at, 0x02040000u | (arrival->is_ipv6 ? 1440 : 1460));
		at += 4;
	}
	if (arrival->has_timestamp) {
		write16(at, is_syn && arrival->may_sack ? 0x0402 : 0x0101);
		write16(at + 2, 0x080a);
		write32(at + 4, now_ms);
		write32(at + 8, arrival->timestamp);
		at += 12;
	} else if (is_syn && arrival->may_sack) {
		write32(at, 0x01010402);
		at += 4;
	}
	if (is_syn && arrival->may_scale) {
		write32(at, 0x01030307);
		at += 4;
	}
	return (size_t)(at - begin);
}

/* Link and IP header of the answer; returns the sum of the pseudo header's addresses. */
static uint64_t write_headers(const struct arrival *arrival, uint8_t protocol, size_t size, unsigned char *room)
{
	unsigned char *ip = room + ETHERNET_SIZE;
	const unsigned char *from = arrival->frame + ETHERNET_SIZE;

	memcpy(room, arrival->frame + 6, 6);
	memcpy(room + 6, arrival->frame, 6);
	memcpy(room + 12, arrival->frame + 12, 2);
	if (arrival->is_ipv6) {
		write32(ip, 0x60000000);
		write16(ip + 4, (uint16_t)size);
		ip[6] = protocol;
		ip[7] = 57;
		memcpy(ip + 8, from + 24, 16);
		memcpy(ip + 24, from + 8, 16);
		return add_bytes(0, ip + 8, 32);
	}
	write16(ip, 0x4500);
	write16(ip + 2, (uint16_t)(size + V4_SIZE));
	write32(ip + 4, 0x00004000);
	ip[8] = 57;
	ip[9] = protocol;
	write16(ip + 10, 0);
	memcpy(ip + 12, from + 16, 4);
	memcpy(ip + 16, from + 12, 4);
	write_sum(ip + 10, add_bytes(0, ip, V4_SIZE));
	return add_bytes(0, ip + 12, 8);
}

static uint64_t add_pseudo(uint64_t sum, uint8_t protocol, size_t size)
{
	unsigned char pseudo[4] = {0, protocol, (unsigned char)(size >> 8), (unsigned char)size};

	return add_bytes(sum, pseudo, 4);
}

size_t utterance_write(const struct arrival *arrival, const struct utterance *utterance, uint32_t now_ms, unsigned char *room)
{
	size_t ip_size = arrival->is_ipv6 ? V6_SIZE : V4_SIZE;
	unsigned char *tcp = room + ETHERNET_SIZE + ip_size;
	size_t header = TCP_SIZE + write_options(arrival, utterance, now_ms, tcp + TCP_SIZE), size = header + utterance->payload.size;
	uint64_t sum = write_headers(arrival, PROTOCOL_TCP, size, room);

	write16(tcp, arrival->server_port);
	write16(tcp + 2, arrival->client_port);
	write32(tcp + 4, utterance->sequence);
	write32(tcp + 8, utterance->acknowledgement);
	tcp[12] = (unsigned char)(header / 4 << 4);
	tcp[13] = utterance->flags;
	write16(tcp + 14, utterance->window);
	write32(tcp + 16, 0);
	if (utterance->payload.size > 0)
		memcpy(tcp + header, utterance->payload.data, utterance->payload.size);
	write_sum(tcp + 16, add_bytes(add_pseudo(sum, PROTOCOL_TCP, size), tcp, size));
	return ETHERNET_SIZE + ip_size + size;
}

size_t unreachable_write(const struct arrival *arrival, unsigned char *room)
{
	size_t ip_size = arrival->is_ipv6 ? V6_SIZE : V4_SIZE, quoted = ip_size + (arrival->is_ipv6 ? TCP_SIZE : 8),
	       size = ICMP_SIZE + quoted;
	unsigned char *icmp = room + ETHERNET_SIZE + ip_size;
	uint8_t protocol = arrival->is_ipv6 ? 58 : 1;
	uint64_t sum = write_headers(arrival, protocol, size, room);

	write16(icmp, arrival->is_ipv6 ? 0x0101 : 0x030d);
	write16(icmp + 2, 0);
	write32(icmp + 4, 0);
	memcpy(icmp + ICMP_SIZE, arrival->frame + ETHERNET_SIZE, quoted);
	write_sum(icmp + 2, add_bytes(arrival->is_ipv6 ? add_pseudo(sum, protocol, size) : 0, icmp, size));
	return ETHERNET_SIZE + ip_size + size;
}

void frame_renew_timestamp(unsigned char *frame, size_t size, uint32_t now_ms)
{
	bool is_ipv6 = read16(frame + 12) == 0x86dd;
	size_t ip_size = is_ipv6 ? V6_SIZE : V4_SIZE, tcp_size = size - ETHERNET_SIZE - ip_size;
	unsigned char *ip = frame + ETHERNET_SIZE, *tcp = ip + ip_size, *end;

	if ((is_ipv6 ? ip[6] : ip[9]) != PROTOCOL_TCP)
		return;
	end = tcp + (size_t)(tcp[12] >> 4) * 4;
	for (unsigned char *at = tcp + TCP_SIZE; at < end;) {
		if (*at == 8) {
			write32(at + 2, now_ms);
			break;
		}
		at += *at == 1 ? 1 : at[1] >= 2 ? at[1] : 40;
	}
	write16(tcp + 16, 0);
	write_sum(tcp + 16, add_bytes(add_pseudo(is_ipv6 ? add_bytes(0, ip + 8, 32) : add_bytes(0, ip + 12, 8), PROTOCOL_TCP, tcp_size),
	                              tcp, tcp_size));
}
