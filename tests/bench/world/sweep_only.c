/* SPDX-License-Identifier: ISC */
/* The sweep alone, as zmap and masscan do it: SYNs, answers validated and told once, nothing judged and nothing kept on disk. What script/bench discovery measures; and with "talk" what
   script/bench conversations does: each host that accepts is talked to over its answer, as masscan --banners does (greeting, capabilities, STARTTLS, hello, flight), and counted.

   usage: sweep_only xdp|packet INTERFACE TARGETS PORT RATE SECONDS [talk [ATTEMPTS]]   (RATE 0: no limit; SECONDS: how long answers are waited for after the last SYN;
   ATTEMPTS: SYNs to who does not answer, 1)
   Prints a line of JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "discover/sweep.h"
#include "net/clock.h"
#include "net/random.h"
#include "protocol/tls/client_hello.h"
#include "protocol/tls/server_flight.h"

static uint64_t found;

static bool on_reserve(void *context, uint64_t position, unsigned times)
{
	(void)context;
	(void)position;
	(void)times;
	return true;
}

/* ---- talking ---- */

enum talk_state { AWAITS_GREETING, AWAITS_CAPABILITIES, AWAITS_AGREEMENT, AWAITS_FLIGHT };

struct talk {
	struct connection *connection;
	enum talk_state state;
	bool is_imap;
	size_t size; /* of the unfinished reply */
	char reply[4096];
	struct tls_observation tls;
	struct server_flight *flight;
};

static struct event_loop *loop_of_talks; /* NULL: nobody is talked to */
static uint64_t talks_open, talks_whole, talks_broken;

static void end_talk(struct talk *talk, bool is_whole)
{
	talks_whole += is_whole ? 1 : 0;
	talks_broken += is_whole ? 0 : 1;
	talks_open--;
	connection_close(talk->connection);
	server_flight_free(talk->flight);
	free(talk);
}

static void say(struct talk *talk, const char *words)
{
	talk->size = 0;
	connection_send(talk->connection, span_from_text(words));
}

static void say_hello(struct talk *talk)
{
	static struct buffer wire;
	struct client_hello_options options = {.hello = TLS_HELLO_H1};

	if (wire.max == 0)
		buffer_init(&wire, 4096);
	buffer_clear(&wire);
	random_bytes(options.random, sizeof(options.random));
	client_hello_build(&options, &wire);
	talk->flight = server_flight_new(&talk->tls);
	connection_send(talk->connection, buffer_view(&wire));
}

/* The whole reply is there: its last line says so. */
static bool is_whole_reply(const struct talk *talk)
{
	const char *last = talk->reply + talk->size;

	if (talk->size < 3 || last[-1] != '\n')
		return false;
	if (talk->state == AWAITS_CAPABILITIES && !talk->is_imap)
		return last[-3] == '.' || talk->reply[0] == '-';
	return talk->state != AWAITS_CAPABILITIES || strstr(talk->reply, "a1 ") != NULL;
}

static void on_reply(struct talk *talk)
{
	switch (talk->state) {
	case AWAITS_GREETING:
		talk->state = AWAITS_CAPABILITIES;
		say(talk, talk->is_imap ? "a1 CAPABILITY\r\n" : "CAPA\r\n");
		break;
	case AWAITS_CAPABILITIES:
		talk->state = AWAITS_AGREEMENT;
		say(talk, talk->is_imap ? "a2 STARTTLS\r\n" : "STLS\r\n");
		break;
	case AWAITS_AGREEMENT:
		if (strncmp(talk->reply, talk->is_imap ? "a2 OK" : "+OK", talk->is_imap ? 5 : 3) != 0) {
			end_talk(talk, true);
			break;
		}
		talk->state = AWAITS_FLIGHT;
		say_hello(talk);
		break;
	case AWAITS_FLIGHT:
		break;
	}
}

static void on_bytes(void *context, struct span bytes)
{
	struct talk *talk = context;

	if (talk->state == AWAITS_FLIGHT) {
		if (!server_flight_feed(talk->flight, bytes))
			end_talk(talk, talk->tls.outcome == TLS_PROVEN);
		return;
	}
	if (talk->size + bytes.size >= sizeof(talk->reply)) {
		end_talk(talk, false);
		return;
	}
	memcpy(talk->reply + talk->size, bytes.data, bytes.size);
	talk->size += bytes.size;
	talk->reply[talk->size] = '\0';
	if (is_whole_reply(talk))
		on_reply(talk);
}

static void on_connected(void *context)
{
	(void)context;
}

static void on_connect_failed(void *context, enum connect_failure failure)
{
	(void)failure;
	end_talk(context, false);
}

static void on_closed(void *context)
{
	end_talk(context, false);
}

static const struct connection_handler TALK = {on_connected, on_connect_failed, on_bytes, on_closed, on_closed};

static bool on_find(void *context, const struct sweep_find *find)
{
	struct talk *talk;

	(void)context;
	found++;
	if (loop_of_talks == NULL)
		return true;
	talk = memory_allocate(1, sizeof(*talk));
	talk->is_imap = find->answer.endpoint.port == 143;
	talk->connection = raw_loop_adopt(loop_of_talks, &find->answer, &TALK, talk);
	if (talk->connection == NULL) {
		free(talk);
		return false;
	}
	talks_open++;
	return true;
}

static int fail(const char *what, const struct error *error)
{
	fprintf(stderr, "sweep_only: %s: %s\n", what, error->text);
	return 1;
}

static void print_result(struct event_loop *loop, const struct sweep *sweep)
{
	struct raw_loop_statistics frames;
	struct sweep_status status;

	sweep_get_status(sweep, &status);
	raw_loop_get_statistics(loop, &frames);
	printf("{\"engine\":\"%s\",\"syns\":%llu,\"found\":%llu,\"refused\":%llu,\"sent\":%llu,\"received\":%llu,\"lost_here\":%llu,"
	       "\"refused_by_kernel\":%llu,\"slowed_down\":%llu,\"talks\":%llu,\"talks_broken\":%llu,\"talks_unfinished\":%llu}\n",
	       raw_loop_describe(loop), (unsigned long long)status.syns, (unsigned long long)found, (unsigned long long)status.refused,
	       (unsigned long long)frames.path.sent, (unsigned long long)frames.path.received, (unsigned long long)frames.path.receive_lost,
	       (unsigned long long)frames.path.send_refused, (unsigned long long)frames.rate_lowered, (unsigned long long)talks_whole,
	       (unsigned long long)talks_broken, (unsigned long long)talks_open);
}

static int sweep(struct event_loop *loop, const struct target_set *targets, const struct exclusion_list *exclusions,
                 const struct port_list *ports, double rate, unsigned late_ms, unsigned attempts, struct syn_key key)
{
	struct sweep_setup setup = {.loop = loop,
	                            .targets = targets,
	                            .exclusions = exclusions,
	                            .ports = *ports,
	                            .attempts = attempts,
	                            .gap_ms = attempts > 1 ? 1000 : 0, /* an answer takes a while */
	                            .late_ms = late_ms,
	                            .per_address = 4,
	                            .window_ms = 1000,
	                            .syns_per_second = rate > 0 ? rate : 1e8,
	                            .limit = UINT64_MAX,
	                            .on_reserve = on_reserve,
	                            .on_find = on_find,
	                            .key = key,
	                            .wall_now = clock_wall()};
	struct error error = {{0}};
	struct sweep *sweep;

	target_walk_init(&setup.walk, target_set_count(targets), 42, 0, 1);
	sweep = sweep_new(&setup, &error);
	if (sweep == NULL)
		return fail("sweep", &error);
	while (!sweep_is_over(sweep)) {
		struct instant next = sweep_round(sweep, event_loop_now(loop));

		if (!sweep_is_over(sweep))
			event_loop_poll(loop, next);
	}
	print_result(loop, sweep);
	sweep_free(sweep);
	return 0;
}

int main(int argc, char **argv)
{
	struct exclusion_list *exclusions = exclusion_list_new();
	struct port_list ports = {{0}, 0};
	struct target_set *targets;
	struct ip_range range;
	struct error error = {{0}};
	struct event_loop *loop;
	int result;

	if (argc < 7 || argc > 9 || !ip_range_parse(span_from_text(argv[3]), &range) || !port_list_parse(span_from_text(argv[4]), &ports)) {
		fprintf(stderr, "usage: sweep_only xdp|packet INTERFACE TARGETS PORT RATE SECONDS [talk [ATTEMPTS]]\n");
		return 2;
	}
	exclusion_list_seal(exclusions);
	targets = target_set_new(&ports);
	target_set_add(targets, &range, &ports);
	if (!target_set_seal(targets, exclusions, &error))
		return fail("targets", &error);
	{
		struct syn_key key;
		struct raw_loop_setup setup = {.kind = strcmp(argv[1], "xdp") == 0 ? FRAME_PATH_XDP : FRAME_PATH_PACKET,
		                               .interface = argv[2],
		                               .probe_address = range.first,
		                               .first_port = 61000,
		                               .last_port = 65535,
		                               .syns_per_second = strtod(argv[5], NULL),
		                               .connections_max = 200000};

		memset(&key, 7, sizeof(key));
		setup.key = key;
		loop = raw_loop_new(&setup, &error);
		if (loop == NULL)
			return fail("frames", &error);
		loop_of_talks = argc >= 8 ? loop : NULL;
		result = sweep(loop, targets, exclusions, &ports, strtod(argv[5], NULL), (unsigned)(1000 * strtod(argv[6], NULL)),
		               argc == 9 ? (unsigned)strtoul(argv[8], NULL, 10) : 1, key);
	}
	event_loop_free(loop);
	target_set_free(targets);
	exclusion_list_free(exclusions);
	return result;
}
