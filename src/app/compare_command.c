/* SPDX-License-Identifier: ISC */
/* mailcensus compare: what a report of another tool claims beside what a census saw. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/census_reach.h"
#include "app/census_reader.h"
#include "app/claim_check.h"
#include "app/command.h"
#include "app/reading_progress.h"
#include "app/scan_scope.h"
#include "report/csv_write.h"
#include "report/json_write.h"
#include "reported/reported_file.h"

#define CLAIM_SCHEMA "mailcensus.claim/1"
#define COMPARE_SCHEMA "mailcensus.compare/1"

enum { OUT_MAX = 1 << 20, WORD_MAX_SIZE = 128 };
enum compare_format { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSONL };

struct compare_options {
	struct reader_options reader;
	struct optional_unsigned port;
	unsigned format; /* enum compare_format */
	bool all, json;
};

static const char *const FORMATS[] = {"table", "csv", "jsonl", NULL};

static const struct option_row ROWS[] = {
	READER_OPTION_ROWS(struct compare_options),
	{"port", "N", OPTION_OPTIONAL_UNSIGNED, offsetof(struct compare_options, port), 1, UINT16_MAX, NULL, false,
         "The port of rows that name none, as zmap's."},
	{"all", NULL, OPTION_FLAG, offsetof(struct compare_options, all), 0, 0, NULL, false,
         "A line for every claim, not only for those that the census refutes."},
	{"format", "FORMAT", OPTION_CHOICE, offsetof(struct compare_options, format), 0, 0, FORMATS, false,
         "table; csv: a line a claim; jsonl: an object a claim, the totals last."},
	{"json", NULL, OPTION_FLAG, offsetof(struct compare_options, json), 0, 0, NULL, false, "The same as --format jsonl."},
	{.name = NULL},
};

struct comparing {
	const struct compare_options *options;
	struct census_reader *reader;
	struct census_reach *reach;
	const char *file;
	struct buffer out;
	struct error *error;
	bool has_failed;
	uint64_t outcomes[CLAIM_OUTCOME_COUNT], reasons[CLAIM_REASON_COUNT], reaches[REACH_COUNT];
	uint64_t kinds[CLAIM_KIND_COUNT][CLAIM_OUTCOME_COUNT];
	uint64_t unreadable;
	struct reading_progress progress;
};

/* What the census has of the claimed endpoint. */
struct seen {
	uint16_t port; /* that is sought; 0: whichever answers */
	bool has_rows; /* of the address */
	bool is_found;
	enum standing standing;
	enum verdict verdict;
	enum wire_protocol protocol;
	bool has_accepted;
	enum reach reach; /* where nothing was found */
};

static enum standing standing_of(const struct service_record *service)
{
	struct host_service as_host_service = {.port = service->endpoint.port,
	                                       .protocol = service->protocol,
	                                       .verdict = service->verdict,
	                                       .ending = service->ending,
	                                       .cleartext_login = service->cleartext_login};

	return standing_of_service(&as_host_service, service->tls_proven);
}

/* Whatever the service is, our connection was accepted. */
static bool was_accepted(const struct service_record *service)
{
	return service->verdict != VERDICT_CLOSED && service->ending != ENDING_LOCAL_FAILURE && service->ending != ENDING_CONNECT_REFUSED &&
	       service->ending != ENDING_CONNECT_TIMED_OUT && service->ending != ENDING_CONNECT_UNREACHABLE;
}

static bool look(void *context, const struct census_service *service)
{
	struct seen *seen = context;
	const struct service_record *record = service->service;

	if ((record->observation_flags & OBSERVED_CANARY) != 0)
		return true;
	seen->has_rows = true;
	if (seen->port == 0 && record->verdict == VERDICT_CLOSED)
		return true;
	if (seen->port != 0 ? record->endpoint.port != seen->port : seen->has_accepted)
		return true;
	seen->is_found = true;
	seen->standing = standing_of(record);
	seen->verdict = record->verdict;
	seen->protocol = record->protocol;
	seen->has_accepted = was_accepted(record);
	return true;
}

/* Without a row: silent where it was asked. A claim without a port is about any of the usual ones. */
static void reach_of_claim(const struct comparing *comparing, const struct claim *claim, struct seen *seen)
{
	static const uint16_t usual[] = {110, 143, 993, 995};
	size_t count = seen->port != 0 ? 1 : ARRAY_LENGTH(usual);

	seen->reach = REACH_ASKED;
	for (size_t i = 0; i < count && seen->reach == REACH_ASKED; i++)
		seen->reach = census_reach_of(comparing->reach, claim->address, seen->port != 0 ? seen->port : usual[i], seen->has_rows);
	seen->standing = seen->reach == REACH_ASKED ? STANDING_SILENT : STANDING_UNASKED;
}

/* ---- lines ---- */

static void flush(struct buffer *out)
{
	(void)fwrite(out->data, 1, out->size, stdout);
	buffer_clear(out);
}

static const char *claimed_protocol(const struct claim *claim)
{
	return claim->protocol == WIRE_UNKNOWN ? "" : wire_protocol_name(claim->protocol);
}

static const char *saw(const struct seen *seen)
{
	if (seen->is_found)
		return verdict_name(seen->verdict);
	return seen->reach == REACH_ASKED ? verdict_name(VERDICT_CLOSED) : "";
}

static const char *sentence_of(const struct claim_judgement *judgement, const struct seen *seen)
{
	return judgement->reason == REASON_NOT_ASKED ? reach_sentence(seen->reach) : claim_reason_sentence(judgement->reason);
}

static void print_text(const struct claim *claim, const struct seen *seen, const struct claim_judgement *judgement, struct buffer *out)
{
	char address[IP_ADDRESS_TEXT_SIZE], port[8] = "-";

	ip_address_format(claim->address, address);
	if (seen->port != 0)
		(void)snprintf(port, sizeof(port), "%u", seen->port);
	buffer_append_format(out, "%-39s %5s  %-11s %-4s  %-12s  %-21s  %s\n", address, port, claim_kind_name(claim->kind),
	                     claimed_protocol(claim), claim_outcome_name(judgement->outcome), saw(seen), sentence_of(judgement, seen));
}

static void csv_word(struct buffer *out, const char *word)
{
	csv_next(out);
	csv_text(out, span_from_text(word), WORD_MAX_SIZE, true);
}

static void print_csv(const struct claim *claim, const struct seen *seen, const struct claim_judgement *judgement, struct buffer *out)
{
	char address[IP_ADDRESS_TEXT_SIZE];

	ip_address_format(claim->address, address);
	csv_word(out, address);
	csv_next(out);
	if (seen->port != 0)
		buffer_append_format(out, "%u", seen->port);
	csv_word(out, claim_kind_name(claim->kind));
	csv_word(out, claimed_protocol(claim));
	csv_word(out, claim_outcome_name(judgement->outcome));
	csv_word(out, saw(seen));
	csv_word(out, claim_reason_name(judgement->reason));
	csv_word(out, judgement->reason == REASON_NOT_ASKED ? reach_name(seen->reach) : "");
	buffer_append_byte(out, '\n');
}

static void print_json(const struct claim *claim, const struct seen *seen, const struct claim_judgement *judgement, struct buffer *out)
{
	char address[IP_ADDRESS_TEXT_SIZE];

	ip_address_format(claim->address, address);
	buffer_append_byte(out, '{');
	json_word(out, "schema", CLAIM_SCHEMA);
	json_word(out, "address", address);
	json_number_or_null(out, "port", seen->port);
	json_word(out, "claim", claim_kind_name(claim->kind));
	json_word_or_null(out, "claimed_protocol", claimed_protocol(claim));
	json_word(out, "outcome", claim_outcome_name(judgement->outcome));
	json_word_or_null(out, "verdict", saw(seen));
	json_word_or_null(out, "reason", claim_reason_name(judgement->reason));
	json_word(out, "asked", seen->is_found ? reach_name(REACH_ASKED) : reach_name(seen->reach));
	buffer_append_text(out, "}\n");
}

static void print_claim(struct comparing *comparing, const struct claim *claim, const struct seen *seen,
                        const struct claim_judgement *judgement)
{
	if (!comparing->options->all && judgement->outcome != CLAIM_DISAGREES)
		return;
	if (comparing->options->format == FORMAT_JSONL)
		print_json(claim, seen, judgement, &comparing->out);
	else if (comparing->options->format == FORMAT_CSV)
		print_csv(claim, seen, judgement, &comparing->out);
	else
		print_text(claim, seen, judgement, &comparing->out);
	flush(&comparing->out);
}

/* ---- one claim ---- */

static bool take_claim(void *context, const struct claim *claim)
{
	struct comparing *comparing = context;
	struct seen seen = {.port = claim->port, .reach = REACH_ASKED};
	struct claim_judgement judgement;

	if (seen.port == 0 && comparing->options->port.has_value)
		seen.port = (uint16_t)comparing->options->port.value;
	if (!census_reader_visit(comparing->reader, &claim->address, 0, look, &seen, comparing->error)) {
		comparing->has_failed = true;
		return false;
	}
	if (census_reach_is_open(comparing->reach, claim->address))
		seen.is_found = false;
	if (!seen.is_found)
		reach_of_claim(comparing, claim, &seen);
	reading_progress_add(&comparing->progress, claim->address);
	judgement = claim_check(claim, seen.standing, seen.protocol, seen.has_accepted);
	comparing->outcomes[judgement.outcome]++;
	comparing->kinds[claim->kind][judgement.outcome]++;
	comparing->reasons[judgement.reason]++;
	if (judgement.reason == REASON_NOT_ASKED)
		comparing->reaches[seen.reach]++;
	print_claim(comparing, claim, &seen, &judgement);
	return ferror(stdout) == 0;
}

/* ---- totals ---- */

static uint64_t sum(const uint64_t outcomes[CLAIM_OUTCOME_COUNT])
{
	return outcomes[CLAIM_AGREES] + outcomes[CLAIM_DISAGREES] + outcomes[CLAIM_UNVERIFIED];
}

static void print_table_totals(const struct comparing *comparing)
{
	printf("\n%-14s%10s%10s%10s%14s\n", "CLAIM", "claims", "agree", "disagree", "not verified");
	for (unsigned kind = 0; kind < CLAIM_KIND_COUNT; kind++) {
		const uint64_t *outcomes = comparing->kinds[kind];

		if (sum(outcomes) > 0)
			printf("%-14s%10" PRIu64 "%10" PRIu64 "%10" PRIu64 "%14" PRIu64 "\n", claim_kind_name((enum claim_kind)kind),
			       sum(outcomes), outcomes[CLAIM_AGREES], outcomes[CLAIM_DISAGREES], outcomes[CLAIM_UNVERIFIED]);
	}
	printf("%-14s%10" PRIu64 "%10" PRIu64 "%10" PRIu64 "%14" PRIu64 "\n", "all", sum(comparing->outcomes),
	       comparing->outcomes[CLAIM_AGREES], comparing->outcomes[CLAIM_DISAGREES], comparing->outcomes[CLAIM_UNVERIFIED]);
	for (unsigned reason = REASON_NONE + 1; reason < REASON_NOT_ASKED; reason++) {
		if (comparing->reasons[reason] > 0)
			printf("%10" PRIu64 "  %s: %s\n", comparing->reasons[reason], claim_reason_name((enum claim_reason)reason),
			       claim_reason_sentence((enum claim_reason)reason));
	}
	for (unsigned reach = 0; reach < REACH_COUNT; reach++) {
		if (comparing->reaches[reach] > 0)
			printf("%10" PRIu64 "  %s: %s\n", comparing->reaches[reach], reach_name((enum reach)reach),
			       reach_sentence((enum reach)reach));
	}
}

static void print_json_totals(struct comparing *comparing, const char *format_name)
{
	struct buffer *out = &comparing->out;

	buffer_append_byte(out, '{');
	json_word(out, "schema", COMPARE_SCHEMA);
	json_signed(out, "census", comparing->reader->census);
	json_word(out, "format", format_name);
	json_number(out, "claims", sum(comparing->outcomes));
	for (unsigned outcome = 0; outcome < CLAIM_OUTCOME_COUNT; outcome++)
		json_number(out, claim_outcome_name((enum claim_outcome)outcome), comparing->outcomes[outcome]);
	json_number(out, "unreadable_rows", comparing->unreadable);
	json_key(out, "reasons");
	buffer_append_byte(out, '{');
	for (unsigned reason = REASON_NONE + 1; reason < CLAIM_REASON_COUNT; reason++)
		json_number(out, claim_reason_name((enum claim_reason)reason), comparing->reasons[reason]);
	buffer_append_byte(out, '}');
	json_key(out, "not_asked");
	buffer_append_byte(out, '{');
	for (unsigned reach = REACH_ASKED + 1; reach < REACH_COUNT; reach++)
		json_number(out, reach_name((enum reach)reach), comparing->reaches[reach]);
	buffer_append_text(out, "}}\n");
	flush(out);
}

/* ---- the verb ---- */

static void print_titles(const struct comparing *comparing)
{
	if (comparing->options->format == FORMAT_CSV)
		printf("address,port,claim,claimed_protocol,outcome,verdict,reason,not_asked\n");
	else if (comparing->options->format == FORMAT_TABLE)
		printf("%-39s %5s  %-11s %-4s  %-12s  %-21s  %s\n", "ADDRESS", "PORT", "CLAIM", "OF", "OUTCOME", "WE SAW", "WHAT");
}

static bool compare_text(struct comparing *comparing, struct span text, struct error *error)
{
	struct claim_sink sink = {.context = comparing, .take = take_claim};
	const struct reported_format *format = reported_recognise(text);
	bool is_read;

	if (format != NULL)
		print_titles(comparing);
	reading_progress_begin(&comparing->progress, "claims compared", true);
	is_read = reported_read(text, comparing->file, &sink, &format, error);
	reading_progress_end(&comparing->progress);
	if (!is_read || comparing->has_failed)
		return false;
	comparing->unreadable = sink.unreadable;
	if (sink.unreadable > 0) {
		(void)fflush(stdout);
		fprintf(stderr, "mailcensus compare: %s (%s): %zu rows cannot be read and are passed over; the first is number %zu\n",
		        comparing->file, format->name, sink.unreadable, sink.first_unreadable);
	}
	if (comparing->options->format == FORMAT_JSONL)
		print_json_totals(comparing, format->name);
	else if (comparing->options->format == FORMAT_TABLE)
		print_table_totals(comparing);
	return (fflush(stdout) == 0 && ferror(stdout) == 0) || error_set(error, "the output could not be written");
}

static bool compare_with(const struct compare_options *options, struct census_reader *reader, const char *file, struct error *error)
{
	struct comparing comparing = {.options = options, .reader = reader, .file = file, .error = error};
	size_t size = 0;
	char *content = file_read(file, &size, error);
	bool is_done = content != NULL;

	buffer_init(&comparing.out, OUT_MAX);
	if (is_done)
		comparing.reach = census_reach_open(reader, error);
	is_done = is_done && comparing.reach != NULL && census_reach_note_families(comparing.reach, reader, error) &&
	          compare_text(&comparing, span_make(content, size), error);
	census_reach_close(comparing.reach);
	buffer_done(&comparing.out);
	free(content);
	return is_done;
}

static int run_compare(int argc, char **argv)
{
	struct compare_options options = {.reader = {.database = "mailcensus.db"}};
	struct option_result parsed;
	struct census_reader reader;
	struct error error = {{0}};
	bool is_done;

	if (!options_parse(ROWS, argc, argv, &options, &parsed, &error))
		return command_fail(&COMPARE_COMMAND, EXIT_USAGE, &error);
	if (parsed.wants_help || parsed.arguments.count != 1) {
		text_list_done(&parsed.arguments);
		command_help(&COMPARE_COMMAND);
		return parsed.wants_help ? EXIT_DONE : EXIT_USAGE;
	}
	if (options.json)
		options.format = FORMAT_JSONL;
	is_done = census_reader_open(&options.reader, &reader, &error);
	if (is_done) {
		is_done = compare_with(&options, &reader, parsed.arguments.items[0], &error);
		census_reader_close(&reader);
	}
	text_list_done(&parsed.arguments);
	return is_done ? EXIT_DONE : command_fail(&COMPARE_COMMAND, EXIT_FAILED, &error);
}

const struct command COMPARE_COMMAND = {
	"compare",
	"FILE",
	"Tell where a report of another tool and a census disagree.",
	"FILE is Shadowserver's CSV (scan_pop3, scan_imap, and their _vulnerable and scan6 siblings), zgrab2's JSON lines, masscan's list "
	"(-oL),\n"
	"JSON (-oJ) or XML (-oX), or zmap's CSV; it is known by its content, and '-' is stdin. The census is one that asked the same: a "
	"scan\n"
	"takes such a file as its targets, see its option \"reported\".\n\n"
	"A line stands for each claim that the census refutes: said to be open, and closed now; said to be without TLS, and TLS works; and "
	"so on.\n"
	"What the census did not ask, or could not tell, is not verified: no word for or against the claim.\n\n"
	"Examples:\n"
	"  mailcensus compare scan_imap_vulnerable.csv\n"
	"  mailcensus compare --port 143 --format csv zmap.csv\n",
	ROWS,
	run_compare,
};
