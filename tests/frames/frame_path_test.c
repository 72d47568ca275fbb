/* SPDX-License-Identifier: ISC */
/* Every way of sending and receiving frames keeps the promise of frame_path.h, on a veth pair without uplink; root only.

   usage: frame_path_test packet|xdp */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/capability.h>

#include "net/clock.h"
#include "net/frame_path.h"
#include "net/privilege.h"
#include "net/route.h"
#include "packet/frame.h"
#include "two_sides.h"

enum {
	FIRST_PORT = 40000,
	LAST_PORT = 40999,
	SOON_MS = 3000, /* what must come comes by then */
	NEVER_MS = 150, /* what must not come would have come by then */
	SENT_COUNT = 300,
	FLOOD = 1000,
	LARGE = 8000,
	VLAN = 7,
};

static struct two_sides sides;
static enum frame_path_kind kind;
static struct ip_address own[2], unowned[2], far[2];

static struct frame_path_setup setup_from(const struct ip_address *addresses, size_t count)
{
	return (struct frame_path_setup){.interface = "near0",
	                                 .link = LINK_ETHERNET,
	                                 .first_port = FIRST_PORT,
	                                 .last_port = LAST_PORT,
	                                 .addresses = addresses,
	                                 .address_count = count,
	                                 .frames = 1024,
	                                 .receives_icmp = true};
}

static struct frame_path *open_path(const struct frame_path_setup *setup)
{
	struct error error = {""};
	struct frame_path *path = frame_path_open(kind, setup, &error);

	if (path == NULL)
		fail_msg("%s", error.text);
	two_sides_drain(&sides);
	return path;
}

/* The next packet that the path gives within that time, parsed as whoever uses paths does. */
static enum packet_kind next_packet(struct frame_path *path, uint16_t vlan, unsigned timeout_ms, struct packet *packet_out)
{
	const struct link_layout layout = two_sides_near_layout(&sides, vlan);
	struct instant until = instant_after_ms(clock_now(), timeout_ms);
	struct span frame;

	memset(packet_out, 0, sizeof(*packet_out));
	while (frame_path_receive(path, &frame, 1) == 0) {
		if (!instant_is_before(clock_now(), until))
			return PACKET_OTHER;
		frame_path_wait(path, until);
	}
	packet_parse(frame, &layout, frame_path_proves_checksums(path), packet_out);
	frame_path_release(path);
	return packet_out->kind;
}

static struct tcp_segment segment_to(struct ip_address destination, uint16_t port, uint32_t sequence)
{
	return (struct tcp_segment){.source = far[destination.family == IP_FAMILY_6],
	                            .destination = destination,
	                            .source_port = 143,
	                            .destination_port = port,
	                            .sequence = sequence,
	                            .flags = TCP_ACK,
	                            .window = 1000,
	                            .payload = span_from_text("* OK ready\r\n")};
}

static void inject_segment(struct ip_address destination, uint16_t port, uint16_t vlan, uint32_t sequence)
{
	const struct link_layout layout = two_sides_far_layout(&sides, vlan);
	const struct tcp_segment segment = segment_to(destination, port, sequence);
	unsigned char frame[FRAME_SIZE_MAX];

	two_sides_inject(&sides, frame, frame_write_segment(&layout, &segment, frame));
}

/* An experimental protocol (IEEE 802 local experimental), numbered, of different sizes. */
static size_t numbered_frame(unsigned number, unsigned char *frame)
{
	size_t size = 60 + (number * 37) % (FRAME_SIZE_MAX - 4 - 60 + 1);

	for (size_t i = 14; i < size; i++)
		frame[i] = (unsigned char)(number + i);
	memcpy(frame, sides.far_link, LINK_ADDRESS_SIZE);
	memcpy(frame + LINK_ADDRESS_SIZE, sides.near_link, LINK_ADDRESS_SIZE);
	frame[12] = 0x88;
	frame[13] = 0xb5;
	memcpy(frame + 14, &number, sizeof(number));
	return size;
}

static void send_numbered(struct frame_path *path, unsigned number)
{
	unsigned char *room = frame_path_reserve(path);

	for (unsigned i = 0; room == NULL && i < 1000; i++) {
		frame_path_flush(path);
		(void)poll(NULL, 0, 1);
		room = frame_path_reserve(path);
	}
	assert_non_null(room);
	frame_path_commit(path, numbered_frame(number, room));
}

static void expect_numbered(unsigned number)
{
	static unsigned char seen[CAPTURED_MAX];
	unsigned char expected[FRAME_SIZE_MAX];
	size_t size;

	do {
		size = two_sides_capture(&sides, seen, SOON_MS);
	} while (size > 14 && (seen[12] != 0x88 || seen[13] != 0xb5)); /* the kernel has something to say on its own */
	assert_int_equal(size, numbered_frame(number, expected));
	assert_memory_equal(seen, expected, size);
}

/* ---- sending ---- */

static void frames_arrive_byte_for_byte(void **state)
{
	const struct frame_path_setup setup = setup_from(own, 2);
	struct frame_path *path = open_path(&setup);
	struct frame_path_statistics statistics;

	(void)state;
	for (unsigned i = 0; i < SENT_COUNT; i++) {
		send_numbered(path, i);
		if (i % 50 == 49)
			frame_path_flush(path);
	}
	frame_path_flush(path);
	for (unsigned i = 0; i < SENT_COUNT; i++)
		expect_numbered(i);
	frame_path_get_statistics(path, &statistics);
	assert_int_equal(statistics.sent, SENT_COUNT);
	assert_int_equal(statistics.send_refused, 0);
	frame_path_free(path);
}

/* Nothing leaves before the flush; many times more frames than the ring holds leave in the end. */
static void ring_goes_round(void **state)
{
	struct frame_path_setup setup = setup_from(own, 2);
	struct frame_path *path;
	unsigned char frame[FRAME_SIZE_MAX];

	(void)state;
	setup.frames = 64;
	path = open_path(&setup);
	memset(frame, 0, sizeof(frame));
	for (unsigned i = 0; i < FLOOD; i++) {
		send_numbered(path, i);
		frame_path_flush(path);
		expect_numbered(i);
	}
	for (unsigned i = 0; i < 64; i++)
		frame_path_commit(path, numbered_frame(i, frame_path_reserve(path)));
	assert_null(frame_path_reserve(path));
	frame_path_flush(path);
	for (unsigned i = 0; i < 64; i++)
		expect_numbered(i);
	frame_path_free(path);
}

/* ---- receiving ---- */

static void only_our_ports_come(void **state)
{
	const struct frame_path_setup setup = setup_from(own, 2);
	struct frame_path *path = open_path(&setup);
	struct packet packet;

	(void)state;
	for (size_t family = 0; family < 2; family++) {
		inject_segment(own[family], FIRST_PORT - 1, 0, 1);
		inject_segment(own[family], FIRST_PORT, 0, 2);
		inject_segment(own[family], LAST_PORT + 1, 0, 3);
		inject_segment(own[family], LAST_PORT, VLAN, 4);
		inject_segment(own[family], LAST_PORT, 0, 5);
		assert_int_equal(next_packet(path, 0, SOON_MS, &packet), PACKET_TCP);
		assert_int_equal(packet.tcp.sequence, 2);
		assert_true(span_equals_text(packet.tcp.payload, "* OK ready\r\n"));
		assert_int_equal(next_packet(path, 0, SOON_MS, &packet), PACKET_TCP);
		assert_int_equal(packet.tcp.sequence, 5);
	}
	assert_int_equal(next_packet(path, 0, NEVER_MS, &packet), PACKET_OTHER);
	frame_path_free(path);
}

static void tagged_frames_come_with_their_tag(void **state)
{
	struct frame_path_setup setup = setup_from(own, 2);
	struct frame_path *path;
	struct packet packet;

	(void)state;
	setup.vlan = VLAN;
	path = open_path(&setup);
	inject_segment(own[0], FIRST_PORT, 0, 1);
	inject_segment(own[0], FIRST_PORT, VLAN + 1, 2);
	inject_segment(own[0], FIRST_PORT, VLAN, 3);
	inject_segment(own[1], FIRST_PORT, VLAN, 4);
	assert_int_equal(next_packet(path, VLAN, SOON_MS, &packet), PACKET_TCP);
	assert_int_equal(packet.tcp.sequence, 3);
	assert_int_equal(next_packet(path, VLAN, SOON_MS, &packet), PACKET_TCP);
	assert_int_equal(packet.tcp.sequence, 4);
	assert_int_equal(next_packet(path, VLAN, NEVER_MS, &packet), PACKET_OTHER);
	frame_path_free(path);
}

/* A frame whose checksum is wrong is nobody's; one that never left the machine has none yet (kernel_stays_out shows that). */
static void spoilt_frames_are_nothing(void **state)
{
	const struct frame_path_setup setup = setup_from(own, 2);
	const struct link_layout layout = two_sides_far_layout(&sides, 0);
	const struct tcp_segment segment = segment_to(own[0], FIRST_PORT, 1);
	struct frame_path *path = open_path(&setup);
	unsigned char frame[FRAME_SIZE_MAX];
	size_t size = frame_write_segment(&layout, &segment, frame);
	struct packet packet;

	(void)state;
	if (kind == FRAME_PATH_XDP) { /* nobody says anything about checksums there, and the link is a virtual one */
		frame_path_free(path);
		return;
	}
	frame[size - 1] ^= 1;
	two_sides_inject(&sides, frame, size);
	assert_int_equal(next_packet(path, 0, NEVER_MS, &packet), PACKET_OTHER);
	frame_path_free(path);
}

static void overflow_is_counted(void **state)
{
	struct frame_path_setup setup = setup_from(own, 2);
	struct frame_path *path;
	struct frame_path_statistics statistics;
	struct packet packet;
	unsigned count = 0;

	(void)state;
	setup.frames = 64;
	path = open_path(&setup);
	for (unsigned i = 0; i < FLOOD; i++)
		inject_segment(own[0], FIRST_PORT, 0, i);
	while (next_packet(path, 0, NEVER_MS, &packet) == PACKET_TCP)
		assert_int_equal(packet.tcp.sequence, count++);
	frame_path_get_statistics(path, &statistics);
	assert_in_range(count, 64, FLOOD - 1);
	assert_int_equal(statistics.received, count);
	assert_int_equal(statistics.received + statistics.receive_lost, FLOOD);
	/* And then it goes on. */
	inject_segment(own[0], FIRST_PORT, 0, FLOOD);
	assert_int_equal(next_packet(path, 0, SOON_MS, &packet), PACKET_TCP);
	assert_int_equal(packet.tcp.sequence, FLOOD);
	frame_path_free(path);
}

/* Either whole, or counted as lost. */
static void large_frames_are_never_cut(void **state)
{
	const struct frame_path_setup setup = setup_from(own, 2);
	static unsigned char payload[LARGE], frame[LARGE + FRAME_HEADER_MAX];
	const struct link_layout layout = two_sides_far_layout(&sides, 0);
	struct tcp_segment segment = segment_to(own[0], FIRST_PORT, 1);
	struct frame_path_statistics statistics;
	struct frame_path *path;
	struct packet packet;
	unsigned came = 0;

	(void)state;
	assert_int_equal(two_sides_run("ip link set near0 mtu 9000"), 0);
	two_sides_enter(sides.far);
	assert_int_equal(two_sides_run("ip link set far0 mtu 9000"), 0);
	two_sides_enter(sides.near);
	path = open_path(&setup);
	memset(payload, 'x', sizeof(payload));
	segment.payload = span_make(payload, sizeof(payload));
	for (unsigned i = 0; i < 40; i++)
		two_sides_inject(&sides, frame, frame_write_segment(&layout, &segment, frame));
	inject_segment(own[0], FIRST_PORT, 0, 2);
	while (next_packet(path, 0, SOON_MS, &packet) == PACKET_TCP && packet.tcp.sequence == 1) {
		assert_int_equal(packet.tcp.payload.size, LARGE);
		came++;
	}
	assert_int_equal(packet.kind, PACKET_TCP);
	frame_path_get_statistics(path, &statistics);
	assert_int_equal(came + statistics.receive_lost, 40);
	if (kind == FRAME_PATH_PACKET)
		assert_int_equal(came, 40);
	frame_path_free(path);
	assert_int_equal(two_sides_run("ip link set near0 mtu 1500"), 0);
	two_sides_enter(sides.far);
	assert_int_equal(two_sides_run("ip link set far0 mtu 1500"), 0);
	two_sides_enter(sides.near);
}

/* ---- the kernel ---- */

static int connect_error(int descriptor, int timeout_ms)
{
	struct pollfd polled = {.fd = descriptor, .events = POLLOUT};
	int error = 0;
	socklen_t size = sizeof(error);

	if (poll(&polled, 1, timeout_ms) == 0)
		return ETIMEDOUT;
	(void)getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
	return error;
}

static void expect_refusal(struct ip_address address, uint16_t port)
{
	int client = two_sides_connect(&sides, address, port);

	assert_int_equal(connect_error(client, SOON_MS), ECONNREFUSED);
	(void)close(client);
}

static void kernel_stays_out(void **state)
{
	const struct frame_path_setup setup = setup_from(own, 2);

	(void)state;
	for (size_t family = 0; family < 2; family++) {
		struct frame_path *path;
		struct packet packet;
		int client;

		expect_refusal(own[family], FIRST_PORT);
		path = open_path(&setup);
		client = two_sides_connect(&sides, own[family], FIRST_PORT + 3);
		/* Its checksum was never computed, as it has not left the machine. */
		assert_int_equal(next_packet(path, 0, SOON_MS, &packet), PACKET_TCP);
		assert_int_equal(packet.tcp.flags, TCP_SYN);
		assert_int_equal(packet.tcp.destination_port, FIRST_PORT + 3);
		inject_segment(own[family], LAST_PORT, 0, 9);
		assert_int_equal(two_sides_count_resets(&sides, FIRST_PORT, LAST_PORT, NEVER_MS), 0);
		expect_refusal(own[family], LAST_PORT + 1); /* everything else is the kernel's as before */
		(void)close(client);
		frame_path_free(path);
		expect_refusal(own[family], FIRST_PORT);
	}
}

/* The kernel of far asks for the link address of this one, and somebody answers. */
static void far_finds(struct ip_address address)
{
	uint8_t link[LINK_ADDRESS_SIZE];
	struct interface interface;
	struct error error = {""};
	bool is_found;

	two_sides_enter(sides.far);
	is_found = two_sides_run("ip neigh flush dev far0") == 0 && interface_find("far0", &interface, &error) &&
	           neighbour_find(&interface, address, SOON_MS, link, &error);
	two_sides_enter(sides.near);
	if (!is_found)
		fail_msg("%s", error.text);
	assert_memory_equal(link, sides.near_link, LINK_ADDRESS_SIZE);
}

static void we_answer_for_unowned_addresses(void **state)
{
	const struct link_layout layout = two_sides_near_layout(&sides, 0);
	const struct frame_path_setup setup = setup_from(unowned, 2);

	(void)state;
	for (size_t family = 0; family < 2; family++) {
		struct frame_path *path = open_path(&setup);
		struct packet packet;
		unsigned char *room;
		int client = two_sides_connect(&sides, unowned[family], FIRST_PORT);

		assert_int_equal(next_packet(path, 0, SOON_MS, &packet), family == 0 ? PACKET_ARP_REQUEST : PACKET_NEIGHBOUR_REQUEST);
		assert_int_equal(ip_address_compare(packet.neighbour.asked, unowned[family]), 0);
		room = frame_path_reserve(path);
		assert_non_null(room);
		frame_path_commit(path, frame_write_neighbour_answer(&layout, &packet, room));
		frame_path_flush(path);
		assert_int_equal(next_packet(path, 0, SOON_MS, &packet), PACKET_TCP);
		assert_int_equal(packet.tcp.destination_port, FIRST_PORT);
		assert_int_equal(two_sides_count_resets(&sides, FIRST_PORT, LAST_PORT, NEVER_MS), 0);
		(void)close(client);
		far_finds(own[family]); /* of the kernel's own addresses it speaks itself */
		for (unsigned i = 0; i < 3 && next_packet(path, 0, NEVER_MS, &packet) != PACKET_OTHER; i++)
			assert_int_equal(packet.kind, PACKET_TCP); /* the client's SYN again */
		frame_path_free(path);
	}
}

/* A machine that forwards packets leaves ours alone: it neither looks for somebody who has our address nor complains that nobody has. */
static void nothing_is_forwarded(void **state)
{
	static unsigned char frame[CAPTURED_MAX];
	const struct frame_path_setup setup = setup_from(unowned, 2);
	struct frame_path *path = open_path(&setup);
	struct packet packet;

	(void)state;
	assert_int_equal(two_sides_run("sysctl -q -w net.ipv4.ip_forward=1"), 0);
	inject_segment(unowned[0], FIRST_PORT, 0, 1);
	assert_int_equal(next_packet(path, 0, SOON_MS, &packet), PACKET_TCP);
	while (two_sides_capture(&sides, frame, NEVER_MS) > 0)
		assert_false(frame[12] == 8 && (frame[13] == 6 || frame[13] == 0)); /* neither ARP nor IPv4 */
	assert_int_equal(two_sides_run("sysctl -q -w net.ipv4.ip_forward=0"), 0);
	frame_path_free(path);
}

/* "Port unreachable" from far about a segment of ours (RFC 792): header and 8 bytes of what it is about. */
static void icmp_errors_come(void **state)
{
	const struct frame_path_setup setup = setup_from(unowned, 2);
	const struct link_layout layout = two_sides_near_layout(&sides, 0);
	const struct tcp_segment ours = {.source = unowned[0],
	                                 .destination = far[0],
	                                 .source_port = FIRST_PORT,
	                                 .destination_port = 143,
	                                 .sequence = 77,
	                                 .flags = TCP_SYN};
	struct frame_path *path = open_path(&setup);
	unsigned char frame[FRAME_SIZE_MAX] = {0};
	unsigned char quoted[FRAME_SIZE_MAX];
	struct packet packet;
	uint32_t sum = 0;

	(void)state;
	(void)frame_write_segment(&layout, &ours, quoted);
	memcpy(frame, quoted, 14 + 20);
	memcpy(frame, sides.near_link, LINK_ADDRESS_SIZE);
	memcpy(frame + LINK_ADDRESS_SIZE, sides.far_link, LINK_ADDRESS_SIZE);
	frame[14 + 2] = 0;
	frame[14 + 3] = 20 + 8 + 28;
	frame[14 + 9] = 1;
	frame[14 + 10] = frame[14 + 11] = 0;
	memcpy(frame + 14 + 12, far[0].bytes, 4);
	memcpy(frame + 14 + 16, unowned[0].bytes, 4);
	frame[34] = 3;
	frame[35] = 3;
	memcpy(frame + 42, quoted + 14, 28);
	for (size_t i = 14; i < 34; i += 2)
		sum += (uint32_t)(frame[i] << 8 | frame[i + 1]);
	sum = ~((sum & 0xffff) + (sum >> 16)) & 0xffff;
	frame[24] = (unsigned char)(sum >> 8);
	frame[25] = (unsigned char)sum;
	sum = 0;
	for (size_t i = 34; i < 70; i += 2)
		sum += (uint32_t)(frame[i] << 8 | frame[i + 1]);
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	sum = ~sum & 0xffff;
	frame[36] = (unsigned char)(sum >> 8);
	frame[37] = (unsigned char)sum;
	two_sides_inject(&sides, frame, 70);
	assert_int_equal(next_packet(path, 0, SOON_MS, &packet), PACKET_ICMP_ERROR);
	assert_int_equal(packet.icmp.sequence, 77);
	assert_int_equal(packet.icmp.source_port, FIRST_PORT);
	frame_path_free(path);
}

/* ---- ending ---- */

static void nothing_is_attached(void)
{
	assert_false(two_sides_shows("ip -d link show dev near0", "xdp"));
	assert_false(two_sides_shows("tc filter show dev near0 ingress", "bpf"));
	expect_refusal(own[0], FIRST_PORT);
	expect_refusal(own[1], FIRST_PORT);
}

/* A child that opens the path, calls ready through the pipe, and does nothing more. */
static pid_t start_holder(const struct frame_path_setup *setup)
{
	int ends[2];
	char byte = 0;
	pid_t child;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	child = fork();
	if (child == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nobody behind */
		if (frame_path_open(kind, setup, NULL) == NULL || write(ends[1], &byte, 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	(void)close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	(void)close(ends[0]);
	return child;
}

static void nothing_stays_after_a_kill(void **state)
{
	const struct frame_path_setup setup = setup_from(own, 2);
	pid_t holder = start_holder(&setup);

	(void)state;
	two_sides_drain(&sides);
	(void)close(two_sides_connect(&sides, own[0], FIRST_PORT));
	assert_int_equal(two_sides_count_resets(&sides, FIRST_PORT, LAST_PORT, NEVER_MS), 0);
	if (kind == FRAME_PATH_XDP)
		assert_true(two_sides_shows("ip -d link show dev near0", "xdp"));
	assert_int_equal(kill(holder, SIGKILL), 0);
	(void)waitpid(holder, NULL, 0);
	nothing_is_attached();
	/* And the next one can begin at once. */
	frame_path_free(open_path(&setup));
	nothing_is_attached();
}

/* Of this process: a program that it starts has even less. */
static bool status_says(const char *words)
{
	char line[64];

	(void)snprintf(line, sizeof(line), "cat /proc/%d/status", (int)getpid());
	return two_sides_shows(line, words);
}

/* 0: after giving up its privileges the path still sends and receives. */
static int without_privileges(void)
{
	const struct frame_path_setup setup = setup_from(own, 2);
	struct frame_path *path = frame_path_open(kind, &setup, NULL);
	struct frame_path_statistics statistics;
	struct error error;
	struct packet packet;

	if (path == NULL || !privilege_drop(PRIVILEGE_FILES, &error) || !status_says("CapEff:.0000000000000002"))
		return 1;
	if (!privilege_drop(PRIVILEGE_NONE, &error))
		return 2;
	if (!status_says("CapEff:.0000000000000000") || !status_says("CapBnd:.0000000000000000") || !status_says("NoNewPrivs:.1"))
		return 2;
	inject_segment(own[0], FIRST_PORT, 0, 1);
	if (next_packet(path, 0, SOON_MS, &packet) != PACKET_TCP)
		return 3;
	frame_path_commit(path, numbered_frame(1, frame_path_reserve(path)));
	frame_path_flush(path);
	frame_path_get_statistics(path, &statistics);
	if (statistics.sent != 1 || statistics.received != 1)
		return 4;
	frame_path_free(path);
	return frame_path_open(kind, &setup, &error) == NULL && strstr(error.text, "CAP_") != NULL ? 0 : 5;
}

static void works_without_privileges(void **state)
{
	int status = 0;
	pid_t child;

	(void)state;
	two_sides_drain(&sides);
	child = fork();
	if (child == 0)
		_exit(without_privileges());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	expect_numbered(1);
	nothing_is_attached();
}

/* What CAP_NET_RAW alone allows: AF_PACKET from addresses that are not the kernel's. */
static int with_raw_sockets_alone(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	const struct __user_cap_data_struct raw[_LINUX_CAPABILITY_U32S_3] = {
		{.effective = 1U << CAP_NET_RAW, .permitted = 1U << CAP_NET_RAW}};
	const struct frame_path_setup from_unowned = setup_from(unowned, 2), from_own = setup_from(own, 2);
	struct frame_path *path;
	struct error error = {""};
	struct packet packet;

	if (syscall(SYS_capset, &header, raw) != 0)
		return 1;
	if (frame_path_open(FRAME_PATH_XDP, &from_unowned, &error) != NULL || strstr(error.text, "CAP_BPF") == NULL)
		return 2;
	if (frame_path_open(FRAME_PATH_PACKET, &from_own, &error) != NULL ||
	    strstr(error.text, "the kernel owns 198.18.0.1 and would reset") == NULL)
		return 3;
	path = frame_path_open(FRAME_PATH_BEST, &from_unowned, &error);
	if (path == NULL || strstr(frame_path_name(path), "AF_PACKET, not AF_XDP") == NULL)
		return 4;
	inject_segment(unowned[0], FIRST_PORT, 0, 1);
	if (next_packet(path, 0, SOON_MS, &packet) != PACKET_TCP)
		return 5;
	frame_path_free(path);
	return 0;
}

static void raw_sockets_alone_are_enough(void **state)
{
	int status = 0;
	pid_t child = fork();

	(void)state;
	if (child == 0)
		_exit(with_raw_sockets_alone());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_arrive_byte_for_byte),
		cmocka_unit_test(ring_goes_round),
		cmocka_unit_test(only_our_ports_come),
		cmocka_unit_test(tagged_frames_come_with_their_tag),
		cmocka_unit_test(spoilt_frames_are_nothing),
		cmocka_unit_test(overflow_is_counted),
		cmocka_unit_test(large_frames_are_never_cut),
		cmocka_unit_test(kernel_stays_out),
		cmocka_unit_test(we_answer_for_unowned_addresses),
		cmocka_unit_test(nothing_is_forwarded),
		cmocka_unit_test(icmp_errors_come),
		cmocka_unit_test(nothing_stays_after_a_kill),
		cmocka_unit_test(works_without_privileges),
		cmocka_unit_test(raw_sockets_alone_are_enough),
	};

	kind = argc > 1 && strcmp(argv[1], "xdp") == 0 ? FRAME_PATH_XDP : FRAME_PATH_PACKET;
	two_sides_make(&sides);
	own[0] = two_sides_address("198.18.0.1");
	own[1] = two_sides_address("2001:db8::1");
	far[0] = two_sides_address("198.18.0.2");
	far[1] = two_sides_address("2001:db8::2");
	unowned[0] = two_sides_address("198.18.0.77");
	unowned[1] = two_sides_address("2001:db8::77");
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
