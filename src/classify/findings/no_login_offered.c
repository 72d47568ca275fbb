/* SPDX-License-Identifier: ISC */
/* no-login-offered: protected, and nobody gets in. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"
#include "model/mail_port.h"

static bool imap_has_login(struct span words)
{
	bool is_disabled = false;

	for (;;) {
		struct span word = span_take_word(&words);

		if (word.size == 0)
			return !is_disabled;
		if (span_starts_with_text_ignoring_case(word, "AUTH="))
			return true;
		if (span_equals_text_ignoring_case(word, "LOGINDISABLED"))
			is_disabled = true;
	}
}

/* USER, or SASL with a mechanism behind it. */
static bool pop3_has_login(struct span words)
{
	bool is_sasl = false;

	for (;;) {
		struct span word = span_take_word(&words);

		if (word.size == 0)
			return false;
		if (span_equals_text(word, "/")) {
			is_sasl = false;
			continue;
		}
		if (is_sasl || span_equals_text_ignoring_case(word, "USER"))
			return true;
		is_sasl = span_equals_text_ignoring_case(word, "SASL");
	}
}

static bool has_login(const struct observation *observation)
{
	struct span words = buffer_view(&observation->capabilities_after);

	if (observation->protocol == WIRE_IMAP)
		return imap_has_login(words);
	return pop3_has_login(words) || (observation->flags & OBSERVED_APOP_STAMP) != 0;
}

static bool holds(const struct service_view *view, struct finding *finding)
{
	const struct observation *shown = NULL;

	for (size_t i = 0; i < view->observation_count; i++) {
		const struct observation *observation = &view->observations[i];

		if (!observation->capabilities_after_known || !wire_protocol_is_mail(observation->protocol) ||
		    (observation->flags & (OBSERVED_LONG_LINE | OBSERVED_TOO_MUCH_DATA | OBSERVED_LIST_UNTERMINATED)) != 0)
			continue;
		if (has_login(observation))
			return false;
		shown = observation;
	}
	if (shown == NULL)
		return false;
	finding->confidence = shown->protocol == WIRE_IMAP ? CONFIDENCE_HIGH : CONFIDENCE_MEDIUM; /* old POP3 servers leave USER out */
	evidence_say(finding, "inside TLS the server lists ");
	evidence_quote(finding, buffer_view(&shown->capabilities_after));
	return true;
}

const struct finding_rule FINDING_NO_LOGIN_OFFERED = {
	.id = "no-login-offered",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_INFO,
	.title = "No login is offered inside TLS",
	.rules = "X-13",
	.reference = "RFC 9051 6.2.3, RFC 2449 6.2",
	.condition = "Inside TLS the capability list has no way to log in.",
	.explanation = "The connection is protected, but the server offers no login there: LOGINDISABLED without any mechanism, or POP3 "
		       "without USER and SASL. Often a proxy hides from the server behind it that TLS is up.",
	.exploit = "",
	.user_sentence = "Nobody can log in over this port; ask the administrator.",
	.lab = "no-login-inside-tls:143",
	.holds_for_service = holds,
};
