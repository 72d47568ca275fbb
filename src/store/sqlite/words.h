/* SPDX-License-Identifier: ISC */
/* Enumerations as the numbers of a file's table `word`. A file keeps the number that it gave a word first, so the enumerations of the program may be renumbered. */
#ifndef STORE_SQLITE_WORDS_H
#define STORE_SQLITE_WORDS_H

#include <sqlite3.h>
#include <stdbool.h>

#include "base/attributes.h"
#include "base/error.h"
#include "store/word_kind.h"

enum {
	WORD_NUMBERS = 256, /* numbers in files are below this */
};

struct words {
	short number_of[WORD_KIND_COUNT][WORD_VALUES]; /* -1: the file has no number for it */
	short value_of[WORD_KIND_COUNT][WORD_NUMBERS]; /* -1: the file has no such number, or we do not know its word */
};

/* Reads the table; the words that we know and the file lacks are added when may_write. */
bool words_load(struct words *words, sqlite3 *connection, bool may_write, struct error *error) MUST_CHECK;
/* -1 when there is none. */
int words_number(const struct words *words, enum word_kind kind, unsigned value);
int words_value(const struct words *words, enum word_kind kind, long long number);

#endif
