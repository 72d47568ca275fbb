/* SPDX-License-Identifier: ISC */
/* Hostile bytes made harmless for where they are shown, and small parsers for text that people write. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/span.h"

/* Appends bytes as printable ASCII on one line: \r \n \t \\ \xHH; everything outside 0x20..0x7e is escaped, so no terminal, log or CSV reader is steered by it. */
void text_escape(struct span bytes, struct buffer *out);
/* The reverse of text_escape. False when an escape is malformed; out then holds what came before it. */
bool text_unescape(struct span text, struct buffer *out) MUST_CHECK;
/* Appends a JSON string with its quotes. Bytes that are not valid UTF-8, and control, bidi and zero-width characters, become \u00XX / \uXXXX escapes: lossless for bytes < 0x80, one \u00XX per stray byte otherwise. */
void text_append_json(struct span bytes, struct buffer *out);
/* RFC 3629: length of the well-formed sequence at the front of bytes, of which there is at least one, and its code point; 0 when it is none. */
size_t text_decode(struct span bytes, uint32_t *code);
/* Characters that reorder, hide or steer text where it is shown. */
bool text_is_deceptive(uint32_t code);
/* A decimal number of at most maximum; the whole span must be digits. */
bool text_parse_unsigned(struct span text, uint64_t maximum, uint64_t *value_out) MUST_CHECK;
/* Up to 8 lower-case hexadecimal digits; the whole span must be digits. */
bool text_parse_hex(struct span text, uint32_t *value_out) MUST_CHECK;
/* Exactly size bytes as lower-case hexadecimal digits; false leaves out in part written. */
bool text_parse_hex_bytes(struct span text, unsigned char *out, size_t size) MUST_CHECK;
/* Lower-case hexadecimal. */
void text_append_hex(struct span bytes, struct buffer *out);

#endif
