/* SPDX-License-Identifier: ISC */
/* The hosts' side of all conversations. It keeps no state per connection: where a conversation stands is in the numbers of the client's segment, so the same segment
   is always answered the same, and what the client says again is answered again. */
#ifndef WORLD_HOST_SIDE_H
#define WORLD_HOST_SIDE_H

#include <stdint.h>

#include "census_table.h"
#include "flights.h"
#include "frames.h"
#include "waiting.h"
#include "wire.h"

struct host_side_options {
	double loss;                   /* of packets, each way: 0.01 */
	unsigned delay_min, delay_max; /* milliseconds, by host */
};

struct host_side_counters {
	uint64_t accepts, greetings, commands, flights, farewells, client_ends, client_resets;
	uint64_t lost_arriving, lost_leaving, said_again, no_room, not_read;
};

struct host_side {
	const struct census_table *table;
	struct host_side_options options;
	struct flights *flights;
	struct wire *wire;
	struct waiting waiting;
	struct host_side_counters counters;
	uint64_t chance;
	uint64_t now_us;
	uint32_t *ended; /* direct-mapped: connections that were closed, so that our FIN is said once */
	unsigned char said[16384];
};

void host_side_init(struct host_side *side, const struct census_table *table, struct wire *wire, const struct host_side_options *options);
void host_side_take(struct host_side *side, struct span frame, uint64_t now_us);
/* What waited until now leaves. */
void host_side_run(struct host_side *side, uint64_t now_us);
void host_side_done(struct host_side *side);

#endif
