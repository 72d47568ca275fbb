/* SPDX-License-Identifier: ISC */
/* What became of a service and of a host between two looks: a pure question. Each class needs positive evidence from both looks; where one of them does not tell,
   the answer is that it cannot be said. That nothing answers any more is no repair. */
#ifndef CLASSIFY_CHANGE_H
#define CLASSIFY_CHANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/span.h"
#include "classify/host.h"
#include "model/verdict.h"

/* What one look says of an endpoint, as far as a comparison needs it. */
enum standing {
	STANDING_UNASKED, /* not contacted, or not known to be: out of scope, another's share, not finished */
	STANDING_UNTOLD,  /* asked, and could not tell; a host that accepts everything tells nothing of what is behind it either */
	STANDING_SILENT,  /* asked, nothing accepted */
	STANDING_OTHER,   /* something else than POP3 or IMAP */
	STANDING_WITHOUT_TLS,
	STANDING_OPTIONAL,  /* TLS works, and a password may be sent without it */
	STANDING_UNCLEAR,   /* TLS works; whether a password may be sent without it is not known */
	STANDING_BROKEN,    /* TLS does not come up; whether a password may be sent without it is not known */
	STANDING_SHUT,      /* nobody can log in: no TLS, and no login without it */
	STANDING_LEGACY,    /* logins are protected by nothing newer than TLS 1.1 */
	STANDING_PROTECTED, /* TLS was proven, and no password is taken before it */
};

/* A judged service (after host_judge); tls_proven: TLS came up in some conversation. */
enum standing standing_of_service(const struct host_service *service, bool tls_proven);
const char *standing_name(enum standing standing); /* "unasked", "untold", ... */

enum change {
	CHANGE_NONE, /* nothing is known to be there in either look; counted nowhere */
	CHANGE_UNCHANGED,
	CHANGE_CHANGED,   /* something else that was seen differs */
	CHANGE_NEW,       /* answers; did not answer when it was asked before */
	CHANGE_GONE,      /* does not answer any more: not fixed */
	CHANGE_FIXED,     /* was without TLS, protects its logins now: reached and proven */
	CHANGE_REGRESSED, /* took no password in clear before and does now, or had TLS and is without it now */
	CHANGE_UNTOLD,    /* cannot be said: not asked in one of the looks, or one of them could not tell */
};
enum { CHANGE_COUNT = CHANGE_UNTOLD + 1 };

const char *change_name(enum change change); /* "unchanged", ..., "cannot-say"; CHANGE_NONE: "none" */
bool change_parse(struct span name, enum change *change_out) MUST_CHECK;

/* One endpoint in both looks. */
struct service_pair {
	enum standing old, new;
	bool is_different; /* verdict, login, protocol, certificate or software differ where both looks saw them */
	enum change change;
};

/* Fills change. */
void service_pair_judge(struct service_pair *pair);
/* Of all endpoints of one address, judged already. Ports that only one look asked for do not make a host better or worse; they can make the answer CHANGE_UNTOLD. */
enum change host_change_judge(const struct service_pair *pairs, size_t count);

#endif
