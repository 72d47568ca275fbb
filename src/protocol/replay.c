/* SPDX-License-Identifier: ISC */
/* Stored transcripts: played through a fresh session, and turned into scenarios. */
#include "base/text.h"
#include "protocol/player.h"
#include "protocol/scenario.h"

/* Who wants each record as a line of a scenario. */
struct listener {
	struct buffer *text; /* NULL: nobody */
};

static void put_line(struct buffer *text, const char *beginning, struct span bytes)
{
	buffer_append_text(text, beginning);
	text_escape(bytes, text);
	buffer_append_byte(text, '\n');
}

static bool ends_with_line_end(struct span bytes)
{
	return bytes.size >= 2 && bytes.data[bytes.size - 2] == '\r' && bytes.data[bytes.size - 1] == '\n';
}

static void put_dialogue(struct buffer *text, const char *whole_line, const char *partial_line, struct span bytes)
{
	while (bytes.size > 0) {
		struct span line = span_part(bytes, 0, span_find_byte(bytes, '\n') + 1);

		if (ends_with_line_end(line))
			put_line(text, whole_line, span_part(line, 0, line.size - 2));
		else
			put_line(text, partial_line, line);
		bytes = span_part(bytes, line.size, bytes.size);
	}
}

static void put_tls(struct buffer *text, struct span facts, enum session_event event, const struct tls_observation *tls)
{
	bool is_over = event != session_event_of_tls(tls);

	buffer_append_text(text, is_over ? "TLS-OVER: " : "TLS: ");
	buffer_append(text, facts);
	buffer_append_byte(text, '\n');
}

/* A real session that proved TLS and was refused after that ends there (rule T-23): nothing follows but our leaving. */
static enum session_event event_of_tls(const struct tls_observation *tls, struct span rest)
{
	enum session_event event = session_event_of_tls(tls);
	struct transcript_record next;

	if (event == SESSION_TLS_READY && (!transcript_take(&rest, &next) || next.kind == TRANSCRIPT_LEFT))
		return SESSION_TLS_OBSERVED;
	return event;
}

static bool play_tls(struct player *player, const struct listener *listener, struct span facts, struct span rest, struct error *error)
{
	struct tls_observation tls;
	enum session_event event;

	if (!tls_observation_parse(facts, &tls))
		return error_set(error, "the transcript is damaged: what it says of TLS cannot be read");
	event = event_of_tls(&tls, rest);
	if (listener->text != NULL)
		put_tls(listener->text, facts, event, &tls);
	player_tls(player, &tls, event);
	return true;
}

static void play_end(struct player *player, const struct listener *listener, enum session_event event, const char *word)
{
	if (listener->text != NULL)
		buffer_append_format(listener->text, "%s\n", word);
	player_event(player, event);
}

static void play_deadline(struct player *player, const struct listener *listener)
{
	play_end(player, listener, SESSION_DEADLINE, session_timer(player->session).since_bytes ? "QUIET" : "DEADLINE");
}

static bool play_record(struct player *player, const struct listener *listener, const struct transcript_record *record, struct span rest,
                        struct error *error)
{
	switch (record->kind) {
	case TRANSCRIPT_CONNECTED:
		player_event(player, SESSION_CONNECTED);
		break;
	case TRANSCRIPT_RECEIVED:
		if (listener->text != NULL)
			put_dialogue(listener->text, "S: ", "S| ", record->bytes);
		player_feed(player, record->bytes, 0);
		break;
	case TRANSCRIPT_SENT:
		if (listener->text != NULL)
			put_dialogue(listener->text, "C: ", "# sent without a line end: ", record->bytes);
		break;
	case TRANSCRIPT_CLOSED:
		play_end(player, listener, SESSION_CLOSED, "EOF");
		break;
	case TRANSCRIPT_RESET:
		play_end(player, listener, SESSION_RESET, "RST");
		break;
	case TRANSCRIPT_DEADLINE:
		play_deadline(player, listener);
		break;
	case TRANSCRIPT_HELLO: /* kept, in case that nothing more is told of TLS */
		if (!tls_hello_parse(record->bytes, &player->observation->tls.hello))
			return error_set(error, "the transcript is damaged: it names a hello that is none");
		break;
	case TRANSCRIPT_TLS:
		return play_tls(player, listener, record->bytes, rest, error);
	case TRANSCRIPT_LEFT: /* closed by us before it was over: our own side could not go on */
		session_abandon(player->session);
		player->want = SESSION_IS_FINISHED;
		break;
	case TRANSCRIPT_OPENING:
		return error_set(error, "the transcript is damaged: it is opened twice");
	}
	return true;
}

static bool play(struct player *player, const struct listener *listener, struct span rest, struct error *error)
{
	struct transcript_record record;
	bool has_events = false;

	while (transcript_take(&rest, &record)) {
		if (player->want == SESSION_IS_FINISHED) {
			/* What a driver notes behind the end says no more: the last words we sent, bytes that came too late, our close. */
			if (record.kind == TRANSCRIPT_SENT && listener->text != NULL)
				put_dialogue(listener->text, "C: ", "# sent without a line end: ", record.bytes);
			continue;
		}
		has_events = true;
		if (!play_record(player, listener, &record, rest, error))
			return false;
	}
	if (rest.size > 0)
		return error_set(error, "the transcript is damaged: %zu bytes at its end are no record", rest.size);
	if (!has_events)
		return error_set(error, "the transcript has no conversation: no connection was made");
	if (player->want != SESSION_IS_FINISHED)
		return error_set(error, "the transcript breaks off: the conversation is not over, its state is %s",
		                 session_state_name(player->session));
	return true;
}

static bool take_opening(struct span *rest, struct session_plan *plan, struct error *error)
{
	struct transcript_record record;

	if (!transcript_take(rest, &record) || record.kind != TRANSCRIPT_OPENING || !session_plan_parse(record.bytes, plan))
		return error_set(error, "the transcript is damaged: it does not begin with how the conversation was opened");
	return true;
}

bool session_replay(struct span transcript, struct observation *observation_out, struct buffer *sent_out, struct error *error)
{
	struct session_plan plan;
	struct player player;
	bool is_played;

	observation_init(observation_out);
	if (!take_opening(&transcript, &plan, error))
		return false;
	player_init(&player, &plan, observation_out, NULL);
	is_played = play(&player, &(struct listener){.text = NULL}, transcript, error);
	if (sent_out != NULL)
		buffer_append(sent_out, buffer_view(&player.sent));
	player_done(&player);
	return is_played;
}

bool scenario_from_transcript(struct span transcript, struct buffer *out, struct error *error)
{
	struct session_plan plan;
	struct observation observation;
	struct player player;
	bool is_played;

	if (!take_opening(&transcript, &plan, error))
		return false;
	buffer_append_text(out, "plan: ");
	session_plan_format(&plan, out);
	buffer_append_byte(out, '\n');
	observation_init(&observation);
	player_init(&player, &plan, &observation, NULL);
	is_played = play(&player, &(struct listener){.text = out}, transcript, error);
	scenario_describe(&observation, out);
	player_done(&player);
	observation_done(&observation);
	return is_played;
}
