/* SPDX-License-Identifier: ISC */
/* The far end of the wire, in the kernel: notes each SYN in a bitmap, is silent or resets where nobody listens, and gives the rest to the responder. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "population.h"
#include "counters.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct population_settings);
} settings_map SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2 * POPULATION_UNITS);
	__type(key, __u32);
	__type(value, struct population_unit);
} unit_map SEC(".maps");

/* Its size is set by the loader. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, __u64);
} sent_map SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct world_counters);
} counter_map SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u32);
} socket_map SEC(".maps");

struct view {
	struct ethhdr *ethernet;
	struct iphdr *v4;
	struct ipv6hdr *v6;
	struct tcphdr *tcp;
	struct population_spot spot;
};

static __always_inline bool note_sent(const struct population_settings *settings, const struct population_spot *spot, __u32 slot,
                                      struct world_counters *counters)
{
	__u64 bit = population_sent_bit(settings, spot, slot), mask = 1ull << (bit & 63);
	__u32 word = (__u32)(bit >> 6);
	__u64 *value = bpf_map_lookup_elem(&sent_map, &word);

	if (value == NULL)
		return false;
	if ((*value & mask) != 0)
		counters->repeated++;
	else
		__sync_fetch_and_or(value, mask);
	return true;
}

static __always_inline __u16 fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + ((sum >> 16) & 0xffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)~sum;
}

static __always_inline __u64 add_words(const void *data, __u32 halves)
{
	const __u16 *words = data;
	__u64 sum = 0;

#pragma clang loop unroll(full)
	for (__u32 i = 0; i < halves; i++)
		sum += words[i];
	return sum;
}

/* The frame becomes its own answer: RST, or SYN-ACK with an MSS alone; without it where the SYN had no option, as a frame cannot grow here. */
static __always_inline int answer(struct xdp_md *context, struct view *view, const struct population_settings *settings, bool accepts,
                                  bool is_ipv6)
{
	struct tcphdr *tcp = view->tcp;
	unsigned char *option = (unsigned char *)(tcp + 1);
	unsigned char link[ETH_ALEN];
	bool has_option = accepts && (void *)(option + 4) <= (void *)(long)context->data_end;
	__u32 tcp_size = has_option ? 24 : 20, client = 0, server = 0, header_size;
	__u16 port = tcp->source;
	__u64 sum;

	__builtin_memcpy(link, view->ethernet->h_source, ETH_ALEN);
	__builtin_memcpy(view->ethernet->h_source, view->ethernet->h_dest, ETH_ALEN);
	__builtin_memcpy(view->ethernet->h_dest, link, ETH_ALEN);
	if (!is_ipv6) {
		client = view->v4->saddr;
		server = view->v4->daddr;
	} else {
		client = view->v6->saddr.in6_u.u6_addr32[3];
		server = view->v6->daddr.in6_u.u6_addr32[3] ^ view->v6->daddr.in6_u.u6_addr32[1];
	}
	tcp->ack_seq = bpf_htonl(bpf_ntohl(tcp->seq) + 1);
	tcp->seq = accepts ? bpf_htonl(population_sequence(settings->seed, client, server, bpf_ntohs(port), bpf_ntohs(tcp->dest))) : 0;
	tcp->source = tcp->dest;
	tcp->dest = port;
	((__u16 *)tcp)[6] = has_option ? bpf_htons(0x6012) : accepts ? bpf_htons(0x5012) : bpf_htons(0x5014);
	tcp->window = accepts ? bpf_htons(64240) : 0;
	tcp->check = 0;
	tcp->urg_ptr = 0;
	sum = bpf_htons((__u16)tcp_size) + bpf_htons(IPPROTO_TCP) + add_words(tcp, 10);
	if (has_option) {
		option[0] = 2;
		option[1] = 4;
		option[2] = 1460 >> 8;
		option[3] = 1460 & 0xff;
		sum += add_words(option, 2);
	}
	if (!is_ipv6) {
		struct iphdr *v4 = view->v4;

		client = v4->saddr;
		v4->saddr = v4->daddr;
		v4->daddr = client;
		v4->tot_len = bpf_htons((__u16)(20 + tcp_size));
		v4->id = 0;
		v4->frag_off = bpf_htons(0x4000);
		v4->ttl = 64;
		v4->check = 0;
		v4->check = fold(add_words(v4, 10));
		sum += add_words(&v4->saddr, 4);
		header_size = 20;
	} else {
		struct in6_addr address = view->v6->saddr;

		view->v6->saddr = view->v6->daddr;
		view->v6->daddr = address;
		view->v6->payload_len = bpf_htons((__u16)tcp_size);
		view->v6->hop_limit = 64;
		sum += add_words(&view->v6->saddr, 16);
		header_size = 40;
	}
	tcp->check = fold(sum);
	{
		long wanted = ETH_HLEN + header_size + tcp_size, had = (long)context->data_end - (long)context->data;

		if (had > wanted && bpf_xdp_adjust_tail(context, (int)(wanted - had)) != 0)
			return XDP_DROP;
	}
	/* Not XDP_TX: on veth that is lost without a word unless the other end has an XDP program; this wants no more than NAPI (GRO) there. */
	return (int)bpf_redirect(context->ingress_ifindex, 0);
}

/* is_ipv6 is known when this is compiled into its caller: the verifier would not believe a pointer that is NULL in the other family. */
static __always_inline int decide(struct xdp_md *context, struct view *view, bool is_ipv6)
{
	__u32 zero = 0, index = population_table_index(&view->spot), class, slot, action;
	struct population_settings *settings = bpf_map_lookup_elem(&settings_map, &zero);
	struct population_unit *unit = bpf_map_lookup_elem(&unit_map, &index);
	struct world_counters *counters = bpf_map_lookup_elem(&counter_map, &zero);
	bool is_syn;

	if (settings == NULL || unit == NULL || counters == NULL)
		return XDP_DROP;
	counters->packets++;
	counters->bytes += (__u64)((long)context->data_end - (long)context->data);
	is_syn = view->tcp->syn && !view->tcp->ack;
	slot = population_port_slot(bpf_ntohs(view->tcp->dest));
	if (is_syn) {
		counters->syns++;
		if (slot == POPULATION_OTHER_PORT)
			counters->other_ports++;
		else if (!note_sent(settings, &view->spot, slot, counters))
			counters->unnoted++;
	}
	class = population_class(settings, unit, &view->spot);
	if (class >= POPULATION_CLASSES_MAX) {
		counters->silent++;
		return XDP_DROP;
	}
	action = settings->actions[class][slot < POPULATION_PORTS ? slot : POPULATION_OTHER_PORT];
	if (action == POPULATION_ANSWER || (action == POPULATION_ACCEPT && !is_syn)) {
		counters->handed++;
		return (int)bpf_redirect_map(&socket_map, context->rx_queue_index, XDP_DROP);
	}
	if (action == POPULATION_DROP || !is_syn) {
		counters->silent++;
		return XDP_DROP;
	}
	if (action == POPULATION_ACCEPT)
		counters->accepted++;
	else
		counters->refused++;
	return answer(context, view, settings, action == POPULATION_ACCEPT, is_ipv6);
}

SEC("xdp")
int world(struct xdp_md *context)
{
	void *data = (void *)(long)context->data, *end = (void *)(long)context->data_end;
	struct population_settings *settings;
	struct view view = {.ethernet = data};
	__u32 zero = 0;

	settings = bpf_map_lookup_elem(&settings_map, &zero);
	if (settings == NULL || (void *)(view.ethernet + 1) > end)
		return XDP_PASS;
	if (view.ethernet->h_proto == bpf_htons(ETH_P_IP)) {
		view.v4 = (void *)(view.ethernet + 1);
		view.tcp = (void *)(view.v4 + 1);
		if ((void *)(view.tcp + 1) > end || view.v4->ihl != 5 ||
		    !population_locate_v4(settings, bpf_ntohl(view.v4->daddr), &view.spot))
			return XDP_PASS;
		if (view.v4->protocol != IPPROTO_TCP)
			return XDP_DROP;
		return decide(context, &view, false);
	}
	if (view.ethernet->h_proto == bpf_htons(ETH_P_IPV6)) {
		__u32 words[4];

		view.v6 = (void *)(view.ethernet + 1);
		view.tcp = (void *)(view.v6 + 1);
		if ((void *)(view.tcp + 1) > end)
			return XDP_PASS;
		for (int i = 0; i < 4; i++)
			words[i] = bpf_ntohl(view.v6->daddr.in6_u.u6_addr32[i]);
		if (!population_locate_v6(settings, words, &view.spot))
			return XDP_PASS;
		if (view.v6->nexthdr != IPPROTO_TCP)
			return XDP_DROP;
		return decide(context, &view, true);
	}
	return XDP_PASS;
}

char license_name[] SEC("license") = "Dual BSD/GPL";
