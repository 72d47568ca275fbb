/* SPDX-License-Identifier: ISC */
/* What is decided of a service and of a host. "Could not tell" is a verdict of its own and never counted as "no TLS". */
#ifndef MODEL_VERDICT_H
#define MODEL_VERDICT_H

#include <stdbool.h>

#include "base/attributes.h"
#include "base/span.h"

enum verdict {
	VERDICT_UNKNOWN,               /* could not tell */
	VERDICT_CLOSED,                /* nothing accepts connections here */
	VERDICT_SLOW,                  /* accepts, but did not say enough in time */
	VERDICT_RATE_LIMITED,          /* refused for now; another time may tell */
	VERDICT_NOT_MAIL,              /* something else than POP3 or IMAP speaks here */
	VERDICT_NO_TLS,                /* POP3 or IMAP, TLS refused, login possible in clear */
	VERDICT_DEAD_PORT,             /* POP3 or IMAP, TLS refused, and no login possible either (rule X-12) */
	VERDICT_STARTTLS_REFUSED,      /* advertised, but refused when asked */
	VERDICT_STARTTLS_BROKEN,       /* agreed to, but TLS never comes up (rule X-11) */
	VERDICT_STARTTLS_UNADVERTISED, /* works, but clients are not told (rule X-10) */
	VERDICT_LEGACY_TLS_ONLY,       /* TLS works, but nothing newer than TLS 1.1 */
	VERDICT_LOGIN_BEFORE_TLS,      /* TLS works, a login in clear text is possible too */
	VERDICT_TLS_REQUIRED,          /* TLS works, no clear-text password before it */
	VERDICT_IMPLICIT_TLS,          /* TLS from the first byte, as meant for this port */
	VERDICT_IMPLICIT_BROKEN,       /* the port for implicit TLS accepts, but TLS never comes up (rule W-3) */
	VERDICT_TLS_ON_PLAIN_PORT,     /* TLS from the first byte on a port meant for clear text (rule W-1) */
	VERDICT_FALSE_HOST, /* every port of the address accepts connections, and none says a word, or all say the same: no server (rule D-7) */
};
enum { VERDICT_COUNT = VERDICT_FALSE_HOST + 1 };

/* Rulebook 3.1. */
enum cleartext_login {
	CLEARTEXT_LOGIN_UNKNOWN,
	CLEARTEXT_LOGIN_DENIED,
	CLEARTEXT_LOGIN_HASHED_ONLY,
	CLEARTEXT_LOGIN_IMPLIED,
	CLEARTEXT_LOGIN_ADVERTISED,
	CLEARTEXT_LOGIN_CONFIRMED,
};

enum confidence {
	CONFIDENCE_LOW,
	CONFIDENCE_MEDIUM,
	CONFIDENCE_HIGH,
};

/* A host is one address; all its mail-access ports together, counted once. */
enum host_verdict {
	HOST_UNKNOWN, /* something answers, but nothing could be told */
	HOST_CLOSED,  /* nothing accepts connections */
	HOST_NOT_MAIL,
	HOST_NO_TLS, /* at least one service lets people log in and has no TLS: Shadowserver's sense of vulnerable */
	HOST_LOGIN_BEFORE_TLS,
	HOST_LEGACY_TLS, /* best that it has is TLS 1.1 or older */
	HOST_PROTECTED,  /* every service that could be judged protects its logins */
	HOST_FALSE,      /* accepts everything and says nothing, or the same: a SYN proxy, a firewall, a tarpit, a trap (rule D-7) */
};
enum { HOST_VERDICT_COUNT = HOST_FALSE + 1 };

const char *verdict_name(enum verdict verdict);     /* "no-tls", ... */
const char *verdict_sentence(enum verdict verdict); /* one plain sentence for a person */
bool verdict_parse(struct span name, enum verdict *verdict_out) MUST_CHECK;
const char *cleartext_login_name(enum cleartext_login login);
bool cleartext_login_parse(struct span name, enum cleartext_login *login_out) MUST_CHECK;
const char *confidence_name(enum confidence confidence);
const char *host_verdict_name(enum host_verdict verdict); /* "host-no-tls", ... */
const char *host_verdict_sentence(enum host_verdict verdict);

#endif
