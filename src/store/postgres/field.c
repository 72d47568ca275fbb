/* SPDX-License-Identifier: ISC */
/* The forms are those of the functions boolsend, int8send, inet_send and array_send of PostgreSQL, the same since version 7.4. */
#include "store/postgres/field.h"

#include <string.h>

enum {
	FIELDS_MAX = 1 << 28,
	INET_FAMILY_4 = 2,
	INET_FAMILY_6 = 3,
	INET_HEAD = 4,
	ARRAY_HEAD = 20,
};

void fields_begin(struct fields *fields, struct error *error)
{
	if (fields->bytes.max == 0)
		buffer_init(&fields->bytes, FIELDS_MAX);
	buffer_clear(&fields->bytes);
	fields->count = 0;
	fields->has_failed = false;
	fields->error = error;
}

void field_null(struct fields *fields)
{
	buffer_append_u32(&fields->bytes, UINT32_MAX);
	fields->count++;
}

void field_bytes(struct fields *fields, struct span bytes)
{
	if (bytes.size > FIELDS_MAX && !fields->has_failed)
		fields->has_failed = !error_set(fields->error, "a record is too large to be kept");
	buffer_append_u32(&fields->bytes, (uint32_t)bytes.size);
	buffer_append(&fields->bytes, bytes);
	if (fields->bytes.overflowed && !fields->has_failed)
		fields->has_failed = !error_set(fields->error, "a record is too large to be kept");
	fields->count++;
}

void integer_bytes(int64_t value, unsigned char bytes[FIELD_INTEGER_SIZE])
{
	for (unsigned i = 0; i < FIELD_INTEGER_SIZE; i++)
		bytes[i] = (unsigned char)((uint64_t)value >> (56 - 8 * i));
}

int64_t integer_of(const unsigned char bytes[FIELD_INTEGER_SIZE])
{
	uint64_t value = 0;

	for (unsigned i = 0; i < FIELD_INTEGER_SIZE; i++)
		value = value << 8 | bytes[i];
	return (int64_t)value;
}

void field_integer(struct fields *fields, int64_t value)
{
	unsigned char bytes[FIELD_INTEGER_SIZE];

	integer_bytes(value, bytes);
	field_bytes(fields, span_make(bytes, sizeof(bytes)));
}

void field_small(struct fields *fields, int64_t value)
{
	unsigned char bytes[FIELD_INTEGER_SIZE];

	if ((value < INT32_MIN || value > INT32_MAX) && !fields->has_failed)
		fields->has_failed = !error_set(fields->error, "a number is too large to be kept");
	integer_bytes(value, bytes);
	field_bytes(fields, span_make(bytes + sizeof(bytes) / 2, sizeof(bytes) / 2));
}

void field_unsigned(struct fields *fields, uint64_t value)
{
	field_integer(fields, (int64_t)value);
}

void field_text(struct fields *fields, const char *text)
{
	field_bytes(fields, span_from_text(text != NULL ? text : ""));
}

size_t address_bytes(const struct ip_address *address, unsigned char bytes[FIELD_ADDRESS_SIZE_MAX])
{
	size_t size = ip_address_size(*address);

	bytes[0] = address->family == IP_FAMILY_4 ? INET_FAMILY_4 : INET_FAMILY_6;
	bytes[1] = (unsigned char)(8 * size);
	bytes[2] = 0; /* an inet, no cidr */
	bytes[3] = (unsigned char)size;
	memcpy(bytes + INET_HEAD, address->bytes, size);
	return INET_HEAD + size;
}

bool address_of(struct span bytes, struct ip_address *address_out)
{
	*address_out = (struct ip_address){.family = IP_FAMILY_4};
	if (bytes.size < INET_HEAD || (bytes.data[3] != 4 && bytes.data[3] != 16) || bytes.size != INET_HEAD + (size_t)bytes.data[3] ||
	    bytes.data[1] != 8 * bytes.data[3])
		return false;
	address_out->family = bytes.data[3] == 4 ? IP_FAMILY_4 : IP_FAMILY_6;
	memcpy(address_out->bytes, bytes.data + INET_HEAD, bytes.data[3]);
	return true;
}

void field_address(struct fields *fields, const struct ip_address *address)
{
	unsigned char bytes[FIELD_ADDRESS_SIZE_MAX];

	field_bytes(fields, span_make(bytes, address_bytes(address, bytes)));
}

void field_word(struct fields *fields, enum word_kind kind, unsigned value)
{
	const char *name = word_name(kind, value);

	if (strcmp(name, "?") == 0 && !fields->has_failed)
		fields->has_failed = !error_set(fields->error, "cannot keep %u as %s: no such word", value, word_kind_name(kind));
	field_text(fields, name);
}

void field_fingerprint(struct fields *fields, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE])
{
	if (fingerprint_is_none(sha256))
		field_null(fields);
	else
		field_bytes(fields, span_make(sha256, CERTIFICATE_FINGERPRINT_SIZE));
}

size_t field_array_begin(struct fields *fields, uint32_t element_type, size_t count)
{
	size_t begin = fields->bytes.size;

	buffer_append_u32(&fields->bytes, 0); /* its size, when it is known */
	buffer_append_u32(&fields->bytes, count > 0 ? 1 : 0);
	buffer_append_u32(&fields->bytes, 0); /* no NULLs */
	buffer_append_u32(&fields->bytes, element_type);
	if (count > 0) {
		buffer_append_u32(&fields->bytes, (uint32_t)count);
		buffer_append_u32(&fields->bytes, 1);
	}
	return begin;
}

void field_array_end(struct fields *fields, size_t begin, size_t count)
{
	size_t size = fields->bytes.size - begin - 4;

	fields->count = (uint16_t)(fields->count - count + 1); /* its elements are one field */
	for (unsigned i = 0; i < 4 && !fields->bytes.overflowed; i++)
		fields->bytes.data[begin + i] = (unsigned char)(size >> (24 - 8 * i));
}

static uint32_t number_at(struct span span, size_t at)
{
	return (uint32_t)span.data[at] << 24 | (uint32_t)span.data[at + 1] << 16 | (uint32_t)span.data[at + 2] << 8 | span.data[at + 3];
}

bool array_begin(struct span *rest, size_t *count_out)
{
	*count_out = 0;
	if (rest->size < 12)
		return false;
	if (number_at(*rest, 0) == 0) {
		*rest = span_make(NULL, 0);
		return true;
	}
	if (rest->size < ARRAY_HEAD || number_at(*rest, 0) != 1)
		return false;
	*count_out = number_at(*rest, 12);
	*rest = span_part(*rest, ARRAY_HEAD, rest->size);
	return true;
}

bool array_take(struct span *rest, struct span *element_out)
{
	size_t size;

	if (rest->size < 4)
		return false;
	size = number_at(*rest, 0);
	if (size > rest->size - 4)
		return false;
	*element_out = span_part(*rest, 4, size);
	*rest = span_part(*rest, 4 + size, rest->size);
	return true;
}
