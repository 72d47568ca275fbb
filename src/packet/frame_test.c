/* SPDX-License-Identifier: ISC */
/* What is built is what a kernel builds, byte for byte; what is written is read as the same; what is cut or changed is not read at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "packet/frame.h"
#include "packet/kernel_frames.h"
#include "packet/test_frame.h"

enum { IP = 14, TCP_4 = IP + 20, TCP_6 = IP + 40, PAYLOAD_MAX = 1460 };

static uint64_t random_state = 1;

/* SplitMix64: the same numbers in each run. */
static uint64_t random_number(void)
{
	uint64_t value = random_state += UINT64_C(0x9e3779b97f4a7c15);

	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}

static unsigned random_below(unsigned limit)
{
	return (unsigned)(random_number() % limit);
}

static struct ip_address random_address(enum ip_family family)
{
	struct ip_address address = {.family = family};

	for (size_t i = 0; i < ip_address_size(address); i++)
		address.bytes[i] = random_below(4) == 0 ? (unsigned char)(random_below(2) * 0xff) : (unsigned char)random_number();
	return address;
}

static struct link_layout random_link(void)
{
	struct link_layout link = {.kind = random_below(4) == 0 ? LINK_RAW_IP : LINK_ETHERNET};

	if (random_below(2) == 0)
		link.vlan = (uint16_t)(1 + random_below(4094));
	for (size_t i = 0; i < LINK_ADDRESS_SIZE; i++) {
		link.own[i] = (uint8_t)random_number();
		link.next_hop[i] = (uint8_t)random_number();
	}
	return link;
}

/* With what parsing gives back: options that the flags allow, the hop limit that we send. */
static struct tcp_segment random_segment(const unsigned char *payload)
{
	enum ip_family family = random_below(2) == 0 ? IP_FAMILY_4 : IP_FAMILY_6;
	struct tcp_segment segment = {
		.source = random_address(family),
		.destination = random_address(family),
		.source_port = (uint16_t)random_number(),
		.destination_port = (uint16_t)random_number(),
		.sequence = (uint32_t)random_number(),
		.acknowledgement = (uint32_t)random_number(),
		.flags = (uint8_t)random_below(32),
		.window = (uint16_t)random_number(),
		.has_timestamps = random_below(2) == 0,
		.hop_limit = FRAME_HOP_LIMIT,
		.payload = {payload, random_below(3) == 0 ? 0 : random_below(random_below(2) == 0 ? 9 : PAYLOAD_MAX + 1)},
	};

	if (segment.has_timestamps) {
		segment.timestamp = (uint32_t)random_number();
		segment.timestamp_echo = (uint32_t)random_number();
	}
	if ((segment.flags & TCP_SYN) != 0) {
		segment.mss = random_below(2) == 0 ? 0 : (uint16_t)random_number();
		segment.may_sack = random_below(2) == 0;
		segment.has_window_shift = random_below(2) == 0;
		segment.window_shift = segment.has_window_shift ? (uint8_t)random_below(15) : 0;
	}
	return segment;
}

static void assert_same_address(struct ip_address a, struct ip_address b)
{
	assert_int_equal(a.family, b.family);
	assert_memory_equal(a.bytes, b.bytes, sizeof(a.bytes));
}

static void assert_same_segment(const struct tcp_segment *a, const struct tcp_segment *b)
{
	assert_same_address(a->source, b->source);
	assert_same_address(a->destination, b->destination);
	assert_int_equal(a->source_port, b->source_port);
	assert_int_equal(a->destination_port, b->destination_port);
	assert_true(a->sequence == b->sequence && a->acknowledgement == b->acknowledgement);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->window, b->window);
	assert_int_equal(a->mss, b->mss);
	assert_true(a->may_sack == b->may_sack && a->has_window_shift == b->has_window_shift && a->has_timestamps == b->has_timestamps);
	assert_int_equal(a->window_shift, b->window_shift);
	assert_true(a->timestamp == b->timestamp && a->timestamp_echo == b->timestamp_echo);
	assert_int_equal(a->hop_limit, b->hop_limit);
	assert_true(span_equals(a->payload, b->payload));
}

/* A layout under which our frame has the same link header. */
static struct link_layout link_of(const struct test_frame *frame)
{
	struct link_layout link = {.kind = LINK_ETHERNET};

	memcpy(link.next_hop, frame->bytes, LINK_ADDRESS_SIZE);
	memcpy(link.own, frame->bytes + LINK_ADDRESS_SIZE, LINK_ADDRESS_SIZE);
	return link;
}

/* Of IPv4 the identification, of IPv6 the flow label, are the kernel's own; all else must be alike. */
static void frames_are_those_of_the_kernel(void **state)
{
	static const char *const frames[] = {KERNEL_SYN_4, KERNEL_SYN_ACK_4, KERNEL_ACK_4,     KERNEL_DATA_4, KERNEL_FIN_4,
	                                     KERNEL_RST_4, KERNEL_SYN_6,     KERNEL_SYN_ACK_6, KERNEL_DATA_6, KERNEL_RST_6};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(frames); i++) {
		struct test_frame kernels = test_frame_from(frames[i]), ours;
		struct link_layout link = link_of(&kernels);
		struct packet packet = test_frame_parse(&kernels, &link, false);

		assert_int_equal(packet.kind, PACKET_TCP);
		ours.size = frame_write_segment(&link, &packet.tcp, ours.bytes);
		if (packet.tcp.source.family == IP_FAMILY_4)
			memset(kernels.bytes + IP + 4, 0, 2);
		else
			memset(kernels.bytes + IP + 1, 0, 3);
		test_frame_mend(&kernels, IP);
		assert_int_equal(ours.size, kernels.size);
		assert_memory_equal(ours.bytes, kernels.bytes, ours.size);
	}
}

static void neighbour_answers_are_those_of_the_kernel(void **state)
{
	static const char *const pairs[][2] = {{KERNEL_ARP_REQUEST, KERNEL_ARP_REPLY}, {KERNEL_NEIGHBOUR_REQUEST, KERNEL_NEIGHBOUR_ANSWER}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(pairs); i++) {
		struct test_frame request = test_frame_from(pairs[i][0]), answer = test_frame_from(pairs[i][1]), ours;
		struct link_layout link = link_of(&answer);
		struct packet packet = test_frame_parse(&request, &link, false);

		ours.size = frame_write_neighbour_answer(&link, &packet, ours.bytes);
		assert_int_equal(ours.size, answer.size);
		assert_memory_equal(ours.bytes, answer.bytes, ours.size);
	}
}

static void neighbour_questions_are_those_of_the_kernel(void **state)
{
	static const char *const frames[] = {KERNEL_ARP_REQUEST, KERNEL_NEIGHBOUR_REQUEST};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(frames); i++) {
		struct test_frame kernels = test_frame_from(frames[i]), ours;
		struct link_layout link = link_of(&kernels);
		struct packet packet = test_frame_parse(&kernels, &link, false);

		ours.size = frame_write_neighbour_question(&link, packet.neighbour.asker, packet.neighbour.asked, ours.bytes);
		assert_int_equal(ours.size, kernels.size);
		assert_memory_equal(ours.bytes, kernels.bytes, ours.size);
	}
}

/* RFC 4861 7.2.4: to all nodes, not "solicited". */
static void duplicate_address_detection_is_answered_to_all(void **state)
{
	struct test_frame request = test_frame_from(KERNEL_DUPLICATE_DETECTION), ours;
	struct link_layout link = {.kind = LINK_ETHERNET, .own = {2, 0, 0, 0, 0, 9}, .vlan = 0};
	struct packet packet = test_frame_parse(&request, &link, false);
	unsigned char all_nodes[16] = {0xff, 0x02, [15] = 1}, before[2];

	(void)state;
	ours.size = frame_write_neighbour_answer(&link, &packet, ours.bytes);
	assert_int_equal(ours.size, 86);
	assert_memory_equal(ours.bytes, "\x33\x33\0\0\0\1\2\0\0\0\0\x09", 12);
	assert_int_equal(ours.bytes[IP + 7], 255);
	assert_memory_equal(ours.bytes + IP + 8, packet.neighbour.asked.bytes, 16);
	assert_memory_equal(ours.bytes + IP + 24, all_nodes, 16);
	assert_memory_equal(ours.bytes + TCP_6 + 4, "\x20\0\0\0", 4);
	assert_memory_equal(ours.bytes + TCP_6 + 24, "\2\1\2\0\0\0\0\x09", 8);
	memcpy(before, ours.bytes + TCP_6 + 2, 2);
	test_frame_mend(&ours, IP);
	assert_memory_equal(ours.bytes + TCP_6 + 2, before, 2);
}

static void neighbour_frames_carry_the_tag_and_need_link_addresses(void **state)
{
	struct link_layout link = {.kind = LINK_ETHERNET, .own = {2, 0, 0, 0, 0, 9}, .vlan = 0x123};
	struct packet packet;
	struct test_frame frame;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		enum ip_family family = i == 0 ? IP_FAMILY_4 : IP_FAMILY_6;
		struct ip_address own = {family, {1, 2, 3, 4}}, asked = {family, {5, 6, 7, 8}};

		link.kind = LINK_ETHERNET;
		frame.size = frame_write_neighbour_question(&link, own, asked, frame.bytes);
		assert_int_equal(frame.size, i == 0 ? 46 : 90);
		packet = test_frame_parse(&frame, &link, false);
		assert_int_equal(packet.kind, i == 0 ? PACKET_ARP_REQUEST : PACKET_NEIGHBOUR_REQUEST);
		assert_same_address(packet.neighbour.asked, asked);
		assert_same_address(packet.neighbour.asker, own);
		assert_memory_equal(packet.neighbour.asker_link, link.own, LINK_ADDRESS_SIZE);
		frame.size = frame_write_neighbour_answer(&link, &packet, frame.bytes);
		assert_int_equal(frame.size, i == 0 ? 46 : 90);
		assert_memory_equal(frame.bytes + 12, "\x81\0\x01\x23", 4);
		assert_int_equal(test_frame_parse(&frame, &link, false).kind, PACKET_OTHER);
		link.kind = LINK_RAW_IP;
		assert_int_equal(frame_write_neighbour_question(&link, own, asked, frame.bytes), 0);
		assert_int_equal(frame_write_neighbour_answer(&link, &packet, frame.bytes), 0);
	}
}

static void what_is_written_is_read_as_the_same(void **state)
{
	unsigned char payload[PAYLOAD_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (unsigned char)random_number();
	for (unsigned run = 0; run < 20000; run++) {
		struct link_layout link = random_link();
		struct tcp_segment segment = random_segment(payload);
		struct test_frame frame, mended;
		struct packet packet;

		frame.size = frame_write_segment(&link, &segment, frame.bytes);
		assert_true(frame.size <= FRAME_HEADER_MAX + segment.payload.size);
		packet = test_frame_parse(&frame, &link, false);
		assert_int_equal(packet.kind, PACKET_TCP);
		assert_same_segment(&packet.tcp, &segment);
		mended = frame; /* by the plain way to sum up */
		test_frame_mend(&mended, link.kind == LINK_RAW_IP ? 0 : link.vlan != 0 ? 18 : 14);
		assert_memory_equal(frame.bytes, mended.bytes, frame.size);
	}
}

static void every_truncation_is_other(void **state)
{
	static const char *const frames[] = {KERNEL_SYN_4,         KERNEL_DATA_4,        KERNEL_SYN_6,       KERNEL_DATA_6,
	                                     KERNEL_UNREACHABLE_4, KERNEL_UNREACHABLE_6, KERNEL_ARP_REQUEST, KERNEL_NEIGHBOUR_REQUEST};
	static const struct link_layout link = {.kind = LINK_ETHERNET}, raw = {.kind = LINK_RAW_IP};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(frames); i++) {
		struct test_frame frame = test_frame_from(frames[i]);

		while (frame.size-- > 0) {
			struct test_frame without_link = frame;

			assert_int_equal(test_frame_parse(&frame, &link, false).kind, PACKET_OTHER);
			assert_int_equal(test_frame_parse(&frame, &link, true).kind, PACKET_OTHER);
			if (frame.size < IP)
				continue;
			without_link.size -= IP;
			memmove(without_link.bytes, frame.bytes + IP, without_link.size);
			assert_int_equal(test_frame_parse(&without_link, &raw, true).kind, PACKET_OTHER);
		}
	}
}

/* In an IPv6 header nothing covers traffic class, flow label and hop limit. */
static bool is_covered(const struct test_frame *frame, size_t bit)
{
	bool is_ipv6 = frame->bytes[IP] >> 4 == 6;
	size_t offset = bit / 8 - IP;

	if (!is_ipv6)
		return true;
	return offset == 0 ? bit % 8 >= 4 : offset > 3 && offset != 7;
}

static void every_flipped_bit_is_seen(void **state)
{
	static const char *const frames[] = {KERNEL_SYN_ACK_4, KERNEL_DATA_4,        KERNEL_SYN_ACK_6,
	                                     KERNEL_DATA_6,    KERNEL_UNREACHABLE_4, KERNEL_UNREACHABLE_6};
	static const struct link_layout link = {.kind = LINK_ETHERNET};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(frames); i++) {
		struct test_frame frame = test_frame_from(frames[i]);

		for (size_t bit = 8 * (size_t)IP; bit < 8 * frame.size; bit++) {
			enum packet_kind kind;

			frame.bytes[bit / 8] ^= (unsigned char)(1U << bit % 8);
			kind = test_frame_parse(&frame, &link, false).kind;
			frame.bytes[bit / 8] ^= (unsigned char)(1U << bit % 8);
			if (is_covered(&frame, bit))
				assert_int_equal(kind, PACKET_OTHER);
			else
				assert_int_equal(kind, test_frame_parse(&frame, &link, false).kind);
		}
	}
}

static void template_equals_the_segment_byte_for_byte(void **state)
{
	static const unsigned mtus[] = {1500, 1492, 1400, 1280, 9000};

	(void)state;
	for (unsigned run = 0; run < 100000; run++) {
		struct link_layout link = random_link();
		struct ip_address source = random_address(run % 2 == 0 ? IP_FAMILY_4 : IP_FAMILY_6);
		unsigned mtu = mtus[random_below(ARRAY_LENGTH(mtus))], headers = run % 2 == 0 ? 40 : 60;
		struct tcp_segment segment = {
			.source = source,
			.destination = random_address(source.family),
			.source_port = (uint16_t)random_number(),
			.destination_port = (uint16_t)random_number(),
			.sequence = (uint32_t)random_number(),
			.flags = TCP_SYN,
			.window = 64240,
			.window_shift = 7,
			.mss = (uint16_t)((mtu < 1500 ? mtu : 1500) - headers),
			.has_window_shift = true,
			.has_timestamps = true,
			.may_sack = true,
			.timestamp = random_below(8) == 0 ? 0 : (uint32_t)random_number(),
		};
		struct syn_template template;
		unsigned char expected[FRAME_HEADER_MAX], room[FRAME_HEADER_MAX];
		size_t size = frame_write_segment(&link, &segment, expected);

		syn_template_init(&template, &link, source, mtu);
		memset(room, 0xaa, sizeof(room));
		assert_int_equal(syn_template_write(&template, segment.destination, segment.source_port, segment.destination_port,
		                                    segment.sequence, segment.timestamp, room),
		                 size);
		assert_memory_equal(room, expected, size);
	}
}

/* Fields in which all bits are set, or none: where a sum that is folded wrongly shows. */
static void template_adds_up_at_the_edges(void **state)
{
	static const uint32_t edges[] = {0, 1, 0xffff, 0x10000, 0xfffe0001, 0xffff0000, 0xfffffffe, 0xffffffff};
	static const struct link_layout link = {.kind = LINK_RAW_IP};
	struct ip_address source = {IP_FAMILY_4, {0xff, 0xff, 0xff, 0xff}};
	struct syn_template template;

	(void)state;
	syn_template_init(&template, &link, source, 1500);
	for (size_t i = 0; i < ARRAY_LENGTH(edges) * ARRAY_LENGTH(edges) * ARRAY_LENGTH(edges); i++) {
		uint32_t address = edges[i % 8], sequence = edges[i / 8 % 8], timestamp = edges[i / 64];
		struct ip_address destination = {
			IP_FAMILY_4, {(uint8_t)(address >> 24), (uint8_t)(address >> 16), (uint8_t)(address >> 8), (uint8_t)address}};
		struct test_frame frame, mended;

		frame.size = syn_template_write(&template, destination, (uint16_t)sequence, (uint16_t)timestamp, sequence, timestamp,
		                                frame.bytes);
		assert_int_equal(frame.size, 60);
		assert_int_equal(test_frame_parse(&frame, &link, false).kind, PACKET_TCP);
		mended = frame;
		test_frame_mend(&mended, 0);
		assert_memory_equal(frame.bytes, mended.bytes, frame.size);
	}
}

/* A mistaken MTU must not give an MSS that wraps round. */
static void tiny_mtu_counts_as_576(void **state)
{
	static const struct link_layout link = {.kind = LINK_RAW_IP};
	struct ip_address addresses[2] = {{IP_FAMILY_4, {1}}, {IP_FAMILY_6, {1}}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct syn_template template;
		struct test_frame frame;

		syn_template_init(&template, &link, addresses[i], 0);
		frame.size = syn_template_write(&template, addresses[i], 1, 2, 3, 4, frame.bytes);
		assert_int_equal(test_frame_parse(&frame, &link, false).tcp.mss, i == 0 ? 536 : 516);
	}
}

static void wire_size_counts_what_ethernet_adds(void **state)
{
	(void)state;
	assert_int_equal(frame_wire_size(0), 84);
	assert_int_equal(frame_wire_size(54), 84);
	assert_int_equal(frame_wire_size(60), 84);
	assert_int_equal(frame_wire_size(61), 85);
	assert_int_equal(frame_wire_size(74), 98);
	assert_int_equal(frame_wire_size(1514), 1538);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_are_those_of_the_kernel),
		cmocka_unit_test(neighbour_answers_are_those_of_the_kernel),
		cmocka_unit_test(neighbour_questions_are_those_of_the_kernel),
		cmocka_unit_test(duplicate_address_detection_is_answered_to_all),
		cmocka_unit_test(neighbour_frames_carry_the_tag_and_need_link_addresses),
		cmocka_unit_test(what_is_written_is_read_as_the_same),
		cmocka_unit_test(every_truncation_is_other),
		cmocka_unit_test(every_flipped_bit_is_seen),
		cmocka_unit_test(template_equals_the_segment_byte_for_byte),
		cmocka_unit_test(template_adds_up_at_the_edges),
		cmocka_unit_test(tiny_mtu_counts_as_576),
		cmocka_unit_test(wire_size_counts_what_ethernet_adds),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
