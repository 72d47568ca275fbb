/* SPDX-License-Identifier: ISC */
/* Chooses a backend and passes on. */
#include "net/event_loop.h"

#include "net/connection.h"
#include "net/event_loop_backend.h"

struct event_loop *event_loop_new(enum event_loop_kind kind, struct error *error)
{
	struct event_loop *loop = NULL;

	if (kind != EVENT_LOOP_EPOLL)
		loop = EVENT_LOOP_BACKEND_URING.new(error);
	if (loop == NULL && kind != EVENT_LOOP_URING)
		loop = EVENT_LOOP_BACKEND_EPOLL.new(error);
	return loop;
}

void event_loop_free(struct event_loop *loop)
{
	if (loop != NULL)
		loop->backend->free(loop);
}

void event_loop_poll(struct event_loop *loop, struct instant until)
{
	loop->backend->poll(loop, until);
}

struct instant event_loop_now(const struct event_loop *loop)
{
	return loop->now;
}

const char *event_loop_name(const struct event_loop *loop)
{
	return loop->backend->name;
}

struct connection *connection_open(struct event_loop *loop, struct endpoint endpoint, const struct ip_address *source,
                                   const struct connection_handler *handler, void *context, enum connect_failure *failure_out,
                                   int *errno_out)
{
	return loop->backend->open(loop, endpoint, source, handler, context, failure_out, errno_out);
}

void connection_send(struct connection *connection, struct span bytes)
{
	if (bytes.size > 0)
		connection->loop->backend->send(connection, bytes);
}

void connection_close(struct connection *connection)
{
	connection->loop->backend->close(connection);
}
