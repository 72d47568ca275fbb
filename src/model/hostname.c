/* SPDX-License-Identifier: ISC */
/* What is a host name, and which one comes first. */
#include "model/hostname.h"

#include <stdio.h>
#include <string.h>

#include "base/character.h"
#include "base/reader.h"

const char *hostname_outcome_name(enum hostname_outcome outcome)
{
	static const char *const NAMES[] = {
		[HOSTNAME_NONE] = "none",
		[HOSTNAME_FOUND] = "found",
		[HOSTNAME_UNUSABLE] = "unusable",
		[HOSTNAME_FAILED] = "failed",
	};

	return (size_t)outcome < ARRAY_LENGTH(NAMES) ? NAMES[outcome] : "?";
}

const char *hostname_source_name(enum hostname_source source)
{
	return source == HOSTNAME_SOURCE_PTR ? "ptr" : "?";
}

static bool is_small_letter(unsigned char byte)
{
	return byte >= 'a' && byte <= 'z';
}

static bool is_label(struct span label)
{
	if (label.size == 0 || label.size > HOSTNAME_LABEL_MAX || label.data[0] == '-' || label.data[label.size - 1] == '-')
		return false;
	for (size_t i = 0; i < label.size; i++) {
		if (!is_small_letter(label.data[i]) && !character_is_digit(label.data[i]) && label.data[i] != '-')
			return false;
	}
	return true;
}

bool hostname_is_valid(struct span text)
{
	struct span rest = text, label;

	if (text.size > HOSTNAME_MAX)
		return false;
	for (;;) {
		label = span_part(rest, 0, span_find_byte(rest, '.'));
		if (!is_label(label))
			return false;
		if (label.size == rest.size)
			return is_small_letter(label.data[0]);
		rest = span_part(rest, label.size + 1, rest.size);
	}
}

/* Puts the labels with dots between them; returns the size, 0: they are none, or too many, or one has a dot of its own, which would be taken for one of ours. */
static size_t join_labels(struct span labels, char out[HOSTNAME_SIZE])
{
	struct reader reader = reader_make(labels);
	size_t size = 0;

	for (;;) {
		struct span label = reader_bytes(&reader, reader_u8(&reader));

		if (reader.failed || label.size > HOSTNAME_LABEL_MAX || span_find_byte(label, '.') < label.size)
			return 0;
		if (label.size == 0)
			return reader.rest.size == 0 ? size : 0;
		if (size + 1 + label.size > HOSTNAME_MAX + (size == 0))
			return 0;
		if (size > 0)
			out[size++] = '.';
		for (size_t i = 0; i < label.size; i++)
			out[size++] = (char)character_small(label.data[i]);
	}
}

bool hostname_from_labels(struct span labels, char out[HOSTNAME_SIZE])
{
	size_t size = join_labels(labels, out);
	bool is_valid = hostname_is_valid(span_make(out, size));

	out[is_valid ? size : 0] = '\0';
	return is_valid;
}

int hostname_compare(const char *a, const char *b)
{
	size_t a_size = strlen(a), b_size = strlen(b);

	if (a_size != b_size)
		return a_size < b_size ? -1 : 1;
	return memcmp(a, b, a_size);
}

void hostname_reverse_name(struct ip_address address, char out[REVERSE_NAME_SIZE])
{
	static const char DIGITS[] = "0123456789abcdef";
	size_t size = 0;

	if (address.family == IP_FAMILY_4) {
		(void)snprintf(out, REVERSE_NAME_SIZE, "%u.%u.%u.%u.in-addr.arpa", address.bytes[3], address.bytes[2], address.bytes[1],
		               address.bytes[0]);
		return;
	}
	for (size_t i = ip_address_size(address); i-- > 0;) {
		out[size++] = DIGITS[address.bytes[i] & 15];
		out[size++] = '.';
		out[size++] = DIGITS[address.bytes[i] >> 4];
		out[size++] = '.';
	}
	(void)snprintf(out + size, REVERSE_NAME_SIZE - size, "ip6.arpa");
}
