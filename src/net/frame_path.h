/* SPDX-License-Identifier: ISC */
/* Whole frames to and from one interface, many at once: one interface, a file per way the kernel offers (packet_path.c: AF_PACKET rings, xdp_path.c: AF_XDP).

   Sending: reserve, fill, commit, and flush once a round. Receiving: what receive gives is valid until release. No thread of its own, nothing is timed here.
   The kernel must not answer our connections: a path is told the local ports (and own addresses) of our connections and keeps their segments from the kernel's TCP
   (AF_XDP: only they are redirected; AF_PACKET: a classifier on ingress drops them behind our tap). Addresses that the machine does not own need nothing. */
#ifndef NET_FRAME_PATH_H
#define NET_FRAME_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/instant.h"
#include "base/span.h"
#include "model/ip_address.h"
#include "packet/packet.h"

enum frame_path_kind {
	FRAME_PATH_BEST,   /* AF_XDP where it is possible, else AF_PACKET; the error or the name tells why */
	FRAME_PATH_PACKET, /* AF_PACKET: TPACKET_V3 to receive, a transmit ring with QDISC_BYPASS; CAP_NET_RAW */
	FRAME_PATH_XDP,    /* AF_XDP: zero-copy where the driver can, else copying; CAP_NET_RAW, CAP_BPF, CAP_NET_ADMIN */
};

enum { FRAME_PATH_ADDRESSES_MAX = 256 };

struct frame_path_setup {
	const char *interface;
	enum link_kind link;
	uint16_t vlan;
	uint16_t first_port, last_port;     /* local ports of our connections */
	const struct ip_address *addresses; /* from which we send: ours or of our own making */
	size_t address_count;
	unsigned frames;    /* wanted depth of each ring; 0: 4096 */
	bool receives_icmp; /* ICMP errors, ARP and neighbour requests for addresses that the kernel does not own come too */
};

struct frame_path_statistics {
	uint64_t sent, received;
	uint64_t send_refused; /* by the kernel: its queue was full */
	uint64_t receive_lost; /* by the kernel: our ring was full. A sign that we are too fast */
};

struct frame_path;

/* NULL: error says what is missing (a capability, a kernel feature, an interface) and what else would work. */
struct frame_path *frame_path_open(enum frame_path_kind kind, const struct frame_path_setup *setup, struct error *error) MUST_CHECK;
/* Detaches whatever it attached. NULL is fine. */
void frame_path_free(struct frame_path *path);
/* "AF_XDP (copy)", "AF_XDP (zero-copy)", "AF_XDP (generic)", "AF_PACKET". */
const char *frame_path_name(const struct frame_path *path);
/* Received frames carry checksums that were proven, or that a virtual link never computed. */
bool frame_path_proves_checksums(const struct frame_path *path);

/* Up to max frames that have come; 0: none. frames_out[i] is valid until frame_path_release(). */
unsigned frame_path_receive(struct frame_path *path, struct span *frames_out, unsigned max);
void frame_path_release(struct frame_path *path);
/* Room for one frame of at most FRAME_SIZE_MAX bytes; NULL: no room before the next flush (then flush, and try later). */
unsigned char *frame_path_reserve(struct frame_path *path);
/* The reserved frame is filled and leaves with the next flush. */
void frame_path_commit(struct frame_path *path, size_t size);
void frame_path_flush(struct frame_path *path);
/* Waits until something may have come, at most until then. Returns at once when something is there. */
void frame_path_wait(struct frame_path *path, struct instant until);
void frame_path_get_statistics(struct frame_path *path, struct frame_path_statistics *statistics_out);

#endif
