/* SPDX-License-Identifier: ISC */
/* One pattern and what it says of the server that it matches; and a list of them, the first that matches wins. */
#ifndef SOFTWARE_FINGERPRINT_H
#define SOFTWARE_FINGERPRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/span.h"
#include "model/software.h"
#include "software/pattern.h"

enum { FINGERPRINTS_MAX = 20000 };

/* What the pattern is tried on. */
enum fingerprint_field {
	FIELD_IDENTITY,       /* D: answer to IMAP ID */
	FIELD_IMPLEMENTATION, /* I: of CAPA or ManageSieve */
	FIELD_CAPABILITIES,   /* C: before TLS */
	FIELD_GREETING,       /* T: normalised (rule V-1) */
	FIELD_RAW_GREETING,   /* R: all of it behind its status word, and if that does not match, T */
	FIELD_SUBJECT,        /* S: of the first certificate */
	FIELD_AUTHORITY,      /* A: who issued it */
	FIELD_LADDER,         /* L: hash over the answers of the TLS ladder */
	FIELD_VERSION,        /* V: the version that another pattern found */
};
enum { FIELD_COUNT = FIELD_VERSION + 1 };

enum fingerprint_role {
	ROLE_BACK,         /* the server itself */
	ROLE_FRONT,        /* a proxy before it */
	ROLE_PANEL,        /* what sets the server up */
	ROLE_LIBRARY,      /* what TLS is made with */
	ROLE_DISTRIBUTION, /* who built it */
};

enum fingerprint_strength {
	STRENGTH_CERTAIN, /* the server names itself */
	STRENGTH_HABIT,   /* inferred from how it behaves: no version of it is certain */
	STRENGTH_WEAK,    /* many say so (rule V-4) */
};

/* What must hold beside the match. */
enum fingerprint_need {
	NEED_STAMP = 1 << 0,
	NEED_NO_STAMP = 1 << 1,
	NEED_UUID_STAMP = 1 << 2,
	NEED_PID_TIME_STAMP = 1 << 3,
	NEED_TEXTLESS_REFUSAL = 1 << 4,
};

struct fingerprint {
	char *id, *product, *version, *vendor, *cpe; /* version and cpe are templates; "" none. Owned */
	struct pattern *pattern;                     /* owned */
	enum wire_protocol protocol;                 /* WIRE_UNKNOWN: any */
	enum fingerprint_field field;
	enum fingerprint_role role;
	enum fingerprint_strength strength;
	enum software_family family;
	uint32_t needs;        /* enum fingerprint_need */
	uint8_t product_group; /* taken from this group instead; 0: not */
	uint8_t version_group, vendor_group;
	uint8_t distribution_group, behind_group;
};

struct fingerprint_list {
	struct fingerprint *items;
	size_t count, capacity;
};

void fingerprint_list_done(struct fingerprint_list *list);
/* Takes the fingerprint over. */
void fingerprint_list_add(struct fingerprint_list *list, struct fingerprint fingerprint);
/* Puts all of added before those of list; added is empty then. */
void fingerprint_list_prepend(struct fingerprint_list *list, struct fingerprint_list *added);
void fingerprint_done(struct fingerprint *fingerprint);
/* The first with this product, ignoring case, or NULL. */
const struct fingerprint *fingerprint_list_find_product(const struct fingerprint_list *list, const char *product);

/* Reads rows of fingerprints.tsv and appends them. False: the error names the line, and list may hold what came before it. */
bool fingerprint_list_read(struct fingerprint_list *list, struct pattern_engine *engine, const char *name, struct span text,
                           struct error *error) MUST_CHECK;

char fingerprint_field_letter(enum fingerprint_field field);
bool fingerprint_field_parse(struct span letter, enum fingerprint_field *field_out) MUST_CHECK;
/* Words separated by spaces; 0 for none. */
bool fingerprint_needs_parse(struct span words, uint32_t *needs_out) MUST_CHECK;
/* "any" is WIRE_UNKNOWN. */
bool fingerprint_protocol_parse(struct span word, enum wire_protocol *protocol_out) MUST_CHECK;
/* A copy of text that ends in NUL; the caller frees. */
char *fingerprint_copy(struct span text) NEVER_NULL;

#endif
