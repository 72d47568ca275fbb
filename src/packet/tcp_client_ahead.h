/* SPDX-License-Identifier: ISC */
/* Bytes of a stream that came before their turn: at most TCP_CLIENT_AHEAD_MAX behind the gap, in at most TCP_CLIENT_AHEAD_PIECES pieces. What came first stays (tcp_client.c only). */
#ifndef PACKET_TCP_CLIENT_AHEAD_H
#define PACKET_TCP_CLIENT_AHEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

struct tcp_client_ahead;

/* All take sequence numbers; next is RCV.NXT. */

/* Keeps what is not there yet of bytes, which begin at sequence, behind next. *ahead NULL: allocated when something is kept. False: nothing new was kept. */
bool tcp_client_ahead_keep(struct tcp_client_ahead **ahead, uint32_t next, uint32_t sequence, struct span bytes);
/* The stream ends at sequence. The first end that is said stays. */
void tcp_client_ahead_keep_end(struct tcp_client_ahead **ahead, uint32_t next, uint32_t sequence);
/* How many bytes from next on are not there, at most size: up to the first piece. */
uint32_t tcp_client_ahead_gap(const struct tcp_client_ahead *ahead, uint32_t next, uint32_t size);
/* The kept bytes that begin at next, empty if there are none; valid until the next change. */
struct span tcp_client_ahead_at(const struct tcp_client_ahead *ahead, uint32_t next);
/* Bytes from next to the end of the stream, at most size. */
uint32_t tcp_client_ahead_before_end(const struct tcp_client_ahead *ahead, uint32_t next, uint32_t size);
bool tcp_client_ahead_ends_at(const struct tcp_client_ahead *ahead, uint32_t next);
/* Forgets what is before next, and frees all when nothing is left. */
void tcp_client_ahead_forget(struct tcp_client_ahead **ahead, uint32_t next);
/* Bytes that it takes. */
size_t tcp_client_ahead_memory(const struct tcp_client_ahead *ahead);
void tcp_client_ahead_free(struct tcp_client_ahead **ahead);

#endif
