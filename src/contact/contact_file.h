/* SPDX-License-Identifier: ISC */
/* Our file of contacts, mailcensus-contacts(5): CSV whose columns are match, contact, scope, source, expires and comment. Read line by line, so that a
   file of any size needs no memory here; what is wrong is told by its line. */
#ifndef CONTACT_CONTACT_FILE_H
#define CONTACT_CONTACT_FILE_H

#include "base/buffer.h"
#include "contact/contact_address.h"
#include "model/contact.h"
#include "model/ip_address.h"

enum { CONTACT_TEXT_MAX = 1024 }; /* of a source or comment */

/* What a row is about. */
struct contact_match {
	enum contact_kind kind;
	struct ip_range range;      /* CONTACT_PREFIX */
	uint32_t asn;               /* CONTACT_NETWORK */
	char country[3];            /* CONTACT_COUNTRY */
	char domain[HOSTNAME_SIZE]; /* CONTACT_DOMAIN, without the first dot */
};

struct contact_row {
	struct contact_match match;
	enum contact_scope scope;
	bool is_never;
	const char *contact; /* normalised; "-": never */
	struct span source, comment;
	struct timestamp expires; /* the first moment at which it holds no more; unix_ms 0: it holds forever */
	uint64_t line;
};

/* What was in a file. */
struct contact_counts {
	uint64_t rows[CONTACT_KINDS];
	uint64_t never, certs; /* of these rows */
	uint64_t placeholders; /* addresses that stand for nobody */
	uint64_t rows_refused; /* rows that had no other address, and are not counted above */
	uint64_t wrong;        /* lines that could not be read; only where they are passed over */
};

struct contact_visitor {
	void *context;
	void (*on_row)(void *context, const struct contact_row *row);
	/* Told of every line that is wrong, or has a placeholder; NULL: the first that is wrong ends it all. */
	void (*on_problem)(void *context, uint64_t line, bool is_wrong, const char *what);
};

/* False: a line is wrong and nobody wanted to be told of all; or no line names the columns. */
bool contact_file_read(struct span content, const struct contact_visitor *visitor, struct contact_counts *counts,
                       struct error *error) MUST_CHECK;

/* CIDR, first-last, one address, AS64500, CC:DE or DE, .example.org, or an asterisk. The error is a sentence that quotes the text. */
bool contact_match_read(struct span text, struct contact_match *match_out, struct error *error) MUST_CHECK;
/* The one way in which we write it: a range that is a prefix as a prefix. */
enum { CONTACT_MATCH_SIZE = 260 };
void contact_match_format(const struct contact_match *match, char text[CONTACT_MATCH_SIZE]);
/* By default countries and everybody have a CERT, the others an owner. */
enum contact_scope contact_kind_scope(enum contact_kind kind);

/* The line that names the columns, and a row below it. */
extern const char CONTACT_FILE_TITLES[];
void contact_file_append(struct buffer *out, const struct contact_row *row);

#endif
