/* SPDX-License-Identifier: ISC */
/* Building a frame from outside in; what stands at a fixed place is written there, and checksums come last. */
#include "packet/frame.h"

#include <string.h>

#include "packet/wire.h"

enum {
	WIRE_FRAME_MIN = 64,          /* with its check sequence */
	WIRE_CHECK_SEQUENCE_SIZE = 4, /* the four figures are of IEEE 802.3 */
	WIRE_PREAMBLE_AND_GAP = 8 + 12,
	SYN_WINDOW = 64240,
	SYN_WINDOW_SHIFT = 7,
	SYN_MSS_IPV4 = 1460,
	SYN_MSS_IPV6 = 1440,
	MTU_MIN = 576, /* that every host can take (RFC 9293 3.7.1); less is a mistake of whoever says so */
};

/* Returns where the IP header or the ARP message begins. */
static inline unsigned char *write_link(const struct link_layout *link, const uint8_t *to, unsigned ethertype, unsigned char *room)
{
	if (link->kind == LINK_RAW_IP)
		return room;
	memcpy(room, to, LINK_ADDRESS_SIZE);
	memcpy(room + LINK_ADDRESS_SIZE, link->own, LINK_ADDRESS_SIZE);
	room += 2 * (size_t)LINK_ADDRESS_SIZE;
	if (link->vlan != 0) {
		wire_put_u16(room, ETHERTYPE_TAG);
		wire_put_u16(room + 2, link->vlan);
		room += ETHERNET_TAG_SIZE;
	}
	wire_put_u16(room, ethertype);
	return room + 2;
}

/* Returns where the payload begins. Its checksum is that of an IPv4 header of ours. */
static inline unsigned char *write_ip(const struct ip_address *source, const struct ip_address *destination, unsigned protocol,
                                      unsigned hop_limit, size_t payload_size, unsigned char *at)
{
	if (source->family == IP_FAMILY_4) {
		wire_put_u16(at, 0x4500);
		wire_put_u16(at + 2, (unsigned)payload_size + IPV4_HEADER_SIZE);
		wire_put_u32(at + 4, IPV4_DO_NOT_FRAGMENT);
		wire_put_u32(at + 8, (uint32_t)hop_limit << 24 | (uint32_t)protocol << 16);
		memcpy(at + 12, source->bytes, 4);
		memcpy(at + 16, destination->bytes, 4);
		wire_put_checksum(at + 10, wire_sum(span_make(at, IPV4_HEADER_SIZE)));
		return at + IPV4_HEADER_SIZE;
	}
	wire_put_u32(at, UINT32_C(6) << 28);
	wire_put_u32(at + 4, (uint32_t)payload_size << 16 | (uint32_t)protocol << 8 | (uint32_t)hop_limit);
	memcpy(at + 8, source->bytes, 16);
	memcpy(at + 24, destination->bytes, 16);
	return at + IPV6_HEADER_SIZE;
}

static inline uint64_t sum_of_address(const struct ip_address *address)
{
	return address->family == IP_FAMILY_4 ? wire_sum_4(address->bytes) : wire_sum_16(address->bytes);
}

/* Of what follows the pseudo header, too. */
static inline uint64_t sum_with_pseudo_header(const struct ip_address *source, const struct ip_address *destination, unsigned protocol,
                                              struct span bytes)
{
	return sum_of_address(source) + sum_of_address(destination) + wire_sum_u16(protocol) + wire_sum_u16((unsigned)bytes.size) +
	       wire_sum(bytes);
}

static inline unsigned char *write_timestamps(const struct tcp_segment *segment, unsigned first, unsigned second, unsigned char *at)
{
	at[0] = (unsigned char)first;
	at[1] = (unsigned char)second;
	at[2] = TCP_OPTION_TIMESTAMPS;
	at[3] = TCP_OPTION_TIMESTAMPS_SIZE;
	wire_put_u32(at + 4, segment->timestamp);
	wire_put_u32(at + 8, segment->timestamp_echo);
	return at + 12;
}

/* As Linux orders them: SACK permitted fills the two bytes in front of the timestamps. Returns where the options end. */
static unsigned char *write_syn_options(const struct tcp_segment *segment, unsigned char *at)
{
	if (segment->mss != 0) {
		wire_put_u32(at, (uint32_t)TCP_OPTION_MSS << 24 | (uint32_t)TCP_OPTION_MSS_SIZE << 16 | segment->mss);
		at += TCP_OPTION_MSS_SIZE;
	}
	if (segment->has_timestamps) {
		at = segment->may_sack ? write_timestamps(segment, TCP_OPTION_MAY_SACK, TCP_OPTION_MAY_SACK_SIZE, at)
		                       : write_timestamps(segment, TCP_OPTION_NOP, TCP_OPTION_NOP, at);
	} else if (segment->may_sack) {
		wire_put_u16(at, TCP_OPTION_NOP << 8 | TCP_OPTION_NOP);
		wire_put_u16(at + 2, TCP_OPTION_MAY_SACK << 8 | TCP_OPTION_MAY_SACK_SIZE);
		at += 4;
	}
	if (segment->has_window_shift) {
		wire_put_u16(at, TCP_OPTION_NOP << 8 | TCP_OPTION_WINDOW_SHIFT);
		wire_put_u16(at + 2, (unsigned)TCP_OPTION_WINDOW_SHIFT_SIZE << 8 | segment->window_shift);
		at += 4;
	}
	return at;
}

/* All but the checksum, which is left 0. Returns where the payload begins. */
static inline unsigned char *write_tcp_header(const struct tcp_segment *segment, unsigned char *at)
{
	unsigned char *end = at + TCP_HEADER_SIZE;

	if ((segment->flags & TCP_SYN) != 0)
		end = write_syn_options(segment, end);
	else if (segment->has_timestamps)
		end = write_timestamps(segment, TCP_OPTION_NOP, TCP_OPTION_NOP, end);
	wire_put_u16(at, segment->source_port);
	wire_put_u16(at + 2, segment->destination_port);
	wire_put_u32(at + 4, segment->sequence);
	wire_put_u32(at + 8, segment->acknowledgement);
	at[12] = (unsigned char)((end - at) / 4 << 4);
	at[13] = segment->flags & (TCP_FIN | TCP_SYN | TCP_RST | TCP_PSH | TCP_ACK);
	wire_put_u16(at + 14, segment->window);
	wire_put_u32(at + 16, 0);
	return end;
}

size_t frame_write_segment(const struct link_layout *link, const struct tcp_segment *segment, unsigned char *room)
{
	bool is_ipv4 = segment->source.family == IP_FAMILY_4;
	unsigned char *ip = write_link(link, link->next_hop, is_ipv4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6, room);
	unsigned char *tcp = ip + (is_ipv4 ? IPV4_HEADER_SIZE : IPV6_HEADER_SIZE);
	unsigned char *end = write_tcp_header(segment, tcp);

	if (segment->payload.size > 0) {
		memcpy(end, segment->payload.data, segment->payload.size);
		end += segment->payload.size;
	}
	write_ip(&segment->source, &segment->destination, PROTOCOL_TCP, FRAME_HOP_LIMIT, (size_t)(end - tcp), ip);
	wire_put_checksum(tcp + 16, sum_with_pseudo_header(&segment->source, &segment->destination, PROTOCOL_TCP,
	                                                   span_make(tcp, (size_t)(end - tcp))));
	return (size_t)(end - room);
}

size_t frame_wire_size(size_t frame_size)
{
	size_t size = frame_size + WIRE_CHECK_SEQUENCE_SIZE;

	return (size < WIRE_FRAME_MIN ? WIRE_FRAME_MIN : size) + WIRE_PREAMBLE_AND_GAP;
}

/* RFC 826. */
static size_t write_arp(const struct link_layout *link, unsigned operation, const struct ip_address *own, const uint8_t *asked_link,
                        const struct ip_address *asked, const uint8_t *frame_to, unsigned char *room)
{
	unsigned char *at = write_link(link, frame_to, ETHERTYPE_ARP, room);

	wire_put_u16(at, 1); /* Ethernet */
	wire_put_u16(at + 2, ETHERTYPE_IPV4);
	wire_put_u16(at + 4, LINK_ADDRESS_SIZE << 8 | 4);
	wire_put_u16(at + 6, operation);
	memcpy(at + 8, link->own, LINK_ADDRESS_SIZE);
	memcpy(at + 14, own->bytes, 4);
	memcpy(at + 18, asked_link, LINK_ADDRESS_SIZE);
	memcpy(at + 24, asked->bytes, 4);
	return (size_t)(at + ARP_SIZE - room);
}

/* A neighbour solicitation or advertisement with the option that names our link address (RFC 4861 4.3, 4.4). */
static size_t write_neighbour(const struct link_layout *link, unsigned type, uint32_t flags, const struct ip_address *source,
                              const struct ip_address *destination, const struct ip_address *target, const uint8_t *frame_to,
                              unsigned char *room)
{
	unsigned char *ip = write_link(link, frame_to, ETHERTYPE_IPV6, room);
	size_t size = NEIGHBOUR_MESSAGE_SIZE + NEIGHBOUR_OPTION_SIZE;
	unsigned char *at = write_ip(source, destination, PROTOCOL_ICMPV6, NEIGHBOUR_HOP_LIMIT, size, ip);

	wire_put_u32(at, (uint32_t)type << 24);
	wire_put_u32(at + 4, flags);
	memcpy(at + 8, target->bytes, 16);
	at[24] = type == ICMPV6_NEIGHBOUR_SOLICITATION ? NEIGHBOUR_SOURCE_LINK : NEIGHBOUR_TARGET_LINK;
	at[25] = NEIGHBOUR_OPTION_SIZE / 8;
	memcpy(at + 26, link->own, LINK_ADDRESS_SIZE);
	wire_put_checksum(at + 2, sum_with_pseudo_header(source, destination, PROTOCOL_ICMPV6, span_make(at, size)));
	return (size_t)(at + size - room);
}

static bool is_unspecified(const struct ip_address *address)
{
	static const uint8_t zero[16] = {0};

	return memcmp(address->bytes, zero, sizeof(zero)) == 0;
}

size_t frame_write_neighbour_answer(const struct link_layout *link, const struct packet *request, unsigned char *room)
{
	static const uint32_t solicited = UINT32_C(1) << 30, override = UINT32_C(1) << 29;
	static const struct ip_address all_nodes = {IP_FAMILY_6, {0xff, 0x02, [15] = 0x01}};
	static const uint8_t all_nodes_link[LINK_ADDRESS_SIZE] = {0x33, 0x33, 0, 0, 0, 1}; /* RFC 2464 7 */
	const struct ip_address *asked = &request->neighbour.asked, *asker = &request->neighbour.asker;
	const uint8_t *asker_link = request->neighbour.asker_link;

	if (link->kind == LINK_RAW_IP)
		return 0;
	if (request->kind == PACKET_ARP_REQUEST)
		return write_arp(link, ARP_REPLY, asked, asker_link, asker, asker_link, room);
	if (is_unspecified(asker)) /* RFC 4861 7.2.4 */
		return write_neighbour(link, ICMPV6_NEIGHBOUR_ADVERTISEMENT, override, asked, &all_nodes, asked, all_nodes_link, room);
	return write_neighbour(link, ICMPV6_NEIGHBOUR_ADVERTISEMENT, solicited | override, asked, asker, asked, asker_link, room);
}

size_t frame_write_neighbour_question(const struct link_layout *link, struct ip_address own, struct ip_address asked, unsigned char *room)
{
	static const uint8_t broadcast[LINK_ADDRESS_SIZE] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, nobody[LINK_ADDRESS_SIZE] = {0};
	struct ip_address group = {IP_FAMILY_6, {0xff, 0x02, [11] = 0x01, 0xff}}; /* RFC 4291 2.7.1 */
	uint8_t group_link[LINK_ADDRESS_SIZE] = {0x33, 0x33, 0xff};

	if (link->kind == LINK_RAW_IP)
		return 0;
	if (own.family == IP_FAMILY_4)
		return write_arp(link, ARP_REQUEST, &own, nobody, &asked, broadcast, room);
	memcpy(group.bytes + 13, asked.bytes + 13, 3);
	memcpy(group_link + 3, asked.bytes + 13, 3);
	return write_neighbour(link, ICMPV6_NEIGHBOUR_SOLICITATION, 0, &own, &group, &asked, group_link, room);
}

static uint16_t syn_mss(enum ip_family family, unsigned mtu)
{
	unsigned most = family == IP_FAMILY_4 ? SYN_MSS_IPV4 : SYN_MSS_IPV6;
	unsigned headers = (family == IP_FAMILY_4 ? IPV4_HEADER_SIZE : IPV6_HEADER_SIZE) + TCP_HEADER_SIZE;
	unsigned fits = (mtu < MTU_MIN ? MTU_MIN : mtu) - headers;

	return (uint16_t)(fits < most ? fits : most);
}

/* The frame to nowhere is built whole; its checksums, taken back to sums, are what all others have in common. */
void syn_template_init(struct syn_template *template, const struct link_layout *link, struct ip_address source, unsigned mtu)
{
	struct tcp_segment segment = {
		.source = source,
		.destination = {.family = source.family},
		.flags = TCP_SYN,
		.window = SYN_WINDOW,
		.window_shift = SYN_WINDOW_SHIFT,
		.mss = syn_mss(source.family, mtu),
		.has_window_shift = true,
		.has_timestamps = true,
		.may_sack = true,
	};
	bool is_ipv4 = source.family == IP_FAMILY_4;
	uint16_t checksum;

	*template = (struct syn_template){.family = source.family};
	template->size = frame_write_segment(link, &segment, template->bytes);
	template->ip_offset =
		(size_t)(write_link(link, link->next_hop, is_ipv4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6, template->bytes) - template->bytes);
	template->tcp_offset = template->ip_offset + (is_ipv4 ? IPV4_HEADER_SIZE : IPV6_HEADER_SIZE);
	if (is_ipv4) {
		memcpy(&checksum, template->bytes + template->ip_offset + 10, sizeof(checksum));
		template->ip_sum = (uint16_t)~checksum;
	}
	memcpy(&checksum, template->bytes + template->tcp_offset + 16, sizeof(checksum));
	template->tcp_sum = (uint16_t)~checksum;
}

size_t syn_template_write(const struct syn_template *template, struct ip_address destination, uint16_t source_port,
                          uint16_t destination_port, uint32_t sequence, uint32_t timestamp, unsigned char *room)
{
	unsigned char *ip = room + template->ip_offset, *tcp = room + template->tcp_offset;
	/* Behind the header of 20 bytes: MSS, SACK permitted, then kind and size of the timestamps. */
	unsigned char *timestamp_at = tcp + TCP_HEADER_SIZE + TCP_OPTION_MSS_SIZE + TCP_OPTION_MAY_SACK_SIZE + 2;
	uint32_t ports = (uint32_t)source_port << 16 | destination_port;
	uint64_t address_sum;

	memcpy(room, template->bytes, sizeof(template->bytes)); /* one known size is quicker than the right one */
	if (template->family == IP_FAMILY_4) {
		memcpy(ip + 16, destination.bytes, 4);
		address_sum = wire_sum_4(destination.bytes);
		wire_put_checksum(ip + 10, template->ip_sum + address_sum);
	} else {
		memcpy(ip + 24, destination.bytes, 16);
		address_sum = wire_sum_16(destination.bytes);
	}
	wire_put_u32(tcp, ports);
	wire_put_u32(tcp + 4, sequence);
	wire_put_u32(timestamp_at, timestamp);
	wire_put_checksum(tcp + 16,
	                  template->tcp_sum + address_sum + wire_sum_u32(ports) + wire_sum_u32(sequence) + wire_sum_u32(timestamp));
	return template->size;
}
