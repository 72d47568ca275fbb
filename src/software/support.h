/* SPDX-License-Identifier: ISC */
/* Until when vendors and distributions fix what: rows of support.tsv, and the question of one version on one day. */
#ifndef SOFTWARE_SUPPORT_H
#define SOFTWARE_SUPPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/span.h"
#include "model/software.h"

enum { SUPPORT_ROWS_MAX = 20000, DATE_TEXT_SIZE = 11 };

struct support_row {
	char *product;
	char *versions;           /* "2.2", "<1.1.5", "<=2.5", "15.2-15.2.2561", "*", or several of them separated by commas */
	enum support_state state; /* SUPPORT_GOING or SUPPORT_ENDED when end is ""; else the date decides */
	char end[DATE_TEXT_SIZE];
	char *builds; /* "Debian 12, Ubuntu 24.04": the newest release of each distribution that ships such a version */
	char *source;
};

struct support_list {
	struct support_row *items;
	size_t count, capacity;
};

/* What is known of one build on one day. */
struct support_answer {
	enum support_state state;
	const char *ends; /* "" unknown; of the list */
	const char *source;
};

void support_list_done(struct support_list *list);
/* Reads rows and appends them. False: the error names the line, and list may hold what came before it. */
bool support_list_read(struct support_list *list, const char *name, struct span text, struct error *error) MUST_CHECK;
/* Puts all of added before those of list; added is empty then. */
void support_list_prepend(struct support_list *list, struct support_list *added);
/* Rule V-7: distribution ("Debian 12", "Debian", "") is judged by its own date. today is "2026-11-24". */
struct support_answer support_of(const struct support_list *list, const char *product, const char *version, const char *distribution,
                                 const char *today);
/* Whether a version is one of those; exact for digits and dots, what comes behind them does not count. */
bool version_is_among(const char *version, const char *versions);

#endif
