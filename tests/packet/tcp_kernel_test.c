/* SPDX-License-Identifier: ISC */
/* tcp_client on a tun device, the kernel's TCP behind it: what two implementations say to each other, with and without loss.

   usage: tcp_kernel_test DEVICE (kernel_test.py makes it; 198.18.0.1 and 2001:db8::1 are the kernel's, we are .2 and ::2)
   Loss is counted, not drawn: every n-th packet of both directions is dropped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "packet/frame.h"
#include "packet/packet.h"
#include "packet/tcp_client.h"

enum {
	HOST_PORT = 143,
	SECONDS_MAX = 40, /* of one dialogue */
	STREAM_MAX = 128 * 1024,
	HOST_READS_MAX = 64 * 1024,
};

enum host_end {
	HOST_WAITS,  /* for our end */
	HOST_CLOSES, /* once it said and heard all */
	HOST_RESETS,
};

enum own_end {
	WE_WAIT, /* for the host's end, then close */
	WE_CLOSE,
	WE_ABORT,
};

struct plan {
	enum ip_family family;
	uint32_t host_says, we_say;
	uint32_t we_say_at_once; /* in one piece of that many bytes, the next when something was heard or acknowledged */
	unsigned lose_every;     /* 0: none */
	int host_buffer;         /* SO_RCVBUF; 0: as the system has it */
	int64_t host_reads_after_ms;
	enum host_end host_end;
	enum own_end own_end;
	bool is_refused;
};

struct dialogue {
	const struct plan *plan;
	struct tcp_client client;
	struct instant began, now;
	int tun, listener, socket;
	uint16_t own_port;
	unsigned passed, lost;
	uint32_t heard, said, host_heard, host_said;
	bool is_open, is_host_done, has_host_heard_end, was_shut, has_host_seen_reset;
	unsigned ends, refusals, resets, timeouts;
};

static const struct link_layout LINK = {.kind = LINK_RAW_IP};
static const char *device;
static uint16_t next_port = 40000;

static unsigned char byte_at(uint32_t place)
{
	return (unsigned char)(place * 7 + place / 251);
}

static struct instant clock_now(void)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return (struct instant){.ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec};
}

static struct ip_address address_of(enum ip_family family, uint8_t last)
{
	struct ip_address address = {.family = family, .bytes = {198, 18, 0, last}};

	if (family == IP_FAMILY_6)
		address = (struct ip_address){.family = family, .bytes = {0x20, 0x01, 0x0d, 0xb8, [15] = last}};
	return address;
}

static bool is_lost(struct dialogue *dialogue)
{
	dialogue->passed++;
	if (dialogue->plan->lose_every == 0 || dialogue->passed % dialogue->plan->lose_every != 0)
		return false;
	dialogue->lost++;
	return true;
}

/* Our side */

static void on_emit(void *context, struct tcp_segment *segment)
{
	struct dialogue *dialogue = context;
	unsigned char frame[FRAME_HEADER_MAX + TCP_CLIENT_MTU_MAX];
	size_t size;

	segment->source = address_of(dialogue->plan->family, 2);
	segment->destination = address_of(dialogue->plan->family, 1);
	segment->source_port = dialogue->own_port;
	segment->destination_port = HOST_PORT;
	if (is_lost(dialogue))
		return;
	size = frame_write_segment(&LINK, segment, frame);
	assert_true(size <= 1500);
	assert_int_equal(write(dialogue->tun, frame, size), size);
}

static void say_what_may(struct dialogue *dialogue)
{
	static unsigned char bytes[TCP_CLIENT_UNSENT_MAX];

	while (dialogue->said < dialogue->plan->we_say && dialogue->client.state == TCP_CLIENT_OPEN) {
		uint32_t rest = dialogue->plan->we_say - dialogue->said;
		uint32_t size = rest < dialogue->plan->we_say_at_once ? rest : dialogue->plan->we_say_at_once;

		if (dialogue->client.unsent_size > 0 && dialogue->client.unsent_size + size > TCP_CLIENT_UNSENT_MAX)
			break;
		for (uint32_t i = 0; i < size; i++)
			bytes[i] = byte_at(dialogue->said + i);
		assert_true(tcp_client_send(&dialogue->client, span_make(bytes, size), dialogue->now));
		dialogue->said += size;
	}
}

static void leave_when_done(struct dialogue *dialogue)
{
	const struct plan *plan = dialogue->plan;

	if (dialogue->client.state != TCP_CLIENT_OPEN || dialogue->said < plan->we_say || dialogue->heard < plan->host_says)
		return;
	if (plan->own_end == WE_ABORT)
		tcp_client_abort(&dialogue->client, dialogue->now);
	/* where the host has still to read slowly, our farewell would be too short */
	else if ((plan->own_end == WE_CLOSE && dialogue->client.unsent_size < 2000) || dialogue->ends > 0)
		tcp_client_close(&dialogue->client, dialogue->now);
}

static void on_open(void *context)
{
	struct dialogue *dialogue = context;

	dialogue->is_open = true;
	say_what_may(dialogue);
}

static void on_bytes(void *context, struct span bytes)
{
	struct dialogue *dialogue = context;

	for (size_t i = 0; i < bytes.size; i++)
		assert_int_equal(bytes.data[i], byte_at(dialogue->heard + (uint32_t)i));
	dialogue->heard += (uint32_t)bytes.size;
	say_what_may(dialogue);
	leave_when_done(dialogue);
}

static void on_end(void *context)
{
	struct dialogue *dialogue = context;

	dialogue->ends++;
	leave_when_done(dialogue);
}

static void on_refused(void *context)
{
	((struct dialogue *)context)->refusals++;
}

static void on_reset(void *context)
{
	((struct dialogue *)context)->resets++;
}

static void on_timeout(void *context)
{
	((struct dialogue *)context)->timeouts++;
}

static const struct tcp_client_handler HANDLER = {
	.emit = on_emit,
	.on_open = on_open,
	.on_bytes = on_bytes,
	.on_end = on_end,
	.on_refused = on_refused,
	.on_reset = on_reset,
	.on_timeout = on_timeout,
};

static void read_tun(struct dialogue *dialogue)
{
	unsigned char frame[2048];
	ssize_t size;

	while ((size = read(dialogue->tun, frame, sizeof(frame))) > 0) {
		struct packet packet;
		struct tcp_segment reset;

		packet_parse(span_make(frame, (size_t)size), &LINK, false, &packet);
		if (packet.kind != PACKET_TCP || packet.tcp.destination_port != dialogue->own_port || is_lost(dialogue))
			continue;
		if (dialogue->client.state != TCP_CLIENT_GONE)
			tcp_client_input(&dialogue->client, &packet.tcp, dialogue->now);
		else if (tcp_reset_for(&packet.tcp, &reset))
			on_emit(dialogue, &reset);
		dialogue->was_shut |= dialogue->client.peer_window == 0;
	}
}

/* The host's side: the kernel's */

static void open_listener(struct dialogue *dialogue)
{
	struct sockaddr_in address4 = {.sin_family = AF_INET, .sin_port = htons(HOST_PORT)};
	struct sockaddr_in6 address6 = {.sin6_family = AF_INET6, .sin6_port = htons(HOST_PORT)};
	const int on = 1;
	struct ip_address own = address_of(dialogue->plan->family, 1);

	dialogue->listener = socket(own.family == IP_FAMILY_4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(dialogue->listener >= 0);
	assert_int_equal(setsockopt(dialogue->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	if (dialogue->plan->host_buffer > 0)
		assert_int_equal(setsockopt(dialogue->listener, SOL_SOCKET, SO_RCVBUF, &dialogue->plan->host_buffer, sizeof(int)), 0);
	memcpy(&address4.sin_addr, own.bytes, sizeof(address4.sin_addr));
	memcpy(&address6.sin6_addr, own.bytes, sizeof(address6.sin6_addr));
	assert_int_equal(own.family == IP_FAMILY_4 ? bind(dialogue->listener, (struct sockaddr *)&address4, sizeof(address4))
	                                           : bind(dialogue->listener, (struct sockaddr *)&address6, sizeof(address6)),
	                 0);
	assert_int_equal(listen(dialogue->listener, 4), 0);
}

static bool host_may_read(const struct dialogue *dialogue)
{
	return instant_ms_between(dialogue->began, dialogue->now) >= dialogue->plan->host_reads_after_ms;
}

static void host_reads(struct dialogue *dialogue)
{
	static unsigned char bytes[HOST_READS_MAX];
	ssize_t size;

	while (host_may_read(dialogue) && (size = recv(dialogue->socket, bytes, sizeof(bytes), 0)) != -1) {
		if (size == 0) {
			dialogue->has_host_heard_end = true;
			return;
		}
		for (ssize_t i = 0; i < size; i++)
			assert_int_equal(bytes[i], byte_at(dialogue->host_heard + (uint32_t)i));
		dialogue->host_heard += (uint32_t)size;
	}
	if (host_may_read(dialogue) && errno == ECONNRESET)
		dialogue->has_host_seen_reset = true;
}

static void host_writes(struct dialogue *dialogue)
{
	static unsigned char bytes[STREAM_MAX];
	ssize_t size;

	while (dialogue->host_said < dialogue->plan->host_says) {
		uint32_t rest = dialogue->plan->host_says - dialogue->host_said;

		for (uint32_t i = 0; i < rest; i++)
			bytes[i] = byte_at(dialogue->host_said + i);
		size = send(dialogue->socket, bytes, rest, MSG_NOSIGNAL);
		if (size <= 0)
			return;
		dialogue->host_said += (uint32_t)size;
	}
}

static void host_ends(struct dialogue *dialogue)
{
	const struct plan *plan = dialogue->plan;
	const struct linger now = {.l_onoff = 1};
	bool is_done = dialogue->host_said == plan->host_says && dialogue->host_heard >= plan->we_say;

	if (plan->host_end == HOST_WAITS)
		is_done = dialogue->has_host_heard_end || dialogue->has_host_seen_reset;
	if (!is_done)
		return;
	if (plan->host_end == HOST_CLOSES && !dialogue->has_host_heard_end && !dialogue->has_host_seen_reset) {
		(void)shutdown(dialogue->socket, SHUT_WR); /* and waits for our end, to see it */
		return;
	}
	if (plan->host_end == HOST_RESETS)
		assert_int_equal(setsockopt(dialogue->socket, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
	(void)close(dialogue->socket);
	dialogue->socket = -1;
	dialogue->is_host_done = true;
}

static void host_acts(struct dialogue *dialogue)
{
	if (dialogue->socket < 0 && dialogue->listener >= 0 && !dialogue->is_host_done) {
		dialogue->socket = accept4(dialogue->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (dialogue->socket < 0)
			return;
	}
	if (dialogue->socket < 0)
		return;
	host_writes(dialogue);
	host_reads(dialogue);
	host_ends(dialogue);
}

/* Both */

static void open_tun(struct dialogue *dialogue)
{
	struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};

	memcpy(request.ifr_name, device, strnlen(device, IFNAMSIZ - 1));
	dialogue->tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	assert_true(dialogue->tun >= 0);
	assert_int_equal(ioctl(dialogue->tun, TUNSETIFF, &request), 0);
}

static void turn(struct dialogue *dialogue)
{
	struct pollfd watched[] = {{.fd = dialogue->tun, .events = POLLIN},
	                           {.fd = dialogue->listener, .events = POLLIN},
	                           {.fd = host_may_read(dialogue) ? dialogue->socket : -1, .events = POLLIN}};
	int64_t ms = dialogue->client.due.ns == INT64_MAX ? 100 : instant_ms_between(dialogue->now, dialogue->client.due) + 1;

	(void)poll(watched, 3, ms < 0 ? 0 : ms > 100 ? 100 : (int)ms);
	dialogue->now = clock_now();
	read_tun(dialogue);
	tcp_client_due(&dialogue->client, dialogue->now);
	say_what_may(dialogue);
	leave_when_done(dialogue);
	host_acts(dialogue);
}

static void hold(const struct plan *plan, struct dialogue *dialogue)
{
	*dialogue = (struct dialogue){.plan = plan, .listener = -1, .socket = -1, .own_port = next_port++};
	open_tun(dialogue);
	if (!plan->is_refused)
		open_listener(dialogue);
	dialogue->began = dialogue->now = clock_now();
	tcp_client_begin(&dialogue->client, &HANDLER, dialogue, 0xfffff000u + next_port, 1500, plan->family, dialogue->now);
	while (dialogue->client.state != TCP_CLIENT_GONE || (dialogue->is_open && !dialogue->is_host_done)) {
		if (instant_ms_between(dialogue->began, dialogue->now) > SECONDS_MAX * 1000)
			fail_msg("no end: state %d, heard %u, host heard %u", dialogue->client.state, dialogue->heard,
			         dialogue->host_heard);
		turn(dialogue);
	}
	tcp_client_done(&dialogue->client);
	(void)close(dialogue->listener);
	(void)close(dialogue->tun);
	assert_int_equal(dialogue->timeouts, 0);
}

/* Everything was heard on both sides, and both ends were seen. */
static void hold_whole(const struct plan *plan, struct dialogue *dialogue)
{
	hold(plan, dialogue);
	assert_int_equal(dialogue->heard, plan->host_says);
	assert_int_equal(dialogue->host_heard, plan->we_say);
	assert_true(dialogue->has_host_heard_end);
	assert_false(dialogue->has_host_seen_reset);
	assert_int_equal(dialogue->resets + dialogue->refusals, 0);
}

static const enum ip_family FAMILIES[] = {IP_FAMILY_4, IP_FAMILY_6};

static void the_handshake_agrees_on_timestamps_and_shift(void **state)
{
	static struct dialogue dialogue;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct plan plan = {.family = FAMILIES[i], .host_says = 20, .we_say = 6, .we_say_at_once = 6, .host_end = HOST_CLOSES};

		hold_whole(&plan, &dialogue);
		assert_int_equal(dialogue.ends, 1);
		assert_true(dialogue.client.has_timestamps);
		assert_true(dialogue.client.peer_shift > 0);
		assert_int_equal(dialogue.client.own_shift, TCP_CLIENT_WINDOW_SHIFT);
	}
}

static void much_comes_down_and_lines_go_up(void **state)
{
	static struct dialogue dialogue;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct plan down = {.family = FAMILIES[i], .host_says = 65536, .we_say = 6, .we_say_at_once = 6, .host_end = HOST_CLOSES};
		struct plan up = {.family = FAMILIES[i], .host_says = 2000, .we_say = 5000, .we_say_at_once = 50, .own_end = WE_CLOSE};

		hold_whole(&down, &dialogue);
		/* Where the machine stands still for longer than the kernel's answer may take, saying it again is right: not thrice, though. */
		for (unsigned k = 0; k < 3 && (k == 0 || dialogue.client.count.retransmitted > 0); k++)
			hold_whole(&up, &dialogue);
		assert_int_equal(dialogue.client.count.retransmitted, 0);
	}
}

static void we_close_first(void **state)
{
	static struct dialogue dialogue;
	struct plan plan = {.family = IP_FAMILY_4, .host_says = 1000, .we_say = 1000, .we_say_at_once = 1000, .own_end = WE_CLOSE};

	(void)state;
	hold_whole(&plan, &dialogue);
	assert_int_equal(dialogue.ends, 0);
}

static void a_closed_port_refuses(void **state)
{
	static struct dialogue dialogue;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct plan plan = {.family = FAMILIES[i], .is_refused = true};

		hold(&plan, &dialogue);
		assert_int_equal(dialogue.refusals, 1);
	}
}

static void a_reset_is_told(void **state)
{
	static struct dialogue dialogue;
	struct plan plan = {.family = IP_FAMILY_4, .host_says = 10, .we_say = 10, .we_say_at_once = 10, .host_end = HOST_RESETS};

	(void)state;
	hold(&plan, &dialogue);
	assert_int_equal(dialogue.resets, 1);
}

static void our_reset_is_believed(void **state)
{
	static struct dialogue dialogue;
	struct plan plan = {.family = IP_FAMILY_4, .host_says = 10, .we_say = 10, .we_say_at_once = 10, .own_end = WE_ABORT};

	(void)state;
	hold(&plan, &dialogue);
	assert_true(dialogue.has_host_seen_reset);
}

static void a_full_window_opens_again(void **state)
{
	static struct dialogue dialogue;
	struct plan plan = {.family = IP_FAMILY_4,
	                    .we_say = 40000,
	                    .we_say_at_once = 1000,
	                    .host_buffer = 4096,
	                    .host_reads_after_ms = 2500,
	                    .own_end = WE_CLOSE};

	(void)state;
	hold_whole(&plan, &dialogue);
	assert_true(dialogue.was_shut);
}

static void lost_packets_are_said_again(void **state)
{
	static struct dialogue dialogue;
	static const unsigned every[] = {3, 5, 11};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct plan plan = {.family = FAMILIES[i % 2],
		                    .host_says = 20000,
		                    .we_say = 8000,
		                    .we_say_at_once = 400,
		                    .lose_every = every[i],
		                    .host_end = HOST_CLOSES};

		hold_whole(&plan, &dialogue);
		assert_true(dialogue.lost > 2);
	}
}

int main(int count, char **arguments)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_handshake_agrees_on_timestamps_and_shift),
		cmocka_unit_test(much_comes_down_and_lines_go_up),
		cmocka_unit_test(we_close_first),
		cmocka_unit_test(a_closed_port_refuses),
		cmocka_unit_test(a_reset_is_told),
		cmocka_unit_test(our_reset_is_believed),
		cmocka_unit_test(a_full_window_opens_again),
		cmocka_unit_test(lost_packets_are_said_again),
	};

	if (count != 2)
		return 2;
	device = arguments[1];
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
