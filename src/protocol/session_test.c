/* SPDX-License-Identifier: ISC */
/* What a session promises beyond its dialogues: the gate, the plan as words, timers, events that do not fit, size, and damaged transcripts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/machine.h"
#include "protocol/scenario.h"
#include "protocol/session.h"

static const struct session_plan IMAP_PLAN = {.expected = WIRE_IMAP, .tls = SESSION_TLS_UPGRADE};
static const struct session_plan FIRST_PLAN = {.expected = WIRE_IMAP, .tls = SESSION_TLS_FIRST};

static bool may_send(const char *text)
{
	return session_may_send(span_from_text(text));
}

static void the_gate_lets_through_what_the_rulebook_allows(void **state)
{
	static const char *const allowed[] = {
		"",
		"CAPA\r\n",
		"AUTH\r\n",
		"*\r\n",
		"STLS\r\n",
		"QUIT\r\n",
		"m1 CAPABILITY\r\n",
		"m4 STARTTLS\r\n",
		"m5 CAPABILITY\r\n",
		"m9 LOGOUT\r\n",
		"m2 ID (\"name\" \"mailcensus\" \"support-url\" \"https://example.org/\")\r\n",
		"CAPA\r\nQUIT\r\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(allowed); i++)
		assert_true(may_send(allowed[i]));
}

static void the_gate_stops_everything_else(void **state)
{
	static const char *const forbidden[] = {
		"USER\r\n",
		"USER x\r\n",
		"PASS\r\n",
		"PASS x\r\n",
		"APOP x y\r\n",
		"AUTH PLAIN\r\n",
		"AUTH \r\n",
		"AUTH LOGIN dGVzdA==\r\n",
		"m1 LOGIN a b\r\n",
		"m3 AUTHENTICATE PLAIN\r\n",
		"m3 AUTHENTICATE PLAIN =\r\n",
		"MAIL FROM:<>\r\n",
		"RCPT TO:<x>\r\n",
		"VRFY x\r\n",
		"EXPN x\r\n",
		"m1 SELECT INBOX\r\n",
		"m1 LIST \"\" *\r\n",
		"LIST\r\n",
		"NOOP\r\n",
		"m6 NOOP\r\n",
		"capa\r\n",
		"CAPA",
		"CAPA\r",
		"CAPA\n",
		"\r\n",
		"\n",
		" CAPA\r\n",
		"CAPA \r\n",
		"CAPA\r\nUSER x\r\n",
		"QUIT\r\n\r\n",
		"**\r\n",
		"* \r\n",
		"dGVzdA==\r\n",
		"m4 STARTTLS\r\nm1 LOGIN a b\r\n",
		"m2 ID NIL\r\n",
		"m2 ID (\"name\" \"mailcensus\" \"support-url\" \"\")\r\n",
		"m2 ID (\"name\" \"mailcensus\" \"support-url\" \"a\" \"b\")\r\n",
		"m2 ID (\"name\" \"mailcensus\" \"support-url\" \"a b\")\r\n",
		"m2 ID (\"name\" \"mailcensus\" \"support-url\" \"a\\\")\r\n",
		"m2 ID (\"name\" \"mailcensus\" \"support-url\" \"a\rm1 LOGIN\")\r\n",
		"m2 ID (\"name\" \"mailcensus\" \"support-url\" \"a\nm1 LOGIN x y\")\r\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(forbidden); i++) {
		if (may_send(forbidden[i]))
			fail_msg("the gate lets through: %s", forbidden[i]);
	}
	assert_false(session_may_send(span_make("CAPA\0\r\n", 7)));
	assert_false(session_may_send(span_make("\x80\r\n", 3)));
}

static bool may_send_by(const char *plan_text, const char *text)
{
	struct session_plan plan;

	assert_true(session_plan_parse(span_from_text(plan_text), &plan));
	return session_may_send_by(&plan, span_from_text(text));
}

struct gated {
	const char *plan, *allowed;
};

static void what_a_plan_does_not_want_is_not_sent(void **state)
{
	static const struct gated rows[] = {
		{"expected=pop3 bare-auth=yes", "AUTH\r\n"},
		{"expected=pop3 bare-auth=yes", "*\r\n"},
		{"expected=pop3 confirm=yes", "*\r\n"},
		{"expected=pop3 confirm=yes", "AUTH PLAIN\r\n"},
		{"expected=pop3 confirm=yes", "AUTH LOGIN\r\n"},
		{"expected=imap confirm=yes", "m3 AUTHENTICATE PLAIN\r\n"},
		{"expected=imap confirm=yes", "m3 AUTHENTICATE LOGIN\r\n"},
		{"expected=imap identity=yes", "m2 ID NIL\r\n"},
		{"expected=imap inject=mcAbCdEf", "mcAbCdEf NOOP\r\n"},
		{"expected=imap inject=mcAbCdEf", "m4 STARTTLS\r\nmcAbCdEf NOOP\r\n"},
		{"expected=imap inject=mcAbCdEf brief=yes", "m6 NOOP\r\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		if (!may_send_by(rows[i].plan, rows[i].allowed))
			fail_msg("%s does not let through: %s", rows[i].plan, rows[i].allowed);
		assert_false(may_send_by("expected=imap brief=yes", rows[i].allowed));
		assert_false(may_send_by("expected=imap", rows[i].allowed));
	}
	assert_true(may_send_by("expected=imap", "m1 CAPABILITY\r\n") && may_send_by("expected=imap", "CAPA\r\n"));
	assert_true(may_send_by("expected=pop3 inject=yes brief=yes", "STLS\r\nCAPA\r\n"));
	assert_false(may_send_by("expected=pop3 brief=yes", "CAPA\r\n"));
	assert_true(may_send_by("expected=imap brief=yes", "m4 STARTTLS\r\nm9 LOGOUT\r\nSTLS\r\nQUIT\r\n"));
}

static void no_plan_lets_through_more_than_it_names(void **state)
{
	static const char *const forbidden[] = {
		"m3 AUTHENTICATE PLAIN =\r\n",
		"m3 AUTHENTICATE PLAIN AGEAYg==\r\n",
		"m3 AUTHENTICATE NTLM\r\n",
		"m3 AUTHENTICATE plain\r\n",
		"m1 AUTHENTICATE PLAIN\r\n",
		"m3 AUTHENTICATE PLAIN \r\n",
		"AUTH PLAIN =\r\n",
		"AUTH PLAIN AGEAYg==\r\n",
		"AUTH CRAM-MD5\r\n",
		"AUTH LOGIN \r\n",
		"**\r\n",
		"* \r\n",
		"AGEAYg==\r\n",
		"mcAbCdEf LOGIN a b\r\n",
		"mcAbCdEf NOOP x\r\n",
		"mcAbCdEg NOOP\r\n",
		"mcabcdef NOOP\r\n",
		"m7 NOOP\r\n",
		"m6 NOOP \r\n",
		"NOOP\r\n",
		"m2 ID nil\r\n",
		"m2 ID ()\r\n",
		"USER\r\n",
		"m1 LOGIN a b\r\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(forbidden); i++) {
		if (may_send_by("expected=imap bare-auth=yes confirm=yes identity=yes inject=mcAbCdEf", forbidden[i]))
			fail_msg("the gate lets through: %s", forbidden[i]);
	}
}

static void a_tag_that_is_none_injects_nothing(void **state)
{
	struct session_plan plan = {.expected = WIRE_IMAP, .injects = true, .injection_tag = "mcAb dEf"};

	(void)state;
	assert_false(session_may_send_by(&plan, span_from_text("mcAb dEf NOOP\r\n")));
	memcpy(plan.injection_tag, "m1AbCdEf", 9);
	assert_false(session_may_send_by(&plan, span_from_text("m1AbCdEf NOOP\r\n")));
	memset(plan.injection_tag, 0, sizeof(plan.injection_tag));
	assert_false(session_may_send_by(&plan, span_from_text(" NOOP\r\n")));
	assert_true(session_may_send_by(&plan, span_from_text("m6 NOOP\r\n")));
}

static void a_tag_of_any_bytes_is_good(void **state)
{
	char tag[SESSION_INJECTION_TAG_SIZE];

	(void)state;
	for (unsigned byte = 0; byte < 256; byte++) {
		unsigned char random[SESSION_INJECTION_LETTERS] = {(unsigned char)byte, 0, 51, 52, 255, (unsigned char)(byte * 7)};

		session_make_injection_tag(random, tag);
		assert_true(session_injection_tag_is_good(tag));
		assert_int_equal(strlen(tag), SESSION_INJECTION_TAG_SIZE - 1);
	}
	session_make_injection_tag((const unsigned char[]){0, 25, 26, 51, 52, 77}, tag);
	assert_string_equal(tag, "mcAZazAZ");
}

static void an_address_that_would_break_out_of_its_quotes_is_not_sent(void **state)
{
	static const char *const bad[] = {"a\"b", "a\\b", "a\r\nm1 LOGIN x y", "a b", "\x80"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		struct session_plan plan = {.expected = WIRE_IMAP, .tls = SESSION_TLS_NONE};
		struct observation observation;
		struct session *session;
		struct buffer out;

		memcpy(plan.support_url, bad[i], strlen(bad[i]) + 1);
		observation_init(&observation);
		buffer_init(&out, 1000);
		session = session_new(&plan, &observation);
		(void)session_step(session, SESSION_BYTES, span_from_text("* OK [CAPABILITY IMAP4rev1 ID] hi\r\n"), NULL, &out);
		(void)session_step(session, SESSION_DEADLINE, span_make(NULL, 0), NULL, &out);
		assert_string_equal(buffer_text(&out), "m9 LOGOUT\r\n");
		session_free(session);
		buffer_done(&out);
		observation_done(&observation);
	}
}

static void a_plan_survives_as_words(void **state)
{
	static const char all_words[] =
		"expected=imap tls=upgrade pace=fast bare-auth=no brief=yes identity=yes confirm=yes canary=yes answer=bare "
		"inject=mcAbCdEf";
	static const char *const plans[] = {
		"expected=imap tls=upgrade pace=fast bare-auth=no",
		"expected=pop3 tls=none pace=slow bare-auth=yes",
		"expected=pop3 tls=first pace=fast bare-auth=yes support-url=https://example.org/x",
		all_words,
		"expected=pop3 tls=upgrade pace=fast bare-auth=no support-url=https://example.org/x inject=yes",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(plans); i++) {
		struct session_plan plan;
		struct buffer text;

		buffer_init(&text, 1000);
		assert_true(session_plan_parse(span_from_text(plans[i]), &plan));
		session_plan_format(&plan, &text);
		assert_string_equal(buffer_text(&text), plans[i]);
		buffer_done(&text);
	}
}

static void words_that_are_no_plan_are_refused(void **state)
{
	static const char *const bad[] = {"",
	                                  "tls=upgrade",
	                                  "expected=smtp tls=none",
	                                  "expected=imap tls=later",
	                                  "expected=imap brief=perhaps",
	                                  "expected=imap identity=",
	                                  "expected=imap confirm=PLAIN",
	                                  "expected=imap inject=mc",
	                                  "expected=imap inject=mcAbCdE1",
	                                  "expected=imap inject=mcAbCdEfG",
	                                  "expected=imap inject=xxAbCdEf",
	                                  "expected=imap pace=quick",
	                                  "expected=imap bare-auth=perhaps",
	                                  "expected=imap tls",
	                                  "expected=imap tls="};
	struct session_plan plan = {.expected = WIRE_SSH};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
		assert_false(session_plan_parse(span_from_text(bad[i]), &plan));
	assert_int_equal(plan.expected, WIRE_SSH);
	assert_true(session_plan_parse(span_from_text("port=143 expected=imap tls=upgrade"), &plan));
}

/* A session and its surroundings. */
struct fixture {
	struct observation observation;
	struct buffer out;
	struct session *session;
};

static void begin(struct fixture *fixture, const struct session_plan *plan)
{
	observation_init(&fixture->observation);
	buffer_init(&fixture->out, 4096);
	fixture->session = session_new(plan, &fixture->observation);
}

static void end(struct fixture *fixture)
{
	session_free(fixture->session);
	buffer_done(&fixture->out);
	observation_done(&fixture->observation);
}

static enum session_want give(struct fixture *fixture, enum session_event event)
{
	return session_step(fixture->session, event, span_make(NULL, 0), NULL, &fixture->out);
}

static enum session_want say(struct fixture *fixture, const char *text)
{
	return session_step(fixture->session, SESSION_BYTES, span_from_text(text), NULL, &fixture->out);
}

static void check_timer(const struct fixture *fixture, unsigned limit_ms, bool since_bytes)
{
	assert_int_equal(session_timer(fixture->session).limit_ms, limit_ms);
	assert_int_equal(session_timer(fixture->session).since_bytes, since_bytes);
}

static void timers_are_those_of_the_rulebook(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, &IMAP_PLAN);
	(void)give(&fixture, SESSION_CONNECTED);
	check_timer(&fixture, SESSION_GREETING_MS, false);
	(void)say(&fixture, "* OK [CAPABILITY IMAP4rev1 STARTTLS] hi\r\n");
	check_timer(&fixture, SESSION_GREETING_QUIET_MS, true);
	(void)give(&fixture, SESSION_DEADLINE);
	check_timer(&fixture, SESSION_REPLY_MS, false);
	assert_int_equal(say(&fixture, "m4 OK\r\n"), SESSION_WANTS_TLS);
	check_timer(&fixture, 0, false);
	assert_int_equal(give(&fixture, SESSION_TLS_READY), SESSION_WANTS_BYTES);
	check_timer(&fixture, SESSION_AFTER_TLS_QUIET_MS, true);
	(void)give(&fixture, SESSION_DEADLINE);
	check_timer(&fixture, SESSION_REPLY_MS, false);
	(void)say(&fixture, "* CAPABILITY IMAP4rev1\r\nm5 OK\r\n");
	check_timer(&fixture, SESSION_LEAVING_MS, false);
	assert_int_equal(give(&fixture, SESSION_CLOSED), SESSION_IS_FINISHED);
	check_timer(&fixture, 0, false);
	end(&fixture);
}

static void the_serial_changes_with_what_is_awaited_and_not_with_bytes(void **state)
{
	struct fixture fixture;
	unsigned greeting, reply;

	(void)state;
	begin(&fixture, &IMAP_PLAN);
	(void)give(&fixture, SESSION_CONNECTED);
	greeting = session_timer(fixture.session).serial;
	(void)say(&fixture, "* OK Waiting for authentication process to respond..\r\n* OK");
	assert_int_equal(session_timer(fixture.session).serial, greeting);
	(void)say(&fixture, " hi\r\n");
	assert_int_not_equal(session_timer(fixture.session).serial, greeting);
	(void)give(&fixture, SESSION_DEADLINE);
	reply = session_timer(fixture.session).serial;
	(void)say(&fixture, "* CAPABILITY IMAP4rev1\r\n* OK still\r\n");
	assert_int_equal(session_timer(fixture.session).serial, reply);
	end(&fixture);
}

static void the_slow_pass_waits_longer_for_a_greeting(void **state)
{
	struct session_plan plan = IMAP_PLAN;
	struct fixture fixture;

	(void)state;
	plan.is_slow = true;
	begin(&fixture, &plan);
	(void)give(&fixture, SESSION_CONNECTED);
	check_timer(&fixture, SESSION_GREETING_SLOW_MS, false);
	end(&fixture);
}

static void bytes_behind_an_agreement_are_left_to_the_driver(void **state)
{
	struct span input = span_from_text("m4 OK\r\n\x15\x03\x01");
	struct fixture fixture;
	size_t consumed;

	(void)state;
	begin(&fixture, &IMAP_PLAN);
	(void)say(&fixture, "* OK [CAPABILITY STARTTLS] hi\r\n");
	(void)give(&fixture, SESSION_DEADLINE);
	assert_int_equal(session_step(fixture.session, SESSION_BYTES, input, &consumed, &fixture.out), SESSION_WANTS_TLS);
	assert_int_equal(consumed, 7);
	input = span_part(input, consumed, input.size);
	assert_int_equal(session_step(fixture.session, SESSION_BYTES, input, &consumed, &fixture.out), SESSION_WANTS_TLS);
	assert_int_equal(consumed, 0);
	end(&fixture);
}

static void events_that_do_not_fit_change_nothing(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, &IMAP_PLAN);
	assert_int_equal(give(&fixture, SESSION_TLS_READY), SESSION_WANTS_BYTES);
	assert_int_equal(give(&fixture, SESSION_TLS_FAILED), SESSION_WANTS_BYTES);
	assert_int_equal(give(&fixture, SESSION_CONNECTED), SESSION_WANTS_BYTES);
	assert_int_equal(fixture.observation.ending, ENDING_NONE);
	assert_int_equal(give(&fixture, SESSION_CLOSED), SESSION_IS_FINISHED);
	assert_int_equal(fixture.observation.ending, ENDING_CLOSED_SILENT);
	assert_int_equal(say(&fixture, "* OK too late\r\n"), SESSION_IS_FINISHED);
	assert_int_equal(give(&fixture, SESSION_RESET), SESSION_IS_FINISHED);
	assert_int_equal(fixture.observation.ending, ENDING_CLOSED_SILENT);
	session_abandon(fixture.session);
	assert_int_equal(fixture.observation.ending, ENDING_CLOSED_SILENT);
	end(&fixture);
}

static void giving_up_is_an_ending_of_our_own(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, &IMAP_PLAN);
	(void)say(&fixture, "* OK hi\r\n");
	session_abandon(fixture.session);
	assert_int_equal(fixture.observation.ending, ENDING_LOCAL_FAILURE);
	assert_int_equal(give(&fixture, SESSION_DEADLINE), SESSION_IS_FINISHED);
	assert_int_equal(fixture.out.size, 0);
	end(&fixture);
}

/* At the end of the whole conversation the deadline is given until it is finished: that must not take long. */
static void repeated_deadlines_end_every_conversation(void **state)
{
	static const char *const said[] = {"",
	                                   "* OK",
	                                   "* OK hi\r\n",
	                                   "+OK\r\n",
	                                   "+OK\r\n+OK\r\nUSER\r\n",
	                                   "+OK\r\n-ERR\r\n+OK\r\nPLAIN\r\n",
	                                   "+OK\r\n-ERR\r\n+ \r\n",
	                                   "220 x\r\n",
	                                   "\x01",
	                                   "* BYE\r\n",
	                                   "+OK\r\n+OK\r\nSASL PLAIN\r\n.\r\n",
	                                   "* OK [CAPABILITY AUTH=PLAIN] hi\r\n",
	                                   "+OK\r\n-ERR\r\n"};

	(void)state;
	for (size_t i = 0; i < 3 * ARRAY_LENGTH(said); i++) {
		struct session_plan plan = IMAP_PLAN;
		struct fixture fixture;
		int deadlines = 0;

		plan.may_bare_auth = true;
		plan.confirms = i >= ARRAY_LENGTH(said);
		plan.is_brief = plan.injects = i >= 2 * ARRAY_LENGTH(said);
		memcpy(plan.injection_tag, "mcAbCdEf", sizeof(plan.injection_tag));
		begin(&fixture, &plan);
		(void)say(&fixture, said[i % ARRAY_LENGTH(said)]);
		while (give(&fixture, SESSION_DEADLINE) != SESSION_IS_FINISHED)
			assert_true(++deadlines < 4);
		end(&fixture);
	}
}

static void tls_first_is_wanted_at_once(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, &FIRST_PLAN);
	assert_int_equal(give(&fixture, SESSION_CONNECTED), SESSION_WANTS_TLS);
	fixture.observation.tls = (struct tls_observation){.outcome = TLS_ALERT, .hello = TLS_HELLO_H1};
	assert_int_equal(session_event_of_tls(&fixture.observation.tls), SESSION_TLS_FAILED);
	assert_int_equal(give(&fixture, SESSION_TLS_FAILED), SESSION_IS_FINISHED);
	assert_int_equal(fixture.observation.ending, ENDING_TLS_FAILED);
	assert_int_equal(fixture.observation.tls.outcome, TLS_ALERT);
	end(&fixture);
}

/* Rule J-2: they can only share a segment when they leave in one piece. */
static void what_is_injected_leaves_with_starttls(void **state)
{
	struct session_plan plan = {
		.expected = WIRE_IMAP, .tls = SESSION_TLS_UPGRADE, .is_brief = true, .injects = true, .injection_tag = "mcAbCdEf"};
	struct fixture fixture;

	(void)state;
	begin(&fixture, &plan);
	(void)say(&fixture, "* OK hi\r\n");
	assert_string_equal(buffer_text(&fixture.out), "m4 STARTTLS\r\nmcAbCdEf NOOP\r\n");
	buffer_clear(&fixture.out);
	assert_int_equal(say(&fixture, "m4 OK\r\n"), SESSION_WANTS_TLS);
	assert_int_equal(give(&fixture, SESSION_TLS_READY), SESSION_WANTS_BYTES);
	check_timer(&fixture, SESSION_INJECTION_QUIET_MS, true);
	assert_int_equal(fixture.out.size, 0);
	(void)give(&fixture, SESSION_DEADLINE);
	check_timer(&fixture, SESSION_REPLY_MS, false);
	end(&fixture);
	plan.expected = WIRE_POP3;
	begin(&fixture, &plan);
	(void)say(&fixture, "+OK\r\n");
	assert_string_equal(buffer_text(&fixture.out), "STLS\r\nCAPA\r\n");
	end(&fixture);
}

static void a_brief_plan_marks_what_it_observes(void **state)
{
	struct session_plan plan = {.expected = WIRE_IMAP, .tls = SESSION_TLS_FIRST, .is_brief = true};
	struct fixture fixture;

	(void)state;
	begin(&fixture, &plan);
	assert_int_equal(fixture.observation.flags, OBSERVED_LADDER);
	end(&fixture);
}

static void a_session_that_waits_is_small(void **state)
{
	(void)state;
	assert_true(sizeof(struct session) + sizeof(struct observation) < 1024);
}

static void add(struct transcript *transcript, enum transcript_kind kind, const char *text)
{
	transcript_add(transcript, kind, 0, span_from_text(text));
}

static bool replays(const struct transcript *transcript, enum ending expected)
{
	struct observation observation;
	struct error error;
	bool is_good = session_replay(buffer_view(&transcript->bytes), &observation, NULL, &error);

	assert_int_equal(observation.ending, expected);
	assert_true(is_good || error.text[0] != '\0');
	observation_done(&observation);
	return is_good;
}

static void a_conversation_that_we_broke_off_is_a_local_failure(void **state)
{
	struct transcript transcript;

	(void)state;
	transcript_init(&transcript);
	add(&transcript, TRANSCRIPT_OPENING, "port=143 expected=imap tls=upgrade");
	add(&transcript, TRANSCRIPT_CONNECTED, "");
	add(&transcript, TRANSCRIPT_RECEIVED, "* OK hi\r\n");
	add(&transcript, TRANSCRIPT_LEFT, "");
	assert_true(replays(&transcript, ENDING_LOCAL_FAILURE));
	transcript_done(&transcript);
}

static void a_hello_that_nothing_followed_is_kept(void **state)
{
	struct transcript transcript;
	struct observation observation;

	(void)state;
	transcript_init(&transcript);
	add(&transcript, TRANSCRIPT_OPENING, "expected=imap tls=first");
	add(&transcript, TRANSCRIPT_CONNECTED, "");
	add(&transcript, TRANSCRIPT_HELLO, "h1");
	add(&transcript, TRANSCRIPT_DEADLINE, "");
	assert_true(session_replay(buffer_view(&transcript.bytes), &observation, NULL, NULL));
	assert_int_equal(observation.ending, ENDING_TIMED_OUT);
	assert_int_equal(observation.tls.hello, TLS_HELLO_H1);
	observation_done(&observation);
	transcript_done(&transcript);
}

static void damaged_transcripts_are_told(void **state)
{
	struct transcript transcript;

	(void)state;
	transcript_init(&transcript);
	assert_false(replays(&transcript, ENDING_NONE));
	add(&transcript, TRANSCRIPT_OPENING, "expected=imap tls=upgrade");
	assert_false(replays(&transcript, ENDING_NONE)); /* nothing happened */
	add(&transcript, TRANSCRIPT_CONNECTED, "");
	assert_false(replays(&transcript, ENDING_NONE)); /* breaks off */
	add(&transcript, TRANSCRIPT_TLS, "outcome=nonsense");
	assert_false(replays(&transcript, ENDING_NONE));
	buffer_clear(&transcript.bytes);
	add(&transcript, TRANSCRIPT_OPENING, "expected=imap tls=upgrade");
	add(&transcript, TRANSCRIPT_CLOSED, "");
	assert_true(replays(&transcript, ENDING_CLOSED_SILENT));
	buffer_append_byte(&transcript.bytes, 0xff);
	assert_false(replays(&transcript, ENDING_CLOSED_SILENT));
	transcript_done(&transcript);
}

static void texts_that_are_no_scenario_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"# only a comment\n",
		"S: x\n",
		"plan: expected=imap\nX: y\n",
		"plan: expected=imap tlss=none\n",
		"plan: expected=imap\nS: \\q\n",
		"plan: expected=imap\nexpect: nonsense=1\n",
		"plan: expected=imap\nexpect: ending\n",
		"plan: expected=imap\nTLS: x\n",
		"plan: expected=imap\nS*999999999: x\n",
		"plan: expected=imap\nS*: x\n",
		"plan: expected=imap\nS*100000| 12345678901234567890123456789012345678901234567890\n",
		"plan: expected=imap\nS:x\n",
		"plan: expected=imap\nEOF \n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		struct scenario scenario;
		struct error error = {""};

		if (scenario_parse(span_from_text(bad[i]), &scenario, &error))
			fail_msg("taken for a scenario: %s", bad[i]);
		assert_true(error.text[0] != '\0');
		scenario_done(&scenario);
	}
}

static void a_scenario_notices_what_is_not_as_expected(void **state)
{
	static const char *const wrong[] = {
		"plan: expected=imap\nS: * OK hi\nQUIET\nEOF\n",            /* we said something that is not expected */
		"plan: expected=imap\nS: * OK hi\nC: m1 CAPABILITY\nEOF\n", /* too early */
		"plan: expected=imap\nS: * OK hi\nDEADLINE\n",              /* it is a quiet that is awaited */
		"plan: expected=imap\nQUIET\n",
		"plan: expected=imap\nTLS: outcome=proven hello=h1\n",
		"plan: expected=imap\nEOF\nEOF\n",
		"plan: expected=imap\nS: * OK hi\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++) {
		struct scenario scenario;
		struct observation observation;

		assert_true(scenario_parse(span_from_text(wrong[i]), &scenario, NULL));
		assert_false(scenario_run(&scenario, 0, &observation, NULL, NULL, NULL));
		observation_done(&observation);
		scenario_done(&scenario);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_gate_lets_through_what_the_rulebook_allows),
		cmocka_unit_test(the_gate_stops_everything_else),
		cmocka_unit_test(what_a_plan_does_not_want_is_not_sent),
		cmocka_unit_test(no_plan_lets_through_more_than_it_names),
		cmocka_unit_test(a_tag_that_is_none_injects_nothing),
		cmocka_unit_test(a_tag_of_any_bytes_is_good),
		cmocka_unit_test(what_is_injected_leaves_with_starttls),
		cmocka_unit_test(a_brief_plan_marks_what_it_observes),
		cmocka_unit_test(an_address_that_would_break_out_of_its_quotes_is_not_sent),
		cmocka_unit_test(a_plan_survives_as_words),
		cmocka_unit_test(words_that_are_no_plan_are_refused),
		cmocka_unit_test(timers_are_those_of_the_rulebook),
		cmocka_unit_test(the_serial_changes_with_what_is_awaited_and_not_with_bytes),
		cmocka_unit_test(the_slow_pass_waits_longer_for_a_greeting),
		cmocka_unit_test(bytes_behind_an_agreement_are_left_to_the_driver),
		cmocka_unit_test(events_that_do_not_fit_change_nothing),
		cmocka_unit_test(giving_up_is_an_ending_of_our_own),
		cmocka_unit_test(repeated_deadlines_end_every_conversation),
		cmocka_unit_test(tls_first_is_wanted_at_once),
		cmocka_unit_test(a_session_that_waits_is_small),
		cmocka_unit_test(a_conversation_that_we_broke_off_is_a_local_failure),
		cmocka_unit_test(a_hello_that_nothing_followed_is_kept),
		cmocka_unit_test(damaged_transcripts_are_told),
		cmocka_unit_test(texts_that_are_no_scenario_are_refused),
		cmocka_unit_test(a_scenario_notices_what_is_not_as_expected),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
