/* SPDX-License-Identifier: ISC */
/* Reads a whole file or stdin into memory. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/scan_scope.h"
#include "base/memory.h"

static const size_t FILE_MAX = (size_t)1 << 30;

char *file_read(const char *name, size_t *size_out, struct error *error)
{
	bool is_stdin = strcmp(name, "-") == 0;
	FILE *file = is_stdin ? stdin : fopen(name, "rbe");
	size_t size = 0, capacity = 65536;
	char *content;
	int problem = 0;

	if (file == NULL) {
		error_set(error, "%s cannot be read: %s", name, strerror(errno));
		return NULL;
	}
	content = memory_allocate(capacity, 1);
	for (;;) {
		size_t got = fread(content + size, 1, capacity - size - 1, file);

		size += got;
		if (got == 0)
			break;
		if (size + 1 == capacity) {
			capacity *= 2;
			content = memory_resize(content, capacity, 1);
		}
		if (size > FILE_MAX) {
			problem = EFBIG;
			break;
		}
	}
	if (problem == 0 && ferror(file))
		problem = errno != 0 ? errno : EIO;
	if (!is_stdin)
		(void)fclose(file);
	if (problem != 0) {
		error_set(error, "%s cannot be read: %s", is_stdin ? "stdin" : name, strerror(problem));
		free(content);
		return NULL;
	}
	content[size] = '\0';
	*size_out = size;
	return content;
}
