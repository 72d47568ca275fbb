/* SPDX-License-Identifier: ISC */
/* The world's end of the wire: the XDP program, its maps, and an AF_XDP socket for what it hands over. */
#ifndef WORLD_WIRE_H
#define WORLD_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "census_table.h"
#include "counters.h"

struct wire;

struct wire_statistics {
	uint64_t received, sent;
	uint64_t ring_full; /* lost: our ring of received frames was full */
};

/* program: the compiled world.bpf.o. Ends the process with a sentence when something is missing. */
struct wire *wire_open(const char *interface, const char *program, const struct census_table *table, bool is_generic);
void wire_free(struct wire *wire);
/* Up to max frames, valid until wire_release(). */
unsigned wire_receive(struct wire *wire, struct span *frames_out, unsigned max);
void wire_release(struct wire *wire);
/* Room for one frame; NULL: none until the kernel took some. */
unsigned char *wire_reserve(struct wire *wire);
void wire_commit(struct wire *wire, size_t size);
void wire_flush(struct wire *wire);
void wire_wait(struct wire *wire, int timeout_ms);
void wire_get_counters(struct wire *wire, struct world_counters *counters_out);
void wire_get_statistics(struct wire *wire, struct wire_statistics *statistics_out);
/* The bitmap of SYNs, population_sent_bit() tells which bit. */
struct span wire_sent_map(struct wire *wire);

#endif
