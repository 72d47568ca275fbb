/* SPDX-License-Identifier: ISC */
/* A cursor over a span with a sticky error: after the first short read everything gives zero; check `failed` once at the end. */
#ifndef BASE_READER_H
#define BASE_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

struct reader {
	struct span rest;
	bool failed;
};

struct reader reader_make(struct span bytes);
uint8_t reader_u8(struct reader *reader);
uint16_t reader_u16(struct reader *reader); /* big-endian */
uint32_t reader_u24(struct reader *reader);
uint32_t reader_u32(struct reader *reader);
/* The next size bytes, or an empty span and failed. */
struct span reader_bytes(struct reader *reader, size_t size);

#endif
