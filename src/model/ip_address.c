/* SPDX-License-Identifier: ISC */
/* Parsing, printing and comparing addresses and ranges without help of the C library's socket part, so that pure folders can use them. */
#include "model/ip_address.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

size_t ip_address_size(struct ip_address address)
{
	return address.family == IP_FAMILY_4 ? 4 : 16;
}

static bool parse_dotted_quad(struct span text, uint8_t bytes[4])
{
	for (size_t part = 0; part < 4; part++) {
		size_t end = span_find_byte(text, '.');
		struct span digits = span_part(text, 0, end);
		uint64_t value;

		if ((part < 3) != (end < text.size) || digits.size > 3 || (digits.size > 1 && digits.data[0] == '0'))
			return false;
		if (!text_parse_unsigned(digits, 255, &value))
			return false;
		bytes[part] = (uint8_t)value;
		text = span_part(text, end + 1, text.size);
	}
	return true;
}

static bool parse_hex_group(struct span digits, uint16_t *value_out)
{
	uint16_t value = 0;

	if (digits.size == 0 || digits.size > 4)
		return false;
	for (size_t i = 0; i < digits.size; i++) {
		unsigned char digit = digits.data[i];
		int nibble = digit >= '0' && digit <= '9'   ? digit - '0'
		             : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
		             : digit >= 'A' && digit <= 'F' ? digit - 'A' + 10
		                                            : -1;

		if (nibble < 0)
			return false;
		value = (uint16_t)(value << 4 | nibble);
	}
	*value_out = value;
	return true;
}

/* One side of "::": groups of hexadecimal digits, the last perhaps a dotted quad. Gives the number of bytes, or -1. */
static int parse_groups(struct span text, uint8_t bytes[16])
{
	int size = 0;

	if (text.size == 0)
		return 0;
	for (;;) {
		size_t end = span_find_byte(text, ':');
		struct span group = span_part(text, 0, end);
		uint16_t value;

		if (end == text.size && span_find_byte(group, '.') < group.size) {
			if (size > 12 || !parse_dotted_quad(group, bytes + size))
				return -1;
			return size + 4;
		}
		if (size > 14 || !parse_hex_group(group, &value))
			return -1;
		bytes[size++] = (uint8_t)(value >> 8);
		bytes[size++] = (uint8_t)value;
		if (end == text.size)
			return size;
		text = span_part(text, end + 1, text.size);
		if (text.size == 0)
			return -1;
	}
}

static bool find_double_colon(struct span text, size_t *offset_out)
{
	for (size_t i = 0; i + 1 < text.size; i++) {
		if (text.data[i] == ':' && text.data[i + 1] == ':') {
			*offset_out = i;
			return true;
		}
	}
	return false;
}

static bool parse_ipv6(struct span text, uint8_t bytes[16])
{
	uint8_t head[16] = {0}, tail[16] = {0};
	int head_size, tail_size;
	size_t gap;

	if (!find_double_colon(text, &gap))
		return parse_groups(text, bytes) == 16;
	head_size = parse_groups(span_part(text, 0, gap), head);
	tail_size = parse_groups(span_part(text, gap + 2, text.size), tail);
	if (head_size < 0 || tail_size < 0 || head_size + tail_size > 14 || span_find_byte(span_part(text, 0, gap), '.') < gap)
		return false;
	memset(bytes, 0, 16);
	memcpy(bytes, head, (size_t)head_size);
	memcpy(bytes + 16 - tail_size, tail, (size_t)tail_size);
	return true;
}

bool ip_address_parse(struct span text, struct ip_address *address_out)
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	struct ip_address address = {.family = IP_FAMILY_4};

	if (span_find_byte(text, ':') == text.size) {
		if (!parse_dotted_quad(text, address.bytes))
			return false;
	} else {
		if (!parse_ipv6(text, address.bytes))
			return false;
		address.family = IP_FAMILY_6;
		if (memcmp(address.bytes, mapped, sizeof(mapped)) == 0) {
			struct ip_address plain = {.family = IP_FAMILY_4};

			memcpy(plain.bytes, address.bytes + 12, 4);
			address = plain;
		}
	}
	*address_out = address;
	return true;
}

static unsigned group_of(const uint8_t bytes[16], int group)
{
	const uint8_t *pair = bytes + 2 * (size_t)group;

	return (unsigned)pair[0] << 8 | pair[1];
}

static void format_ipv6(const uint8_t bytes[16], char text[IP_ADDRESS_TEXT_SIZE])
{
	int gap = -1, gap_size = 1, size = 0;

	for (int start = 0; start < 8; start++) { /* RFC 5952 4.2.3: the longest run of at least two zero groups, the first of equals */
		int run = 0;

		while (start + run < 8 && group_of(bytes, start + run) == 0)
			run++;
		if (run > gap_size) {
			gap = start;
			gap_size = run;
		}
	}
	for (int group = 0; group < 8; group++) {
		if (group == gap) {
			size += snprintf(text + size, (size_t)(IP_ADDRESS_TEXT_SIZE - size), "::");
			group += gap_size - 1;
			continue;
		}
		if (group > 0 && (gap < 0 || group != gap + gap_size))
			size += snprintf(text + size, (size_t)(IP_ADDRESS_TEXT_SIZE - size), ":");
		size += snprintf(text + size, (size_t)(IP_ADDRESS_TEXT_SIZE - size), "%x", group_of(bytes, group));
	}
}

void ip_address_format(struct ip_address address, char text[IP_ADDRESS_TEXT_SIZE])
{
	if (address.family == IP_FAMILY_4)
		(void)snprintf(text, IP_ADDRESS_TEXT_SIZE, "%u.%u.%u.%u", address.bytes[0], address.bytes[1], address.bytes[2],
		               address.bytes[3]);
	else
		format_ipv6(address.bytes, text);
}

int ip_address_compare(struct ip_address a, struct ip_address b)
{
	if (a.family != b.family)
		return a.family == IP_FAMILY_4 ? -1 : 1;
	return memcmp(a.bytes, b.bytes, sizeof(a.bytes));
}

struct ip_address ip_address_next(struct ip_address address)
{
	for (size_t i = ip_address_size(address); i-- > 0;) {
		if (++address.bytes[i] != 0)
			break;
	}
	return address;
}

static bool apply_prefix(struct span length_text, struct ip_range *range)
{
	size_t size = ip_address_size(range->first);
	uint64_t length;

	if (!text_parse_unsigned(length_text, size * 8, &length))
		return false;
	for (size_t i = 0; i < size; i++) {
		unsigned kept = length >= 8 * (i + 1) ? 8 : length <= 8 * i ? 0 : (unsigned)(length - 8 * i);
		uint8_t host_bits = (uint8_t)(0xff >> kept);

		if ((range->first.bytes[i] & host_bits) != 0)
			return false;
		range->last.bytes[i] |= host_bits;
	}
	return true;
}

bool ip_range_parse(struct span text, struct ip_range *range_out)
{
	size_t slash = span_find_byte(text, '/');
	size_t dash = span_find_byte(text, '-');
	struct ip_range range;

	if (slash < text.size) {
		if (!ip_address_parse(span_part(text, 0, slash), &range.first))
			return false;
		range.last = range.first;
		if (!apply_prefix(span_part(text, slash + 1, text.size), &range))
			return false;
	} else if (dash < text.size) {
		if (!ip_address_parse(span_part(text, 0, dash), &range.first) ||
		    !ip_address_parse(span_part(text, dash + 1, text.size), &range.last))
			return false;
		if (range.first.family != range.last.family || ip_address_compare(range.first, range.last) > 0)
			return false;
	} else {
		if (!ip_address_parse(text, &range.first))
			return false;
		range.last = range.first;
	}
	*range_out = range;
	return true;
}

void ip_range_format(const struct ip_range *range, char text[IP_RANGE_TEXT_SIZE])
{
	char first[IP_ADDRESS_TEXT_SIZE], last[IP_ADDRESS_TEXT_SIZE];

	ip_address_format(range->first, first);
	ip_address_format(range->last, last);
	if (ip_address_compare(range->first, range->last) == 0)
		(void)snprintf(text, IP_RANGE_TEXT_SIZE, "%s", first);
	else
		(void)snprintf(text, IP_RANGE_TEXT_SIZE, "%s-%s", first, last);
}

bool ip_range_contains(const struct ip_range *range, struct ip_address address)
{
	return range->first.family == address.family && ip_address_compare(range->first, address) <= 0 &&
	       ip_address_compare(address, range->last) <= 0;
}
