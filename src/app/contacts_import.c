/* SPDX-License-Identifier: ISC */
/* mailcensus contacts import and template: lists of others as a file of ours, and an empty file to begin with. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "app/contacts_command.h"
#include "base/character.h"
#include "base/memory.h"
#include "contact/contact_import.h"
#include "contact/contact_writer.h"
#include "enrich/data_file.h"
#include "report/world_map.h"

enum { PROGRESS_EVERY = 1 << 17 };

struct importing {
	struct contact_writer *writer;
	uint64_t rows;
	bool is_watched;
};

static void write_row(void *context, const struct contact_row *row)
{
	struct importing *importing = context;

	contact_writer_add(importing->writer, row);
	if (++importing->rows % PROGRESS_EVERY == 0 && importing->is_watched)
		fprintf(stderr, "\r%" PRIu64 " contacts", importing->rows);
}

static void write_remark(void *context, const struct contact_row *row)
{
	struct importing *importing = context;

	contact_writer_add_remark(importing->writer, row);
}

static void print_counts(const struct contacts_options *options, const char *list, const char *path, const struct import_counts *counts)
{
	if (options->json) {
		printf("{\"schema\":\"mailcensus.contact-import/1\",\"list\":\"%s\",\"entries\":%" PRIu64 ",\"rows\":%" PRIu64
		       ",\"without_contact\":%" PRIu64 ",\"placeholders\":%" PRIu64 ",\"malformed\":%" PRIu64 ",\"unreadable\":%" PRIu64
		       ",\"disabled\":%" PRIu64 ",\"remarks\":%" PRIu64 "}\n",
		       list, counts->objects, counts->rows, counts->without_contact, counts->placeholders, counts->malformed,
		       counts->unreadable, counts->disabled, counts->remarks);
		return;
	}
	printf("%s: %" PRIu64 " contacts of %" PRIu64 " entries", list, counts->rows, counts->objects);
	if (counts->without_contact > 0)
		printf("; %" PRIu64 " name nobody", counts->without_contact);
	if (counts->unreadable > 0)
		printf("; %" PRIu64 " cannot be read", counts->unreadable);
	if (counts->placeholders > 0)
		printf("; %" PRIu64 " addresses stand for nobody", counts->placeholders);
	if (counts->malformed > 0)
		printf("; %" PRIu64 " addresses are malformed", counts->malformed);
	if (counts->disabled > 0)
		printf("; %" PRIu64 " addresses are disabled", counts->disabled);
	if (counts->remarks > 0)
		printf("; %" PRIu64 " are for you to choose from, and stand in it behind #", counts->remarks);
	printf("; kept as %s\n", path);
}

static bool import_to(const struct contacts_options *options, const struct contact_importer *importer, const struct text_list *words,
                      const char *path, struct error *error)
{
	struct importing importing = {.is_watched = isatty(STDERR_FILENO) != 0};
	struct contact_sink sink = {.context = &importing, .on_row = write_row, .on_remark = write_remark, .source = importer->name};
	static const int64_t day_ms = INT64_C(24) * 60 * 60 * 1000;
	bool is_done;

	if (options->valid_days > 0)
		sink.expires.unix_ms = options->now.unix_ms + (int64_t)options->valid_days * day_ms;
	importing.writer = contact_writer_open(path, error);
	if (importing.writer == NULL)
		return false;
	is_done = importer->read(words->items + 2, words->count - 2, &sink, error);
	if (importing.is_watched && importing.rows >= PROGRESS_EVERY)
		fprintf(stderr, "\r");
	is_done = contact_writer_close(importing.writer, is_done, error);
	if (is_done)
		print_counts(options, importer->name, path, &sink.counts);
	return is_done;
}

/* What may be part of the name of a file. */
static bool is_name(const char *name)
{
	for (const char *at = name; *at != '\0'; at++) {
		if (!character_is_letter((unsigned char)*at) && !character_is_digit((unsigned char)*at) && *at != '-' && *at != '_')
			return false;
	}
	return name[0] != '\0' && strlen(name) <= 100;
}

int contacts_import(const struct contacts_options *options, const struct text_list *words, struct error *error)
{
	const struct contact_importer *importer = words->count > 1 ? contact_importer_find(words->items[1]) : NULL;
	const char *name = options->name != NULL ? options->name : importer != NULL ? importer->name : "";
	size_t size = strlen(options->contacts.directory) + strlen(name) + 8;
	char *path;
	bool is_done;

	if (importer == NULL || words->count < 3 || !is_name(name)) {
		error_set(error,
		          importer == NULL
		                  ? "import needs the kind of list: ripe, intelmq, intelmq-automatic, national, first or trusted-introducer"
		          : words->count < 3 ? "import needs the files of the list"
		                             : "--name is made of letters, digits, - and _");
		return EXIT_USAGE;
	}
	if (!data_directory_make(options->contacts.directory, "--contacts-directory", error))
		return EXIT_FAILED;
	path = memory_allocate(size, 1);
	(void)snprintf(path, size, "%s/%s.csv", options->contacts.directory, name);
	is_done = import_to(options, importer, words, path, error);
	free(path);
	return is_done ? EXIT_DONE : EXIT_FAILED;
}

int contacts_template(const struct contacts_options *options, const struct text_list *words, struct error *error)
{
	(void)options;
	if (words->count > 1) {
		error_set(error, "template takes no more words");
		return EXIT_USAGE;
	}
	printf("# Whom to tell about hosts: mailcensus-contacts(5). Take the # away from a line that you fill in.\n%s"
	       "# 192.0.2.0/24,abuse@isp.example,,,,the owner of a prefix\n"
	       "# AS64500,abuse@isp.example,,,,the owner of a network\n"
	       "# .example.org,-,,,,nobody may be told of hosts with such names\n",
	       CONTACT_FILE_TITLES);
	for (size_t i = 0; i < WORLD_COUNTRY_COUNT; i++)
		printf("# CC:%s,,,,,%s%s%s\n", WORLD_COUNTRIES[i].code, strchr(WORLD_COUNTRIES[i].name, ',') != NULL ? "\"" : "",
		       WORLD_COUNTRIES[i].name, strchr(WORLD_COUNTRIES[i].name, ',') != NULL ? "\"" : "");
	return EXIT_DONE;
}
