/* SPDX-License-Identifier: ISC */
/* Plays scenario files to the machines: whole, byte by byte and in every chunk size, and again from the transcript that this makes. The result must always be the same.

   usage: player_test FOLDER   one TAP line per *.scenario in it
          player_test FILE.scenario... */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "protocol/scenario.h"

enum {
	FILE_SIZE_MAX = 1024 * 1024,
	CHUNK_SIZES_ALL = 64, /* every size up to this one, then the primes below */
	OBSERVATION_TEXT_MAX = 64 * 1024,
	LARGE_SCENARIO = 8192, /* bytes: larger ones are cut in fewer ways, as time is limited */
};

static const size_t SIZES[] = {67, 71, 97, 127, 251, 509, 1021, 2039, 4093, 8191, 16381};
static const size_t FEW_SIZES[] = {1, 2, 3, 7, 31, 509, 8191, 16381};

/* What one way of playing gave. */
struct result {
	struct buffer observation; /* as text */
	struct buffer sent;
	struct transcript transcript;
};

static void result_init(struct result *result)
{
	buffer_init(&result->observation, OBSERVATION_TEXT_MAX);
	buffer_init(&result->sent, OBSERVATION_TEXT_MAX);
	transcript_init(&result->transcript);
}

static void result_done(struct result *result)
{
	buffer_done(&result->observation);
	buffer_done(&result->sent);
	transcript_done(&result->transcript);
}

/* Rule K-1, told independently of session_may_send: no word of a login begins a command, and AUTH has no argument. */
static bool is_forbidden(struct span line)
{
	static const char *const forbidden[] = {"USER", "PASS", "APOP", "LOGIN", "AUTHENTICATE", "XOAUTH2",
	                                        "MAIL", "RCPT", "VRFY", "EXPN",  "SELECT",       "LIST"};
	struct span rest = line;
	struct span first = span_take_word(&rest), second = span_take_word(&rest);

	for (size_t i = 0; i < ARRAY_LENGTH(forbidden); i++) {
		if (span_equals_text_ignoring_case(first, forbidden[i]) || span_equals_text_ignoring_case(second, forbidden[i]))
			return true;
	}
	return span_equals_text_ignoring_case(first, "AUTH") && second.size > 0;
}

/* Rules K-3 and K-4: the name of a mechanism, without an initial response. */
static bool is_mechanism(struct span line)
{
	static const char *const lines[] = {"m3 AUTHENTICATE PLAIN", "m3 AUTHENTICATE LOGIN", "AUTH PLAIN", "AUTH LOGIN"};

	for (size_t i = 0; i < ARRAY_LENGTH(lines); i++) {
		if (span_equals_text(line, lines[i]))
			return true;
	}
	return false;
}

/* A conversation of the ladder says nothing but the upgrade, what it injects, and goodbye. */
static bool is_too_much_for_brief(struct span line)
{
	return span_contains_text_ignoring_case(line, "CAPABILITY") || span_contains_text_ignoring_case(line, "AUTH") ||
	       span_contains_text_ignoring_case(line, " ID ") || span_equals_text(line, "*");
}

static bool check_sent(const struct session_plan *plan, struct span sent, struct error *error)
{
	bool is_plain = !plan->injects && !plan->confirms && !plan->asks_identity;
	bool is_exchange_open = false, was_auth = false;

	if (!session_may_send_by(plan, sent) || (is_plain && !session_may_send(sent)))
		return error_set(error, "the gate does not allow what was sent");
	while (sent.size > 0) {
		size_t end = span_find_byte(sent, '\r');
		struct span line = span_part(sent, 0, end);
		bool opens = plan->confirms && is_mechanism(line), cancels = span_equals_text(line, "*");

		if (!opens && is_forbidden(line))
			return error_set(error, "a forbidden command was sent: %.*s", (int)end, (const char *)sent.data);
		if (plan->is_brief && is_too_much_for_brief(line))
			return error_set(error, "a brief plan said: %.*s", (int)end, (const char *)sent.data);
		if (cancels && !is_exchange_open && !was_auth)
			return error_set(error, "something was cancelled that was not begun");
		is_exchange_open = opens;
		was_auth = span_equals_text(line, "AUTH");
		sent = span_part(sent, end + 2, sent.size);
	}
	return true;
}

/* A finished conversation has an ending; what is never answered is never absent or refused (rule D-9). */
static bool check_observation(const struct observation *observation, struct error *error)
{
	bool is_upgrade_answered = observation->upgrade != UPGRADE_NOT_ASKED && observation->upgrade != UPGRADE_UNANSWERED;

	if (observation->ending == ENDING_NONE)
		return error_set(error, "it has no ending");
	if (is_upgrade_answered && observation->upgrade_reply.size == 0)
		return error_set(error, "the upgrade counts as answered without a reply");
	if (observation->starttls_advertised == PRESENCE_ABSENT && !observation->capabilities_before_known &&
	    !observation->capabilities_before.overflowed && (observation->flags & OBSERVED_CAPABILITY_REFUSED) == 0)
		return error_set(error, "STARTTLS counts as absent although no list was complete");
	return true;
}

static bool play(const struct scenario *scenario, size_t chunk_size, struct result *result, struct error *error)
{
	struct observation observation;
	bool is_good = scenario_run(scenario, chunk_size, &observation, &result->transcript, &result->sent, error) &&
	               scenario_compare(scenario, &observation, error) && check_observation(&observation, error) &&
	               check_sent(&scenario->plan, buffer_view(&result->sent), error);

	scenario_describe(&observation, &result->observation);
	observation_done(&observation);
	if (!is_good)
		return error_prefix(error, "in chunks of %zu", chunk_size);
	if (result->transcript.bytes.overflowed)
		return chunk_size < 16 || error_set(error, "the transcript is too small");
	return true;
}

static bool replay(const struct result *live, size_t chunk_size, struct result *result, struct error *error)
{
	struct observation observation;
	bool is_good = session_replay(buffer_view(&live->transcript.bytes), &observation, &result->sent, error);

	scenario_describe(&observation, &result->observation);
	observation_done(&observation);
	return is_good || error_prefix(error, "replay of the transcript made in chunks of %zu", chunk_size);
}

static bool is_same(const struct result *a, const struct result *b, const char *what, size_t chunk_size, struct error *error)
{
	if (!span_equals(buffer_view(&a->observation), buffer_view(&b->observation)))
		return error_set(error, "%s in chunks of %zu gives another observation", what, chunk_size);
	if (!span_equals(buffer_view(&a->sent), buffer_view(&b->sent)))
		return error_set(error, "%s in chunks of %zu says something else", what, chunk_size);
	return true;
}

/* A transcript as scenario, played, expects what it shows. */
static bool check_as_scenario(const struct result *live, struct error *error)
{
	struct scenario scenario;
	struct result again;
	struct buffer text;
	bool is_good;

	buffer_init(&text, SCENARIO_TEXT_MAX);
	result_init(&again);
	is_good = scenario_from_transcript(buffer_view(&live->transcript.bytes), &text, error) &&
	          scenario_parse(buffer_view(&text), &scenario, error);
	if (is_good) {
		is_good = play(&scenario, 0, &again, error) && is_same(live, &again, "the transcript as scenario", 0, error);
		scenario_done(&scenario);
	}
	buffer_done(&text);
	result_done(&again);
	return is_good || error_prefix(error, "as scenario");
}

static bool check_chunk_size(const struct scenario *scenario, const struct result *whole, size_t chunk_size, struct error *error)
{
	struct result live, replayed;
	bool is_good;

	result_init(&live);
	result_init(&replayed);
	is_good = play(scenario, chunk_size, &live, error) && is_same(whole, &live, "playing", chunk_size, error);
	if (is_good && !live.transcript.bytes.overflowed)
		is_good = replay(&live, chunk_size, &replayed, error) && is_same(whole, &replayed, "replaying", chunk_size, error);
	result_done(&live);
	result_done(&replayed);
	return is_good;
}

static bool check_scenario(const struct scenario *scenario, struct error *error)
{
	struct result whole;
	bool is_good, is_large = scenario->bytes.size > LARGE_SCENARIO;

	if (scenario->expectation_count == 0)
		return error_set(error, "it expects nothing");
	result_init(&whole);
	is_good = play(scenario, 0, &whole, error) && check_as_scenario(&whole, error) && check_chunk_size(scenario, &whole, 0, error);
	for (size_t size = 1; size <= CHUNK_SIZES_ALL && is_good && !is_large; size++)
		is_good = check_chunk_size(scenario, &whole, size, error);
	for (size_t i = 0; i < ARRAY_LENGTH(SIZES) && is_good && !is_large; i++)
		is_good = check_chunk_size(scenario, &whole, SIZES[i], error);
	for (size_t i = 0; i < ARRAY_LENGTH(FEW_SIZES) && is_good && is_large; i++)
		is_good = check_chunk_size(scenario, &whole, FEW_SIZES[i], error);
	result_done(&whole);
	return is_good;
}

static bool check_file(const char *path, struct error *error)
{
	static unsigned char text[FILE_SIZE_MAX];
	FILE *file = fopen(path, "rb");
	struct scenario scenario;
	size_t size;
	bool is_good;

	if (file == NULL)
		return error_set(error, "cannot be opened");
	size = fread(text, 1, sizeof(text), file);
	(void)fclose(file);
	is_good = scenario_parse(span_make(text, size), &scenario, error) && check_scenario(&scenario, error);
	scenario_done(&scenario);
	return is_good;
}

static int is_scenario(const struct dirent *entry)
{
	size_t size = strlen(entry->d_name), ending = strlen(".scenario");

	return size > ending && strcmp(entry->d_name + size - ending, ".scenario") == 0;
}

/* True when it is as it should be. */
static bool tell(int number, const char *path)
{
	struct error error = {""};
	const char *slash = strrchr(path, '/');
	bool is_good = check_file(path, &error);

	(void)printf("%s %d - %s\n", is_good ? "ok" : "not ok", number, slash != NULL ? slash + 1 : path);
	if (!is_good)
		(void)printf("# %s\n", error.text);
	return is_good;
}

static int play_folder(const char *folder, struct dirent **entries, int count)
{
	int failures = 0;

	(void)printf("1..%d\n", count);
	for (int i = 0; i < count; i++) {
		char path[4096];

		(void)snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		failures += tell(i + 1, path) ? 0 : 1;
		free(entries[i]);
	}
	free(entries);
	return failures == 0 && count > 0 ? 0 : 1;
}

int main(int count, char **arguments)
{
	struct dirent **entries;
	int failures = 0, found = count == 2 ? scandir(arguments[1], &entries, is_scenario, alphasort) : -1;

	if (found >= 0)
		return play_folder(arguments[1], entries, found);
	(void)printf("1..%d\n", count - 1);
	for (int i = 1; i < count; i++)
		failures += tell(i, arguments[i]) ? 0 : 1;
	return failures == 0 && count > 1 ? 0 : 1;
}
