/* SPDX-License-Identifier: ISC */
/* Both backends of the event loop tell the same of a connection, whatever the peer does; on 127.0.0.1 only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "net/clock.h"
#include "net/connection.h"
#include "net/event_loop.h"

enum { PATIENCE_MS = 3000, MANY_BYTES = 200 * 1024 };

struct client {
	struct connection *connection;
	struct client *other; /* closed together with this one, at its first bytes */
	struct buffer received;
	bool is_connected, has_failed, is_closed, is_reset, closes_at_bytes;
	enum connect_failure failure;
};

static void on_connected(void *context)
{
	((struct client *)context)->is_connected = true;
}

static void on_connect_failed(void *context, enum connect_failure failure)
{
	struct client *client = context;

	client->has_failed = true;
	client->failure = failure;
}

static void close_client(struct client *client)
{
	if (client->connection != NULL)
		connection_close(client->connection);
	client->connection = NULL;
}

static void on_bytes(void *context, struct span bytes)
{
	struct client *client = context;

	assert_true(bytes.size > 0);
	assert_non_null(client->connection);
	buffer_append(&client->received, bytes);
	if (client->closes_at_bytes)
		close_client(client);
	if (client->other != NULL)
		close_client(client->other);
}

static void on_closed(void *context)
{
	((struct client *)context)->is_closed = true;
}

static void on_reset(void *context)
{
	((struct client *)context)->is_reset = true;
}

static const struct connection_handler HANDLER = {on_connected, on_connect_failed, on_bytes, on_closed, on_reset};

struct scene {
	struct event_loop *loop;
	int listener;
	struct endpoint endpoint;
};

static enum event_loop_kind kind_now;

static int set_up(void **state)
{
	struct scene *scene = memory_allocate(1, sizeof(*scene));
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	struct error error;

	*state = scene;
	scene->loop = event_loop_new(kind_now, &error);
	if (scene->loop == NULL && kind_now == EVENT_LOOP_URING)
		return 0; /* not allowed here: each test skips */
	assert_non_null(scene->loop);
	scene->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(scene->listener, (const struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(scene->listener, 16), 0);
	assert_int_equal(getsockname(scene->listener, (struct sockaddr *)&address, &size), 0);
	scene->endpoint = (struct endpoint){.address = {.family = IP_FAMILY_4, .bytes = {127, 0, 0, 1}}, .port = ntohs(address.sin_port)};
	return 0;
}

static int tear_down(void **state)
{
	struct scene *scene = *state;

	if (scene->loop != NULL)
		(void)close(scene->listener);
	event_loop_free(scene->loop);
	free(scene);
	return 0;
}

static void begin(struct scene *scene, struct client *client)
{
	enum connect_failure failure;

	if (scene->loop == NULL)
		skip();
	*client = (struct client){.connection = NULL};
	buffer_init(&client->received, 1 << 20);
	client->connection = connection_open(scene->loop, scene->endpoint, NULL, &HANDLER, client, &failure, NULL);
	assert_non_null(client->connection);
}

static int accept_peer(const struct scene *scene)
{
	struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
	int peer = accept(scene->listener, NULL, NULL);

	assert_true(peer >= 0);
	(void)setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return peer;
}

/* Turns the loop until the flag is set, for seconds at most: a test that fails, not one that hangs. */
static void turn_until(const struct scene *scene, const bool *flag)
{
	struct instant end = instant_after_ms(clock_now(), PATIENCE_MS);

	while (!*flag && instant_is_before(clock_now(), end))
		event_loop_poll(scene->loop, instant_after_ms(clock_now(), 50));
	assert_true(*flag);
}

static void turn_until_received(const struct scene *scene, const struct client *client, size_t size)
{
	struct instant end = instant_after_ms(clock_now(), PATIENCE_MS);

	while (client->received.size < size && instant_is_before(clock_now(), end))
		event_loop_poll(scene->loop, instant_after_ms(clock_now(), 50));
	assert_int_equal(client->received.size, size);
}

static void bytes_come_and_go_and_the_end_is_told(void **state)
{
	struct scene *scene = *state;
	struct client client;
	char text[16];
	int peer;

	begin(scene, &client);
	turn_until(scene, &client.is_connected);
	peer = accept_peer(scene);
	connection_send(client.connection, span_from_text("one"));
	connection_send(client.connection, span_from_text("two"));
	event_loop_poll(scene->loop, clock_now());
	event_loop_poll(scene->loop, clock_now());
	assert_int_equal(recv(peer, text, 6, MSG_WAITALL), 6);
	assert_memory_equal(text, "onetwo", 6);
	assert_int_equal(send(peer, "hello", 5, 0), 5);
	turn_until_received(scene, &client, 5);
	assert_int_equal(send(peer, "bye", 3, 0), 3);
	(void)close(peer);
	turn_until(scene, &client.is_closed);
	assert_true(span_equals_text(buffer_view(&client.received), "hellobye"));
	assert_false(client.is_reset);
	close_client(&client);
	buffer_done(&client.received);
}

static void a_closed_port_is_refused(void **state)
{
	struct scene *scene = *state;
	struct client client;

	if (scene->loop != NULL) {
		(void)close(scene->listener);
		scene->listener = open("/dev/null", O_RDONLY | O_CLOEXEC);
	}
	begin(scene, &client);
	turn_until(scene, &client.has_failed);
	assert_int_equal(client.failure, CONNECT_REFUSED);
	assert_false(client.is_connected);
	close_client(&client);
	buffer_done(&client.received);
}

static void a_reset_is_told_behind_the_bytes_before_it(void **state)
{
	struct linger at_once = {.l_onoff = 1};
	struct scene *scene = *state;
	struct client client;
	int peer;

	begin(scene, &client);
	turn_until(scene, &client.is_connected);
	peer = accept_peer(scene);
	assert_int_equal(send(peer, "hello", 5, 0), 5);
	turn_until_received(scene, &client, 5);
	assert_int_equal(setsockopt(peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
	(void)close(peer);
	turn_until(scene, &client.is_reset);
	assert_false(client.is_closed);
	close_client(&client);
	buffer_done(&client.received);
}

static void many_bytes_arrive_at_a_peer_that_reads_late(void **state)
{
	struct scene *scene = *state;
	struct client client;
	unsigned char *bytes = memory_allocate(MANY_BYTES, 1), *back = memory_allocate(MANY_BYTES, 1);
	int small = 4096, peer;
	size_t got = 0;

	if (scene->loop != NULL)
		(void)setsockopt(scene->listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	for (size_t i = 0; i < MANY_BYTES; i++)
		bytes[i] = (unsigned char)(i * 31 >> 3);
	begin(scene, &client);
	turn_until(scene, &client.is_connected);
	peer = accept_peer(scene);
	connection_send(client.connection, span_make(bytes, 100));
	connection_send(client.connection, span_make(bytes + 100, MANY_BYTES - 100));
	for (struct instant end = instant_after_ms(clock_now(), PATIENCE_MS); got < MANY_BYTES && instant_is_before(clock_now(), end);) {
		ssize_t size;

		event_loop_poll(scene->loop, instant_after_ms(clock_now(), 1));
		size = recv(peer, back + got, MANY_BYTES - got, MSG_DONTWAIT);
		got += size > 0 ? (size_t)size : 0;
	}
	assert_int_equal(got, MANY_BYTES);
	assert_memory_equal(bytes, back, MANY_BYTES);
	close_client(&client);
	(void)close(peer);
	buffer_done(&client.received);
	free(bytes);
	free(back);
}

static void the_peer_sees_our_last_words_and_an_end_and_no_reset(void **state)
{
	struct scene *scene = *state;
	struct client client;
	char text[16];
	int peer;

	begin(scene, &client);
	turn_until(scene, &client.is_connected);
	peer = accept_peer(scene);
	assert_int_equal(send(peer, "unread", 6, 0), 6); /* in our kernel, perhaps not in our hands yet */
	connection_send(client.connection, span_from_text("last"));
	close_client(&client);
	event_loop_poll(scene->loop, clock_now());
	event_loop_poll(scene->loop, clock_now());
	assert_int_equal(recv(peer, text, sizeof(text), MSG_WAITALL), 4);
	assert_int_equal(recv(peer, text, sizeof(text), 0), 0);
	assert_false(client.is_closed || client.is_reset);
	(void)close(peer);
	buffer_done(&client.received);
}

/* Our sockets towards a port that are in TIME_WAIT (state 06 of /proc/net/tcp, see proc(5)). */
static size_t count_time_wait_towards(uint16_t port)
{
	FILE *file = fopen("/proc/net/tcp", "r");
	char line[512];
	size_t count = 0;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		struct span rest = span_from_text(line), remote, its_state;

		(void)span_take_word(&rest); /* number */
		(void)span_take_word(&rest); /* our end */
		remote = span_take_word(&rest);
		its_state = span_take_word(&rest);
		remote = span_part(remote, span_find_byte(remote, ':') + 1, remote.size);
		if (span_equals_text(its_state, "06") && strtoul((const char *)remote.data, NULL, 16) == port)
			count++;
	}
	(void)fclose(file);
	return count;
}

static void closing_first_leaves_no_time_wait(void **state)
{
	struct scene *scene = *state;
	struct client client;
	char byte;

	for (unsigned i = 0; i < 5; i++) {
		int peer;

		begin(scene, &client);
		turn_until(scene, &client.is_connected);
		peer = accept_peer(scene);
		close_client(&client);
		event_loop_poll(scene->loop, clock_now());
		event_loop_poll(scene->loop, clock_now());
		assert_int_equal(recv(peer, &byte, 1, 0), 0);
		(void)close(peer);
		buffer_done(&client.received);
	}
	assert_int_equal(count_time_wait_towards(scene->endpoint.port), 0);
}

static void a_handler_may_close_any_connection(void **state)
{
	struct scene *scene = *state;
	struct client one, two;
	int peers[2];

	begin(scene, &one);
	begin(scene, &two);
	turn_until(scene, &one.is_connected);
	turn_until(scene, &two.is_connected);
	peers[0] = accept_peer(scene);
	peers[1] = accept_peer(scene);
	one.closes_at_bytes = two.closes_at_bytes = true;
	one.other = &two;
	two.other = &one;
	assert_int_equal(send(peers[0], "x", 1, 0), 1);
	assert_int_equal(send(peers[1], "x", 1, 0), 1);
	for (unsigned i = 0; i < 5; i++)
		event_loop_poll(scene->loop, instant_after_ms(clock_now(), 10));
	assert_int_equal(one.received.size + two.received.size, 1);
	assert_null(one.connection);
	assert_null(two.connection);
	(void)close(peers[0]);
	(void)close(peers[1]);
	buffer_done(&one.received);
	buffer_done(&two.received);
}

static void what_is_open_is_closed_with_the_loop(void **state)
{
	struct scene *scene = *state;
	struct client begun, up;
	char byte;
	int peer;

	begin(scene, &up);
	turn_until(scene, &up.is_connected);
	peer = accept_peer(scene);
	begin(scene, &begun);
	event_loop_free(scene->loop);
	scene->loop = NULL;
	(void)close(scene->listener);
	assert_int_equal(recv(peer, &byte, 1, 0), 0);
	(void)close(peer);
	buffer_done(&up.received);
	buffer_done(&begun.received);
}

static void a_wait_ends_in_time_when_nothing_happens(void **state)
{
	struct scene *scene = *state;
	struct instant began = clock_now();

	if (scene->loop == NULL)
		skip();
	event_loop_poll(scene->loop, instant_after_ms(began, 30));
	assert_true(instant_ms_between(began, clock_now()) >= 29);
	assert_false(instant_is_before(event_loop_now(scene->loop), instant_after_ms(began, 29)));
}

/* Rule K-7: one connection to an address at a time, also when the next one is opened right behind a close. */
static void a_close_is_done_before_the_next_connection_begins(void **state)
{
	struct scene *scene = *state;
	struct client first, second;
	unsigned char byte;
	int peer;

	begin(scene, &first);
	peer = accept_peer(scene);
	turn_until(scene, &first.is_connected);
	close_client(&first);
	begin(scene, &second);
	assert_int_equal(recv(peer, &byte, 1, MSG_DONTWAIT), 0); /* the end of the first is here already */
	close_client(&second);
	(void)close(peer);
	buffer_done(&first.received);
	buffer_done(&second.received);
}

#define RUN(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* event_loop_test epoll|io_uring */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		RUN(a_close_is_done_before_the_next_connection_begins),
		RUN(bytes_come_and_go_and_the_end_is_told),
		RUN(a_closed_port_is_refused),
		RUN(a_reset_is_told_behind_the_bytes_before_it),
		RUN(many_bytes_arrive_at_a_peer_that_reads_late),
		RUN(the_peer_sees_our_last_words_and_an_end_and_no_reset),
		RUN(closing_first_leaves_no_time_wait),
		RUN(a_handler_may_close_any_connection),
		RUN(what_is_open_is_closed_with_the_loop),
		RUN(a_wait_ends_in_time_when_nothing_happens),
	};

	kind_now = argc > 1 && strcmp(argv[1], "io_uring") == 0 ? EVENT_LOOP_URING : EVENT_LOOP_EPOLL;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
