/* SPDX-License-Identifier: ISC */
/* How a conversation is to be held, as words and back; and the last gate before the wire. */
#include "protocol/session.h"

#include <string.h>

#include "base/attributes.h"
#include "base/character.h"
#include "protocol/machine.h"

static const char TAG_BEGINNING[] = "mc";
static const char *const TLS_WORDS[] = {[SESSION_TLS_NONE] = "none", [SESSION_TLS_UPGRADE] = "upgrade", [SESSION_TLS_FIRST] = "first"};

void session_plan_format(const struct session_plan *plan, struct buffer *out)
{
	const char *tls = plan->tls <= SESSION_TLS_FIRST ? TLS_WORDS[plan->tls] : "none";

	buffer_append_format(out, "expected=%s tls=%s pace=%s bare-auth=%s", wire_protocol_name(plan->expected), tls,
	                     plan->is_slow ? "slow" : "fast", plan->may_bare_auth ? "yes" : "no");
	if (plan->support_url[0] != '\0')
		buffer_append_format(out, " support-url=%.*s", (int)sizeof(plan->support_url) - 1, plan->support_url);
	if (plan->is_brief)
		buffer_append_text(out, " brief=yes");
	if (plan->asks_identity)
		buffer_append_text(out, " identity=yes");
	if (plan->confirms)
		buffer_append_text(out, " confirm=yes");
	if (plan->is_canary)
		buffer_append_text(out, " canary=yes");
	if (plan->has_bare_answer)
		buffer_append_text(out, " answer=bare");
	if (plan->injects)
		buffer_append_format(out, " inject=%s", session_injection_tag_is_good(plan->injection_tag) ? plan->injection_tag : "yes");
}

void session_make_injection_tag(const unsigned char random[SESSION_INJECTION_LETTERS], char tag_out[SESSION_INJECTION_TAG_SIZE])
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

	memcpy(tag_out, TAG_BEGINNING, strlen(TAG_BEGINNING));
	for (size_t i = 0; i < SESSION_INJECTION_LETTERS; i++)
		tag_out[strlen(TAG_BEGINNING) + i] = letters[random[i] % strlen(letters)];
	tag_out[SESSION_INJECTION_TAG_SIZE - 1] = '\0';
}

bool session_injection_tag_is_good(const char *tag)
{
	if (strncmp(tag, TAG_BEGINNING, strlen(TAG_BEGINNING)) != 0)
		return false;
	for (size_t i = strlen(TAG_BEGINNING); i < SESSION_INJECTION_TAG_SIZE - 1; i++) {
		if (!character_is_letter((unsigned char)tag[i]))
			return false;
	}
	return tag[SESSION_INJECTION_TAG_SIZE - 1] == '\0';
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

/* "yes", where POP3 is expected and no tag is needed, or the tag itself. */
static bool parse_injection(struct span value, struct session_plan *plan)
{
	memset(plan->injection_tag, 0, sizeof(plan->injection_tag));
	if (parse_choice(value, "no", "yes", &plan->injects))
		return true;
	if (value.size != SESSION_INJECTION_TAG_SIZE - 1)
		return false;
	memcpy(plan->injection_tag, value.data, value.size);
	plan->injects = session_injection_tag_is_good(plan->injection_tag);
	return plan->injects;
}

static bool parse_wish(struct span key, struct span value, struct session_plan *plan, bool *is_known_out)
{
	*is_known_out = true;
	if (span_equals_text(key, "brief"))
		return parse_choice(value, "no", "yes", &plan->is_brief);
	if (span_equals_text(key, "identity"))
		return parse_choice(value, "no", "yes", &plan->asks_identity);
	if (span_equals_text(key, "confirm"))
		return parse_choice(value, "no", "yes", &plan->confirms);
	if (span_equals_text(key, "canary"))
		return parse_choice(value, "no", "yes", &plan->is_canary);
	if (span_equals_text(key, "answer"))
		return parse_choice(value, "whole", "bare", &plan->has_bare_answer);
	if (span_equals_text(key, "inject"))
		return parse_injection(value, plan);
	*is_known_out = false;
	return true;
}

static bool parse_word(struct span word, struct session_plan *plan)
{
	size_t equals = span_find_byte(word, '=');
	struct span key = span_part(word, 0, equals);
	struct span value = span_part(word, equals + 1, word.size);
	bool is_wish, is_good;

	if (equals == word.size || value.size == 0)
		return false;
	is_good = parse_wish(key, value, plan, &is_wish);
	if (is_wish)
		return is_good;
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

static bool may_say_line(const struct session_plan *plan, struct span line)
{
	for (const struct protocol *const *protocol = PROTOCOLS; *protocol != NULL; protocol++) {
		if ((*protocol)->may_say(plan, line))
			return true;
	}
	return false;
}

static bool may_send(const struct session_plan *plan, struct span bytes)
{
	while (bytes.size > 0) {
		size_t end = span_find_byte(bytes, '\n');

		if (end == bytes.size || !may_say_line(plan, span_part(bytes, 0, end + 1)))
			return false;
		bytes = span_part(bytes, end + 1, bytes.size);
	}
	return true;
}

bool session_may_send(struct span bytes)
{
	return may_send(NULL, bytes);
}

bool session_may_send_by(const struct session_plan *plan, struct span bytes)
{
	return may_send(plan, bytes);
}
