/* SPDX-License-Identifier: ISC */
/* Whom to tell about a host, and how we know: plain values; the texts belong to whoever looked them up. Not to be mixed up with the budget of
   connections that a host is visited by. */
#ifndef MODEL_CONTACT_H
#define MODEL_CONTACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/instant.h"

/* By what a contact is found, the most specific first. */
enum contact_kind {
	CONTACT_PREFIX, /* a prefix or range that holds the address */
	CONTACT_DOMAIN, /* the host's name lies in the domain */
	CONTACT_NETWORK,
	CONTACT_COUNTRY,
	CONTACT_ANY,
	CONTACT_KINDS,
};

/* As what somebody is told. */
enum contact_scope {
	CONTACT_OWNER, /* can mend it: is written to */
	CONTACT_CERT,  /* looks after a country or a constituency: gets a copy, or the letter where no owner is known */
};

enum { CONTACT_STEPS_MAX = 64 };

/* One row that speaks of the host. */
struct contact_step {
	enum contact_kind kind;
	enum contact_scope scope;
	bool is_never;            /* nobody may be told */
	const char *match;        /* "192.0.2.0/24", "AS64500", "CC:DE", ".example.org", "*" */
	const char *contact;      /* mail addresses with commas between, or one https URL; "-": never */
	const char *source;       /* who says so: "ripe", "rdap"; "" : whoever wrote the file */
	const char *comment;      /* as it is in the file: to be escaped where it is shown */
	const char *file;         /* its name without the folder */
	uint64_t line;            /* in the file */
	struct timestamp expires; /* unix_ms 0: it does not */
};

/* All that is known for one host, in the order in which it counts, and what follows of it. */
struct contact_chain {
	struct contact_step steps[CONTACT_STEPS_MAX];
	size_t count;
	bool is_cut;                     /* there were more, all less specific */
	bool is_never;                   /* a row says that nobody may be told, before any owner was found */
	const struct contact_step *to;   /* whom to write to; NULL: nobody is known, or nobody may be told */
	const struct contact_step *copy; /* who gets a copy; NULL: nobody */
};

const char *contact_kind_name(enum contact_kind kind);    /* "prefix", "domain", "network", "country", "any" */
const char *contact_scope_name(enum contact_scope scope); /* "owner", "cert" */

#endif
