/* SPDX-License-Identifier: ISC */
/* Allocation that does not fail: out of memory ends the process, as nothing sensible is left to do. Sessions get what they need before the first byte is sent. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

#include "base/attributes.h"

/* Zeroed memory for count items of size bytes; never NULL. The caller frees with free(). */
void *memory_allocate(size_t count, size_t size) NEVER_NULL;

/* Grows or shrinks an allocation to count * size bytes; never NULL. New bytes are not zeroed. */
void *memory_resize(void *memory, size_t count, size_t size) NEVER_NULL;

/* A copy of a NUL-terminated text; the caller frees. */
char *memory_copy_text(const char *text) NEVER_NULL;

#endif
