/* SPDX-License-Identifier: ISC */
/* Finds the verb and hands over; help, version and shell completion come from the same table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/options.h"
#include "app/version.h"

static const struct option_row NO_OPTIONS[] = {{.name = NULL}};

static const struct command *const ALL_COMMANDS[] = {
	&SCAN_COMMAND,         &CHECK_COMMAND,  &SHOW_COMMAND,     &STATS_COMMAND,      &DIFF_COMMAND, &TREND_COMMAND,   &COMPARE_COMMAND,
	&EXPORT_COMMAND,       &REPORT_COMMAND, &REPLAY_COMMAND,   &ADVICE_COMMAND,     &LIST_COMMAND, &MERGE_COMMAND,   &RESOLVE_COMMAND,
	&FINGERPRINTS_COMMAND, &DATA_COMMAND,   &CONTACTS_COMMAND, &COMPLETION_COMMAND, &HELP_COMMAND, &VERSION_COMMAND,
};

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_LENGTH(ALL_COMMANDS); i++) {
		if (strcmp(ALL_COMMANDS[i]->name, name) == 0)
			return ALL_COMMANDS[i];
	}
	return NULL;
}

int command_fail(const struct command *command, int code, const struct error *error)
{
	(void)fflush(stdout);
	fprintf(stderr, "mailcensus %s: %s\n", command->name, error->text);
	return code;
}

void command_help(const struct command *command)
{
	printf("usage: mailcensus %s%s%s%s\n\n%s\n", command->name, command->options->name != NULL ? " [options]" : "",
	       command->arguments != NULL ? " " : "", command->arguments != NULL ? command->arguments : "", command->sentence);
	if (command->options->name != NULL) {
		printf("\nOptions:\n");
		options_print(command->options);
	}
	if (command->details != NULL)
		printf("\n%s", command->details);
}

static void print_overview(FILE *out)
{
	fprintf(out, "usage: mailcensus COMMAND [options]\n\n"
	             "Finds POP3 and IMAP servers and decides what protects the logins on them.\n"
	             "It never sends a credential and never tries to log in.\n\nCommands:\n");
	for (size_t i = 0; i < ARRAY_LENGTH(ALL_COMMANDS); i++)
		fprintf(out, "  %-12s %s\n", ALL_COMMANDS[i]->name, ALL_COMMANDS[i]->sentence);
	fprintf(out, "\n\"mailcensus help COMMAND\" tells more; \"man mailcensus\" tells all.\n"
	             "A look at your own server, best from another machine:\n"
	             "  mailcensus check mail.example.org\n");
}

static int run_help(int argc, char **argv)
{
	struct error error;
	const struct command *command;

	if (argc < 2 || strcmp(argv[1], "--help") == 0) {
		print_overview(stdout);
		return EXIT_DONE;
	}
	command = find_command(argv[1]);
	if (command == NULL) {
		error_set(&error, "there is no command '%s'; \"mailcensus help\" lists them", argv[1]);
		return command_fail(&HELP_COMMAND, EXIT_USAGE, &error);
	}
	command_help(command);
	return EXIT_DONE;
}

static int run_version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("mailcensus %s\n", MAILCENSUS_VERSION);
	return EXIT_DONE;
}

/* bash completion: commands, and the options of the command on the line. */
static int run_completion(int argc, char **argv)
{
	struct error error;

	if (argc != 2 || strcmp(argv[1], "bash") != 0) {
		error_set(&error, "say for which shell: mailcensus completion bash > /etc/bash_completion.d/mailcensus");
		return command_fail(&COMPLETION_COMMAND, EXIT_USAGE, &error);
	}
	printf("_mailcensus() {\n  local word=${COMP_WORDS[COMP_CWORD]} choices=\n  if [ \"$COMP_CWORD\" = 1 ]; then\n    choices=\"");
	for (size_t i = 0; i < ARRAY_LENGTH(ALL_COMMANDS); i++)
		printf("%s%s", i > 0 ? " " : "", ALL_COMMANDS[i]->name);
	printf("\"\n  else\n    case ${COMP_WORDS[1]} in\n");
	for (size_t i = 0; i < ARRAY_LENGTH(ALL_COMMANDS); i++) {
		printf("    %s) choices=\"", ALL_COMMANDS[i]->name);
		for (const struct option_row *row = ALL_COMMANDS[i]->options; row->name != NULL; row++)
			printf("--%s ", row->name);
		printf("--help\" ;;\n");
	}
	printf("    esac\n    case $word in -*) ;; *) COMPREPLY=($(compgen -f -- \"$word\")); return ;; esac\n  fi\n"
	       "  COMPREPLY=($(compgen -W \"$choices\" -- \"$word\"))\n}\ncomplete -o filenames -F _mailcensus mailcensus\n");
	return EXIT_DONE;
}

const struct command HELP_COMMAND = {"help", "[COMMAND]", "Tell what a command does.", NULL, NO_OPTIONS, run_help};
const struct command VERSION_COMMAND = {"version", NULL, "Print the version.", NULL, NO_OPTIONS, run_version};
const struct command COMPLETION_COMMAND = {"completion",
                                           "bash",
                                           "Print a completion script for the shell.",
                                           "Put it where bash looks: mailcensus completion bash > /etc/bash_completion.d/mailcensus\n",
                                           NO_OPTIONS,
                                           run_completion};

int main(int argc, char **argv)
{
	const struct command *command;
	int code;

	if (argc < 2) {
		print_overview(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return run_help(1, argv + 1);
	if (strcmp(argv[1], "--version") == 0)
		return run_version(1, argv + 1);
	command = find_command(argv[1]);
	if (command == NULL) {
		fprintf(stderr, "mailcensus: there is no command '%s'; \"mailcensus help\" lists them\n", argv[1]);
		return EXIT_USAGE;
	}
	if (argc == 3 && (strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0)) {
		command_help(command);
		return EXIT_DONE;
	}
	code = command->run(argc - 1, argv + 1);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "mailcensus: could not write the output: is the disk full, or did the reader go away?\n");
		return EXIT_FAILED;
	}
	return code;
}
