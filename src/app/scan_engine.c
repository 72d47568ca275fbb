/* SPDX-License-Identifier: ISC */
/* Sockets unless frames are asked for, or worth it and possible. */
#include "app/scan_engine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/raw_loop.h"

/* Connections beside the open conversations: those that say farewell. */
enum { LEAVING_SHARE = 2 };

/* One address of each family in the scope, for the routes. */
static void find_families(const struct scan_scope *scope, struct raw_loop_setup *setup)
{
	struct ip_range range;
	struct port_list ports;
	bool has_first = false;

	for (size_t i = 0; target_set_range(scope->targets, i, &range, &ports); i++) {
		if (!has_first) {
			setup->probe_address = range.first;
			has_first = true;
		} else if (range.first.family != setup->probe_address.family) {
			setup->has_other_family = true;
			setup->other_address = range.first;
			return;
		}
	}
}

static enum frame_path_kind kind_of(enum engine engine)
{
	switch (engine) {
	case ENGINE_PACKET:
		return FRAME_PATH_PACKET;
	case ENGINE_XDP:
		return FRAME_PATH_XDP;
	case ENGINE_AUTO:
	case ENGINE_SOCKETS:
	case ENGINE_RAW:
		break;
	}
	return FRAME_PATH_BEST;
}

static struct event_loop *open_raw(const struct scan_options *options, const struct scan_scope *scope, struct syn_key key,
                                   struct error *error)
{
	const struct engine_options *engine = &options->engine;
	struct probe_policy sources;
	struct raw_loop_setup setup = {
		.kind = kind_of((enum engine)engine->engine),
		.interface = engine->interface,
		.gateway_link = engine->has_gateway ? engine->gateway_link : NULL,
		.first_port = engine->first_port,
		.last_port = engine->last_port,
		.key = key,
		.syns_per_second = options->rate,
		.packets_per_second = engine->packet_rate,
		.bits_per_second = engine->bits_per_second,
		.connections_max = (unsigned)options->max_open * LEAVING_SHARE,
	};
	struct event_loop *loop;

	if (!scan_options_sources(&options->sources, &sources, error))
		return NULL;
	setup.sources = sources.sources;
	setup.source_count = sources.source_count;
	find_families(scope, &setup);
	loop = raw_loop_new(&setup, error);
	free((void *)(uintptr_t)sources.sources);
	return loop;
}

bool scan_engine_open(const struct scan_options *options, const struct scan_scope *scope, struct syn_key key,
                      struct scan_engine *engine_out, struct error *error)
{
	bool is_wanted = engine_options_want_raw(&options->engine);
	bool is_large = target_set_count(scope->targets) >= ENGINE_SWEEP_MIN;
	struct error why = {{0}};

	*engine_out = (struct scan_engine){.chosen = ENGINE_SOCKETS};
	if (!is_wanted && (options->engine.engine == ENGINE_SOCKETS || !is_large)) {
		(void)snprintf(engine_out->reason, sizeof(engine_out->reason), "engine: kernel sockets (%s)",
		               is_large ? "as asked" : "enough for fewer than 65536 hosts");
		return true;
	}
	engine_out->loop = open_raw(options, scope, key, is_wanted ? error : &why);
	if (engine_out->loop != NULL) {
		engine_out->chosen = ENGINE_RAW;
		(void)snprintf(engine_out->reason, sizeof(engine_out->reason), "engine: %s", raw_loop_describe(engine_out->loop));
		return true;
	}
	if (is_wanted)
		return false;
	(void)snprintf(engine_out->reason, sizeof(engine_out->reason), "engine: kernel sockets, as frames are not possible: %s", why.text);
	return true;
}

void scan_engine_close(struct scan_engine *engine)
{
	event_loop_free(engine->loop);
	engine->loop = NULL;
}
