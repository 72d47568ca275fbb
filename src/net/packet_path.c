/* SPDX-License-Identifier: ISC */
/* AF_PACKET (packet(7)): a ring of slots that the kernel fills, and one that it empties without the queueing discipline.

   TPACKET_V2 and not V3: a frame is ours as soon as it is there, while blocks of V3 are handed over only when full or late, which small windows would wait for.
   A frame larger than its slot (receive offload puts segments together) comes whole through the socket's queue beside the ring, or is counted as lost. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "base/memory.h"
#include "net/frame_path_backend.h"
#include "net/packet_filter.h"
#include "net/reset_guard.h"

enum {
	SLOT_SIZE = 2048,
	BLOCK_SIZE = 64 * 1024,
	TAG_SIZE = 4,
	LARGE_SIZE = 65536 + 64, /* an IP packet of the largest size, with its link header and tag */
	LARGE_COUNT = 16,        /* given out at a time */
	QUEUE_BYTES = 8 * 1024 * 1024,
	TRANSMIT_OFFSET = (sizeof(struct tpacket2_hdr) + TPACKET_ALIGNMENT - 1) / TPACKET_ALIGNMENT * TPACKET_ALIGNMENT,
};

struct ring {
	int descriptor;
	unsigned char *slots;
	unsigned count; /* a power of two */
	unsigned next;  /* to be looked at, or to be filled; counts on beyond count */
};

struct packet_path {
	struct frame_path base;
	struct reset_guard *guard; /* NULL: could not be had, and no address is the kernel's */
	struct link_layout link;
	struct ring in, out;
	unsigned held;    /* slot from which on frames are given out: [held, in.next) */
	unsigned unsent;  /* slot from which on frames are committed: [unsent, out.next) */
	unsigned offered; /* those before it were flushed at least once: [unsent, offered) was refused */
	unsigned char *large;
	unsigned large_used;
	struct frame_path_statistics statistics;
};

static struct tpacket2_hdr *slot(const struct ring *ring, unsigned number)
{
	return (struct tpacket2_hdr *)(void *)(ring->slots + (size_t)(number & (ring->count - 1)) * SLOT_SIZE);
}

static unsigned slot_status(const struct ring *ring, unsigned number)
{
	return __atomic_load_n(&slot(ring, number)->tp_status, __ATOMIC_ACQUIRE);
}

static void set_slot_status(const struct ring *ring, unsigned number, unsigned status)
{
	__atomic_store_n(&slot(ring, number)->tp_status, status, __ATOMIC_RELEASE);
}

/* ---- opening ---- */

static bool set_number(int descriptor, int name, int value)
{
	return setsockopt(descriptor, SOL_PACKET, name, &value, sizeof(value)) == 0;
}

/* More than the limit of net.core where that is allowed. */
static void set_queue_size(int descriptor, int forced, int plain)
{
	int bytes = QUEUE_BYTES;

	if (setsockopt(descriptor, SOL_SOCKET, forced, &bytes, sizeof(bytes)) != 0)
		(void)setsockopt(descriptor, SOL_SOCKET, plain, &bytes, sizeof(bytes));
}

static bool map_ring(struct ring *ring, int name, unsigned depth)
{
	const struct tpacket_req request = {
		.tp_block_size = BLOCK_SIZE,
		.tp_block_nr = depth * SLOT_SIZE / BLOCK_SIZE,
		.tp_frame_size = SLOT_SIZE,
		.tp_frame_nr = depth,
	};
	void *slots;

	ring->count = depth;
	if (setsockopt(ring->descriptor, SOL_PACKET, name, &request, sizeof(request)) != 0)
		return false;
	slots = mmap(NULL, (size_t)depth * SLOT_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->descriptor, 0);
	if (slots == MAP_FAILED)
		return false;
	ring->slots = slots;
	(void)madvise(slots, (size_t)depth * SLOT_SIZE, MADV_DONTFORK); /* a child would keep the socket alive behind us */
	return true;
}

static bool bind_to(int descriptor, unsigned interface_index, uint16_t protocol)
{
	const struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(protocol), .sll_ifindex = (int)interface_index};

	return bind(descriptor, (const struct sockaddr *)(const void *)&address, sizeof(address)) == 0;
}

/* No protocol until the filter is there, so that nothing strange is in the ring. */
static bool open_receiver(struct packet_path *path, const struct frame_path_setup *setup, const struct interface *interface)
{
	struct ip_address asked[FRAME_PATH_ADDRESSES_MAX];
	size_t asked_count = 0;

	for (size_t i = 0; i < setup->address_count; i++) {
		if (!address_is_of_kernel(setup->addresses[i]))
			asked[asked_count++] = setup->addresses[i];
	}
	path->in.descriptor = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (path->in.descriptor < 0 || !packet_filter_attach(path->in.descriptor, setup, asked, asked_count) ||
	    !set_number(path->in.descriptor, PACKET_VERSION, TPACKET_V2) || !set_number(path->in.descriptor, PACKET_RESERVE, TAG_SIZE) ||
	    !set_number(path->in.descriptor, PACKET_COPY_THRESH, SLOT_SIZE))
		return false;
	set_queue_size(path->in.descriptor, SO_RCVBUFFORCE, SO_RCVBUF);
	(void)set_number(path->in.descriptor, PACKET_IGNORE_OUTGOING, 1); /* Linux 4.20; without, the filter's ports do */
	return map_ring(&path->in, PACKET_RX_RING, frame_path_depth(setup->frames)) &&
	       bind_to(path->in.descriptor, interface->index, ETH_P_ALL);
}

static bool open_sender(struct packet_path *path, const struct frame_path_setup *setup, const struct interface *interface)
{
	path->out.descriptor = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	/* PACKET_LOSS: a frame that the interface cannot take (it shrank) is skipped, and does not stop the ring for ever. */
	if (path->out.descriptor < 0 || !set_number(path->out.descriptor, PACKET_VERSION, TPACKET_V2) ||
	    !set_number(path->out.descriptor, PACKET_LOSS, 1))
		return false;
	set_queue_size(path->out.descriptor, SO_SNDBUFFORCE, SO_SNDBUF);
	(void)set_number(path->out.descriptor, PACKET_QDISC_BYPASS, 1);
	return map_ring(&path->out, PACKET_TX_RING, frame_path_depth(setup->frames)) && bind_to(path->out.descriptor, interface->index, 0);
}

static bool guard_addresses(struct packet_path *path, const struct frame_path_setup *setup, const struct interface *interface,
                            struct error *error)
{
	char text[IP_ADDRESS_TEXT_SIZE];

	path->guard = reset_guard_new(interface->index, setup, error);
	for (size_t i = 0; path->guard == NULL && i < setup->address_count; i++) {
		if (!address_is_of_kernel(setup->addresses[i]))
			continue;
		ip_address_format(setup->addresses[i], text);
		return error_prefix(
			error, "the kernel owns %s and would reset our connections; send from an address that no machine has, or as root",
			text);
	}
	return true;
}

static void packet_path_free(struct frame_path *base)
{
	struct packet_path *path = (struct packet_path *)base;
	struct ring *rings[] = {&path->in, &path->out};

	for (size_t i = 0; i < ARRAY_LENGTH(rings); i++) {
		if (rings[i]->slots != NULL)
			(void)munmap(rings[i]->slots, (size_t)rings[i]->count * SLOT_SIZE);
		if (rings[i]->descriptor >= 0)
			(void)close(rings[i]->descriptor);
	}
	reset_guard_free(path->guard);
	free(path->large);
	free(path);
}

static struct frame_path *packet_path_open(const struct frame_path_setup *setup, const struct interface *interface, struct error *error)
{
	struct packet_path *path = memory_allocate(1, sizeof(*path));

	path->in.descriptor = path->out.descriptor = -1;
	path->base.proves_checksums = true;
	path->link = (struct link_layout){.kind = setup->link, .vlan = setup->vlan};
	if (!guard_addresses(path, setup, interface, error)) {
		packet_path_free(&path->base);
		return NULL;
	}
	if (!open_receiver(path, setup, interface) || !open_sender(path, setup, interface)) {
		(void)error_set(error, "no packet socket on %s: %s%s", setup->interface, strerror(errno),
		                errno == EPERM ? " (it needs CAP_NET_RAW, as root has)" : "");
		packet_path_free(&path->base);
		return NULL;
	}
	path->large = memory_allocate(LARGE_COUNT, LARGE_SIZE);
	return &path->base;
}

static const char *packet_path_name(const struct frame_path *base)
{
	(void)base;
	return "AF_PACKET";
}

/* ---- receiving ---- */

/* The kernel took the tag out: it stands where it was on the wire. There is room before the frame. */
static struct span with_tag(unsigned char *frame, size_t size, const struct tpacket2_hdr *header)
{
	uint16_t tag[2];

	if ((header->tp_status & TP_STATUS_VLAN_VALID) == 0)
		return span_make(frame, size);
	tag[0] = htons((header->tp_status & TP_STATUS_VLAN_TPID_VALID) != 0 ? header->tp_vlan_tpid : ETH_P_8021Q);
	tag[1] = htons(header->tp_vlan_tci);
	memmove(frame - TAG_SIZE, frame, 2 * ETH_ALEN);
	memcpy(frame - TAG_SIZE + 2 * ETH_ALEN, tag, sizeof(tag));
	return span_make(frame - TAG_SIZE, size + TAG_SIZE);
}

/* False: the frame did not come whole. */
static bool take_large(struct packet_path *path, const struct tpacket2_hdr *header, struct span *frame_out)
{
	unsigned char *room = path->large + (size_t)path->large_used * LARGE_SIZE + TAG_SIZE;
	ssize_t size;

	if ((header->tp_status & TP_STATUS_COPY) == 0)
		return false;
	size = recv(path->in.descriptor, room, LARGE_SIZE - TAG_SIZE, MSG_DONTWAIT | MSG_TRUNC);
	if (size <= 0 || size > LARGE_SIZE - TAG_SIZE || (size_t)size != header->tp_len)
		return false;
	path->large_used++;
	*frame_out = with_tag(room, (size_t)size, header);
	return true;
}

static bool take_frame(struct packet_path *path, struct tpacket2_hdr *header, struct span *frame_out)
{
	if (header->tp_snaplen != header->tp_len) {
		bool is_whole = take_large(path, header, frame_out);

		path->statistics.receive_lost += !is_whole;
		return is_whole;
	}
	*frame_out = with_tag((unsigned char *)header + header->tp_mac, header->tp_snaplen, header);
	return true;
}

/* The kernel says of each frame whether its checksums were proven, or never computed as it did not leave the machine. Of the others we look ourselves. */
static bool has_right_checksums(const struct packet_path *path, const struct tpacket2_hdr *header, struct span frame)
{
	struct packet packet;

	if ((header->tp_status & (TP_STATUS_CSUM_VALID | TP_STATUS_CSUMNOTREADY)) != 0)
		return true;
	packet_parse(frame, &path->link, false, &packet);
	return packet.kind != PACKET_OTHER;
}

static unsigned packet_path_receive(struct frame_path *base, struct span *frames_out, unsigned max)
{
	struct packet_path *path = (struct packet_path *)base;
	unsigned count = 0;

	while (count < max && path->large_used < LARGE_COUNT && path->in.next - path->held < path->in.count &&
	       (slot_status(&path->in, path->in.next) & TP_STATUS_USER) != 0) {
		struct tpacket2_hdr *header = slot(&path->in, path->in.next++);

		count += take_frame(path, header, &frames_out[count]) && has_right_checksums(path, header, frames_out[count]);
	}
	path->statistics.received += count;
	return count;
}

static void packet_path_release(struct frame_path *base)
{
	struct packet_path *path = (struct packet_path *)base;

	for (; path->held != path->in.next; path->held++)
		set_slot_status(&path->in, path->held, TP_STATUS_KERNEL);
	path->large_used = 0;
}

static void packet_path_wait(struct frame_path *base, struct instant until)
{
	struct packet_path *path = (struct packet_path *)base;

	if ((slot_status(&path->in, path->in.next) & TP_STATUS_USER) == 0)
		frame_path_poll(&path->in.descriptor, 1, until);
}

/* ---- sending ---- */

static unsigned char *packet_path_reserve(struct frame_path *base)
{
	struct packet_path *path = (struct packet_path *)base;

	if (slot_status(&path->out, path->out.next) != TP_STATUS_AVAILABLE)
		return NULL;
	return (unsigned char *)slot(&path->out, path->out.next) + TRANSMIT_OFFSET;
}

static void packet_path_commit(struct frame_path *base, size_t size)
{
	struct packet_path *path = (struct packet_path *)base;

	slot(&path->out, path->out.next)->tp_len = (uint32_t)size;
	set_slot_status(&path->out, path->out.next, TP_STATUS_SEND_REQUEST);
	path->out.next++;
}

/* What the kernel did not take stays in the ring and is offered again with the next flush. */
static void packet_path_flush(struct frame_path *base)
{
	struct packet_path *path = (struct packet_path *)base;

	if (path->unsent == path->out.next)
		return;
	if (send(path->out.descriptor, NULL, 0, MSG_DONTWAIT) >= 0) {
		path->statistics.sent += path->out.next - path->unsent;
		path->unsent = path->out.next;
		return;
	}
	while (path->unsent != path->out.next && slot_status(&path->out, path->unsent) != TP_STATUS_SEND_REQUEST) {
		path->unsent++;
		path->statistics.sent++;
	}
	/* Each frame counts once, however often it is refused. */
	if (path->unsent - path->offered < path->out.count)
		path->offered = path->unsent;
	path->statistics.send_refused += path->out.next - path->offered;
	path->offered = path->out.next;
}

static void packet_path_get_statistics(struct frame_path *base, struct frame_path_statistics *statistics_out)
{
	struct packet_path *path = (struct packet_path *)base;
	struct tpacket_stats since; /* since we asked last */
	socklen_t size = sizeof(since);

	if (getsockopt(path->in.descriptor, SOL_PACKET, PACKET_STATISTICS, &since, &size) == 0)
		path->statistics.receive_lost += since.tp_drops;
	*statistics_out = path->statistics;
}

const struct frame_path_backend FRAME_PATH_BACKEND_PACKET = {
	.kind = FRAME_PATH_PACKET,
	.open = packet_path_open,
	.free = packet_path_free,
	.name = packet_path_name,
	.receive = packet_path_receive,
	.release = packet_path_release,
	.reserve = packet_path_reserve,
	.commit = packet_path_commit,
	.flush = packet_path_flush,
	.wait = packet_path_wait,
	.get_statistics = packet_path_get_statistics,
};
