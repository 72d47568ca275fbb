/* SPDX-License-Identifier: ISC */
/* Playing events to a session. */
#include "protocol/player.h"

static void note(struct player *player, enum transcript_kind kind, struct span bytes)
{
	if (player->transcript != NULL)
		transcript_add(player->transcript, kind, player->now_ms, bytes);
}

void player_init(struct player *player, const struct session_plan *plan, struct observation *observation, struct transcript *transcript)
{
	struct buffer opening;

	*player = (struct player){.session = session_new(plan, observation), .observation = observation, .transcript = transcript};
	buffer_init(&player->sent, PLAYER_SENT_MAX);
	buffer_init(&opening, 256);
	session_plan_format(plan, &opening);
	note(player, TRANSCRIPT_OPENING, buffer_view(&opening));
	buffer_done(&opening);
}

void player_done(struct player *player)
{
	session_free(player->session);
	buffer_done(&player->sent);
}

/* One step; what it sends is noted behind what caused it. */
static size_t step(struct player *player, enum session_event event, struct span input)
{
	size_t already_sent = player->sent.size, consumed = 0;
	struct span sent;

	player->want = session_step(player->session, event, input, &consumed, &player->sent);
	sent = span_part(buffer_view(&player->sent), already_sent, player->sent.size);
	if (sent.size > 0)
		note(player, TRANSCRIPT_SENT, sent);
	return consumed;
}

static enum transcript_kind kind_of(enum session_event event)
{
	switch (event) {
	case SESSION_CLOSED:
		return TRANSCRIPT_CLOSED;
	case SESSION_RESET:
		return TRANSCRIPT_RESET;
	case SESSION_DEADLINE:
		return TRANSCRIPT_DEADLINE;
	case SESSION_TLS_READY:
	case SESSION_TLS_OBSERVED:
	case SESSION_TLS_FAILED:
		return TRANSCRIPT_TLS;
	case SESSION_BYTES:
		return TRANSCRIPT_RECEIVED;
	case SESSION_CONNECTED:
		break;
	}
	return TRANSCRIPT_CONNECTED;
}

void player_event(struct player *player, enum session_event event)
{
	player->now_ms++;
	note(player, kind_of(event), span_make(NULL, 0));
	(void)step(player, event, span_make(NULL, 0));
}

/* One read. Bytes behind an agreement are given again; the session itself knows whether they are TLS and then takes none of them. */
static void feed_one(struct player *player, struct span bytes)
{
	size_t consumed = 1;

	player->now_ms++;
	note(player, TRANSCRIPT_RECEIVED, bytes);
	while (bytes.size > 0 && consumed > 0 && player->want != SESSION_IS_FINISHED) {
		consumed = step(player, SESSION_BYTES, bytes);
		bytes = span_part(bytes, consumed, bytes.size);
	}
}

void player_feed(struct player *player, struct span bytes, size_t chunk_size)
{
	size_t size = chunk_size > 0 ? chunk_size : bytes.size;

	for (size_t offset = 0; offset < bytes.size && player->want != SESSION_IS_FINISHED; offset += size)
		feed_one(player, span_part(bytes, offset, size));
}

void player_tls(struct player *player, const struct tls_observation *tls, enum session_event event)
{
	struct buffer text;

	buffer_init(&text, 1024);
	player->now_ms++;
	note(player, TRANSCRIPT_HELLO, span_from_text(tls_hello_name(tls->hello)));
	player->observation->tls = *tls;
	tls_observation_format(tls, &text);
	note(player, TRANSCRIPT_TLS, buffer_view(&text));
	buffer_done(&text);
	(void)step(player, event, span_make(NULL, 0));
}

void player_leave(struct player *player)
{
	note(player, TRANSCRIPT_LEFT, span_make(NULL, 0));
}
