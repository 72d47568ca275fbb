/* SPDX-License-Identifier: ISC */
/* mailcensus contacts: whom to tell about a host, why, and where that is known from. */
#include "app/contacts_command.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "base/memory.h"
#include "base/text.h"
#include "enrich/data_file.h"
#include "report/contact_json.h"
#include "report/json_write.h"
#include "report/table.h"

enum { OUT_MAX = 16 << 20 };

static const struct option_row ROWS[] = {
	CONTACT_OPTION_ROWS(offsetof(struct contacts_options, contacts)),
	ATTRIBUTION_OPTION_ROWS(offsetof(struct contacts_options, attribution)),
	{"asn", "N", OPTION_UNSIGNED, offsetof(struct contacts_options, asn), 1, UINT32_MAX, NULL, false,
         "look-up: of this network, whatever the address is attributed to."},
	{"country", "CC", OPTION_TEXT, offsetof(struct contacts_options, country), 0, 0, NULL, false,
         "look-up: in this country, likewise."},
	{"domain", "NAME", OPTION_TEXT, offsetof(struct contacts_options, domain), 0, 0, NULL, false, "look-up: the host has this name."},
	{"name", "NAME", OPTION_TEXT, offsetof(struct contacts_options, name), 0, 0, NULL, false,
         "import: keep it as DIRECTORY/NAME.csv (the name of the list)."},
	{"valid-for", "DAYS", OPTION_UNSIGNED, offsetof(struct contacts_options, valid_days), 1, 36500, NULL, false,
         "import: after so many days they count no more (they always do)."},
	{"rdap", NULL, OPTION_FLAG, offsetof(struct contacts_options, uses_rdap), 0, 0, NULL, false,
         "query: ask the registries, each at most once a second."},
	{"abusix", NULL, OPTION_FLAG, offsetof(struct contacts_options, uses_abusix), 0, 0, NULL, false,
         "query: ask the contact database of Abusix by DNS; with --rdap for what that does not know."},
	READER_OPTION_ROWS(struct contacts_options),
	{"bootstrap", "DIRECTORY", OPTION_TEXT, offsetof(struct contacts_options, bootstrap), 0, 0, NULL, false,
         "query: ipv4.json, ipv6.json and asn.json say which registry to ask (IANA's, fetched once a day)."},
	{"abusix-zone", "ZONE", OPTION_TEXT, offsetof(struct contacts_options, abusix_zone), 0, 0, NULL, false,
         "query: below this name (abuse-contacts.abusix.zone)."},
	{"dns-server", "ADDRESS[:PORT]", OPTION_TEXT, offsetof(struct contacts_options, dns_server), 0, 0, NULL, false,
         "query: ask this name server (as the system does)."},
	{"lab-http", NULL, OPTION_FLAG, offsetof(struct contacts_options, lab_http), 0, 0, NULL, false,
         "query: for tests, plain http to loopback is fine."},
	{"json", NULL, OPTION_FLAG, offsetof(struct contacts_options, json), 0, 0, NULL, false, "One JSON object a line."},
	{.name = NULL},
};

/* ---- look-up ---- */

struct looking_up {
	const struct contacts_options *options;
	struct attributor *attributor;
	struct contact_table *table;
	char country[3];
	struct buffer out;
	struct contact_chain chain;
};

static void print_nobody(struct looking_up *looking)
{
	const struct contact_step *last = looking->chain.count > 0 ? &looking->chain.steps[looking->chain.count - 1] : NULL;

	if (looking->chain.is_never && last != NULL)
		buffer_append_format(&looking->out, "  to    nobody: %s says never (%s, line %" PRIu64 ")\n", last->match, last->file,
		                     last->line);
	else
		buffer_append_text(&looking->out, "  to    unknown\n");
}

static void print_steps(struct looking_up *looking)
{
	static const struct table_column columns[] = {{"  MATCH", false}, {"BY", false},      {"AS", false},      {"CONTACT", false},
	                                              {"SOURCE", false},  {"EXPIRES", false}, {"LINE OF", false}, {"COMMENT", false}};
	struct table *table = table_new(columns, ARRAY_LENGTH(columns));

	for (size_t i = 0; i < looking->chain.count; i++) {
		const struct contact_step *step = &looking->chain.steps[i];
		char text[CONTACT_MATCH_SIZE + 4], expires[TIMESTAMP_TEXT_SIZE] = "", line[300];

		if (step->expires.unix_ms != 0)
			timestamp_format(step->expires, expires);
		(void)snprintf(text, sizeof(text), "  %s", step->match);
		(void)snprintf(line, sizeof(line), "%" PRIu64 " %.250s", step->line, step->file);
		table_add_text(table, text);
		table_add_text(table, contact_kind_name(step->kind));
		table_add_text(table, contact_scope_name(step->scope));
		table_add_text(table, step->is_never ? "never" : step->contact);
		table_add_text(table, step->source);
		table_add_text(table, expires);
		table_add_text(table, line);
		table_add_text(table, step->comment);
	}
	table_render(table, TABLE_WIDTH_ANY, &looking->out);
	table_free(table);
	if (looking->chain.is_cut)
		buffer_append_text(&looking->out, "  ... and more that count less\n");
}

static void print_text(struct looking_up *looking, const char *address, const struct contact_question *question)
{
	const struct contact_chain *chain = &looking->chain;

	buffer_append_format(&looking->out, "%s", address);
	if (question->asn != 0)
		buffer_append_format(&looking->out, ", AS%" PRIu32, question->asn);
	if (question->country[0] != '\0')
		buffer_append_format(&looking->out, ", %s", question->country);
	buffer_append_text(&looking->out, "\n");
	if (chain->to == NULL)
		print_nobody(looking);
	else
		buffer_append_format(&looking->out, "  to    %s\n", chain->to->contact);
	if (chain->copy != NULL)
		buffer_append_format(&looking->out, "  copy  %s\n", chain->copy->contact);
	print_steps(looking);
}

static void print_json(struct looking_up *looking, const char *address, const struct contact_question *question)
{
	buffer_append_byte(&looking->out, '{');
	json_word(&looking->out, "schema", "mailcensus.contact/1");
	json_word(&looking->out, "address", address);
	json_number_or_null(&looking->out, "asn", question->asn);
	json_word_or_null(&looking->out, "country", question->country);
	json_word_or_null(&looking->out, "domain", question->domain);
	json_contact_chain(&looking->out, &looking->chain);
	buffer_append_text(&looking->out, "}\n");
}

static bool look_up(struct looking_up *looking, struct span word, struct error *error)
{
	const struct contacts_options *options = looking->options;
	struct contact_question question = {.now = options->now, .domain = options->domain};
	char address[IP_ADDRESS_TEXT_SIZE], country[3];

	buffer_clear(&looking->out);
	if (!ip_address_parse(word, &question.address)) {
		text_escape(span_part(word, 0, 80), &looking->out);
		return error_set(error, "'%s' is no address", buffer_text(&looking->out));
	}
	attributor_look_up_network(looking->attributor, question.address, country, &question.asn);
	question.country = options->country != NULL ? looking->country : country;
	question.asn = options->asn != 0 ? (uint32_t)options->asn : question.asn;
	contact_table_look_up(looking->table, &question, &looking->chain);
	ip_address_format(question.address, address);
	(options->json ? print_json : print_text)(looking, address, &question);
	(void)fwrite(looking->out.data, 1, looking->out.size, stdout);
	return true;
}

static bool look_up_input(struct looking_up *looking, struct error *error)
{
	char *line = NULL;
	size_t capacity = 0;
	ssize_t size;
	bool is_good = true;

	while (is_good && (size = getline(&line, &capacity, stdin)) >= 0) {
		struct span word = span_make(line, (size_t)size);

		while (word.size > 0 && (word.data[word.size - 1] == '\n' || word.data[word.size - 1] == '\r'))
			word.size--;
		word = span_trim(word);
		is_good = word.size == 0 || look_up(looking, word, error);
	}
	free(line);
	return is_good;
}

static int look_up_words(struct looking_up *looking, const struct text_list *words, struct error *error)
{
	bool is_good = true;

	looking->attributor = attribution_open(&looking->options->attribution, error);
	if (looking->attributor == NULL)
		return EXIT_FAILED;
	looking->table = contact_options_open(&looking->options->contacts, NULL, NULL, error);
	if (looking->table == NULL)
		return EXIT_FAILED;
	for (size_t i = 1; i < words->count && is_good; i++)
		is_good = strcmp(words->items[i], "-") == 0 ? look_up_input(looking, error)
		                                            : look_up(looking, span_from_text(words->items[i]), error);
	return is_good ? EXIT_DONE : EXIT_USAGE;
}

static int run_look_up(const struct contacts_options *options, const struct text_list *words, struct error *error)
{
	struct looking_up *looking;
	char reserved[3];
	int code;

	if (words->count < 2) {
		error_set(error, "look-up needs addresses, or - to read them from standard input");
		return EXIT_USAGE;
	}
	looking = memory_allocate(1, sizeof(*looking));
	looking->options = options;
	if (options->country != NULL && !country_code_read(span_from_text(options->country), looking->country, reserved)) {
		free(looking);
		error_set(error, "--country is two letters, such as DE");
		return EXIT_USAGE;
	}
	buffer_init(&looking->out, OUT_MAX);
	code = look_up_words(looking, words, error);
	buffer_done(&looking->out);
	contact_table_free(looking->table);
	attributor_close(looking->attributor);
	free(looking);
	return code;
}

/* ---- status ---- */

struct listing {
	bool json;
	struct table *table;
	struct buffer out;
};

static void list_json(struct listing *listing, const char *path, const struct contact_counts *counts)
{
	struct buffer *out = &listing->out;

	buffer_append_byte(out, '{');
	json_word(out, "schema", "mailcensus.contact-file/1");
	json_word(out, "file", path);
	for (unsigned kind = 0; kind < CONTACT_KINDS; kind++)
		json_number(out, contact_kind_name((enum contact_kind)kind), counts->rows[kind]);
	json_number(out, "never", counts->never);
	json_number(out, "certs", counts->certs);
	json_number(out, "placeholders", counts->placeholders);
	json_number(out, "rows_refused", counts->rows_refused);
	buffer_append_text(out, "}\n");
}

static void list_file(void *context, const char *path, const struct contact_counts *counts)
{
	struct listing *listing = context;

	if (listing->json) {
		list_json(listing, path, counts);
		return;
	}
	table_add_text(listing->table, path);
	for (unsigned kind = 0; kind < CONTACT_KINDS; kind++)
		table_add_number(listing->table, counts->rows[kind]);
	table_add_number(listing->table, counts->never);
	table_add_number(listing->table, counts->certs);
	table_add_number(listing->table, counts->placeholders);
	table_add_number(listing->table, counts->rows_refused);
}

static void print_totals(struct listing *listing, const struct contact_table *table, const struct contacts_options *options)
{
	size_t count = contact_table_count(table), expired = contact_table_expired(table, options->now);

	if (listing->json) {
		buffer_append_byte(&listing->out, '{');
		json_word(&listing->out, "schema", "mailcensus.contact-status/1");
		json_number(&listing->out, "rows", count);
		json_number(&listing->out, "expired", expired);
		buffer_append_text(&listing->out, "}\n");
		return;
	}
	table_render(listing->table, TABLE_WIDTH_ANY, &listing->out);
	buffer_append_format(&listing->out, "%s%zu contacts, %zu of them expired\n", count > 0 ? "\n" : "", count, expired);
	if (count == 0)
		buffer_append_format(
			&listing->out,
			"Write some into a file (\"mailcensus contacts template\" begins one) for --contacts, or take in a list "
			"with \"mailcensus contacts import\".\n");
}

static int run_status(const struct contacts_options *options, const struct text_list *words, struct error *error)
{
	static const struct table_column columns[] = {{"FILE", false},        {"PREFIXES", true}, {"DOMAINS", true}, {"NETWORKS", true},
	                                              {"COUNTRIES", true},    {"ANY", true},      {"NEVER", true},   {"CERTS", true},
	                                              {"PLACEHOLDERS", true}, {"REFUSED", true}};
	struct listing listing = {.json = options->json};
	struct contact_table *table;

	if (words->count > 1) {
		error_set(error, "status takes no more words");
		return EXIT_USAGE;
	}
	listing.table = table_new(columns, ARRAY_LENGTH(columns));
	buffer_init(&listing.out, OUT_MAX);
	table = contact_options_open(&options->contacts, list_file, &listing, error);
	if (table != NULL) {
		print_totals(&listing, table, options);
		(void)fwrite(listing.out.data, 1, listing.out.size, stdout);
	}
	buffer_done(&listing.out);
	table_free(listing.table);
	contact_table_free(table);
	return table != NULL ? EXIT_DONE : EXIT_FAILED;
}

/* ---- check ---- */

struct checking {
	const char *path;
	bool json;
	uint64_t expired;
	struct timestamp now;
};

static void check_row(void *context, const struct contact_row *row)
{
	struct checking *checking = context;

	checking->expired += row->expires.unix_ms != 0 && checking->now.unix_ms >= row->expires.unix_ms;
}

static void check_problem(void *context, uint64_t line, bool is_wrong, const char *what)
{
	struct checking *checking = context;
	struct buffer out;

	if (!checking->json) {
		printf("%s, line %" PRIu64 ": %s%s\n", checking->path, line, is_wrong ? "" : "(left out) ", what);
		return;
	}
	buffer_init(&out, OUT_MAX);
	buffer_append_byte(&out, '{');
	json_word(&out, "schema", "mailcensus.contact-problem/1");
	json_word(&out, "file", checking->path);
	json_number(&out, "line", line);
	json_bool(&out, "wrong", is_wrong);
	json_word(&out, "what", what);
	printf("%s}\n", buffer_text(&out));
	buffer_done(&out);
}

static bool check_file(struct checking *checking, uint64_t *wrong, struct error *error)
{
	struct contact_visitor visitor = {.context = checking, .on_row = check_row, .on_problem = check_problem};
	struct contact_counts counts;
	struct data_file file;
	uint64_t rows = 0;
	bool is_done;

	if (!data_file_open(checking->path, &file, error))
		return false;
	is_done = contact_file_read(file.content, &visitor, &counts, error) || error_prefix(error, "%s", checking->path);
	data_file_close(&file);
	for (unsigned kind = 0; kind < CONTACT_KINDS; kind++)
		rows += counts.rows[kind];
	*wrong += counts.wrong;
	if (is_done && !checking->json)
		printf("%s: %" PRIu64 " contacts, %" PRIu64 " of them expired; %" PRIu64 " lines are wrong, %" PRIu64
		       " addresses stand for nobody\n",
		       checking->path, rows, checking->expired, counts.wrong, counts.placeholders);
	return is_done;
}

static int run_check(const struct contacts_options *options, const struct text_list *words, struct error *error)
{
	uint64_t wrong = 0;

	if (words->count < 2) {
		error_set(error, "check needs files");
		return EXIT_USAGE;
	}
	for (size_t i = 1; i < words->count; i++) {
		struct checking checking = {.path = words->items[i], .json = options->json, .now = options->now};

		if (!check_file(&checking, &wrong, error))
			return EXIT_FAILED;
	}
	if (wrong == 0)
		return EXIT_DONE;
	error_set(error, "%" PRIu64 " lines are wrong", wrong);
	return EXIT_FAILED;
}

/* ---- the verb ---- */

static const struct {
	const char *word;
	int (*run)(const struct contacts_options *options, const struct text_list *words, struct error *error);
} ACTIONS[] = {{"status", run_status},      {"look-up", run_look_up},  {"check", run_check},
               {"import", contacts_import}, {"query", contacts_query}, {"template", contacts_template}};

static int run_action(struct contacts_options *options, const struct text_list *words, struct error *error)
{
	const char *word = words->count > 0 ? words->items[0] : "status";

	if (!contact_options_time(&options->contacts, &options->now, error))
		return EXIT_USAGE;
	for (size_t i = 0; i < ARRAY_LENGTH(ACTIONS); i++) {
		if (strcmp(word, ACTIONS[i].word) == 0)
			return ACTIONS[i].run(options, words, error);
	}
	error_set(error, "there is no '%s'; it is status, look-up, check, import, query or template", word);
	return EXIT_USAGE;
}

static int run_contacts(int argc, char **argv)
{
	struct contacts_options options = {.attribution = ATTRIBUTION_OPTIONS_DEFAULT,
	                                   .contacts = CONTACT_OPTIONS_DEFAULT,
	                                   .reader = {.database = "mailcensus.db"},
	                                   .abusix_zone = "abuse-contacts.abusix.zone"};
	struct option_result parsed;
	struct error error = {{0}};
	int code = EXIT_DONE;

	if (!options_parse(ROWS, argc, argv, &options, &parsed, &error))
		return command_fail(&CONTACTS_COMMAND, EXIT_USAGE, &error);
	if (parsed.wants_help)
		command_help(&CONTACTS_COMMAND);
	else
		code = run_action(&options, &parsed.arguments, &error);
	text_list_done(&parsed.arguments);
	attribution_options_done(&options.attribution);
	contact_options_done(&options.contacts);
	return code == EXIT_DONE ? code : command_fail(&CONTACTS_COMMAND, code, &error);
}

const struct command CONTACTS_COMMAND = {
	"contacts",
	"[status | look-up ADDRESS... | check FILE... | import LIST FILE... | query ADDRESS... | template]",
	"Tell whom to tell about a host and why, and take in lists of contacts.",
	"Nothing is sent to the contacts. Only query asks others: it tells registries the addresses that it asks for, when --rdap or "
	"--abusix says so.\n"
	"Lists that can be imported:\n"
	"  ripe                the RIPE database: ripe.db.{organisation,role,aut-num,inetnum,inet6num}.gz\n"
	"  intelmq             IntelMQ's contact database, what people keep: TABLE.csv for each table\n"
	"  intelmq-automatic   the same, what programs filled in: TABLE_automatic.csv\n"
	"  national            national CERTs, lines of CC|Name <address>[, Name <address>]\n"
	"  first               FIRST's teams (JSON of its API), as comments for a person to choose from\n"
	"  trusted-introducer  Trusted Introducer's teams.json\n"
	"The form of our own files is mailcensus-contacts(5); template prints an empty one with all countries.\n",
	ROWS,
	run_contacts,
};
