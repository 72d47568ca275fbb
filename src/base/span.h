/* SPDX-License-Identifier: ISC */
/* Bytes that somebody else owns: pointer and length, never assumed to end in NUL. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>

struct span {
	const unsigned char *data; /* may be NULL when size is 0 */
	size_t size;
};

struct span span_make(const void *data, size_t size);
struct span span_from_text(const char *text); /* without the NUL */
/* The part from offset on, at most size bytes; offsets beyond the end give an empty span. */
struct span span_part(struct span span, size_t offset, size_t size);
bool span_equals(struct span a, struct span b);
bool span_equals_text(struct span span, const char *text);
/* ASCII case only (rule D-18). */
bool span_equals_ignoring_case(struct span a, struct span b);
bool span_equals_text_ignoring_case(struct span span, const char *text);
bool span_starts_with_text(struct span span, const char *prefix);
bool span_starts_with_text_ignoring_case(struct span span, const char *prefix);
bool span_contains_text_ignoring_case(struct span span, const char *text);
/* Offset of the first such byte, or span.size. */
size_t span_find_byte(struct span span, unsigned char byte);
/* Without leading and trailing spaces and tabs. */
struct span span_trim(struct span span);
/* Cuts the next line off *rest, with its line feed, and returns it without; the last one may have none. */
struct span span_take_line(struct span *rest);
/* Cuts the next space-separated word off *rest and returns it; empty when none is left. */
struct span span_take_word(struct span *rest);

#endif
