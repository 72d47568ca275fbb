/* SPDX-License-Identifier: ISC */
/* Rows into a file of another name, which is renamed when all are on the disk. */
#include "contact/contact_writer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

struct contact_writer {
	char *path, *beside;
	FILE *file;
	struct buffer line;
	int problem; /* errno of the first write that failed */
};

static void release(struct contact_writer *writer)
{
	buffer_done(&writer->line);
	free(writer->path);
	free(writer->beside);
	free(writer);
}

static void put(struct contact_writer *writer)
{
	if (writer->problem == 0 && fwrite(writer->line.data, 1, writer->line.size, writer->file) != writer->line.size)
		writer->problem = errno;
	buffer_clear(&writer->line);
}

struct contact_writer *contact_writer_open(const char *path, struct error *error)
{
	struct contact_writer *writer = memory_allocate(1, sizeof(*writer));
	size_t size = strlen(path) + 8;
	int descriptor;

	writer->path = memory_copy_text(path);
	writer->beside = memory_allocate(size, 1);
	(void)snprintf(writer->beside, size, "%s.XXXXXX", path);
	buffer_init(&writer->line, 64 * 1024);
	descriptor = mkstemp(writer->beside);
	writer->file = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;
	if (writer->file == NULL) {
		error_set(error, "%s cannot be written: %s", path, strerror(errno));
		if (descriptor >= 0)
			(void)close(descriptor);
		release(writer);
		return NULL;
	}
	buffer_append_text(&writer->line, CONTACT_FILE_TITLES);
	put(writer);
	return writer;
}

void contact_writer_add(struct contact_writer *writer, const struct contact_row *row)
{
	contact_file_append(&writer->line, row);
	put(writer);
}

void contact_writer_add_remark(struct contact_writer *writer, const struct contact_row *row)
{
	buffer_append_text(&writer->line, "# ");
	contact_writer_add(writer, row);
}

void contact_writer_add_comment(struct contact_writer *writer, const char *text)
{
	buffer_append_format(&writer->line, "# %s\n", text);
	put(writer);
}

static bool finish(struct contact_writer *writer)
{
	if (writer->problem == 0 &&
	    (fflush(writer->file) != 0 || fchmod(fileno(writer->file), 0644) != 0 || fsync(fileno(writer->file)) != 0))
		writer->problem = errno;
	if (writer->file != NULL && fclose(writer->file) != 0 && writer->problem == 0)
		writer->problem = errno;
	writer->file = NULL;
	if (writer->problem == 0 && rename(writer->beside, writer->path) != 0)
		writer->problem = errno;
	return writer->problem == 0;
}

bool contact_writer_close(struct contact_writer *writer, bool is_done, struct error *error)
{
	if (is_done && !finish(writer))
		is_done = error_set(error, "%s cannot be written: %s", writer->path, strerror(writer->problem));
	if (writer->file != NULL)
		(void)fclose(writer->file);
	if (!is_done)
		(void)unlink(writer->beside);
	release(writer);
	return is_done;
}
