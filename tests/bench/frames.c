/* SPDX-License-Identifier: ISC */
/* What a frame costs by each way, in ns of CPU time: sent beside sendmmsg and send one by one, and received. In two namespaces of its own; root only.

   usage: frames [FRAMES [ROUNDS]]

   The rounds of all ways are interleaved; printed are minimum, median and maximum. "process" is ours; where frames go to a veth it contains the
   dropping at the other end. "napi" is the kernel's receive work, done by its own thread so that it can be told apart. */
#include <dirent.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>

#include "net/clock.h"
#include "net/frame_path.h"
#include "packet/frame.h"
#include "tests/frames/two_sides.h"

enum {
	FRAMES_DEFAULT = 300000,
	ROUNDS_DEFAULT = 5,
	ROUNDS_MAX = 50,
	BATCH = 64,
	FIRST_PORT = 40000,
	LAST_PORT = 49999,
	PAUSE_MS = 50,
	RECEIVE_MS = 1500,
	PACE_NS = 400000, /* between two batches to be received: 160,000 frames a second */
};

enum way { WAY_SEND, WAY_SENDMMSG, WAY_PACKET, WAY_XDP, WAYS };

static const char *const WAY_NAMES[WAYS] = {"AF_PACKET, send one by one", "AF_PACKET, sendmmsg 64", "frame path AF_PACKET",
                                            "frame path AF_XDP"};

struct cost {
	double process, napi;
	uint64_t frames, lost;
};

static struct two_sides sides;
static struct syn_template syn;
static struct ip_address source, destination;

static void fail_with(const char *what)
{
	(void)fprintf(stderr, "frames: %s\n", what);
	exit(1);
}

/* ---- CPU time ---- */

static double process_ns(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* Of the threads that the kernel receives with on this interface. */
static double napi_ns(const char *interface)
{
	DIR *tasks = opendir("/proc");
	struct dirent *task;
	char prefix[64];
	double sum = 0;

	(void)snprintf(prefix, sizeof(prefix), "napi/%s-", interface);
	while (tasks != NULL && (task = readdir(tasks)) != NULL) {
		char path[300], name[64] = "";
		unsigned long long ns = 0;
		FILE *file;

		(void)snprintf(path, sizeof(path), "/proc/%s/comm", task->d_name);
		file = fopen(path, "r");
		if (file == NULL)
			continue;
		(void)!fgets(name, sizeof(name), file);
		(void)fclose(file);
		if (strncmp(name, prefix, strlen(prefix)) != 0)
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%s/schedstat", task->d_name);
		file = fopen(path, "r");
		if (file != NULL && fscanf(file, "%llu", &ns) == 1) /* NOLINT(cert-err34-c): the kernel writes a number */
			sum += (double)ns;
		if (file != NULL)
			(void)fclose(file);
	}
	if (tasks != NULL)
		(void)closedir(tasks);
	return sum;
}

static void set_offload(const char *interface, unsigned command, unsigned value)
{
	struct ethtool_value offload = {.cmd = command, .data = value};
	struct ifreq request = {.ifr_data = (char *)&offload};
	int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	if (descriptor < 0 || ioctl(descriptor, SIOCETHTOOL, &request) != 0)
		fail_with("cannot switch an offload");
	(void)close(descriptor);
}

/* Receive work of a veth end gets a thread of its own when segments are put together there and do not come so already. */
static void make_threaded(void)
{
	two_sides_enter(sides.far);
	set_offload("far0", ETHTOOL_STSO, 0);
	two_sides_enter(sides.near);
	set_offload("near0", ETHTOOL_SGRO, 1);
	if (two_sides_run("unshare -m sh -c 'mount -t sysfs none /sys && echo 1 >/sys/class/net/near0/threaded'") != 0)
		fail_with("cannot give an interface a receive thread");
}

/* The far end drops whatever comes. */
static void drop_at_far_end(void)
{
	const struct bpf_insn drop[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_DROP}, {.code = BPF_JMP | BPF_EXIT}};
	int program = bpf_prog_load(BPF_PROG_TYPE_XDP, NULL, "GPL", drop, 2, NULL);
	const struct bpf_link_create_opts native = {.sz = sizeof(native), .flags = XDP_FLAGS_DRV_MODE};

	if (program < 0 || bpf_link_create(program, (int)if_nametoindex("far0"), BPF_XDP, &native) < 0)
		fail_with("cannot attach a program that drops");
}

/* ---- sending ---- */

static size_t next_syn(uint32_t number, unsigned char *room)
{
	return syn_template_write(&syn, destination, (uint16_t)(FIRST_PORT + number % (LAST_PORT - FIRST_PORT + 1)), 143, number, number,
	                          room);
}

static int open_raw(const char *interface)
{
	const struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(interface)};
	int descriptor = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), yes = 1;

	if (descriptor < 0 || bind(descriptor, (const struct sockaddr *)(const void *)&address, sizeof(address)) != 0 ||
	    setsockopt(descriptor, SOL_PACKET, PACKET_QDISC_BYPASS, &yes, sizeof(yes)) != 0)
		fail_with("cannot open a packet socket");
	return descriptor;
}

/* How many left. */
static uint64_t send_by_socket(const char *interface, unsigned frames, unsigned batch)
{
	static unsigned char rooms[BATCH][128];
	static struct iovec parts[BATCH];
	static struct mmsghdr messages[BATCH];
	int descriptor = open_raw(interface);
	uint64_t left = 0;

	for (uint32_t sent = 0; sent < frames; sent += batch) {
		for (unsigned i = 0; i < batch; i++) {
			parts[i] = (struct iovec){rooms[i], next_syn(sent + i, rooms[i])};
			messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
		}
		if (batch == 1)
			left += send(descriptor, rooms[0], parts[0].iov_len, 0) > 0;
		else {
			int count = sendmmsg(descriptor, messages, batch, 0);

			left += count > 0 ? (uint64_t)count : 0;
		}
	}
	(void)close(descriptor);
	return left;
}

static struct frame_path *open_path(enum way way, const char *interface)
{
	const struct frame_path_setup setup = {.interface = interface,
	                                       .link = LINK_ETHERNET,
	                                       .first_port = FIRST_PORT,
	                                       .last_port = LAST_PORT,
	                                       .addresses = &source,
	                                       .address_count = 1};
	struct error error = {""};
	struct frame_path *path = frame_path_open(way == WAY_XDP ? FRAME_PATH_XDP : FRAME_PATH_PACKET, &setup, &error);

	if (path == NULL)
		fail_with(error.text);
	return path;
}

/* pace_ns: between batches; 0: none. */
static uint64_t send_by_path(struct frame_path *path, unsigned frames, int64_t pace_ns)
{
	struct frame_path_statistics statistics;
	struct instant next = clock_now();

	for (uint32_t sent = 0; sent < frames;) {
		for (unsigned i = 0; i < BATCH && sent < frames; i++) {
			unsigned char *room = frame_path_reserve(path);

			if (room == NULL)
				break;
			frame_path_commit(path, next_syn(sent++, room));
		}
		frame_path_flush(path);
		next.ns += pace_ns;
		if (pace_ns > 0 && clock_now().ns < next.ns) {
			struct timespec pause = {.tv_nsec = next.ns - clock_now().ns};

			(void)nanosleep(&pause, NULL);
		}
	}
	frame_path_get_statistics(path, &statistics);
	return statistics.sent;
}

static struct cost measure_sending(enum way way, const char *interface, unsigned frames)
{
	struct frame_path *path = way == WAY_PACKET || way == WAY_XDP ? open_path(way, interface) : NULL;
	struct cost cost = {.frames = frames};
	double process;

	(void)poll(NULL, 0, PAUSE_MS);
	process = process_ns();
	if (path != NULL)
		cost.frames = send_by_path(path, frames, 0);
	else
		cost.frames = send_by_socket(interface, frames, way == WAY_SEND ? 1 : BATCH);
	cost.lost = frames - cost.frames;
	cost.process = (process_ns() - process) / (double)cost.frames;
	frame_path_free(path);
	return cost;
}

/* ---- receiving ---- */

/* A child on the far side: SYNs to our ports, at an even pace. */
static pid_t start_sender(unsigned frames)
{
	pid_t child = fork();

	if (child == 0) {
		const struct link_layout layout = two_sides_far_layout(&sides, 0);
		struct frame_path *path;

		two_sides_enter(sides.far);
		syn_template_init(&syn, &layout, destination, 1500);
		path = open_path(WAY_PACKET, "far0");
		for (uint32_t sent = 0; sent < frames;) {
			struct timespec pause = {.tv_nsec = PACE_NS};

			for (unsigned i = 0; i < BATCH; i++, sent++) {
				unsigned char *room = frame_path_reserve(path);

				if (room != NULL)
					frame_path_commit(path,
					                  syn_template_write(&syn, source, (uint16_t)(sent % 50000 + 1024),
					                                     (uint16_t)(FIRST_PORT + sent % 10000), sent, sent, room));
			}
			frame_path_flush(path);
			(void)nanosleep(&pause, NULL);
		}
		_exit(0);
	}
	return child;
}

static struct cost measure_receiving(enum way way, unsigned frames)
{
	struct frame_path *path = open_path(way, "near0");
	struct frame_path_statistics statistics;
	struct span received[BATCH];
	struct cost cost = {0};
	double napi = napi_ns("near0"), process = process_ns();
	pid_t sender = start_sender(frames);
	struct instant until = instant_after_ms(clock_now(), RECEIVE_MS);
	uint64_t count = 0;

	while (instant_is_before(clock_now(), until) && count < frames) {
		unsigned came;

		frame_path_wait(path, until);
		while ((came = frame_path_receive(path, received, BATCH)) > 0) {
			count += came;
			frame_path_release(path);
			until = instant_after_ms(clock_now(), RECEIVE_MS);
		}
	}
	frame_path_get_statistics(path, &statistics);
	cost.frames = statistics.received > 0 ? statistics.received : 1;
	cost.lost = frames - statistics.received;
	cost.process = (process_ns() - process) / (double)cost.frames;
	cost.napi = (napi_ns("near0") - napi) / (double)cost.frames;
	(void)waitpid(sender, NULL, 0);
	frame_path_free(path);
	return cost;
}

/* ---- tables ---- */

static int by_process(const void *a, const void *b)
{
	const struct cost *left = a, *right = b;
	double difference = left->process + left->napi - right->process - right->napi;

	return difference < 0 ? -1 : difference > 0;
}

static void print_row(enum way way, struct cost *costs, unsigned rounds)
{
	const struct cost *median = &costs[rounds / 2];
	uint64_t lost = 0;

	qsort(costs, rounds, sizeof(*costs), by_process);
	for (unsigned i = 0; i < rounds; i++)
		lost += costs[i].lost;
	printf("| %-27s | %5.0f | %5.0f | %5.0f | %5.0f + %4.0f | %7llu |\n", WAY_NAMES[way], costs[0].process + costs[0].napi,
	       median->process + median->napi, costs[rounds - 1].process + costs[rounds - 1].napi, median->process, median->napi,
	       (unsigned long long)lost);
}

static void measure(const char *title, const char *interface, bool receives, unsigned frames, unsigned rounds)
{
	static struct cost costs[WAYS][ROUNDS_MAX];
	enum way first = receives ? WAY_PACKET : WAY_SEND;

	for (unsigned round = 0; round < rounds; round++) {
		for (enum way way = first; way < WAYS; way++)
			costs[way][round] = receives ? measure_receiving(way, frames) : measure_sending(way, interface, frames);
	}
	printf("\n%s, ns CPU per frame\n| %-27s | %5s | %5s | %5s | %-12s | %7s |\n|---|---|---|---|---|---|\n", title, "way", "min", "med",
	       "max", "process+napi", "lost");
	for (enum way way = first; way < WAYS; way++)
		print_row(way, costs[way], rounds);
}

int main(int argc, char **argv)
{
	unsigned frames = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : FRAMES_DEFAULT;
	unsigned rounds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : ROUNDS_DEFAULT;
	struct link_layout layout;

	frames = frames < BATCH ? BATCH : frames - frames % BATCH;
	rounds = rounds == 0 ? 1 : rounds > ROUNDS_MAX ? ROUNDS_MAX : rounds;
	two_sides_make(&sides);
	source = two_sides_address("198.18.0.77");
	destination = two_sides_address("198.18.0.88");
	layout = two_sides_near_layout(&sides, 0);
	syn_template_init(&syn, &layout, source, 1500);
	printf("%u frames of 74 bytes a round, %u rounds\n", frames, rounds);
	make_threaded();
	measure("received from a veth", "near0", true, frames, rounds);
	if (two_sides_run("ip link add ifb0 type ifb && ip link set ifb0 up") == 0)
		measure("sent to ifb (a plain device)", "ifb0", false, frames, rounds);
	two_sides_enter(sides.far);
	drop_at_far_end();
	two_sides_enter(sides.near);
	measure("sent to a veth whose other end drops by XDP", "near0", false, frames, rounds);
	return 0;
}
