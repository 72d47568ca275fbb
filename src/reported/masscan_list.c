/* SPDX-License-Identifier: ISC */
/* masscan -oL: "open tcp 143 192.0.2.7 1795466160" a line; lines of banners say no more than that. */
#include "reported/formats.h"

static struct span take_line(struct span *rest)
{
	size_t end = span_find_byte(*rest, '\n');
	struct span line = span_trim(span_part(*rest, 0, end));

	*rest = span_part(*rest, end + 1, rest->size);
	return line;
}

static bool is_row(struct span line)
{
	struct span word = span_take_word(&line), transport = span_take_word(&line);

	return (span_equals_text(word, "open") || span_equals_text(word, "closed") || span_equals_text(word, "banner")) &&
	       (span_equals_text(transport, "tcp") || span_equals_text(transport, "udp") || span_equals_text(transport, "sctp"));
}

static bool recognises(struct span text)
{
	struct span line = take_line(&text);

	return span_starts_with_text(line, "#masscan") || is_row(line);
}

static void read_line(struct span line, size_t number, struct claim_sink *sink)
{
	struct span word = span_take_word(&line), transport = span_take_word(&line);
	struct span port = span_take_word(&line), address = span_take_word(&line);
	struct claim claim = {.kind = span_equals_text(word, "closed") ? CLAIM_CLOSED : CLAIM_OPEN};

	if (span_equals_text(transport, "tcp") && !span_equals_text(word, "banner"))
		claim_sink_take(sink, number, address, port, claim);
}

static void read_text(struct span text, struct claim_sink *sink)
{
	for (size_t number = 1; !sink->is_stopped && text.size > 0; number++) {
		struct span line = take_line(&text);

		if (line.size == 0 || line.data[0] == '#')
			continue;
		if (line.size <= REPORTED_ROW_MAX && is_row(line))
			read_line(line, number, sink);
		else
			claim_sink_refuse(sink, number);
	}
}

const struct reported_format MASSCAN_LIST_REPORTED = {.name = "masscan-list", .recognises = recognises, .read = read_text};
