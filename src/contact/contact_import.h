/* SPDX-License-Identifier: ISC */
/* Lists of contacts that others keep, as rows of ours: one file and one row of the table each. What cannot be used is counted, never guessed at. */
#ifndef CONTACT_CONTACT_IMPORT_H
#define CONTACT_CONTACT_IMPORT_H

#include "contact/contact_file.h"

struct import_counts {
	uint64_t objects; /* entries that were looked at */
	uint64_t rows;
	uint64_t without_contact;         /* entries that name nobody */
	uint64_t placeholders, malformed; /* addresses that were left out */
	uint64_t unreadable;              /* entries whose range, network or country cannot be read */
	uint64_t disabled;                /* addresses of which the list itself says that they are dead */
	uint64_t remarks;                 /* entries for a person to decide, which stand in the file as comments */
};

/* Where rows go. */
struct contact_sink {
	void *context;
	void (*on_row)(void *context, const struct contact_row *row);
	/* The same row as a comment: it may be right, which only a person can tell. NULL: it is dropped. */
	void (*on_remark)(void *context, const struct contact_row *row);
	const char *source;       /* of all rows */
	struct timestamp expires; /* of all rows; unix_ms 0: never */
	struct import_counts counts;
};

/* A row whose contacts are those of the list; none when nothing of it can be used. comment: of strangers, made harmless and cut. */
void contact_sink_add(struct contact_sink *sink, const struct contact_match *match, enum contact_scope scope, struct span contacts,
                      struct span comment);
void contact_sink_add_remark(struct contact_sink *sink, const struct contact_match *match, enum contact_scope scope, struct span contacts,
                             struct span comment);

struct contact_importer {
	const char *name;
	const char *sentence; /* for --help and the manual */
	/* False: a file cannot be read or understood; the error says which. */
	bool (*read)(const char *const *paths, size_t count, struct contact_sink *sink, struct error *error);
};

/* Ends with NULL. */
extern const struct contact_importer *const CONTACT_IMPORTERS[];
const struct contact_importer *contact_importer_find(const char *name);

/* The parsers of single files, for their tests; line numbers in errors. */
bool national_list_read(struct span content, struct contact_sink *sink, struct error *error) MUST_CHECK;
bool first_teams_read(struct span content, struct contact_sink *sink, struct error *error) MUST_CHECK;
bool introducer_teams_read(struct span content, struct contact_sink *sink, struct error *error) MUST_CHECK;
/* Opens each file and has it read by one of these. */
bool contact_import_files(const char *const *paths, size_t count, struct contact_sink *sink,
                          bool (*read)(struct span content, struct contact_sink *sink, struct error *error),
                          struct error *error) MUST_CHECK;

#endif
