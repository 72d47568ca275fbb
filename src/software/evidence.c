/* SPDX-License-Identifier: ISC */
/* Rule V-1: what a server said, taken apart into the texts that fingerprints are tried on. */
#include <string.h>

#include "base/buffer.h"
#include "base/character.h"
#include "software/identify.h"

static bool is_hex(unsigned char byte)
{
	return character_is_digit(byte) || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
}

static struct span skip(struct span text, size_t size)
{
	return span_trim(span_part(text, size, text.size));
}

/* Four groups of hexadecimal digits and one more, as in 01234567-89ab-cdef-0123-456789abcdef. */
static bool is_uuid(struct span text)
{
	if (text.size != 36)
		return false;
	for (size_t i = 0; i < text.size; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23 ? text.data[i] != '-' : !is_hex(text.data[i]))
			return false;
	return true;
}

/* 1896.697170952 */
static bool is_pid_and_time(struct span text)
{
	size_t dot = span_find_byte(text, '.');

	if (dot == 0 || dot + 1 >= text.size)
		return false;
	for (size_t i = 0; i < text.size; i++)
		if (i != dot && !character_is_digit(text.data[i]))
			return false;
	return true;
}

/* Finds <...@...> without spaces; size 0: there is none. */
static struct span find_stamp(struct span text)
{
	for (size_t start = span_find_byte(text, '<'); start < text.size;) {
		struct span rest = span_part(text, start, text.size);
		struct span stamp = span_part(rest, 0, span_find_byte(rest, '>') + 1);

		if (stamp.data[stamp.size - 1] == '>' && span_find_byte(stamp, '@') < stamp.size &&
		    span_find_byte(stamp, ' ') == stamp.size)
			return stamp;
		start += 1 + span_find_byte(span_part(rest, 1, rest.size), '<');
	}
	return (struct span){.size = 0};
}

/* The text of a POP3 greeting without its APOP stamp (rule P-2), whose form tells (rule V-4). */
static struct span without_stamp(struct span text, struct buffer *normalised, struct software_evidence *evidence)
{
	struct span stamp = find_stamp(text), before, after, left;

	if (stamp.size == 0)
		return text;
	left = span_part(stamp, 1, span_find_byte(stamp, '@') - 1);
	evidence->has_stamp = true;
	evidence->has_uuid_stamp = is_uuid(left);
	evidence->has_pid_time_stamp = is_pid_and_time(left);
	before = span_trim(span_part(text, 0, (size_t)(stamp.data - text.data)));
	after = skip(text, (size_t)(stamp.data - text.data) + stamp.size);
	if (after.size == 0)
		return before;
	if (before.size == 0)
		return after;
	buffer_append(normalised, before);
	buffer_append_byte(normalised, ' ');
	buffer_append(normalised, after);
	return buffer_view(normalised);
}

/* Before TLS, or, where TLS came first or nothing was asked before it, inside. */
static struct span asked_capabilities(const struct observation *observation)
{
	return observation->capabilities_before.size > 0 ? buffer_view(&observation->capabilities_before)
	                                                 : buffer_view(&observation->capabilities_after);
}

static void take_imap(const struct observation *observation, struct span line, struct software_evidence *evidence)
{
	struct span text = line, word, code;
	size_t end;

	(void)span_take_word(&text); /* the asterisk */
	word = span_take_word(&text);
	evidence->capabilities = asked_capabilities(observation);
	if (!span_equals_text_ignoring_case(word, "OK") && !span_equals_text_ignoring_case(word, "PREAUTH") &&
	    !span_equals_text_ignoring_case(word, "BYE"))
		return;
	evidence->raw_greeting = evidence->greeting = text = span_trim(text);
	evidence->is_greeted = !span_equals_text_ignoring_case(word, "BYE");
	if (text.size == 0 || text.data[0] != '[')
		return;
	end = span_find_byte(text, ']');
	if (end == text.size) { /* cut off where we keep no more: what came behind it is not known */
		evidence->greeting = (struct span){.size = 0};
		return;
	}
	code = span_part(text, 1, end - 1);
	evidence->greeting = skip(text, end + 1);
	if (span_starts_with_text_ignoring_case(code, "CAPABILITY "))
		evidence->capabilities = skip(code, strlen("CAPABILITY "));
}

/* The capability lines are joined by " / "; one of them may name the implementation (RFC 2449). */
static struct span find_implementation(struct span capabilities)
{
	static const char KEYWORD[] = "IMPLEMENTATION ", SEPARATOR[] = " / ";

	while (capabilities.size > 0) {
		size_t end = 0;

		while (end < capabilities.size && !span_starts_with_text(span_part(capabilities, end, capabilities.size), SEPARATOR))
			end++;
		if (span_starts_with_text_ignoring_case(capabilities, KEYWORD))
			return span_trim(span_part(capabilities, strlen(KEYWORD), end < strlen(KEYWORD) ? 0 : end - strlen(KEYWORD)));
		capabilities = span_part(capabilities, end + strlen(SEPARATOR), capabilities.size);
	}
	return (struct span){.size = 0};
}

static void take_pop3(const struct observation *observation, struct span line, struct buffer *normalised,
                      struct software_evidence *evidence)
{
	bool is_ok = span_starts_with_text_ignoring_case(line, "+OK");

	evidence->capabilities = asked_capabilities(observation);
	evidence->implementation = find_implementation(buffer_view(&observation->capabilities_before));
	if (evidence->implementation.size == 0)
		evidence->implementation = find_implementation(buffer_view(&observation->capabilities_after));
	if (observation->upgrade == UPGRADE_REFUSED)
		evidence->refusal_reply = buffer_view(&observation->upgrade_reply);
	if (!is_ok && !span_starts_with_text_ignoring_case(line, "-ERR"))
		return;
	evidence->is_greeted = is_ok;
	evidence->raw_greeting = skip(line, is_ok ? strlen("+OK") : strlen("-ERR"));
	evidence->greeting = without_stamp(evidence->raw_greeting, normalised, evidence);
}

/* "IMPLEMENTATION" "Dovecot Pigeonhole": the first line of a ManageSieve greeting (RFC 5804). */
static void take_sieve(struct span line, struct software_evidence *evidence)
{
	static const char KEYWORD[] = "\"IMPLEMENTATION\" \"";

	if (!span_starts_with_text_ignoring_case(line, KEYWORD))
		return;
	line = span_part(line, strlen(KEYWORD), line.size);
	evidence->implementation = span_part(line, 0, span_find_byte(line, '"'));
	evidence->is_greeted = true;
}

void software_evidence_from(const struct observation *observation, struct buffer *normalised, struct software_evidence *evidence_out)
{
	struct span line = span_trim(buffer_view(&observation->greeting));

	*evidence_out = (struct software_evidence){
		.protocol = observation->protocol,
		.is_capability_refused = (observation->flags & OBSERVED_CAPABILITY_REFUSED) != 0,
		.identity = buffer_view(&observation->identity),
	};
	buffer_clear(normalised);
	if (observation->protocol == WIRE_IMAP) {
		take_imap(observation, line, evidence_out);
	} else if (observation->protocol == WIRE_POP3) {
		take_pop3(observation, line, normalised, evidence_out);
	} else if (observation->protocol == WIRE_SIEVE) {
		take_sieve(line, evidence_out);
	} else if (observation->protocol == WIRE_SMTP && span_starts_with_text(line, "220")) {
		line = span_part(line, 0, span_find_byte(line, '\r'));
		evidence_out->raw_greeting = evidence_out->greeting = skip(line, strlen("220 "));
		evidence_out->is_greeted = true;
	}
}
