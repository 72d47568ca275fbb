/* SPDX-License-Identifier: ISC */
/* A driver without a network: gives events and bytes to a session as a real driver would, and collects what it sends and its transcript. */
#ifndef PROTOCOL_PLAYER_H
#define PROTOCOL_PLAYER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/span.h"
#include "model/transcript.h"
#include "protocol/session.h"

enum { PLAYER_SENT_MAX = 64 * 1024 }; /* more than a session ever says */

struct player {
	struct session *session;
	struct observation *observation;
	enum session_want want;
	struct buffer sent;            /* all that was sent, never cut */
	struct transcript *transcript; /* NULL: nobody wants one */
	uint32_t now_ms;               /* a made-up clock: one step per event */
};

/* Begins a session that records into observation, which must be freshly initialised and outlive the player. */
void player_init(struct player *player, const struct session_plan *plan, struct observation *observation, struct transcript *transcript);
/* observation and transcript stay. */
void player_done(struct player *player);
/* SESSION_CONNECTED, _CLOSED, _RESET or _DEADLINE. */
void player_event(struct player *player, enum session_event event);
/* Bytes of the server, in reads of chunk_size (0: all in one). What belongs to TLS or comes after the end is dropped, as a driver drops it. */
void player_feed(struct player *player, struct span bytes, size_t chunk_size);
/* TLS came to this. */
void player_tls(struct player *player, const struct tls_observation *tls, enum session_event event);
/* Notes that we closed. */
void player_leave(struct player *player);

#endif
