/* SPDX-License-Identifier: ISC */
/* A host's side of TCP for simulations: simple, patient, and independent of the client that it is set against. Its bytes are a function of their place in the stream. */
#ifndef TESTS_PACKET_MODEL_SERVER_H
#define TESTS_PACKET_MODEL_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"
#include "packet/packet.h"

enum { MODEL_STREAM_MAX = 96 * 1024, MODEL_PAYLOAD_MAX = 1460 };

enum model_direction {
	MODEL_FROM_CLIENT,
	MODEL_FROM_SERVER,
};

/* SplitMix64: every seed is a good one. */
uint64_t model_random(uint64_t *state);
/* 0 .. limit-1. */
uint32_t model_below(uint64_t *state, uint32_t limit);
/* The byte at that place of the stream. */
unsigned char model_byte(uint64_t seed, enum model_direction direction, uint32_t offset);

struct model_habits {
	uint32_t receive_buffer; /* bytes it takes before its reader takes them */
	uint32_t reads_per_tick; /* 0: at once */
	uint32_t piece_max;      /* sends pieces of 1 to that many bytes; 0: as large as it may */
	uint32_t ack_delay_ms;
	uint16_t mss; /* said in the SYN-ACK; 0: none */
	bool has_timestamps, has_shift;
	uint8_t shift;
};

struct model_server {
	struct model_habits habits;
	uint64_t seed, random;
	void (*emit)(void *context, const struct tcp_segment *segment);
	void *context;

	bool is_open, is_closed; /* SYN received; reset, by whom ever */
	bool is_established;     /* our SYN-ACK was acknowledged */
	uint32_t own_first, host_first;
	uint32_t peer_window, peer_mss, timestamp_recent;
	uint8_t peer_shift;
	/* places in the streams */
	uint32_t said, acknowledged, next;
	uint32_t heard, read;
	bool fin_wanted, fin_acknowledged, fin_heard;
	uint32_t client_end; /* place of the client's FIN, UINT32_MAX: not known */
	bool has[MODEL_STREAM_MAX];
	bool is_window_told_shut;
	uint32_t rto_ms;
	struct instant resend_at, ack_at, read_at; /* INT64_MAX: not */
};

void model_server_init(struct model_server *server, const struct model_habits *habits, uint64_t seed);
void model_server_input(struct model_server *server, const struct tcp_segment *segment, struct instant now);
struct instant model_server_due(const struct model_server *server);
void model_server_tick(struct model_server *server, struct instant now);
/* Says so many more bytes of its stream. */
void model_server_say(struct model_server *server, uint32_t size, struct instant now);
void model_server_close(struct model_server *server, struct instant now);
void model_server_reset(struct model_server *server);

#endif
