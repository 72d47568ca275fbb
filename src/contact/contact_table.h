/* SPDX-License-Identifier: ISC */
/* All contacts that are known, and whom they make out for one host. Immutable once sealed: any number of threads may look up at once. */
#ifndef CONTACT_CONTACT_TABLE_H
#define CONTACT_CONTACT_TABLE_H

#include "contact/contact_file.h"

struct contact_table;

struct contact_table *contact_table_new(void);
void contact_table_free(struct contact_table *table); /* NULL is fine */

/* What a file says; those that were added earlier count more, so one's own come first. name: of the file, for people. on_problem as in
   struct contact_visitor, and told with the table's context; NULL: the first line that is wrong is an error. counts_out may be NULL. */
bool contact_table_add(struct contact_table *table, const char *name, struct span content, struct contact_counts *counts_out,
                       struct error *error) MUST_CHECK;
/* After the last row and before the first look-up. */
void contact_table_seal(struct contact_table *table);

/* What is known of a host. */
struct contact_question {
	struct ip_address address;
	uint32_t asn;        /* 0: not known */
	const char *country; /* two capital letters; "" or NULL: not known */
	const char *domain;  /* the host's name; "" or NULL: not known */
	struct timestamp now;
};

/* Rows in the order of the files; within one file the narrowest range first, then the longest domain, the network, the country, and "*"; of two for the
   same the one that stands first. Those that have expired are passed over, those behind one that says "never" are not looked at.
   `to` is the first owner, `copy` the first CERT; without any owner the CERT is written to. Texts are valid as long as the table. */
void contact_table_look_up(const struct contact_table *table, const struct contact_question *question, struct contact_chain *chain_out);

size_t contact_table_count(const struct contact_table *table);
/* Rows that hold no more at this time. */
size_t contact_table_expired(const struct contact_table *table, struct timestamp now);

#endif
