/* SPDX-License-Identifier: ISC */
/* Names the software behind a service by patterns (data/fingerprints.tsv, Rapid7's recog XML) matched with PCRE2, and says whether it still gets fixes (data/support.tsv). */
#ifndef SOFTWARE_IDENTIFY_H
#define SOFTWARE_IDENTIFY_H

#include "base/attributes.h"
#include "base/error.h"
#include "base/instant.h"
#include "base/span.h"
#include "model/software.h"

struct fingerprints;

/* The ones that are built in. */
struct fingerprints *fingerprints_new(struct error *error) MUST_CHECK;
void fingerprints_free(struct fingerprints *fingerprints); /* NULL is fine */
/* Adds what text holds; name is for messages ("fingerprints.tsv line 7: ..."). Patterns added later come first. False: nothing of it was added. */
bool fingerprints_add_tsv(struct fingerprints *fingerprints, const char *name, struct span text, struct error *error) MUST_CHECK;
bool fingerprints_add_recog(struct fingerprints *fingerprints, const char *name, struct span xml, struct error *error) MUST_CHECK;
bool fingerprints_add_support(struct fingerprints *fingerprints, const char *name, struct span text, struct error *error) MUST_CHECK;

/* What is loaded, and what of recog's files was left out because it says nothing of a mail server's greeting, or because PCRE2 does not know it. */
struct fingerprint_counts {
	size_t fingerprints, support_rows, ignored;
};
struct fingerprint_counts fingerprints_count(const struct fingerprints *fingerprints);
/* One row, as long as the tables live; index is below the count. */
struct fingerprint_summary {
	const char *id, *product, *vendor; /* product "": taken from the text */
	enum software_family family;
	bool is_server; /* or a proxy: not what only adds to one */
};
struct fingerprint_summary fingerprints_at(const struct fingerprints *fingerprints, size_t index);

/* Takes the evidence apart as rule V-1 says; the spans point into the observation. normalised holds what had to be written anew (at most 1 kB). */
struct buffer;
void software_evidence_from(const struct observation *observation, struct buffer *normalised, struct software_evidence *evidence_out);
/* Rules V-3 to V-8. Nothing known: product is "". now decides whether an end of support has passed. */
void software_identify(const struct fingerprints *fingerprints, const struct software_evidence *evidence, struct timestamp now,
                       struct software *software_out);

/* The texts of evidence that only some tables have patterns for. */
enum evidence_text {
	EVIDENCE_RAW_GREETING,
	EVIDENCE_SUBJECT,
	EVIDENCE_AUTHORITY,
	EVIDENCE_LADDER,
};
/* Is there a pattern that looks at it at all, and is there one that matches this text, whatever else it needs? Where there is none, the text changes no answer. */
bool fingerprints_look_at(const struct fingerprints *fingerprints, enum evidence_text which);
bool fingerprints_know(const struct fingerprints *fingerprints, enum evidence_text which, struct span text);

#endif
