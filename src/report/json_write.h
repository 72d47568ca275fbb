/* SPDX-License-Identifier: ISC */
/* Small steps for writing JSON by hand into a buffer: keys with their commas, numbers, texts whose hostile bytes are escaped by text_append_json(). */
#ifndef REPORT_JSON_WRITE_H
#define REPORT_JSON_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/instant.h"
#include "base/span.h"

/* The key with its colon, and a comma before it where it is not the first of its object. */
void json_key(struct buffer *out, const char *key);
void json_span(struct buffer *out, const char *key, struct span bytes);
void json_word(struct buffer *out, const char *key, const char *word);
/* null for what is not there: no name, no text. */
void json_word_or_null(struct buffer *out, const char *key, const char *word);
void json_number(struct buffer *out, const char *key, uint64_t number);
void json_signed(struct buffer *out, const char *key, int64_t number);
/* 0 means that it was not seen. */
void json_number_or_null(struct buffer *out, const char *key, uint64_t number);
void json_bool(struct buffer *out, const char *key, bool value);
void json_null(struct buffer *out, const char *key);
void json_time(struct buffer *out, const char *key, struct timestamp time);
void json_hex(struct buffer *out, const char *key, struct span bytes);
/* A string in an array. */
void json_item(struct buffer *out, struct span item);
/* An object in an array: the comma before it, and its '{'. */
void json_open_item(struct buffer *out);
/* The parts of a list between separators; empty ones are left out. */
void json_list(struct buffer *out, const char *key, struct span list, const char *separator);
/* The names of the bits; those without a name are left out. */
void json_flags(struct buffer *out, const char *key, uint32_t flags, const char *(*name)(uint32_t bit));
/* A registered number as {"number":"c02f","name":"..."}; null for 0. */
void json_registered(struct buffer *out, const char *key, uint16_t number, const char *name);

#endif
