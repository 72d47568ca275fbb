/* SPDX-License-Identifier: ISC */
/* Our initial sequence number as proof: who answers it has seen our SYN, and nothing has to be remembered for those who stay silent. */
#ifndef PACKET_SYN_COOKIE_H
#define PACKET_SYN_COOKIE_H

#include <stddef.h>
#include <stdint.h>

#include "model/ip_address.h"

/* 16 random bytes, new for each census and kept with it (a resumed one must know its own late answers). */
struct syn_key {
	uint64_t halves[2];
};

/* SipHash-2-4 (Aumasson, Bernstein 2012) of both addresses and ports, cut to 32 bits. Addresses by pointer: copying them would cost half as much again. */
uint32_t syn_cookie(const struct syn_key *key, const struct ip_address *own, uint16_t own_port, const struct ip_address *host,
                    uint16_t host_port);
/* SipHash-2-4 of up to 64 bytes, for tables whose keys strangers choose. */
uint64_t sip_hash(const struct syn_key *key, const void *bytes, size_t size);

#endif
