/* SPDX-License-Identifier: ISC */
/* The least that a conversation over our event loop can cost, to compare its backends: greeting, CAPABILITY, STARTTLS, LOGOUT, the server closes. No store, no plan, no decisions.

   usage: bare_client epoll|io_uring HOSTS [WINDOW]     addresses from 127.40.0.0 on, port 143, WINDOW of them at once; see responder --no-tls */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/memory.h"
#include "base/text.h"
#include "net/clock.h"
#include "net/connection.h"
#include "net/event_loop.h"

struct bare {
	struct run *run;
	struct connection *connection;
	unsigned step;
};

struct run {
	struct event_loop *loop;
	uint64_t next, count, open, done, failed;
};

static const char *const LINES[] = {"m1 CAPABILITY\r\n", "m2 STARTTLS\r\n", "m3 LOGOUT\r\n"};

static void end(struct bare *bare, bool is_failed)
{
	connection_close(bare->connection);
	bare->run->open--;
	bare->run->done++;
	bare->run->failed += is_failed ? 1 : 0;
	free(bare);
}

static void on_connected(void *context)
{
	(void)context;
}

static void on_connect_failed(void *context, enum connect_failure failure)
{
	(void)failure;
	end(context, true);
}

static void on_bytes(void *context, struct span bytes)
{
	struct bare *bare = context;

	if (bytes.data[bytes.size - 1] == '\n' && bare->step < ARRAY_LENGTH(LINES))
		connection_send(bare->connection, span_from_text(LINES[bare->step++]));
}

static void on_closed(void *context)
{
	const struct bare *bare = context;

	end(context, bare->step < ARRAY_LENGTH(LINES));
}

static void on_reset(void *context)
{
	end(context, true);
}

static const struct connection_handler HANDLER = {on_connected, on_connect_failed, on_bytes, on_closed, on_reset};

static void open_next(struct run *run)
{
	uint32_t number = (UINT32_C(127) << 24 | UINT32_C(40) << 16) + (uint32_t)run->next++;
	struct endpoint endpoint = {.address = {.family = IP_FAMILY_4}, .port = 143};
	struct bare *bare = memory_allocate(1, sizeof(*bare));
	enum connect_failure failure;

	for (unsigned i = 0; i < 4; i++)
		endpoint.address.bytes[i] = (uint8_t)(number >> (24 - 8 * i));
	bare->run = run;
	bare->connection = connection_open(run->loop, endpoint, NULL, &HANDLER, bare, &failure, NULL);
	if (bare->connection == NULL) {
		free(bare);
		run->done++;
		run->failed++;
		return;
	}
	run->open++;
}

int main(int argc, char **argv)
{
	struct run run = {0};
	struct error error;
	struct rusage usage;
	uint64_t window = 1000;
	double cpu;

	if (argc < 3 || !text_parse_unsigned(span_from_text(argv[2]), UINT32_C(1) << 22, &run.count) ||
	    (argc > 3 && !text_parse_unsigned(span_from_text(argv[3]), 100000, &window))) {
		fprintf(stderr, "usage: bare_client epoll|io_uring HOSTS [WINDOW]\n");
		return 2;
	}
	run.loop = event_loop_new(strcmp(argv[1], "epoll") == 0 ? EVENT_LOOP_EPOLL : EVENT_LOOP_URING, &error);
	if (run.loop == NULL) {
		fprintf(stderr, "%s\n", error.text);
		return 1;
	}
	while (run.done < run.count) {
		while (run.open < window && run.next < run.count)
			open_next(&run);
		event_loop_poll(run.loop, instant_after_ms(clock_now(), 1000));
	}
	event_loop_free(run.loop);
	(void)getrusage(RUSAGE_SELF, &usage);
	cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
	printf("%s: %" PRIu64 " conversations, %" PRIu64 " failed, %.1f us CPU each (user %.1f)\n", argv[1], run.done, run.failed,
	       cpu / (double)run.done, ((double)usage.ru_utime.tv_sec * 1e6 + (double)usage.ru_utime.tv_usec) / (double)run.done);
	return run.failed > 0 ? 1 : 0;
}
