/* SPDX-License-Identifier: ISC */
/* Holds conversations with hosts: politely, within bounds, many at once. Drives protocol/ over net/.

   A host is one address with its ports. Its conversations happen one after the other, never two at once, with a gap between them and
   within a budget per time (rule K-7); which conversation comes next is asked of plan.h, so that no more are held than the decision needs. */
#ifndef PROBE_PROBE_H
#define PROBE_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/instant.h"
#include "model/endpoint.h"
#include "model/observation.h"
#include "model/tls_facts.h"
#include "model/transcript.h"
#include "net/event_loop.h"
#include "net/raw_loop.h"
#include "scope/target_set.h"

/* When real TLS sessions are made; else only the hello flight is observed. */
enum probe_sessions {
	PROBE_SESSIONS_AUTO,   /* on ports of implicit TLS (to know what speaks inside), and where only TLS 1.3 answers */
	PROBE_SESSIONS_ALWAYS, /* after STARTTLS too: capabilities inside TLS are asked */
	PROBE_SESSIONS_NEVER,
};

struct probe_policy {
	double connections_per_second; /* of the whole run; > 0 */
	unsigned open_max;             /* conversations at once */
	unsigned per_address;          /* connections per window and address: 4 */
	unsigned window_ms;            /* 600000 */
	unsigned gap_ms;               /* between two connections to one address: 2000 */
	unsigned connect_ms;           /* 5000: the kernel sends its SYN three times in it (after 0, 1 and 3 s; rule D-4) */
	unsigned
		connect_retry_ms; /* one more attempt after this pause; 0: none, so that an address where nothing answers stays within its budget */
	unsigned handshake_ms;         /* 10000 (rule D-4) */
	unsigned conversation_ms;      /* 60000 */
	unsigned conversation_slow_ms; /* 90000 */
	unsigned slow_after_ms;        /* the slow pass comes this much later (rule D-5): 600000 */
	unsigned busy_after_ms;        /* a service that was busy is asked again this much later (rule D-12): 3600000 */
	unsigned busy_retries;         /* 2 */
	unsigned confirm_after_ms;     /* a failed TLS start is tried again this much later (rules T-8, X-11): 60000 */
	bool waits;                    /* false: what would need a later pass is judged as it is now */
	enum probe_sessions sessions;
	enum probe_depth depth;
	unsigned per_service; /* conversations with one service at full depth, JARM's apart: 20 */
	bool tries_injection; /* rules J-1 to J-9; full depth does it anyway */
	bool asks_jarm;       /* ten more hellos to each service that speaks TLS (rule T-40) */
	bool confirms_login;  /* opens and cancels a SASL exchange without credentials (rules K-4, X-6): only for hosts that one owns */
	char support_url[96];
	const struct ip_address *sources; /* source addresses to use in turn; none: the kernel chooses */
	size_t source_count;
	bool canary; /* where every port of an address accepted and none said a word, one connection to a port that nobody uses (rule D-7) */
	bool avoids_io_uring;    /* epoll even where the kernel would allow io_uring */
	struct event_loop *loop; /* the caller's, must outlive the probe; NULL: kernel sockets, by a loop of the probe's own */
};

void probe_policy_init(struct probe_policy *policy); /* the defaults above; 500 connections/s, 10000 open */

/* One finished conversation. Valid only during the callback. */
struct probe_conversation {
	struct endpoint endpoint;
	unsigned attempt;
	struct timestamp started_at;
	uint32_t duration_ms;
	const struct observation *observation;
	struct span transcript;
	const struct span *certificates; /* DER in the order sent; observation->tls.leaf_sha256 is already filled */
	size_t certificate_count;
};

/* A host to visit, with what an earlier, killed run already did there. */
struct probe_assignment {
	uint64_t number; /* of the walk; handed back unchanged */
	struct target_host host;
	const char *server_name; /* by which it was asked for: TLS asks for it (SNI). NULL: none. Must outlive the probe */
	bool asks_canary_alone;  /* none of its ports, which were asked before: only one that nobody uses (rule D-7) */
	const struct syn_answer *
		answer; /* an accepted one: its port is asked first, and that conversation carries on from it. Copied. NULL: none; needs a raw loop */
};

/* What the prober needs from and tells its owner. All calls come from probe_run's thread. */
struct probe_owner {
	void *context;
	/* The next host; false: none left (it is then not asked again), or none for now when may_have_more_hosts says so. */
	bool (*next_host)(void *context, struct probe_assignment *assignment_out);
	/* More hosts may come later, of what happens in the loop. NULL: never. */
	bool (*may_have_more_hosts)(void *context);
	/* Is this address still allowed? Asked at the last moment before each connection (blocklist, opt-outs). */
	bool (*may_contact)(void *context, struct ip_address address);
	/* Hosts are about to be begun and addresses about to be connected to, as a batch; must be on disk when it returns. False: stop now, nothing is sent. */
	bool (*before_contacts)(void *context, const struct ip_address *addresses, size_t count);
	/* The connection of an assignment's answer is carried on: a contact that was made by the SYN. May be NULL. */
	void (*on_adopted)(void *context, struct ip_address address);
	/* A conversation is over (not called for ports that accept no connection). */
	void (*on_conversation)(void *context, const struct probe_conversation *conversation);
	/* All that will be asked of this endpoint was asked. observations[0..count-1] in order of attempts; count is 1 with ENDING_CONNECT_* for a port that accepts nothing. */
	void (*on_service)(void *context, uint64_t number, struct endpoint endpoint, const struct observation *observations, size_t count);
	/* All services of the host were given. */
	void (*on_host_done)(void *context, uint64_t number);
	/* Called in each round, for what else is to be sent over the loop; returns when it wants to be called again at the latest. NULL: nothing. */
	struct instant (*on_round)(void *context, struct instant now);
	/* Called some ten times per second, also when idle; false: stop soon (no new connection, open ones are left as they are). */
	bool (*on_tick)(void *context);
};

struct probe_status {
	uint64_t connections;   /* attempts so far */
	uint64_t conversations; /* of these, ones that accepted */
	unsigned open_now;
	uint64_t hosts_begun, hosts_done;
	unsigned hosts_waiting; /* begun, in a gap or waiting for a later pass */
	int64_t next_wait_ms;   /* until the earliest of them goes on; -1: none */
};

struct probe;

struct probe *probe_new(const struct probe_policy *policy, const struct probe_owner *owner, struct error *error) MUST_CHECK;
void probe_free(struct probe *probe);
/* A contact that an earlier run made: counts in the budget of that address. */
void probe_remember_contact(struct probe *probe, struct ip_address address, struct timestamp at);
/* What an earlier, killed run already observed at an endpoint that is not decided yet: the observation is copied; give them in order of attempts before probe_run. */
void probe_remember_conversation(struct probe *probe, struct endpoint endpoint, unsigned attempt, const struct observation *observation,
                                 struct timestamp ended_at);
/* An endpoint that an earlier run already decided: it is not visited again. */
void probe_remember_decided(struct probe *probe, struct endpoint endpoint);
/* Runs until all hosts are done or the owner stops it. False: our own side failed (no descriptors at all, no memory for the loop). */
bool probe_run(struct probe *probe, struct error *error) MUST_CHECK;
void probe_get_status(const struct probe *probe, struct probe_status *status_out);

#endif
