/* SPDX-License-Identifier: ISC */
/* contradictory-logindisabled: the one forbids what the other offers. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	for (size_t i = 0; i < view->observation_count; i++) {
		const struct observation *observation = &view->observations[i];
		struct span words = buffer_view(&observation->capabilities_before);
		bool is_disabled = false, is_offered = false;

		if (observation->protocol != WIRE_IMAP || !observation->capabilities_before_known)
			continue;
		for (;;) {
			struct span word = span_take_word(&words);

			if (word.size == 0)
				break;
			is_disabled = is_disabled || span_equals_text_ignoring_case(word, "LOGINDISABLED");
			is_offered = is_offered || span_equals_text_ignoring_case(word, "AUTH=PLAIN") ||
			             span_equals_text_ignoring_case(word, "AUTH=LOGIN");
		}
		if (is_disabled && is_offered) {
			evidence_say(finding, "before TLS the server lists ");
			evidence_quote(finding, buffer_view(&observation->capabilities_before));
			return true;
		}
	}
	return false;
}

const struct finding_rule FINDING_CONTRADICTORY_LOGINDISABLED = {
	.id = "contradictory-logindisabled",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_INFO,
	.title = "LOGINDISABLED, and yet AUTH=PLAIN",
	.rules = "X-2",
	.reference = "RFC 9051 6.2.3",
	.condition = "Before TLS the IMAP capability list has LOGINDISABLED and AUTH=PLAIN or AUTH=LOGIN.",
	.explanation = "LOGINDISABLED forbids the command LOGIN only. The list also offers to take the password by AUTHENTICATE in clear "
		       "text. The administrator probably meant to forbid both.",
	.exploit = "Anyone who can read the traffic of mail programs that use AUTHENTICATE.",
	.user_sentence = "Set your mail program to require TLS.",
	.lab = "mailutils-login-disabled:143",
	.holds_for_service = holds,
};
