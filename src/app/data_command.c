/* SPDX-License-Identifier: ISC */
/* mailcensus data: what is known of whose addresses are, where from, and how old it is. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/attribution_options.h"
#include "app/command.h"
#include "base/memory.h"
#include "base/text.h"
#include "enrich/data_file.h"
#include "enrich/source.h"
#include "net/clock.h"
#include "report/attribution_json.h"
#include "report/json_write.h"
#include "report/table.h"

enum { OLD_AFTER_DAYS = 60, PATH_SIZE = 4096, LINE_SIZE_MAX = 64 * 1024 };
static const int64_t DAY_MS = INT64_C(24) * 60 * 60 * 1000;

struct data_options {
	struct attribution_options attribution;
	const char *name;
	bool json;
};

static const struct option_row ROWS[] = {
	ATTRIBUTION_OPTION_ROWS(offsetof(struct data_options, attribution)),
	{"name", "NAME", OPTION_TEXT, offsetof(struct data_options, name), 0, 0, NULL, false,
         "What is imported is kept as DIRECTORY/NAME.snapshot (the file's name)."},
	{"json", NULL, OPTION_FLAG, offsetof(struct data_options, json), 0, 0, NULL, false, "One JSON object a line."},
	{.name = NULL},
};

static const struct {
	uint32_t field;
	const char *word;
} FIELDS[] = {{SNAPSHOT_HAS_COUNTRY, "country"},
              {SNAPSHOT_HAS_ASN, "asn"},
              {SNAPSHOT_HAS_NAME, "name"},
              {SNAPSHOT_HAS_SECTOR, "sector"},
              {SNAPSHOT_HAS_RPKI, "rpki"}};

static void append_fields(uint32_t fields, struct buffer *out)
{
	for (size_t i = 0; i < ARRAY_LENGTH(FIELDS); i++) {
		if ((fields & FIELDS[i].field) == 0)
			continue;
		if (out->size > 0)
			buffer_append_byte(out, ' ');
		buffer_append_text(out, FIELDS[i].word);
	}
}

static int64_t age_in_days(struct timestamp date)
{
	return (clock_wall().unix_ms - date.unix_ms) / DAY_MS;
}

static void add_source_row(struct table *table, struct attributor_source source)
{
	char date[TIMESTAMP_TEXT_SIZE];
	struct buffer fields;

	buffer_init(&fields, 256);
	append_fields(source.fields, &fields);
	timestamp_format(source.origin->date, date);
	date[10] = '\0';
	table_add_text(table, source.origin->source);
	table_add_text(table, date);
	table_add_number(table, age_in_days(source.origin->date) > 0 ? (uint64_t)age_in_days(source.origin->date) : 0);
	table_add_text(table, buffer_text(&fields));
	table_add_number(table, source.count4);
	table_add_number(table, source.count6);
	table_add_number(table, source.networks);
	table_add_text(table, source.place);
	buffer_done(&fields);
}

static void print_status_json(const struct attributor *attributor, struct buffer *out)
{
	for (size_t i = 0; i < attributor_source_count(attributor); i++) {
		struct attributor_source source = attributor_source_at(attributor, i);
		struct buffer fields;

		buffer_init(&fields, 256);
		append_fields(source.fields, &fields);
		buffer_append_byte(out, '{');
		json_word(out, "schema", "mailcensus.data/1");
		json_word(out, "source", source.origin->source);
		json_time(out, "date", source.origin->date);
		json_list(out, "says", buffer_view(&fields), " ");
		json_number(out, "ranges4", source.count4);
		json_number(out, "ranges6", source.count6);
		json_number(out, "networks", source.networks);
		json_word(out, "place", source.place);
		json_word_or_null(out, "notice", source.origin->notice);
		buffer_append_text(out, "}\n");
		buffer_done(&fields);
	}
	printf("%s", buffer_text(out));
}

static void print_status(const struct attributor *attributor, struct buffer *out)
{
	static const struct table_column columns[] = {{"SOURCE", false}, {"DATE", false}, {"DAYS", true},     {"SAYS", false},
	                                              {"IPV4", true},    {"IPV6", true},  {"NETWORKS", true}, {"PLACE", false}};
	struct table *table = table_new(columns, ARRAY_LENGTH(columns));

	for (size_t i = 0; i < attributor_source_count(attributor); i++)
		add_source_row(table, attributor_source_at(attributor, i));
	table_render(table, TABLE_WIDTH_ANY, out);
	printf("%s", buffer_text(out));
	table_free(table);
	for (size_t i = 0; i < attributor_source_count(attributor); i++) {
		const struct attribution_origin *origin = attributor_source_at(attributor, i).origin;

		buffer_clear(out);
		text_escape(span_from_text(origin->source), out);
		if (origin->notice[0] != '\0')
			printf("\n%s: %s", buffer_text(out), origin->notice);
		if (age_in_days(origin->date) > OLD_AFTER_DAYS)
			printf("\n%s is %" PRId64 " days old: one network in ten may have moved since", buffer_text(out),
			       age_in_days(origin->date));
	}
	printf("\n");
}

static int run_status(const struct data_options *options, const struct text_list *words, struct error *error)
{
	struct attributor *attributor;
	struct buffer out;

	if (words->count > 1) {
		error_set(error, "status takes no more words");
		return EXIT_USAGE;
	}
	attributor = attribution_open(&options->attribution, error);
	if (attributor == NULL)
		return EXIT_FAILED;
	buffer_init(&out, 1 << 20);
	if (options->json)
		print_status_json(attributor, &out);
	else
		print_status(attributor, &out);
	buffer_done(&out);
	attributor_close(attributor);
	return EXIT_DONE;
}

static bool print_address(const struct attributor *attributor, struct span word, struct buffer *out, struct error *error)
{
	struct attribution attribution;
	struct ip_address address;
	char text[IP_ADDRESS_TEXT_SIZE];

	buffer_clear(out);
	if (!ip_address_parse(word, &address)) {
		text_escape(span_part(word, 0, 80), out);
		return error_set(error, "'%s' is no address", buffer_text(out));
	}
	attributor_look_up(attributor, address, &attribution);
	ip_address_format(address, text);
	buffer_append_byte(out, '{');
	json_word(out, "schema", "mailcensus.address/1");
	json_word(out, "address", text);
	json_attribution(out, &attribution, address);
	buffer_append_text(out, "}\n");
	(void)fwrite(out->data, 1, out->size, stdout);
	return true;
}

static bool print_addresses_of_input(const struct attributor *attributor, struct buffer *out, struct error *error)
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
		is_good = word.size == 0 || print_address(attributor, word, out, error);
	}
	free(line);
	return is_good;
}

static int run_look_up(const struct data_options *options, const struct text_list *words, struct error *error)
{
	struct attributor *attributor;
	struct buffer out;
	bool is_good = true;

	if (words->count < 2) {
		error_set(error, "look-up needs addresses, or - to read them from standard input");
		return EXIT_USAGE;
	}
	attributor = attribution_open(&options->attribution, error);
	if (attributor == NULL)
		return EXIT_FAILED;
	buffer_init(&out, LINE_SIZE_MAX);
	for (size_t i = 1; i < words->count && is_good; i++)
		is_good = strcmp(words->items[i], "-") == 0 ? print_addresses_of_input(attributor, &out, error)
		                                            : print_address(attributor, span_from_text(words->items[i]), &out, error);
	buffer_done(&out);
	attributor_close(attributor);
	return is_good ? EXIT_DONE : EXIT_USAGE;
}

/* Letters, digits, dots and hyphens of the file's name without its folder. */
static void name_of_file(const char *path, char name[256])
{
	const char *slash = strrchr(path, '/');
	size_t size = 0;

	for (const char *at = slash != NULL ? slash + 1 : path; *at != '\0' && size < 200; at++) {
		bool is_plain = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9') || *at == '-' ||
		                *at == '_' || (*at == '.' && size > 0);

		name[size++] = (char)(is_plain ? *at : '_');
	}
	name[size] = '\0';
}

static bool write_import(const struct data_options *options, const char *path, const char *name, const struct snapshot_image *image,
                         uint64_t skipped, struct error *error)
{
	const struct snapshot_header *header = (const void *)image->data;
	char target[PATH_SIZE];

	if (snprintf(target, sizeof(target), "%s/%s.snapshot", options->attribution.directory, name) >= (int)sizeof(target))
		return error_set(error, "the name of the directory is too long");
	if (!data_directory_make(options->attribution.directory, "--attribution-directory", error) ||
	    !data_file_write(target, span_make(image->data, image->size), error))
		return false;
	printf("%s: %" PRIu32 " ranges of IPv4, %" PRIu32 " of IPv6, %" PRIu32 " networks", path, header->count4, header->count6,
	       header->network_count);
	if (skipped > 0)
		printf("; %" PRIu64 " records say nothing that can be used", skipped);
	printf("; kept as %s\n", target);
	return true;
}

static bool import_file(const struct data_options *options, const char *word, const char *name, struct error *error)
{
	const char *colon = strchr(word, ':');
	const struct enrichment_source *source = colon == NULL ? NULL : enrichment_source_find(span_make(word, (size_t)(colon - word)));
	const char *path = source != NULL ? colon + 1 : word;
	struct data_file file;
	struct snapshot_image image = {.data = NULL};
	char made[256];
	uint64_t skipped;
	bool is_done;

	if (!data_file_open(path, &file, error))
		return false;
	name_of_file(name != NULL ? name : path, made);
	is_done = source_compile(&(struct source_input){.path = path, .content = file.content, .modified = file.modified}, source, &image,
	                         &skipped, error) &&
	          write_import(options, path, made, &image, skipped, error);
	free(image.data);
	data_file_close(&file);
	return is_done;
}

static int run_import(const struct data_options *options, const struct text_list *words, struct error *error)
{
	if (words->count < 2 || (options->name != NULL && words->count > 2)) {
		error_set(error, words->count < 2 ? "import needs files" : "one --name is for one file");
		return EXIT_USAGE;
	}
	for (size_t i = 1; i < words->count; i++) {
		if (!import_file(options, words->items[i], options->name, error))
			return EXIT_FAILED;
	}
	return EXIT_DONE;
}

static struct timestamp newest_date(const struct attributor *attributor)
{
	struct timestamp newest = {0};

	for (size_t i = 0; i < attributor_source_count(attributor); i++) {
		struct attributor_source source = attributor_source_at(attributor, i);

		if (strcmp(source.origin->source, "ipfire-location") == 0 && source.origin->date.unix_ms > newest.unix_ms)
			newest = source.origin->date;
	}
	return newest;
}

/* What the system keeps up to date anyway; nothing is downloaded. */
static int run_update(const struct data_options *options, const struct text_list *words, struct error *error)
{
	struct attributor_options wanted = {.directory = options->attribution.directory, .without_system = true};
	struct attributor *attributor;
	struct timestamp newest;
	const char *path;
	char date[TIMESTAMP_TEXT_SIZE];

	if (words->count > 1) {
		error_set(error, "update takes no more words; \"mailcensus data import FILE\" takes a file");
		return EXIT_USAGE;
	}
	attributor = attributor_open(&wanted, error);
	if (attributor == NULL)
		return EXIT_FAILED;
	newest = newest_date(attributor);
	attributor_close(attributor);
	path = attributor_system_database(newest);
	if (path != NULL)
		return import_file(options, path, "ipfire-location", error) ? EXIT_DONE : EXIT_FAILED;
	timestamp_format(newest, date);
	printf("nothing on this machine is newer than the database of %.10s.\n"
	       "A newer one comes with Debian's package libloc-database, or with \"location update\" of its package location.\n",
	       date);
	return EXIT_DONE;
}

static const struct {
	const char *word;
	int (*run)(const struct data_options *options, const struct text_list *words, struct error *error);
} ACTIONS[] = {{"status", run_status}, {"look-up", run_look_up}, {"import", run_import}, {"update", run_update}};

static int run_action(const struct data_options *options, const struct text_list *words, struct error *error)
{
	const char *word = words->count > 0 ? words->items[0] : "status";

	for (size_t i = 0; i < ARRAY_LENGTH(ACTIONS); i++) {
		if (strcmp(word, ACTIONS[i].word) == 0)
			return ACTIONS[i].run(options, words, error);
	}
	error_set(error, "there is no '%s'; it is status, look-up, import or update", word);
	return EXIT_USAGE;
}

static int run_data(int argc, char **argv)
{
	struct data_options options = {.attribution = ATTRIBUTION_OPTIONS_DEFAULT};
	struct option_result parsed;
	struct error error = {{0}};
	int code = EXIT_DONE;

	if (!options_parse(ROWS, argc, argv, &options, &parsed, &error))
		return command_fail(&DATA_COMMAND, EXIT_USAGE, &error);
	if (parsed.wants_help)
		command_help(&DATA_COMMAND);
	else
		code = run_action(&options, &parsed.arguments, &error);
	text_list_done(&parsed.arguments);
	attribution_options_done(&options.attribution);
	return code == EXIT_DONE ? code : command_fail(&DATA_COMMAND, code, &error);
}

const struct command DATA_COMMAND = {
	"data",
	"[status | look-up ADDRESS... | import FILE... | update]",
	"Tell what is known of whose addresses are, look some up, or take in newer data.",
	"A FILE can be csv, IPFire's location.db, or of another kind that mailcensus-data(1) lists; KIND:FILE says which.\n"
	"Nothing is downloaded: update takes what the system's own packages keep up to date.\n",
	ROWS,
	run_data,
};
