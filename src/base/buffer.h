/* SPDX-License-Identifier: ISC */
/* Bytes that we own; made with its maximum, grows on demand, remembers that it overflowed. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/span.h"

struct buffer {
	unsigned char *data; /* NULL until the first byte is kept */
	size_t size;
	size_t capacity;
	size_t max;      /* never more than this many bytes */
	bool overflowed; /* bytes were offered beyond max and dropped */
};

/* An empty buffer of at most max bytes; allocates nothing yet. */
void buffer_init(struct buffer *buffer, size_t max);
/* Frees the bytes; the buffer is empty and usable again. NULL is fine. */
void buffer_done(struct buffer *buffer);
/* Forgets the bytes and the overflow, keeps the memory. */
void buffer_clear(struct buffer *buffer);
/* Appends what fits; the rest is dropped and overflowed set. */
void buffer_append(struct buffer *buffer, struct span bytes);
void buffer_append_text(struct buffer *buffer, const char *text);
void buffer_append_byte(struct buffer *buffer, unsigned char byte);
void buffer_append_format(struct buffer *buffer, const char *format, ...) PRINTF_FORMAT(2, 3);
/* Big-endian integers, as TLS writes them. */
void buffer_append_u16(struct buffer *buffer, uint16_t value);
void buffer_append_u24(struct buffer *buffer, uint32_t value);
void buffer_append_u32(struct buffer *buffer, uint32_t value);
/* Removes size bytes from the front. */
void buffer_consume(struct buffer *buffer, size_t size);
/* What is in it; valid until the next change. */
struct span buffer_view(const struct buffer *buffer);
/* The content as NUL-terminated text (the NUL is not counted in size); valid until the next change. */
const char *buffer_text(struct buffer *buffer);

#endif
