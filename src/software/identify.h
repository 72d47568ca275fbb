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

/* Takes the evidence apart as rule V-1 says; the spans point into the observation. normalised_out holds what had to be written anew (at most 1 kB). */
struct buffer;
void software_evidence_from(const struct observation *observation, struct buffer *normalised, struct software_evidence *evidence_out);
/* Rules V-3 to V-8. Nothing known: product is "". now decides whether an end of support has passed. */
void software_identify(const struct fingerprints *fingerprints, const struct software_evidence *evidence, struct timestamp now,
                       struct software *software_out);

#endif
