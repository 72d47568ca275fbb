/* SPDX-License-Identifier: ISC */
/* Targets packet_parse and frame_write_*: nothing outside the frame is read; what is TCP sums up, lies within the frame, and is written and read as the same again.

   The first byte chooses: 1 raw IP, 2 tagged, 4 checksums proven, 8 checksums are made right first (else few inputs would come far). */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "packet/frame.h"
#include "packet/test_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
	if (!is_true)
		abort();
}

static bool same_address(struct ip_address a, struct ip_address b)
{
	return a.family == b.family && memcmp(a.bytes, b.bytes, sizeof(a.bytes)) == 0;
}

/* All but the hop limit. */
static void require_same(const struct tcp_segment *a, const struct tcp_segment *b)
{
	require(same_address(a->source, b->source) && same_address(a->destination, b->destination));
	require(a->source_port == b->source_port && a->destination_port == b->destination_port);
	require(a->sequence == b->sequence && a->acknowledgement == b->acknowledgement);
	require(a->flags == b->flags && a->window == b->window && a->mss == b->mss);
	require(a->window_shift == b->window_shift && a->has_window_shift == b->has_window_shift && a->may_sack == b->may_sack);
	require(a->has_timestamps == b->has_timestamps && a->timestamp == b->timestamp && a->timestamp_echo == b->timestamp_echo);
	require(span_equals(a->payload, b->payload));
}

static void address_is_sound(struct ip_address address)
{
	static const uint8_t zero[12] = {0};

	require(address.family == IP_FAMILY_4 || address.family == IP_FAMILY_6);
	require(address.family == IP_FAMILY_6 || memcmp(address.bytes + 4, zero, sizeof(zero)) == 0);
}

static void is_written_and_read_again(const struct link_layout *link, const struct tcp_segment *segment)
{
	unsigned char *room = memory_allocate(FRAME_HEADER_MAX + segment->payload.size, 1);
	size_t size = frame_write_segment(link, segment, room);
	struct packet again;

	require(size <= FRAME_HEADER_MAX + segment->payload.size);
	packet_parse(span_make(room, size), link, false, &again);
	require(again.kind == PACKET_TCP && again.tcp.hop_limit == FRAME_HOP_LIMIT);
	require_same(&again.tcp, segment);
	free(room);
}

static void segment_is_sound(const struct link_layout *link, struct span frame, const struct tcp_segment *segment)
{
	address_is_sound(segment->source);
	address_is_sound(segment->destination);
	require(segment->source.family == segment->destination.family);
	require(segment->flags <= 0x1f && segment->window_shift <= 14);
	require((segment->flags & TCP_SYN) != 0 || (segment->mss == 0 && !segment->may_sack && !segment->has_window_shift));
	require(segment->payload.data >= frame.data && segment->payload.size <= (size_t)(frame.data + frame.size - segment->payload.data));
	/* A whole of 65535 bytes may have come with headers that are shorter than ours. */
	if (segment->payload.size <= 65535 - 20 - 40)
		is_written_and_read_again(link, segment);
}

static void error_is_sound(const struct icmp_error *error)
{
	bool is_ipv4 = error->from.family == IP_FAMILY_4;

	address_is_sound(error->from);
	address_is_sound(error->source);
	address_is_sound(error->destination);
	require(error->source.family == error->from.family && error->destination.family == error->from.family);
	require(is_ipv4 ? error->type == 3 || error->type == 11 || error->type == 12 : error->type >= 1 && error->type <= 4);
	require(error->mtu == 0 || (is_ipv4 ? error->type == 3 && error->code == 4 : error->type == 2));
}

static void request_is_answered(const struct link_layout *link, const struct packet *packet)
{
	unsigned char *room = memory_allocate(90, 1);
	size_t size = frame_write_neighbour_answer(link, packet, room);
	struct packet answer;

	require(link->kind == LINK_ETHERNET && size > 0 && size <= 90);
	address_is_sound(packet->neighbour.asked);
	address_is_sound(packet->neighbour.asker);
	require((packet->neighbour.asker_link[0] & 1) == 0);
	packet_parse(span_make(room, size), link, false, &answer);
	require(answer.kind == PACKET_OTHER); /* else two of us would answer each other for ever */
	free(room);
}

static void frame_is_sound(struct span frame, const struct link_layout *link, bool checksum_is_proven)
{
	struct packet packet, unproven;

	packet_parse(frame, link, checksum_is_proven, &packet);
	packet_parse(frame, link, false, &unproven);
	require(packet.kind == unproven.kind || (checksum_is_proven && packet.kind == PACKET_TCP && unproven.kind == PACKET_OTHER));
	switch (packet.kind) {
	case PACKET_OTHER:
		break;
	case PACKET_TCP:
		segment_is_sound(link, frame, &packet.tcp);
		break;
	case PACKET_ICMP_ERROR:
		error_is_sound(&packet.icmp);
		break;
	case PACKET_ARP_REQUEST:
	case PACKET_NEIGHBOUR_REQUEST:
		request_is_answered(link, &packet);
		break;
	default:
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct link_layout link = {.kind = LINK_ETHERNET, .own = {2, 0, 0, 0, 0, 1}, .next_hop = {2, 0, 0, 0, 0, 2}};
	unsigned char *frame;
	size_t ip_offset;

	if (size == 0)
		return 0;
	link.kind = (data[0] & 1) != 0 ? LINK_RAW_IP : LINK_ETHERNET;
	link.vlan = (data[0] & 2) != 0 ? 7 : 0;
	ip_offset = link.kind == LINK_RAW_IP ? 0 : link.vlan != 0 ? 18 : 14;
	/* Of exactly its size, so that a sanitizer sees one byte too far. */
	frame = memory_resize(NULL, size > 1 ? size - 1 : 1, 1);
	memcpy(frame, data + 1, size - 1);
	if ((data[0] & 8) != 0 && size - 1 > ip_offset)
		test_mend_checksums(frame + ip_offset, size - 1 - ip_offset);
	frame_is_sound(span_make(frame, size - 1), &link, (data[0] & 4) != 0);
	free(frame);
	return 0;
}
