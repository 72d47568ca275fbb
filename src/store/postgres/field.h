/* SPDX-License-Identifier: ISC */
/* Values as the fields of PostgreSQL's binary COPY, which are those of binary parameters and results too: a size of 4 bytes and the bytes, numbers with the highest byte first. */
#ifndef STORE_POSTGRES_FIELD_H
#define STORE_POSTGRES_FIELD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "model/ip_address.h"
#include "model/observation.h"
#include "store/word_kind.h"

enum {
	FIELD_INTEGER_SIZE = 8,
	FIELD_ADDRESS_SIZE_MAX = 20,
	TYPE_BYTEA = 17, /* what PostgreSQL numbers types */
	TYPE_BIGINT = 20,
	TYPE_TEXT = 25,
};

/* Fields of one row, in order; the first value that cannot be kept sticks. */
struct fields {
	struct buffer bytes;
	uint16_t count;
	bool has_failed;
	struct error *error;
};

void fields_begin(struct fields *fields, struct error *error);
void field_null(struct fields *fields);
void field_integer(struct fields *fields, int64_t value);
void field_small(struct fields *fields, int64_t value); /* of type integer: 4 bytes */
void field_unsigned(struct fields *fields, uint64_t value);
void field_bytes(struct fields *fields, struct span bytes);
void field_text(struct fields *fields, const char *text); /* NULL: "" */
void field_address(struct fields *fields, const struct ip_address *address);
void field_word(struct fields *fields, enum word_kind kind, unsigned value);
void field_fingerprint(struct fields *fields, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE]); /* zeros: NULL */
/* An array of one dimension whose elements are the fields that are put between begin and end. */
size_t field_array_begin(struct fields *fields, uint32_t element_type, size_t count);
void field_array_end(struct fields *fields, size_t begin, size_t count);

void integer_bytes(int64_t value, unsigned char bytes[FIELD_INTEGER_SIZE]);
int64_t integer_of(const unsigned char bytes[FIELD_INTEGER_SIZE]);
/* Returns the size. */
size_t address_bytes(const struct ip_address *address, unsigned char bytes[FIELD_ADDRESS_SIZE_MAX]);
bool address_of(struct span bytes, struct ip_address *address_out);
/* Reads an array from the front on: its elements are taken one by one. False: it is none, or has a NULL. */
bool array_begin(struct span *rest, size_t *count_out);
bool array_take(struct span *rest, struct span *element_out);

#endif
