/* SPDX-License-Identifier: ISC */
/* The options that say by which sources addresses are attributed, the same for all verbs that do. */
#ifndef APP_ATTRIBUTION_OPTIONS_H
#define APP_ATTRIBUTION_OPTIONS_H

#include "app/options.h"
#include "enrich/attributor.h"

struct attribution_options {
	struct text_list files;
	const char *directory;
};

#define ATTRIBUTION_OPTIONS_DEFAULT                                                                                                        \
	{                                                                                                                                  \
		.directory = ATTRIBUTION_DIRECTORY                                                                                         \
	}

/* offset: of the struct attribution_options in the options of the verb. */
#define ATTRIBUTION_OPTION_ROWS(offset)                                                                                                    \
	{"attribution",                                                                                                                    \
	 "FILE",                                                                                                                           \
	 OPTION_TEXT_LIST,                                                                                                                 \
	 (offset) + offsetof(struct attribution_options, files),                                                                           \
	 0,                                                                                                                                \
	 0,                                                                                                                                \
	 NULL,                                                                                                                             \
	 false,                                                                                                                            \
	 "Whose addresses are, before all else that says so. May be repeated; the first that knows counts."},                              \
	{                                                                                                                                  \
		"attribution-directory", "DIRECTORY", OPTION_TEXT, (offset) + offsetof(struct attribution_options, directory), 0, 0, NULL, \
			false, "Where \"mailcensus data import\" put what it imported (" ATTRIBUTION_DIRECTORY ")."                        \
	}

void attribution_options_done(struct attribution_options *options);
/* NULL: a source cannot be read; the error says which. */
struct attributor *attribution_open(const struct attribution_options *options, struct error *error);

#endif
