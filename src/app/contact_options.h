/* SPDX-License-Identifier: ISC */
/* The options that say where contacts are kept, the same for all verbs that ask whom to tell. */
#ifndef APP_CONTACT_OPTIONS_H
#define APP_CONTACT_OPTIONS_H

#include "app/options.h"
#include "contact/contact_table.h"

/* Where `mailcensus contacts import` puts what it imported, and `query` what it was told. */
#define CONTACT_DIRECTORY "/var/lib/mailcensus/contacts"

struct contact_options {
	struct text_list files;
	const char *directory;
	const char *at; /* a date; NULL: now */
};

#define CONTACT_OPTIONS_DEFAULT                                                                                                            \
	{                                                                                                                                  \
		.directory = CONTACT_DIRECTORY                                                                                             \
	}

/* offset: of the struct contact_options in the options of the verb. */
#define CONTACT_OPTION_ROWS(offset)                                                                                                        \
	{"contacts",                                                                                                                       \
	 "FILE",                                                                                                                           \
	 OPTION_TEXT_LIST,                                                                                                                 \
	 (offset) + offsetof(struct contact_options, files),                                                                               \
	 0,                                                                                                                                \
	 0,                                                                                                                                \
	 NULL,                                                                                                                             \
	 false,                                                                                                                            \
	 "Whom to tell, before all that was imported: mailcensus-contacts(5). May be repeated; what the first says counts more."},         \
		{"contacts-directory",                                                                                                     \
	         "DIRECTORY",                                                                                                              \
	         OPTION_TEXT,                                                                                                              \
	         (offset) + offsetof(struct contact_options, directory),                                                                   \
	         0,                                                                                                                        \
	         0,                                                                                                                        \
	         NULL,                                                                                                                     \
	         false,                                                                                                                    \
	         "Where \"mailcensus contacts import\" put what it imported (" CONTACT_DIRECTORY ")."},                                    \
	{                                                                                                                                  \
		"contacts-at", "DATE", OPTION_TEXT, (offset) + offsetof(struct contact_options, at), 0, 0, NULL, false,                    \
			"Which contacts have expired is a matter of this date (now)."                                                      \
	}

void contact_options_done(struct contact_options *options);
/* The moment that expiry is judged by. */
bool contact_options_time(const struct contact_options *options, struct timestamp *time_out, struct error *error) MUST_CHECK;
/* The files of the options, then all *.csv of the directory by name; sealed. A directory that does not exist holds none. on_file, which may be NULL, is
   told of each. NULL: one of them cannot be read; the error says which. */
struct contact_table *contact_options_open(const struct contact_options *options,
                                           void (*on_file)(void *context, const char *path, const struct contact_counts *counts),
                                           void *context, struct error *error);

#endif
