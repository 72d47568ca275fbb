/* SPDX-License-Identifier: ISC */
/* Which software answers, as plain values. */
#ifndef MODEL_SOFTWARE_H
#define MODEL_SOFTWARE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/span.h"
#include "model/observation.h"
#include "model/verdict.h"

enum support_state {
	SUPPORT_UNKNOWN,      /* nothing is known of this version, or the version is not */
	SUPPORT_GOING,        /* the vendor still publishes security fixes */
	SUPPORT_ENDED,        /* the vendor's end date has passed */
	SUPPORT_DISTRIBUTION, /* the vendor's date has passed, but a distribution that still maintains it built it (rule V-7) */
};

/* Advice and reports go by this; appended only. */
enum software_family {
	FAMILY_UNKNOWN,
	FAMILY_DOVECOT_2_3, /* and older: the same settings */
	FAMILY_DOVECOT_2_4,
	FAMILY_DOVECOT, /* branch not known */
	FAMILY_COURIER,
	FAMILY_CYRUS,
	FAMILY_EXCHANGE,
	FAMILY_HMAILSERVER,
	FAMILY_MAILENABLE,
	FAMILY_ZIMBRA,
	FAMILY_CPANEL,
	FAMILY_PLESK,
	FAMILY_DIRECTADMIN,
	FAMILY_NGINX,
	FAMILY_STUNNEL,
	FAMILY_PERDITION,
	FAMILY_MAILUTILS,
	FAMILY_WITHOUT_TLS, /* popa3d, Solid POP3, qpopper 2, ...: needs something in front */
	FAMILY_OTHER,       /* known by name, no advice of its own */
};
enum { SOFTWARE_FAMILY_COUNT = FAMILY_OTHER + 1 };

/* Bounded text; versions came from a server and are escaped where shown. product "": unknown, and all else is then empty. */
struct software {
	char product[64];
	char version[48];
	char vendor[64];
	char fingerprint[48];  /* id of the pattern that decided */
	char distribution[48]; /* "Debian", ... when it says so */
	char front[64];        /* a proxy before it, where both are known (rule V-3) */
	char library[64];      /* TLS library, when it tells ("OpenSSL 3.0.20") */
	char cpe[96];          /* CPE 2.3, "" when none is known */
	enum software_family family;
	enum confidence confidence;
	enum support_state support;
	bool is_version_certain;            /* read from the server's words, not inferred from habits */
	char support_ends[11];              /* "2025-01-24", "" unknown */
	char support_source[96];            /* where that date is from */
	enum support_state library_support; /* of the TLS library (rule V-6) */
	char library_ends[11];
};

/* What a server showed of itself, normalised as rule V-1 says. The spans are the caller's. */
struct software_evidence {
	enum wire_protocol protocol;
	struct span greeting;                    /* T */
	bool has_stamp;                          /* an APOP stamp was taken out of it */
	bool has_uuid_stamp, has_pid_time_stamp; /* its form (rule V-4) */
	struct span capabilities;                /* C, words before TLS in the server's order; POP3: the lines joined by " / " */
	struct span implementation;              /* I */
	struct span identity;                    /* D */
	bool is_capability_refused;
	struct span refusal_reply;                            /* POP3: the reply to a refused CAPA or STLS, for textless -ERR */
	const char *ladder;                                   /* struct tls_facts' hash; "" or NULL: unknown */
	const char *certificate_subject, *certificate_issuer; /* RFC 2253; "" or NULL: unknown */
	struct span raw_greeting; /* all behind its status word, code and stamp included: what recog's patterns are made for */
	bool is_greeted;          /* with a positive greeting: only then an empty text means something (rule V-4) */
};

/* The same in all that is kept of it, byte for byte of each text. */
bool software_equals(const struct software *a, const struct software *b);

const char *support_state_name(enum support_state state);      /* "unknown", "going", "ended", "distribution" */
const char *software_family_name(enum software_family family); /* "dovecot-2.3", ... */
/* The reverse of each: false when the word is none of theirs. */
bool support_state_parse(struct span name, enum support_state *state_out) MUST_CHECK;
bool software_family_parse(struct span name, enum software_family *family_out) MUST_CHECK;

#endif
