/* SPDX-License-Identifier: ISC */
/* Two network namespaces of our own, joined by a veth pair and by nothing else: `near`, where what is tested sends, and `far`, an ordinary machine that also
   has a tap on its end of the wire. */
#ifndef FRAMES_TWO_SIDES_H
#define FRAMES_TWO_SIDES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/ip_address.h"
#include "packet/packet.h"

enum { CAPTURED_MAX = 66000 };

struct two_sides {
	int near, far; /* namespaces */
	int tap;       /* packet socket on the far end: sees and sends everything */
	uint8_t near_link[LINK_ADDRESS_SIZE], far_link[LINK_ADDRESS_SIZE];
};

/* Moves this process into `near`; ends it as skipped where that is not allowed. Addresses of near: 198.18.0.1/24, 2001:db8::1/64; of far: the same with 2.
   Of 198.18.0.77 and 2001:db8::77 no machine is the owner. The interfaces are called near0 and far0. */
void two_sides_make(struct two_sides *sides);
/* This process looks at the world from there. */
void two_sides_enter(int side);
/* Runs a line of the shell here; its exit code. */
int two_sides_run(const char *command);
/* The same; true when what it prints contains word. */
bool two_sides_shows(const char *command, const char *word);
/* Forgets what the tap has seen. */
void two_sides_drain(const struct two_sides *sides);
/* The next frame at the tap within that time; its size, 0: none. With or without a tag, as the kernel left it. */
size_t two_sides_capture(const struct two_sides *sides, unsigned char frame[CAPTURED_MAX], unsigned timeout_ms);
void two_sides_inject(const struct two_sides *sides, const void *frame, size_t size);
/* As seen from the far end: who we are is the next hop. */
struct link_layout two_sides_far_layout(const struct two_sides *sides, uint16_t vlan);
struct link_layout two_sides_near_layout(const struct two_sides *sides, uint16_t vlan);
/* Resets from near's ports first to last that the tap sees within that time. */
unsigned two_sides_count_resets(const struct two_sides *sides, uint16_t first, uint16_t last, unsigned timeout_ms);
/* The kernel of far begins a connection; a non-blocking socket of it. */
int two_sides_connect(const struct two_sides *sides, struct ip_address address, uint16_t port);
struct ip_address two_sides_address(const char *text);

#endif
