/* SPDX-License-Identifier: ISC */
/* One TCP connection of ours: opened without waiting, told apart where it fails, closed without leaving anything behind. It knows bytes, not what they mean. */
#ifndef NET_CONNECTION_H
#define NET_CONNECTION_H

#include <stdbool.h>

#include "base/error.h"
#include "base/span.h"
#include "model/endpoint.h"
#include "net/event_loop.h"

enum connect_failure {
	CONNECT_REFUSED,      /* RST to our SYN */
	CONNECT_TIMED_OUT,    /* the kernel gave up; whoever waits less closes before */
	CONNECT_UNREACHABLE,  /* ICMP says so */
	CONNECT_NOT_POSSIBLE, /* our own side refuses (no route, no such family, a local firewall): says nothing of the host */
	CONNECT_SHORTAGE,     /* our own side has no more descriptors, ports or memory for now: try later; says nothing of the host */
};

struct connection;

/* What happens to a connection; all calls come from event_loop_poll() and, for on_connect_failed, connection_open() never: it is told by its result.
   Each may call connection_send() and connection_close() for any connection. After connection_close() nothing more is said. */
struct connection_handler {
	void (*on_connected)(void *context);
	void (*on_connect_failed)(void *context, enum connect_failure failure); /* close it now */
	void (*on_bytes)(void *context, struct span bytes);                     /* never empty; valid during the call */
	void (*on_closed)(void *context);                                       /* the peer's end of stream: no more bytes come */
	void (*on_reset)(void *context);                                        /* RST, or the network gave up in the middle */
};

/* Begins to connect. source: NULL lets the kernel choose. NULL: could not even begin; *failure_out says why and *errno_out (may be NULL) what the system called it.
   The loop owns the connection until connection_close(). */
struct connection *connection_open(struct event_loop *loop, struct endpoint endpoint, const struct ip_address *source,
                                   const struct connection_handler *handler, void *context, enum connect_failure *failure_out,
                                   int *errno_out) MUST_CHECK;
/* Sends bytes in order; they are copied if they cannot leave at once. That a peer is gone is told by the handler, not here. */
void connection_send(struct connection *connection, struct span bytes);
/* Closes and forgets; the pointer is of no use afterwards, and no handler is called any more. What was sent still leaves. The peer sees a FIN, and we keep no TIME_WAIT:
   where the peer had closed already there is none; where we are first, the orphaned socket ends with the acknowledgement of our FIN (tcp(7) TCP_LINGER2 below 0; if the peer
   says more then, our kernel answers RST). All that came so far is taken from the kernel before, since unread bytes would turn the FIN into an RST. */
void connection_close(struct connection *connection);

/* Can connections leave from this address? False: error says what to do. */
bool connection_may_leave_from(struct ip_address source, struct error *error) MUST_CHECK;

#endif
