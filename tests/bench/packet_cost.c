/* SPDX-License-Identifier: ISC */
/* What one packet costs to build and to read, without a kernel: the processor's time of many, the best of many rounds, as others use this machine too. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/attributes.h"
#include "packet/frame.h"
#include "packet/syn_cookie.h"

enum { ROUNDS = 60, ADDRESSES = 4096, FRAMES = 64 };

struct setting {
	struct link_layout link;
	enum ip_family family;
	struct ip_address own, hosts[ADDRESSES];
	struct syn_key key;
	struct syn_template template;
	struct tcp_segment segment;
	bool is_proven;
	/* As they lie in a ring: one behind the other, more than fit into the nearest cache. */
	unsigned char frames[FRAMES][2048];
	size_t frame_size;
};

/* What was made goes into it, so that a compiler cannot leave the work out. */
static volatile uint64_t sink;

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint64_t cookies(struct setting *setting, size_t count)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += syn_cookie(&setting->key, &setting->own, 40000, &setting->hosts[i % ADDRESSES], 143);
	return sum;
}

static uint64_t templates(struct setting *setting, size_t count)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += syn_template_write(&setting->template, setting->hosts[i % ADDRESSES], 40000, 143, (uint32_t)i, (uint32_t)i,
		                          setting->frames[i % FRAMES]);
	return sum;
}

static uint64_t syns(struct setting *setting, size_t count)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++) {
		const struct ip_address *host = &setting->hosts[i % ADDRESSES];
		uint32_t sequence = syn_cookie(&setting->key, &setting->own, 40000, host, 143);

		sum += syn_template_write(&setting->template, *host, 40000, 143, sequence, (uint32_t)i, setting->frames[i % FRAMES]);
	}
	return sum;
}

static uint64_t segments(struct setting *setting, size_t count)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++) {
		setting->segment.sequence = (uint32_t)i;
		sum += frame_write_segment(&setting->link, &setting->segment, setting->frames[i % FRAMES]);
	}
	return sum;
}

static uint64_t parses(struct setting *setting, size_t count)
{
	uint64_t sum = 0;
	struct packet packet;

	for (size_t i = 0; i < count; i++) {
		packet_parse(span_make(setting->frames[i % FRAMES], setting->frame_size), &setting->link, setting->is_proven, &packet);
		if (packet.kind != PACKET_TCP)
			abort();
		sum += packet.tcp.sequence + packet.tcp.timestamp + packet.tcp.payload.size;
	}
	return sum;
}

static void measure(const char *what, struct setting *setting, uint64_t (*work)(struct setting *setting, size_t count), size_t count)
{
	double best = 1e9;

	for (unsigned round = 0; round < ROUNDS; round++) {
		double begin = seconds(), took;

		sink += work(setting, count);
		took = seconds() - begin;
		if (took < best)
			best = took;
	}
	printf("%-52s IPv%d %8.1f ns\n", what, (int)setting->family, best / (double)count * 1e9);
}

static void prepare(struct setting *setting, enum ip_family family)
{
	static const struct link_layout link = {.kind = LINK_ETHERNET, .own = {2, 0, 0, 0, 0, 1}, .next_hop = {2, 0, 0, 0, 0, 2}};

	memset(setting, 0, sizeof(*setting));
	setting->link = link;
	setting->family = family;
	setting->key = (struct syn_key){{UINT64_C(0x0123456789abcdef), UINT64_C(0xfedcba9876543210)}};
	setting->own = (struct ip_address){family, {198, 18, 0, 1}};
	for (size_t i = 0; i < ADDRESSES; i++)
		setting->hosts[i] = (struct ip_address){family, {198, 19, (uint8_t)(i >> 8), (uint8_t)i}};
	syn_template_init(&setting->template, &setting->link, setting->own, 1500);
}

/* A segment of a conversation with so many bytes, built and read, its checksum computed or not. */
static void measure_segments(struct setting *setting, const char *flags_named, uint8_t flags, size_t payload_size, size_t count)
{
	static const unsigned char payload[1448] = {'a', 'b', 'c'};
	char what[96];

	setting->segment = (struct tcp_segment){
		.source = setting->own,
		.destination = setting->hosts[1],
		.source_port = 40000,
		.destination_port = 143,
		.flags = flags,
		.window = 64240,
		.window_shift = 7,
		.mss = 1460,
		.has_window_shift = true,
		.has_timestamps = true,
		.may_sack = true,
		.payload = {payload, payload_size},
	};
	(void)snprintf(what, sizeof(what), "%s, %zu bytes: written", flags_named, payload_size);
	measure(what, setting, segments, count);
	setting->frame_size = frame_write_segment(&setting->link, &setting->segment, setting->frames[0]);
	for (unsigned proven = 0; proven < 2; proven++) {
		setting->is_proven = proven != 0;
		(void)snprintf(what, sizeof(what), "%s, %zu bytes: read, checksum %s", flags_named, payload_size,
		               proven != 0 ? "proven" : "computed");
		measure(what, setting, parses, count);
	}
}

int main(int argc, char **argv)
{
	static const enum ip_family families[] = {IP_FAMILY_4, IP_FAMILY_6};
	static struct setting setting;
	size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 50000;

	for (size_t i = 0; i < ARRAY_LENGTH(families); i++) {
		prepare(&setting, families[i]);
		measure("cookie", &setting, cookies, count);
		measure("SYN from the template", &setting, templates, count);
		measure("cookie and SYN from the template", &setting, syns, count);
		measure_segments(&setting, "SYN-ACK", TCP_SYN | TCP_ACK, 0, count);
		measure_segments(&setting, "ACK", TCP_ACK, 0, count);
		measure_segments(&setting, "data", TCP_PSH | TCP_ACK, 100, count);
		measure_segments(&setting, "data", TCP_PSH | TCP_ACK, 1420, count / 4);
	}
	return 0;
}
