/* SPDX-License-Identifier: ISC */
/* JSON of strangers (RFC 8259) taken apart from front to back, without building anything: whoever reads asks for what they know and skips the
   rest. What is wrong makes `is_wrong` stick; after that every step gives nothing, so one look at the end is enough. Nothing is recursive. */
#ifndef BASE_JSON_READER_H
#define BASE_JSON_READER_H

#include <stdbool.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/span.h"

struct json_reader {
	struct span rest;
	bool is_wrong;
};

enum { JSON_DEPTH_MAX = 64 }; /* of what is skipped */

struct json_reader json_reader_make(struct span content);
/* The next byte that is no blank, which stays; 0: none is left. */
unsigned char json_reader_next(struct json_reader *json);
/* Is it this one? Then it is taken. */
bool json_reader_take(struct json_reader *json, char byte);
/* It has to be this one. */
void json_reader_want(struct json_reader *json, char byte);
/* Between the quotes, as it is written; json_unescape() reads it. */
struct span json_reader_take_string(struct json_reader *json);
/* A string likewise; a number or a word as it is. */
struct span json_reader_take_scalar(struct json_reader *json);
/* One value with all that is in it. */
void json_reader_skip(struct json_reader *json);
/* Every round of `while (json_reader_member(&json, &is_first, &key))` has its value in front of it, and takes or skips it. is_first is true before
   the first round; the braces are taken, too. What is no object is wrong. */
bool json_reader_member(struct json_reader *json, bool *is_first, struct span *key_out);
/* The same for the items of an array. */
bool json_reader_item(struct json_reader *json, bool *is_first);
/* A string as it was meant, appended in UTF-8. False: an escape is none, or half of a surrogate pair. */
bool json_unescape(struct span text, struct buffer *out) MUST_CHECK;

#endif
