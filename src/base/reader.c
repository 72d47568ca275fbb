/* SPDX-License-Identifier: ISC */
/* Reading binary structures without hand-written bounds checks. */
#include "base/reader.h"

struct reader reader_make(struct span bytes)
{
	return (struct reader){.rest = bytes};
}

struct span reader_bytes(struct reader *reader, size_t size)
{
	struct span taken;

	if (reader->failed || size > reader->rest.size) {
		reader->failed = true;
		reader->rest = span_make(NULL, 0);
		return span_make(NULL, 0);
	}
	taken = span_make(reader->rest.data, size);
	reader->rest = span_part(reader->rest, size, reader->rest.size);
	return taken;
}

static uint32_t read_big_endian(struct reader *reader, size_t size)
{
	struct span bytes = reader_bytes(reader, size);
	uint32_t value = 0;

	for (size_t i = 0; i < bytes.size; i++)
		value = value << 8 | bytes.data[i];
	return value;
}

uint8_t reader_u8(struct reader *reader)
{
	return (uint8_t)read_big_endian(reader, 1);
}

uint16_t reader_u16(struct reader *reader)
{
	return (uint16_t)read_big_endian(reader, 2);
}

uint32_t reader_u24(struct reader *reader)
{
	return read_big_endian(reader, 3);
}

uint32_t reader_u32(struct reader *reader)
{
	return read_big_endian(reader, 4);
}
