/* SPDX-License-Identifier: ISC */
/* One TCP connection that we open, without socket and clock: segments and time in, segments and events out (RFC 9293, RFC 6298, RFC 7323).

   Made for short dialogues with very many hosts: what we say is small and kept until it is acknowledged; what the host says is handed on in order, out of the frame it came in.
   Bounds: TCP_CLIENT_UNSENT_MAX to send, TCP_CLIENT_AHEAD_MAX kept of what came out of order, retransmissions as counted below, and never more than a few segments in answer to one.

   A worked example:
     tcp_client_adopt(SYN-ACK)      -> emits ACK; state TCP_CLIENT_OPEN; event on_open
     tcp_client_input(data)         -> event on_bytes, emits ACK (or it rides on what is said within the same input)
     tcp_client_send("CAPA\r\n")    -> emits PSH, ACK; due in one retransmission time
     tcp_client_due                 -> emits it again, doubled time
     tcp_client_close               -> emits FIN, ACK behind what is unsent; gone when it is acknowledged, or after TCP_CLIENT_FAREWELL_MS
   Promises:
   - any loss, order, repetition of segments gives the same bytes to on_bytes, or on_reset/on_timeout: never other bytes;
   - a segment that does not fit (RFC 9293 3.10.7.4: sequence outside the window; an RST whose sequence is not exactly the next one, RFC 5961 3.2: answered with one ACK, at most
     TCP_CLIENT_CHALLENGES_PER_SECOND) changes nothing;
   - what a host does cannot make us keep the connection: the owner's deadlines decide, this only answers. */
#ifndef PACKET_TCP_CLIENT_H
#define PACKET_TCP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/instant.h"
#include "base/span.h"
#include "packet/packet.h"

enum {
	TCP_CLIENT_UNSENT_MAX = 16 * 1024, /* said by us and not acknowledged */
	TCP_CLIENT_AHEAD_MAX = 16 * 1024,  /* kept of what came out of order */
	TCP_CLIENT_AHEAD_PIECES = 8,
	TCP_CLIENT_WINDOW = 64 * 1024 - 1, /* offered */
	TCP_CLIENT_SYN_WINDOW = 64240,     /* offered in the SYN, and with this shift, as a current Linux does */
	TCP_CLIENT_WINDOW_SHIFT = 7,
	TCP_CLIENT_MTU_MAX = 1500,
	TCP_CLIENT_BURST = 10,          /* segments on their way, RFC 6928 */
	TCP_CLIENT_RTO_FIRST_MS = 1000, /* RFC 6298 2.1 */
	TCP_CLIENT_RTO_MIN_MS = 200,    /* above the round trip: hosts delay their acknowledgements */
	TCP_CLIENT_RTO_MAX_MS = 8000,
	TCP_CLIENT_SYN_RETRIES = 2,  /* after 1 and 3 s, as the kernel does within a connect limit of 5 s (rule D-4) */
	TCP_CLIENT_DATA_RETRIES = 6, /* then on_timeout */
	TCP_CLIENT_FAREWELL_MS = 4000,
	TCP_CLIENT_CHALLENGES_PER_SECOND = 5,
};

enum tcp_client_state {
	TCP_CLIENT_OPENING, /* SYN is out */
	TCP_CLIENT_OPEN,
	TCP_CLIENT_LEAVING, /* our FIN is wanted or out; nothing is handed on any more */
	TCP_CLIENT_GONE,    /* nothing more is to be said: forget it */
};

/* What is needed to carry on from a SYN-ACK that came to a stateless SYN. */
struct tcp_opening {
	uint32_t own_sequence;  /* of our SYN (the cookie); the answer acknowledged the next one */
	uint32_t host_sequence; /* of the SYN-ACK */
	uint16_t window;        /* never shifted in a SYN-ACK */
	uint16_t mss;           /* 0: none said, then 536 (1220 for IPv6) */
	uint8_t window_shift;
	bool has_window_shift, has_timestamps, may_sack;
	uint32_t timestamp;
	uint32_t timestamp_echo; /* of tcp_client_timestamp() when the SYN left: the first round trip */
};

/* Calls come only from within the functions below. All but emit may call tcp_client_send, tcp_client_close and tcp_client_abort for this client; what they say leaves when the call
   that they are in ends, in as few segments as it takes. on_refused, on_reset and on_timeout are the last call and may free the client. NULL members are not called. */
struct tcp_client_handler {
	/* A segment is to leave: addresses and ports are to be filled in by the callee; payload is valid during the call. */
	void (*emit)(void *context, struct tcp_segment *segment);
	void (*on_open)(void *context);
	void (*on_bytes)(void *context, struct span bytes); /* in order, never empty */
	void (*on_end)(void *context);                      /* the host's FIN: nothing more comes */
	void (*on_refused)(void *context);                  /* RST to our SYN; the client is gone */
	void (*on_reset)(void *context);                    /* RST later; the client is gone */
	void (*on_timeout)(void *context);                  /* what we sent was never acknowledged; the client is gone */
};

struct tcp_client_ahead; /* out-of-order bytes; its inside is tcp_client_ahead.h's */

/* The caller holds it, zeroed before begin or adopt. Small: most of a census' connections wait. */
struct tcp_client {
	const struct tcp_client_handler *handler;
	void *context;
	struct instant due;       /* when tcp_client_due() must be called; .ns INT64_MAX: nothing is due */
	struct instant sent_at;   /* of the oldest unacknowledged, for the round trip; .ns 0: not measured (RFC 6298 3, Karn) */
	struct instant leaves_at; /* with TCP_CLIENT_LEAVING */
	unsigned char *unsent;    /* unsent_size bytes from send_unacknowledged on */
	struct tcp_client_ahead *ahead;
	uint32_t send_unacknowledged, send_next, send_highest; /* next goes back on a timeout; highest: SND.NXT of RFC 9293 */
	uint32_t recover;                                      /* RFC 6582: fast recovery lasts until this is acknowledged */
	uint32_t receive_next;
	uint32_t peer_window, window_sequence; /* SND.WND, SND.WL1; SND.WL2 is send_unacknowledged */
	uint32_t timestamp_recent;
	uint32_t challenges_since_ms;
	int32_t srtt_us, rttvar_us; /* srtt_us 0: never measured */
	uint16_t rto_ms, mss, unsent_size, unsent_capacity;
	uint8_t state; /* enum tcp_client_state */
	uint8_t peer_shift, own_shift, retries, duplicate_acks, challenges;
	uint8_t burst, burst_max;      /* segments that may be on their way: never more than the initial window, halved by each loss */
	bool is_synchronized, is_ipv6; /* was open */
	bool has_timestamps, fin_wanted, fin_acknowledged, fin_received, ack_wanted, resend_wanted, is_in_call;
	struct {
		uint32_t received, out_of_order, repeated, retransmitted; /* segments */
	} count;
};

/* What our segments say as timestamp at that moment. Stateless SYNs must say the same, or hosts take what follows for old (PAWS). */
uint32_t tcp_client_timestamp(struct instant now);
/* Begins with a SYN. own_sequence is the cookie. mtu bounds what we offer as MSS. */
void tcp_client_begin(struct tcp_client *client, const struct tcp_client_handler *handler, void *context, uint32_t own_sequence,
                      unsigned mtu, enum ip_family family, struct instant now);
/* Carries on from a SYN-ACK. on_open is called. mtu as above. */
void tcp_client_adopt(struct tcp_client *client, const struct tcp_client_handler *handler, void *context, const struct tcp_opening *opening,
                      unsigned mtu, enum ip_family family, struct instant now);
/* Fills opening_out from a SYN-ACK that acknowledges own_sequence + 1; false: it does not, or is none. */
bool tcp_opening_from(const struct tcp_segment *syn_ack, uint32_t own_sequence, struct tcp_opening *opening_out) MUST_CHECK;
/* A segment of this connection came. Ports and addresses are the caller's business. */
void tcp_client_input(struct tcp_client *client, const struct tcp_segment *segment, struct instant now);
/* To be called when client->due is reached. */
void tcp_client_due(struct tcp_client *client, struct instant now);
/* False: more than TCP_CLIENT_UNSENT_MAX would be unacknowledged, or the client is leaving or gone; nothing was taken. Before it is open: said when it is. */
bool tcp_client_send(struct tcp_client *client, struct span bytes, struct instant now);
/* Leaves with FIN behind what is unsent; events end here. As the kernel's orphans without TIME_WAIT (net/connection.h): gone when the FIN is acknowledged; new bytes of the host are
   answered with RST and end it; nothing acknowledged within TCP_CLIENT_FAREWELL_MS: RST. A client that was never open sends RST if a SYN-ACK comes. */
void tcp_client_close(struct tcp_client *client, struct instant now);
/* Leaves at once with RST (for a flight that is deliberately not finished where a FIN would be answered with more). No event. */
void tcp_client_abort(struct tcp_client *client, struct instant now);
/* Bytes that it holds beside itself: at most TCP_CLIENT_UNSENT_MAX + TCP_CLIENT_AHEAD_MAX and a few. */
size_t tcp_client_memory(const struct tcp_client *client);
/* Frees what it holds; says nothing. */
void tcp_client_done(struct tcp_client *client);
/* The RST that answers a segment nobody wants (RFC 9293 3.10.7.1); false: it must not be answered (it is an RST itself). */
bool tcp_reset_for(const struct tcp_segment *segment, struct tcp_segment *reset_out) MUST_CHECK;

#endif
