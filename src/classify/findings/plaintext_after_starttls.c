/* SPDX-License-Identifier: ISC */
/* plaintext-after-starttls: bytes that are not TLS where TLS was agreed. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	for (size_t i = 0; i < view->observation_count; i++) {
		const struct observation *observation = &view->observations[i];

		if (observation->ending != ENDING_CLEAR_AFTER_UPGRADE)
			continue;
		evidence_say(finding, "after ");
		evidence_quote(finding, buffer_view(&observation->upgrade_reply));
		evidence_say(finding, " came ");
		evidence_quote(finding, buffer_view(&observation->clear_after_upgrade));
		return true;
	}
	return false;
}

const struct finding_rule FINDING_PLAINTEXT_AFTER_STARTTLS = {
	.id = "plaintext-after-starttls",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_LOW,
	.title = "Clear text after STARTTLS was agreed",
	.rules = "D-15",
	.reference = "RFC 9051 6.2.1, RFC 2595 4",
	.condition = "After the server agreed to STARTTLS, bytes came that are not TLS.",
	.explanation = "The server said that TLS may begin and then went on in clear text. Either it is broken, or somebody between "
		       "answered for it. A mail program that takes these bytes seriously can be deceived.",
	.exploit = "Someone who can change the traffic on the way, when the bytes are theirs.",
	.user_sentence = "Your mail program should refuse this connection; do not override it.",
	.lab = "agrees-then-clear-text:143",
	.holds_for_service = holds,
};
