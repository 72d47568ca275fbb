/* SPDX-License-Identifier: ISC */
/* What we make of the kernel's answers is what iproute2 makes of them; and interfaces that cannot carry frames of ours are refused with a word of advice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if.h>
#include <linux/if_tun.h>

#include "net/clock.h"
#include "net/frame_path.h"
#include "net/reset_guard.h"
#include "net/route.h"
#include "packet/frame.h"
#include "two_sides.h"

enum { FIRST_PORT = 40000, LAST_PORT = 40999, PATIENCE_MS = 3000, NEVER_MS = 150 };

static struct two_sides sides;

static struct ip_address address(const char *text)
{
	return two_sides_address(text);
}

static void expect_address(struct ip_address found, const char *text)
{
	char shown[IP_ADDRESS_TEXT_SIZE];

	ip_address_format(found, shown);
	assert_string_equal(shown, text);
}

/* ---- interfaces ---- */

static void interface_is_found(void **state)
{
	struct interface interface;
	struct error error;
	char line[128];

	(void)state;
	assert_true(interface_find("near0", &interface, &error));
	assert_string_equal(interface.name, "near0");
	assert_int_equal(interface.mtu, 1500);
	assert_int_equal(interface.link, LINK_ETHERNET);
	assert_true(interface.is_up && !interface.is_loopback && interface.is_virtual);
	assert_int_equal(interface.address_count, 2); /* the link-local one is not counted */
	expect_address(interface.addresses[0], "198.18.0.1");
	expect_address(interface.addresses[1], "2001:db8::1");
	(void)snprintf(line, sizeof(line), "ip -o link show dev near0 | grep -q '^%u: near0.*link/ether %02x:%02x:%02x:%02x:%02x:%02x '",
	               interface.index, interface.own[0], interface.own[1], interface.own[2], interface.own[3], interface.own[4],
	               interface.own[5]);
	assert_int_equal(two_sides_run(line), 0);
	assert_true(interface_find("lo", &interface, &error));
	assert_true(interface.is_loopback);
	assert_false(interface_find("nowhere0", &interface, &error));
	assert_non_null(strstr(error.text, "no interface nowhere0"));
	assert_false(interface_find("a-name-that-is-too-long", &interface, &error));
	assert_false(interface_find("", &interface, &error));
}

/* Where the kernel has VLAN devices; without, there is none to be told. */
static void vlan_is_found(void **state)
{
	char lower[INTERFACE_NAME_SIZE];

	(void)state;
	assert_int_equal(interface_vlan("near0", lower), 0);
	assert_string_equal(lower, "");
	assert_int_equal(interface_vlan("nowhere0", lower), 0);
	if (two_sides_run("ip link add link near0 name near0.7 type vlan id 7 2>/dev/null") != 0) {
		print_message("# this kernel has no VLAN devices\n");
		return;
	}
	assert_int_equal(interface_vlan("near0.7", lower), 7);
	assert_string_equal(lower, "near0");
	assert_int_equal(two_sides_run("ip link del near0.7"), 0);
}

/* ---- routes ---- */

/* `ip route get` says the same. */
static void expect_route(const char *destination)
{
	struct route route;
	struct error error;
	char source[IP_ADDRESS_TEXT_SIZE], gateway[IP_ADDRESS_TEXT_SIZE + 8] = "", line[512];

	if (!route_find(address(destination), &route, &error))
		fail_msg("%s", error.text);
	ip_address_format(route.source, source);
	if (route.has_gateway) {
		memcpy(gateway, "via ", 4);
		ip_address_format(route.gateway, gateway + 4);
	}
	(void)snprintf(line, sizeof(line), "ip -o route get %s | grep -q ' dev %s .*src %s '", destination, route.interface, source);
	assert_int_equal(two_sides_run(line), 0);
	(void)snprintf(line, sizeof(line), "ip -o route get %s | grep -q '%s '", destination, route.has_gateway ? gateway : "");
	assert_int_equal(two_sides_run(line), 0);
}

static void routes_are_those_of_the_kernel(void **state)
{
	struct route route;
	struct error error;

	(void)state;
	assert_int_equal(two_sides_run("ip route add 198.19.0.0/16 via 198.18.0.2 && ip route add 2001:db8:1::/48 via 2001:db8::2 && "
	                               "ip route add 240.0.0.0/8 via inet6 2001:db8::2 && ip route add unreachable 241.0.0.0/8 && "
	                               "ip route add unreachable 2001:db8:2::/48"),
	                 0);
	expect_route("198.18.0.9");
	expect_route("198.19.0.9");
	expect_route("2001:db8::9");
	expect_route("2001:db8:1::9");
	assert_true(route_find(address("198.18.0.9"), &route, &error));
	assert_false(route.has_gateway);
	assert_string_equal(route.interface, "near0");
	expect_address(route.source, "198.18.0.1");
	assert_true(route_find(address("198.19.0.9"), &route, &error));
	assert_true(route.has_gateway);
	expect_address(route.gateway, "198.18.0.2");
	assert_true(route_find(address("240.0.0.1"), &route, &error));
	expect_address(route.gateway, "2001:db8::2");
	assert_true(route_find(address("2001:db8:1::9"), &route, &error));
	expect_address(route.gateway, "2001:db8::2");
	assert_false(route_find(address("241.0.0.1"), &route, &error));
	assert_non_null(strstr(error.text, "no route to 241.0.0.1"));
	assert_false(route_find(address("2001:db8:2::1"), &route, &error));
	assert_false(route_find(address("192.0.2.1"), &route, &error));
	assert_non_null(strstr(error.text, "ip route get 192.0.2.1"));
}

static void own_addresses_are_told(void **state)
{
	(void)state;
	assert_true(address_is_of_kernel(address("198.18.0.1")));
	assert_true(address_is_of_kernel(address("2001:db8::1")));
	assert_false(address_is_of_kernel(address("198.18.0.2")));
	assert_false(address_is_of_kernel(address("198.18.0.77")));
	assert_false(address_is_of_kernel(address("2001:db8::77")));
	assert_false(address_is_of_kernel(address("192.0.2.1"))); /* no route at all */
	/* A whole range can be the kernel's without an address on any interface. */
	assert_int_equal(two_sides_run("ip route add local 198.18.9.0/24 dev lo"), 0);
	assert_true(address_is_of_kernel(address("198.18.9.200")));
}

/* ---- neighbours ---- */

static void expect_neighbour(const struct interface *interface, const char *text)
{
	uint8_t link[LINK_ADDRESS_SIZE];
	struct error error = {""};
	char line[256];

	if (!neighbour_find(interface, address(text), PATIENCE_MS, link, &error))
		fail_msg("%s", error.text);
	assert_memory_equal(link, sides.far_link, LINK_ADDRESS_SIZE);
	(void)snprintf(line, sizeof(line), "ip neigh show %s dev near0 | grep -q 'lladdr %02x:%02x:%02x:%02x:%02x:%02x'", text, link[0],
	               link[1], link[2], link[3], link[4], link[5]);
	assert_int_equal(two_sides_run(line), 0);
}

static void neighbours_are_asked_for(void **state)
{
	struct interface interface;
	struct error error;
	uint8_t link[LINK_ADDRESS_SIZE];

	(void)state;
	assert_true(interface_find("near0", &interface, &error));
	for (unsigned round = 0; round < 2; round++) { /* not known yet, and then known */
		expect_neighbour(&interface, "198.18.0.2");
		expect_neighbour(&interface, "2001:db8::2");
	}
	assert_false(neighbour_find(&interface, address("198.18.0.50"), 100, link, &error));
	assert_non_null(strstr(error.text, "198.18.0.50 does not answer on near0"));
	assert_int_equal(two_sides_run("ip neigh replace 198.18.0.51 lladdr 02:00:00:00:00:33 dev near0 nud permanent"), 0);
	assert_true(neighbour_find(&interface, address("198.18.0.51"), 0, link, &error));
	assert_int_equal(link[5], 0x33);
}

/* ---- what a path is refused ---- */

static struct frame_path_setup setup_on(const char *interface, enum link_kind link, const struct ip_address *source)
{
	return (struct frame_path_setup){.interface = interface,
	                                 .link = link,
	                                 .first_port = FIRST_PORT,
	                                 .last_port = LAST_PORT,
	                                 .addresses = source,
	                                 .address_count = 1,
	                                 .frames = 256};
}

static void expect_refusal(enum frame_path_kind kind, const struct frame_path_setup *setup, const char *because)
{
	struct error error = {""};

	assert_null(frame_path_open(kind, setup, &error));
	if (strstr(error.text, because) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", error.text, because);
}

static void refusals_say_what_to_do(void **state)
{
	static const enum frame_path_kind KINDS[] = {FRAME_PATH_BEST, FRAME_PATH_PACKET, FRAME_PATH_XDP};
	const struct ip_address source = address("198.18.0.77");

	(void)state;
	assert_int_equal(two_sides_run("ip link add down0 type veth peer name down1"), 0);
	for (size_t i = 0; i < ARRAY_LENGTH(KINDS); i++) {
		struct frame_path_setup setup = setup_on("lo", LINK_ETHERNET, &source);

		expect_refusal(KINDS[i], &setup, "use --engine sockets");
		setup.interface = "down0";
		expect_refusal(KINDS[i], &setup, "ip link set down0 up");
		setup.interface = "nowhere0";
		expect_refusal(KINDS[i], &setup, "there is no interface nowhere0");
		setup.interface = "near0";
		setup.link = LINK_RAW_IP;
		expect_refusal(KINDS[i], &setup, "carries Ethernet frames");
		setup.link = LINK_ETHERNET;
		setup.first_port = LAST_PORT + 1;
		expect_refusal(KINDS[i], &setup, "no range of local ports");
		setup.first_port = FIRST_PORT;
		setup.vlan = 4095;
		expect_refusal(KINDS[i], &setup, "no VLAN 4095");
		setup.vlan = 0;
		setup.address_count = 0;
		expect_refusal(KINDS[i], &setup, "not from 0");
	}
	assert_int_equal(two_sides_run("ip link del down0"), 0);
}

/* ---- which way is chosen ---- */

static void best_is_xdp_on_ethernet(void **state)
{
	const struct ip_address source = address("198.18.0.77");
	const struct frame_path_setup setup = setup_on("near0", LINK_ETHERNET, &source);
	struct error error = {""};
	struct frame_path *first = frame_path_open(FRAME_PATH_BEST, &setup, &error), *second;

	(void)state;
	assert_non_null(first);
	assert_string_equal(frame_path_name(first), "AF_XDP (copy)");
	/* The second one has to do without, and says why. */
	expect_refusal(FRAME_PATH_XDP, &setup, "another XDP program is on near0");
	second = frame_path_open(FRAME_PATH_BEST, &setup, &error);
	assert_non_null(second);
	assert_non_null(strstr(frame_path_name(second), "AF_PACKET, not AF_XDP: another XDP program is on near0"));
	frame_path_free(second);
	frame_path_free(first);
}

static int open_tun(void)
{
	struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
	int tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "tun0");
	if (tun < 0 || ioctl(tun, TUNSETIFF, &request) != 0)
		return -1;
	assert_int_equal(
		two_sides_run(
			"sysctl -q -w net.ipv6.conf.tun0.disable_ipv6=1; ip address add 198.18.5.1/24 dev tun0 && ip link set tun0 up"),
		0);
	return tun;
}

/* Frames of a tun device begin with the IP header: AF_PACKET carries them, AF_XDP cannot. */
static void tun_carries_bare_packets(void **state)
{
	const struct link_layout layout = {.kind = LINK_RAW_IP};
	const struct ip_address source = address("198.18.5.1");
	const struct frame_path_setup setup = setup_on("tun0", LINK_RAW_IP, &source);
	struct tcp_segment segment = {.source = address("198.18.5.2"),
	                              .destination = source,
	                              .source_port = 143,
	                              .destination_port = FIRST_PORT,
	                              .sequence = 7,
	                              .flags = TCP_ACK};
	unsigned char frame[FRAME_SIZE_MAX];
	struct error error = {""};
	struct frame_path *path;
	struct packet packet;
	struct span received;
	size_t size;
	int tun = open_tun();

	(void)state;
	if (tun < 0) {
		print_message("# this kernel has no tun devices\n");
		return;
	}
	expect_refusal(FRAME_PATH_XDP, &setup, "AF_XDP is not possible there");
	path = frame_path_open(FRAME_PATH_BEST, &setup, &error);
	if (path == NULL)
		fail_msg("%s", error.text);
	assert_non_null(strstr(frame_path_name(path), "AF_PACKET, not AF_XDP: "));
	size = frame_write_segment(&layout, &segment, frame);
	assert_int_equal(write(tun, frame, size), size);
	frame_path_wait(path, instant_after_ms(clock_now(), PATIENCE_MS));
	assert_int_equal(frame_path_receive(path, &received, 1), 1);
	packet_parse(received, &layout, frame_path_proves_checksums(path), &packet);
	assert_int_equal(packet.kind, PACKET_TCP);
	assert_int_equal(packet.tcp.sequence, 7);
	frame_path_release(path);
	/* Out again; the kernel, whose address it is, has said nothing. */
	segment.source = source;
	segment.destination = address("198.18.5.2");
	size = frame_write_segment(&layout, &segment, frame_path_reserve(path));
	frame_path_commit(path, size);
	frame_path_flush(path);
	assert_int_equal(read(tun, frame, sizeof(frame)), size);
	packet_parse(span_make(frame, size), &layout, false, &packet);
	assert_int_equal(packet.kind, PACKET_TCP);
	assert_int_equal(packet.tcp.flags, TCP_ACK);
	assert_true(read(tun, frame, sizeof(frame)) < 0);
	frame_path_free(path);
	(void)close(tun);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interface_is_found),
		cmocka_unit_test(vlan_is_found),
		cmocka_unit_test(routes_are_those_of_the_kernel),
		cmocka_unit_test(own_addresses_are_told),
		cmocka_unit_test(neighbours_are_asked_for),
		cmocka_unit_test(refusals_say_what_to_do),
		cmocka_unit_test(best_is_xdp_on_ethernet),
		cmocka_unit_test(tun_carries_bare_packets),
	};

	two_sides_make(&sides);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
