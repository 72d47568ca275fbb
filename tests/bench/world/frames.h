/* SPDX-License-Identifier: ISC */
/* Frames as the responder reads and writes them. Nothing of mailcensus' own packet code is used: who is measured does not hold the ruler. */
#ifndef WORLD_FRAMES_H
#define WORLD_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "population.h"

enum { WORLD_FRAME_MAX = 1514, WORLD_MSS = 1440 };

enum { FLAG_FIN = 1, FLAG_SYN = 2, FLAG_RST = 4, FLAG_PSH = 8, FLAG_ACK = 16 };

/* A segment from the client. Addresses are where they are in the frame. */
struct arrival {
	const unsigned char *frame;
	bool is_ipv6;
	struct population_spot spot;
	uint16_t client_port, server_port;
	uint32_t sequence, acknowledgement;
	uint8_t flags;
	bool has_timestamp, may_scale, may_sack;
	uint32_t timestamp;      /* the client's */
	uint32_t client, server; /* addresses, folded for population_sequence() */
	struct span payload;
};

/* What the server says; the rest follows from the arrival. */
struct utterance {
	uint32_t sequence, acknowledgement;
	uint8_t flags;
	uint16_t window;
	bool is_bare; /* no options, whatever the client has */
	struct span payload;
};

bool arrival_read(const struct population_settings *settings, struct span frame, struct arrival *arrival_out);
/* room: WORLD_FRAME_MAX bytes. Returns the size. */
size_t utterance_write(const struct arrival *arrival, const struct utterance *utterance, uint32_t now_ms, unsigned char *room);
/* ICMP "communication administratively prohibited" from the address itself, with the client's header inside. */
size_t unreachable_write(const struct arrival *arrival, unsigned char *room);
/* A frame that waited tells its new time, so that no client takes it for an old duplicate (RFC 7323 5). */
void frame_renew_timestamp(unsigned char *frame, size_t size, uint32_t now_ms);

#endif
