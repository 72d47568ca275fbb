/* SPDX-License-Identifier: ISC */
/* Tells addresses, prefixes, ranges and host names apart, with or without ports. */
#include <string.h>

#include "base/text.h"
#include "base/character.h"
#include "scope/range_text.h"
#include "scope/target_set.h"

enum { HOST_NAME_MAX_SIZE = 253, HOST_LABEL_MAX_SIZE = 63 }; /* RFC 1035 section 2.3.4, without the final dot */

bool port_list_add(struct port_list *list, uint16_t port)
{
	size_t at = 0;

	while (at < list->count && list->ports[at] < port)
		at++;
	if (at < list->count && list->ports[at] == port)
		return true;
	if (list->count == TARGET_PORTS_MAX)
		return false;
	memmove(&list->ports[at + 1], &list->ports[at], (list->count - at) * sizeof(list->ports[0]));
	list->ports[at] = port;
	list->count++;
	return true;
}

bool port_list_parse(struct span text, struct port_list *ports_out)
{
	struct port_list ports = {.count = 0};

	for (;;) {
		size_t end = span_find_byte(text, ',');
		uint64_t port;

		if (!text_parse_unsigned(span_part(text, 0, end), UINT16_MAX, &port) || port == 0 || !port_list_add(&ports, (uint16_t)port))
			return false;
		if (end == text.size)
			break;
		text = span_part(text, end + 1, text.size);
	}
	*ports_out = ports;
	return true;
}

/* No top-level domain is a number, so digits and dots alone are an attempt at an address (RFC 1123 section 2.1). */
static bool is_numeric(struct span text)
{
	for (size_t i = 0; i < text.size; i++) {
		if (!character_is_digit(text.data[i]) && strchr("./-", text.data[i]) == NULL)
			return false;
	}
	return true;
}

/* RFC 1123 section 2.1: labels of letters, digits and inner hyphens; the underscore is met in real zones. */
static bool is_label(struct span label)
{
	if (label.size == 0 || label.size > HOST_LABEL_MAX_SIZE || label.data[0] == '-' || label.data[label.size - 1] == '-')
		return false;
	for (size_t i = 0; i < label.size; i++) {
		if (!character_is_digit(label.data[i]) && !character_is_letter(label.data[i]) && label.data[i] != '-' &&
		    label.data[i] != '_')
			return false;
	}
	return true;
}

static bool is_host_name(struct span name)
{
	struct span rest = name;

	if (name.size > 1 && name.data[name.size - 1] == '.')
		rest.size--;
	if (rest.size > HOST_NAME_MAX_SIZE)
		return false;
	for (;;) {
		size_t end = span_find_byte(rest, '.');

		if (!is_label(span_part(rest, 0, end)))
			return false;
		if (end == rest.size)
			return true;
		rest = span_part(rest, end + 1, rest.size);
	}
}

static bool parse_ports_of(struct span word, struct span text, struct port_list *ports_out, struct error *error)
{
	char shown[RANGE_TEXT_SHOWN_SIZE];

	if (port_list_parse(text, ports_out))
		return true;
	return error_set(error, "%s: behind the colon go up to %d ports from 1 to 65535 with commas between, such as 110,143",
	                 range_text_show(word, shown), TARGET_PORTS_MAX);
}

static enum target_kind explain_name(struct span word, struct span name, struct error *error)
{
	char shown[RANGE_TEXT_SHOWN_SIZE];

	range_text_show(word, shown);
	if (span_find_byte(name, '@') < name.size)
		error_set(error,
		          "%s: this is not a host name; of a mail address give what follows the @, or better the name of its mail server",
		          shown);
	else if (span_find_byte(name, '/') < name.size)
		error_set(error,
		          "%s: this is neither a prefix nor a host name; a prefix begins with an address (192.0.2.0/24), and of a URL give "
		          "the host name alone",
		          shown);
	else
		error_set(error,
		          "%s: this is neither an address nor a host name; host names are letters, digits, hyphens and dots (names in "
		          "other scripts: write the xn-- form)",
		          shown);
	return TARGET_MALFORMED;
}

/* "[range]" or "[range]:ports" */
static enum target_kind parse_bracketed(struct span word, struct ip_range *range_out, struct port_list *ports_out, struct error *error)
{
	size_t end = span_find_byte(word, ']');
	struct span rest = span_part(word, end + 1, word.size);
	char shown[RANGE_TEXT_SHOWN_SIZE];

	if (end == word.size || (rest.size > 0 && rest.data[0] != ':')) {
		error_set(error, "%s: a bracketed target is written [2001:db8::1], [2001:db8::1]:993 or [2001:db8::/120]:993",
		          range_text_show(word, shown));
		return TARGET_MALFORMED;
	}
	if (!range_text_parse(span_part(word, 1, end - 1), range_out, error))
		return TARGET_MALFORMED;
	if (rest.size > 0 && !parse_ports_of(word, span_part(rest, 1, rest.size), ports_out, error))
		return TARGET_MALFORMED;
	return TARGET_RANGE;
}

/* At most one colon, so IPv4 or a name, perhaps with ports. */
static enum target_kind parse_plain(struct span word, struct ip_range *range_out, struct port_list *ports_out, struct span *name_out,
                                    struct error *error)
{
	size_t colon = span_find_byte(word, ':');
	struct span left = span_part(word, 0, colon), right = span_part(word, colon + 1, word.size);

	if (!is_numeric(left)) {
		if (span_starts_with_text(right, "//") || !is_host_name(left))
			return explain_name(word, span_starts_with_text(right, "//") ? right : left, error);
		if (colon < word.size && !parse_ports_of(word, right, ports_out, error))
			return TARGET_MALFORMED;
		*name_out = left;
		return TARGET_HOST_NAME;
	}
	if (!range_text_parse(left, range_out, error))
		return TARGET_MALFORMED;
	if (colon < word.size && !parse_ports_of(word, right, ports_out, error))
		return TARGET_MALFORMED;
	return TARGET_RANGE;
}

enum target_kind target_parse(struct span word, struct ip_range *range_out, struct port_list *ports_out, struct span *name_out,
                              struct error *error)
{
	size_t colon = span_find_byte(word, ':');
	bool has_two_colons = colon < word.size && span_find_byte(span_part(word, colon + 1, word.size), ':') < word.size - colon - 1;

	*ports_out = (struct port_list){.count = 0};
	*name_out = span_make(NULL, 0);
	if (word.size > 0 && word.data[0] == '[')
		return parse_bracketed(word, range_out, ports_out, error);
	if (has_two_colons && span_find_byte(word, '@') == word.size && span_find_byte(word, '[') == word.size)
		return range_text_parse(word, range_out, error) ? TARGET_RANGE : TARGET_MALFORMED;
	return parse_plain(word, range_out, ports_out, name_out, error);
}
