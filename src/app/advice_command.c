/* SPDX-License-Identifier: ISC */
/* mailcensus advice: what to change for a finding, exactly, on the software that is in use. Asks nobody: it prints what is built in. */
#include <stdio.h>
#include <string.h>

#include "app/command.h"
#include "app/options.h"
#include "base/text.h"
#include "classify/advice.h"

struct advice_options {
	const char *software;
	const char *host, *certificate, *key;
	uint64_t port;
	bool json;
};

static const struct option_row ROWS[] = {
	{"software", "NAME", OPTION_TEXT, offsetof(struct advice_options, software), 0, 0, NULL, false,
         "What the server runs (dovecot-2.3, courier, cyrus, ...); without it, what holds for any."},
	{"host", "HOST", OPTION_TEXT, offsetof(struct advice_options, host), 0, 0, NULL, false,
         "The name of the server, put into the lines and commands (mail.example.org)."},
	{"port", "PORT", OPTION_UNSIGNED, offsetof(struct advice_options, port), 1, 65535, NULL, false,
         "The port that the commands look at (993)."},
	{"certificate", "FILE", OPTION_TEXT, offsetof(struct advice_options, certificate), 0, 0, NULL, false,
         "Where the certificate with its chain lies (where certbot puts it)."},
	{"key", "FILE", OPTION_TEXT, offsetof(struct advice_options, key), 0, 0, NULL, false,
         "Where its key lies (where certbot puts it)."},
	{"json", NULL, OPTION_FLAG, offsetof(struct advice_options, json), 0, 0, NULL, false,
         "One JSON object per line (mailcensus.advice/1)."},
	{.name = NULL},
};

enum { TEXT_MAX = 65536, COLUMNS = 80, FOUND_MAX = 32 };

static const char *fill(const char *text, const struct advice_values *values, struct buffer *out)
{
	buffer_clear(out);
	advice_format_with(text, values, out);
	return buffer_text(out);
}

static void print_wrapped(const char *indent, struct span text)
{
	size_t column = 0;

	for (struct span word = span_take_word(&text); word.size > 0; word = span_take_word(&text)) {
		bool is_first = column == 0;

		if (!is_first && column + 1 + word.size > COLUMNS) {
			printf("\n");
			is_first = true;
		}
		column = is_first ? strlen(indent) + word.size : column + 1 + word.size;
		printf("%s%.*s", is_first ? indent : " ", (int)word.size, (const char *)word.data);
	}
	printf("\n");
}

static bool is_command(struct span line)
{
	return span_starts_with_text(line, "$ ") || span_starts_with_text(line, "PS> ") || span_starts_with_text(line, "  ");
}

/* Line by line; prose is wrapped, what is to be copied is not. */
static void print_lines(const char *text, bool is_prose)
{
	struct span rest = span_from_text(text);

	while (rest.size > 0) {
		struct span line = span_take_line(&rest);

		if (is_prose && !is_command(line))
			print_wrapped("  ", line);
		else
			printf("    %.*s\n", (int)line.size, (const char *)line.data);
	}
}

static void print_advice(const struct advice *advice, const struct advice_values *values, struct buffer *text)
{
	print_wrapped("", span_from_text(fill(advice->summary, values, text)));
	printf("(%s)\n", advice->id);
	if (advice->file[0] != '\0') {
		printf("\n  In %s:\n\n", advice->file);
		print_lines(fill(advice->lines, values, text), false);
	}
	printf("\n");
	print_lines(fill(advice->steps, values, text), true);
	printf("\n  That it worked is seen with\n");
	print_lines(fill(advice->verify, values, text), false);
	if (advice->tested_with[0] != '\0')
		printf("\n  Tested with %s.\n", advice->tested_with);
	else
		printf("\n  From documentation; not tested by us.\n");
}

static void append_member(const char *name, const char *value, struct buffer *out)
{
	buffer_append_format(out, ",\"%s\":", name);
	text_append_json(span_from_text(value), out);
}

static void append_words(const char *name, const char *words, struct buffer *out)
{
	struct span rest = span_from_text(words);
	const char *separator = "";

	buffer_append_format(out, ",\"%s\":[", name);
	for (struct span word = span_take_word(&rest); word.size > 0; word = span_take_word(&rest)) {
		buffer_append_text(out, separator);
		text_append_json(word, out);
		separator = ",";
	}
	buffer_append_text(out, "]");
}

static void print_json(const struct advice *advice, const struct advice_values *values, struct buffer *text)
{
	struct buffer line;

	buffer_init(&line, (size_t)TEXT_MAX * 8);
	buffer_append_text(&line, "{\"schema\":\"mailcensus.advice/1\"");
	append_member("id", advice->id, &line);
	append_member("software", advice->family == FAMILY_UNKNOWN ? "" : software_family_name(advice->family), &line);
	append_words("findings", advice->findings, &line);
	append_member("summary", fill(advice->summary, values, text), &line);
	append_member("file", advice->file, &line);
	append_member("lines", fill(advice->lines, values, text), &line);
	append_member("steps", fill(advice->steps, values, text), &line);
	append_member("verify", fill(advice->verify, values, text), &line);
	append_member("tested_with", advice->tested_with, &line);
	printf("%s}\n", buffer_text(&line));
	buffer_done(&line);
}

/* All pieces for one software, or all there are. */
static size_t find_all(const struct advice_options *options, enum software_family family, const struct advice **found, size_t max)
{
	const struct advice *advice = NULL;
	size_t count = 0;

	for (size_t i = 0; count < max && (advice = advice_at(i)) != NULL; i++) {
		if (options->software == NULL || advice->family == family)
			found[count++] = advice;
	}
	return count;
}

static void print_list(const struct advice *const *found, size_t count)
{
	printf("%-32s %-12s %s\n", "ID", "SOFTWARE", "CURES");
	for (size_t i = 0; i < count; i++)
		printf("%-32s %-12s %s\n", found[i]->id,
		       found[i]->family == FAMILY_UNKNOWN ? "any" : software_family_name(found[i]->family), found[i]->findings);
}

static void print_found(const struct advice_options *options, const char *finding, const struct advice *const *found, size_t count)
{
	const struct advice_values values = {.host = options->host,
	                                     .port = (unsigned)options->port,
	                                     .certificate = options->certificate,
	                                     .key = options->key,
	                                     .finding_id = finding};
	struct buffer text;

	if (finding == NULL && !options->json) {
		print_list(found, count);
		return;
	}
	buffer_init(&text, TEXT_MAX);
	for (size_t i = 0; i < count; i++) {
		if (options->json) {
			print_json(found[i], &values, &text);
			continue;
		}
		printf("%s", i > 0 ? "\n" : "");
		print_advice(found[i], &values, &text);
	}
	buffer_done(&text);
}

static int run_parsed(const struct advice_options *options, const struct option_result *parsed, struct error *error)
{
	enum { ALL_MAX = 512 };
	const struct advice *found[ALL_MAX];
	enum software_family family = FAMILY_UNKNOWN;
	const char *finding = parsed->arguments.count > 0 ? parsed->arguments.items[0] : NULL;
	size_t count = 0;

	if (parsed->arguments.count > 1) {
		error_set(error, "one finding at a time: after '%s' came '%s'", finding, parsed->arguments.items[1]);
		return EXIT_USAGE;
	}
	if (options->software != NULL && !software_family_parse(span_from_text(options->software), &family)) {
		error_set(error, "there is no software '%s'; \"mailcensus advice\" lists those with advice", options->software);
		return EXIT_USAGE;
	}
	count = finding != NULL ? advice_find(finding, family, found, FOUND_MAX) : find_all(options, family, found, ALL_MAX);
	if (count == 0) {
		error_set(error, "nothing is known to change for '%s'; \"mailcensus advice\" lists for what there is advice",
		          finding != NULL ? finding : options->software);
		return EXIT_USAGE;
	}
	print_found(options, finding, found, count);
	return EXIT_DONE;
}

static int run_advice(int argc, char **argv)
{
	struct advice_options options = {.json = false};
	struct option_result parsed;
	struct error error = {{0}};
	int code = EXIT_DONE;

	if (!options_parse(ROWS, argc, argv, &options, &parsed, &error))
		return command_fail(&ADVICE_COMMAND, EXIT_USAGE, &error);
	if (parsed.wants_help)
		command_help(&ADVICE_COMMAND);
	else
		code = run_parsed(&options, &parsed, &error);
	text_list_done(&parsed.arguments);
	return code == EXIT_DONE ? code : command_fail(&ADVICE_COMMAND, code, &error);
}

const struct command ADVICE_COMMAND = {
	"advice",
	"[FINDING]",
	"Tell what to change for a finding, exactly.",
	"Without FINDING it lists all advice there is. A line that begins with \"$ \" is a command for root, with \"PS> \" one for "
	"PowerShell.\n"
	"  mailcensus advice no-tls --software dovecot-2.3 --host mail.example.org\n",
	ROWS,
	run_advice,
};
