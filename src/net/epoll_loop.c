/* SPDX-License-Identifier: ISC */
/* The event loop over epoll, edge-triggered: each socket is announced once, and no system call is made that an event did not ask for. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "net/clock.h"
#include "net/event_loop_backend.h"
#include "net/tcp_socket.h"

enum {
	EVENTS_AT_ONCE = 512,
	DRAINS_MAX = 64, /* a peer that pours faster than we throw away gets its RST */
};

struct epoll_connection {
	struct connection base;
	const struct connection_handler *handler;
	void *context;
	struct epoll_connection *previous, *next; /* in the loop's list of the living, or (next) of the dead */
	struct buffer *unsent;                    /* NULL: nothing waits; made only for a peer that does not read */
	int descriptor;
	bool is_connected;
	bool is_dead;
	bool is_ended;       /* the peer's end was told */
	bool was_reset;      /* told by SO_ERROR, to be told on once all bytes were taken */
	bool has_unanswered; /* we sent since the peer last said something */
	bool is_without_delay;
};

struct epoll_loop {
	struct event_loop base;
	int descriptor;
	struct epoll_connection *living;
	struct epoll_connection *dead;  /* closed, but perhaps named by an event that was not looked at yet */
	struct epoll_connection *spare; /* memory for the next ones */
	struct epoll_event events[EVENTS_AT_ONCE];
	unsigned char received[RECEIVE_SIZE];
};

static struct event_loop *epoll_loop_new(struct error *error)
{
	int descriptor = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_loop *loop;

	if (descriptor < 0) {
		error_set(error, "the kernel gives no epoll descriptor: %s; raise the limit of open files (ulimit -n)", strerror(errno));
		return NULL;
	}
	loop = memory_allocate(1, sizeof(*loop));
	loop->base.backend = &EVENT_LOOP_BACKEND_EPOLL;
	loop->base.now = clock_now();
	loop->descriptor = descriptor;
	return &loop->base;
}

static void unlink_living(struct epoll_loop *loop, struct epoll_connection *connection)
{
	if (connection->previous != NULL)
		connection->previous->next = connection->next;
	else
		loop->living = connection->next;
	if (connection->next != NULL)
		connection->next->previous = connection->previous;
}

/* Unread bytes would make close() send an RST (RFC 2525 section 2.17). */
static void drain(struct epoll_loop *loop, const struct epoll_connection *connection)
{
	for (unsigned i = 0; i < DRAINS_MAX; i++) {
		if (recv(connection->descriptor, loop->received, sizeof(loop->received), MSG_DONTWAIT | MSG_TRUNC) !=
		    (ssize_t)sizeof(loop->received))
			return;
	}
}

static void epoll_connection_close(struct connection *base)
{
	struct epoll_connection *connection = (struct epoll_connection *)base;
	struct epoll_loop *loop = (struct epoll_loop *)base->loop;

	assert(!connection->is_dead);
	if (connection->is_connected && !connection->is_ended) {
		tcp_socket_set_no_linger(connection->descriptor);
		drain(loop, connection);
	}
	(void)close(connection->descriptor); /* epoll forgets it with its last descriptor */
	if (connection->unsent != NULL) {
		buffer_done(connection->unsent);
		free(connection->unsent);
	}
	connection->is_dead = true;
	unlink_living(loop, connection);
	connection->next = loop->dead;
	loop->dead = connection;
}

static void free_chain(struct epoll_connection *connection)
{
	while (connection != NULL) {
		struct epoll_connection *next = connection->next;

		free(connection);
		connection = next;
	}
}

static void epoll_loop_free(struct event_loop *base)
{
	struct epoll_loop *loop = (struct epoll_loop *)base;

	while (loop->living != NULL)
		epoll_connection_close(&loop->living->base);
	free_chain(loop->dead);
	free_chain(loop->spare);
	(void)close(loop->descriptor);
	free(loop);
}

static struct epoll_connection *take_memory(struct epoll_loop *loop)
{
	struct epoll_connection *connection = loop->spare;

	if (connection == NULL)
		return memory_allocate(1, sizeof(*connection));
	loop->spare = connection->next;
	memset(connection, 0, sizeof(*connection));
	return connection;
}

static bool begin_to_connect(const struct epoll_loop *loop, struct epoll_connection *connection, struct endpoint endpoint,
                             const struct ip_address *source)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = connection};
	struct sockaddr_storage address;
	socklen_t size = tcp_socket_address(endpoint, &address);

	connection->descriptor = tcp_socket_new(endpoint.address, source);
	if (connection->descriptor < 0)
		return false;
	if ((connect(connection->descriptor, (const struct sockaddr *)&address, size) == 0 || errno == EINPROGRESS) &&
	    epoll_ctl(loop->descriptor, EPOLL_CTL_ADD, connection->descriptor, &event) == 0)
		return true;
	size = (socklen_t)errno;
	(void)close(connection->descriptor);
	errno = (int)size;
	return false;
}

static struct connection *epoll_connection_open(struct event_loop *base, struct endpoint endpoint, const struct ip_address *source,
                                                const struct connection_handler *handler, void *context, enum connect_failure *failure_out,
                                                int *errno_out)
{
	struct epoll_loop *loop = (struct epoll_loop *)base;
	struct epoll_connection *connection = take_memory(loop);

	if (!begin_to_connect(loop, connection, endpoint, source)) {
		*failure_out = errno == ENOSPC ? CONNECT_SHORTAGE : tcp_socket_local_failure(errno); /* ENOSPC: epoll's limit of watches */
		if (errno_out != NULL)
			*errno_out = errno;
		connection->next = loop->spare;
		loop->spare = connection;
		return NULL;
	}
	connection->base.loop = base;
	connection->handler = handler;
	connection->context = context;
	connection->next = loop->living;
	if (loop->living != NULL)
		loop->living->previous = connection;
	loop->living = connection;
	return &connection->base;
}

/* As much as the kernel takes; that the peer is gone will be told by an event. */
static size_t send_some(struct epoll_connection *connection, struct span bytes)
{
	size_t sent = 0;

	while (sent < bytes.size) {
		ssize_t size = send(connection->descriptor, bytes.data + sent, bytes.size - sent, MSG_NOSIGNAL);

		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0)
			return errno == EAGAIN ? sent : bytes.size;
		sent += (size_t)size;
	}
	return sent;
}

static void epoll_connection_send(struct connection *base, struct span bytes)
{
	struct epoll_connection *connection = (struct epoll_connection *)base;
	size_t sent = 0;

	/* Nagle's algorithm only holds back what follows something unanswered. */
	if (connection->has_unanswered && !connection->is_without_delay) {
		tcp_socket_set_no_delay(connection->descriptor);
		connection->is_without_delay = true;
	}
	connection->has_unanswered = true;
	if (connection->unsent == NULL)
		sent = send_some(connection, bytes);
	if (sent == bytes.size)
		return;
	if (connection->unsent == NULL) {
		connection->unsent = memory_allocate(1, sizeof(*connection->unsent));
		buffer_init(connection->unsent, UNSENT_MAX);
	}
	buffer_append(connection->unsent, span_part(bytes, sent, bytes.size));
}

static void send_unsent(struct epoll_connection *connection)
{
	buffer_consume(connection->unsent, send_some(connection, buffer_view(connection->unsent)));
	if (connection->unsent->size > 0)
		return;
	buffer_done(connection->unsent);
	free(connection->unsent);
	connection->unsent = NULL;
}

static void tell_end(struct epoll_connection *connection, bool is_reset)
{
	connection->is_ended = true;
	if (is_reset)
		connection->handler->on_reset(connection->context);
	else
		connection->handler->on_closed(connection->context);
}

/* A short read empties the socket: the next bytes are an event of their own, unless an end was announced already. */
static void receive(struct epoll_loop *loop, struct epoll_connection *connection, bool is_end_announced)
{
	while (!connection->is_dead && !connection->is_ended) {
		ssize_t size = recv(connection->descriptor, loop->received, sizeof(loop->received), 0);

		if (size > 0) {
			connection->has_unanswered = false;
			connection->handler->on_bytes(connection->context, span_make(loop->received, (size_t)size));
			if ((size_t)size < sizeof(loop->received) && !is_end_announced)
				return;
		} else if (size == 0) {
			tell_end(connection, connection->was_reset);
		} else if (errno == EAGAIN) {
			return;
		} else if (errno != EINTR) {
			tell_end(connection, errno != EPIPE); /* EPIPE: an RST behind the peer's FIN, that is, an end */
		}
	}
}

/* True when the connection is up; it may have been reset since. */
static bool finish_connecting(struct epoll_connection *connection, uint32_t events)
{
	int error_number = 0;
	socklen_t size = sizeof(error_number);

	if ((events & (EPOLLERR | EPOLLHUP)) != 0 && getsockopt(connection->descriptor, SOL_SOCKET, SO_ERROR, &error_number, &size) == 0 &&
	    error_number != 0 && error_number != EPIPE) {
		if (error_number != ECONNRESET) {
			connection->handler->on_connect_failed(connection->context, tcp_socket_remote_failure(error_number));
			return false;
		}
		connection->was_reset = true;
	} else if ((events & EPOLLOUT) == 0) {
		return false;
	}
	connection->is_connected = true;
	connection->handler->on_connected(connection->context);
	return !connection->is_dead;
}

static void handle(struct epoll_loop *loop, struct epoll_connection *connection, uint32_t events)
{
	if (connection->is_dead || connection->is_ended)
		return;
	if (!connection->is_connected && !finish_connecting(connection, events))
		return;
	if (connection->unsent != NULL && (events & EPOLLOUT) != 0)
		send_unsent(connection);
	if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
		receive(loop, connection, (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);
}

static int milliseconds_until(struct instant until)
{
	int64_t left_ns = until.ns - clock_now().ns;

	if (left_ns <= 0)
		return 0;
	return left_ns > INT64_C(3600000000000) ? 3600000 : (int)((left_ns + 999999) / 1000000);
}

static void epoll_loop_poll(struct event_loop *base, struct instant until)
{
	struct epoll_loop *loop = (struct epoll_loop *)base;
	int count = epoll_wait(loop->descriptor, loop->events, EVENTS_AT_ONCE, milliseconds_until(until));

	loop->base.now = clock_now();
	for (int i = 0; i < count; i++)
		handle(loop, loop->events[i].data.ptr, loop->events[i].events);
	while (loop->dead != NULL) {
		struct epoll_connection *connection = loop->dead;

		loop->dead = connection->next;
		connection->next = loop->spare;
		loop->spare = connection;
	}
}

const struct event_loop_backend EVENT_LOOP_BACKEND_EPOLL = {
	.name = "epoll",
	.new = epoll_loop_new,
	.free = epoll_loop_free,
	.poll = epoll_loop_poll,
	.open = epoll_connection_open,
	.send = epoll_connection_send,
	.close = epoll_connection_close,
};
