/* SPDX-License-Identifier: ISC */
/* Puts the filter's instructions together: blocks, one per kind of packet, each ending in a verdict, so that jumps stay within a block. */
#include "net/packet_filter.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/filter.h>
#include <linux/if_ether.h>

enum {
	INSTRUCTIONS_MAX = 4096, /* BPF_MAXINSNS */
	ETHERNET_HEADER = 14,
	IPV6_HEADER = 40,
	PROTOCOL_ICMP = 1,
	PROTOCOL_TCP = 6,
	PROTOCOL_ICMPV6 = 58,
	NEIGHBOUR_SOLICITATION = 135,
	TAKE = 0x40000, /* more than any frame has */
	DROP = 0,
};

struct program {
	struct sock_filter instructions[INSTRUCTIONS_MAX];
	unsigned short count;
};

static void add(struct program *program, unsigned code, uint32_t k)
{
	if (program->count < INSTRUCTIONS_MAX)
		program->instructions[program->count++] = (struct sock_filter){.code = (uint16_t)code, .k = k};
}

static void add_return(struct program *program, uint32_t verdict)
{
	add(program, BPF_RET | BPF_K, verdict);
}

static void add_load(struct program *program, unsigned size, uint32_t at)
{
	add(program, BPF_LD | size | BPF_ABS, at);
}

/* Goes on behind skipped instructions unless the accumulator compares so (BPF_JEQ, BPF_JGE, BPF_JGT, BPF_JSET). */
static void add_unless(struct program *program, unsigned comparison, uint32_t value, unsigned char skipped)
{
	add(program, BPF_JMP | comparison | BPF_K, value);
	program->instructions[program->count - 1].jf = skipped;
}

static void add_if(struct program *program, unsigned comparison, uint32_t value, unsigned char skipped)
{
	add(program, BPF_JMP | comparison | BPF_K, value);
	program->instructions[program->count - 1].jt = skipped;
}

/* The port is in the accumulator. */
static void add_port_verdict(struct program *program, const struct frame_path_setup *setup)
{
	add_unless(program, BPF_JGE, setup->first_port, 2);
	add_if(program, BPF_JGT, setup->last_port, 1);
	add_return(program, TAKE);
	add_return(program, DROP);
}

/* One IPv4 or IPv6 address at that offset: drop when it is none of these. */
static void add_address_verdict(struct program *program, uint32_t at, enum ip_family family, const struct ip_address *asked, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t words[4];
		unsigned word_count = family == IP_FAMILY_4 ? 1 : 4;

		if (asked[i].family != family)
			continue;
		memcpy(words, asked[i].bytes, sizeof(words));
		for (unsigned word = 0; word < word_count; word++) {
			add_load(program, BPF_W, at + 4 * word);
			add_unless(program, BPF_JEQ, ntohl(words[word]), (unsigned char)(2 * (word_count - word) - 1));
		}
		add_return(program, TAKE);
	}
	add_return(program, DROP);
}

/* Only frames with our tag, which the kernel has taken out of the frame by now, or none. */
static void add_vlan(struct program *program, uint16_t vlan)
{
	add_load(program, BPF_B, (uint32_t)(SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT));
	if (vlan == 0) {
		add_unless(program, BPF_JGE, 1, 1);
		add_return(program, DROP);
		return;
	}
	add_if(program, BPF_JGE, 1, 1);
	add_return(program, DROP);
	add_load(program, BPF_H, (uint32_t)(SKF_AD_OFF + SKF_AD_VLAN_TAG));
	add(program, BPF_ALU | BPF_AND | BPF_K, 0xfff);
	add_if(program, BPF_JEQ, vlan, 1);
	add_return(program, DROP);
}

static void add_ipv4(struct program *program, const struct frame_path_setup *setup, uint32_t at)
{
	add_load(program, BPF_H, at + 6);
	add_unless(program, BPF_JSET, 0x1fff, 1);
	add_return(program, DROP); /* not the first fragment: no ports */
	add(program, BPF_LDX | BPF_B | BPF_MSH, at);
	add_load(program, BPF_B, at + 9);
	add_unless(program, BPF_JEQ, PROTOCOL_TCP, 5);
	add(program, BPF_LD | BPF_H | BPF_IND, at + 2);
	add_port_verdict(program, setup);
	if (setup->receives_icmp) {
		add_unless(program, BPF_JEQ, PROTOCOL_ICMP, 5);
		add(program, BPF_LD | BPF_B | BPF_IND, at);
		add_if(program, BPF_JEQ, 3, 2);
		add_if(program, BPF_JEQ, 11, 1);
		add_unless(program, BPF_JEQ, 12, 1);
		add_return(program, TAKE);
	}
	add_return(program, DROP);
}

static void add_ipv6(struct program *program, const struct frame_path_setup *setup, uint32_t at, const struct ip_address *asked,
                     size_t count)
{
	add_load(program, BPF_B, at + 6);
	add_unless(program, BPF_JEQ, PROTOCOL_TCP, 5);
	add_load(program, BPF_H, at + IPV6_HEADER + 2);
	add_port_verdict(program, setup);
	if (!setup->receives_icmp) {
		add_return(program, DROP);
		return;
	}
	add_if(program, BPF_JEQ, PROTOCOL_ICMPV6, 1);
	add_return(program, DROP);
	add_load(program, BPF_B, at + IPV6_HEADER);
	add_unless(program, BPF_JGE, 1, 2);
	add_if(program, BPF_JGT, 4, 1);
	add_return(program, TAKE);
	add_if(program, BPF_JEQ, NEIGHBOUR_SOLICITATION, 1);
	add_return(program, DROP);
	add_address_verdict(program, at + IPV6_HEADER + 8, IP_FAMILY_6, asked, count);
}

static void add_arp(struct program *program, uint32_t at, const struct ip_address *asked, size_t count)
{
	add_load(program, BPF_H, at + 6);
	add_if(program, BPF_JEQ, 1, 1);
	add_return(program, DROP); /* no request */
	add_address_verdict(program, at + 24, IP_FAMILY_4, asked, count);
}

/* Lets a block begin only for packets of this kind: its length is known when it is written, so the jump over it is filled in afterwards. It may be longer than a
   conditional jump can be. */
static unsigned short begin_block(struct program *program, uint32_t value)
{
	add_if(program, BPF_JEQ, value, 1);
	add(program, BPF_JMP | BPF_JA, 0);
	return program->count;
}

static void end_block(struct program *program, unsigned short start)
{
	program->instructions[start - 1].k = (uint32_t)(program->count - start);
}

static void build(struct program *program, const struct frame_path_setup *setup, const struct ip_address *asked, size_t count)
{
	uint32_t at = setup->link == LINK_ETHERNET ? ETHERNET_HEADER : 0;
	unsigned short start;

	program->count = 0;
	add_vlan(program, setup->vlan);
	add_load(program, BPF_H, (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL));
	start = begin_block(program, ETH_P_IP);
	add_ipv4(program, setup, at);
	end_block(program, start);
	start = begin_block(program, ETH_P_IPV6);
	add_ipv6(program, setup, at, asked, count);
	end_block(program, start);
	if (setup->receives_icmp && setup->link == LINK_ETHERNET) {
		start = begin_block(program, ETH_P_ARP);
		add_arp(program, at, asked, count);
		end_block(program, start);
	}
	add_return(program, DROP);
}

bool packet_filter_attach(int descriptor, const struct frame_path_setup *setup, const struct ip_address *asked, size_t asked_count)
{
	struct program program;
	struct sock_fprog whole = {.filter = program.instructions};

	build(&program, setup, asked, asked_count);
	whole.len = program.count;
	return setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &whole, sizeof(whole)) == 0;
}
