/* SPDX-License-Identifier: ISC */
/* Tells what a scan would contact: ranges, ports, what is cut out and why, and how long it takes at least. */
#include "app/dry_run.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"

struct estimate {
	uint64_t hosts, endpoints;
	double seconds; /* by rate alone; the pause between two connections to one address comes on top of a small scan */
};

static double range_size(const struct ip_range *range)
{
	double size = 0;

	for (size_t i = 0; i < ip_address_size(range->first); i++)
		size = size * 256 + range->last.bytes[i] - range->first.bytes[i];
	return size + 1;
}

static struct estimate estimate_of(const struct scan_options *options, const struct scan_scope *scope)
{
	struct estimate estimate = {.hosts = target_set_count(scope->targets)};
	struct ip_range range;
	struct port_list ports;
	double endpoints = 0, most_ports = 0, pauses;

	for (size_t i = 0; target_set_range(scope->targets, i, &range, &ports); i++) {
		endpoints += range_size(&range) * (double)ports.count;
		most_ports = (double)ports.count > most_ports ? (double)ports.count : most_ports;
	}
	endpoints /= options->shard_count;
	estimate.hosts = estimate.hosts / options->shard_count + (estimate.hosts % options->shard_count > options->shard_index ? 1 : 0);
	if (options->limit < estimate.hosts) {
		endpoints *= (double)options->limit / (double)estimate.hosts;
		estimate.hosts = options->limit;
	}
	estimate.endpoints = endpoints < 1.8e19 ? (uint64_t)endpoints : UINT64_MAX;
	pauses = (most_ports - 1) * options->gap_ms / 1000.0;
	estimate.seconds = endpoints / options->rate > pauses ? endpoints / options->rate : pauses;
	return estimate;
}

static void print_text(const struct scan_options *options, const struct scan_scope *scope, const struct estimate *estimate)
{
	struct ip_range range;
	struct port_list ports;

	printf("would contact %" PRIu64 " hosts (%" PRIu64 " ports), share %u of %u, in a pseudo-random order\n", estimate->hosts,
	       estimate->endpoints, options->shard_index + 1, options->shard_count);
	for (size_t i = 0; target_set_range(scope->targets, i, &range, &ports); i++) {
		char text[IP_RANGE_TEXT_SIZE];

		ip_range_format(&range, text);
		printf("  %s ports", text);
		for (size_t port = 0; port < ports.count; port++)
			printf(" %u", ports.ports[port]);
		putchar('\n');
	}
	printf("left out by exclusions: %" PRIu64 " addresses that were named\n", target_set_excluded_count(scope->targets));
	printf("at most %g connections/s, %" PRIu64 " at once, 1 at a time per address, %" PRIu64 " per address in %u s, %g s apart\n",
	       options->rate, options->max_open, options->per_address, options->window_ms / 1000, options->gap_ms / 1000.0);
	printf("takes at least %.0f s; services that are silent, busy or broken are looked at again later\n", estimate->seconds);
}

static void print_json(const struct scan_options *options, const struct scan_scope *scope, const struct estimate *estimate)
{
	struct ip_range range;
	struct port_list ports;

	printf("{\"schema\":\"mailcensus.dry-run/1\",\"hosts\":%" PRIu64 ",\"endpoints\":%" PRIu64
	       ",\"shard\":%u,\"shards\":%u,\"excluded\":%" PRIu64 ",\"rate\":%g,\"per_address\":%" PRIu64
	       ",\"window_seconds\":%g,\"gap_seconds\":%g,\"seconds_at_least\":%.0f,\"ranges\":[",
	       estimate->hosts, estimate->endpoints, options->shard_index + 1, options->shard_count,
	       target_set_excluded_count(scope->targets), options->rate, options->per_address, options->window_ms / 1000.0,
	       options->gap_ms / 1000.0, estimate->seconds);
	for (size_t i = 0; target_set_range(scope->targets, i, &range, &ports); i++) {
		char text[IP_RANGE_TEXT_SIZE];

		ip_range_format(&range, text);
		printf("%s{\"range\":\"%s\",\"ports\":[", i > 0 ? "," : "", text);
		for (size_t port = 0; port < ports.count; port++)
			printf("%s%u", port > 0 ? "," : "", ports.ports[port]);
		printf("]}");
	}
	printf("]}\n");
}

bool dry_run_print(const struct scan_options *options, const struct scan_scope *scope)
{
	struct estimate estimate = estimate_of(options, scope);

	if (options->json)
		print_json(options, scope, &estimate);
	else
		print_text(options, scope, &estimate);
	return fflush(stdout) == 0;
}
