/* SPDX-License-Identifier: ISC */
/* One queue, one socket, copy mode: veth has no other. What cannot leave stays in our ring until it can. */
#include "wire.h"

#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <xdp/xsk.h>

#include "base/memory.h"

enum {
	FRAME_SIZE = 2048,
	RECEIVE_FRAMES = 8192,
	SEND_FRAMES = 8192,
	BIND_TRIES = 30,
};

struct wire {
	struct bpf_object *object;
	struct bpf_link *link;
	int counter_map, processors;
	unsigned char *sent_map;
	size_t sent_size;

	unsigned char *memory;
	struct xsk_umem *umem;
	struct xsk_socket *socket;
	struct xsk_ring_prod fill, send;
	struct xsk_ring_cons completion, receive;
	uint64_t receiving[RECEIVE_FRAMES]; /* addresses to give back */
	unsigned receiving_count;
	uint64_t free_frames[SEND_FRAMES];
	unsigned free_count;
	unsigned unsent; /* handed to the kernel, not completed */
	struct wire_statistics statistics;
};

static void die(const char *what)
{
	fprintf(stderr, "world: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int find_map(struct wire *wire, const char *name)
{
	int descriptor = bpf_object__find_map_fd_by_name(wire->object, name);

	if (descriptor < 0)
		die(name);
	return descriptor;
}

static void load_program(struct wire *wire, unsigned interface, const char *path, const struct census_table *table, bool is_generic)
{
	uint32_t zero = 0, words;
	struct population_spot end = {.unit = POPULATION_UNITS - 1, .offset = (1u << table->settings.offset_bits[1]) - 1, .is_ipv6 = true};
	struct bpf_program *program;

	wire->object = bpf_object__open_file(path, NULL);
	if (wire->object == NULL)
		die(path);
	words = (uint32_t)(population_sent_bit(&table->settings, &end, POPULATION_PORTS - 1) / 64 + 1);
	if (bpf_map__set_max_entries(bpf_object__find_map_by_name(wire->object, "sent_map"), words) != 0 ||
	    bpf_object__load(wire->object) != 0)
		die("loading the XDP program");
	if (bpf_map_update_elem(find_map(wire, "settings_map"), &zero, &table->settings, BPF_ANY) != 0)
		die("settings_map");
	for (uint32_t i = 0; i < 2 * POPULATION_UNITS; i++) {
		if (bpf_map_update_elem(find_map(wire, "unit_map"), &i, &table->units[i], BPF_ANY) != 0)
			die("unit_map");
	}
	wire->counter_map = find_map(wire, "counter_map");
	wire->processors = libbpf_num_possible_cpus();
	wire->sent_size = (size_t)words * 8;
	wire->sent_map = mmap(NULL, wire->sent_size, PROT_READ, MAP_SHARED, find_map(wire, "sent_map"), 0);
	if (wire->sent_map == MAP_FAILED)
		die("sent_map");
	program = bpf_object__find_program_by_name(wire->object, "world");
	{
		LIBBPF_OPTS(bpf_link_create_opts, options, .flags = is_generic ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE);
		int descriptor = bpf_link_create(bpf_program__fd(program), (int)interface, BPF_XDP, &options);

		if (descriptor < 0)
			die("attaching the XDP program"); /* the descriptor stays open: the link ends with us */
	}
}

static void open_socket(struct wire *wire, const char *interface, bool is_generic)
{
	const struct xsk_umem_config umem = {
		.fill_size = RECEIVE_FRAMES, .comp_size = SEND_FRAMES, .frame_size = FRAME_SIZE, .frame_headroom = 0, .flags = 0};
	const struct xsk_socket_config config = {.rx_size = RECEIVE_FRAMES,
	                                         .tx_size = SEND_FRAMES,
	                                         .libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD,
	                                         .xdp_flags = is_generic ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE,
	                                         .bind_flags = XDP_COPY | XDP_USE_NEED_WAKEUP};
	size_t size = (size_t)(RECEIVE_FRAMES + SEND_FRAMES) * FRAME_SIZE;
	uint32_t index, key = 0;
	int descriptor, result = -1;

	wire->memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (wire->memory == MAP_FAILED || xsk_umem__create(&wire->umem, wire->memory, size, &wire->fill, &wire->completion, &umem) != 0)
		die("memory for frames");
	for (unsigned i = 0; i < BIND_TRIES && result != 0; i++) { /* busy for a moment after another one */
		if (i > 0)
			(void)nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
		result = xsk_socket__create(&wire->socket, interface, 0, wire->umem, &wire->receive, &wire->send, &config);
	}
	if (result != 0) {
		errno = -result;
		die("AF_XDP socket");
	}
	descriptor = xsk_socket__fd(wire->socket);
	if (bpf_map_update_elem(find_map(wire, "socket_map"), &key, &descriptor, BPF_ANY) != 0)
		die("socket_map");
	if (xsk_ring_prod__reserve(&wire->fill, RECEIVE_FRAMES, &index) != RECEIVE_FRAMES)
		die("fill ring");
	for (uint32_t i = 0; i < RECEIVE_FRAMES; i++)
		*xsk_ring_prod__fill_addr(&wire->fill, index + i) = (uint64_t)i * FRAME_SIZE;
	xsk_ring_prod__submit(&wire->fill, RECEIVE_FRAMES);
	for (unsigned i = 0; i < SEND_FRAMES; i++)
		wire->free_frames[wire->free_count++] = (uint64_t)(RECEIVE_FRAMES + i) * FRAME_SIZE;
}

struct wire *wire_open(const char *interface, const char *program, const struct census_table *table, bool is_generic)
{
	struct wire *wire = memory_allocate(1, sizeof(*wire));
	unsigned index = if_nametoindex(interface);

	if (index == 0)
		die(interface);
	load_program(wire, index, program, table, is_generic);
	open_socket(wire, interface, is_generic);
	return wire;
}

void wire_free(struct wire *wire)
{
	if (wire == NULL)
		return;
	xsk_socket__delete(wire->socket);
	(void)xsk_umem__delete(wire->umem);
	bpf_object__close(wire->object);
	free(wire);
}

unsigned wire_receive(struct wire *wire, struct span *frames_out, unsigned max)
{
	uint32_t index;
	unsigned count = xsk_ring_cons__peek(&wire->receive, max, &index);

	for (unsigned i = 0; i < count; i++) {
		const struct xdp_desc *descriptor = xsk_ring_cons__rx_desc(&wire->receive, index + i);

		frames_out[i] = span_make(wire->memory + descriptor->addr, descriptor->len);
		wire->receiving[wire->receiving_count++] = descriptor->addr / FRAME_SIZE * FRAME_SIZE;
	}
	wire->statistics.received += count;
	return count;
}

void wire_release(struct wire *wire)
{
	uint32_t index;

	if (wire->receiving_count == 0)
		return;
	xsk_ring_cons__release(&wire->receive, wire->receiving_count);
	while (xsk_ring_prod__reserve(&wire->fill, wire->receiving_count, &index) != wire->receiving_count)
		continue; /* as many as were taken: there is always room */
	for (uint32_t i = 0; i < wire->receiving_count; i++)
		*xsk_ring_prod__fill_addr(&wire->fill, index + i) = wire->receiving[i];
	xsk_ring_prod__submit(&wire->fill, wire->receiving_count);
	wire->receiving_count = 0;
}

static void reclaim(struct wire *wire)
{
	uint32_t index;
	unsigned count = xsk_ring_cons__peek(&wire->completion, SEND_FRAMES, &index);

	for (unsigned i = 0; i < count; i++)
		wire->free_frames[wire->free_count++] = *xsk_ring_cons__comp_addr(&wire->completion, index + i);
	if (count > 0)
		xsk_ring_cons__release(&wire->completion, count);
	wire->unsent -= count;
}

unsigned char *wire_reserve(struct wire *wire)
{
	if (wire->free_count == 0)
		wire_flush(wire);
	return wire->free_count > 0 ? wire->memory + wire->free_frames[wire->free_count - 1] : NULL;
}

void wire_commit(struct wire *wire, size_t size)
{
	uint32_t index;

	if (xsk_ring_prod__reserve(&wire->send, 1, &index) != 1)
		return; /* as many slots as frames: never */
	*xsk_ring_prod__tx_desc(&wire->send, index) =
		(struct xdp_desc){.addr = wire->free_frames[--wire->free_count], .len = (uint32_t)size};
	xsk_ring_prod__submit(&wire->send, 1);
	wire->unsent++;
	wire->statistics.sent++;
}

/* The kernel sends 32 at a call, fewer when the other end's ring is full; then we come back later. */
void wire_flush(struct wire *wire)
{
	unsigned before;

	reclaim(wire);
	while (wire->unsent > 0) {
		before = wire->unsent;
		if (sendto(xsk_socket__fd(wire->socket), NULL, 0, MSG_DONTWAIT, NULL, 0) < 0 && errno != EAGAIN && errno != EBUSY &&
		    errno != ENOBUFS)
			die("sending");
		reclaim(wire);
		if (wire->unsent == before)
			return;
	}
}

void wire_wait(struct wire *wire, int timeout_ms)
{
	struct pollfd descriptor = {.fd = xsk_socket__fd(wire->socket), .events = POLLIN};

	if (wire->unsent > 0)
		timeout_ms = 1;
	(void)poll(&descriptor, 1, timeout_ms);
}

void wire_get_counters(struct wire *wire, struct world_counters *counters_out)
{
	struct world_counters *each = memory_allocate((size_t)wire->processors, sizeof(*each));
	uint64_t *sums = (uint64_t *)counters_out;
	uint32_t zero = 0;

	*counters_out = (struct world_counters){0};
	if (bpf_map_lookup_elem(wire->counter_map, &zero, each) == 0) {
		for (int i = 0; i < wire->processors; i++) {
			for (size_t k = 0; k < sizeof(*each) / sizeof(uint64_t); k++)
				sums[k] += ((const uint64_t *)&each[i])[k];
		}
	}
	free(each);
}

void wire_get_statistics(struct wire *wire, struct wire_statistics *statistics_out)
{
	struct xdp_statistics kernel = {0};
	socklen_t size = sizeof(kernel);

	*statistics_out = wire->statistics;
	if (getsockopt(xsk_socket__fd(wire->socket), SOL_XDP, XDP_STATISTICS, &kernel, &size) == 0)
		statistics_out->ring_full = kernel.rx_ring_full + kernel.rx_fill_ring_empty_descs + kernel.rx_dropped;
}

struct span wire_sent_map(struct wire *wire)
{
	return span_make(wire->sent_map, wire->sent_size);
}
