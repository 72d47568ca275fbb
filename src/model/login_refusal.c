/* SPDX-License-Identifier: ISC */
/* Reading refusals of a login by hand-written word matching. */
#include "model/login_refusal.h"

#include <stddef.h>

#include "base/attributes.h"
#include "base/character.h"

/* The word with no letter on either side: Perdition's help text contains "STLS", which says nothing (rule X-5). */
static bool contains_whole_word(struct span text, const char *word)
{
	size_t size = span_from_text(word).size;

	for (size_t i = 0; i + size <= text.size; i++) {
		bool begins = i == 0 || !character_is_letter(text.data[i - 1]);
		bool ends = i + size == text.size || !character_is_letter(text.data[i + size]);

		if (begins && ends && span_equals_text_ignoring_case(span_part(text, i, size), word))
			return true;
	}
	return false;
}

bool login_refusal_wants_tls(struct span reply)
{
	static const char *const phrases[] = {"encrypt",
	                                      "PRIVACYREQUIRED",
	                                      "plaintext auth disabled",
	                                      "plaintext authentication disabled",
	                                      "plaintext authentication is disabled",
	                                      "cleartext auth disabled",
	                                      "cleartext authentication disabled",
	                                      "cleartext authentication is disabled",
	                                      "plaintext authentication disallowed",
	                                      "cleartext authentication disallowed",
	                                      "not secure"};

	if (contains_whole_word(reply, "starttls") || contains_whole_word(reply, "tls") || contains_whole_word(reply, "ssl"))
		return true;
	for (size_t i = 0; i < ARRAY_LENGTH(phrases); i++) {
		if (span_contains_text_ignoring_case(reply, phrases[i]))
			return true;
	}
	return false;
}

bool login_refusal_denies_mechanism(struct span reply)
{
	return login_refusal_wants_tls(reply) || span_contains_text_ignoring_case(reply, "Command disabled") ||
	       span_contains_text_ignoring_case(reply, "Incorrect state");
}
