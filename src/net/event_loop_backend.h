/* SPDX-License-Identifier: ISC */
/* What a backend of the event loop provides; event_loop.c chooses one. */
#ifndef NET_EVENT_LOOP_BACKEND_H
#define NET_EVENT_LOOP_BACKEND_H

#include "net/connection.h"
#include "net/event_loop.h"

struct event_loop_backend {
	const char *name;
	struct event_loop *(*new)(struct error *error);
	void (*free)(struct event_loop *loop);
	void (*poll)(struct event_loop *loop, struct instant until);
	struct connection *(*open)(struct event_loop *loop, struct endpoint endpoint, const struct ip_address *source,
	                           const struct connection_handler *handler, void *context, enum connect_failure *failure_out,
	                           int *errno_out);
	void (*send)(struct connection *connection, struct span bytes);
	void (*close)(struct connection *connection);
};

/* First member of each backend's loop and connection. */
struct event_loop {
	const struct event_loop_backend *backend;
	struct instant now; /* set by the backend at the end of each wait */
};

struct connection {
	struct event_loop *loop;
};

enum {
	RECEIVE_SIZE = 64 * 1024, /* taken from the kernel at once; shared by all connections */
	UNSENT_MAX = 256 * 1024,  /* kept for a peer that does not read; what is said in a conversation is far less */
};

extern const struct event_loop_backend EVENT_LOOP_BACKEND_EPOLL;
extern const struct event_loop_backend EVENT_LOOP_BACKEND_URING;

#endif
