/* SPDX-License-Identifier: ISC */
/* Explains why a text is no address, prefix or range. */
#include "scope/range_text.h"

#include <string.h>

#include "base/text.h"
#include "scope/address_math.h"

const char *range_text_show(struct span text, char shown[RANGE_TEXT_SHOWN_SIZE])
{
	struct buffer escaped;
	size_t kept;

	buffer_init(&escaped, RANGE_TEXT_SHOWN_SIZE);
	text_escape(span_part(text, 0, RANGE_TEXT_SHOWN_SIZE), &escaped);
	kept = escaped.size < RANGE_TEXT_SHOWN_SIZE ? escaped.size : RANGE_TEXT_SHOWN_SIZE - 4;
	if (kept > 0)
		memcpy(shown, escaped.data, kept);
	if (kept < escaped.size) {
		memcpy(shown + kept, "...", 3);
		kept += 3;
	}
	shown[kept] = '\0';
	buffer_done(&escaped);
	return shown;
}

static bool has_only(struct span text, const char *allowed)
{
	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] == '\0' || strchr(allowed, text.data[i]) == NULL)
			return false;
	}
	return true;
}

/* Something of digits and dots that is no dotted quad. */
static void explain_dotted_quad(struct span text, const char *shown, struct error *error)
{
	unsigned parts = 0;
	bool has_zero = false;

	for (struct span rest = text;; parts++) {
		size_t end = span_find_byte(rest, '.');
		struct span part = span_part(rest, 0, end);
		uint64_t value;

		if (part.size > 0 && !text_parse_unsigned(part, 255, &value)) {
			error_set(error, "%s: the numbers of an IPv4 address go from 0 to 255", shown);
			return;
		}
		has_zero = has_zero || (part.size > 1 && part.data[0] == '0');
		if (end == rest.size)
			break;
		rest = span_part(rest, end + 1, rest.size);
	}
	if (parts + 1 == 4 && has_zero)
		error_set(error, "%s: numbers with leading zeros are refused, as some programs read them as octal; leave the zeros out",
		          shown);
	else
		error_set(error, "%s: an IPv4 address has four numbers with dots between, such as 192.0.2.1", shown);
}

static void explain_address(struct span address, const char *shown, struct error *error)
{
	if (address.size == 0)
		error_set(error, "%s: an address is missing; write 192.0.2.1, 192.0.2.0/24 or 192.0.2.1-192.0.2.9", shown);
	else if (span_find_byte(address, '%') < address.size)
		error_set(error, "%s: an address with a zone cannot be used; leave out %% and what follows it", shown);
	else if (span_find_byte(address, ':') < address.size)
		error_set(error, "%s: this is not an IPv6 address, prefix or range; a port goes behind brackets, as in [2001:db8::1]:993",
		          shown);
	else if (has_only(address, "0123456789."))
		explain_dotted_quad(address, shown, error);
	else
		error_set(
			error,
			"%s: this is not an address, a prefix or a first-last range; write 192.0.2.1, 192.0.2.0/24 or 192.0.2.1-192.0.2.9",
			shown);
}

static void explain_prefix(struct span address_text, struct span length_text, const char *shown, struct error *error)
{
	struct ip_address address;
	char network[IP_ADDRESS_TEXT_SIZE];
	uint64_t length, bits;
	address_number host_mask;

	if (!ip_address_parse(address_text, &address)) {
		explain_address(address_text, shown, error);
		return;
	}
	bits = ip_address_size(address) * 8;
	if (address.family == IP_FAMILY_4 && span_find_byte(address_text, ':') < address_text.size) {
		ip_address_format(address, network);
		error_set(error, "%s: write IPv4 addresses as IPv4, such as %s, with a prefix length from 0 to 32", shown, network);
		return;
	}
	if (!text_parse_unsigned(length_text, bits, &length)) {
		error_set(error, "%s: the prefix length behind the slash must be a number from 0 to %u", shown, (unsigned)bits);
		return;
	}
	host_mask = length == 0 ? ~(address_number)0 : ((address_number)1 << (bits - length)) - 1;
	ip_address_format(address_from_number(address.family, address_to_number(address) & ~host_mask), network);
	error_set(error, "%s: host bits are set; did you mean %s/%u?", shown, network, (unsigned)length);
}

static void explain_first_last(struct span first_text, struct span last_text, const char *shown, struct error *error)
{
	struct ip_address first, last;
	char first_shown[IP_ADDRESS_TEXT_SIZE], last_shown[IP_ADDRESS_TEXT_SIZE];
	uint64_t number;

	if (!ip_address_parse(first_text, &first)) {
		explain_address(first_text, shown, error);
		return;
	}
	ip_address_format(first, first_shown);
	if (!ip_address_parse(last_text, &last)) {
		if (first.family == IP_FAMILY_4 && text_parse_unsigned(last_text, 255, &number)) {
			first.bytes[3] = (uint8_t)number;
			ip_address_format(first, last_shown);
			error_set(error, "%s: both ends of a range are whole addresses; did you mean %s-%s?", shown, first_shown,
			          last_shown);
		} else {
			explain_address(last_text, shown, error);
		}
		return;
	}
	ip_address_format(last, last_shown);
	if (first.family != last.family)
		error_set(error, "%s: both ends of a range must be IPv4, or both IPv6", shown);
	else
		error_set(error, "%s: the first address is higher than the last; did you mean %s-%s?", shown, last_shown, first_shown);
}

bool range_text_parse(struct span text, struct ip_range *range_out, struct error *error)
{
	char shown[RANGE_TEXT_SHOWN_SIZE];
	size_t slash = span_find_byte(text, '/');
	size_t dash = span_find_byte(text, '-');

	if (ip_range_parse(text, range_out))
		return true;
	range_text_show(text, shown);
	if (slash < text.size)
		explain_prefix(span_part(text, 0, slash), span_part(text, slash + 1, text.size), shown, error);
	else if (dash < text.size)
		explain_first_last(span_part(text, 0, dash), span_part(text, dash + 1, text.size), shown, error);
	else
		explain_address(text, shown, error);
	return false;
}
