/* SPDX-License-Identifier: ISC */
/* preauth-open: a mailbox without a door. */
#include "base/attributes.h"
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	static const char *const harmless[] = {"read-only", "readonly", "read only", "test"};
	const struct observation *shown = NULL;
	size_t times = 0;

	for (size_t i = 0; i < view->observation_count; i++) {
		const struct observation *observation = &view->observations[i];

		if (observation->ending != ENDING_PREAUTH || observation_is_tls_first(observation))
			continue;
		for (size_t j = 0; j < ARRAY_LENGTH(harmless); j++) {
			if (span_contains_text_ignoring_case(buffer_view(&observation->greeting), harmless[j]))
				return false;
		}
		shown = observation;
		times++;
	}
	if (shown == NULL)
		return false;
	finding->confidence = times > 1 ? CONFIDENCE_HIGH : CONFIDENCE_MEDIUM;
	evidence_of_greeting(shown, finding);
	evidence_say(finding, ", in %zu of %zu conversations; only LOGOUT was sent", times, view->observation_count);
	return true;
}

const struct finding_rule FINDING_PREAUTH_OPEN = {
	.id = "preauth-open",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_CRITICAL,
	.title = "Open without a login",
	.rules = "I-12, J-20, K-10",
	.reference = "RFC 9051 7.1.4, 11.1",
	.condition = "The server greets in clear text as if a user had logged in already (PREAUTH), and does not say that this is a test "
		     "or for reading only. Confidence is high when two conversations showed it.",
	.explanation = "Whoever connects is logged in without a password: the mailbox lies open to all. STARTTLS is impossible in that "
		       "state, too. It is meant for local use only and must not be reachable from the net.",
	.exploit = "Anyone who can connect.",
	.user_sentence = "This mailbox can be read by everybody.",
	.lab = "preauth:143",
	.holds_for_service = holds,
};
