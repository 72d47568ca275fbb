/* SPDX-License-Identifier: ISC */
/* Asks rtnetlink; nothing is changed, except that the kernel may be made to ask for a neighbour. */
#include "net/route.h"

#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "model/endpoint.h"
#include "net/clock.h"
#include "net/netlink.h"
#include "net/tcp_socket.h"

enum { DISCARD_PORT = 9, NEIGHBOUR_POLL_MS = 10, NEIGHBOUR_ASK_AGAIN = 20 };

static const unsigned NEIGHBOUR_USABLE = NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT | NUD_NOARP;

static unsigned char kernel_family(struct ip_address address)
{
	return address.family == IP_FAMILY_4 ? AF_INET : AF_INET6;
}

static bool read_address(struct span value, struct ip_address *address_out)
{
	if (value.size != 4 && value.size != 16)
		return false;
	*address_out = (struct ip_address){.family = value.size == 4 ? IP_FAMILY_4 : IP_FAMILY_6};
	memcpy(address_out->bytes, value.data, value.size);
	return true;
}

static void read_name(struct span value, char name_out[INTERFACE_NAME_SIZE])
{
	size_t size = value.size < INTERFACE_NAME_SIZE - 1 ? value.size : INTERFACE_NAME_SIZE - 1;

	memset(name_out, 0, INTERFACE_NAME_SIZE);
	memcpy(name_out, value.data, size);
}

/* ---- interfaces ---- */

struct link_answer {
	struct interface interface;
	unsigned short hardware;
	char kind[INTERFACE_NAME_SIZE]; /* "veth", "vlan" ...; empty: a real device, as far as rtnetlink knows */
	uint16_t vlan;
	unsigned lower;
};

static void read_kind(struct span nested, struct link_answer *answer)
{
	struct span value, data = {0};
	uint16_t type;

	while (netlink_next(&nested, &type, &value)) {
		if (type == IFLA_INFO_KIND)
			read_name(value, answer->kind);
		else if (type == IFLA_INFO_DATA)
			data = value;
	}
	if (strcmp(answer->kind, "vlan") != 0)
		return;
	while (netlink_next(&data, &type, &value)) {
		if (type == IFLA_VLAN_ID && value.size == sizeof(answer->vlan))
			memcpy(&answer->vlan, value.data, sizeof(answer->vlan));
	}
}

static void on_link(void *context, uint16_t type, struct span body)
{
	struct link_answer *answer = context;
	struct ifinfomsg header;
	struct span value;
	uint16_t name;

	if (type != RTM_NEWLINK || !netlink_take(&body, &header, sizeof(header)))
		return;
	answer->interface.index = (unsigned)header.ifi_index;
	answer->interface.is_up = (header.ifi_flags & IFF_UP) != 0;
	answer->interface.is_loopback = (header.ifi_flags & IFF_LOOPBACK) != 0;
	answer->hardware = header.ifi_type;
	while (netlink_next(&body, &name, &value)) {
		if (name == IFLA_IFNAME)
			read_name(value, answer->interface.name);
		else if (name == IFLA_MTU)
			answer->interface.mtu = netlink_u32(value);
		else if (name == IFLA_ADDRESS && value.size == LINK_ADDRESS_SIZE)
			memcpy(answer->interface.own, value.data, LINK_ADDRESS_SIZE);
		else if (name == IFLA_LINK)
			answer->lower = netlink_u32(value);
		else if (name == IFLA_LINKINFO)
			read_kind(value, answer);
	}
}

static bool ask_link(const char *name, struct link_answer *answer, struct error *error)
{
	struct netlink_request request;
	struct ifinfomsg header = {.ifi_family = AF_UNSPEC};
	size_t size = strlen(name);
	int failure;

	memset(answer, 0, sizeof(*answer));
	if (size == 0 || size >= INTERFACE_NAME_SIZE)
		return error_set(error, "\"%.64s\" is no name of an interface; ip link shows them", name);
	netlink_begin(&request, RTM_GETLINK, 0, &header, sizeof(header));
	netlink_add(&request, IFLA_IFNAME, name, size + 1);
	failure = netlink_ask(&request, on_link, answer);
	if (failure == 0 && answer->interface.index != 0)
		return true;
	if (failure == ENODEV || failure == 0)
		return error_set(error, "there is no interface %s; ip link shows them", name);
	return error_set(error, "cannot ask the kernel about interface %s: %s", name, strerror(failure));
}

static void on_address(void *context, uint16_t type, struct span body)
{
	struct interface *interface = context;
	struct ifaddrmsg header;
	struct span value;
	struct ip_address address = {0}, other;
	bool has_local = false;
	uint16_t name;

	if (type != RTM_NEWADDR || !netlink_take(&body, &header, sizeof(header)) || header.ifa_index != interface->index ||
	    header.ifa_scope == RT_SCOPE_LINK || (header.ifa_flags & IFA_F_DADFAILED) != 0)
		return;
	while (netlink_next(&body, &name, &value)) {
		/* On a link between two IFA_ADDRESS is the other one's, IFA_LOCAL ours; IPv6 has IFA_ADDRESS alone. */
		if (name == IFA_LOCAL)
			has_local = read_address(value, &address);
		else if (name == IFA_ADDRESS && !has_local && read_address(value, &other))
			address = other;
	}
	if (address.family != 0 && interface->address_count < INTERFACE_ADDRESSES_MAX)
		interface->addresses[interface->address_count++] = address;
}

bool interface_find(const char *name, struct interface *interface_out, struct error *error)
{
	struct link_answer answer;
	struct netlink_request request;
	struct ifaddrmsg header = {.ifa_family = AF_UNSPEC};
	int failure;

	memset(interface_out, 0, sizeof(*interface_out));
	if (!ask_link(name, &answer, error))
		return false;
	switch (answer.hardware) {
	case ARPHRD_ETHER:
	case ARPHRD_LOOPBACK:
		answer.interface.link = LINK_ETHERNET;
		break;
	case ARPHRD_NONE:
	case ARPHRD_RAWIP:
		answer.interface.link = LINK_RAW_IP;
		break;
	default:
		return error_set(
			error,
			"interface %s is neither Ethernet nor carries bare IP packets (hardware type %u): packets of our own cannot "
			"leave by it; use --engine sockets",
			name, (unsigned)answer.hardware);
	}
	answer.interface.is_virtual = answer.kind[0] != '\0';
	*interface_out = answer.interface;
	netlink_begin(&request, RTM_GETADDR, NLM_F_DUMP, &header, sizeof(header));
	failure = netlink_ask(&request, on_address, interface_out);
	return failure == 0 || error_set(error, "cannot ask the kernel for the addresses of %s: %s", name, strerror(failure));
}

uint16_t interface_vlan(const char *name, char lower_out[INTERFACE_NAME_SIZE])
{
	struct link_answer answer;
	char lower[IF_NAMESIZE] = "";

	memset(lower_out, 0, INTERFACE_NAME_SIZE);
	if (!ask_link(name, &answer, NULL) || answer.vlan == 0 || if_indextoname(answer.lower, lower) == NULL)
		return 0;
	read_name(span_from_text(lower), lower_out);
	return answer.vlan;
}

/* ---- routes ---- */

struct route_answer {
	struct route route;
	unsigned char type; /* RTN_UNICAST ... */
	unsigned interface;
};

/* RTA_VIA: the gateway of an IPv4 route may be an IPv6 neighbour (RFC 5549). */
static bool read_via(struct span value, struct ip_address *gateway_out)
{
	return value.size > 2 && read_address(span_part(value, 2, value.size), gateway_out);
}

static void on_route(void *context, uint16_t type, struct span body)
{
	struct route_answer *answer = context;
	struct rtmsg header;
	struct span value;
	uint16_t name;

	if (type != RTM_NEWROUTE || !netlink_take(&body, &header, sizeof(header)))
		return;
	answer->type = header.rtm_type;
	while (netlink_next(&body, &name, &value)) {
		if (name == RTA_OIF)
			answer->interface = netlink_u32(value);
		else if (name == RTA_PREFSRC)
			(void)read_address(value, &answer->route.source);
		else if (name == RTA_GATEWAY)
			answer->route.has_gateway = read_address(value, &answer->route.gateway);
		else if (name == RTA_VIA)
			answer->route.has_gateway = read_via(value, &answer->route.gateway);
	}
}

static int ask_route(struct ip_address destination, struct route_answer *answer)
{
	struct netlink_request request;
	struct rtmsg header = {.rtm_family = kernel_family(destination), .rtm_dst_len = (unsigned char)(8 * ip_address_size(destination))};

	memset(answer, 0, sizeof(*answer));
	netlink_begin(&request, RTM_GETROUTE, 0, &header, sizeof(header));
	netlink_add(&request, RTA_DST, destination.bytes, ip_address_size(destination));
	return netlink_ask(&request, on_route, answer);
}

bool route_find(struct ip_address destination, struct route *route_out, struct error *error)
{
	struct route_answer answer;
	char text[IP_ADDRESS_TEXT_SIZE], name[IF_NAMESIZE] = "";
	int failure = ask_route(destination, &answer);

	ip_address_format(destination, text);
	memset(route_out, 0, sizeof(*route_out));
	if (failure != 0 || (answer.type != RTN_UNICAST && answer.type != RTN_LOCAL) || if_indextoname(answer.interface, name) == NULL)
		return error_set(error, "there is no route to %s%s%s; ip route get %s shows what the kernel thinks", text,
		                 failure != 0 ? ": " : "", failure != 0 ? strerror(failure) : "", text);
	read_name(span_from_text(name), answer.route.interface);
	*route_out = answer.route;
	return true;
}

bool address_is_of_kernel(struct ip_address address)
{
	struct route_answer answer;

	return ask_route(address, &answer) == 0 && answer.type == RTN_LOCAL;
}

/* ---- neighbours ---- */

struct neighbour_answer {
	struct ip_address wanted;
	unsigned interface;
	uint8_t link[LINK_ADDRESS_SIZE];
	bool is_found;
};

static void on_neighbour(void *context, uint16_t type, struct span body)
{
	struct neighbour_answer *answer = context;
	struct ndmsg header;
	struct span value, link = {0};
	struct ip_address address = {0};
	uint16_t name;

	if (type != RTM_NEWNEIGH || !netlink_take(&body, &header, sizeof(header)) || (unsigned)header.ndm_ifindex != answer->interface ||
	    (header.ndm_state & NEIGHBOUR_USABLE) == 0)
		return;
	while (netlink_next(&body, &name, &value)) {
		if (name == NDA_DST)
			(void)read_address(value, &address);
		else if (name == NDA_LLADDR)
			link = value;
	}
	if (address.family != answer->wanted.family || ip_address_compare(address, answer->wanted) != 0 || link.size != LINK_ADDRESS_SIZE)
		return;
	memcpy(answer->link, link.data, LINK_ADDRESS_SIZE);
	answer->is_found = true;
}

static int ask_neighbour(struct neighbour_answer *answer)
{
	struct netlink_request request;
	struct ndmsg header = {.ndm_family = kernel_family(answer->wanted)};

	netlink_begin(&request, RTM_GETNEIGH, NLM_F_DUMP, &header, sizeof(header));
	return netlink_ask(&request, on_neighbour, answer);
}

/* One byte to the discard port (RFC 863): before it can leave the kernel has to find the neighbour. */
static int make_kernel_ask(const struct interface *interface, struct ip_address neighbour)
{
	struct sockaddr_storage address;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&address;
	socklen_t size = tcp_socket_address((struct endpoint){.address = neighbour, .port = DISCARD_PORT}, &address);
	int descriptor = socket(kernel_family(neighbour), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int failure = 0;

	if (descriptor < 0)
		return errno;
	if (neighbour.family == IP_FAMILY_6 && neighbour.bytes[0] == 0xfe && (neighbour.bytes[1] & 0xc0) == 0x80)
		six->sin6_scope_id = interface->index;
	if (setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, interface->name, (socklen_t)strlen(interface->name)) != 0 ||
	    sendto(descriptor, "", 1, 0, (const struct sockaddr *)&address, size) < 0)
		failure = errno;
	(void)close(descriptor);
	return failure;
}

bool neighbour_find(const struct interface *interface, struct ip_address neighbour, unsigned timeout_ms,
                    uint8_t link_out[LINK_ADDRESS_SIZE], struct error *error)
{
	struct neighbour_answer answer = {.wanted = neighbour, .interface = interface->index};
	struct instant until = instant_after_ms(clock_now(), timeout_ms);
	char text[IP_ADDRESS_TEXT_SIZE];
	int failure = 0, asked = 0;

	memset(link_out, 0, LINK_ADDRESS_SIZE);
	if (interface->link != LINK_ETHERNET)
		return true; /* who is at the other end needs no address */
	ip_address_format(neighbour, text);
	for (unsigned round = 0;; round++) {
		failure = ask_neighbour(&answer);
		if (failure != 0 || answer.is_found || !instant_is_before(clock_now(), until))
			break;
		if (round % NEIGHBOUR_ASK_AGAIN == 0)
			asked = make_kernel_ask(interface, neighbour);
		(void)poll(NULL, 0, NEIGHBOUR_POLL_MS);
	}
	if (answer.is_found) {
		memcpy(link_out, answer.link, LINK_ADDRESS_SIZE);
		return true;
	}
	if (failure == 0)
		failure = asked;
	return error_set(error,
	                 "%s does not answer on %s%s%s: ip neigh show dev %s tells what is known; its link address can be given by hand",
	                 text, interface->name, failure != 0 ? ": " : "", failure != 0 ? strerror(failure) : "", interface->name);
}
