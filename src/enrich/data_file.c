/* SPDX-License-Identifier: ISC */
/* Maps files, unpacks them, writes them whole. */
#include "enrich/data_file.h"

#include <bzlib.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#define ZLIB_CONST
#include <zlib.h>

#include "base/memory.h"

static const size_t UNPACKED_MAX = (size_t)4 << 30;

/* What grows while it is unpacked. */
struct unpacked {
	unsigned char *data;
	size_t size, capacity, max;
};

/* Room for at least one more byte; 0: there may be no more. */
static size_t room_in(struct unpacked *out)
{
	if (out->size == out->capacity && out->capacity < out->max) {
		out->capacity = out->capacity > 0 ? 2 * out->capacity : 1 << 20;
		out->capacity = out->capacity > out->max ? out->max : out->capacity;
		out->data = memory_resize(out->data, out->capacity, 1);
	}
	return out->capacity - out->size > (1 << 30) ? 1 << 30 : out->capacity - out->size;
}

static bool unpack_gzip(struct span packed, struct unpacked *out, struct error *error)
{
	z_stream stream = {.next_in = NULL};
	int result = inflateInit2(&stream, 16 + MAX_WBITS);

	while (result == Z_OK && packed.size > 0) {
		size_t room = room_in(out), given = packed.size > (1 << 30) ? 1 << 30 : packed.size;

		if (room == 0)
			break;
		stream.next_in = packed.data;
		stream.avail_in = (uInt)given;
		stream.next_out = out->data + out->size;
		stream.avail_out = (uInt)room;
		result = inflate(&stream, Z_NO_FLUSH);
		packed = span_part(packed, given - stream.avail_in, packed.size);
		out->size += room - stream.avail_out;
		if (result == Z_STREAM_END && packed.size > 0 && packed.data[0] == 0x1f)
			result = inflateReset(&stream);
	}
	(void)inflateEnd(&stream);
	if (result != Z_STREAM_END)
		return error_set(error, "its gzip packing is damaged, cut short or larger than %zu MiB inside", out->max >> 20);
	return true;
}

static bool unpack_bzip2(struct span packed, struct unpacked *out, struct error *error)
{
	int result = BZ_STREAM_END;

	/* Each stream by itself: there may be several behind each other. */
	while (result == BZ_STREAM_END && packed.size > 0 && packed.data[0] == 'B') {
		bz_stream stream = {.next_in = NULL};

		result = BZ2_bzDecompressInit(&stream, 0, 0);
		while (result == BZ_OK && packed.size > 0) {
			size_t room = room_in(out), given = packed.size > (1 << 30) ? 1 << 30 : packed.size;

			if (room == 0)
				break;
			stream.next_in = (char *)(uintptr_t)packed.data;
			stream.avail_in = (unsigned)given;
			stream.next_out = (char *)out->data + out->size;
			stream.avail_out = (unsigned)room;
			result = BZ2_bzDecompress(&stream);
			packed = span_part(packed, given - stream.avail_in, packed.size);
			out->size += room - stream.avail_out;
		}
		(void)BZ2_bzDecompressEnd(&stream);
	}
	if (result != BZ_STREAM_END)
		return error_set(error, "its bzip2 packing is damaged, cut short or larger than %zu MiB inside", out->max >> 20);
	return true;
}

bool data_unpack(struct span packed, size_t size_max, unsigned char **unpacked_out, size_t *size_out, struct error *error)
{
	struct unpacked out = {.max = size_max};
	bool is_gzip = packed.size > 2 && packed.data[0] == 0x1f && packed.data[1] == 0x8b;
	bool is_bzip2 = packed.size > 3 && memcmp(packed.data, "BZh", 3) == 0;

	*unpacked_out = NULL;
	*size_out = 0;
	if (!is_gzip && !is_bzip2)
		return true;
	if (!(is_gzip ? unpack_gzip : unpack_bzip2)(packed, &out, error)) {
		free(out.data);
		return false;
	}
	*unpacked_out = out.data != NULL ? out.data : memory_allocate(1, 1);
	*size_out = out.size;
	return true;
}

static bool map_file(int descriptor, struct data_file *file)
{
	struct stat status;

	if (fstat(descriptor, &status) != 0)
		return false;
	if (!S_ISREG(status.st_mode)) {
		errno = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
		return false;
	}
	file->modified.unix_ms = (int64_t)status.st_mtim.tv_sec * 1000;
	file->mapping_size = (size_t)status.st_size;
	if (file->mapping_size == 0)
		return true;
	file->mapping = mmap(NULL, file->mapping_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
	if (file->mapping == MAP_FAILED) {
		file->mapping = NULL;
		return false;
	}
	file->content = span_make(file->mapping, file->mapping_size);
	return true;
}

bool data_file_open(const char *path, struct data_file *file_out, struct error *error)
{
	struct data_file file = {.mapping = NULL};
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);
	bool is_mapped = descriptor >= 0 && map_file(descriptor, &file);
	size_t size;
	int problem = errno;

	if (descriptor >= 0)
		(void)close(descriptor);
	if (!is_mapped)
		return error_set(error, "%s cannot be read: %s", path, strerror(problem));
	if (!data_unpack(file.content, UNPACKED_MAX, &file.unpacked, &size, error)) {
		data_file_close(&file);
		return error_prefix(error, "%s cannot be unpacked", path);
	}
	if (file.unpacked != NULL) {
		(void)munmap(file.mapping, file.mapping_size);
		file.mapping = NULL;
		file.content = span_make(file.unpacked, size);
	}
	*file_out = file;
	return true;
}

void data_file_close(struct data_file *file)
{
	if (file->mapping != NULL)
		(void)munmap(file->mapping, file->mapping_size);
	free(file->unpacked);
	*file = (struct data_file){.mapping = NULL};
}

static bool write_whole(int descriptor, struct span content)
{
	while (content.size > 0) {
		ssize_t done = write(descriptor, content.data, content.size > (1 << 30) ? 1 << 30 : content.size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		content = span_part(content, (size_t)done, content.size);
	}
	return fchmod(descriptor, 0644) == 0 && fsync(descriptor) == 0;
}

bool data_file_write(const char *path, struct span content, struct error *error)
{
	size_t size = strlen(path) + 8;
	char *beside = memory_allocate(size, 1);
	int descriptor, problem = 0;

	(void)snprintf(beside, size, "%s.XXXXXX", path);
	descriptor = mkostemp(beside, O_CLOEXEC);
	if (descriptor < 0 || !write_whole(descriptor, content))
		problem = errno;
	if (descriptor >= 0 && close(descriptor) != 0 && problem == 0)
		problem = errno;
	if (problem == 0 && rename(beside, path) != 0)
		problem = errno;
	if (problem != 0 && descriptor >= 0)
		(void)unlink(beside);
	free(beside);
	return problem == 0 || error_set(error, "%s cannot be written: %s", path, strerror(problem));
}

bool data_directory_make(const char *directory, const char *option, struct error *error)
{
	char *path = memory_copy_text(directory);
	size_t size = strlen(directory);
	bool is_done = size > 0 || error_set(error, "'' is no name of a directory; %s names one", option);

	for (size_t i = 1; i <= size && is_done; i++) {
		if (directory[i] != '/' && directory[i] != '\0')
			continue;
		path[i] = '\0';
		if (mkdir(path, 0755) != 0 && errno != EEXIST)
			is_done = error_set(error, "%s cannot be made: %s; %s names another place", path, strerror(errno), option);
		path[i] = directory[i];
	}
	free(path);
	return is_done;
}
