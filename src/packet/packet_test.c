/* SPDX-License-Identifier: ISC */
/* Frames of a kernel, and what can be wrong with them, are read for what they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "packet/kernel_frames.h"
#include "packet/test_frame.h"

enum { IP = 14, TCP_4 = IP + 20, TCP_6 = IP + 40 };

static const struct link_layout UNTAGGED = {.kind = LINK_ETHERNET}, TAGGED = {.kind = LINK_ETHERNET, .vlan = 7},
				RAW = {.kind = LINK_RAW_IP};

static void assert_address(struct ip_address address, const char *expected)
{
	char text[IP_ADDRESS_TEXT_SIZE];

	ip_address_format(address, text);
	assert_string_equal(text, expected);
}

static struct packet parse(const struct test_frame *frame)
{
	return test_frame_parse(frame, &UNTAGGED, false);
}

static enum packet_kind kind_of(const char *hexadecimal)
{
	struct test_frame frame = test_frame_from(hexadecimal);

	return parse(&frame).kind;
}

/* What it is once its checksums are right. */
static enum packet_kind kind_when_mended(struct test_frame frame)
{
	test_frame_mend(&frame, IP);
	return parse(&frame).kind;
}

static void segments_of_the_kernel_are_read(void **state)
{
	struct test_frame frame = test_frame_from(KERNEL_SYN_ACK_4);
	struct packet packet = parse(&frame);

	(void)state;
	assert_int_equal(packet.kind, PACKET_TCP);
	assert_address(packet.tcp.source, "198.18.0.2");
	assert_address(packet.tcp.destination, "198.18.0.1");
	assert_int_equal(packet.tcp.source_port, 143);
	assert_int_equal(packet.tcp.destination_port, 36588);
	assert_true(packet.tcp.sequence == 810333565 && packet.tcp.acknowledgement == 763587704);
	assert_int_equal(packet.tcp.flags, TCP_SYN | TCP_ACK);
	assert_int_equal(packet.tcp.window, 65160);
	assert_int_equal(packet.tcp.mss, 1460);
	assert_true(packet.tcp.has_window_shift && packet.tcp.has_timestamps && packet.tcp.may_sack);
	assert_int_equal(packet.tcp.window_shift, 10);
	assert_true(packet.tcp.timestamp == UINT32_C(2392257289) && packet.tcp.timestamp_echo == UINT32_C(2760721570));
	assert_int_equal(packet.tcp.hop_limit, 64);
	assert_int_equal(packet.tcp.payload.size, 0);

	frame = test_frame_from(KERNEL_DATA_6);
	packet = parse(&frame);
	assert_int_equal(packet.kind, PACKET_TCP);
	assert_address(packet.tcp.source, "2001:db8::2");
	assert_address(packet.tcp.destination, "2001:db8::1");
	assert_int_equal(packet.tcp.flags, TCP_PSH | TCP_ACK);
	assert_int_equal(packet.tcp.mss, 0);
	assert_true(packet.tcp.has_timestamps && !packet.tcp.may_sack && !packet.tcp.has_window_shift);
	assert_true(span_equals_text(packet.tcp.payload, "* OK ready\r\n"));
}

static void other_frames_of_the_kernel_are_told_apart(void **state)
{
	static const struct {
		const char *frame;
		enum packet_kind kind;
	} cases[] = {
		{KERNEL_SYN_4, PACKET_TCP},
		{KERNEL_ACK_4, PACKET_TCP},
		{KERNEL_DATA_4, PACKET_TCP},
		{KERNEL_FIN_4, PACKET_TCP},
		{KERNEL_RST_4, PACKET_TCP},
		{KERNEL_SYN_6, PACKET_TCP},
		{KERNEL_SYN_ACK_6, PACKET_TCP},
		{KERNEL_RST_6, PACKET_TCP},
		{KERNEL_ARP_REQUEST, PACKET_ARP_REQUEST},
		{KERNEL_ARP_REPLY, PACKET_OTHER},
		{KERNEL_NEIGHBOUR_REQUEST, PACKET_NEIGHBOUR_REQUEST},
		{KERNEL_NEIGHBOUR_ANSWER, PACKET_OTHER},
		{KERNEL_DUPLICATE_DETECTION, PACKET_NEIGHBOUR_REQUEST},
		{KERNEL_UNREACHABLE_4, PACKET_ICMP_ERROR},
		{KERNEL_UNREACHABLE_6, PACKET_ICMP_ERROR},
		{KERNEL_TIME_EXCEEDED_4, PACKET_ICMP_ERROR},
		{KERNEL_TIME_EXCEEDED_6, PACKET_ICMP_ERROR},
		{"", PACKET_OTHER},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
		assert_int_equal(kind_of(cases[i].frame), cases[i].kind);
}

static void wrong_checksum_is_other_unless_proven(void **state)
{
	static const char *const frames[] = {KERNEL_DATA_4, KERNEL_DATA_6};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(frames); i++) {
		struct test_frame frame = test_frame_from(frames[i]);

		frame.bytes[frame.size - 1] ^= 1;
		assert_int_equal(parse(&frame).kind, PACKET_OTHER);
		assert_int_equal(test_frame_parse(&frame, &UNTAGGED, true).kind, PACKET_TCP);
	}
}

/* Nobody but the kernel checks these, so we do, whatever is said of TCP's. */
static void checksums_of_ip_header_and_icmp_are_never_proven(void **state)
{
	struct test_frame frame = test_frame_from(KERNEL_DATA_4);

	(void)state;
	frame.bytes[IP + 8] ^= 1;
	assert_int_equal(test_frame_parse(&frame, &UNTAGGED, true).kind, PACKET_OTHER);
	frame = test_frame_from(KERNEL_UNREACHABLE_4);
	frame.bytes[frame.size - 1] ^= 1;
	assert_int_equal(test_frame_parse(&frame, &UNTAGGED, true).kind, PACKET_OTHER);
	frame = test_frame_from(KERNEL_UNREACHABLE_6);
	frame.bytes[frame.size - 1] ^= 1;
	assert_int_equal(test_frame_parse(&frame, &UNTAGGED, true).kind, PACKET_OTHER);
}

static void padding_of_the_link_is_cut_off(void **state)
{
	struct test_frame frame = test_frame_from(KERNEL_DATA_4);
	struct packet packet;

	(void)state;
	test_frame_insert(&frame, frame.size, "padding of the link", 19);
	packet = parse(&frame);
	assert_int_equal(packet.kind, PACKET_TCP);
	assert_int_equal(packet.tcp.payload.size, 12);
	frame = test_frame_from(KERNEL_RST_6);
	test_frame_insert(&frame, frame.size, "\0\0\0", 3);
	packet = parse(&frame);
	assert_int_equal(packet.kind, PACKET_TCP);
	assert_int_equal(packet.tcp.payload.size, 0);
}

static void ipv4_options_are_skipped(void **state)
{
	struct test_frame frame = test_frame_from(KERNEL_DATA_4);
	struct packet packet;

	(void)state;
	test_frame_insert(&frame, TCP_4, "\x94\x04\0\0\1\1\1\0", 8); /* router alert */
	frame.bytes[IP] = 0x47;
	frame.bytes[IP + 3] = (unsigned char)(frame.bytes[IP + 3] + 8);
	test_frame_mend(&frame, IP);
	packet = parse(&frame);
	assert_int_equal(packet.kind, PACKET_TCP);
	assert_int_equal(packet.tcp.source_port, 143);
	assert_true(span_equals_text(packet.tcp.payload, "* OK ready\r\n"));
}

static void fragments_and_nonsense_of_ipv4_are_other(void **state)
{
	static const struct {
		size_t offset;
		unsigned char value;
		bool is_tcp;
	} cases[] = {
		{IP + 6, 0x00, true},                                 /* may be taken apart, but was not */
		{IP + 6, 0x20, false},                                /* more fragments */
		{IP + 6, 0x01, false},                                /* at an offset */
		{IP + 7, 0x01, false},     {IP, 0x35, false},         /* version 3 */
		{IP, 0x44, false},                                    /* header of 16 bytes */
		{IP, 0x4f, false},                                    /* of 60: TCP begins elsewhere */
		{IP + 2, 0x10, false},                                /* total size beyond the frame */
		{IP + 3, 19, false},       {IP + 3, 39, false},       /* not all of a TCP header */
		{IP + 9, 17, false},                                  /* UDP */
		{TCP_4 + 12, 0x40, false}, {TCP_4 + 12, 0xf0, false}, /* header of 60 bytes in 44 */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct test_frame frame = test_frame_from(KERNEL_DATA_4);

		frame.bytes[cases[i].offset] = cases[i].value;
		assert_int_equal(kind_when_mended(frame), cases[i].is_tcp ? PACKET_TCP : PACKET_OTHER);
	}
}

/* The kernel's segment with a chain of headers in front of it; first: what the IPv6 header says comes next. */
static struct test_frame with_extensions(unsigned char first, const void *headers, size_t size)
{
	struct test_frame frame = test_frame_from(KERNEL_DATA_6);

	test_frame_insert(&frame, TCP_6, headers, size);
	frame.bytes[IP + 6] = first;
	frame.bytes[IP + 5] = (unsigned char)(frame.bytes[IP + 5] + size);
	test_frame_mend(&frame, IP);
	return frame;
}

static void extension_headers_are_skipped(void **state)
{
	struct test_frame frame = with_extensions(0,
	                                          "\x3c\0\5\2\0\0\1\0"
	                                          "\x2b\1\1\x0c\0\0\0\0\0\0\0\0\0\0\0\0"
	                                          "\6\0\4\0\0\0\0\0",
	                                          32);
	struct packet packet = parse(&frame);

	(void)state;
	assert_int_equal(packet.kind, PACKET_TCP);
	assert_true(span_equals_text(packet.tcp.payload, "* OK ready\r\n"));
}

static void other_extension_headers_are_other(void **state)
{
	static const struct {
		unsigned char first;
		const char *headers;
		size_t size;
	} cases[] = {
		{44, "\6\0\0\0\0\0\0\1", 8}, /* an only fragment */
		{43, "\6\0\4\1\0\0\0\0", 8}, /* a way to go */
		{60,
	         "\0\0\1\4\0\0\0\0"
	         "\6\0\1\4\0\0\0\0",
	         16}, /* hop-by-hop behind another */
		{0,
	         "\0\0\1\4\0\0\0\0"
	         "\6\0\1\4\0\0\0\0",
	         16},
		{60, "\6\x20\1\4\0\0\0\0", 8}, /* longer than the datagram */
		{51, "\6\0\1\4\0\0\0\0", 8},
		{50, "\6\0\1\4\0\0\0\0", 8},
		{59, "\6\0\1\4\0\0\0\0", 8},
		{6, "\6\0\1\4\0\0\0\0", 8}, /* said to be TCP */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct test_frame frame = with_extensions(cases[i].first, cases[i].headers, cases[i].size);

		assert_int_equal(parse(&frame).kind, PACKET_OTHER);
	}
}

static void walk_over_extension_headers_is_bounded(void **state)
{
	unsigned char headers[9 * 8] = {0};
	struct test_frame frame;

	(void)state;
	for (size_t i = 0; i < 9; i++)
		headers[8 * i] = i < 8 ? 60 : 6;
	frame = with_extensions(60, headers, sizeof(headers));
	assert_int_equal(parse(&frame).kind, PACKET_OTHER);
	frame = with_extensions(60, headers + 8, sizeof(headers) - 8);
	assert_int_equal(parse(&frame).kind, PACKET_TCP);
}

static void ipv6_nonsense_is_other(void **state)
{
	struct test_frame frame = test_frame_from(KERNEL_DATA_6);

	(void)state;
	frame.bytes[IP + 4] = 1; /* beyond the frame */
	assert_int_equal(kind_when_mended(frame), PACKET_OTHER);
	frame = test_frame_from(KERNEL_DATA_6);
	frame.bytes[IP + 5] = 0; /* as a jumbogram says */
	assert_int_equal(kind_when_mended(frame), PACKET_OTHER);
	for (unsigned char size = 0; size < 8; size++) { /* not even the head of an extension header */
		frame = test_frame_from(KERNEL_DATA_6);
		frame.size = TCP_6 + size;
		frame.bytes[IP + 5] = size;
		frame.bytes[IP + 6] = 60;
		assert_int_equal(parse(&frame).kind, PACKET_OTHER);
	}
	frame = test_frame_from(KERNEL_DATA_6);
	frame.bytes[IP] = 0x40;
	assert_int_equal(parse(&frame).kind, PACKET_OTHER);
	frame = test_frame_from(KERNEL_DATA_6);
	frame.bytes[12] = 0x08;
	frame.bytes[13] = 0x00; /* IPv4, says the link */
	assert_int_equal(parse(&frame).kind, PACKET_OTHER);
}

/* The kernel's SYN-ACK with other options. */
static struct tcp_segment with_options(const char *options, size_t size, unsigned char flags)
{
	struct test_frame frame = test_frame_from(KERNEL_RST_4);
	struct packet packet;

	test_frame_insert(&frame, frame.size, options, size);
	frame.bytes[TCP_4 + 12] = (unsigned char)((20 + size) / 4 << 4);
	frame.bytes[TCP_4 + 13] = flags;
	frame.bytes[IP + 3] = (unsigned char)(frame.bytes[IP + 3] + size);
	test_frame_mend(&frame, IP);
	packet = parse(&frame);
	assert_int_equal(packet.kind, PACKET_TCP);
	assert_int_equal(packet.tcp.payload.size, 0);
	return packet.tcp;
}

/* Linux' tcp_parse_options: stops at the first length that cannot be, and keeps what it had. */
static void malformed_option_list_counts_up_to_its_fault(void **state)
{
	static const struct {
		const char *options;
		size_t size;
	} cases[] = {
		{"\2\4\5\xb4\5\0\4\2", 8},   /* size 0 */
		{"\2\4\5\xb4\5\1\4\2", 8},   /* size 1 */
		{"\2\4\5\xb4\x1e\5\4\2", 8}, /* beyond the end */
		{"\2\4\5\xb4\1\1\1\4", 8},   /* size missing */
		{"\2\4\5\xb4\0\0\4\2", 8},   /* end, then more */
		{"\2\4\5\xb4\4\4\0\0", 8},   /* SACK permitted of a wrong size */
		{"\2\4\5\xb4\2\4\0\0", 8},   /* MSS 0 */
		{"\2\3\5\1\2\4\5\xb4", 8},   /* MSS of a wrong size, then right */
		{"\x1e\4\5\1\2\4\5\xb4", 8}, /* unknown */
		{"\x08\4\5\1\2\4\5\xb4", 8}, /* timestamps of a wrong size */
		{"\3\4\5\1\2\4\5\xb4", 8},   /* scale of a wrong size */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct tcp_segment segment = with_options(cases[i].options, cases[i].size, TCP_SYN | TCP_ACK);

		assert_int_equal(segment.mss, i == 6 ? 0 : 1460);
		assert_true(!segment.may_sack && !segment.has_timestamps && !segment.has_window_shift);
	}
}

static void options_are_read_wherever_they_stand(void **state)
{
	struct tcp_segment segment = with_options("\1\x08\x0a\1\2\3\4\5\6\7\x08\3\3\x0f\4\2\2\4\2\x18", 20, TCP_SYN | TCP_ACK);

	(void)state;
	assert_true(segment.has_timestamps && segment.timestamp == 0x01020304 && segment.timestamp_echo == 0x05060708);
	assert_true(segment.has_window_shift && segment.may_sack);
	assert_int_equal(segment.window_shift, 14); /* RFC 7323 2.3: 15 reads as 14 */
	assert_int_equal(segment.mss, 0x0218);
	segment = with_options("\x08\x0a\1\2\3\4\5\6\7\x08\3\3\x0f\4\2\2\4\2\x18\1", 20, TCP_ACK);
	assert_true(segment.has_timestamps && segment.timestamp == 0x01020304);
	assert_true(!segment.has_window_shift && !segment.may_sack && segment.mss == 0); /* those belong to SYNs */
}

static void unknown_flags_are_dropped(void **state)
{
	(void)state;
	assert_int_equal(with_options("", 0, 0xff).flags, TCP_FIN | TCP_SYN | TCP_RST | TCP_PSH | TCP_ACK);
	assert_int_equal(with_options("", 0, 0xe0).flags, 0);
}

static void icmp_errors_of_the_kernel_are_read(void **state)
{
	struct test_frame frame = test_frame_from(KERNEL_UNREACHABLE_4);
	struct packet packet = parse(&frame);

	(void)state;
	assert_int_equal(packet.kind, PACKET_ICMP_ERROR);
	assert_address(packet.icmp.from, "198.18.0.2");
	assert_address(packet.icmp.source, "198.18.0.1");
	assert_address(packet.icmp.destination, "198.19.1.7");
	assert_true(packet.icmp.type == 3 && packet.icmp.code == 1 && packet.icmp.mtu == 0);
	assert_true(packet.icmp.source_port == 57974 && packet.icmp.destination_port == 143);
	assert_true(packet.icmp.sequence == UINT32_C(1654159137));

	frame = test_frame_from(KERNEL_UNREACHABLE_6);
	packet = parse(&frame);
	assert_int_equal(packet.kind, PACKET_ICMP_ERROR);
	assert_address(packet.icmp.from, "2001:db8::2");
	assert_address(packet.icmp.source, "2001:db8::1");
	assert_address(packet.icmp.destination, "2001:db8:1::7");
	assert_true(packet.icmp.type == 1 && packet.icmp.code == 0 && packet.icmp.mtu == 0);
	assert_true(packet.icmp.source_port == 42580 && packet.icmp.destination_port == 143);
	assert_true(packet.icmp.sequence == UINT32_C(3221422208));
}

static void each_type_and_code_of_icmp_is_an_error_or_not(void **state)
{
	(void)state;
	for (unsigned type = 0; type < 256; type++) {
		struct test_frame ipv4 = test_frame_from(KERNEL_UNREACHABLE_4), ipv6 = test_frame_from(KERNEL_UNREACHABLE_6);

		for (unsigned code = 0; code < 256; code += type == 3 ? 1 : 17) {
			ipv4.bytes[TCP_4] = ipv6.bytes[TCP_6] = (unsigned char)type;
			ipv4.bytes[TCP_4 + 1] = ipv6.bytes[TCP_6 + 1] = (unsigned char)code;
			assert_int_equal(kind_when_mended(ipv4), type == 3 || type == 11 || type == 12 ? PACKET_ICMP_ERROR : PACKET_OTHER);
			assert_int_equal(kind_when_mended(ipv6), type >= 1 && type <= 4 ? PACKET_ICMP_ERROR : PACKET_OTHER);
		}
	}
}

static void mtu_is_read_where_there_is_one(void **state)
{
	struct test_frame frame = test_frame_from(KERNEL_UNREACHABLE_4);

	(void)state;
	memcpy(frame.bytes + TCP_4, "\3\4\0\0\0\0\5\0", 8); /* fragmentation needed: 1280 */
	test_frame_mend(&frame, IP);
	assert_int_equal(parse(&frame).icmp.mtu, 1280);
	frame.bytes[TCP_4 + 1] = 3;
	test_frame_mend(&frame, IP);
	assert_int_equal(parse(&frame).icmp.mtu, 0);
	frame = test_frame_from(KERNEL_UNREACHABLE_6);
	memcpy(frame.bytes + TCP_6, "\2\0\0\0\0\1\5\0", 8); /* packet too big: 65536 + 1280 */
	test_frame_mend(&frame, IP);
	assert_int_equal(parse(&frame).icmp.mtu, 66816);
}

/* Cuts the frame after so many bytes of the quoted TCP header. */
static enum packet_kind kind_when_quoted(struct test_frame frame, size_t quoted_size)
{
	if (frame.bytes[IP] == 0x45) {
		frame.size = TCP_4 + 8 + 20 + quoted_size;
		frame.bytes[IP + 3] = (unsigned char)(frame.size - IP);
	} else {
		frame.size = TCP_6 + 8 + 40 + quoted_size;
		frame.bytes[IP + 5] = (unsigned char)(frame.size - TCP_6);
	}
	return kind_when_mended(frame);
}

static void eight_quoted_bytes_are_enough(void **state)
{
	struct test_frame ipv4 = test_frame_from(KERNEL_UNREACHABLE_4), ipv6 = test_frame_from(KERNEL_UNREACHABLE_6);

	(void)state;
	for (size_t size = 0; size < 20; size++) {
		assert_int_equal(kind_when_quoted(ipv4, size), size >= 8 ? PACKET_ICMP_ERROR : PACKET_OTHER);
		assert_int_equal(kind_when_quoted(ipv6, size), size >= 8 ? PACKET_ICMP_ERROR : PACKET_OTHER);
	}
}

/* Cut anywhere, with lengths and checksums that say it was meant so. */
static void short_icmp_messages_are_other(void **state)
{
	(void)state;
	for (size_t size = 0; size < 8 + 40 + 8; size++) {
		struct test_frame ipv4 = test_frame_from(KERNEL_UNREACHABLE_4), ipv6 = test_frame_from(KERNEL_UNREACHABLE_6);

		ipv6.size = TCP_6 + size;
		ipv6.bytes[IP + 5] = (unsigned char)size;
		assert_int_equal(kind_when_mended(ipv6), PACKET_OTHER);
		ipv6 = test_frame_from(KERNEL_NEIGHBOUR_REQUEST);
		if (size < 32 && size != 24) {
			ipv6.size = TCP_6 + size;
			ipv6.bytes[IP + 5] = (unsigned char)size;
			assert_int_equal(kind_when_mended(ipv6), PACKET_OTHER);
		}
		ipv4.size = TCP_4 + size;
		ipv4.bytes[IP + 3] = (unsigned char)(ipv4.size - IP);
		if (size < 8 + 20 + 8)
			assert_int_equal(kind_when_mended(ipv4), PACKET_OTHER);
		ipv4.bytes[TCP_4 + 8] = 0x4f; /* of 60 bytes, says what is quoted */
		assert_int_equal(kind_when_mended(ipv4), PACKET_OTHER);
	}
}

static void errors_about_other_things_are_other(void **state)
{
	static const struct {
		size_t offset;
		unsigned char value;
		bool is_error;
	} cases[] = {
		{9, 17, false},   /* UDP */
		{7, 1, false},    /* a later fragment */
		{0, 0x65, false}, /* the other family */
		{0, 0x44, false}, /* header of 16 bytes */
		{0, 0x4f, false}, /* of 60: its ports are not all there */
		{2, 0xff, true},  /* what routers did to lengths and checksums */
		{10, 0xff, true}, {8, 0, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct test_frame frame = test_frame_from(KERNEL_UNREACHABLE_4);

		frame.bytes[TCP_4 + 8 + cases[i].offset] = cases[i].value;
		assert_int_equal(kind_when_mended(frame), cases[i].is_error ? PACKET_ICMP_ERROR : PACKET_OTHER);
	}
}

static void arp_request_is_read(void **state)
{
	struct test_frame frame = test_frame_from(KERNEL_ARP_REQUEST);
	struct packet packet = parse(&frame);

	(void)state;
	assert_int_equal(packet.kind, PACKET_ARP_REQUEST);
	assert_address(packet.neighbour.asked, "198.18.0.2");
	assert_address(packet.neighbour.asker, "198.18.0.1");
	assert_memory_equal(packet.neighbour.asker_link, frame.bytes + 6, LINK_ADDRESS_SIZE);
	memset(frame.bytes + IP + 14, 0, 4); /* RFC 5227 2.1.1: a probe */
	packet = parse(&frame);
	assert_int_equal(packet.kind, PACKET_ARP_REQUEST);
	assert_address(packet.neighbour.asker, "0.0.0.0");
	for (size_t i = 0; i < 9; i++) { /* other hardware, protocol, sizes, operation; a group that asks */
		frame = test_frame_from(KERNEL_ARP_REQUEST);
		frame.bytes[IP + i] ^= 0x81;
		assert_int_equal(parse(&frame).kind, PACKET_OTHER);
	}
}

static void neighbour_request_is_read(void **state)
{
	struct test_frame frame = test_frame_from(KERNEL_NEIGHBOUR_REQUEST);
	struct packet packet = parse(&frame);

	(void)state;
	assert_int_equal(packet.kind, PACKET_NEIGHBOUR_REQUEST);
	assert_address(packet.neighbour.asked, "2001:db8::2");
	assert_address(packet.neighbour.asker, "2001:db8::1");
	memcpy(frame.bytes + TCP_6 + 26, "\2\3\4\5\6\7", 6); /* the option is believed, not the link header */
	test_frame_mend(&frame, IP);
	packet = parse(&frame);
	assert_memory_equal(packet.neighbour.asker_link, "\2\3\4\5\6\7", LINK_ADDRESS_SIZE);
	frame.size -= 8; /* without the option the link header has to do */
	frame.bytes[IP + 5] = 24;
	test_frame_mend(&frame, IP);
	packet = parse(&frame);
	assert_int_equal(packet.kind, PACKET_NEIGHBOUR_REQUEST);
	assert_memory_equal(packet.neighbour.asker_link, frame.bytes + 6, LINK_ADDRESS_SIZE);

	frame = test_frame_from(KERNEL_DUPLICATE_DETECTION);
	packet = parse(&frame);
	assert_address(packet.neighbour.asked, "2001:db8::2");
	assert_address(packet.neighbour.asker, "::");
}

/* RFC 4861 7.1.1. */
static void invalid_neighbour_requests_are_other(void **state)
{
	static const struct {
		const char *frame;
		size_t offset;
		unsigned char value;
	} cases[] = {
		{KERNEL_NEIGHBOUR_REQUEST, IP + 7, 254},      /* came over a router */
		{KERNEL_NEIGHBOUR_REQUEST, TCP_6 + 1, 1},     /* code */
		{KERNEL_NEIGHBOUR_REQUEST, TCP_6 + 8, 0xff},  /* asks for a group */
		{KERNEL_NEIGHBOUR_REQUEST, IP + 8, 0xff},     /* a group asks */
		{KERNEL_NEIGHBOUR_REQUEST, TCP_6 + 25, 0},    /* option of no size */
		{KERNEL_NEIGHBOUR_REQUEST, TCP_6 + 25, 2},    /* beyond the end */
		{KERNEL_NEIGHBOUR_REQUEST, TCP_6 + 26, 0x01}, /* a group's link address */
		{KERNEL_NEIGHBOUR_REQUEST, IP + 5, 31},       /* cut */
		{KERNEL_NEIGHBOUR_REQUEST, IP + 5, 23},
		{KERNEL_DUPLICATE_DETECTION, TCP_6 + 24, 1}, /* has a link address and no address */
		{KERNEL_DUPLICATE_DETECTION, IP + 24, 0xfe}, /* not sent to the group */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct test_frame frame = test_frame_from(cases[i].frame);

		frame.bytes[cases[i].offset] = cases[i].value;
		assert_int_equal(kind_when_mended(frame), PACKET_OTHER);
	}
}

static void tag_must_be_ours(void **state)
{
	static const char *const frames[] = {KERNEL_DATA_4, KERNEL_DATA_6, KERNEL_ARP_REQUEST, KERNEL_NEIGHBOUR_REQUEST,
	                                     KERNEL_UNREACHABLE_4};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(frames); i++) {
		struct test_frame frame = test_frame_from(frames[i]);
		enum packet_kind kind = parse(&frame).kind;

		assert_int_equal(test_frame_parse(&frame, &TAGGED, false).kind, PACKET_OTHER);
		test_frame_insert(&frame, 12, "\x81\0\xe0\x07", 4); /* with a priority, which means nothing to us */
		assert_int_equal(test_frame_parse(&frame, &TAGGED, false).kind, kind);
		assert_int_equal(parse(&frame).kind, PACKET_OTHER);
		frame.bytes[15] = 8;
		assert_int_equal(test_frame_parse(&frame, &TAGGED, false).kind, PACKET_OTHER);
		memcpy(frame.bytes + 12, "\x88\xa8\0\x07", 4); /* a provider's tag */
		assert_int_equal(test_frame_parse(&frame, &TAGGED, false).kind, PACKET_OTHER);
		memcpy(frame.bytes + 12, "\x81\0\0\0", 4); /* a priority alone */
		assert_int_equal(parse(&frame).kind, PACKET_OTHER);
	}
}

static void raw_ip_begins_with_the_header(void **state)
{
	static const struct {
		const char *frame;
		enum packet_kind kind;
	} cases[] = {
		{KERNEL_DATA_4, PACKET_TCP},
		{KERNEL_DATA_6, PACKET_TCP},
		{KERNEL_UNREACHABLE_4, PACKET_ICMP_ERROR},
		{KERNEL_UNREACHABLE_6, PACKET_ICMP_ERROR},
		{KERNEL_NEIGHBOUR_REQUEST, PACKET_OTHER}, /* there are no link addresses to ask for */
		{KERNEL_ARP_REQUEST, PACKET_OTHER},
	};
	struct test_frame frame = {.size = 0};

	(void)state;
	assert_int_equal(test_frame_parse(&frame, &RAW, false).kind, PACKET_OTHER);
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		frame = test_frame_from(cases[i].frame);
		frame.size -= IP;
		memmove(frame.bytes, frame.bytes + IP, frame.size);
		assert_int_equal(test_frame_parse(&frame, &RAW, false).kind, cases[i].kind);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_of_the_kernel_are_read),
		cmocka_unit_test(other_frames_of_the_kernel_are_told_apart),
		cmocka_unit_test(wrong_checksum_is_other_unless_proven),
		cmocka_unit_test(checksums_of_ip_header_and_icmp_are_never_proven),
		cmocka_unit_test(padding_of_the_link_is_cut_off),
		cmocka_unit_test(ipv4_options_are_skipped),
		cmocka_unit_test(fragments_and_nonsense_of_ipv4_are_other),
		cmocka_unit_test(extension_headers_are_skipped),
		cmocka_unit_test(other_extension_headers_are_other),
		cmocka_unit_test(walk_over_extension_headers_is_bounded),
		cmocka_unit_test(ipv6_nonsense_is_other),
		cmocka_unit_test(malformed_option_list_counts_up_to_its_fault),
		cmocka_unit_test(options_are_read_wherever_they_stand),
		cmocka_unit_test(unknown_flags_are_dropped),
		cmocka_unit_test(icmp_errors_of_the_kernel_are_read),
		cmocka_unit_test(each_type_and_code_of_icmp_is_an_error_or_not),
		cmocka_unit_test(mtu_is_read_where_there_is_one),
		cmocka_unit_test(eight_quoted_bytes_are_enough),
		cmocka_unit_test(short_icmp_messages_are_other),
		cmocka_unit_test(errors_about_other_things_are_other),
		cmocka_unit_test(arp_request_is_read),
		cmocka_unit_test(neighbour_request_is_read),
		cmocka_unit_test(invalid_neighbour_requests_are_other),
		cmocka_unit_test(tag_must_be_ours),
		cmocka_unit_test(raw_ip_begins_with_the_header),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
