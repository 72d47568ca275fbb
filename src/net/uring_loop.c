/* SPDX-License-Identifier: ISC */
/* The event loop over io_uring: one system call a round hands over all that is to be sent, received and closed, and fetches what came of it.
   Sockets are made and connected by ordinary calls, since only their own results tell our faults from the host's. */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <liburing.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "net/clock.h"
#include "net/event_loop_backend.h"
#include "net/tcp_socket.h"

enum {
	SUBMISSIONS = 4096,
	COMPLETIONS = 65536,
	RECEIVE_BUFFERS = 512, /* a power of two; shared by all connections, each given back as soon as it was looked at */
	RECEIVE_BUFFER_SIZE = 4096,
	BUFFER_GROUP = 1,
	BRINGS_BACK_MAX = 1024,
	DRAINS_MAX = 64,
};

/* Which request a completion belongs to; in the low bits of the pointer to its connection. */
enum request { REQUEST_NONE, REQUEST_CONNECT, REQUEST_RECEIVE, REQUEST_SEND };
enum { REQUEST_MASK = 7 };

struct uring_connection {
	struct connection base;
	const struct connection_handler *handler;
	void *context;
	struct uring_connection *previous, *next; /* in the loop's list of the living, or (next) of the dead */
	struct buffer *sending;                   /* in the kernel's hands */
	struct buffer *unsent;                    /* behind it */
	int descriptor;
	unsigned in_flight; /* requests whose last completion is still to come: until then the memory must stay */
	bool is_connected;
	bool is_dead;
	bool is_ended;
	bool was_reset;
	bool has_unanswered;
	bool is_without_delay;
};

struct uring_loop {
	struct event_loop base;
	struct io_uring ring;
	struct io_uring_buf_ring *buffers;
	unsigned char *buffer_memory;
	struct uring_connection *living;
	struct uring_connection *dead; /* nothing is in flight any more */
	struct uring_connection *spare;
	uint64_t dying;  /* closed, with something in flight */
	bool has_closes; /* asked for, but not handed to the kernel yet */
};

/* ---- requests ---- */

/* Since Linux 6.13 the kernel brings back some twenty completions at a time, and says whether more are waiting. All of them are wanted: bytes that
   are here must be read before a deadline says that nothing came. */
static void bring_back(struct uring_loop *loop)
{
	for (unsigned i = 0; i < BRINGS_BACK_MAX && (IO_URING_READ_ONCE(*loop->ring.sq.kflags) & IORING_SQ_TASKRUN) != 0; i++)
		(void)io_uring_get_events(&loop->ring);
}

static struct io_uring_sqe *next_request(struct uring_loop *loop)
{
	struct io_uring_sqe *request = io_uring_get_sqe(&loop->ring);

	while (request == NULL) {
		if (io_uring_submit(&loop->ring) < 0 && errno != EINTR && errno != EAGAIN && errno != EBUSY)
			abort(); /* the ring is ours and valid */
		request = io_uring_get_sqe(&loop->ring);
	}
	return request;
}

static void submit_for(struct uring_connection *connection, struct io_uring_sqe *request, enum request kind)
{
	io_uring_sqe_set_data64(request, (uint64_t)(uintptr_t)connection | (uint64_t)kind);
	connection->in_flight++;
}

static struct uring_loop *loop_of(const struct uring_connection *connection)
{
	return (struct uring_loop *)connection->base.loop;
}

static void request_bytes(struct uring_connection *connection)
{
	struct io_uring_sqe *request = next_request(loop_of(connection));

	io_uring_prep_recv_multishot(request, connection->descriptor, NULL, 0, 0);
	request->flags |= IOSQE_BUFFER_SELECT;
	request->buf_group = BUFFER_GROUP;
	submit_for(connection, request, REQUEST_RECEIVE);
}

static void request_send(struct uring_connection *connection)
{
	struct io_uring_sqe *request = next_request(loop_of(connection));

	io_uring_prep_send(request, connection->descriptor, connection->sending->data, connection->sending->size,
	                   MSG_NOSIGNAL | MSG_WAITALL);
	submit_for(connection, request, REQUEST_SEND);
}

/* ---- life of the loop ---- */

static void give_buffer(struct uring_loop *loop, unsigned number)
{
	io_uring_buf_ring_add(loop->buffers, loop->buffer_memory + (size_t)number * RECEIVE_BUFFER_SIZE, RECEIVE_BUFFER_SIZE,
	                      (unsigned short)number, io_uring_buf_ring_mask(RECEIVE_BUFFERS), 0);
	io_uring_buf_ring_advance(loop->buffers, 1);
}

static bool provide_buffers(struct uring_loop *loop)
{
	struct io_uring_buf_reg registration = {.ring_entries = RECEIVE_BUFFERS, .bgid = BUFFER_GROUP};
	void *memory = NULL;

	if (posix_memalign(&memory, (size_t)sysconf(_SC_PAGESIZE), RECEIVE_BUFFERS * sizeof(struct io_uring_buf)) != 0)
		return false;
	loop->buffers = memory;
	memset(memory, 0, RECEIVE_BUFFERS * sizeof(struct io_uring_buf));
	registration.ring_addr = (uint64_t)(uintptr_t)memory;
	if (io_uring_register_buf_ring(&loop->ring, &registration, 0) != 0)
		return false;
	io_uring_buf_ring_init(loop->buffers);
	loop->buffer_memory = memory_allocate(RECEIVE_BUFFERS, RECEIVE_BUFFER_SIZE);
	for (unsigned i = 0; i < RECEIVE_BUFFERS; i++)
		give_buffer(loop, i);
	return true;
}

static struct event_loop *uring_loop_new(struct error *error)
{
	struct io_uring_params parameters = {
		.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_CQSIZE |
	                 IORING_SETUP_CLAMP,
		.cq_entries = COMPLETIONS,
	};
	struct uring_loop *loop = memory_allocate(1, sizeof(*loop));
	int result = io_uring_queue_init_params(SUBMISSIONS, &loop->ring, &parameters);

	if (result != 0) {
		error_set(error,
		          "the kernel gives no io_uring of the kind we need (Linux 6.1 or newer, and allowed by kernel.io_uring_disabled "
		          "and the container): %s",
		          strerror(-result));
		free(loop);
		return NULL;
	}
	if (!provide_buffers(loop)) {
		error_set(
			error,
			"the kernel does not take buffers for io_uring; it needs Linux 5.19 or newer and enough locked memory (ulimit -l)");
		io_uring_queue_exit(&loop->ring);
		free(loop->buffers);
		free(loop);
		return NULL;
	}
	loop->base.backend = &EVENT_LOOP_BACKEND_URING;
	loop->base.now = clock_now();
	return &loop->base;
}

static void free_buffer(struct buffer **buffer)
{
	if (*buffer == NULL)
		return;
	buffer_done(*buffer);
	free(*buffer);
	*buffer = NULL;
}

/* Nothing is in flight: its memory may be used again, from the next round on, as a handler may be at work on it still. */
static void bury(struct uring_loop *loop, struct uring_connection *connection)
{
	free_buffer(&connection->sending);
	free_buffer(&connection->unsent);
	connection->next = loop->dead;
	loop->dead = connection;
}

static void unlink_living(struct uring_loop *loop, struct uring_connection *connection)
{
	if (connection->previous != NULL)
		connection->previous->next = connection->next;
	else
		loop->living = connection->next;
	if (connection->next != NULL)
		connection->next->previous = connection->previous;
}

/* Unread bytes would make the close an RST (RFC 2525 section 2.17). */
static void drain(const struct uring_connection *connection)
{
	unsigned char thrown_away[RECEIVE_BUFFER_SIZE];

	for (unsigned i = 0; i < DRAINS_MAX; i++) {
		if (recv(connection->descriptor, thrown_away, sizeof(thrown_away), MSG_DONTWAIT | MSG_TRUNC) !=
		    (ssize_t)sizeof(thrown_away))
			return;
	}
}

/* By its name: calling off all of a descriptor would make the kernel walk the requests of all connections. */
static void call_off(struct uring_connection *connection, enum request kind)
{
	struct io_uring_sqe *request = next_request(loop_of(connection));

	io_uring_prep_cancel64(request, (uint64_t)(uintptr_t)connection | (uint64_t)kind, 0);
	io_uring_sqe_set_data64(request, REQUEST_NONE);
	request->flags |= IOSQE_CQE_SKIP_SUCCESS;
}

/* A request in flight holds the socket open, so they are called off before; the kernel takes requests in order. */
static void uring_connection_close(struct connection *base)
{
	struct uring_connection *connection = (struct uring_connection *)base;
	struct uring_loop *loop = loop_of(connection);
	struct io_uring_sqe *request;

	assert(!connection->is_dead);
	if (connection->is_connected && !connection->is_ended) {
		tcp_socket_set_no_linger(connection->descriptor);
		drain(connection);
	}
	if (connection->in_flight > 0) {
		call_off(connection, connection->is_connected ? REQUEST_RECEIVE : REQUEST_CONNECT);
		if (connection->sending != NULL)
			call_off(connection, REQUEST_SEND);
	}
	request = next_request(loop);
	io_uring_prep_close(request, connection->descriptor);
	io_uring_sqe_set_data64(request, REQUEST_NONE);
	request->flags |= IOSQE_CQE_SKIP_SUCCESS;
	connection->is_dead = true;
	loop->has_closes = true;
	unlink_living(loop, connection);
	if (connection->in_flight == 0)
		bury(loop, connection);
	else
		loop->dying++;
}

/* ---- connections ---- */

static struct uring_connection *take_memory(struct uring_loop *loop)
{
	struct uring_connection *connection = loop->spare;

	if (connection == NULL)
		return memory_allocate(1, sizeof(*connection));
	loop->spare = connection->next;
	memset(connection, 0, sizeof(*connection));
	return connection;
}

static int begin_to_connect(struct endpoint endpoint, const struct ip_address *source)
{
	struct sockaddr_storage address;
	socklen_t size = tcp_socket_address(endpoint, &address);
	int descriptor = tcp_socket_new(endpoint.address, source);
	int kept;

	if (descriptor < 0 || connect(descriptor, (const struct sockaddr *)&address, size) == 0 || errno == EINPROGRESS)
		return descriptor;
	kept = errno;
	(void)close(descriptor);
	errno = kept;
	return -1;
}

/* A SYN leaves at once, so what was closed before it must really be closed by then (rule K-7). The kernel lets go of a socket when what was called off
   on it has come back. */
static void finish_closes(struct uring_loop *loop)
{
	if (!loop->has_closes && loop->dying == 0)
		return;
	(void)io_uring_submit(&loop->ring);
	loop->has_closes = false;
	bring_back(loop);
}

static struct connection *uring_connection_open(struct event_loop *base, struct endpoint endpoint, const struct ip_address *source,
                                                const struct connection_handler *handler, void *context, enum connect_failure *failure_out,
                                                int *errno_out)
{
	struct uring_loop *loop = (struct uring_loop *)base;
	struct uring_connection *connection;
	struct io_uring_sqe *request;
	int descriptor;

	finish_closes(loop);
	descriptor = begin_to_connect(endpoint, source);
	if (descriptor < 0) {
		*failure_out = tcp_socket_local_failure(errno);
		if (errno_out != NULL)
			*errno_out = errno;
		return NULL;
	}
	connection = take_memory(loop);
	connection->base.loop = base;
	connection->handler = handler;
	connection->context = context;
	connection->descriptor = descriptor;
	connection->next = loop->living;
	if (loop->living != NULL)
		loop->living->previous = connection;
	loop->living = connection;
	request = next_request(loop);
	io_uring_prep_poll_add(request, descriptor, POLLOUT);
	submit_for(connection, request, REQUEST_CONNECT);
	return &connection->base;
}

static struct buffer *append(struct buffer *buffer, struct span bytes)
{
	if (buffer == NULL) {
		buffer = memory_allocate(1, sizeof(*buffer));
		buffer_init(buffer, UNSENT_MAX);
	}
	buffer_append(buffer, bytes);
	return buffer;
}

static void uring_connection_send(struct connection *base, struct span bytes)
{
	struct uring_connection *connection = (struct uring_connection *)base;

	/* Nagle's algorithm only holds back what follows something unanswered. */
	if (connection->has_unanswered && !connection->is_without_delay) {
		tcp_socket_set_no_delay(connection->descriptor);
		connection->is_without_delay = true;
	}
	connection->has_unanswered = true;
	if (connection->sending != NULL) {
		connection->unsent = append(connection->unsent, bytes);
		return;
	}
	connection->sending = append(NULL, bytes);
	request_send(connection);
}

/* ---- completions ---- */

static void tell_end(struct uring_connection *connection, bool is_reset)
{
	connection->is_ended = true;
	if (is_reset)
		connection->handler->on_reset(connection->context);
	else
		connection->handler->on_closed(connection->context);
}

static void on_connect_done(struct uring_connection *connection, int result)
{
	int error_number = result < 0 ? -result : 0;
	socklen_t size = sizeof(error_number);

	if (result > 0 && (result & (POLLERR | POLLHUP)) != 0)
		(void)getsockopt(connection->descriptor, SOL_SOCKET, SO_ERROR, &error_number, &size);
	if (error_number != 0 && error_number != ECONNRESET && error_number != EPIPE) {
		connection->handler->on_connect_failed(connection->context, tcp_socket_remote_failure(error_number));
		return;
	}
	connection->was_reset = error_number == ECONNRESET;
	connection->is_connected = true;
	connection->handler->on_connected(connection->context);
	if (!connection->is_dead)
		request_bytes(connection);
}

static void on_receive_done(struct uring_connection *connection, int result, unsigned flags)
{
	struct uring_loop *loop = loop_of(connection);

	if ((flags & IORING_CQE_F_BUFFER) != 0) {
		unsigned number = flags >> IORING_CQE_BUFFER_SHIFT;

		if (result > 0 && !connection->is_dead && !connection->is_ended) {
			connection->has_unanswered = false;
			connection->handler->on_bytes(
				connection->context, span_make(loop->buffer_memory + (size_t)number * RECEIVE_BUFFER_SIZE, (size_t)result));
		}
		give_buffer(loop, number);
	}
	if (connection->is_dead || connection->is_ended || (flags & IORING_CQE_F_MORE) != 0)
		return;
	if (result > 0 || result == -ENOBUFS || result == -EINTR || result == -EAGAIN)
		request_bytes(connection);
	else if (result == 0)
		tell_end(connection, connection->was_reset);
	else
		tell_end(connection, result != -EPIPE); /* EPIPE: an RST behind the peer's FIN, that is, an end */
}

/* That a peer is gone is told by receiving. */
static void on_send_done(struct uring_connection *connection, int result)
{
	if (result > 0)
		buffer_consume(connection->sending, (size_t)result);
	if (result > 0 && connection->sending->size > 0 && !connection->is_dead) {
		request_send(connection);
		return;
	}
	free_buffer(&connection->sending);
	if (connection->unsent == NULL || connection->is_dead)
		return;
	connection->sending = connection->unsent;
	connection->unsent = NULL;
	request_send(connection);
}

static void handle(struct uring_loop *loop, uint64_t data, int result, unsigned flags)
{
	struct uring_connection *connection = (struct uring_connection *)(uintptr_t)(data & ~(uint64_t)REQUEST_MASK);
	bool was_dead;

	if (connection == NULL)
		return;
	was_dead = connection->is_dead;
	if ((flags & IORING_CQE_F_MORE) == 0)
		connection->in_flight--;
	switch ((enum request)(data & REQUEST_MASK)) {
	case REQUEST_CONNECT:
		if (!was_dead)
			on_connect_done(connection, result);
		break;
	case REQUEST_RECEIVE:
		on_receive_done(connection, result, flags);
		break;
	case REQUEST_SEND:
		on_send_done(connection, result);
		break;
	case REQUEST_NONE:
		break;
	}
	if (!was_dead || connection->in_flight > 0)
		return; /* one that died just now was buried by its close, or has something in flight */
	loop->dying--;
	bury(loop, connection);
}

static void handle_all(struct uring_loop *loop)
{
	struct io_uring_cqe *completion;
	unsigned ready = io_uring_cq_ready(&loop->ring);

	for (; ready > 0 && io_uring_peek_cqe(&loop->ring, &completion) == 0; ready--) {
		uint64_t data = completion->user_data;
		int result = completion->res;
		unsigned flags = completion->flags;

		io_uring_cqe_seen(&loop->ring, completion);
		handle(loop, data, result, flags);
	}
	while (loop->dead != NULL) {
		struct uring_connection *connection = loop->dead;

		loop->dead = connection->next;
		connection->next = loop->spare;
		loop->spare = connection;
	}
}

static void uring_loop_poll(struct event_loop *base, struct instant until)
{
	struct uring_loop *loop = (struct uring_loop *)base;
	int64_t left_ns = until.ns - clock_now().ns;
	struct __kernel_timespec timeout = {0};
	struct io_uring_cqe *completion;

	if (left_ns > 0)
		timeout = (struct __kernel_timespec){.tv_sec = left_ns / 1000000000, .tv_nsec = left_ns % 1000000000};
	loop->has_closes = false;
	(void)io_uring_submit_and_wait_timeout(&loop->ring, &completion, 1, &timeout, NULL); /* ETIME and EINTR are ways to end a wait */
	bring_back(loop);
	base->now = clock_now();
	handle_all(loop);
}

static void free_chain(struct uring_connection *connection)
{
	while (connection != NULL) {
		struct uring_connection *next = connection->next;

		free(connection);
		connection = next;
	}
}

/* What is in flight must come back before its memory goes. */
static void uring_loop_free(struct event_loop *base)
{
	struct uring_loop *loop = (struct uring_loop *)base;

	while (loop->living != NULL)
		uring_connection_close(&loop->living->base);
	do {
		uring_loop_poll(base, instant_after_ms(clock_now(), loop->dying > 0 ? 1000 : 0));
	} while (loop->dying > 0);
	io_uring_queue_exit(&loop->ring);
	free_chain(loop->dead);
	free_chain(loop->spare);
	free(loop->buffers);
	free(loop->buffer_memory);
	free(loop);
}

const struct event_loop_backend EVENT_LOOP_BACKEND_URING = {
	.name = "io_uring",
	.new = uring_loop_new,
	.free = uring_loop_free,
	.poll = uring_loop_poll,
	.open = uring_connection_open,
	.send = uring_connection_send,
	.close = uring_connection_close,
};
