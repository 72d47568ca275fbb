/* SPDX-License-Identifier: ISC */
/* Old answers are looked up in a table, those of this run in a list. */
#include "contact/query_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "contact/contact_table.h"
#include "enrich/data_file.h"
#include "enrich/source.h"

static const char NONE[] = "#none,";

enum { CACHE_MAX = 1 << 30 };

/* Who was named, and who named nobody: apart, as "never" would end a chain. */
enum { FOUND = QUERY_SOURCES, TABLES };

const char *query_source_name(enum query_source source)
{
	return source == QUERY_RDAP ? "rdap" : "abusix";
}

struct fresh {
	struct contact_match match;
	unsigned table;
	char *contact, *source;
};

struct query_cache {
	int lock, file;
	char *path;
	struct timestamp now;
	struct contact_table *tables[TABLES];
	struct fresh *fresh;
	size_t fresh_count, fresh_capacity;
	struct buffer kept;          /* of the file: what still holds, as it is written */
	struct buffer plain[TABLES]; /* the same with rows in place of comments, for the tables */
	struct contact_chain chain;
};

static void append_row(struct buffer *out, const struct contact_row *row, bool is_plain)
{
	struct contact_row copy = *row;

	copy.contact = row->is_never ? "-" : row->contact;
	if (row->is_never && !is_plain)
		buffer_append_text(out, NONE);
	contact_file_append(out, &copy);
}

/* Which table it belongs to. */
static unsigned table_of(const struct contact_row *row)
{
	if (!row->is_never)
		return FOUND;
	return span_equals_text(row->source, query_source_name(QUERY_ABUSIX)) ? QUERY_ABUSIX : QUERY_RDAP;
}

static void keep_row(void *context, const struct contact_row *row)
{
	struct query_cache *cache = context;

	if (row->expires.unix_ms != 0 && cache->now.unix_ms >= row->expires.unix_ms)
		return;
	append_row(&cache->kept, row, false);
	append_row(&cache->plain[table_of(row)], row, true);
}

/* A damaged line is an answer that has to be asked for again, and no more. */
static void pass_over(void *context, uint64_t line, bool is_wrong, const char *what)
{
	(void)context;
	(void)line;
	(void)is_wrong;
	(void)what;
}

static bool read_rows(struct query_cache *cache, struct span content, struct error *error)
{
	struct contact_visitor visitor = {.context = cache, .on_row = keep_row, .on_problem = pass_over};
	struct contact_counts counts;
	struct buffer rows;
	struct span line, rest = content;
	bool is_done;

	buffer_init(&rows, CACHE_MAX);
	buffer_append_text(&rows, CONTACT_FILE_TITLES);
	while (source_take_line(&rest, &line)) {
		bool is_none = span_starts_with_text(line, NONE);

		if (span_equals_text(line, "match,contact,scope,source,expires,comment"))
			continue;
		buffer_append(&rows, is_none ? span_part(line, sizeof(NONE) - 1, line.size) : line);
		buffer_append_byte(&rows, '\n');
	}
	is_done = contact_file_read(buffer_view(&rows), &visitor, &counts, error);
	buffer_done(&rows);
	return is_done;
}

/* Whatever was cut or has expired is left out of the file at once, before others read it. */
static bool read_file(struct query_cache *cache, struct error *error)
{
	struct data_file file;
	bool is_done;

	buffer_append_text(&cache->kept, CONTACT_FILE_TITLES);
	for (unsigned i = 0; i < TABLES; i++)
		buffer_append_text(&cache->plain[i], CONTACT_FILE_TITLES);
	if (access(cache->path, F_OK) != 0)
		return data_file_write(cache->path, buffer_view(&cache->kept), error);
	if (!data_file_open(cache->path, &file, error))
		return false;
	is_done = read_rows(cache, file.content, error);
	if (is_done && !span_equals(file.content, buffer_view(&cache->kept)))
		is_done = data_file_write(cache->path, buffer_view(&cache->kept), error);
	data_file_close(&file);
	return is_done;
}

static bool lock_directory(struct query_cache *cache, const char *directory, struct error *error)
{
	size_t size = strlen(directory) + sizeof("/.query.lock");
	char *path = memory_allocate(size, 1);
	int problem = 0;

	(void)snprintf(path, size, "%s/.query.lock", directory);
	cache->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (cache->lock < 0 || flock(cache->lock, LOCK_EX | LOCK_NB) != 0)
		problem = errno;
	if (problem == EWOULDBLOCK)
		error_set(error, "somebody else asks registries already (%s is locked); both together would ask too often", path);
	else if (problem != 0)
		error_set(error, "%s cannot be locked: %s; --contacts-directory names another place", path, strerror(problem));
	free(path);
	return problem == 0;
}

static bool open_for_adding(struct query_cache *cache, struct error *error)
{
	cache->file = open(cache->path, O_WRONLY | O_APPEND | O_CLOEXEC);
	return cache->file >= 0 || error_set(error, "%s cannot be written: %s", cache->path, strerror(errno));
}

static bool fill_tables(struct query_cache *cache, struct error *error)
{
	for (unsigned i = 0; i < TABLES; i++) {
		if (!contact_table_add(cache->tables[i], cache->path, buffer_view(&cache->plain[i]), NULL, error))
			return false;
		contact_table_seal(cache->tables[i]);
		buffer_done(&cache->plain[i]);
	}
	buffer_done(&cache->kept);
	return true;
}

struct query_cache *query_cache_open(const char *directory, struct timestamp now, struct error *error)
{
	struct query_cache *cache = memory_allocate(1, sizeof(*cache));
	size_t size = strlen(directory) + sizeof("/" QUERY_CACHE_NAME);

	cache->lock = cache->file = -1;
	cache->now = now;
	cache->path = memory_allocate(size, 1);
	(void)snprintf(cache->path, size, "%s/" QUERY_CACHE_NAME, directory);
	buffer_init(&cache->kept, CACHE_MAX);
	for (unsigned i = 0; i < TABLES; i++) {
		cache->tables[i] = contact_table_new();
		buffer_init(&cache->plain[i], CACHE_MAX);
	}
	if (!data_directory_make(directory, "--contacts-directory", error) || !lock_directory(cache, directory, error) ||
	    !read_file(cache, error) || !fill_tables(cache, error) || !open_for_adding(cache, error)) {
		query_cache_close(cache);
		return NULL;
	}
	return cache;
}

void query_cache_close(struct query_cache *cache)
{
	if (cache == NULL)
		return;
	if (cache->file >= 0)
		(void)close(cache->file);
	if (cache->lock >= 0)
		(void)close(cache->lock);
	for (size_t i = 0; i < cache->fresh_count; i++) {
		free(cache->fresh[i].contact);
		free(cache->fresh[i].source);
	}
	free(cache->fresh);
	for (unsigned i = 0; i < TABLES; i++) {
		contact_table_free(cache->tables[i]);
		buffer_done(&cache->plain[i]);
	}
	buffer_done(&cache->kept);
	free(cache->path);
	free(cache);
}

static bool is_about(const struct fresh *fresh, const struct contact_match *match)
{
	if (fresh->match.kind != match->kind)
		return false;
	return match->kind == CONTACT_NETWORK ? fresh->match.asn == match->asn : ip_range_contains(&fresh->match.range, match->range.first);
}

/* What a table of before says; NULL: nothing. */
static const struct contact_step *find_step(struct query_cache *cache, unsigned table, const struct contact_match *match)
{
	struct contact_question question = {.address = match->range.first, .asn = match->asn, .now = cache->now};

	if (match->kind == CONTACT_NETWORK)
		question.address = (struct ip_address){.family = IP_FAMILY_4};
	contact_table_look_up(cache->tables[table], &question, &cache->chain);
	for (size_t i = 0; i < cache->chain.count; i++) {
		if (cache->chain.steps[i].kind == match->kind)
			return &cache->chain.steps[i];
	}
	return NULL;
}

static const struct fresh *find_fresh(const struct query_cache *cache, unsigned table, const struct contact_match *match)
{
	for (size_t i = cache->fresh_count; i-- > 0;) {
		if (cache->fresh[i].table == table && is_about(&cache->fresh[i], match))
			return &cache->fresh[i];
	}
	return NULL;
}

void query_cache_find(struct query_cache *cache, const struct contact_match *match, struct cached_answer *answer_out)
{
	*answer_out = (struct cached_answer){.contact = "", .source = ""};
	for (unsigned table = 0; table < TABLES; table++) {
		const struct fresh *fresh = find_fresh(cache, table, match);
		const struct contact_step *step = fresh == NULL ? find_step(cache, table, match) : NULL;

		if (fresh == NULL && step == NULL)
			continue;
		if (fresh != NULL)
			contact_match_format(&fresh->match, answer_out->match);
		else
			(void)snprintf(answer_out->match, sizeof(answer_out->match), "%s", step->match);
		if (table < QUERY_SOURCES) {
			answer_out->is_none_by[table] = true;
			continue;
		}
		answer_out->is_found = true;
		answer_out->contact = fresh != NULL ? fresh->contact : step->contact;
		answer_out->source = fresh != NULL ? fresh->source : step->source;
	}
}

static void keep_fresh(struct query_cache *cache, const struct contact_row *row)
{
	char source[CONTACT_TEXT_MAX];

	if (cache->fresh_count == cache->fresh_capacity) {
		cache->fresh_capacity = cache->fresh_capacity > 0 ? 2 * cache->fresh_capacity : 64;
		cache->fresh = memory_resize(cache->fresh, cache->fresh_capacity, sizeof(*cache->fresh));
	}
	(void)snprintf(source, sizeof(source), "%.*s", (int)row->source.size, (const char *)row->source.data);
	cache->fresh[cache->fresh_count++] = (struct fresh){.match = row->match,
	                                                    .table = table_of(row),
	                                                    .contact = memory_copy_text(row->is_never ? "-" : row->contact),
	                                                    .source = memory_copy_text(source)};
}

/* In one write, so that a kill leaves the line whole or not at all; what a full disk left of it is taken back. */
static bool append_line(const struct query_cache *cache, struct span line, struct error *error)
{
	struct stat status;
	ssize_t size;
	int problem;

	if (fstat(cache->file, &status) != 0)
		return error_set(error, "%s cannot be written: %s", cache->path, strerror(errno));
	do
		size = write(cache->file, line.data, line.size);
	while (size < 0 && errno == EINTR);
	problem = size < 0 ? errno : ENOSPC;
	if (size == (ssize_t)line.size) {
		if (fdatasync(cache->file) == 0)
			return true;
		problem = errno;
	} else if (size > 0 && ftruncate(cache->file, status.st_size) != 0) {
		return error_set(error, "%s holds half a line, which cannot be taken back: %s", cache->path, strerror(errno));
	}
	return error_set(error, "%s cannot be written: %s", cache->path, strerror(problem));
}

bool query_cache_add(struct query_cache *cache, const struct contact_row *row, struct error *error)
{
	struct buffer line;
	bool is_done;

	buffer_init(&line, 64 * 1024);
	append_row(&line, row, false);
	is_done = append_line(cache, buffer_view(&line), error);
	buffer_done(&line);
	if (is_done)
		keep_fresh(cache, row);
	return is_done;
}
