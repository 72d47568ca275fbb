/* SPDX-License-Identifier: ISC */
/* What our own look makes of a claim of somebody else: a pure question. */
#ifndef APP_CLAIM_CHECK_H
#define APP_CLAIM_CHECK_H

#include <stdbool.h>

#include "classify/change.h"
#include "reported/claim.h"

enum claim_outcome {
	CLAIM_AGREES,
	CLAIM_DISAGREES,
	CLAIM_UNVERIFIED, /* not asked, or could not be told: no word for or against it */
};
enum { CLAIM_OUTCOME_COUNT = CLAIM_UNVERIFIED + 1 };

/* Why; one word each for programs, one clause for people. */
enum claim_reason {
	REASON_NONE,           /* it agrees */
	REASON_CLOSED_NOW,     /* said to be open: nothing answers */
	REASON_OPEN_NOW,       /* said to be closed: something answers */
	REASON_NOT_MAIL,       /* something else than POP3 or IMAP speaks */
	REASON_OTHER_PROTOCOL, /* IMAP where POP3 was claimed, or the reverse */
	REASON_HAS_TLS,        /* said to be without: TLS works */
	REASON_WITHOUT_TLS,    /* said to have TLS: it lets people log in without */
	REASON_NO_LOGIN,       /* said to be without TLS: nobody can log in */
	REASON_TLS_BROKEN,     /* said to have TLS: it does not come up */
	REASON_TLS_UNCERTAIN, /* said to be without TLS: it is offered and does not come up, and whether one can log in without is not known */
	REASON_COULD_NOT_TELL, /* asked, and could not tell */
	REASON_NOT_ASKED,      /* see enum reach */
};
enum { CLAIM_REASON_COUNT = REASON_NOT_ASKED + 1 };

const char *claim_outcome_name(enum claim_outcome outcome);  /* "agrees", "disagrees", "not-verified" */
const char *claim_reason_name(enum claim_reason reason);     /* "closed-now", ...; "" for none */
const char *claim_reason_sentence(enum claim_reason reason); /* "nothing answers there now", ... */

struct claim_judgement {
	enum claim_outcome outcome;
	enum claim_reason reason;
};

/* standing: of the endpoint in the census; protocol: what was heard there (WIRE_UNKNOWN: not known); has_accepted: with STANDING_UNTOLD, it is known that a
   connection came up. */
struct claim_judgement claim_check(const struct claim *claim, enum standing standing, enum wire_protocol protocol, bool has_accepted);

#endif
