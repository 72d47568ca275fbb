/* SPDX-License-Identifier: ISC */
/* zlib reads packed and plain files alike. */
#include "contact/line_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/memory.h"

enum { CHUNK_SIZE = 128 * 1024 };

struct line_stream {
	gzFile file;
	char *path;
	unsigned char chunk[CHUNK_SIZE];
	size_t used, size; /* of the chunk */
	unsigned char line[LINE_STREAM_LINE_MAX];
	size_t line_size;
};

struct line_stream *line_stream_open(const char *path, struct error *error)
{
	struct line_stream *stream = memory_allocate(1, sizeof(*stream));

	errno = 0;
	stream->file = gzopen(path, "rbe");
	if (stream->file == NULL) {
		error_set(error, "%s cannot be read: %s", path, errno != 0 ? strerror(errno) : "out of memory");
		free(stream);
		return NULL;
	}
	(void)gzbuffer(stream->file, CHUNK_SIZE);
	stream->path = memory_copy_text(path);
	return stream;
}

void line_stream_close(struct line_stream *stream)
{
	if (stream == NULL)
		return;
	(void)gzclose_r(stream->file);
	free(stream->path);
	free(stream);
}

/* False: nothing is left. */
static bool fill(struct line_stream *stream, struct error *error)
{
	int size = gzread(stream->file, stream->chunk, CHUNK_SIZE), problem = Z_OK;

	stream->used = 0;
	stream->size = size > 0 ? (size_t)size : 0;
	if (size > 0)
		return true;
	(void)gzerror(stream->file, &problem);
	if (size < 0 || problem == Z_BUF_ERROR)
		return error_set(error, "%s is damaged or was not loaded whole", stream->path);
	return false;
}

static void keep(struct line_stream *stream, const unsigned char *bytes, size_t size)
{
	size_t room = sizeof(stream->line) - stream->line_size;

	size = size < room ? size : room;
	memcpy(stream->line + stream->line_size, bytes, size);
	stream->line_size += size;
}

bool line_stream_next(struct line_stream *stream, struct span *line_out, struct error *error)
{
	bool has_end = false, has_any = false;

	stream->line_size = 0;
	error->text[0] = '\0';
	while (!has_end && (stream->used < stream->size || fill(stream, error))) {
		const unsigned char *from = stream->chunk + stream->used, *end = memchr(from, '\n', stream->size - stream->used);
		size_t size = end != NULL ? (size_t)(end - from) : stream->size - stream->used;

		has_any = true;
		has_end = end != NULL;
		keep(stream, from, size);
		stream->used += size + (has_end ? 1 : 0);
	}
	if (error->text[0] != '\0' || !has_any)
		return false;
	if (stream->line_size > 0 && stream->line[stream->line_size - 1] == '\r')
		stream->line_size--;
	*line_out = span_make(stream->line, stream->line_size);
	return true;
}
