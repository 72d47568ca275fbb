/* SPDX-License-Identifier: ISC */
/* Allocation that ends the process instead of failing. */
#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *memory_allocate(size_t count, size_t size)
{
	void *memory = calloc(count > 0 ? count : 1, size > 0 ? size : 1);

	if (memory == NULL)
		abort();
	return memory;
}

void *memory_resize(void *memory, size_t count, size_t size)
{
	if (size > 0 && count > SIZE_MAX / size)
		abort();
	memory = realloc(memory, count * size > 0 ? count * size : 1);
	if (memory == NULL)
		abort();
	return memory;
}

char *memory_copy_text(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = memory_allocate(size, 1);

	memcpy(copy, text, size);
	return copy;
}
