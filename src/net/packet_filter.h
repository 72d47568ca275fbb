/* SPDX-License-Identifier: ISC */
/* Which frames a packet socket copies: segments to our ports, and with receives_icmp ICMP errors and questions for addresses that nobody else answers for.
   Classic BPF: it needs no privilege beyond the socket's. Addresses of segments are not compared: who parses them does that. */
#ifndef NET_PACKET_FILTER_H
#define NET_PACKET_FILTER_H

#include <stdbool.h>

#include "net/frame_path.h"

/* asked: addresses whose ARP and neighbour requests are wanted (at most FRAME_PATH_ADDRESSES_MAX). False: the kernel refused; errno says why. */
bool packet_filter_attach(int descriptor, const struct frame_path_setup *setup, const struct ip_address *asked,
                          size_t asked_count) MUST_CHECK;

#endif
