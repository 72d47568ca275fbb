/* SPDX-License-Identifier: ISC */
/* How a conversation is to be held, as words and back; and the last gate before the wire. */
#include "protocol/session.h"

#include <string.h>

#include "base/attributes.h"
#include "protocol/machine.h"

static const char *const TLS_WORDS[] = {[SESSION_TLS_NONE] = "none", [SESSION_TLS_UPGRADE] = "upgrade", [SESSION_TLS_FIRST] = "first"};

void session_plan_format(const struct session_plan *plan, struct buffer *out)
{
	const char *tls = plan->tls <= SESSION_TLS_FIRST ? TLS_WORDS[plan->tls] : "none";

	buffer_append_format(out, "expected=%s tls=%s pace=%s bare-auth=%s", wire_protocol_name(plan->expected), tls,
	                     plan->is_slow ? "slow" : "fast", plan->may_bare_auth ? "yes" : "no");
	if (plan->support_url[0] != '\0')
		buffer_append_format(out, " support-url=%.*s", (int)sizeof(plan->support_url) - 1, plan->support_url);
}

static bool parse_choice(struct span value, const char *no, const char *yes, bool *is_yes_out)
{
	*is_yes_out = span_equals_text(value, yes);
	return *is_yes_out || span_equals_text(value, no);
}

static bool parse_tls(struct span value, enum session_tls *tls_out)
{
	for (size_t i = 0; i < ARRAY_LENGTH(TLS_WORDS); i++) {
		if (span_equals_text(value, TLS_WORDS[i])) {
			*tls_out = (enum session_tls)i;
			return true;
		}
	}
	return false;
}

static bool parse_support_url(struct span value, struct session_plan *plan)
{
	if (value.size >= sizeof(plan->support_url) || memchr(value.data, '\0', value.size) != NULL)
		return false;
	memset(plan->support_url, 0, sizeof(plan->support_url));
	memcpy(plan->support_url, value.data, value.size);
	return true;
}

static bool parse_word(struct span word, struct session_plan *plan)
{
	size_t equals = span_find_byte(word, '=');
	struct span key = span_part(word, 0, equals);
	struct span value = span_part(word, equals + 1, word.size);

	if (equals == word.size || value.size == 0)
		return false;
	if (span_equals_text(key, "expected"))
		return wire_protocol_parse(value, &plan->expected);
	if (span_equals_text(key, "tls"))
		return parse_tls(value, &plan->tls);
	if (span_equals_text(key, "pace"))
		return parse_choice(value, "fast", "slow", &plan->is_slow);
	if (span_equals_text(key, "bare-auth"))
		return parse_choice(value, "no", "yes", &plan->may_bare_auth);
	if (span_equals_text(key, "support-url"))
		return parse_support_url(value, plan);
	return true; /* words of whoever opened the connection (port=143) are theirs */
}

bool session_plan_parse(struct span text, struct session_plan *plan_out)
{
	struct session_plan plan = {.expected = WIRE_UNKNOWN};

	for (;;) {
		struct span word = span_take_word(&text);

		if (word.size == 0)
			break;
		if (!parse_word(word, &plan))
			return false;
	}
	if (plan.expected != WIRE_POP3 && plan.expected != WIRE_IMAP)
		return false;
	*plan_out = plan;
	return true;
}

static bool may_say_line(struct span line)
{
	for (const struct protocol *const *protocol = PROTOCOLS; *protocol != NULL; protocol++) {
		if ((*protocol)->may_say(line))
			return true;
	}
	return false;
}

bool session_may_send(struct span bytes)
{
	while (bytes.size > 0) {
		size_t end = span_find_byte(bytes, '\n');

		if (end == bytes.size || !may_say_line(span_part(bytes, 0, end + 1)))
			return false;
		bytes = span_part(bytes, end + 1, bytes.size);
	}
	return true;
}
