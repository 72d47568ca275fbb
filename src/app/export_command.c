/* SPDX-License-Identifier: ISC */
/* mailcensus export: a census as a file for other programs. The file appears whole or not at all. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/attribution_options.h"
#include "app/census_reader.h"
#include "app/command.h"
#include "base/memory.h"
#include "report/jsonl.h"

struct export_options {
	struct reader_options reader;
	struct attribution_options attribution;
	unsigned format;
	const char *output;
	bool all;
};

static const char *const FORMATS[] = {"jsonl", NULL};

static const struct option_row ROWS[] = {
	READER_OPTION_ROWS(struct export_options),
	ATTRIBUTION_OPTION_ROWS(offsetof(struct export_options, attribution)),
	{"format", "FORMAT", OPTION_CHOICE, offsetof(struct export_options, format), 0, 0, FORMATS, false,
         "jsonl: one JSON object per service and line (mailcensus.service/1)."},
	{"output", "FILE", OPTION_TEXT, offsetof(struct export_options, output), 0, 0, NULL, false, "Write here instead of to stdout."},
	{"all", NULL, OPTION_FLAG, offsetof(struct export_options, all), 0, 0, NULL, false, "Closed ports too."},
	{.name = NULL},
};

struct exporting {
	const struct export_options *options;
	struct census_reader *reader;
	struct attributor *attributor;
	FILE *file;
	struct buffer line;
};

enum { LINE_MAX_SIZE = JSONL_LINE_MAX };

static bool export_service(void *context, const struct census_service *service)
{
	struct exporting *exporting = context;
	struct jsonl_service line = census_service_line(exporting->reader, service);
	struct attribution attribution;

	if (service->service->verdict == VERDICT_CLOSED && !exporting->options->all)
		return true;
	attributor_look_up(exporting->attributor, service->service->endpoint.address, &attribution);
	line.attribution = &attribution;
	buffer_clear(&exporting->line);
	jsonl_append_service(&line, &exporting->line);
	return fwrite(exporting->line.data, 1, exporting->line.size, exporting->file) == exporting->line.size;
}

static bool write_all(struct exporting *exporting, struct error *error)
{
	buffer_init(&exporting->line, LINE_MAX_SIZE);
	if (!census_reader_visit(exporting->reader, NULL, CENSUS_WANTS_ALL, export_service, exporting, error)) {
		buffer_done(&exporting->line);
		return false;
	}
	buffer_done(&exporting->line);
	if (fflush(exporting->file) != 0 || ferror(exporting->file))
		return error_set(error, "the output could not be written: %s", strerror(errno));
	return true;
}

/* Beside the target, then renamed over it. */
static bool write_file(struct exporting *exporting, struct error *error)
{
	const char *output = exporting->options->output;
	size_t size = strlen(output) + 8;
	char *beside = memory_allocate(size, 1);
	bool is_done;
	int descriptor;

	(void)snprintf(beside, size, "%s.XXXXXX", output);
	descriptor = mkostemp(beside, 0);
	exporting->file = descriptor < 0 ? NULL : fdopen(descriptor, "w");
	if (exporting->file == NULL) {
		error_set(error, "%s cannot be written: %s", output, strerror(errno));
		free(beside);
		return false;
	}
	is_done = write_all(exporting, error);
	if (is_done && (fsync(descriptor) != 0 || fchmod(descriptor, 0644) != 0))
		is_done = error_set(error, "%s cannot be written: %s", output, strerror(errno));
	if (fclose(exporting->file) != 0 && is_done)
		is_done = error_set(error, "%s cannot be written: %s", output, strerror(errno));
	if (is_done && rename(beside, output) != 0)
		is_done = error_set(error, "%s cannot be replaced: %s", output, strerror(errno));
	if (!is_done)
		(void)unlink(beside);
	free(beside);
	return is_done;
}

static int run_parsed(const struct export_options *options, struct error *error)
{
	struct census_reader reader;
	struct exporting exporting = {.options = options, .reader = &reader, .file = stdout};
	bool is_done;

	exporting.attributor = attribution_open(&options->attribution, error);
	if (exporting.attributor == NULL)
		return EXIT_FAILED;
	is_done = census_reader_open(&options->reader, &reader, error);
	if (is_done) {
		is_done = options->output != NULL ? write_file(&exporting, error) : write_all(&exporting, error);
		census_reader_close(&reader);
	}
	attributor_close(exporting.attributor);
	return is_done ? EXIT_DONE : EXIT_FAILED;
}

static int run_export(int argc, char **argv)
{
	struct export_options options = {.reader = {.database = "mailcensus.db"}, .attribution = ATTRIBUTION_OPTIONS_DEFAULT};
	struct option_result parsed;
	struct error error = {{0}};
	int code;

	if (!options_parse(ROWS, argc, argv, &options, &parsed, &error))
		return command_fail(&EXPORT_COMMAND, EXIT_USAGE, &error);
	if (parsed.wants_help || parsed.arguments.count > 0) {
		text_list_done(&parsed.arguments);
		attribution_options_done(&options.attribution);
		command_help(&EXPORT_COMMAND);
		return parsed.wants_help ? EXIT_DONE : EXIT_USAGE;
	}
	code = run_parsed(&options, &error);
	attribution_options_done(&options.attribution);
	return code == EXIT_DONE ? code : command_fail(&EXPORT_COMMAND, code, &error);
}

const struct command EXPORT_COMMAND = {
	"export", NULL,       "Write a census as a file for other programs.", "The fields are described in docs/export-format.md.\n",
	ROWS,     run_export,
};
