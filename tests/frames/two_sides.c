/* SPDX-License-Identifier: ISC */
/* Namespaces live as long as a descriptor of them is open; the process that made the second one is gone soon. */
#include "two_sides.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "base/instant.h"
#include "base/span.h"
#include "net/clock.h"
#include "net/route.h"

enum { SKIPPED = 77, TAP_BYTES = 64 * 1024 * 1024, COMMAND_MAX = 1024 };

static void must(bool is_so, const char *what)
{
	if (is_so)
		return;
	(void)fprintf(stderr, "two_sides: %s: %s\n", what, strerror(errno));
	exit(1);
}

int two_sides_run(const char *command)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		(void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	must(child > 0 && waitpid(child, &status, 0) == child, "cannot run sh");
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool two_sides_shows(const char *command, const char *word)
{
	char line[COMMAND_MAX];

	(void)snprintf(line, sizeof(line), "%s | grep -q -e '%s'", command, word);
	return two_sides_run(line) == 0;
}

void two_sides_enter(int side)
{
	must(setns(side, CLONE_NEWNET) == 0, "cannot enter a namespace");
}

static int open_namespace(pid_t process)
{
	char path[64];
	int descriptor;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)process);
	descriptor = open(path, O_RDONLY | O_CLOEXEC);
	must(descriptor >= 0, path);
	return descriptor;
}

/* A process that waits in a namespace of its own. */
static pid_t start_far(void)
{
	int ends[2];
	char byte = 0;
	pid_t child;

	must(pipe2(ends, O_CLOEXEC) == 0, "pipe");
	child = fork();
	must(child >= 0, "fork");
	if (child == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWNET) != 0 || write(ends[1], &byte, 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	(void)close(ends[1]);
	must(read(ends[0], &byte, 1) == 1, "no second namespace");
	(void)close(ends[0]);
	return child;
}

static void configure(const char *interface, unsigned number)
{
	char line[COMMAND_MAX];

	(void)snprintf(line, sizeof(line),
	               "sysctl -q -w net.ipv6.conf.%s.accept_dad=0 net.ipv6.conf.%s.router_solicitations=0 && "
	               "ip address add 198.18.0.%u/24 dev %s && ip address add 2001:db8::%u/64 dev %s nodad && ip link set lo up && "
	               "ip link set %s up",
	               interface, interface, number, interface, number, interface, interface);
	must(two_sides_run(line) == 0, line);
}

static int open_tap(void)
{
	const struct sockaddr_ll address = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)if_nametoindex("far0")};
	int bytes = TAP_BYTES, yes = 1;
	int tap = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	must(tap >= 0 && setsockopt(tap, SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof(yes)) == 0 &&
	             setsockopt(tap, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) == 0 &&
	             bind(tap, (const struct sockaddr *)(const void *)&address, sizeof(address)) == 0,
	     "cannot open a tap");
	return tap;
}

static void read_link(const char *name, uint8_t link_out[LINK_ADDRESS_SIZE])
{
	struct interface interface;
	struct error error;

	must(interface_find(name, &interface, &error), name);
	memcpy(link_out, interface.own, LINK_ADDRESS_SIZE);
}

void two_sides_make(struct two_sides *sides)
{
	char line[COMMAND_MAX];
	pid_t far;

	if (unshare(CLONE_NEWNET) != 0) {
		printf("1..0 # SKIP network namespaces of our own need root (or sudo)\n");
		exit(SKIPPED);
	}
	far = start_far();
	sides->near = open_namespace(getpid());
	sides->far = open_namespace(far);
	(void)snprintf(line, sizeof(line), "ip link add near0 type veth peer name far0 netns %d", (int)far);
	must(two_sides_run(line) == 0, line);
	(void)kill(far, SIGKILL);
	(void)waitpid(far, NULL, 0);
	two_sides_enter(sides->far);
	configure("far0", 2);
	sides->tap = open_tap();
	read_link("far0", sides->far_link);
	two_sides_enter(sides->near);
	configure("near0", 1);
	read_link("near0", sides->near_link);
}

void two_sides_drain(const struct two_sides *sides)
{
	unsigned char frame[64];

	while (recv(sides->tap, frame, sizeof(frame), MSG_DONTWAIT | MSG_TRUNC) > 0)
		;
}

size_t two_sides_capture(const struct two_sides *sides, unsigned char frame[CAPTURED_MAX], unsigned timeout_ms)
{
	struct pollfd polled = {.fd = sides->tap, .events = POLLIN};
	ssize_t size = poll(&polled, 1, (int)timeout_ms) > 0 ? recv(sides->tap, frame, CAPTURED_MAX, MSG_DONTWAIT) : 0;

	return size > 0 ? (size_t)size : 0;
}

void two_sides_inject(const struct two_sides *sides, const void *frame, size_t size)
{
	must(send(sides->tap, frame, size, 0) == (ssize_t)size, "cannot inject a frame");
}

struct link_layout two_sides_far_layout(const struct two_sides *sides, uint16_t vlan)
{
	struct link_layout layout = {.kind = LINK_ETHERNET, .vlan = vlan};

	memcpy(layout.own, sides->far_link, LINK_ADDRESS_SIZE);
	memcpy(layout.next_hop, sides->near_link, LINK_ADDRESS_SIZE);
	return layout;
}

struct link_layout two_sides_near_layout(const struct two_sides *sides, uint16_t vlan)
{
	struct link_layout layout = {.kind = LINK_ETHERNET, .vlan = vlan};

	memcpy(layout.own, sides->near_link, LINK_ADDRESS_SIZE);
	memcpy(layout.next_hop, sides->far_link, LINK_ADDRESS_SIZE);
	return layout;
}

unsigned two_sides_count_resets(const struct two_sides *sides, uint16_t first, uint16_t last, unsigned timeout_ms)
{
	static unsigned char frame[CAPTURED_MAX];
	const struct link_layout layout = two_sides_far_layout(sides, 0);
	struct instant until = instant_after_ms(clock_now(), timeout_ms);
	unsigned count = 0;
	int64_t left;

	while ((left = instant_ms_between(clock_now(), until)) >= 0) {
		size_t size = two_sides_capture(sides, frame, (unsigned)left + 1);
		struct packet packet;

		packet_parse(span_make(frame, size), &layout, true, &packet);
		count += packet.kind == PACKET_TCP && (packet.tcp.flags & TCP_RST) != 0 && packet.tcp.source_port >= first &&
		         packet.tcp.source_port <= last;
	}
	return count;
}

struct ip_address two_sides_address(const char *text)
{
	struct ip_address address = {0};

	must(ip_address_parse(span_from_text(text), &address), text);
	return address;
}

int two_sides_connect(const struct two_sides *sides, struct ip_address address, uint16_t port)
{
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	bool is_four = address.family == IP_FAMILY_4;
	int descriptor;

	memcpy(&four.sin_addr, address.bytes, sizeof(four.sin_addr));
	memcpy(&six.sin6_addr, address.bytes, sizeof(six.sin6_addr));
	two_sides_enter(sides->far);
	descriptor = socket(is_four ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	two_sides_enter(sides->near);
	must(descriptor >= 0, "socket");
	(void)connect(descriptor, is_four ? (const struct sockaddr *)(const void *)&four : (const struct sockaddr *)(const void *)&six,
	              is_four ? sizeof(four) : sizeof(six));
	return descriptor;
}
