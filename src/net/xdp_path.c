/* SPDX-License-Identifier: ISC */
/* AF_XDP (Documentation/networking/af_xdp.rst): the frames of our connections leave the kernel before its network stack sees them.

   One socket for each receive queue, each with memory of its own: frames below `depth` go round between fill and receive ring, those above it are for sending.
   The program is attached by a link, so that it goes when we do, however we end. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/if_xdp.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <xdp/xsk.h>

#include "base/memory.h"
#include "net/clock.h"
#include "net/frame_path_backend.h"
#include "net/steer.h"
#include "net/steer_program.h"

enum {
	CHUNK_SIZE = 2048, /* the kernel keeps 256 bytes in front of what comes */
	QUEUE_DEPTH_MIN = 256,
	BUSY_RETRY_MS = 1000, /* a queue that was closed a moment ago is still being taken down */
	BUSY_PAUSE_MS = 20,
	KICKS_MAX = 4096, /* the kernel copies some 32 frames a call */
};

struct queue {
	struct xsk_socket *socket;
	struct xsk_umem *memory;
	struct xsk_ring_prod fill, transmit;
	struct xsk_ring_cons completion, receive;
	unsigned char *chunks;
	unsigned depth;
	uint64_t *held; /* given out until release */
	unsigned held_count;
	uint64_t *free; /* for sending */
	unsigned free_count;
	unsigned uncommitted; /* written into the transmit ring, not shown to the kernel yet */
	uint64_t committed;
	uint64_t refused_at; /* committed frames that were refused once already */
	bool is_zero_copy;
};

struct xdp_path {
	struct frame_path base;
	struct steer_program *program;
	int link;
	bool is_generic;
	struct queue *queues;
	unsigned queue_count;
	unsigned sending; /* the queue whose turn it is */
	unsigned looking;
	int descriptors[STEER_QUEUES_MAX];
	uint64_t received, send_refused;
};

/* ---- opening ---- */

/* How many receive queues the device uses now. */
static unsigned count_queues(const char *interface)
{
	struct ethtool_channels channels = {.cmd = ETHTOOL_GCHANNELS};
	struct ifreq request = {.ifr_data = (char *)&channels};
	int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	unsigned count = 1; /* what cannot be asked has one */

	(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	if (descriptor >= 0 && ioctl(descriptor, SIOCETHTOOL, &request) == 0)
		count = channels.rx_count + channels.combined_count;
	if (descriptor >= 0)
		(void)close(descriptor);
	return count > 0 ? count : 1;
}

static bool attach(struct xdp_path *path, const struct interface *interface, struct error *error)
{
	int program = steer_program_descriptor(path->program);
	const struct bpf_link_create_opts native = {.sz = sizeof(native), .flags = XDP_FLAGS_DRV_MODE};
	const struct bpf_link_create_opts generic = {.sz = sizeof(generic), .flags = XDP_FLAGS_SKB_MODE};

	path->link = bpf_link_create(program, (int)interface->index, BPF_XDP, &native);
	if (path->link < 0 && errno != EBUSY && errno != EEXIST && errno != EPERM) {
		path->link = bpf_link_create(program, (int)interface->index, BPF_XDP, &generic);
		path->is_generic = true;
	}
	if (path->link >= 0)
		return true;
	if (errno == EBUSY || errno == EEXIST)
		return error_set(error, "another XDP program is on %s; ip link set %s xdp off takes it away, if nobody needs it",
		                 interface->name, interface->name);
	return error_set(error, "no XDP program can be attached to %s: %s", interface->name, strerror(errno));
}

static bool map_memory(struct queue *queue)
{
	const struct xsk_umem_config config = {
		.fill_size = queue->depth,
		.comp_size = queue->depth,
		.frame_size = CHUNK_SIZE,
		.frame_headroom = XSK_UMEM__DEFAULT_FRAME_HEADROOM,
	};
	size_t size = (size_t)2 * queue->depth * CHUNK_SIZE;
	void *chunks = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	int failure;

	if (chunks == MAP_FAILED)
		return false;
	queue->chunks = chunks;
	(void)madvise(chunks, size, MADV_DONTFORK); /* the kernel holds these very pages: a child must not make copies of them */
	failure = xsk_umem__create(&queue->memory, chunks, size, &queue->fill, &queue->completion, &config);
	errno = failure < 0 ? -failure : failure;
	return failure == 0;
}

/* Zero-copy where the driver can, else copying; a queue that is busy is tried again for a while. */
static bool bind_queue(struct queue *queue, const char *interface, unsigned number, bool is_generic)
{
	struct instant until = instant_after_ms(clock_now(), BUSY_RETRY_MS);
	bool tries_zero_copy = !is_generic;

	for (;;) {
		const struct xsk_socket_config config = {
			.rx_size = queue->depth,
			.tx_size = queue->depth,
			.libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD,
			.bind_flags = (__u16)(XDP_USE_NEED_WAKEUP | (tries_zero_copy ? XDP_ZEROCOPY : XDP_COPY)),
		};
		int failure =
			xsk_socket__create(&queue->socket, interface, number, queue->memory, &queue->receive, &queue->transmit, &config);

		if (failure == 0) {
			queue->is_zero_copy = tries_zero_copy;
			return true;
		}
		errno = failure < 0 ? -failure : failure;
		queue->socket = NULL;
		if (errno == EBUSY && instant_is_before(clock_now(), until))
			(void)poll(NULL, 0, BUSY_PAUSE_MS);
		else if (tries_zero_copy && errno != EBUSY)
			tries_zero_copy = false;
		else
			return false;
	}
}

static void fill_up(struct queue *queue)
{
	uint32_t at = 0;

	if (xsk_ring_prod__reserve(&queue->fill, queue->depth, &at) != queue->depth)
		return; /* it was made for just as many */
	for (unsigned i = 0; i < queue->depth; i++)
		*xsk_ring_prod__fill_addr(&queue->fill, at + i) = (uint64_t)i * CHUNK_SIZE;
	xsk_ring_prod__submit(&queue->fill, queue->depth);
	for (unsigned i = 0; i < queue->depth; i++)
		queue->free[queue->free_count++] = (uint64_t)(queue->depth + i) * CHUNK_SIZE;
}

static bool open_queue(struct xdp_path *path, unsigned number, unsigned depth, const char *interface)
{
	struct queue *queue = &path->queues[number];
	int sockets = steer_program_sockets(path->program);

	queue->depth = depth;
	queue->held = memory_allocate(depth, sizeof(*queue->held));
	queue->free = memory_allocate(depth, sizeof(*queue->free));
	if (!map_memory(queue) || !bind_queue(queue, interface, number, path->is_generic))
		return false;
	fill_up(queue);
	path->descriptors[number] = xsk_socket__fd(queue->socket);
	return bpf_map_update_elem(sockets, &number, &path->descriptors[number], BPF_ANY) == 0;
}

static void close_queue(struct queue *queue)
{
	if (queue->socket != NULL)
		xsk_socket__delete(queue->socket);
	if (queue->memory != NULL)
		(void)xsk_umem__delete(queue->memory);
	if (queue->chunks != NULL)
		(void)munmap(queue->chunks, (size_t)2 * queue->depth * CHUNK_SIZE);
	free(queue->held);
	free(queue->free);
}

static void xdp_path_free(struct frame_path *base)
{
	struct xdp_path *path = (struct xdp_path *)base;

	/* First the program: what comes from now on goes to the kernel. */
	if (path->link >= 0)
		(void)close(path->link);
	for (unsigned i = 0; i < path->queue_count; i++)
		close_queue(&path->queues[i]);
	free(path->queues);
	steer_program_free(path->program);
	free(path);
}

static bool open_queues(struct xdp_path *path, const struct frame_path_setup *setup, struct error *error)
{
	unsigned depth = frame_path_depth(setup->frames);
	unsigned each = frame_path_depth(depth / path->queue_count);

	if (each < QUEUE_DEPTH_MIN && depth >= QUEUE_DEPTH_MIN)
		each = QUEUE_DEPTH_MIN;
	for (unsigned i = 0; i < path->queue_count; i++) {
		if (!open_queue(path, i, each, setup->interface))
			return error_set(error, "no AF_XDP socket on queue %u of %s: %s%s", i, setup->interface, strerror(errno),
			                 errno == EBUSY ? " (another program has it)" : "");
	}
	return true;
}

static struct frame_path *xdp_path_open(const struct frame_path_setup *setup, const struct interface *interface, struct error *error)
{
	struct xdp_path *path;
	unsigned queue_count = count_queues(setup->interface);

	if (interface->link != LINK_ETHERNET) {
		(void)error_set(error, "interface %s carries bare IP packets: AF_XDP is not possible there, AF_PACKET is (--engine packet)",
		                setup->interface);
		return NULL;
	}
	if (queue_count > STEER_QUEUES_MAX) {
		(void)error_set(error, "interface %s has %u receive queues, more than %d; ethtool -L %s combined %d makes them fewer",
		                setup->interface, queue_count, (int)STEER_QUEUES_MAX, setup->interface, (int)STEER_QUEUES_MAX);
		return NULL;
	}
	path = memory_allocate(1, sizeof(*path));
	path->link = -1;
	path->queue_count = queue_count;
	path->queues = memory_allocate(queue_count, sizeof(*path->queues));
	/* AF_XDP has no word on checksums. Between virtual interfaces nobody computes them, and nothing can spoil a frame. */
	path->base.proves_checksums = interface->is_virtual;
	path->program = steer_program_load(STEER_TO_US, setup, error);
	if (path->program != NULL && attach(path, interface, error) && open_queues(path, setup, error))
		return &path->base;
	xdp_path_free(&path->base);
	return NULL;
}

static const char *xdp_path_name(const struct frame_path *base)
{
	const struct xdp_path *path = (const struct xdp_path *)base;

	if (path->is_generic)
		return "AF_XDP (generic)";
	return path->queues[0].is_zero_copy ? "AF_XDP (zero-copy)" : "AF_XDP (copy)";
}

/* ---- receiving ---- */

static unsigned receive_from(struct queue *queue, struct span *frames_out, unsigned max)
{
	uint32_t at = 0;
	unsigned room = queue->depth - queue->held_count;
	unsigned count = xsk_ring_cons__peek(&queue->receive, max < room ? max : room, &at);

	for (unsigned i = 0; i < count; i++) {
		const struct xdp_desc *frame = xsk_ring_cons__rx_desc(&queue->receive, at + i);

		frames_out[i] = span_make(queue->chunks + frame->addr, frame->len);
		queue->held[queue->held_count++] = frame->addr - frame->addr % CHUNK_SIZE;
	}
	if (count > 0)
		xsk_ring_cons__release(&queue->receive, count);
	else if (xsk_ring_prod__needs_wakeup(&queue->fill))
		(void)recv(xsk_socket__fd(queue->socket), NULL, 0, MSG_DONTWAIT);
	return count;
}

static unsigned xdp_path_receive(struct frame_path *base, struct span *frames_out, unsigned max)
{
	struct xdp_path *path = (struct xdp_path *)base;
	unsigned count = 0;

	for (unsigned i = 0; i < path->queue_count && count < max; i++) {
		count += receive_from(&path->queues[path->looking], frames_out + count, max - count);
		if (count < max)
			path->looking = (path->looking + 1) % path->queue_count; /* else there may be more in this one */
	}
	path->received += count;
	return count;
}

static void xdp_path_release(struct frame_path *base)
{
	struct xdp_path *path = (struct xdp_path *)base;

	for (unsigned i = 0; i < path->queue_count; i++) {
		struct queue *queue = &path->queues[i];
		uint32_t at = 0;

		/* There is room: the ring holds all frames that are not given out. */
		if (queue->held_count == 0 || xsk_ring_prod__reserve(&queue->fill, queue->held_count, &at) != queue->held_count)
			continue;
		for (unsigned frame = 0; frame < queue->held_count; frame++)
			*xsk_ring_prod__fill_addr(&queue->fill, at + frame) = queue->held[frame];
		xsk_ring_prod__submit(&queue->fill, queue->held_count);
		queue->held_count = 0;
	}
}

static bool is_waiting(const struct queue *queue)
{
	return queue->receive.cached_cons != __atomic_load_n(queue->receive.producer, __ATOMIC_ACQUIRE);
}

static void xdp_path_wait(struct frame_path *base, struct instant until)
{
	struct xdp_path *path = (struct xdp_path *)base;

	for (unsigned i = 0; i < path->queue_count; i++) {
		if (is_waiting(&path->queues[i]))
			return;
	}
	frame_path_poll(path->descriptors, path->queue_count, until);
}

/* ---- sending ---- */

/* Frames that have left are free again. */
static void reap(struct queue *queue)
{
	uint32_t at = 0;
	unsigned count = xsk_ring_cons__peek(&queue->completion, queue->depth, &at);

	for (unsigned i = 0; i < count; i++)
		queue->free[queue->free_count++] = *xsk_ring_cons__comp_addr(&queue->completion, at + i);
	if (count > 0)
		xsk_ring_cons__release(&queue->completion, count);
}

static unsigned char *xdp_path_reserve(struct frame_path *base)
{
	struct xdp_path *path = (struct xdp_path *)base;
	struct queue *queue = &path->queues[path->sending];

	if (queue->free_count == 0)
		reap(queue);
	/* A frame that is free has its place in the ring, which has as many. */
	if (queue->free_count == 0 || xsk_prod_nb_free(&queue->transmit, 1) == 0)
		return NULL;
	return queue->chunks + queue->free[queue->free_count - 1];
}

static void xdp_path_commit(struct frame_path *base, size_t size)
{
	struct xdp_path *path = (struct xdp_path *)base;
	struct queue *queue = &path->queues[path->sending];
	uint32_t at = 0;

	if (xsk_ring_prod__reserve(&queue->transmit, 1, &at) != 1)
		return; /* reserve has looked */
	*xsk_ring_prod__tx_desc(&queue->transmit, at) = (struct xdp_desc){.addr = queue->free[--queue->free_count], .len = (uint32_t)size};
	queue->uncommitted++;
}

static uint32_t untaken(const struct queue *queue)
{
	return *queue->transmit.producer - __atomic_load_n(queue->transmit.consumer, __ATOMIC_ACQUIRE);
}

/* Makes the kernel take what is in the ring; a copying one takes some 32 frames a call. */
static void kick(struct xdp_path *path, struct queue *queue)
{
	int descriptor = xsk_socket__fd(queue->socket);
	uint32_t left = untaken(queue), before;
	unsigned kicks = 0;
	ssize_t result;

	if (left == 0 || !xsk_ring_prod__needs_wakeup(&queue->transmit))
		return;
	do {
		before = left;
		result = sendto(descriptor, NULL, 0, MSG_DONTWAIT, NULL, 0);
		left = untaken(queue);
		if (queue->is_zero_copy)
			return; /* the driver takes its time */
	} while (left > 0 && (result >= 0 || errno == EAGAIN || left != before) && ++kicks < KICKS_MAX && (left != before || kicks < 2));
	/* Each frame counts once, however often it is refused. */
	if (left > 0 && queue->committed > queue->refused_at) {
		uint64_t fresh = queue->committed - queue->refused_at;

		path->send_refused += left < fresh ? left : fresh;
		queue->refused_at = queue->committed;
	}
}

static void xdp_path_flush(struct frame_path *base)
{
	struct xdp_path *path = (struct xdp_path *)base;
	struct queue *queue = &path->queues[path->sending];

	if (queue->uncommitted > 0) {
		xsk_ring_prod__submit(&queue->transmit, queue->uncommitted);
		queue->committed += queue->uncommitted;
		queue->uncommitted = 0;
	}
	kick(path, queue);
	reap(queue);
	path->sending = (path->sending + 1) % path->queue_count;
}

static void xdp_path_get_statistics(struct frame_path *base, struct frame_path_statistics *statistics_out)
{
	struct xdp_path *path = (struct xdp_path *)base;

	*statistics_out = (struct frame_path_statistics){.received = path->received, .send_refused = path->send_refused};
	for (unsigned i = 0; i < path->queue_count; i++) {
		const struct queue *queue = &path->queues[i];
		struct xdp_statistics kernel = {0};
		socklen_t size = sizeof(kernel);

		statistics_out->sent += queue->committed - untaken(queue);
		if (getsockopt(path->descriptors[i], SOL_XDP, XDP_STATISTICS, &kernel, &size) == 0)
			statistics_out->receive_lost += kernel.rx_dropped + kernel.rx_ring_full;
	}
}

const struct frame_path_backend FRAME_PATH_BACKEND_XDP = {
	.kind = FRAME_PATH_XDP,
	.open = xdp_path_open,
	.free = xdp_path_free,
	.name = xdp_path_name,
	.receive = xdp_path_receive,
	.release = xdp_path_release,
	.reserve = xdp_path_reserve,
	.commit = xdp_path_commit,
	.flush = xdp_path_flush,
	.wait = xdp_path_wait,
	.get_statistics = xdp_path_get_statistics,
};
