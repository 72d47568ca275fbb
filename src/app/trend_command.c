/* SPDX-License-Identifier: ISC */
/* mailcensus trend: all censuses of a database in order of time, each beside the one before it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/census_diff.h"
#include "app/census_method.h"
#include "app/command.h"
#include "app/reading_progress.h"
#include "base/memory.h"
#include "report/json_write.h"
#include "report/rate.h"
#include "report/table.h"
#include "store/location.h"

#define TREND_SCHEMA "mailcensus.trend/1"

enum { OUT_MAX = 16 << 20, DIFFERENCES_MAX = 64 * 1024, LEVELS = 8 };
enum trend_format { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON };

struct trend_options {
	const char *database;
	unsigned format; /* enum trend_format */
	bool json, no_changes;
	uint64_t last;
};

static const char *const FORMATS[] = {"table", "csv", "json", NULL};

static const struct option_row ROWS[] = {
	{"database", "FILE", OPTION_TEXT, offsetof(struct trend_options, database), 0, 0, NULL, false,
         "Keeps the censuses: a file (mailcensus.db), or postgresql://..."},
	{"last", "N", OPTION_UNSIGNED, offsetof(struct trend_options, last), 1, UINT32_MAX, NULL, false, "Only the N newest (all)."},
	{"no-changes", NULL, OPTION_FLAG, offsetof(struct trend_options, no_changes), 0, 0, NULL, false,
         "Do not compare each census with the one before: a third of the work."},
	{"format", "FORMAT", OPTION_CHOICE, offsetof(struct trend_options, format), 0, 0, FORMATS, false, "table, csv or json."},
	{"json", NULL, OPTION_FLAG, offsetof(struct trend_options, json), 0, 0, NULL, false, "The same as --format json."},
	{.name = NULL},
};

struct trend_row {
	census_id census;
	struct timestamp started_at;
	bool is_finished;
	uint64_t addresses, addresses_done; /* of its share */
	uint64_t answering;                 /* hosts where something accepts */
	uint64_t untold, mail, without_tls, strict;
	bool has_changes;
	uint64_t changes[CHANGE_COUNT]; /* hosts, since the row before */
	char *differences;              /* of how it was made, from the row before; sentences, one a line; "" none */
};

struct trend {
	struct trend_row *rows;
	size_t count, capacity;
};

/* ---- which ---- */

static bool add_census(void *context, const struct census_record *census, const struct census_progress *progress)
{
	struct trend *trend = context;

	(void)progress;
	if (trend->count == trend->capacity) {
		trend->capacity = trend->capacity > 0 ? 2 * trend->capacity : 32;
		trend->rows = memory_resize(trend->rows, trend->capacity, sizeof(*trend->rows));
	}
	trend->rows[trend->count++] = (struct trend_row){.census = census->id, .started_at = census->started_at};
	return true;
}

static int compare_rows(const void *a, const void *b)
{
	const struct trend_row *one = a, *other = b;

	if (one->started_at.unix_ms != other->started_at.unix_ms)
		return one->started_at.unix_ms < other->started_at.unix_ms ? -1 : 1;
	return one->census < other->census ? -1 : one->census > other->census;
}

static bool find_censuses(const struct trend_options *options, struct trend *trend, struct error *error)
{
	struct store_visitor visitor = {.context = trend, .on_census = add_census};
	char shown[LOCATION_SHOWN_SIZE];

	if (!census_reader_visit_censuses(options->database, &visitor, error))
		return false;
	location_show(options->database, shown);
	if (trend->count == 0)
		return error_set(error, "%s holds no census yet; \"mailcensus scan TARGET\" makes one", shown);
	if (trend->count > 1)
		qsort(trend->rows, trend->count, sizeof(*trend->rows), compare_rows);
	if (options->last > 0 && options->last < trend->count) {
		memmove(trend->rows, trend->rows + trend->count - options->last, options->last * sizeof(*trend->rows));
		trend->count = options->last;
	}
	return true;
}

/* ---- counting ---- */

static bool count_host(void *context, const struct census_service *service)
{
	struct trend_row *row = context;
	const struct host_judgement *host = service->host;

	if (!service->is_first_of_host)
		return true;
	row->answering += host->verdict != HOST_CLOSED ? 1 : 0;
	row->untold += host->verdict == HOST_UNKNOWN ? 1 : 0;
	row->mail += host->offers_pop3 || host->offers_imap ? 1 : 0;
	row->without_tls += host->no_tls_pop3 || host->no_tls_imap ? 1 : 0;
	row->strict += host->is_strict ? 1 : 0;
	return true;
}

struct counting {
	struct trend_row *row;
	struct reading_progress progress;
};

static bool count_change(void *context, const struct diff_host *host)
{
	struct counting *counting = context;

	counting->row->changes[host->change]++;
	reading_progress_add(&counting->progress, host->address);
	return true;
}

static bool open_census(const char *database, census_id census, struct census_reader *reader_out, struct error *error)
{
	struct reader_options options = {.database = database, .census = {.is_given = true, .has_value = true, .value = (uint64_t)census}};

	return census_reader_open(&options, reader_out, error);
}

static bool compare_with(struct census_reader *before, struct census_reader *reader, bool compares, struct trend_row *row,
                         struct error *error)
{
	struct buffer differences;
	struct counting counting = {.row = row};
	struct census_diff *diff;
	bool is_done;

	buffer_init(&differences, DIFFERENCES_MAX);
	census_method_differences(&before->record, &reader->record, &differences);
	row->differences = memory_copy_text(buffer_text(&differences));
	buffer_done(&differences);
	if (!compares)
		return true;
	diff = census_diff_open(before, reader, false, error);
	reading_progress_begin(&counting.progress, "hosts compared", false);
	is_done = diff != NULL && census_diff_visit(diff, count_change, &counting, error);
	reading_progress_end(&counting.progress);
	census_diff_close(diff);
	row->has_changes = is_done;
	return is_done;
}

static bool count_row(const struct trend_options *options, struct trend *trend, size_t at, struct error *error)
{
	struct trend_row *row = &trend->rows[at];
	struct census_reader reader, before;
	bool is_done;

	if (!open_census(options->database, row->census, &reader, error))
		return false;
	row->is_finished = reader.record.ended_at.unix_ms != 0;
	row->addresses = reader.record.host_count;
	row->addresses_done = reader.progress.hosts_done;
	is_done = census_reader_visit(&reader, NULL, 0, count_host, row, error);
	if (is_done && at > 0) {
		is_done = open_census(options->database, trend->rows[at - 1].census, &before, error);
		if (is_done) {
			is_done = compare_with(&before, &reader, !options->no_changes, row, error);
			census_reader_close(&before);
		}
	}
	census_reader_close(&reader);
	return is_done;
}

/* ---- printing ---- */

/* "12.3" of 1,000 hosts that offer mail; "" when there are none. */
static void format_rate(const struct trend_row *row, char text[RATE_TEXT_SIZE])
{
	rate_format(row->without_tls, 1000, row->mail, 1, text);
}

static const struct change_column {
	enum change change;
	const char *title, *name;
} CHANGES[] = {{CHANGE_NEW, "NEW", "new"},
               {CHANGE_GONE, "GONE", "gone"},
               {CHANGE_FIXED, "FIXED", "fixed"},
               {CHANGE_REGRESSED, "REGRESSED", "regressed"},
               {CHANGE_CHANGED, "CHANGED", "changed"},
               {CHANGE_UNTOLD, "CANNOT SAY", "cannot_say"}};

static void add_count(struct table *table, bool is_known, uint64_t count)
{
	if (is_known)
		table_add_number(table, count);
	else
		table_add_text(table, "-");
}

static void render_rows(const struct trend *trend, bool has_changes, struct buffer *out)
{
	struct table_column columns[TABLE_COLUMNS_MAX] = {{"CENSUS", true}, {"BEGUN", false}, {"DONE", true},   {"ANSWER", true},
	                                                  {"UNTOLD", true}, {"MAIL", true},   {"NO TLS", true}, {"OF 1000", true}};
	size_t count = 8;
	struct table *table;

	for (size_t i = 0; has_changes && i < ARRAY_LENGTH(CHANGES); i++)
		columns[count++] = (struct table_column){CHANGES[i].title, true};
	table = table_new(columns, count);
	for (size_t at = 0; at < trend->count; at++) {
		const struct trend_row *row = &trend->rows[at];
		char started[TIMESTAMP_TEXT_SIZE], rate[RATE_TEXT_SIZE];

		timestamp_format(row->started_at, started);
		format_rate(row, rate);
		table_add_number(table, (uint64_t)row->census);
		table_add(table, span_make(started, 10));
		table_add_number(table, row->addresses_done);
		table_add_number(table, row->answering);
		table_add_number(table, row->untold);
		table_add_number(table, row->mail);
		table_add_number(table, row->without_tls);
		table_add_text(table, rate[0] != '\0' ? rate : "-");
		for (size_t i = 0; has_changes && i < ARRAY_LENGTH(CHANGES); i++)
			add_count(table, row->has_changes, row->changes[CHANGES[i].change]);
	}
	table_render(table, TABLE_WIDTH_ANY, out);
	table_free(table);
}

static bool terminal_has_utf8(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		const char *value = getenv(names[i]);

		if (value != NULL && value[0] != '\0')
			return span_contains_text_ignoring_case(span_from_text(value), "utf-8") ||
			       span_contains_text_ignoring_case(span_from_text(value), "utf8");
	}
	return false;
}

/* One sign a census, from nothing to the most; a place where there is nothing to divide by stays empty. */
static void append_spark(const struct trend *trend, struct buffer *out)
{
	static const char *const blocks[LEVELS] = {"\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586", "\u2587", "\u2588"};
	bool has_blocks = terminal_has_utf8();
	double most = 0;

	for (size_t at = 0; at < trend->count; at++) {
		const struct trend_row *row = &trend->rows[at];

		if (row->mail > 0 && (double)row->without_tls / (double)row->mail > most)
			most = (double)row->without_tls / (double)row->mail;
	}
	for (size_t at = 0; at < trend->count; at++) {
		const struct trend_row *row = &trend->rows[at];
		unsigned level = 0;

		if (row->mail > 0 && most > 0)
			level = (unsigned)((double)row->without_tls / (double)row->mail / most * (LEVELS - 1) + 0.5);
		if (row->mail == 0)
			buffer_append_byte(out, ' ');
		else if (has_blocks)
			buffer_append_text(out, blocks[level]);
		else
			buffer_append_byte(out, (unsigned char)('0' + level));
	}
}

static void append_warnings(const struct trend *trend, struct buffer *out)
{
	for (size_t at = 0; at < trend->count; at++) {
		const struct trend_row *row = &trend->rows[at];
		struct span rest = row->differences != NULL ? span_from_text(row->differences) : span_make(NULL, 0);

		if (!row->is_finished)
			buffer_append_format(out, "census %" PRId64 " is not finished: %" PRIu64 " of %" PRIu64 " addresses\n", row->census,
			                     row->addresses_done, row->addresses);
		while (rest.size > 0) {
			struct span line = span_take_line(&rest);

			buffer_append_format(out, "census %" PRId64 " is not like census %" PRId64 ": ", row->census,
			                     trend->rows[at - 1].census);
			buffer_append(out, line);
			buffer_append_byte(out, '\n');
		}
	}
}

static void print_table(const struct trend_options *options, const struct trend *trend, struct buffer *out)
{
	struct buffer warnings;

	render_rows(trend, !options->no_changes && trend->count > 1, out);
	if (trend->count > 1) {
		buffer_append_text(out, "\nNO TLS, of 1000 hosts with mail: ");
		append_spark(trend, out);
		buffer_append_byte(out, '\n');
	}
	buffer_append_text(out, "\nHosts, each counted once. DONE were asked; ANSWER accept connections, UNTOLD said nothing that tells, "
	                        "MAIL offer POP3 or IMAP,\n"
	                        "NO TLS let people log in without it. What became of them is told since the census of the line before.\n");
	buffer_init(&warnings, OUT_MAX);
	append_warnings(trend, &warnings);
	if (warnings.size > 0) {
		buffer_append_text(out, "\nNot every number can be compared with the one above it:\n");
		buffer_append(out, buffer_view(&warnings));
	}
	buffer_done(&warnings);
}

static void print_csv(const struct trend *trend, struct buffer *out)
{
	buffer_append_text(out,
	                   "census,started_at,finished,addresses,addresses_done,hosts_answering,hosts_untold,hosts_mail,hosts_without_tls,"
	                   "hosts_without_tls_strict,without_tls_of_1000,comparable");
	for (size_t i = 0; i < ARRAY_LENGTH(CHANGES); i++)
		buffer_append_format(out, ",hosts_%s", CHANGES[i].name);
	buffer_append_byte(out, '\n');
	for (size_t at = 0; at < trend->count; at++) {
		const struct trend_row *row = &trend->rows[at];
		char started[TIMESTAMP_TEXT_SIZE], rate[RATE_TEXT_SIZE];

		timestamp_format(row->started_at, started);
		format_rate(row, rate);
		buffer_append_format(
			out, "%" PRId64 ",%s,%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%s,%s",
			row->census, started, row->is_finished ? "yes" : "no", row->addresses, row->addresses_done, row->answering,
			row->untold, row->mail, row->without_tls, row->strict, rate,
			row->differences == NULL      ? ""
			: row->differences[0] == '\0' ? "yes"
						      : "no");
		for (size_t i = 0; i < ARRAY_LENGTH(CHANGES); i++) {
			if (row->has_changes)
				buffer_append_format(out, ",%" PRIu64, row->changes[CHANGES[i].change]);
			else
				buffer_append_byte(out, ',');
		}
		buffer_append_byte(out, '\n');
	}
}

static void json_row(const struct trend_row *row, struct buffer *out)
{
	char rate[RATE_TEXT_SIZE];

	format_rate(row, rate);
	json_open_item(out);
	json_signed(out, "census", row->census);
	json_time(out, "started_at", row->started_at);
	json_bool(out, "finished", row->is_finished);
	json_number(out, "addresses", row->addresses);
	json_number(out, "addresses_done", row->addresses_done);
	json_number(out, "hosts_answering", row->answering);
	json_number(out, "hosts_untold", row->untold);
	json_number(out, "hosts_mail", row->mail);
	json_number(out, "hosts_without_tls", row->without_tls);
	json_number(out, "hosts_without_tls_strict", row->strict);
	json_key(out, "without_tls_of_1000");
	buffer_append_text(out, rate[0] != '\0' ? rate : "null");
	json_list(out, "differences", span_from_text(row->differences != NULL ? row->differences : ""), "\n");
	if (row->has_changes) {
		json_key(out, "since_previous");
		buffer_append_byte(out, '{');
		for (size_t i = 0; i < ARRAY_LENGTH(CHANGES); i++)
			json_number(out, change_name(CHANGES[i].change), row->changes[CHANGES[i].change]);
		json_number(out, change_name(CHANGE_UNCHANGED), row->changes[CHANGE_UNCHANGED]);
		buffer_append_byte(out, '}');
	} else {
		json_null(out, "since_previous");
	}
	buffer_append_byte(out, '}');
}

static void print_json(const struct trend *trend, struct buffer *out)
{
	buffer_append_byte(out, '{');
	json_word(out, "schema", TREND_SCHEMA);
	json_key(out, "censuses");
	buffer_append_byte(out, '[');
	for (size_t at = 0; at < trend->count; at++)
		json_row(&trend->rows[at], out);
	buffer_append_text(out, "]}\n");
}

static bool print(const struct trend_options *options, const struct trend *trend, struct error *error)
{
	struct buffer out;

	buffer_init(&out, OUT_MAX);
	if (options->format == FORMAT_JSON)
		print_json(trend, &out);
	else if (options->format == FORMAT_CSV)
		print_csv(trend, &out);
	else
		print_table(options, trend, &out);
	(void)fwrite(out.data, 1, out.size, stdout);
	buffer_done(&out);
	return (fflush(stdout) == 0 && ferror(stdout) == 0) || error_set(error, "the output could not be written");
}

/* ---- the verb ---- */

static bool run_parsed(const struct trend_options *options, struct error *error)
{
	struct trend trend = {.rows = NULL};
	bool is_done = find_censuses(options, &trend, error);

	for (size_t at = 0; is_done && at < trend.count; at++)
		is_done = count_row(options, &trend, at, error);
	is_done = is_done && print(options, &trend, error);
	for (size_t at = 0; at < trend.count; at++)
		free(trend.rows[at].differences);
	free(trend.rows);
	return is_done;
}

static int run_trend(int argc, char **argv)
{
	struct trend_options options = {.database = "mailcensus.db"};
	struct option_result parsed;
	struct error error = {{0}};

	if (!options_parse(ROWS, argc, argv, &options, &parsed, &error))
		return command_fail(&TREND_COMMAND, EXIT_USAGE, &error);
	if (parsed.wants_help || parsed.arguments.count > 0) {
		text_list_done(&parsed.arguments);
		command_help(&TREND_COMMAND);
		return parsed.wants_help ? EXIT_DONE : EXIT_USAGE;
	}
	if (options.json)
		options.format = FORMAT_JSON;
	return run_parsed(&options, &error) ? EXIT_DONE : command_fail(&TREND_COMMAND, EXIT_FAILED, &error);
}

const struct command TREND_COMMAND = {
	"trend",
	NULL,
	"Show all censuses of a database in order of time.",
	"Each line is a census: how many hosts were asked and answered, how many of them let people log in without TLS, and what became of "
	"them\n"
	"since the line before, in the classes of \"mailcensus diff\". Where two censuses were not made in the same way, their numbers "
	"cannot be\n"
	"compared as they are: what differs is told below.\n\n"
	"Examples:\n"
	"  mailcensus trend\n"
	"  mailcensus trend --last 12 --format csv\n",
	ROWS,
	run_trend,
};
