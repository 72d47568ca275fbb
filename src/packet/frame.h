/* SPDX-License-Identifier: ISC */
/* Frames put together, with their checksums. Whoever sends gives the room; nothing is allocated. */
#ifndef PACKET_FRAME_H
#define PACKET_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "packet/packet.h"

enum {
	FRAME_SIZE_MAX = 1514 + 4, /* what we build: Ethernet with one tag, MTU 1500 */
	FRAME_HEADER_MAX = 18 + 40 + 60,
	FRAME_HOP_LIMIT = 64,
};

/* The segment as a frame: link header, IPv4 or IPv6 header, TCP header with the options that segment names (on a SYN in the order of Linux: MSS, SACK
   permitted, timestamps, NOP, window scale; elsewhere NOP, NOP, timestamps), payload. room must hold FRAME_HEADER_MAX + payload.
   Returns the frame's size; that it fits the link is the caller's business.
   identification: of the IPv4 header; 0 with DF set, as Linux does for SYN-ACKs and RSTs, is fine. */
size_t frame_write_segment(const struct link_layout *link, const struct tcp_segment *segment, unsigned char *room);
/* Bytes that a frame of this size takes on an Ethernet wire with preamble, checksum and gap: for limits in bits per second. */
size_t frame_wire_size(size_t frame_size);

/* The answer to PACKET_ARP_REQUEST or PACKET_NEIGHBOUR_REQUEST for one of our addresses; duplicate address detection is answered to all nodes.
   room must hold 90 bytes. Returns the frame's size, 0 on LINK_RAW_IP: there are no link addresses. */
size_t frame_write_neighbour_answer(const struct link_layout *link, const struct packet *request, unsigned char *room);
/* Asks for the link address of an on-link neighbour: ARP request or neighbour solicitation. room must hold 90 bytes. Returns as above. */
size_t frame_write_neighbour_question(const struct link_layout *link, struct ip_address own, struct ip_address asked, unsigned char *room);

/* A SYN of which only destination, ports, sequence and timestamp change: checksums are adjusted, not computed. */
struct syn_template {
	unsigned char bytes[FRAME_HEADER_MAX];
	size_t size;
	size_t ip_offset, tcp_offset;
	enum ip_family family;
	uint32_t ip_sum, tcp_sum; /* ones' complement sums of all that does not change */
};

/* source: our address. The SYN is what a current Linux sends: window 64240, MSS 1460 (1440 for IPv6; less for a smaller mtu), SACK, timestamps, scale 7:
   some hosts do not answer SYNs without options. An mtu below 576 counts as 576. */
void syn_template_init(struct syn_template *template, const struct link_layout *link, struct ip_address source, unsigned mtu);
/* room must hold FRAME_HEADER_MAX. destination is of the template's family. Returns the frame's size. */
size_t syn_template_write(const struct syn_template *template, struct ip_address destination, uint16_t source_port,
                          uint16_t destination_port, uint32_t sequence, uint32_t timestamp, unsigned char *room);

#endif
