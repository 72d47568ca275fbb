/* SPDX-License-Identifier: ISC */
/* Reads the files of contacts that were asked for, and those that were imported. */
#include "app/contact_options.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "contact/query_cache.h"
#include "enrich/data_file.h"
#include "net/clock.h"

void contact_options_done(struct contact_options *options)
{
	text_list_done(&options->files);
}

bool contact_options_time(const struct contact_options *options, struct timestamp *time_out, struct error *error)
{
	*time_out = clock_wall();
	if (options->at == NULL || timestamp_parse(span_from_text(options->at), time_out))
		return true;
	return error_set(error, "--contacts-at is a date such as 2027-03-31 or 2027-03-31T12:00:00Z");
}

struct opening {
	struct contact_table *table;
	void (*on_file)(void *context, const char *path, const struct contact_counts *counts);
	void *context;
};

/* Answers of registries are appended while others read, and a power cut can leave half a line: what has no end yet is not there yet. */
static struct span whole_lines(const char *path, struct span content)
{
	size_t size = strlen(path), tail = sizeof(QUERY_CACHE_NAME) - 1;

	if (size < tail || strcmp(path + size - tail, QUERY_CACHE_NAME) != 0)
		return content;
	while (content.size > 0 && content.data[content.size - 1] != '\n')
		content.size--;
	return content;
}

static bool add_file(const struct opening *opening, const char *path, struct error *error)
{
	struct contact_counts counts;
	struct data_file file;
	bool is_done;

	if (!data_file_open(path, &file, error))
		return false;
	is_done = contact_table_add(opening->table, path, whole_lines(path, file.content), &counts, error);
	data_file_close(&file);
	if (is_done && opening->on_file != NULL)
		opening->on_file(opening->context, path, &counts);
	return is_done;
}

static int is_contact_file(const struct dirent *entry)
{
	size_t size = strlen(entry->d_name);

	return entry->d_name[0] != '.' && size > 4 && strcmp(entry->d_name + size - 4, ".csv") == 0;
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool add_directory(const struct opening *opening, const char *directory, struct error *error)
{
	struct dirent **entries;
	int count = scandir(directory, &entries, is_contact_file, compare_names);
	bool is_done = true;

	if (count < 0)
		return errno == ENOENT || error_set(error, "%s cannot be read: %s", directory, strerror(errno));
	for (int i = 0; i < count; i++) {
		size_t size = strlen(directory) + strlen(entries[i]->d_name) + 2;
		char *path = memory_allocate(size, 1);

		(void)snprintf(path, size, "%s/%s", directory, entries[i]->d_name);
		is_done = is_done && add_file(opening, path, error);
		free(path);
		free(entries[i]);
	}
	free((void *)entries);
	return is_done;
}

struct contact_table *contact_options_open(const struct contact_options *options,
                                           void (*on_file)(void *context, const char *path, const struct contact_counts *counts),
                                           void *context, struct error *error)
{
	struct opening opening = {.table = contact_table_new(), .on_file = on_file, .context = context};
	bool is_done = true;

	for (size_t i = 0; i < options->files.count && is_done; i++)
		is_done = add_file(&opening, options->files.items[i], error);
	if (is_done && add_directory(&opening, options->directory, error)) {
		contact_table_seal(opening.table);
		return opening.table;
	}
	contact_table_free(opening.table);
	return NULL;
}
