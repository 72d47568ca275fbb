/* SPDX-License-Identifier: ISC */
/* A growing byte buffer with a named maximum. */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { SMALLEST_CAPACITY = 64 };

void buffer_init(struct buffer *buffer, size_t max)
{
	*buffer = (struct buffer){.max = max};
}

void buffer_done(struct buffer *buffer)
{
	if (buffer == NULL)
		return;
	free(buffer->data);
	buffer_init(buffer, buffer->max);
}

void buffer_clear(struct buffer *buffer)
{
	buffer->size = 0;
	buffer->overflowed = false;
}

static void make_room(struct buffer *buffer, size_t wanted)
{
	size_t capacity = buffer->capacity > 0 ? buffer->capacity : SMALLEST_CAPACITY;

	if (wanted <= buffer->capacity)
		return;
	while (capacity < wanted)
		capacity *= 2;
	buffer->data = memory_resize(buffer->data, capacity, 1);
	buffer->capacity = capacity;
}

void buffer_append(struct buffer *buffer, struct span bytes)
{
	size_t room = buffer->max - buffer->size;

	if (bytes.size > room) {
		buffer->overflowed = true;
		bytes.size = room;
	}
	if (bytes.size == 0)
		return;
	make_room(buffer, buffer->size + bytes.size);
	memcpy(buffer->data + buffer->size, bytes.data, bytes.size);
	buffer->size += bytes.size;
}

void buffer_append_text(struct buffer *buffer, const char *text)
{
	buffer_append(buffer, span_from_text(text));
}

void buffer_append_byte(struct buffer *buffer, unsigned char byte)
{
	buffer_append(buffer, span_make(&byte, 1));
}

void buffer_append_format(struct buffer *buffer, const char *format, ...)
{
	char small[256];
	char *large;
	va_list arguments;
	int size;

	va_start(arguments, format);
	size = vsnprintf(small, sizeof(small), format, arguments);
	va_end(arguments);
	if (size < 0)
		return;
	if ((size_t)size < sizeof(small)) {
		buffer_append(buffer, span_make(small, (size_t)size));
		return;
	}
	large = memory_allocate((size_t)size + 1, 1);
	va_start(arguments, format);
	(void)vsnprintf(large, (size_t)size + 1, format, arguments);
	va_end(arguments);
	buffer_append(buffer, span_make(large, (size_t)size));
	free(large);
}

void buffer_append_u16(struct buffer *buffer, uint16_t value)
{
	unsigned char bytes[] = {(unsigned char)(value >> 8), (unsigned char)value};

	buffer_append(buffer, span_make(bytes, sizeof(bytes)));
}

void buffer_append_u24(struct buffer *buffer, uint32_t value)
{
	unsigned char bytes[] = {(unsigned char)(value >> 16), (unsigned char)(value >> 8), (unsigned char)value};

	buffer_append(buffer, span_make(bytes, sizeof(bytes)));
}

void buffer_append_u32(struct buffer *buffer, uint32_t value)
{
	buffer_append_u16(buffer, (uint16_t)(value >> 16));
	buffer_append_u16(buffer, (uint16_t)value);
}

void buffer_consume(struct buffer *buffer, size_t size)
{
	if (size >= buffer->size) {
		buffer->size = 0;
		return;
	}
	memmove(buffer->data, buffer->data + size, buffer->size - size);
	buffer->size -= size;
}

struct span buffer_view(const struct buffer *buffer)
{
	return span_make(buffer->data, buffer->size);
}

const char *buffer_text(struct buffer *buffer)
{
	make_room(buffer, buffer->size + 1);
	buffer->data[buffer->size] = '\0';
	return (const char *)buffer->data;
}
