/* SPDX-License-Identifier: ISC */
/* What the XDP program counts, one copy per processor. */
#ifndef WORLD_COUNTERS_H
#define WORLD_COUNTERS_H

#include "population.h"

struct world_counters {
	uint64_t packets, bytes; /* to the world's addresses */
	uint64_t syns;
	uint64_t repeated;    /* SYNs to an address and port that had one before */
	uint64_t other_ports; /* SYNs that have no bit */
	uint64_t unnoted;     /* no bit in the map: never */
	uint64_t silent, refused, accepted, handed;
};

#endif
