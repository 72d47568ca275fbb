/* SPDX-License-Identifier: ISC */
/* Waits for many connections at once and says what happened to each (connection.h). One interface; backends differ in what a conversation costs, not in what it does. */
#ifndef NET_EVENT_LOOP_H
#define NET_EVENT_LOOP_H

#include <stdbool.h>

#include "base/error.h"
#include "base/instant.h"

enum event_loop_kind {
	EVENT_LOOP_BEST, /* io_uring where the kernel allows it, else epoll */
	EVENT_LOOP_EPOLL,
	EVENT_LOOP_URING, /* no fallback: for tests and benchmarks */
};

struct event_loop;

/* NULL: the kernel gives us none; error says why and what to do. */
struct event_loop *event_loop_new(enum event_loop_kind kind, struct error *error) MUST_CHECK;
/* Closes what is still open. NULL is fine. */
void event_loop_free(struct event_loop *loop);
/* Sends what is due, waits until something happens, at most until the given time, and calls the handlers of all connections to which something happened. A signal ends the wait early. */
void event_loop_poll(struct event_loop *loop, struct instant until);
/* When the last wait ended: read once a round, so all that happens in a round happens at one time. */
struct instant event_loop_now(const struct event_loop *loop);
/* "epoll" or "io_uring". */
const char *event_loop_name(const struct event_loop *loop);

#endif
