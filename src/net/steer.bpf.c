/* SPDX-License-Identifier: ISC */
/* In the kernel, for each frame that comes in: which are segments of our connections? AF_XDP is given them (steer_to_us), and behind AF_PACKET's tap they
   are kept from the kernel's TCP, which would answer with RST (steer_from_kernel). All else goes its way untouched.

   Compiled for the BPF machine and embedded into the program; there is no loop but over VLAN tags, and nothing is written. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "net/steer.h"

enum {
	IPV4_HEADER = 20,
	IPV6_HEADER = 40,
	PROTOCOL_ICMP = 1,
	PROTOCOL_TCP = 6,
	PROTOCOL_ICMPV6 = 58,
	FRAGMENT_OFFSET = 0x1fff,
	NEIGHBOUR_SOLICITATION = 135,
	/* What steer_from_kernel has to see at most: a tag, IPv6, and TCP's ports. */
	HEADERS_MAX = 18 + 60 + 4,
};

const volatile struct steer_config config;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, STEER_ADDRESSES_MAX);
	__type(key, struct steer_address);
	__type(value, __u32); /* enum steer_owner */
} addresses SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, STEER_QUEUES_MAX);
	__type(key, __u32);
	__type(value, __u32);
} sockets SEC(".maps");

/* Part of a packet: at is never beyond end for whoever asked has(). */
struct view {
	void *at, *end;
};

enum answer { PASS, SEGMENT, NOTICE };

static __always_inline int has(const struct view *view, __u32 size)
{
	return view->at + size <= view->end;
}

static __always_inline __u16 read_u16(const void *at)
{
	return bpf_ntohs(*(const __u16 *)at);
}

static __always_inline __u32 owner_of(__u32 family, const void *bytes)
{
	struct steer_address key = {.family = family};
	const __u32 *owner;

	__builtin_memcpy(key.bytes, bytes, 4);
	if (family == 6)
		__builtin_memcpy(key.bytes + 4, bytes + 4, 12);
	owner = bpf_map_lookup_elem(&addresses, &key);
	return owner ? *owner : 0;
}

static __always_inline int is_our_port(__u16 port)
{
	return port >= config.first_port && port <= config.last_port;
}

/* An ICMP error quotes the packet that it is about: from our address and port? quote begins with its IP header. */
static __always_inline int quotes_us_4(struct view quote)
{
	const __u8 *ip = quote.at;
	__u32 size;

	if (!has(&quote, IPV4_HEADER) || ip[9] != PROTOCOL_TCP)
		return 0;
	size = (ip[0] & 15) * 4;
	if (size < IPV4_HEADER || !owner_of(4, ip + 12))
		return 0;
	quote.at += size;
	return has(&quote, 4) && is_our_port(read_u16(quote.at));
}

static __always_inline int quotes_us_6(struct view quote)
{
	const __u8 *ip = quote.at;

	return has(&quote, IPV6_HEADER + 4) && ip[6] == PROTOCOL_TCP && owner_of(6, ip + 8) && is_our_port(read_u16(ip + IPV6_HEADER));
}

static __always_inline enum answer look_at_tcp(const struct view *tcp, __u32 family, const void *destination)
{
	const __u8 *ports = tcp->at;

	return has(tcp, 4) && is_our_port(read_u16(ports + 2)) && owner_of(family, destination) ? SEGMENT : PASS;
}

static __always_inline enum answer look_at_4(struct view view)
{
	const __u8 *ip = view.at;
	const __u8 *icmp;
	__u32 size;

	if (!has(&view, IPV4_HEADER) || ip[0] >> 4 != 4 || (read_u16(ip + 6) & FRAGMENT_OFFSET) != 0)
		return PASS; /* the first fragment has the ports: without it the others come to nothing */
	size = (ip[0] & 15) * 4;
	if (size < IPV4_HEADER)
		return PASS;
	view.at += size;
	if (ip[9] == PROTOCOL_TCP)
		return look_at_tcp(&view, 4, ip + 16);
	if (ip[9] != PROTOCOL_ICMP || !config.receives_icmp || !has(&view, 8))
		return PASS;
	icmp = view.at;
	view.at += 8;
	return (icmp[0] == 3 || icmp[0] == 11 || icmp[0] == 12) && quotes_us_4(view) ? NOTICE : PASS;
}

static __always_inline enum answer look_at_6(struct view view)
{
	const __u8 *ip = view.at;
	const __u8 *icmp;

	if (!has(&view, IPV6_HEADER) || ip[0] >> 4 != 6)
		return PASS;
	view.at += IPV6_HEADER;
	if (ip[6] == PROTOCOL_TCP)
		return look_at_tcp(&view, 6, ip + 24);
	if (ip[6] != PROTOCOL_ICMPV6 || !config.receives_icmp || !has(&view, 8))
		return PASS;
	icmp = view.at;
	view.at += 8;
	if (icmp[0] == NEIGHBOUR_SOLICITATION)
		return has(&view, 16) && owner_of(6, view.at) == STEER_NOBODY ? NOTICE : PASS;
	return icmp[0] >= 1 && icmp[0] <= 4 && quotes_us_6(view) ? NOTICE : PASS;
}

static __always_inline enum answer look_at_arp(const struct view *view)
{
	const __u8 *arp = view->at;

	if (!config.receives_icmp || !has(view, 28) || read_u16(arp + 6) != 1)
		return PASS;
	return owner_of(4, arp + 24) == STEER_NOBODY ? NOTICE : PASS;
}

static __always_inline enum answer look_at_packet(struct view view, __u16 protocol)
{
	if (protocol == ETH_P_IP)
		return look_at_4(view);
	if (protocol == ETH_P_IPV6)
		return look_at_6(view);
	return protocol == ETH_P_ARP ? look_at_arp(&view) : PASS;
}

SEC("xdp")
int steer_to_us(struct xdp_md *context)
{
	struct view view = {.at = (void *)(long)context->data, .end = (void *)(long)context->data_end};
	__u16 protocol, vlan = 0;

	if (!has(&view, ETH_HLEN))
		return XDP_PASS;
	protocol = read_u16(view.at + 12);
	view.at += ETH_HLEN;
	if (protocol == ETH_P_8021Q) {
		if (!has(&view, 4))
			return XDP_PASS;
		vlan = read_u16(view.at) & 0xfff;
		protocol = read_u16(view.at + 2);
		view.at += 4;
	}
	if (vlan != config.vlan || look_at_packet(view, protocol) == PASS)
		return XDP_PASS;
	return bpf_redirect_map(&sockets, context->rx_queue_index, XDP_PASS);
}

/* The verdicts of a classifier: TC_ACT_UNSPEC asks the next one. */
SEC("tc")
int steer_from_kernel(struct __sk_buff *context)
{
	struct view view;
	__u16 protocol = bpf_ntohs(context->protocol);
	__u16 vlan = context->vlan_present ? context->vlan_tci & 0xfff : 0;
	__u32 wanted = context->len < HEADERS_MAX ? context->len : HEADERS_MAX;

	if (protocol != ETH_P_IP && protocol != ETH_P_IPV6)
		return TC_ACT_UNSPEC;
	/* Frames from a ring of the other end may have their headers in pages. */
	if ((void *)(long)context->data + wanted > (void *)(long)context->data_end)
		bpf_skb_pull_data(context, wanted);
	view.at = (void *)(long)context->data;
	view.end = (void *)(long)context->data_end;
	if (!config.is_raw_ip)
		view.at += ETH_HLEN;
	return vlan == config.vlan && look_at_packet(view, protocol) == SEGMENT ? TC_ACT_SHOT : TC_ACT_UNSPEC;
}

char licence[] SEC("license") = "Dual BSD/GPL";
