/* SPDX-License-Identifier: ISC */
/* The verbs of the command line, and what they share. One table row per verb is also the help. */
#ifndef APP_COMMAND_H
#define APP_COMMAND_H

#include <stdbool.h>

#include "base/error.h"

/* Exit codes of every verb. */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,     /* something of ours did not work; the message says what to do */
	EXIT_USAGE = 2,      /* called wrongly */
	EXIT_INCOMPLETE = 3, /* finished or stopped with something left to do */
};

struct option_row;

struct command {
	const char *name;
	const char *arguments; /* after the options: "TARGET..." */
	const char *sentence;
	const char *details;               /* paragraphs below the options in --help */
	const struct option_row *options;  /* ends with a row without name */
	int (*run)(int argc, char **argv); /* argv[0] is the verb */
};

extern const struct command SCAN_COMMAND, CHECK_COMMAND, SHOW_COMMAND, STATS_COMMAND, DIFF_COMMAND, TREND_COMMAND, COMPARE_COMMAND,
	EXPORT_COMMAND, REPORT_COMMAND, REPLAY_COMMAND, ADVICE_COMMAND, LIST_COMMAND, MERGE_COMMAND, RESOLVE_COMMAND, FINGERPRINTS_COMMAND,
	DATA_COMMAND, CONTACTS_COMMAND, HELP_COMMAND, VERSION_COMMAND, COMPLETION_COMMAND;

/* "mailcensus scan: text" on stderr; returns the code, so that `return command_fail(...)` reads well. */
int command_fail(const struct command *command, int code, const struct error *error);
/* Prints the help of one verb to stdout. */
void command_help(const struct command *command);

#endif
