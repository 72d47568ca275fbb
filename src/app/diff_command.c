/* SPDX-License-Identifier: ISC */
/* mailcensus diff: what became of every service and host between two censuses. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/attribution_options.h"
#include "app/census_diff.h"
#include "app/census_method.h"
#include "app/command.h"
#include "app/diff_lines.h"
#include "app/diff_totals.h"
#include "app/reading_progress.h"
#include "base/memory.h"
#include "base/text.h"
#include "report/json_write.h"
#include "store/location.h"

#define DIFF_SCHEMA "mailcensus.diff/1"

enum { SUMMARY_MAX = 256 << 20 };
enum diff_format { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSONL };

struct diff_options {
	const char *database, *by, *only, *fail_on;
	bool list, json, quiet;
	unsigned format; /* enum diff_format */
	struct attribution_options attribution;
	bool is_shown[CHANGE_COUNT], fails[CHANGE_COUNT];
};

static const char *const FORMATS[] = {"table", "csv", "jsonl", NULL};

static const struct option_row ROWS[] = {
	{"database", "FILE", OPTION_TEXT, offsetof(struct diff_options, database), 0, 0, NULL, false,
         "Whose censuses are meant by numbers: a file (mailcensus.db), or postgresql://..."},
	{"by", "KEYS", OPTION_TEXT, offsetof(struct diff_options, by), 0, 0, NULL, false,
         "Count by country, by asn, or by country,asn, too."},
	{"list", NULL, OPTION_FLAG, offsetof(struct diff_options, list), 0, 0, NULL, false,
         "With the table: a line for each service, before the totals."},
	{"only", "CLASSES", OPTION_TEXT, offsetof(struct diff_options, only), 0, 0, NULL, false,
         "Which services get a line: new, gone, fixed, regressed, changed, unchanged, cannot-say, with commas between, or all (all but "
         "unchanged)."},
	{"format", "FORMAT", OPTION_CHOICE, offsetof(struct diff_options, format), 0, 0, FORMATS, false,
         "table: the totals; csv: a line for each service (with --by: for each group); jsonl: an object for each service, the totals "
         "last."},
	{"json", NULL, OPTION_FLAG, offsetof(struct diff_options, json), 0, 0, NULL, false, "The same as --format jsonl."},
	{"fail-on", "CLASSES", OPTION_TEXT, offsetof(struct diff_options, fail_on), 0, 0, NULL, false,
         "Exit with code 1 when a service or a host is in one of these classes."},
	{"quiet", NULL, OPTION_FLAG, offsetof(struct diff_options, quiet), 0, 0, NULL, false, "Print nothing: the exit code tells."},
	ATTRIBUTION_OPTION_ROWS(offsetof(struct diff_options, attribution)),
	{.name = NULL},
};

/* ---- which censuses ---- */

/* "7", "FILE" or "FILE#7". A file whose name is a number is meant by "./7". The location is the caller's to free. */
static bool read_census_word(const char *word, const char *database, char **location_out, struct optional_unsigned *census_out,
                             struct error *error)
{
	struct span text = span_from_text(word);
	const char *mark = strrchr(word, '#');
	uint64_t number = 0;

	*census_out = (struct optional_unsigned){.is_given = true};
	if (text_parse_unsigned(text, INT64_MAX, &number)) {
		*location_out = memory_copy_text(database);
		*census_out = (struct optional_unsigned){.is_given = true, .has_value = true, .value = number};
	} else if (mark != NULL && text_parse_unsigned(span_from_text(mark + 1), INT64_MAX, &number)) {
		*location_out = memory_copy_text(word);
		(*location_out)[mark - word] = '\0';
		*census_out = (struct optional_unsigned){.is_given = true, .has_value = true, .value = number};
	} else {
		*location_out = memory_copy_text(word);
		return true;
	}
	if (number == 0)
		return error_set(error, "censuses are numbered from 1; \"mailcensus list\" shows which there are");
	return true;
}

struct newest {
	uint64_t ids[DIFF_SIDES];
};

static bool note_census(void *context, const struct census_record *census, const struct census_progress *progress)
{
	struct newest *newest = context;

	(void)progress;
	newest->ids[DIFF_OLD] = newest->ids[DIFF_NEW];
	newest->ids[DIFF_NEW] = (uint64_t)census->id;
	return true;
}

/* The two newest of a database. */
static bool find_newest(const char *database, struct newest *newest_out, struct error *error)
{
	struct store_visitor visitor = {.context = newest_out, .on_census = note_census};
	char shown[LOCATION_SHOWN_SIZE];

	*newest_out = (struct newest){.ids = {0}};
	if (!census_reader_visit_censuses(database, &visitor, error))
		return false;
	location_show(database, shown);
	return newest_out->ids[DIFF_OLD] != 0 ||
	       error_set(error, "%s holds fewer than two censuses; name two: mailcensus diff old.db new.db", shown);
}

static bool open_reader(const char *location, struct optional_unsigned census, struct census_reader *reader_out, struct error *error)
{
	struct reader_options options = {.database = location, .census = census};

	return census_reader_open(&options, reader_out, error);
}

struct sides {
	struct census_reader readers[DIFF_SIDES];
	char *locations[DIFF_SIDES];
};

static bool open_sides(const struct diff_options *options, const struct text_list *words, struct sides *sides, struct error *error)
{
	struct newest newest;

	if (words->count == 0 && !find_newest(options->database, &newest, error))
		return false;
	for (unsigned side = 0; side < DIFF_SIDES; side++) {
		struct optional_unsigned census = {.is_given = true, .has_value = true};

		if (words->count > 0) {
			if (!read_census_word(words->items[side], options->database, &sides->locations[side], &census, error))
				return false;
		} else {
			sides->locations[side] = memory_copy_text(options->database);
			census.value = newest.ids[side];
		}
		if (!open_reader(sides->locations[side], census, &sides->readers[side], error))
			return false;
	}
	if (strcmp(sides->locations[DIFF_OLD], sides->locations[DIFF_NEW]) == 0 &&
	    sides->readers[DIFF_OLD].census == sides->readers[DIFF_NEW].census)
		return error_set(error, "both are census %" PRId64 "; name two different ones", sides->readers[DIFF_OLD].census);
	return true;
}

static void close_sides(struct sides *sides)
{
	for (unsigned side = 0; side < DIFF_SIDES; side++) {
		if (sides->readers[side].store != NULL)
			census_reader_close(&sides->readers[side]);
		free(sides->locations[side]);
	}
}

/* ---- printing ---- */

struct printing {
	const struct diff_options *options;
	const struct sides *sides;
	struct census_diff *diff;
	struct attributor *attributor;
	struct diff_totals totals;
	struct buffer out;
	struct reading_progress progress;
};

static void flush(struct buffer *out)
{
	(void)fwrite(out->data, 1, out->size, stdout);
	buffer_clear(out);
}

static bool has_lines(const struct diff_options *options)
{
	if (options->quiet)
		return false;
	return options->format == FORMAT_JSONL || (options->format == FORMAT_CSV && options->by == NULL) ||
	       (options->format == FORMAT_TABLE && options->list);
}

static void print_service(struct printing *printing, const struct diff_host *host, const struct diff_service *service)
{
	struct diff_line line = {.diff = printing->diff, .host = host, .service = service, .attributor = printing->attributor};

	if (printing->options->format == FORMAT_JSONL)
		diff_line_json(&line, &printing->out);
	else if (printing->options->format == FORMAT_CSV)
		diff_line_csv(&line, &printing->out);
	else
		diff_line_text(&line, &printing->out);
	flush(&printing->out);
}

static bool take_host(void *context, const struct diff_host *host)
{
	struct printing *printing = context;

	reading_progress_add(&printing->progress, host->address);
	diff_totals_count(&printing->totals, printing->diff, host, printing->attributor);
	for (size_t i = 0; has_lines(printing->options) && i < host->service_count; i++) {
		if (printing->options->is_shown[host->services[i].pair.change])
			print_service(printing, host, &host->services[i]);
	}
	return ferror(stdout) == 0;
}

static void print_census(const char *title, const struct census_reader *reader, const char *location)
{
	char started[TIMESTAMP_TEXT_SIZE], shown[LOCATION_SHOWN_SIZE];

	timestamp_format(reader->record.started_at, started);
	location_show(location, shown);
	printf("%s  census %" PRId64 " of %s, begun %s%s; %" PRIu64 " of %" PRIu64 " addresses done\n", title, reader->census, shown,
	       started, reader->record.ended_at.unix_ms != 0 ? "" : ", not finished", reader->progress.hosts_done,
	       reader->record.host_count);
}

static void print_differences(const struct sides *sides)
{
	struct buffer lines;
	struct span rest;

	buffer_init(&lines, 64 * 1024);
	census_method_differences(&sides->readers[DIFF_OLD].record, &sides->readers[DIFF_NEW].record, &lines);
	rest = buffer_view(&lines);
	if (rest.size > 0)
		printf("\nThey were not made in the same way:\n");
	while (rest.size > 0) {
		struct span line = span_take_line(&rest);

		printf("  %.*s\n", (int)line.size, (const char *)line.data);
	}
	buffer_done(&lines);
}

static void print_table(struct printing *printing)
{
	if (printing->options->list)
		printf("\n");
	print_census("then", &printing->sides->readers[DIFF_OLD], printing->sides->locations[DIFF_OLD]);
	print_census("now ", &printing->sides->readers[DIFF_NEW], printing->sides->locations[DIFF_NEW]);
	print_differences(printing->sides);
	printf("\n");
	diff_totals_render(&printing->totals, &printing->out);
	if (printing->totals.groups.keys != 0) {
		buffer_append_text(&printing->out, "\nHosts:\n");
		diff_totals_render_groups(&printing->totals, printing->attributor, &printing->out);
	}
	flush(&printing->out);
}

static void json_census(struct buffer *out, const char *key, const struct census_reader *reader)
{
	json_key(out, key);
	buffer_append_byte(out, '{');
	json_signed(out, "census", reader->census);
	json_word(out, "tool_version", reader->record.tool_version);
	json_time(out, "started_at", reader->record.started_at);
	if (reader->record.ended_at.unix_ms != 0)
		json_time(out, "ended_at", reader->record.ended_at);
	else
		json_null(out, "ended_at");
	json_number(out, "addresses", reader->record.host_count);
	json_number(out, "addresses_done", reader->progress.hosts_done);
	json_number(out, "addresses_silent", reader->progress.hosts_silent);
	buffer_append_byte(out, '}');
}

static void print_json_totals(struct printing *printing)
{
	const struct census_reader *readers = printing->sides->readers;
	struct buffer *out = &printing->out, lines;

	buffer_init(&lines, 64 * 1024);
	census_method_differences(&readers[DIFF_OLD].record, &readers[DIFF_NEW].record, &lines);
	buffer_append_byte(out, '{');
	json_word(out, "schema", DIFF_SCHEMA);
	json_census(out, "old", &readers[DIFF_OLD]);
	json_census(out, "new", &readers[DIFF_NEW]);
	json_list(out, "differences", buffer_view(&lines), "\n");
	json_number(out, "hosts_answering_old", printing->totals.answering[DIFF_OLD]);
	json_number(out, "hosts_answering_new", printing->totals.answering[DIFF_NEW]);
	json_number(out, "hosts_without_tls_old", printing->totals.without_tls[DIFF_OLD]);
	json_number(out, "hosts_without_tls_new", printing->totals.without_tls[DIFF_NEW]);
	diff_totals_json(&printing->totals, printing->attributor, out);
	buffer_append_text(out, "}\n");
	buffer_done(&lines);
	flush(out);
}

static void print_totals(struct printing *printing)
{
	diff_totals_sort(&printing->totals);
	if (printing->options->quiet)
		return;
	if (printing->options->format == FORMAT_JSONL)
		print_json_totals(printing);
	else if (printing->options->format == FORMAT_TABLE)
		print_table(printing);
	else if (printing->options->by != NULL)
		diff_totals_csv_groups(&printing->totals, printing->attributor, &printing->out);
	flush(&printing->out);
}

/* ---- the verb ---- */

static void print_titles(struct printing *printing)
{
	if (!has_lines(printing->options))
		return;
	if (printing->options->format == FORMAT_CSV)
		diff_line_csv_titles(&printing->out);
	else if (printing->options->format == FORMAT_TABLE)
		diff_line_titles(&printing->out);
	flush(&printing->out);
}

static int code_of(const struct printing *printing)
{
	const struct diff_counts *all = &printing->totals.all;
	bool is_finished = true;

	if (printing->options->fail_on == NULL)
		return EXIT_DONE;
	for (unsigned change = 0; change < CHANGE_COUNT; change++) {
		if (printing->options->fails[change] && all->hosts[change] + all->services[change] > 0)
			return EXIT_FAILED;
	}
	for (unsigned side = 0; side < DIFF_SIDES; side++)
		is_finished = is_finished && printing->sides->readers[side].record.ended_at.unix_ms != 0;
	return is_finished ? EXIT_DONE : EXIT_INCOMPLETE;
}

static int compare(const struct diff_options *options, struct sides *sides, struct printing *printing, struct error *error)
{
	bool is_done;

	printing->attributor = attribution_open(&options->attribution, error);
	if (printing->attributor == NULL)
		return EXIT_FAILED;
	printing->diff = census_diff_open(&sides->readers[DIFF_OLD], &sides->readers[DIFF_NEW], true, error);
	if (printing->diff == NULL)
		return EXIT_FAILED;
	print_titles(printing);
	reading_progress_begin(&printing->progress, "hosts compared", has_lines(options));
	is_done = census_diff_visit(printing->diff, take_host, printing, error);
	reading_progress_end(&printing->progress);
	if (!is_done)
		return EXIT_FAILED;
	print_totals(printing);
	if (fflush(stdout) != 0 || ferror(stdout) != 0) {
		error_set(error, "the output could not be written");
		return EXIT_FAILED;
	}
	return code_of(printing);
}

static int run_parsed(const struct diff_options *options, const struct text_list *words, struct error *error)
{
	struct sides sides = {.locations = {NULL}};
	struct printing *printing = memory_allocate(1, sizeof(*printing));
	int code = EXIT_FAILED;

	printing->options = options;
	printing->sides = &sides;
	buffer_init(&printing->out, SUMMARY_MAX);
	if (options->by != NULL && !diff_keys_parse(options->by, &printing->totals.groups.keys, error))
		code = EXIT_USAGE;
	else if (open_sides(options, words, &sides, error))
		code = compare(options, &sides, printing, error);
	diff_totals_done(&printing->totals);
	census_diff_close(printing->diff);
	attributor_close(printing->attributor);
	buffer_done(&printing->out);
	free(printing);
	close_sides(&sides);
	return code;
}

static bool read_classes(const char *option, const char *text, bool chosen_out[CHANGE_COUNT], struct error *error)
{
	struct span rest = span_from_text(text);
	bool has_more = true;

	while (has_more) {
		size_t end = span_find_byte(rest, ',');
		struct span word = span_trim(span_part(rest, 0, end));
		enum change change;

		if (span_equals_text(word, "all")) {
			for (unsigned i = CHANGE_UNCHANGED; i < CHANGE_COUNT; i++)
				chosen_out[i] = true;
		} else if (change_parse(word, &change)) {
			chosen_out[change] = true;
		} else {
			return error_set(error,
			                 "--%s takes new, gone, fixed, regressed, changed, unchanged, cannot-say or all, with commas "
			                 "between, not '%.60s'",
			                 option, text);
		}
		has_more = end < rest.size;
		rest = span_part(rest, end + 1, rest.size);
	}
	return true;
}

static bool finish_options(struct diff_options *options, const struct text_list *words, struct error *error)
{
	if (options->json)
		options->format = FORMAT_JSONL;
	if (words->count != 0 && words->count != DIFF_SIDES)
		return error_set(error, "name the old census and the new one, such as 3 4 or old.db new.db; none: the two newest");
	if (options->only != NULL && !read_classes("only", options->only, options->is_shown, error))
		return false;
	for (unsigned i = CHANGE_UNCHANGED + 1; options->only == NULL && i < CHANGE_COUNT; i++)
		options->is_shown[i] = true;
	return options->fail_on == NULL || read_classes("fail-on", options->fail_on, options->fails, error);
}

static int run_diff(int argc, char **argv)
{
	struct diff_options options = {.database = "mailcensus.db", .attribution = ATTRIBUTION_OPTIONS_DEFAULT};
	struct option_result parsed;
	struct error error = {{0}};
	int code = EXIT_USAGE;

	if (!options_parse(ROWS, argc, argv, &options, &parsed, &error))
		return command_fail(&DIFF_COMMAND, EXIT_USAGE, &error);
	if (parsed.wants_help) {
		command_help(&DIFF_COMMAND);
		code = EXIT_DONE;
	} else if (finish_options(&options, &parsed.arguments, &error)) {
		code = run_parsed(&options, &parsed.arguments, &error);
	}
	text_list_done(&parsed.arguments);
	attribution_options_done(&options.attribution);
	return error.text[0] != '\0' ? command_fail(&DIFF_COMMAND, code, &error) : code;
}

const struct command DIFF_COMMAND = {
	"diff",
	"[OLD NEW]",
	"Tell what became of every service and host between two censuses.",
	"OLD and NEW are numbers of censuses in the database, or files (their newest census), or FILE#NUMBER; without them the two newest\n"
	"censuses of the database are compared. A file whose name is a number is ./NUMBER.\n\n"
	"  new         answers now and did not answer when it was asked before\n"
	"  gone        does not answer any more: that is no repair\n"
	"  fixed       was without TLS and protects its logins now: reached and proven\n"
	"  regressed   took no password in clear before and does now, or had TLS and is without it now\n"
	"  changed     something else differs: verdict, login, protocol, certificate or software\n"
	"  unchanged   nothing of that differs\n"
	"  cannot-say  was not asked in one of them (targets, exclusions, shares, not finished), or one of them could not tell\n\n"
	"A host is fixed when every one of its services that was without TLS is.\n\n"
	"Exit codes: 0 done, 1 failed (or found, with --fail-on), 2 called wrongly, 3 with --fail-on: nothing of it was found, but one of\n"
	"the censuses is not finished.\n\n"
	"Examples:\n"
	"  mailcensus diff 3 4\n"
	"  mailcensus diff --by country january.db february.db\n"
	"  mailcensus diff --list --only regressed,new january.db february.db#2\n"
	"  mailcensus diff --quiet --fail-on regressed   # in a pipeline: the two newest\n",
	ROWS,
	run_diff,
};
