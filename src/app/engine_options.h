/* SPDX-License-Identifier: ISC */
/* How a scan's packets reach the wire: kernel sockets or whole frames, and what only the latter need to be told. */
#ifndef APP_ENGINE_OPTIONS_H
#define APP_ENGINE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "app/options.h"
#include "base/error.h"
#include "packet/packet.h"
#include "scope/target_set.h"

enum engine {
	ENGINE_AUTO,    /* frames for a large scope where the machine allows it, else sockets */
	ENGINE_SOCKETS, /* the kernel's TCP; needs no privileges */
	ENGINE_PACKET,  /* AF_PACKET */
	ENGINE_XDP,     /* AF_XDP */
	ENGINE_RAW,     /* the best of both */
};

/* Which ports a sweep asks when nothing is said. */
#define SWEEP_PORTS_DEFAULT "110,143"

struct engine_options {
	unsigned engine; /* enum engine */
	const char *interface, *gateway_mac, *source_ports, *sweep_ports, *bandwidth;
	double packet_rate; /* 0: no limit */
	uint64_t attempts;
	bool verbose;
	/* What follows from the texts: */
	bool has_gateway;
	uint8_t gateway_link[LINK_ADDRESS_SIZE];
	uint16_t first_port, last_port;
	struct port_list swept;
	double bits_per_second; /* 0: no limit */
};

#define ENGINE_OPTION_ROWS(at)                                                                                                             \
	{"engine", "HOW", OPTION_CHOICE, (at) + offsetof(struct engine_options, engine), 0, 0, ENGINE_CHOICES, true, ENGINE_HELP},         \
		{"interface",                                                                                                              \
	         "NAME",                                                                                                                   \
	         OPTION_TEXT,                                                                                                              \
	         (at) + offsetof(struct engine_options, interface),                                                                        \
	         0,                                                                                                                        \
	         0,                                                                                                                        \
	         NULL,                                                                                                                     \
	         true,                                                                                                                     \
	         "Packet engines: send by this interface (the one that leads to the targets)."},                                           \
		{"gateway-mac",                                                                                                            \
	         "MAC",                                                                                                                    \
	         OPTION_TEXT,                                                                                                              \
	         (at) + offsetof(struct engine_options, gateway_mac),                                                                      \
	         0,                                                                                                                        \
	         0,                                                                                                                        \
	         NULL,                                                                                                                     \
	         true,                                                                                                                     \
	         "Packet engines: link address of the next hop (asked of the kernel)."},                                                   \
		{"source-ports",                                                                                                           \
	         "A-B",                                                                                                                    \
	         OPTION_TEXT,                                                                                                              \
	         (at) + offsetof(struct engine_options, source_ports),                                                                     \
	         0,                                                                                                                        \
	         0,                                                                                                                        \
	         NULL,                                                                                                                     \
	         true,                                                                                                                     \
	         "Packet engines: local ports, which the kernel must not use itself (61000-65535)."},                                      \
		{"sweep-ports",                                                                                                            \
	         "LIST",                                                                                                                   \
	         OPTION_TEXT,                                                                                                              \
	         (at) + offsetof(struct engine_options, sweep_ports),                                                                      \
	         0,                                                                                                                        \
	         0,                                                                                                                        \
	         NULL,                                                                                                                     \
	         true,                                                                                                                     \
	         "Packet engines: ports by which hosts are found; the others are asked of hosts that answered (110,143)."},                \
		{"attempts",                                                                                                               \
	         "N",                                                                                                                      \
	         OPTION_UNSIGNED,                                                                                                          \
	         (at) + offsetof(struct engine_options, attempts),                                                                         \
	         1,                                                                                                                        \
	         4,                                                                                                                        \
	         NULL,                                                                                                                     \
	         true,                                                                                                                     \
	         "Packet engines: SYNs per address and swept port (1)."},                                                                  \
		{"packet-rate",                                                                                                            \
	         "N",                                                                                                                      \
	         OPTION_RATE,                                                                                                              \
	         (at) + offsetof(struct engine_options, packet_rate),                                                                      \
	         0,                                                                                                                        \
	         0,                                                                                                                        \
	         NULL,                                                                                                                     \
	         true,                                                                                                                     \
	         "Packet engines: packets of all kinds per second, never more (no limit but --rate)."},                                    \
		{"bandwidth", "N[kMG]", OPTION_TEXT, (at) + offsetof(struct engine_options, bandwidth),         0,                         \
	         0,           NULL,     true,        "Packet engines: bits per second on the wire, never more."},                          \
	{                                                                                                                                  \
		"verbose", NULL, OPTION_FLAG, (at) + offsetof(struct engine_options, verbose), 0, 0, NULL, false,                          \
			"Say which engine was chosen and why, and at the end what it did."                                                 \
	}

#define ENGINE_HELP                                                                                                                        \
	"How packets are sent: sockets (no privileges needed), packet (AF_PACKET), xdp (AF_XDP), raw (the better of both), auto: raw for " \
	"65536 hosts or more where this machine allows it, else sockets (auto)."

extern const char *const ENGINE_CHOICES[];

void engine_options_init(struct engine_options *options);
/* Checks the texts and fills what follows from them. */
bool engine_options_finish(struct engine_options *options, struct error *error) MUST_CHECK;
/* Some option was given that only the packet engines know. */
bool engine_options_want_raw(const struct engine_options *options);

#endif
