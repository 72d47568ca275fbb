/* SPDX-License-Identifier: ISC */
/* The sweep: one stateless SYN for each address of the walk and each swept port, paced by the loop, known after a crash.

   Position. The walk is cut into windows. Before the first SYN of a window leaves, its end is reserved on disk (on_reserve); when all its SYNs are out and late answers have had
   their time, it is done (sweep_done_position). After a crash the addresses between done and reserved are swept again: their SYNs count as one more contact each, and where that
   would be more than the budget of an address allows (rule K-7), the sweep waits.
   Ports of one address do not follow each other at once: port k of the address at position p leaves with port 0 of the address at p + k * spacing, where spacing is as many addresses
   as take gap_ms at the present rate, and the order of the ports is the address' own. An address that is being talked to, or was, is not asked again by the sweep.
   Where ports and attempts together are more SYNs than the budget of an address, the later ones wait until the earlier ones are out of its window. */
#ifndef DISCOVER_SWEEP_H
#define DISCOVER_SWEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/instant.h"
#include "net/event_loop.h"
#include "net/raw_loop.h"
#include "scope/exclusion_list.h"
#include "scope/target_set.h"
#include "scope/target_walk.h"

/* No SYN leaves later than this after the last on_reserve, which is called again where it would: so the time that is on disk says when the last SYN was, at the latest. */
enum { SWEEP_RESERVED_MS = 5000 };

/* What an address answered to the sweep so far. */
struct sweep_find {
	uint64_t number; /* of the walk's permutation: target_set_host() gives the host */
	struct target_host host;
	struct syn_answer answer; /* the first accepted one */
	bool is_open;             /* the answer may still be adopted; false: it was not taken when it came and got an RST, so ask anew */
};

struct sweep_setup {
	struct event_loop *loop; /* a raw loop */
	const struct target_set *targets;
	const struct exclusion_list *exclusions; /* asked for each SYN */
	struct target_walk walk;                 /* at the done position */
	uint64_t reserved_position;              /* of an earlier run; else the same as walk.position */
	struct timestamp reserved_at;            /* of that run */
	unsigned reserved_times;                 /* how often that window was begun */
	struct port_list
		ports;     /* swept: those of each target's that are in this list; a target with none of them is asked all of its ports */
	unsigned attempts; /* SYNs per address and port: 1. A port that was refused is not asked again */
	unsigned gap_ms;   /* between two SYNs to one address, at least: 2000 */
	unsigned late_ms;  /* how long answers are waited for after the last SYN: 8000 */
	unsigned per_address, window_ms; /* the budget of an address (rule K-7) */
	double syns_per_second;          /* > 0; the loop's own limit holds too */
	uint64_t limit;                  /* addresses; UINT64_MAX: no limit */
	void *context;
	/* The window up to this position is about to be swept; must be on disk, with the time, when it returns. times: how often this window was begun, 1 the first time. False: stop, nothing is sent.
	   sweep_done_position() belongs into the same commit: times is about what lies between it and position. */
	bool (*on_reserve)(void *context, uint64_t position, unsigned times);
	/* An address accepted for the first time. True: taken, the owner will talk to it (adopt the answer, or ask later); false: not now: it is offered again. */
	bool (*on_find)(void *context, const struct sweep_find *find);
	/* Each address and port is told once, whatever repeats: counted only. May be NULL. */
	void (*on_refused)(void *context, const struct syn_answer *answer);
	struct syn_key key;        /* the loop's; for the table of those who answered */
	struct timestamp wall_now; /* when the first round begins: how long reserved_at is over */
};

struct sweep_status {
	uint64_t syns;                 /* sent by this run */
	uint64_t addresses;            /* whose last SYN is out, in all runs: of host_count */
	uint64_t found;                /* addresses that accepted */
	uint64_t refused, unreachable; /* address and port pairs */
	uint64_t excluded;             /* left out at the last moment */
	double syns_per_second;        /* over the last second */
	uint64_t unsendable;           /* SYNs given up because the loop has no source of their family: the sweep is not complete */
};

struct sweep;

struct sweep *sweep_new(const struct sweep_setup *setup, struct error *error) MUST_CHECK;
void sweep_free(struct sweep *sweep);
/* An address that an earlier run found already: not swept, not offered again. */
void sweep_remember_found(struct sweep *sweep, struct ip_address address);
/* Sends what is due. Returns when it wants to be called again; .ns INT64_MAX: never, all SYNs are out and late answers have had their time. */
struct instant sweep_round(struct sweep *sweep, struct instant now);
bool sweep_is_over(const struct sweep *sweep);
/* May the owner take no more hosts for now? Then the sweep pauses: SYNs stay back, but answers are still taken. */
void sweep_set_paused(struct sweep *sweep, bool is_paused);
/* Up to here everything is sent, answered or silent: safe to go on from after a crash, once all found addresses before it are on disk. */
uint64_t sweep_done_position(const struct sweep *sweep);
void sweep_get_status(const struct sweep *sweep, struct sweep_status *status_out);

#endif
