/* SPDX-License-Identifier: ISC */
/* The simulated Internet: answers for it, and tells the truth about it.

   usage: world serve --interface NAME [--program FILE] [--seed N] [--scale N] [--every CLASS] [--loss PERCENT] [--delay MIN-MAX] [--kernel-accepts] [--generic] [--sent FILE]
          world truth | targets | attribution | countries | classes | compare [--seed N] [--scale N] [--family 4|6] [--open-only] [--ports LIST] [--units N]
          world changes --changes N [--seed N] [--scale N] [--family 4|6] [--ports LIST]
   With --changes N some hosts are fixed, gone, new or worse, in a way that N decides: serve and truth are of the world after that, or with --before, before.
   See README.md. */
#include <arpa/inet.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/attributes.h"
#include "base/memory.h"
#include "host_side.h"
#include "truth.h"

#ifndef WORLD_PROGRAM
#define WORLD_PROGRAM "world.bpf.o"
#endif

enum { BATCH = 64, SCALE_MAX = 10000 };

static volatile sig_atomic_t must_stop;

static void on_signal(int number)
{
	(void)number;
	must_stop = 1;
}

struct settings {
	const char *interface, *program, *sent_file;
	unsigned long seed, scale;
	const char *every;
	unsigned long changes; /* 0: none */
	bool kernel_accepts, is_generic, is_before;
	struct host_side_options side;
	struct truth_options truth;
};

static uint64_t now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static int refuse(const char *sentence)
{
	fprintf(stderr, "world: %s\n", sentence);
	return 2;
}

static void set_actions(struct census_table *table, bool kernel_accepts)
{
	for (uint32_t class = 0; class < HOST_CLASS_COUNT; class ++) {
		for (uint32_t slot = 0; slot <= POPULATION_OTHER_PORT; slot++)
			table->settings.actions[class][slot] = (uint8_t)host_class_action(class, slot, kernel_accepts);
	}
}

static double used_seconds(void)
{
	struct rusage usage;

	(void)getrusage(RUSAGE_SELF, &usage);
	return (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void print_end(struct wire *wire, const struct host_side *side, double seconds)
{
	struct world_counters kernel;
	struct wire_statistics frames;
	const struct host_side_counters *counters = &side->counters;

	wire_get_counters(wire, &kernel);
	wire_get_statistics(wire, &frames);
	printf("{\"packets\":%llu,\"bytes\":%llu,\"syns\":%llu,\"repeated\":%llu,\"other_ports\":%llu,\"silent\":%llu,\"refused\":%llu,"
	       "\"accepted_by_kernel\":%llu,\"handed\":%llu,",
	       (unsigned long long)kernel.packets, (unsigned long long)kernel.bytes, (unsigned long long)kernel.syns,
	       (unsigned long long)kernel.repeated, (unsigned long long)kernel.other_ports, (unsigned long long)kernel.silent,
	       (unsigned long long)kernel.refused, (unsigned long long)kernel.accepted, (unsigned long long)kernel.handed);
	printf("\"received\":%llu,\"sent\":%llu,\"ring_full\":%llu,\"accepts\":%llu,\"greetings\":%llu,\"commands\":%llu,\"flights\":%llu,"
	       "\"farewells\":%llu,\"client_ends\":%llu,\"client_resets\":%llu,",
	       (unsigned long long)frames.received, (unsigned long long)frames.sent, (unsigned long long)frames.ring_full,
	       (unsigned long long)counters->accepts, (unsigned long long)counters->greetings, (unsigned long long)counters->commands,
	       (unsigned long long)counters->flights, (unsigned long long)counters->farewells, (unsigned long long)counters->client_ends,
	       (unsigned long long)counters->client_resets);
	printf("\"lost_arriving\":%llu,\"lost_leaving\":%llu,\"said_again\":%llu,\"no_room\":%llu,\"not_read\":%llu,\"signatures\":%llu,"
	       "\"cpu_seconds\":%.3f}\n",
	       (unsigned long long)counters->lost_arriving, (unsigned long long)counters->lost_leaving,
	       (unsigned long long)counters->said_again, (unsigned long long)counters->no_room, (unsigned long long)counters->not_read,
	       (unsigned long long)flights_signatures(side->flights), seconds);
	(void)fflush(stdout);
}

static void write_sent(struct wire *wire, const char *path)
{
	struct span map = wire_sent_map(wire);
	FILE *file = fopen(path, "wb");

	if (file == NULL || fwrite(map.data, 1, map.size, file) != map.size || fclose(file) != 0)
		fprintf(stderr, "world: cannot write %s\n", path);
}

static int wait_ms(const struct host_side *side, uint64_t now)
{
	uint64_t next = waiting_next(&side->waiting);

	if (next <= now)
		return 0;
	return next - now > 100000 ? 100 : (int)((next - now) / 1000 + 1);
}

static int serve(const struct settings *settings, struct census_table *table)
{
	struct host_side *side = memory_allocate(1, sizeof(*side));
	struct span frames[BATCH];
	struct wire *wire;
	double before;

	if (settings->interface == NULL)
		return refuse("serve wants --interface");
	if (settings->every != NULL) {
		table->settings.every = host_class_by_name(settings->every);
		if (table->settings.every == POPULATION_SILENT && strcmp(settings->every, "silent") != 0)
			return refuse("there is no such class; see 'world classes'");
		if (table->settings.every == POPULATION_SILENT) /* nobody lives anywhere */
			memset(table->units, 0, sizeof(table->units));
	}
	set_actions(table, settings->kernel_accepts);
	(void)signal(SIGTERM, on_signal);
	(void)signal(SIGINT, on_signal);
	wire = wire_open(settings->interface, settings->program, table, settings->is_generic);
	host_side_init(side, table, wire, &settings->side);
	before = used_seconds(); /* keys and certificates are made */
	printf("serving\n");
	(void)fflush(stdout);
	while (must_stop == 0) {
		unsigned count = wire_receive(wire, frames, BATCH);
		uint64_t now = now_us();

		for (unsigned i = 0; i < count; i++)
			host_side_take(side, frames[i], now);
		wire_release(wire);
		host_side_run(side, now);
		wire_flush(wire);
		if (count == 0)
			wire_wait(wire, wait_ms(side, now));
	}
	print_end(wire, side, used_seconds() - before);
	if (settings->sent_file != NULL)
		write_sent(wire, settings->sent_file);
	host_side_done(side);
	free(side);
	wire_free(wire);
	return 0;
}

static bool parse_ports(const char *list, bool asked_out[POPULATION_PORTS])
{
	static const uint16_t PORTS[POPULATION_PORTS] = {110, 143, 993, 995};
	char *end;

	for (unsigned i = 0; i < POPULATION_PORTS; i++)
		asked_out[i] = false;
	for (;; list = end + 1) {
		unsigned long port = strtoul(list, &end, 10);
		bool is_known = false;

		for (unsigned i = 0; i < POPULATION_PORTS; i++) {
			if (PORTS[i] == port)
				asked_out[i] = is_known = true;
		}
		if (!is_known || (*end != ',' && *end != '\0'))
			return false;
		if (*end == '\0')
			return true;
	}
}

static bool parse_delay(const char *text, struct host_side_options *options)
{
	char *end;

	options->delay_min = (unsigned)strtoul(text, &end, 10);
	options->delay_max = *end == '-' ? (unsigned)strtoul(end + 1, &end, 10) : options->delay_min;
	return *end == '\0' && options->delay_max >= options->delay_min && options->delay_max <= 10000;
}

static bool take_option(int option, const char *value, struct settings *settings)
{
	switch (option) {
	case 'i':
		settings->interface = value;
		return true;
	case 'p':
		settings->program = value;
		return true;
	case 's':
		settings->seed = strtoul(value, NULL, 10);
		return true;
	case 'c':
		settings->scale = strtoul(value, NULL, 10);
		return settings->scale >= 1 && settings->scale <= SCALE_MAX;
	case 'e':
		settings->every = value;
		return true;
	case 'l':
		settings->side.loss = strtod(value, NULL) / 100.0;
		return settings->side.loss >= 0 && settings->side.loss < 1;
	case 'd':
		return parse_delay(value, &settings->side);
	case 'k':
		settings->kernel_accepts = true;
		return true;
	case 'g':
		settings->is_generic = true;
		return true;
	case 'o':
		settings->sent_file = value;
		return true;
	case 'f':
		settings->truth.has_v4 = strcmp(value, "6") != 0;
		settings->truth.has_v6 = strcmp(value, "4") != 0;
		return true;
	case 'n':
		settings->truth.is_open_only = true;
		return true;
	case 'u':
		settings->truth.units = (uint32_t)strtoul(value, NULL, 10);
		return settings->truth.units >= 1 && settings->truth.units <= POPULATION_UNITS;
	case 'x':
		settings->changes = strtoul(value, NULL, 10);
		return settings->changes >= 1 && settings->changes <= UINT32_MAX;
	case 'b':
		settings->is_before = true;
		return true;
	case 't':
		return parse_ports(value, settings->truth.asked);
	default:
		return false;
	}
}

int main(int argc, char **argv)
{
	static const struct option OPTIONS[] = {
		{"interface", 1, NULL, 'i'}, {"program", 1, NULL, 'p'}, {"seed", 1, NULL, 's'},    {"scale", 1, NULL, 'c'},
		{"every", 1, NULL, 'e'},     {"loss", 1, NULL, 'l'},    {"delay", 1, NULL, 'd'},   {"kernel-accepts", 0, NULL, 'k'},
		{"generic", 0, NULL, 'g'},   {"sent", 1, NULL, 'o'},    {"family", 1, NULL, 'f'},  {"open-only", 0, NULL, 'n'},
		{"ports", 1, NULL, 't'},     {"units", 1, NULL, 'u'},   {"changes", 1, NULL, 'x'}, {"before", 0, NULL, 'b'},
		{NULL, 0, NULL, 0},
	};
	struct settings settings = {
		.program = WORLD_PROGRAM,
		.seed = 1,
		.scale = 100,
		.truth = {.has_v4 = true, .has_v6 = true, .asked = {true, true, true, true}, .units = POPULATION_UNITS}};
	struct census_table *table;
	int option, result;

	while ((option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1) {
		if (!take_option(option, optarg, &settings))
			return refuse("an option is wrong; see README.md. --scale takes 1 to 10000");
	}
	if (optind + 1 != argc)
		return refuse("which one? serve, truth, targets, attribution, countries, classes, compare");
	table = memory_allocate(1, sizeof(*table));
	census_table_fill(table, (uint32_t)settings.seed, (uint32_t)settings.scale);
	if (settings.changes != 0)
		census_table_change(table, (uint32_t)settings.changes, settings.is_before);
	/* These count hosts by the table, which knows of no change. */
	if (settings.changes != 0 && strcmp(argv[optind], "serve") != 0 && strcmp(argv[optind], "truth") != 0 &&
	    strcmp(argv[optind], "changes") != 0 && strcmp(argv[optind], "targets") != 0) {
		free(table);
		return refuse("--changes is for serve, truth, changes and targets");
	}
	if (strcmp(argv[optind], "serve") == 0)
		result = serve(&settings, table);
	else
		result = truth_run(table, &settings.truth, argv[optind]);
	free(table);
	return result;
}
