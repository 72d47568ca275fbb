/* SPDX-License-Identifier: ISC */
/* Dialogues as text files: what a server says, what we must say, what must have been observed. mailcensus-scenario(5) is the description for people.

     # why, which rule, where it comes from
     plan: expected=imap tls=upgrade      first of all; words as of session_plan_parse
     S: * OK ready                        the server says this line (\r\n is added); escapes \r \n \t \\ \xHH
     S| half a line                       the same without a line end
     S*300: X-CAPABILITY                  300 times (S*9000| a likewise)
     C: m1 CAPABILITY                     we must have said exactly this line by now, and nothing else
     TLS: outcome=proven hello=h1         TLS came to this; words as of tls_observation_parse
     TLS-OVER: outcome=proven hello=session   the same, but it did not come up (rule T-23)
     EOF, RST                             end of stream, reset
     QUIET                                the timer that waits for quiet runs out
     DEADLINE                             any other limit runs out
     expect: ending=complete              one field of the observation

   Lines of S that follow each other are one stream of bytes: the player cuts it as it likes. */
#ifndef PROTOCOL_SCENARIO_H
#define PROTOCOL_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/span.h"
#include "model/transcript.h"
#include "protocol/session.h"

enum {
	SCENARIO_BYTES_MAX = 4 * 1024 * 1024, /* of a whole scenario, repetitions counted */
	SCENARIO_STEPS_MAX = 65536,
	SCENARIO_TEXT_MAX = 1024 * 1024, /* enough for scenario_from_transcript */
};

struct scenario_step;
struct scenario_expectation;

struct scenario {
	struct session_plan plan;
	struct buffer bytes; /* what the steps and expectations point into */
	struct scenario_step *steps;
	size_t step_count, step_capacity;
	struct scenario_expectation *expectations;
	size_t expectation_count;
};

/* False: the text is no scenario; error says where. The caller frees with scenario_done in either case. */
bool scenario_parse(struct span text, struct scenario *scenario_out, struct error *error) MUST_CHECK;
void scenario_done(struct scenario *scenario);
/* Plays it, the server's bytes in reads of chunk_size (0: as large as they come). observation_out is initialised here; the caller calls observation_done in
   either case. transcript_out (initialised by the caller) and sent_out may be NULL. False: we said something else than C, or an event did not fit. */
bool scenario_run(const struct scenario *scenario, size_t chunk_size, struct observation *observation_out,
                  struct transcript *transcript_out, struct buffer *sent_out, struct error *error) MUST_CHECK;
/* Holds the expectations against what was observed. */
bool scenario_compare(const struct scenario *scenario, const struct observation *observation, struct error *error) MUST_CHECK;
/* All fields of an observation as rows "expect: key=value\n": equal texts are equal observations. */
void scenario_describe(const struct observation *observation, struct buffer *out);
/* A stored transcript as a scenario that expects what it shows. False: the transcript is damaged; out then holds what could be read. */
bool scenario_from_transcript(struct span transcript, struct buffer *out, struct error *error) MUST_CHECK;

/* Plays a stored transcript through a fresh session: the same observation that was made then. observation_out is initialised here; the caller calls
   observation_done in either case. sent_out (may be NULL) gets what we say. False: the transcript is damaged or no conversation; what it gave until there is in observation_out. */
bool session_replay(struct span transcript, struct observation *observation_out, struct buffer *sent_out, struct error *error) MUST_CHECK;

#endif
