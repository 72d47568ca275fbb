/* SPDX-License-Identifier: ISC */
/* What the programs in the kernel (steer.bpf.c) are told by us. Read by both compilers, so it needs nothing but the kernel's types. */
#ifndef NET_STEER_H
#define NET_STEER_H

#include <linux/types.h>

enum { STEER_ADDRESSES_MAX = 256, STEER_QUEUES_MAX = 16 };

/* Constant before a program is loaded. Ports in host byte order. */
struct steer_config {
	__u16 first_port, last_port;
	__u16 vlan;         /* 0: untagged frames are ours */
	__u8 is_raw_ip;     /* no link header */
	__u8 receives_icmp; /* ICMP errors, ARP and neighbour requests too */
};

struct steer_address {
	__u32 family;   /* 4 or 6 */
	__u8 bytes[16]; /* as struct ip_address */
};

enum steer_owner {
	STEER_NOBODY = 1, /* an address of our own making: we answer for it */
	STEER_KERNEL = 2, /* the machine's */
};

#endif
