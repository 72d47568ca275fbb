/* SPDX-License-Identifier: ISC */
/* Files in a directory of their own beside the target; names are found by a hash table, open descriptors are few and the least used one is closed.
   All are on the disk before the first gets its name. */
#include "report/report_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include "base/memory.h"

enum { OPEN_MAX_FILES = 64 };

struct report_file {
	char *name;
	FILE *stream;  /* NULL: closed for now */
	uint64_t used; /* when it was written last */
};

struct report_files {
	char *directory; /* where they are wanted; NULL: stdout */
	char *beside;    /* where they are made, inside of it */
	bool is_zipped;
	char *only; /* the name of the one file */
	struct report_file *items;
	size_t count, capacity;
	size_t *places; /* hash table of number + 1; twice as many as capacity */
	size_t open[OPEN_MAX_FILES], open_count;
	bool was_closed; /* one of them, before its end */
	uint64_t clock;
};

static char *join(const char *directory, const char *name, const char *ending)
{
	size_t size = strlen(directory) + strlen(name) + strlen(ending) + 2;
	char *path = memory_allocate(size, 1);

	(void)snprintf(path, size, "%s/%s%s", directory, name, ending);
	return path;
}

static void release(struct report_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free(files->items[i].name);
	free(files->items);
	free(files->places);
	free(files->directory);
	free(files->beside);
	free(files->only);
	free(files);
}

static struct report_files *open_in(char *directory, struct error *error)
{
	struct report_files *files = memory_allocate(1, sizeof(*files));

	files->directory = directory;
	files->beside = join(directory, ".mailcensus-", "XXXXXX");
	if (mkdtemp(files->beside) != NULL)
		return files;
	error_set(error, "%s cannot be written to: %s", directory, strerror(errno));
	release(files);
	return NULL;
}

struct report_files *report_files_open_one(const char *path, struct error *error)
{
	const char *slash = path != NULL ? strrchr(path, '/') : NULL;
	struct report_files *files;
	char *directory;
	struct stat status;

	if (path == NULL || path[0] == '\0')
		return memory_allocate(1, sizeof(*files));
	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
		error_set(error, "%s is a directory; this format is one file", path);
		return NULL;
	}
	directory = memory_copy_text(slash == NULL ? "." : slash == path ? "/" : path);
	if (slash != NULL && slash != path)
		directory[slash - path] = '\0';
	files = open_in(directory, error);
	if (files != NULL)
		files->only = memory_copy_text(slash != NULL ? slash + 1 : path);
	return files;
}

struct report_files *report_files_open_directory(const char *path, bool is_zipped, struct error *error)
{
	struct report_files *files;

	if (mkdir(path, 0777) != 0 && errno != EEXIST) {
		error_set(error, "%s cannot be made: %s", path, strerror(errno));
		return NULL;
	}
	files = open_in(memory_copy_text(path), error);
	if (files != NULL)
		files->is_zipped = is_zipped;
	return files;
}

/* FNV-1a. */
static size_t hash(const char *name)
{
	uint64_t value = 14695981039346656037u;

	for (; *name != '\0'; name++)
		value = (value ^ (unsigned char)*name) * 1099511628211u;
	return (size_t)(value ^ value >> 32);
}

/* Where the name is in the hash table, or where it would be. */
static size_t *place_of(const struct report_files *files, const char *name)
{
	size_t mask = 2 * files->capacity - 1;
	size_t at = hash(name) & mask;

	while (files->places[at] != 0 && strcmp(files->items[files->places[at] - 1].name, name) != 0)
		at = (at + 1) & mask;
	return &files->places[at];
}

static const char *name_in(const struct report_files *files, const char *name)
{
	return name != NULL ? name : files->only;
}

bool report_files_has(const struct report_files *files, const char *name)
{
	return files->capacity > 0 && *place_of(files, name_in(files, name)) != 0;
}

static void grow(struct report_files *files)
{
	files->capacity = files->capacity > 0 ? 2 * files->capacity : 64;
	files->items = memory_resize(files->items, files->capacity, sizeof(*files->items));
	free(files->places);
	files->places = memory_allocate(2 * files->capacity, sizeof(*files->places));
	for (size_t i = 0; i < files->count; i++)
		*place_of(files, files->items[i].name) = i + 1;
}

static bool close_stream(struct report_files *files, struct report_file *file, bool is_last_time, struct error *error)
{
	bool is_done = fflush(file->stream) == 0 && (!is_last_time || fsync(fileno(file->stream)) == 0);

	is_done = fclose(file->stream) == 0 && is_done;
	file->stream = NULL;
	return is_done || error_set(error, "%s/%s cannot be written: %s", files->directory, file->name, strerror(errno));
}

static bool make_room(struct report_files *files, struct error *error)
{
	size_t oldest = 0;
	bool is_done;

	if (files->open_count < OPEN_MAX_FILES)
		return true;
	for (size_t i = 1; i < files->open_count; i++) {
		if (files->items[files->open[i]].used < files->items[files->open[oldest]].used)
			oldest = i;
	}
	is_done = close_stream(files, &files->items[files->open[oldest]], false, error);
	files->was_closed = true;
	files->open[oldest] = files->open[--files->open_count];
	return is_done;
}

static bool open_stream(struct report_files *files, size_t number, struct error *error)
{
	struct report_file *file = &files->items[number];
	char *path;

	if (!make_room(files, error))
		return false;
	path = join(files->beside, file->name, "");
	file->stream = fopen(path, "abe");
	free(path);
	if (file->stream == NULL)
		return error_set(error, "%s/%s cannot be written: %s", files->directory, file->name, strerror(errno));
	files->open[files->open_count++] = number;
	return true;
}

bool report_files_write(struct report_files *files, const char *name, struct span bytes, struct error *error)
{
	size_t number, *place;

	if (files->directory == NULL) {
		if (fwrite(bytes.data, 1, bytes.size, stdout) != bytes.size)
			return error_set(error, "the output could not be written: %s", strerror(errno));
		return true;
	}
	name = name_in(files, name);
	if (files->count == files->capacity)
		grow(files);
	place = place_of(files, name);
	if (*place == 0) {
		files->items[files->count] = (struct report_file){.name = memory_copy_text(name)};
		*place = ++files->count;
	}
	number = *place - 1;
	if (files->items[number].stream == NULL && !open_stream(files, number, error))
		return false;
	files->items[number].used = ++files->clock;
	if (fwrite(bytes.data, 1, bytes.size, files->items[number].stream) != bytes.size)
		return error_set(error, "%s/%s cannot be written: %s", files->directory, name, strerror(errno));
	return true;
}

/* DOS epoch: the time of a file in it would be the only thing that differs between two runs. */
enum { ZIP_TIME = 0, ZIP_DATE = 0x21 };

static bool add_member(zip_t *archive, const char *path, const char *name)
{
	zip_source_t *source = zip_source_file(archive, path, 0, -1);
	zip_int64_t member = source != NULL ? zip_file_add(archive, name, source, ZIP_FL_ENC_UTF_8) : -1;

	if (member < 0) {
		zip_source_free(source);
		return false;
	}
	return zip_set_file_compression(archive, (zip_uint64_t)member, ZIP_CM_DEFLATE, 9) == 0 &&
	       zip_file_set_dostime(archive, (zip_uint64_t)member, ZIP_TIME, ZIP_DATE, 0) == 0;
}

static bool zip_one(const char *path, const char *zip_path, const char *name, struct error *error)
{
	int problem = 0;
	zip_t *archive = zip_open(zip_path, ZIP_CREATE | ZIP_EXCL, &problem);

	if (archive == NULL)
		return error_set(error, "%s.zip cannot be written: libzip's error %d", name, problem);
	if (!add_member(archive, path, name) || zip_close(archive) != 0) {
		error_set(error, "%s.zip cannot be written: %s", name, zip_strerror(archive));
		zip_discard(archive);
		return false;
	}
	return true;
}

/* Of one finished file; path: where it is now. */
static bool move_into_place(struct report_files *files, const char *name, const char *path, struct error *error)
{
	const char *ending = files->is_zipped ? ".zip" : "";
	char *target = join(files->directory, name, ending), *made = join(files->beside, name, ending);
	bool is_done = !files->is_zipped || zip_one(path, made, name, error);

	if (is_done && chmod(made, 0644) != 0)
		is_done = error_set(error, "%s cannot be written: %s", made, strerror(errno));
	if (is_done && rename(made, target) != 0)
		is_done = error_set(error, "%s cannot be replaced: %s", target, strerror(errno));
	if (!is_done || files->is_zipped)
		(void)unlink(made);
	free(target);
	free(made);
	return is_done;
}

/* Of thousands of files that were closed for a while, once for all: waiting for each takes minutes. */
static bool sync_closed(const struct report_files *files, struct error *error)
{
	int directory = open(files->beside, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool is_done = directory >= 0 && syncfs(directory) == 0;

	if (!is_done)
		error_set(error, "%s cannot be written to: %s", files->directory, strerror(errno));
	if (directory >= 0)
		(void)close(directory);
	return is_done;
}

static bool close_all(struct report_files *files, bool is_done, struct error *error)
{
	/* All are whole before the first is renamed: a full disk leaves what was there. */
	for (size_t i = 0; i < files->open_count; i++) {
		struct error *wanted = is_done ? error : NULL;

		is_done = close_stream(files, &files->items[files->open[i]], true, wanted) && is_done;
	}
	is_done = is_done && (!files->was_closed || sync_closed(files, error));
	for (size_t i = 0; i < files->count; i++) {
		char *path = join(files->beside, files->items[i].name, "");

		is_done = is_done && move_into_place(files, files->items[i].name, path, error);
		(void)unlink(path);
		free(path);
	}
	(void)rmdir(files->beside);
	return is_done;
}

bool report_files_close(struct report_files *files, bool is_done, struct error *error)
{
	if (files->directory != NULL)
		is_done = close_all(files, is_done, error);
	else if (is_done && (fflush(stdout) != 0 || ferror(stdout)))
		is_done = error_set(error, "the output could not be written: %s", strerror(errno));
	release(files);
	return is_done;
}
