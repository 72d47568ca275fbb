/* SPDX-License-Identifier: ISC */
/* masscan -oX: <host ...><address addr="192.0.2.7" addrtype="ipv4"/><ports><port protocol="tcp" portid="143"><state state="open" .../></port></ports></host>.
   Tags are looked at one by one; entities are expanded nowhere, and what is no such tag is passed over. */
#include <string.h>

#include "reported/formats.h"

enum { TAG_MAX = 4096 };

static bool recognises(struct span text)
{
	text = span_trim(span_part(text, 0, 1024));
	return span_starts_with_text(text, "<?xml") && span_contains_text_ignoring_case(text, "<nmaprun") &&
	       span_contains_text_ignoring_case(text, "masscan");
}

/* The inside of the next tag; false at the end. A tag that does not end soon is no tag. */
static bool take_tag(struct span *rest, struct span *tag_out)
{
	size_t end;

	*rest = span_part(*rest, span_find_byte(*rest, '<') + 1, rest->size);
	if (rest->size == 0)
		return false;
	end = span_find_byte(span_part(*rest, 0, TAG_MAX), '>');
	*tag_out = span_part(*rest, 0, end);
	*rest = span_part(*rest, end, rest->size);
	return true;
}

static bool is_tag(struct span tag, const char *name)
{
	struct span word = span_take_word(&tag);

	return span_equals_text(word, name);
}

/* NAME="VALUE" behind white space; empty when there is none. */
static struct span attribute(struct span tag, const char *name)
{
	size_t length = strlen(name);

	(void)span_take_word(&tag);
	for (size_t at = 0; at + length + 2 <= tag.size; at++) {
		struct span value;

		if (memcmp(tag.data + at, name, length) != 0 || tag.data[at + length] != '=' || tag.data[at + length + 1] != '"' ||
		    (at > 0 && tag.data[at - 1] != ' '))
			continue;
		value = span_part(tag, at + length + 2, tag.size);
		return span_part(value, 0, span_find_byte(value, '"'));
	}
	return span_make(NULL, 0);
}

static void read_text(struct span text, struct claim_sink *sink)
{
	struct span tag, address = {0}, port = {0};
	size_t states = 0;
	bool is_tcp = false;

	while (!sink->is_stopped && take_tag(&text, &tag)) {
		if (is_tag(tag, "host")) {
			address = port = span_make(NULL, 0);
		} else if (is_tag(tag, "address")) {
			address = attribute(tag, "addr");
		} else if (is_tag(tag, "port")) {
			port = attribute(tag, "portid");
			is_tcp = span_equals_text(attribute(tag, "protocol"), "tcp");
		} else if (is_tag(tag, "state") && is_tcp) {
			struct claim claim = {.kind = span_equals_text(attribute(tag, "state"), "closed") ? CLAIM_CLOSED : CLAIM_OPEN};

			states++;
			if (port.size == 0)
				claim_sink_refuse(sink, states);
			else
				claim_sink_take(sink, states, address, port, claim);
		}
	}
}

const struct reported_format MASSCAN_XML_REPORTED = {.name = "masscan-xml", .recognises = recognises, .read = read_text};
