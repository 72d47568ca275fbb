/* SPDX-License-Identifier: ISC */
/* Options of a verb as rows: one place for name, limits and help; parser, --help and shell completion come from it. */
#ifndef APP_OPTIONS_H
#define APP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/command.h"
#include "base/error.h"

enum option_type {
	OPTION_FLAG,              /* bool */
	OPTION_TEXT,              /* const char * */
	OPTION_TEXT_LIST,         /* struct text_list */
	OPTION_UNSIGNED,          /* uint64_t, minimum..maximum */
	OPTION_RATE,              /* double > 0 */
	OPTION_SECONDS,           /* unsigned milliseconds, given as seconds with an optional fraction */
	OPTION_CHOICE,            /* unsigned: index into choices */
	OPTION_OPTIONAL_UNSIGNED, /* struct optional_unsigned: the value may be missing */
};

struct text_list {
	const char **items; /* point into argv; the array is freed by text_list_done */
	size_t count;
};

struct optional_unsigned {
	bool is_given;
	bool has_value;
	uint64_t value;
};

struct option_row {
	const char *name;     /* "rate" for --rate; NULL ends the table */
	const char *argument; /* "N", NULL for flags */
	enum option_type type;
	size_t offset; /* in the verb's option struct */
	uint64_t minimum, maximum;
	const char *const *choices; /* OPTION_CHOICE, ends with NULL */
	bool is_kept;               /* part of what a resumed run must share */
	const char *help;
};

struct option_result {
	bool wants_help;
	struct text_list arguments; /* what is not an option, in order; everything after "--" */
};

/* Parses argv[1..] into the struct at `values`. False: the error says which word is wrong and what would be right, and there are no arguments to free. */
bool options_parse(const struct option_row *rows, int argc, char **argv, void *values, struct option_result *result_out,
                   struct error *error) MUST_CHECK;
void options_print(const struct option_row *rows);
void text_list_add(struct text_list *list, const char *item);
void text_list_done(struct text_list *list);
/* The rows marked is_kept as "--name=value" lines, for the next run to parse again. */
struct buffer;
void options_keep(const struct option_row *rows, const void *values, struct buffer *out);

#endif
