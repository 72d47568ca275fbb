/* SPDX-License-Identifier: ISC */
/* Where the frames of a raw loop go: interface, source addresses and next hops of each family, found out of the kernel's routes or given. */
#ifndef NET_RAW_LINK_H
#define NET_RAW_LINK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "net/frame_path.h"
#include "net/raw_loop.h"
#include "net/route.h"
#include "packet/frame.h"

/* One address from which we send. */
struct raw_source {
	struct ip_address address;
	bool is_kernels; /* the machine has it; else we answer for it ourselves */
	struct link_layout link;
	struct syn_template syn;
};

struct raw_link {
	struct interface interface;
	struct ip_address addresses[FRAME_PATH_ADDRESSES_MAX]; /* of the sources, as frame_path_setup wants them */
	struct raw_source *sources;                            /* IPv4 ones first */
	size_t source_count;
	size_t first[2], count[2]; /* by family: IPv4, IPv6 */
	char gateway_text[2 * IP_ADDRESS_TEXT_SIZE + 8];
};

/* False: error says what is missing and what to do. The caller calls raw_link_done. */
bool raw_link_open(const struct raw_loop_setup *setup, struct raw_link *link_out, struct error *error) MUST_CHECK;
void raw_link_done(struct raw_link *link);
/* The source with this address; NULL: it is not ours. */
const struct raw_source *raw_link_find(const struct raw_link *link, struct ip_address address);
/* The source of this family that a choice gives; NULL: there is none of that family. */
const struct raw_source *raw_link_choose(const struct raw_link *link, enum ip_family family, uint64_t choice);

#endif
