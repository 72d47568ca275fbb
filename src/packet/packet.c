/* SPDX-License-Identifier: ISC */
/* Reading a frame from outside in: link, IP, then TCP, ICMP or the question for a link address. Each step is given the bytes that the one before left. */
#include "packet/packet.h"

#include <string.h>

#include "packet/wire.h"

enum {
	IPV6_EXTENSIONS_MAX = 8,
	TRANSPORT_QUOTED_MIN = 8, /* ports and sequence: all that an ICMP error must quote of TCP (RFC 792) */
};

enum { /* of ICMP (RFC 792) and ICMPv6 (RFC 4443) */
       ICMP_UNREACHABLE = 3,
       ICMP_TIME_EXCEEDED = 11,
       ICMP_PARAMETER_PROBLEM = 12,
       ICMP_CODE_FRAGMENTATION_NEEDED = 4,
       ICMPV6_UNREACHABLE = 1,
       ICMPV6_TOO_BIG = 2,
       ICMPV6_PARAMETER_PROBLEM = 4,
};

/* A whole datagram, its addresses still in the frame. */
struct datagram {
	const unsigned char *source, *destination;
	enum ip_family family;
	uint8_t protocol, hop_limit;
	struct span payload;
};

/* Stored as whole words: a struct that is put together from small pieces and then copied makes the processor wait for each of them. */
static inline void read_address(enum ip_family family, const unsigned char *at, struct ip_address *address_out)
{
	uint64_t high = 0, low = 0;

	if (family == IP_FAMILY_4) {
		memcpy(&high, at, 4);
	} else {
		memcpy(&high, at, 8);
		memcpy(&low, at + 8, 8);
	}
	address_out->family = family;
	memcpy(address_out->bytes, &high, 8);
	memcpy(address_out->bytes + 8, &low, 8);
}

static inline struct span rest_of(struct span bytes, size_t offset)
{
	return (struct span){.data = bytes.data + offset, .size = bytes.size - offset};
}

static inline bool read_ipv4(struct span bytes, struct datagram *datagram_out)
{
	const unsigned char *at = bytes.data;
	size_t header_size, total_size;

	if (bytes.size < IPV4_HEADER_SIZE || at[0] >> 4 != 4)
		return false;
	header_size = (size_t)(at[0] & 0x0f) * 4;
	total_size = wire_u16(at + 2);
	if (header_size < IPV4_HEADER_SIZE || total_size < header_size || total_size > bytes.size)
		return false;
	if ((wire_u16(at + 6) & IPV4_FRAGMENT_BITS) != 0)
		return false;
	if (!wire_checksum_holds(wire_sum((struct span){.data = at, .size = header_size})))
		return false;
	*datagram_out = (struct datagram){
		.source = at + 12,
		.destination = at + 16,
		.family = IP_FAMILY_4,
		.protocol = at[9],
		.hop_limit = at[8],
		.payload = {.data = at + header_size, .size = total_size - header_size},
	};
	return true;
}

/* RFC 8200 4.1: hop-by-hop options come first or not at all. A fragment, or anything else that is not skipped here, is left as the protocol that nobody wants.
   A routing header with a way to go means that we are not the end of it. */
static bool skip_extensions(uint8_t *protocol, struct span *rest)
{
	for (unsigned count = 0; count <= IPV6_EXTENSIONS_MAX; count++) {
		bool is_first_hop_by_hop = *protocol == PROTOCOL_HOP_BY_HOP && count == 0;
		size_t size;

		if (!is_first_hop_by_hop && *protocol != PROTOCOL_ROUTING && *protocol != PROTOCOL_DESTINATION_OPTIONS)
			return true;
		if (rest->size < 8)
			return false;
		size = ((size_t)rest->data[1] + 1) * 8;
		if (size > rest->size || (*protocol == PROTOCOL_ROUTING && rest->data[3] != 0))
			return false;
		*protocol = rest->data[0];
		*rest = rest_of(*rest, size);
	}
	return false;
}

static inline bool read_ipv6(struct span bytes, struct datagram *datagram_out)
{
	const unsigned char *at = bytes.data;
	size_t payload_size;

	if (bytes.size < IPV6_HEADER_SIZE || at[0] >> 4 != 6)
		return false;
	payload_size = wire_u16(at + 4);
	if (payload_size > bytes.size - IPV6_HEADER_SIZE)
		return false;
	*datagram_out = (struct datagram){
		.source = at + 8,
		.destination = at + 24,
		.family = IP_FAMILY_6,
		.protocol = at[6],
		.hop_limit = at[7],
		.payload = {.data = at + IPV6_HEADER_SIZE, .size = payload_size},
	};
	return datagram_out->protocol == PROTOCOL_TCP || skip_extensions(&datagram_out->protocol, &datagram_out->payload);
}

/* The payload and its pseudo header (RFC 9293 3.1, RFC 8200 8.1). */
static inline uint64_t sum_with_pseudo_header(const struct datagram *datagram)
{
	uint64_t sum = wire_sum(datagram->payload) + wire_sum_u16(datagram->protocol) + wire_sum_u16((unsigned)datagram->payload.size);

	if (datagram->family == IP_FAMILY_4)
		return sum + wire_sum_4(datagram->source) + wire_sum_4(datagram->destination);
	return sum + wire_sum_16(datagram->source) + wire_sum_16(datagram->destination);
}

static inline void read_timestamps(const unsigned char *option, struct tcp_segment *tcp)
{
	tcp->has_timestamps = true;
	tcp->timestamp = wire_u32(option + 2);
	tcp->timestamp_echo = wire_u32(option + 6);
}

/* One option with its length in front of it. As Linux does: one of another length than it should have means nothing, and all but timestamps belong to SYNs. */
static void read_option(const unsigned char *option, size_t size, struct tcp_segment *tcp)
{
	bool is_syn = (tcp->flags & TCP_SYN) != 0;

	if (option[0] == TCP_OPTION_TIMESTAMPS && size == TCP_OPTION_TIMESTAMPS_SIZE) {
		read_timestamps(option, tcp);
	} else if (option[0] == TCP_OPTION_MSS && size == TCP_OPTION_MSS_SIZE && is_syn) {
		tcp->mss = wire_u16(option + 2);
	} else if (option[0] == TCP_OPTION_MAY_SACK && size == TCP_OPTION_MAY_SACK_SIZE && is_syn) {
		tcp->may_sack = true;
	} else if (option[0] == TCP_OPTION_WINDOW_SHIFT && size == TCP_OPTION_WINDOW_SHIFT_SIZE && is_syn) {
		tcp->has_window_shift = true;
		tcp->window_shift = option[2] < TCP_WINDOW_SHIFT_MAX ? option[2] : TCP_WINDOW_SHIFT_MAX;
	}
}

/* A list that makes no sense ends where it begins to make none; what was read counts. */
static inline void read_options(struct span rest, struct tcp_segment *tcp)
{
	/* Nearly every segment of a conversation. */
	if (rest.size == 12 && wire_u32(rest.data) == (TCP_OPTION_NOP << 24 | TCP_OPTION_NOP << 16 | TCP_OPTION_TIMESTAMPS << 8 | 10)) {
		read_timestamps(rest.data + 2, tcp);
		return;
	}
	while (rest.size > 0 && rest.data[0] != TCP_OPTION_END) {
		size_t size = 1;

		if (rest.data[0] != TCP_OPTION_NOP) {
			if (rest.size < 2 || rest.data[1] < 2 || rest.data[1] > rest.size)
				return;
			size = rest.data[1];
			read_option(rest.data, size, tcp);
		}
		rest = rest_of(rest, size);
	}
}

static inline bool read_tcp(const struct datagram *datagram, bool checksum_is_proven, struct tcp_segment *tcp_out)
{
	const unsigned char *at = datagram->payload.data;
	size_t header_size;

	if (datagram->payload.size < TCP_HEADER_SIZE)
		return false;
	header_size = (size_t)(at[12] >> 4) * 4;
	if (header_size < TCP_HEADER_SIZE || header_size > datagram->payload.size)
		return false;
	if (!checksum_is_proven && !wire_checksum_holds(sum_with_pseudo_header(datagram)))
		return false;
	read_address(datagram->family, datagram->source, &tcp_out->source);
	read_address(datagram->family, datagram->destination, &tcp_out->destination);
	tcp_out->source_port = wire_u16(at);
	tcp_out->destination_port = wire_u16(at + 2);
	tcp_out->sequence = wire_u32(at + 4);
	tcp_out->acknowledgement = wire_u32(at + 8);
	tcp_out->flags = at[13] & (TCP_FIN | TCP_SYN | TCP_RST | TCP_PSH | TCP_ACK);
	tcp_out->window_shift = 0;
	tcp_out->window = wire_u16(at + 14);
	tcp_out->mss = 0;
	tcp_out->has_window_shift = tcp_out->has_timestamps = tcp_out->may_sack = false;
	tcp_out->timestamp = tcp_out->timestamp_echo = 0;
	tcp_out->hop_limit = datagram->hop_limit;
	tcp_out->payload = rest_of(datagram->payload, header_size);
	if (header_size > TCP_HEADER_SIZE)
		read_options((struct span){.data = at + TCP_HEADER_SIZE, .size = header_size - TCP_HEADER_SIZE}, tcp_out);
	return true;
}

/* The head of a datagram that a router took apart: lengths and checksums are what it made of them, and most of the payload may be missing. */
static bool read_quoted(struct span quoted, enum ip_family family, struct datagram *datagram_out)
{
	const unsigned char *at = quoted.data;
	size_t header_size = IPV6_HEADER_SIZE;

	*datagram_out = (struct datagram){.family = family};
	if (quoted.size < IPV4_HEADER_SIZE || at[0] >> 4 != (unsigned)family)
		return false;
	if (family == IP_FAMILY_4) {
		header_size = (size_t)(at[0] & 0x0f) * 4;
		if (header_size < IPV4_HEADER_SIZE || header_size > quoted.size || (wire_u16(at + 6) & IPV4_FRAGMENT_BITS) != 0)
			return false;
		datagram_out->source = at + 12;
		datagram_out->destination = at + 16;
		datagram_out->protocol = at[9];
		datagram_out->payload = rest_of(quoted, header_size);
		return true;
	}
	if (quoted.size < header_size)
		return false;
	datagram_out->source = at + 8;
	datagram_out->destination = at + 24;
	datagram_out->protocol = at[6];
	datagram_out->payload = rest_of(quoted, header_size);
	return skip_extensions(&datagram_out->protocol, &datagram_out->payload);
}

static bool is_error_type(enum ip_family family, uint8_t type)
{
	if (family == IP_FAMILY_4)
		return type == ICMP_UNREACHABLE || type == ICMP_TIME_EXCEEDED || type == ICMP_PARAMETER_PROBLEM;
	return type >= ICMPV6_UNREACHABLE && type <= ICMPV6_PARAMETER_PROBLEM;
}

static uint32_t mtu_of(enum ip_family family, const unsigned char *message)
{
	if (family == IP_FAMILY_4) /* RFC 1191 4 */
		return message[0] == ICMP_UNREACHABLE && message[1] == ICMP_CODE_FRAGMENTATION_NEEDED ? wire_u16(message + 6) : 0;
	return message[0] == ICMPV6_TOO_BIG ? wire_u32(message + 4) : 0;
}

static bool read_icmp_error(const struct datagram *datagram, struct icmp_error *icmp_out)
{
	const unsigned char *message = datagram->payload.data;
	struct datagram quoted;

	if (!is_error_type(datagram->family, message[0]))
		return false;
	if (!read_quoted(rest_of(datagram->payload, ICMP_HEADER_SIZE), datagram->family, &quoted))
		return false;
	if (quoted.protocol != PROTOCOL_TCP || quoted.payload.size < TRANSPORT_QUOTED_MIN)
		return false;
	read_address(datagram->family, datagram->source, &icmp_out->from);
	read_address(quoted.family, quoted.source, &icmp_out->source);
	read_address(quoted.family, quoted.destination, &icmp_out->destination);
	icmp_out->type = message[0];
	icmp_out->code = message[1];
	icmp_out->source_port = wire_u16(quoted.payload.data);
	icmp_out->destination_port = wire_u16(quoted.payload.data + 2);
	icmp_out->sequence = wire_u32(quoted.payload.data + 4);
	icmp_out->mtu = mtu_of(datagram->family, message);
	return true;
}

/* An answer is sent there, so it must be one host's. */
static inline bool is_group(const unsigned char *link_address)
{
	return (link_address[0] & 1) != 0;
}

/* RFC 4861 7.1.1; the link address that asks is the frame's unless an option names it. */
static bool read_neighbour_options(struct span rest, bool is_unspecified, uint8_t asker_link[LINK_ADDRESS_SIZE])
{
	while (rest.size > 0) {
		size_t size;

		if (rest.size < NEIGHBOUR_OPTION_SIZE || rest.data[1] == 0 || (size_t)rest.data[1] * 8 > rest.size)
			return false;
		size = (size_t)rest.data[1] * 8;
		if (rest.data[0] == NEIGHBOUR_SOURCE_LINK) {
			if (is_unspecified)
				return false;
			if (size == NEIGHBOUR_OPTION_SIZE)
				memcpy(asker_link, rest.data + 2, LINK_ADDRESS_SIZE);
		}
		rest = rest_of(rest, size);
	}
	return !is_group(asker_link);
}

static bool read_neighbour_request(const struct datagram *datagram, const unsigned char *link_source, struct packet *packet)
{
	static const unsigned char unspecified[16] = {0};
	static const unsigned char solicited[13] = {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0xff}; /* RFC 4291 2.7.1 */
	const unsigned char *message = datagram->payload.data;
	bool is_unspecified = memcmp(datagram->source, unspecified, sizeof(unspecified)) == 0;

	if (datagram->hop_limit != NEIGHBOUR_HOP_LIMIT || message[1] != 0 || datagram->payload.size < NEIGHBOUR_MESSAGE_SIZE)
		return false;
	if (message[8] == 0xff || datagram->source[0] == 0xff) /* groups have no link address and ask for none */
		return false;
	if (is_unspecified && memcmp(datagram->destination, solicited, sizeof(solicited)) != 0)
		return false;
	read_address(IP_FAMILY_6, message + 8, &packet->neighbour.asked);
	read_address(IP_FAMILY_6, datagram->source, &packet->neighbour.asker);
	memcpy(packet->neighbour.asker_link, link_source, LINK_ADDRESS_SIZE);
	return read_neighbour_options(rest_of(datagram->payload, NEIGHBOUR_MESSAGE_SIZE), is_unspecified, packet->neighbour.asker_link);
}

static bool read_arp_request(struct span bytes, struct packet *packet)
{
	static const unsigned char request[8] = {0, 1, ETHERTYPE_IPV4 >> 8, ETHERTYPE_IPV4 & 0xff, LINK_ADDRESS_SIZE, 4, 0, ARP_REQUEST};

	if (bytes.size < ARP_SIZE || memcmp(bytes.data, request, sizeof(request)) != 0 || is_group(bytes.data + 8))
		return false;
	memcpy(packet->neighbour.asker_link, bytes.data + 8, LINK_ADDRESS_SIZE);
	read_address(IP_FAMILY_4, bytes.data + 14, &packet->neighbour.asker);
	read_address(IP_FAMILY_4, bytes.data + 24, &packet->neighbour.asked);
	return true;
}

/* No device vouches for these checksums, and they are rare: they are always computed. link_source: NULL where the link has no addresses. */
static enum packet_kind read_icmp(const struct datagram *datagram, const unsigned char *link_source, struct packet *packet)
{
	bool is_ipv6 = datagram->family == IP_FAMILY_6;

	if (datagram->payload.size < ICMP_HEADER_SIZE)
		return PACKET_OTHER;
	if (!wire_checksum_holds(is_ipv6 ? sum_with_pseudo_header(datagram) : wire_sum(datagram->payload)))
		return PACKET_OTHER;
	if (is_ipv6 && datagram->payload.data[0] == ICMPV6_NEIGHBOUR_SOLICITATION && link_source != NULL)
		return read_neighbour_request(datagram, link_source, packet) ? PACKET_NEIGHBOUR_REQUEST : PACKET_OTHER;
	return read_icmp_error(datagram, &packet->icmp) ? PACKET_ICMP_ERROR : PACKET_OTHER;
}

static inline enum packet_kind read_ip(struct span bytes, bool is_ipv6, bool checksum_is_proven, const unsigned char *link_source,
                                       struct packet *packet)
{
	struct datagram datagram;

	if (is_ipv6 ? !read_ipv6(bytes, &datagram) : !read_ipv4(bytes, &datagram))
		return PACKET_OTHER;
	if (datagram.protocol == PROTOCOL_TCP)
		return read_tcp(&datagram, checksum_is_proven, &packet->tcp) ? PACKET_TCP : PACKET_OTHER;
	if (datagram.protocol == (is_ipv6 ? PROTOCOL_ICMPV6 : PROTOCOL_ICMP))
		return read_icmp(&datagram, link_source, packet);
	return PACKET_OTHER;
}

static inline enum packet_kind read_ethernet(struct span frame, uint16_t vlan, bool checksum_is_proven, struct packet *packet)
{
	size_t header_size = vlan == 0 ? ETHERNET_HEADER_SIZE : ETHERNET_HEADER_SIZE + ETHERNET_TAG_SIZE;
	const unsigned char *at = frame.data;
	unsigned ethertype;

	if (frame.size < header_size)
		return PACKET_OTHER;
	if (vlan != 0 && (wire_u16(at + 12) != ETHERTYPE_TAG || (wire_u16(at + 14) & 0x0fff) != vlan))
		return PACKET_OTHER;
	ethertype = wire_u16(at + header_size - 2);
	frame = rest_of(frame, header_size);
	if (ethertype == ETHERTYPE_IPV4 || ethertype == ETHERTYPE_IPV6)
		return read_ip(frame, ethertype == ETHERTYPE_IPV6, checksum_is_proven, at + LINK_ADDRESS_SIZE, packet);
	if (ethertype == ETHERTYPE_ARP && read_arp_request(frame, packet))
		return PACKET_ARP_REQUEST;
	return PACKET_OTHER;
}

void packet_parse(struct span frame, const struct link_layout *link, bool checksum_is_proven, struct packet *packet_out)
{
	if (link->kind == LINK_ETHERNET)
		packet_out->kind = read_ethernet(frame, link->vlan, checksum_is_proven, packet_out);
	else if (frame.size > 0)
		packet_out->kind = read_ip(frame, frame.data[0] >> 4 == 6, checksum_is_proven, NULL, packet_out);
	else
		packet_out->kind = PACKET_OTHER;
}
