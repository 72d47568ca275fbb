/* SPDX-License-Identifier: ISC */
/* mailcensus fingerprints: which servers are known, whether tables of one's own are right, and what a greeting tells. Sends nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/options.h"
#include "app/scan_scope.h"
#include "base/text.h"
#include "net/clock.h"
#include "protocol/first_bytes.h"
#include "report/table.h"
#include "software/identify.h"

struct fingerprints_options {
	struct text_list fingerprints, recog, support;
};

static const struct option_row ROWS[] = {
	{"fingerprints", "FILE", OPTION_TEXT_LIST, offsetof(struct fingerprints_options, fingerprints), 0, 0, NULL, false,
         "Own fingerprints; they come before those that are built in."},
	{"recog", "FILE", OPTION_TEXT_LIST, offsetof(struct fingerprints_options, recog), 0, 0, NULL, false,
         "A file of Rapid7's recog (imap_banners.xml, pop_banners.xml)."},
	{"support", "FILE", OPTION_TEXT_LIST, offsetof(struct fingerprints_options, support), 0, 0, NULL, false,
         "Own table of ends of support."},
	{.name = NULL},
};

typedef bool (*adder)(struct fingerprints *fingerprints, const char *name, struct span text, struct error *error);

static bool add_files(struct fingerprints *fingerprints, const struct text_list *names, adder add, struct error *error)
{
	for (size_t i = 0; i < names->count; i++) {
		size_t size = 0;
		char *text = file_read(names->items[i], &size, error);
		bool is_good = text != NULL && add(fingerprints, names->items[i], span_make(text, size), error);

		free(text);
		if (!is_good)
			return false;
	}
	return true;
}

static bool is_first_of_product(const struct fingerprints *fingerprints, size_t index)
{
	const char *product = fingerprints_at(fingerprints, index).product;

	for (size_t i = 0; i < index; i++)
		if (strcmp(fingerprints_at(fingerprints, i).product, product) == 0)
			return false;
	return product[0] != '\0';
}

static void print_products(const struct fingerprints *fingerprints)
{
	static const struct table_column COLUMNS[] = {{"PRODUCT", false}, {"VENDOR", false}, {"FAMILY", false}};
	struct fingerprint_counts counts = fingerprints_count(fingerprints);
	struct table *table = table_new(COLUMNS, ARRAY_LENGTH(COLUMNS));
	size_t products = 0;
	struct buffer out;

	for (size_t i = 0; i < counts.fingerprints; i++) {
		struct fingerprint_summary row = fingerprints_at(fingerprints, i);

		if (!row.is_server || !is_first_of_product(fingerprints, i))
			continue;
		products++;
		table_add_text(table, row.product);
		table_add_text(table, row.vendor);
		table_add_text(table, software_family_name(row.family));
	}
	buffer_init(&out, 4u << 20);
	table_render(table, TABLE_WIDTH_ANY, &out);
	printf("%s\n%zu fingerprints of %zu products, %zu facts about support", buffer_text(&out), counts.fingerprints, products,
	       counts.support_rows);
	if (counts.ignored > 0)
		printf("; %zu patterns of recog are of no use here", counts.ignored);
	printf("\n");
	buffer_done(&out);
	table_free(table);
}

static void print_field(const char *name, const char *value)
{
	struct buffer shown;

	if (value[0] == '\0')
		return;
	buffer_init(&shown, 4096);
	text_escape(span_from_text(value), &shown);
	printf("  %-13s %s\n", name, buffer_text(&shown));
	buffer_done(&shown);
}

static void print_software(const struct software *software)
{
	if (software->product[0] == '\0') {
		printf("  unknown\n");
		return;
	}
	print_field("product", software->product);
	print_field("version", software->version);
	print_field("vendor", software->vendor);
	print_field("distribution", software->distribution);
	print_field("behind", software->front);
	print_field("cpe", software->cpe);
	print_field("family", software_family_name(software->family));
	print_field("confidence", confidence_name(software->confidence));
	print_field("fingerprint", software->fingerprint);
	print_field("support", support_state_name(software->support));
	print_field("until", software->support_ends);
	print_field("says", software->support_source);
}

static void identify(const struct fingerprints *fingerprints, const char *greeting)
{
	struct span line = span_from_text(greeting);
	struct observation observation;
	struct software_evidence evidence;
	struct software software;
	struct buffer normalised, shown;

	observation_init(&observation);
	buffer_init(&normalised, 1024);
	buffer_init(&shown, 4096);
	buffer_append(&observation.greeting, line);
	observation.protocol = first_bytes_protocol(line);
	software_evidence_from(&observation, &normalised, &evidence);
	software_identify(fingerprints, &evidence, clock_wall(), &software);
	text_escape(line, &shown);
	printf("%s\n", buffer_text(&shown));
	print_software(&software);
	observation_done(&observation);
	buffer_done(&normalised);
	buffer_done(&shown);
}

static int run(const struct fingerprints_options *options, const struct text_list *greetings)
{
	struct error error = {{0}};
	struct fingerprints *fingerprints = fingerprints_new(&error);
	bool is_done = fingerprints != NULL && add_files(fingerprints, &options->fingerprints, fingerprints_add_tsv, &error) &&
	               add_files(fingerprints, &options->recog, fingerprints_add_recog, &error) &&
	               add_files(fingerprints, &options->support, fingerprints_add_support, &error);

	for (size_t i = 0; is_done && i < greetings->count; i++)
		identify(fingerprints, greetings->items[i]);
	if (is_done && greetings->count == 0)
		print_products(fingerprints);
	fingerprints_free(fingerprints);
	return is_done ? EXIT_DONE : command_fail(&FINGERPRINTS_COMMAND, EXIT_FAILED, &error);
}

static int run_fingerprints(int argc, char **argv)
{
	struct fingerprints_options options = {.fingerprints = {.count = 0}};
	struct option_result parsed;
	struct error error = {{0}};
	int code = EXIT_DONE;

	if (!options_parse(ROWS, argc, argv, &options, &parsed, &error))
		return command_fail(&FINGERPRINTS_COMMAND, EXIT_USAGE, &error);
	if (parsed.wants_help)
		command_help(&FINGERPRINTS_COMMAND);
	else
		code = run(&options, &parsed.arguments);
	text_list_done(&parsed.arguments);
	text_list_done(&options.fingerprints);
	text_list_done(&options.recog);
	text_list_done(&options.support);
	return code;
}

const struct command FINGERPRINTS_COMMAND = {
	"fingerprints",
	"[GREETING...]",
	"List the servers that are known by what they say, check tables of your own, or try them on a greeting.",
	"GREETING is a line as a server sends it, such as '* OK Dovecot ready.' The formats are in mailcensus-fingerprints(5).\n",
	ROWS,
	run_fingerprints,
};
