/* SPDX-License-Identifier: ISC */
/* The sweep alone, as zmap and masscan do it: SYNs, answers validated and told once, no conversation, nothing kept on disk. What script/bench discovery measures.

   usage: sweep_only xdp|packet INTERFACE TARGETS PORT RATE SECONDS   (RATE 0: no limit; SECONDS: how long answers are waited for after the last SYN)
   Prints a line of JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "discover/sweep.h"
#include "net/clock.h"

static uint64_t found;

static bool on_reserve(void *context, uint64_t position, unsigned times)
{
	(void)context;
	(void)position;
	(void)times;
	return true;
}

static bool on_find(void *context, const struct sweep_find *find)
{
	(void)context;
	(void)find;
	found++;
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
	       "\"refused_by_kernel\":%llu,\"slowed_down\":%llu}\n",
	       raw_loop_describe(loop), (unsigned long long)status.syns, (unsigned long long)found, (unsigned long long)status.refused,
	       (unsigned long long)frames.path.sent, (unsigned long long)frames.path.received, (unsigned long long)frames.path.receive_lost,
	       (unsigned long long)frames.path.send_refused, (unsigned long long)frames.rate_lowered);
}

static int sweep(struct event_loop *loop, const struct target_set *targets, const struct exclusion_list *exclusions,
                 const struct port_list *ports, double rate, unsigned late_ms, struct syn_key key)
{
	struct sweep_setup setup = {.loop = loop,
	                            .targets = targets,
	                            .exclusions = exclusions,
	                            .ports = *ports,
	                            .attempts = 1,
	                            .gap_ms = 0,
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

	if (argc != 7 || !ip_range_parse(span_from_text(argv[3]), &range) || !port_list_parse(span_from_text(argv[4]), &ports)) {
		fprintf(stderr, "usage: sweep_only xdp|packet INTERFACE TARGETS PORT RATE SECONDS\n");
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
		                               .packets_per_second = strtod(argv[5], NULL),
		                               .connections_max = 1024};

		memset(&key, 7, sizeof(key));
		setup.key = key;
		loop = raw_loop_new(&setup, &error);
		if (loop == NULL)
			return fail("frames", &error);
		result = sweep(loop, targets, exclusions, &ports, strtod(argv[5], NULL), (unsigned)(1000 * strtod(argv[6], NULL)), key);
	}
	event_loop_free(loop);
	target_set_free(targets);
	exclusion_list_free(exclusions);
	return result;
}
