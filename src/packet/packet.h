/* SPDX-License-Identifier: ISC */
/* A received frame taken apart, without copying: what is not for us or not whole is PACKET_OTHER, never an error. */
#ifndef PACKET_PACKET_H
#define PACKET_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "model/ip_address.h"

enum { LINK_ADDRESS_SIZE = 6 };

enum link_kind {
	LINK_ETHERNET, /* 14 bytes, or 18 with one IEEE 802.1Q tag */
	LINK_RAW_IP,   /* tun and the like: the frame begins with the IP header */
};

/* How frames look on our interface, and who is at its ends. */
struct link_layout {
	enum link_kind kind;
	uint16_t vlan; /* IEEE 802.1Q identifier of our frames; 0: untagged. Received frames must carry the same */
	uint8_t own[LINK_ADDRESS_SIZE];
	uint8_t next_hop[LINK_ADDRESS_SIZE]; /* the gateway's */
};

/* RFC 9293 3.1. */
enum tcp_flag {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
};

/* One TCP segment, options that matter already read. In host byte order. */
struct tcp_segment {
	struct ip_address source, destination;
	uint16_t source_port, destination_port;
	uint32_t sequence, acknowledgement;
	uint8_t flags;        /* bits of enum tcp_flag; others are dropped */
	uint8_t window_shift; /* with has_window_shift (RFC 7323 2.2); above 14 reads as 14 */
	uint16_t window;      /* as on the wire, not shifted */
	uint16_t mss;         /* 0: no such option */
	bool has_window_shift, has_timestamps, may_sack;
	uint32_t timestamp, timestamp_echo; /* with has_timestamps (RFC 7323 3.2) */
	uint8_t hop_limit;                  /* TTL or hop limit as received: evidence */
	struct span payload;
};

/* An ICMP or ICMPv6 error that quotes a segment of ours (RFC 792, RFC 4443, RFC 1812 4.3.2.3). */
struct icmp_error {
	struct ip_address from; /* who says so: often a router */
	uint8_t type, code;
	struct ip_address source, destination; /* of the quoted segment: our address, the host's */
	uint16_t source_port, destination_port;
	uint32_t sequence; /* of the quoted segment: compare it with the cookie */
	uint32_t mtu;      /* fragmentation needed or packet too big; else 0 */
};

enum packet_kind {
	PACKET_OTHER, /* nothing for us, or not whole, or a wrong checksum */
	PACKET_TCP,
	PACKET_ICMP_ERROR,
	PACKET_ARP_REQUEST,       /* somebody asks for the link address of asked (RFC 826) */
	PACKET_NEIGHBOUR_REQUEST, /* the same in IPv6 (RFC 4861 4.3) */
};

struct packet {
	enum packet_kind kind;
	union {
		struct tcp_segment tcp;
		struct icmp_error icmp;
		struct {
			struct ip_address asked, asker; /* asker: unspecified for duplicate address detection */
			uint8_t asker_link[LINK_ADDRESS_SIZE];
		} neighbour;
	};
};

/* Reads one frame as it came. IPv4 options and IPv6 extension headers are skipped; fragments are PACKET_OTHER. Trailing bytes of the link are cut off.
   checksum_is_proven: the device or the other end of a virtual link vouches for TCP's checksum, so it is not computed. That of an IPv4 header and of ICMP
   always is: devices do not prove them, and virtual links do compute them. To whom the link header is addressed is not looked at. Of packet_out only what
   its kind names is written. */
void packet_parse(struct span frame, const struct link_layout *link, bool checksum_is_proven, struct packet *packet_out);

#endif
