/* SPDX-License-Identifier: ISC */
/* What registries told us, so that none is asked twice: a file of contacts like any other, to which each answer is appended as it comes. Killed at any moment,
   it holds all that was told before. Answers that name nobody stand in it as comments, "#none," and a row. */
#ifndef CONTACT_QUERY_CACHE_H
#define CONTACT_QUERY_CACHE_H

#include "contact/contact_file.h"

/* Its name sorts behind those of lists, which count more. */
#define QUERY_CACHE_NAME "zz-queried.csv"

struct query_cache;

/* Makes the directory; lets nobody else ask at the same time, as two would together ask too often. Rows that have expired at now go away. */
struct query_cache *query_cache_open(const char *directory, struct timestamp now, struct error *error);
void query_cache_close(struct query_cache *cache); /* NULL is fine */

/* Who can be asked. */
enum query_source { QUERY_RDAP, QUERY_ABUSIX, QUERY_SOURCES };

const char *query_source_name(enum query_source source); /* "rdap", "abusix" */

/* What was told about the address (a prefix of one) or network; valid until the next call. */
struct cached_answer {
	bool is_found;                  /* somebody was named */
	bool is_none_by[QUERY_SOURCES]; /* these named nobody */
	char match[CONTACT_MATCH_SIZE]; /* of who was named, else of the last who named nobody */
	const char *contact, *source;   /* of who was named */
};
void query_cache_find(struct query_cache *cache, const struct contact_match *match, struct cached_answer *answer_out);
/* row->is_never: nobody was named. On the disk when it returns. */
bool query_cache_add(struct query_cache *cache, const struct contact_row *row, struct error *error) MUST_CHECK;

#endif
