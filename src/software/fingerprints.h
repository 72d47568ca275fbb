/* SPDX-License-Identifier: ISC */
/* What a struct fingerprints is made of; known to this folder alone. */
#ifndef SOFTWARE_FINGERPRINTS_H
#define SOFTWARE_FINGERPRINTS_H

#include "software/fingerprint.h"
#include "software/identify.h"
#include "software/support.h"

struct fingerprints {
	struct pattern_engine *engine;
	struct fingerprint_list list;
	struct support_list support;
	size_t field_counts[FIELD_COUNT]; /* how many patterns look at each text */
	size_t ignored;                   /* of recog */
};

/* Reads recog's XML and appends what can be of use. False: list may hold some of it. */
bool recog_read(struct fingerprint_list *list, const struct fingerprint_list *known, struct pattern_engine *engine, const char *name,
                struct span xml, size_t *ignored_out, struct error *error) MUST_CHECK;

#endif
