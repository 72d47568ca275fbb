/* SPDX-License-Identifier: ISC */
/* The event loop over whole frames: connections of event_loop.h and connection.h without the kernel's TCP, and stateless SYNs beside them.

   One loop has one frame path and one token bucket: every frame that leaves takes from it, conversations before SYNs of the sweep.
   Segments find their connection by both ends; a SYN-ACK or RST that belongs to none is an answer to a stateless SYN when it acknowledges its cookie, else nothing.
   An answer that nobody wants any more gets an RST, so that no host keeps half a connection for us. */
#ifndef NET_RAW_LOOP_H
#define NET_RAW_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "net/connection.h"
#include "net/event_loop.h"
#include "net/frame_path.h"
#include "packet/syn_cookie.h"
#include "packet/tcp_client.h"

enum syn_answer_kind {
	SYN_ANSWER_ACCEPTED,    /* SYN-ACK */
	SYN_ANSWER_REFUSED,     /* RST */
	SYN_ANSWER_UNREACHABLE, /* an ICMP error that quotes our SYN */
};

/* A validated answer to a stateless SYN. The same answer may come more than once. */
struct syn_answer {
	enum syn_answer_kind kind;
	struct endpoint endpoint;
	struct ip_address own;
	uint16_t own_port;
	uint8_t hop_limit;
	uint8_t icmp_type, icmp_code;
	struct tcp_opening opening; /* SYN_ANSWER_ACCEPTED */
};

struct raw_loop_setup {
	enum frame_path_kind kind;
	const char *interface;           /* NULL: the one that leads to probe_address */
	struct ip_address probe_address; /* an address of the scope, for the route */
	bool has_other_family;           /* other_address is set: the scope has both families */
	struct ip_address other_address;
	const struct ip_address *sources; /* from which to send; none: the interface's own */
	size_t source_count;
	const uint8_t *gateway_link;    /* LINK_ADDRESS_SIZE bytes; NULL: found out */
	uint16_t first_port, last_port; /* of our connections; kept from the kernel */
	struct syn_key key;
	double syns_per_second;    /* of the sweep and of connections together; 0: no limit */
	double packets_per_second; /* 0: no limit of packets */
	double bits_per_second;    /* on the wire; 0: no limit of bits */
	unsigned connections_max;
};

struct raw_loop_statistics {
	struct frame_path_statistics path;
	uint64_t syns, segments; /* sent */
	uint64_t answers[3];     /* by enum syn_answer_kind, repetitions too */
	uint64_t strangers;      /* segments that belong to nothing of ours */
	uint64_t retransmitted;
	uint64_t rate_lowered; /* how often loss made us slower */
	double pace;           /* 1: all limits as set; less after losses, down to 1/64 */
};

/* NULL: error says what is missing and what to do. The loop is one of event_loop.h: event_loop_poll, connection_open, connection_close ... work on it. */
struct event_loop *raw_loop_new(const struct raw_loop_setup *setup, struct error *error) MUST_CHECK;
bool event_loop_is_raw(const struct event_loop *loop);
/* "AF_XDP (copy) on eth0 over 192.0.2.1" */
const char *raw_loop_describe(const struct event_loop *loop);
/* Called from event_loop_poll for each validated answer. True: taken (a SYN-ACK may have been adopted); false: an accepted one is answered with RST. */
void raw_loop_set_on_answer(struct event_loop *loop, bool (*on_answer)(void *context, const struct syn_answer *answer), void *context);
/* How many SYNs may leave now: tokens and room in the ring, behind what connections want to say. */
unsigned raw_loop_syns_available(struct event_loop *loop);
/* When at least one may leave. */
struct instant raw_loop_next_syn(const struct event_loop *loop);
/* Sends one stateless SYN; attempt chooses source address and port among ours, the same for the same arguments. False: no token, no room, or no source of that family. */
bool raw_loop_send_syn(struct event_loop *loop, struct endpoint endpoint, unsigned attempt) MUST_CHECK;
/* Carries on from an accepted answer: the connection is open, on_connected is not called. To be called within on_answer or later. NULL: connections_max are open. */
struct connection *raw_loop_adopt(struct event_loop *loop, const struct syn_answer *answer, const struct connection_handler *handler,
                                  void *context) MUST_CHECK;
/* Nobody wants this accepted answer (any more): RST. */
void raw_loop_refuse(struct event_loop *loop, const struct syn_answer *answer);
void raw_loop_get_statistics(struct event_loop *loop, struct raw_loop_statistics *statistics_out);

#endif
