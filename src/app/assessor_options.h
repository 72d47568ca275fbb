/* SPDX-License-Identifier: ISC */
/* The options by which certificates and software are judged, the same for scan and check, and the assessor that follows from them. */
#ifndef APP_ASSESSOR_OPTIONS_H
#define APP_ASSESSOR_OPTIONS_H

#include "app/assessment.h"
#include "app/options.h"

struct assessor_options {
	const char *trust_store, *mozilla_store;
	struct text_list fingerprint_files, recog_files;
};

/* offset: of the struct assessor_options in the options of the verb. */
#define ASSESSOR_OPTION_ROWS(offset, kept)                                                                                                 \
	{"trust-store",                                                                                                                    \
	 "FILE",                                                                                                                           \
	 OPTION_TEXT,                                                                                                                      \
	 (offset) + offsetof(struct assessor_options, trust_store),                                                                        \
	 0,                                                                                                                                \
	 0,                                                                                                                                \
	 NULL,                                                                                                                             \
	 kept,                                                                                                                             \
	 "Judge trust by this file or folder of PEM certificates instead of the system's."},                                               \
		{"mozilla-store",                                                                                                          \
	         "FILE",                                                                                                                   \
	         OPTION_TEXT,                                                                                                              \
	         (offset) + offsetof(struct assessor_options, mozilla_store),                                                              \
	         0,                                                                                                                        \
	         0,                                                                                                                        \
	         NULL,                                                                                                                     \
	         kept,                                                                                                                     \
	         "The same instead of Mozilla's (/usr/share/ca-certificates/mozilla)."},                                                   \
		{"fingerprints",                                                                                                           \
	         "FILE",                                                                                                                   \
	         OPTION_TEXT_LIST,                                                                                                         \
	         (offset) + offsetof(struct assessor_options, fingerprint_files),                                                          \
	         0,                                                                                                                        \
	         0,                                                                                                                        \
	         NULL,                                                                                                                     \
	         kept,                                                                                                                     \
	         "More patterns that name software, before the built-in ones. May be repeated."},                                          \
	{                                                                                                                                  \
		"recog", "FILE", OPTION_TEXT_LIST, (offset) + offsetof(struct assessor_options, recog_files), 0, 0, NULL, kept,            \
			"Rapid7's recog XML beside them. May be repeated."                                                                 \
	}

void assessor_options_done(struct assessor_options *options);
/* False: a file cannot be read or understood; the error says which. chains_max: see assessor_init. */
bool assessor_open(const struct assessor_options *options, enum probe_depth depth, size_t chains_max, struct assessor *assessor_out,
                   struct error *error) MUST_CHECK;

#endif
