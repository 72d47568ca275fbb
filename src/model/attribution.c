/* SPDX-License-Identifier: ISC */
/* Codes of countries, numbers and prefixes of networks, in and out of text. */
#include "model/attribution.h"

#include <stdio.h>
#include <string.h>

#include "base/character.h"
#include "base/text.h"

/* Codes that registries and databases use for what is no country, or no longer one. */
static const char RESERVED[][3] = {"AN", "AP", "BP", "CS", "EU", "NT", "SU", "T1", "XX", "YU", "ZZ"};

bool country_code_read(struct span text, char country_out[3], char reserved_out[3])
{
	char code[3] = "";

	if (text.size != 2 || !character_is_letter(text.data[0]) || !(character_is_letter(text.data[1]) || text.data[1] == '1'))
		return false;
	for (size_t i = 0; i < 2; i++)
		code[i] = (char)(text.data[i] >= 'a' ? text.data[i] - 'a' + 'A' : text.data[i]);
	memset(country_out, 0, 3);
	memset(reserved_out, 0, 3);
	if (strcmp(code, "UK") == 0)
		memcpy(code, "GB", 2);
	for (size_t i = 0; i < ARRAY_LENGTH(RESERVED); i++) {
		if (strcmp(code, RESERVED[i]) == 0) {
			memcpy(reserved_out, code, 3);
			return true;
		}
	}
	if (code[1] == '1') /* A1, A2, O1: proxies and the like */
		memcpy(reserved_out, code, 3);
	else
		memcpy(country_out, code, 3);
	return true;
}

bool asn_read(struct span text, uint32_t *asn_out)
{
	uint64_t value;

	if (span_starts_with_text_ignoring_case(text, "AS"))
		text = span_part(text, 2, text.size);
	if (!text_parse_unsigned(text, UINT32_MAX, &value))
		return false;
	*asn_out = (uint32_t)value;
	return true;
}

static uint8_t mask_of_byte(int length, size_t byte)
{
	int bits = length - 8 * (int)byte;

	return (uint8_t)(bits >= 8 ? 0xff : bits <= 0 ? 0 : 0xff << (8 - bits));
}

void attribution_format_prefix(const struct attribution *attribution, struct ip_address address, char text[IP_RANGE_TEXT_SIZE])
{
	char first[IP_ADDRESS_TEXT_SIZE];

	text[0] = '\0';
	if (attribution->prefix_length < 0 || attribution->prefix_origin == NULL)
		return;
	for (size_t i = 0; i < ip_address_size(address); i++)
		address.bytes[i] &= mask_of_byte(attribution->prefix_length, i);
	ip_address_format(address, first);
	(void)snprintf(text, IP_RANGE_TEXT_SIZE, "%s/%d", first, attribution->prefix_length);
}

int ip_range_prefix_length(const struct ip_range *range)
{
	size_t size = ip_address_size(range->first);
	int length = 0;

	while (length < (int)size * 8 && ((range->first.bytes[length / 8] ^ range->last.bytes[length / 8]) & (0x80 >> (length % 8))) == 0)
		length++;
	for (size_t i = 0; i < size; i++) {
		uint8_t host_bits = (uint8_t)~mask_of_byte(length, i);

		if ((range->first.bytes[i] & host_bits) != 0 || (range->last.bytes[i] & host_bits) != host_bits)
			return -1;
	}
	return length;
}

const char *rpki_state_name(enum rpki_state state)
{
	static const char *const names[] = {"unknown", "not-found", "valid", "invalid"};

	return names[state];
}

enum rpki_state rpki_judge(struct span authorised, uint32_t asn, int prefix_length)
{
	enum rpki_state state = RPKI_NOT_FOUND;

	for (struct span word = span_take_word(&authorised); word.size > 0; word = span_take_word(&authorised)) {
		size_t slash = span_find_byte(word, '/'), hyphen = span_find_byte(word, '-');
		uint64_t number, shortest, longest;

		if (hyphen < slash || !text_parse_unsigned(span_part(word, 0, slash), UINT32_MAX, &number) ||
		    !text_parse_unsigned(span_part(word, slash + 1, hyphen - slash - 1), 128, &shortest) ||
		    !text_parse_unsigned(span_part(word, hyphen + 1, word.size), 128, &longest) || shortest > (uint64_t)prefix_length)
			continue; /* it is about a part of the prefix alone */
		if (number == asn && asn != 0 && (uint64_t)prefix_length <= longest)
			return RPKI_VALID;
		state = RPKI_INVALID;
	}
	return state;
}
