/* SPDX-License-Identifier: ISC */
/* By which interface, from which address and over which neighbour frames leave: asked of the kernel (rtnetlink), as a packet engine bypasses its routing. */
#ifndef NET_ROUTE_H
#define NET_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "model/ip_address.h"
#include "packet/packet.h"

enum { INTERFACE_NAME_SIZE = 16, INTERFACE_ADDRESSES_MAX = 64 };

struct interface {
	char name[INTERFACE_NAME_SIZE];
	unsigned index;
	unsigned mtu;
	enum link_kind link;
	uint8_t own[LINK_ADDRESS_SIZE];
	bool is_up, is_loopback;
	struct ip_address addresses[INTERFACE_ADDRESSES_MAX]; /* without link-local ones */
	size_t address_count;
	bool is_virtual; /* no hardware behind it: veth, tun, a bridge, a VLAN device ... */
};

/* How a destination is reached. */
struct route {
	char interface[INTERFACE_NAME_SIZE];
	struct ip_address source;  /* what the kernel would choose */
	struct ip_address gateway; /* has_gateway */
	bool has_gateway;          /* false: the destination is on the link itself (or the link has no neighbours) */
};

/* False: no such interface, or one that cannot carry frames of ours; error says what to do. */
bool interface_find(const char *name, struct interface *interface_out, struct error *error) MUST_CHECK;
/* False: no route; error says so. */
bool route_find(struct ip_address destination, struct route *route_out, struct error *error) MUST_CHECK;
/* The kernel takes packets to this address as its own: it would answer segments of ours with RST. */
bool address_is_of_kernel(struct ip_address address);
/* The link address of an on-link neighbour: from the kernel's table, or asked for (the kernel is made to ask by a UDP packet to the discard port; at most timeout_ms). */
bool neighbour_find(const struct interface *interface, struct ip_address neighbour, unsigned timeout_ms,
                    uint8_t link_out[LINK_ADDRESS_SIZE], struct error *error) MUST_CHECK;
/* The 802.1Q identifier when the interface is a VLAN device, and its lower interface's name; 0: it is none. */
uint16_t interface_vlan(const char *name, char lower_out[INTERFACE_NAME_SIZE]);

#endif
