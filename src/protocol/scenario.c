/* SPDX-License-Identifier: ISC */
/* Reading scenarios and playing them to a session. */
#include "protocol/scenario.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "protocol/player.h"
#include "protocol/scenario_rows.h"

enum {
	REPETITIONS_MAX = 100000,
	SHOWN_MAX = 300, /* bytes of what we said, in an error */
	ROW_MAX = 64 * 1024,
};

enum step_kind { STEP_SERVER, STEP_CLIENT, STEP_TLS, STEP_TLS_OVER, STEP_CLOSED, STEP_RESET, STEP_QUIET, STEP_DEADLINE };

struct scenario_step {
	enum step_kind kind;
	unsigned line;
	size_t offset, size; /* in bytes */
	struct tls_observation tls;
};

struct scenario_expectation {
	const struct scenario_row *row;
	unsigned line;
	size_t offset, size;
};

/* Reading. */

static struct scenario_step *add_step(struct scenario *scenario, enum step_kind kind, unsigned line)
{
	struct scenario_step *step;

	if (scenario->step_count == scenario->step_capacity) {
		scenario->step_capacity = scenario->step_capacity == 0 ? 16 : 2 * scenario->step_capacity;
		scenario->steps = memory_resize(scenario->steps, scenario->step_capacity, sizeof(*scenario->steps));
	}
	assert(scenario->steps != NULL);
	step = &scenario->steps[scenario->step_count++];
	*step = (struct scenario_step){.kind = kind, .line = line, .offset = scenario->bytes.size};
	return step;
}

/* What the player sees as one stream of bytes is one step. */
static struct scenario_step *server_step(struct scenario *scenario, unsigned line)
{
	struct scenario_step *last = scenario->step_count > 0 ? &scenario->steps[scenario->step_count - 1] : NULL;

	return last != NULL && last->kind == STEP_SERVER ? last : add_step(scenario, STEP_SERVER, line);
}

static bool append_unescaped(struct scenario *scenario, struct span text, bool adds_line_end)
{
	if (!text_unescape(text, &scenario->bytes))
		return false;
	if (adds_line_end)
		buffer_append_text(&scenario->bytes, "\r\n");
	return !scenario->bytes.overflowed;
}

/* "S: text", "S| text", "S*300: text": what follows the S. */
static bool parse_server(struct scenario *scenario, struct span rest, unsigned line)
{
	uint64_t count = 1;
	struct scenario_step *step;
	bool adds_line_end;

	if (rest.size > 0 && rest.data[0] == '*') {
		size_t end = 1;

		while (end < rest.size && rest.data[end] >= '0' && rest.data[end] <= '9')
			end++;
		if (!text_parse_unsigned(span_part(rest, 1, end - 1), REPETITIONS_MAX, &count))
			return false;
		rest = span_part(rest, end, rest.size);
	}
	if (rest.size < 1 || (rest.data[0] != ':' && rest.data[0] != '|') || (rest.size > 1 && rest.data[1] != ' '))
		return false;
	adds_line_end = rest.data[0] == ':';
	rest = span_part(rest, 2, rest.size);
	step = server_step(scenario, line);
	for (uint64_t i = 0; i < count; i++) {
		if (!append_unescaped(scenario, rest, adds_line_end))
			return false;
	}
	step->size = scenario->bytes.size - step->offset;
	return true;
}

static bool parse_client(struct scenario *scenario, struct span text, unsigned line)
{
	struct scenario_step *step = add_step(scenario, STEP_CLIENT, line);

	if (!append_unescaped(scenario, text, true))
		return false;
	step->size = scenario->bytes.size - step->offset;
	return true;
}

static bool parse_expectation(struct scenario *scenario, struct span text, unsigned line)
{
	size_t equals = span_find_byte(text, '=');
	const struct scenario_row *row = scenario_row_find(span_part(text, 0, equals));
	struct scenario_expectation *expectation;

	if (row == NULL || equals == text.size)
		return false;
	scenario->expectations = memory_resize(scenario->expectations, scenario->expectation_count + 1, sizeof(*expectation));
	expectation = &scenario->expectations[scenario->expectation_count++];
	*expectation =
		(struct scenario_expectation){.row = row, .line = line, .offset = scenario->bytes.size, .size = text.size - equals - 1};
	buffer_append(&scenario->bytes, span_part(text, equals + 1, text.size));
	return !scenario->bytes.overflowed;
}

static bool parse_event(struct scenario *scenario, struct span text, unsigned line)
{
	static const struct {
		const char *word;
		enum step_kind kind;
	} events[] = {{"EOF", STEP_CLOSED}, {"RST", STEP_RESET}, {"QUIET", STEP_QUIET}, {"DEADLINE", STEP_DEADLINE}};

	for (size_t i = 0; i < ARRAY_LENGTH(events); i++) {
		if (span_equals_text(text, events[i].word)) {
			(void)add_step(scenario, events[i].kind, line);
			return true;
		}
	}
	return false;
}

static bool take_prefix(struct span *text, const char *prefix)
{
	if (!span_starts_with_text(*text, prefix))
		return false;
	*text = span_part(*text, strlen(prefix), text->size);
	return true;
}

static bool parse_line(struct scenario *scenario, struct span text, unsigned line)
{
	if (scenario->step_count >= SCENARIO_STEPS_MAX || scenario->expectation_count >= SCENARIO_STEPS_MAX)
		return false;
	if (take_prefix(&text, "expect: "))
		return parse_expectation(scenario, text, line);
	if (take_prefix(&text, "C: "))
		return parse_client(scenario, text, line);
	if (take_prefix(&text, "TLS: "))
		return tls_observation_parse(text, &add_step(scenario, STEP_TLS, line)->tls);
	if (take_prefix(&text, "TLS-OVER: "))
		return tls_observation_parse(text, &add_step(scenario, STEP_TLS_OVER, line)->tls);
	if (span_starts_with_text(text, "S:") || span_starts_with_text(text, "S|") || span_starts_with_text(text, "S*"))
		return parse_server(scenario, span_part(text, 1, text.size), line);
	return parse_event(scenario, text, line);
}

/* Strict where session_plan_parse is not: a mistyped word would change nothing, silently. */
static bool parse_plan(struct span text, struct session_plan *plan)
{
	static const char *const keys[] = {
		"expected=", "tls=", "pace=", "bare-auth=", "support-url=", "brief=", "identity=", "confirm=", "inject="};
	struct span rest = text;

	for (;;) {
		struct span word = span_take_word(&rest);
		bool is_known = false;

		if (word.size == 0)
			return session_plan_parse(text, plan);
		for (size_t i = 0; i < ARRAY_LENGTH(keys); i++)
			is_known = is_known || span_starts_with_text(word, keys[i]);
		if (!is_known)
			return false;
	}
}

static bool refuse_line(struct error *error, unsigned line, struct span text)
{
	return error_set(error, "line %u is none of a scenario: \"%.*s\"; mailcensus-scenario(5) describes them", line,
	                 (int)(text.size < 80 ? text.size : 80), text.size > 0 ? (const char *)text.data : "");
}

bool scenario_parse(struct span text, struct scenario *scenario_out, struct error *error)
{
	bool has_plan = false;

	*scenario_out = (struct scenario){.steps = NULL};
	buffer_init(&scenario_out->bytes, SCENARIO_BYTES_MAX);
	for (unsigned line = 1; text.size > 0; line++) {
		size_t end = span_find_byte(text, '\n');
		struct span row = span_part(text, 0, end), rest = row;

		text = span_part(text, end + 1, text.size);
		if (row.size == 0 || row.data[0] == '#')
			continue;
		if (!has_plan) {
			if (!take_prefix(&rest, "plan: ") || !parse_plan(rest, &scenario_out->plan))
				return error_set(error, "line %u: a scenario begins with its plan, as \"plan: expected=imap tls=upgrade\"",
				                 line);
			has_plan = true;
		} else if (!parse_line(scenario_out, row, line)) {
			return refuse_line(error, line, row);
		}
	}
	return has_plan || error_set(error, "there is no plan, as \"plan: expected=imap tls=upgrade\", so this is no scenario");
}

void scenario_done(struct scenario *scenario)
{
	buffer_done(&scenario->bytes);
	free(scenario->steps);
	free(scenario->expectations);
	scenario->steps = NULL;
	scenario->expectations = NULL;
}

/* Playing. */

static bool refuse_sent(struct error *error, unsigned line, struct span expected, struct span sent)
{
	struct buffer text;

	buffer_init(&text, 2 * SHOWN_MAX);
	if (expected.size > 0) {
		buffer_append_text(&text, "expected ");
		text_escape(span_part(expected, 0, SHOWN_MAX / 4), &text);
		buffer_append_text(&text, ", but ");
	}
	buffer_append_text(&text, sent.size > 0 ? "we said " : "we said nothing");
	text_escape(span_part(sent, 0, SHOWN_MAX / 4), &text);
	(void)error_set(error, "line %u: %s", line, buffer_text(&text));
	buffer_done(&text);
	return false;
}

static bool check_sent(const struct player *player, size_t *checked, unsigned line, struct span expected, struct error *error)
{
	struct span sent = span_part(buffer_view(&player->sent), *checked, player->sent.size);

	if (expected.size == 0 ? sent.size > 0 : !span_equals(span_part(sent, 0, expected.size), expected))
		return refuse_sent(error, line, expected, sent);
	*checked += expected.size;
	return true;
}

static bool play_timer(struct player *player, const struct scenario_step *step, struct error *error)
{
	struct session_timer timer = session_timer(player->session);
	bool is_quiet = step->kind == STEP_QUIET;

	if (is_quiet ? !timer.since_bytes : timer.since_bytes)
		return error_set(error, "line %u: in state %s the timer %s for quiet", step->line, session_state_name(player->session),
		                 is_quiet ? "does not wait" : "waits");
	player_event(player, SESSION_DEADLINE);
	return true;
}

static bool play_tls(struct player *player, const struct scenario_step *step, struct error *error)
{
	enum session_event event = session_event_of_tls(&step->tls);

	if (player->want != SESSION_WANTS_TLS)
		return error_set(error, "line %u: in state %s no TLS is wanted", step->line, session_state_name(player->session));
	if (step->kind == STEP_TLS_OVER && event == SESSION_TLS_READY)
		event = SESSION_TLS_OBSERVED;
	player_tls(player, &step->tls, event);
	return true;
}

static bool play_step(const struct scenario *scenario, const struct scenario_step *step, size_t chunk_size, struct player *player,
                      struct error *error)
{
	if (player->want == SESSION_IS_FINISHED)
		return error_set(error, "line %u: the conversation is already over (%s)", step->line,
		                 ending_name(player->observation->ending));
	switch (step->kind) {
	case STEP_SERVER:
		player_feed(player, span_part(buffer_view(&scenario->bytes), step->offset, step->size), chunk_size);
		return true;
	case STEP_TLS:
	case STEP_TLS_OVER:
		return play_tls(player, step, error);
	case STEP_CLOSED:
		player_event(player, SESSION_CLOSED);
		return true;
	case STEP_RESET:
		player_event(player, SESSION_RESET);
		return true;
	case STEP_QUIET:
	case STEP_DEADLINE:
		return play_timer(player, step, error);
	case STEP_CLIENT:
		break;
	}
	return true;
}

static bool play(const struct scenario *scenario, size_t chunk_size, struct player *player, struct error *error)
{
	size_t checked = 0;
	struct span nothing = span_make(NULL, 0);

	player_event(player, SESSION_CONNECTED);
	for (size_t i = 0; i < scenario->step_count; i++) {
		const struct scenario_step *step = &scenario->steps[i];
		struct span expected = span_part(buffer_view(&scenario->bytes), step->offset, step->size);

		if (!check_sent(player, &checked, step->line, step->kind == STEP_CLIENT ? expected : nothing, error))
			return false;
		if (step->kind != STEP_CLIENT && !play_step(scenario, step, chunk_size, player, error))
			return false;
	}
	if (!check_sent(player, &checked, 0, nothing, error))
		return error_prefix(error, "at the end");
	if (player->want != SESSION_IS_FINISHED)
		return error_set(error, "the scenario is over, but the conversation is not: its state is %s",
		                 session_state_name(player->session));
	player_leave(player);
	return true;
}

bool scenario_run(const struct scenario *scenario, size_t chunk_size, struct observation *observation_out,
                  struct transcript *transcript_out, struct buffer *sent_out, struct error *error)
{
	struct player player;
	bool is_played;

	observation_init(observation_out);
	player_init(&player, &scenario->plan, observation_out, transcript_out);
	is_played = play(scenario, chunk_size, &player, error);
	if (sent_out != NULL)
		buffer_append(sent_out, buffer_view(&player.sent));
	player_done(&player);
	return is_played;
}

bool scenario_compare(const struct scenario *scenario, const struct observation *observation, struct error *error)
{
	struct buffer value;
	bool is_same = true;

	buffer_init(&value, ROW_MAX);
	for (size_t i = 0; i < scenario->expectation_count && is_same; i++) {
		const struct scenario_expectation *expectation = &scenario->expectations[i];
		struct span wanted = span_part(buffer_view(&scenario->bytes), expectation->offset, expectation->size);

		buffer_clear(&value);
		expectation->row->put(observation, &value);
		is_same = span_equals(buffer_view(&value), wanted);
		if (!is_same)
			(void)error_set(error, "line %u: %s is \"%.300s\"", expectation->line, expectation->row->key, buffer_text(&value));
	}
	buffer_done(&value);
	return is_same;
}
