/* SPDX-License-Identifier: ISC */
/* Targets session_step, session_replay, scenario_from_transcript and scenario_run: hostile servers in any cutting give one finished observation, and only allowed words are said.

   Input: byte 0 and the high bits of byte 1 choose the plan, its low bits the chunk size, the rest is what the server says; 0xfe and a byte behind it is an event. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/player.h"
#include "protocol/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	EVENT_MARK = 0xfe,
	SENT_MAX = 512, /* all that a session can say, with a support address */
	DEADLINES_MAX = 4,
	TEXT_MAX = 64 * 1024,
};

static void require(bool is_true)
{
	if (!is_true)
		abort();
}

/* wishes: what most plans do not want. */
static struct session_plan plan_of(unsigned char byte, unsigned char wishes)
{
	struct session_plan plan = {
		.expected = (byte & 1) != 0 ? WIRE_POP3 : WIRE_IMAP,
		.tls = (enum session_tls)((byte >> 1 & 3) % 3),
		.is_slow = (byte & 8) != 0,
		.may_bare_auth = (byte & 16) == 0,
		.asks_identity = (byte & 64) != 0,
		.is_brief = (wishes & 32) != 0,
		.confirms = (wishes & 64) != 0,
		.injects = (wishes & 128) != 0,
	};

	if ((byte & 32) != 0)
		memcpy(plan.support_url, "https://example.org/", sizeof("https://example.org/"));
	if (plan.injects && (byte & 128) == 0)
		memcpy(plan.injection_tag, "mcAbCdEf", sizeof(plan.injection_tag));
	return plan;
}

/* Told independently of the gate: nothing that is or begins a login, unless the plan opens an exchange; and that is followed by its cancel token or by nothing. */
static void check_said(const struct session_plan *plan, struct span said)
{
	static const char *const login[] = {"USER", "PASS", "APOP", "LOGIN ", "AUTHENTICATE", "AUTH "};
	bool may_cancel = false;

	while (said.size > 0) {
		struct span line = span_part(said, 0, span_find_byte(said, '\n') + 1);
		bool opens = span_equals_text(line, "m3 AUTHENTICATE PLAIN\r\n") || span_equals_text(line, "m3 AUTHENTICATE LOGIN\r\n") ||
		             span_equals_text(line, "AUTH PLAIN\r\n") || span_equals_text(line, "AUTH LOGIN\r\n");

		for (size_t i = 0; i < ARRAY_LENGTH(login); i++)
			require((opens && plan->confirms && !plan->is_brief) || !span_contains_text_ignoring_case(line, login[i]));
		require(!span_equals_text(line, "*\r\n") || may_cancel);
		require(!plan->is_brief ||
		        !(span_contains_text_ignoring_case(line, "CAPABILITY") || span_contains_text_ignoring_case(line, " ID ")));
		require(plan->injects || !span_contains_text_ignoring_case(line, "NOOP"));
		may_cancel = (opens && plan->confirms) || (plan->may_bare_auth && span_equals_text(line, "AUTH\r\n"));
		said = span_part(said, line.size, said.size);
	}
}

static void check_going(const struct session_plan *plan, const struct player *player)
{
	const struct observation *observation = player->observation;
	struct session_timer timer = session_timer(player->session);

	require((player->want == SESSION_IS_FINISHED) == (observation->ending != ENDING_NONE));
	require((timer.limit_ms > 0) == (player->want == SESSION_WANTS_BYTES));
	require(strlen(session_state_name(player->session)) > 0);
	require(player->sent.size <= SENT_MAX && session_may_send_by(plan, buffer_view(&player->sent)));
	require(plan->asks_identity || plan->confirms || plan->injects || session_may_send(buffer_view(&player->sent)));
	check_said(plan, buffer_view(&player->sent));
}

static void give_tls(struct player *player, enum tls_outcome outcome, enum tls_hello hello)
{
	struct tls_observation tls = {.outcome = outcome, .hello = hello, .version = 0x0303};

	if (player->want == SESSION_WANTS_TLS)
		player_tls(player, &tls, session_event_of_tls(&tls));
}

static void give_event(struct player *player, unsigned char code)
{
	static const unsigned char mark[] = {EVENT_MARK};

	switch (code % 8) {
	case 0:
		player_event(player, SESSION_CLOSED);
		break;
	case 1:
		player_event(player, SESSION_RESET);
		break;
	case 2:
	case 3:
		player_event(player, SESSION_DEADLINE);
		break;
	case 4:
		give_tls(player, TLS_PROVEN, TLS_HELLO_SESSION);
		break;
	case 5:
		give_tls(player, TLS_PROVEN, TLS_HELLO_H1);
		break;
	case 6:
		give_tls(player, TLS_ALERT, TLS_HELLO_H1);
		break;
	default:
		player_feed(player, span_make(mark, sizeof(mark)), 0);
		break;
	}
}

struct result {
	struct buffer observation; /* as text */
	struct buffer sent;
	struct transcript transcript;
};

static void result_init(struct result *result)
{
	buffer_init(&result->observation, TEXT_MAX);
	buffer_init(&result->sent, TEXT_MAX);
	transcript_init(&result->transcript);
}

static void result_done(struct result *result)
{
	buffer_done(&result->observation);
	buffer_done(&result->sent);
	transcript_done(&result->transcript);
}

static void play_input(const struct session_plan *plan, struct player *player, struct span input, size_t chunk_size)
{
	player_event(player, SESSION_CONNECTED);
	check_going(plan, player);
	while (input.size > 0 && player->want != SESSION_IS_FINISHED) {
		struct span bytes = span_part(input, 0, span_find_byte(input, EVENT_MARK));

		player_feed(player, bytes, chunk_size);
		check_going(plan, player);
		input = span_part(input, bytes.size, input.size);
		if (input.size >= 2 && player->want != SESSION_IS_FINISHED)
			give_event(player, input.data[1]);
		check_going(plan, player);
		input = span_part(input, 2, input.size);
	}
	for (int deadlines = 0; player->want != SESSION_IS_FINISHED; deadlines++) {
		require(deadlines < DEADLINES_MAX);
		player_event(player, SESSION_DEADLINE);
		check_going(plan, player);
	}
	player_leave(player);
}

/* What is concluded of an injection has its injection, and no two conclusions contradict each other (rules J-4 to J-7). */
static void check_wishes(const struct session_plan *plan, const struct observation *observation)
{
	uint32_t flags = observation->flags, concluded = OBSERVED_INJECTION_AT_ONCE | OBSERVED_INJECTION_LATE | OBSERVED_INJECTION_SETTLED;
	uint32_t conclusion = flags & concluded;

	require(((flags & OBSERVED_LADDER) != 0) == plan->is_brief);
	require((flags & OBSERVED_INJECTION_TRIED) == 0 || plan->injects);
	require((flags & OBSERVED_INJECTION_TRIED) != 0 || (flags & (concluded | OBSERVED_PIPELINED_BEFORE_TLS)) == 0);
	require((conclusion & (conclusion - 1)) == 0);
	require(conclusion == 0 || observation->upgrade == UPGRADE_AGREED);
	require((flags & OBSERVED_CONFIRM_TRIED) == 0 || (plan->confirms && !plan->is_brief));
	require((flags & OBSERVED_CONFIRM_TRIED) != 0 || observation->confirm_reply.size == 0);
	require((flags & (OBSERVED_CONFIRM_ACCEPTED | OBSERVED_CONFIRM_DENIED)) == 0 || (flags & OBSERVED_CONFIRM_TRIED) != 0);
	require((flags & OBSERVED_CONFIRM_ACCEPTED) == 0 || (flags & OBSERVED_CONFIRM_DENIED) == 0);
	require(observation->identity.size <= OBSERVATION_IDENTITY_MAX);
}

static void check_observation(const struct session_plan *plan, const struct observation *observation)
{
	require(observation->greeting.size <= OBSERVATION_GREETING_MAX);
	require(observation->capabilities_before.size <= OBSERVATION_CAPABILITIES_MAX &&
	        observation->capabilities_after.size <= OBSERVATION_CAPABILITIES_MAX);
	/* "Refused" and "agreed" have their evidence; "absent" needs a whole answer (rules D-9, D-11). */
	require((observation->upgrade == UPGRADE_NOT_ASKED || observation->upgrade == UPGRADE_UNANSWERED) ||
	        observation->upgrade_reply.size > 0);
	require(observation->starttls_advertised != PRESENCE_ABSENT || observation->capabilities_before_known ||
	        observation->capabilities_before.overflowed || observation->capabilities_before.size > 0 ||
	        (observation->flags & OBSERVED_CAPABILITY_REFUSED) != 0);
	require(observation->bare_auth != BARE_AUTH_REFUSED || observation->bare_auth_reply.size > 0);
	require(observation->ending != ENDING_COMPLETE || observation->protocol == WIRE_POP3 || observation->protocol == WIRE_IMAP);
	require(observation->ending != ENDING_LOCAL_FAILURE);
	check_wishes(plan, observation);
}

static void play(const struct session_plan *plan, struct span input, size_t chunk_size, struct result *result)
{
	struct observation observation;
	struct player player;

	observation_init(&observation);
	player_init(&player, plan, &observation, &result->transcript);
	play_input(plan, &player, input, chunk_size);
	check_observation(plan, &observation);
	buffer_append(&result->sent, buffer_view(&player.sent));
	scenario_describe(&observation, &result->observation);
	player_done(&player);
	observation_done(&observation);
}

static void require_same(const struct result *a, const struct result *b)
{
	require(span_equals(buffer_view(&a->observation), buffer_view(&b->observation)));
	require(span_equals(buffer_view(&a->sent), buffer_view(&b->sent)));
}

static void replay(const struct result *live)
{
	struct observation observation;
	struct result again;

	result_init(&again);
	require(session_replay(buffer_view(&live->transcript.bytes), &observation, &again.sent, NULL));
	scenario_describe(&observation, &again.observation);
	require_same(live, &again);
	observation_done(&observation);
	result_done(&again);
}

static void replay_as_scenario(const struct result *live)
{
	struct observation observation;
	struct scenario scenario;
	struct result again;
	struct buffer text;

	result_init(&again);
	buffer_init(&text, SCENARIO_TEXT_MAX);
	require(scenario_from_transcript(buffer_view(&live->transcript.bytes), &text, NULL));
	require(scenario_parse(buffer_view(&text), &scenario, NULL));
	require(scenario_run(&scenario, 0, &observation, NULL, &again.sent, NULL));
	require(scenario_compare(&scenario, &observation, NULL));
	scenario_describe(&observation, &again.observation);
	require_same(live, &again);
	observation_done(&observation);
	scenario_done(&scenario);
	buffer_done(&text);
	result_done(&again);
}

/* Anything at all may be stored where a transcript or a scenario is expected. */
static void survive_as_transcript_and_scenario(struct span input)
{
	struct observation observation;
	struct scenario scenario;
	struct buffer text;

	buffer_init(&text, SCENARIO_TEXT_MAX);
	(void)!session_replay(input, &observation, NULL, NULL);
	observation_done(&observation);
	(void)!scenario_from_transcript(input, &text, NULL);
	if (scenario_parse(input, &scenario, NULL)) {
		(void)!scenario_run(&scenario, 3, &observation, NULL, NULL, NULL);
		observation_done(&observation);
	}
	scenario_done(&scenario);
	buffer_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_make(data, size);
	struct session_plan plan;
	struct result whole, cut;
	size_t chunk_size;

	survive_as_transcript_and_scenario(input);
	if (size < 2)
		return 0;
	plan = plan_of(data[0], data[1]);
	chunk_size = (size_t)(data[1] & 31) + 1;
	input = span_part(input, 2, size);
	result_init(&whole);
	result_init(&cut);
	play(&plan, input, 0, &whole);
	play(&plan, input, chunk_size, &cut);
	require_same(&whole, &cut);
	if (!whole.transcript.bytes.overflowed) {
		replay(&whole);
		replay_as_scenario(&whole);
	}
	if (!cut.transcript.bytes.overflowed)
		replay(&cut);
	result_done(&whole);
	result_done(&cut);
	return 0;
}
