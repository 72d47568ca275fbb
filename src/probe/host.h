/* SPDX-License-Identifier: ISC */
/* One address with its ports: what was observed at each, and which connection it may have next and when. Pure: time and chance are arguments.

   Where every port accepted and none said a word, they are decided only after the canary: a port of 40000 to 60000 that nobody asked for, given to the owner
   like the others, its observation marked OBSERVED_CANARY (rule D-7).
   Ports take turns in an order of their own per host; a port that waits for a later pass does not hold up the others. */
#ifndef PROBE_HOST_H
#define PROBE_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "model/observation.h"
#include "net/timer_wheel.h"
#include "probe/contact_budget.h"
#include "probe/plan.h"
#include "probe/probe.h"

struct host_port {
	uint16_t port;
	uint8_t last_attempt; /* number of the last conversation; 0: none */
	bool is_decided;
	bool was_retried; /* its connect timed out once (rule D-4) */
	uint8_t count;
	struct observation *observations;
	struct instant not_before; /* of the next connection to this port */
};

struct host {
	struct timer timer; /* set while it waits */
	struct host *next;  /* in the queue of those that may go on, or in a table */
	uint64_t number;
	struct ip_address address;
	const char *server_name;   /* NULL: none */
	struct syn_answer *answer; /* its port comes first, over this; NULL: none (any more) */
	struct contact_budget budget;
	struct instant gap_until;
	struct conversation *conversation; /* the open one */
	bool is_waiting_long;              /* for more than a gap */
	uint8_t port_count;
	bool asks_canary_alone;
	bool has_canary;      /* ports[port_count] is one that nobody asked for (rule D-7) */
	uint16_t canary_port; /* which one it would be */
	struct host_port ports[];
};

/* order decides the order of the ports: any number, best a random one. */
struct host *host_new(const struct probe_assignment *assignment, uint64_t order);
/* NULL is fine. The timer must not be set. */
void host_free(struct host *host);

struct host_port *host_find_port(struct host *host, uint16_t port); /* NULL: not one of its ports */
/* An earlier run asked this port as its canary. */
struct host_port *host_set_canary(struct host *host, uint16_t port);
/* Keeps a copy of an observation of an earlier run; the next step is not before delay after ended_at. */
void host_remember(struct host *host, struct host_port *port, const struct observation *observation, unsigned attempt,
                   struct instant ended_at, const struct probe_policy *policy);

enum host_turn_kind {
	HOST_CONNECTS, /* now, to this port, with this step */
	HOST_WAITS,    /* until then */
	HOST_DECIDES,  /* this port has been asked all that will be asked */
	HOST_IS_DONE,  /* all ports are decided */
};

struct host_turn {
	enum host_turn_kind kind;
	struct host_port *port;
	struct plan_step step;
	struct instant until;
};

/* What comes next for a host without an open conversation. HOST_DECIDES: the caller tells its owner, calls host_decide() and asks again. */
void host_next_turn(struct host *host, const struct probe_policy *policy, struct instant now, struct host_turn *turn_out);
/* Its observations are freed; it is not asked about any more. */
void host_decide(struct host_port *port);

/* A connection is about to be made. */
void host_note_contact(struct host *host, struct instant at, const struct probe_policy *policy);
/* A conversation is over; the observation is taken over (moved). False: the connect timed out for the first time and will be tried once more; the observation was freed. */
bool host_note_end(struct host *host, struct host_port *port, struct observation *observation, struct instant at,
                   const struct probe_policy *policy);

#endif
