/* SPDX-License-Identifier: ISC */
/* starttls-broken: offered, and it does not come up. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	const struct observation *observation = deciding_observation(view);
	bool is_refused = view->judgement->verdict == VERDICT_STARTTLS_REFUSED;

	if (!is_refused && view->judgement->verdict != VERDICT_STARTTLS_BROKEN)
		return false;
	finding->severity = may_log_in_in_clear(view) ? SEVERITY_MEDIUM : SEVERITY_LOW;
	finding->confidence = view->judgement->confidence;
	evidence_say(finding, is_refused ? "STARTTLS is announced, and was answered by " : "STARTTLS was agreed to by ");
	if (observation != NULL)
		evidence_quote(finding, buffer_view(&observation->upgrade_reply));
	if (!is_refused && observation != NULL) {
		evidence_say(finding, ", then: %s", tls_outcome_name(observation->tls.outcome));
		if (observation->tls.alert_level != 0)
			evidence_say(finding, " %u", (unsigned)observation->tls.alert_description);
	}
	evidence_of_cleartext_login(view, finding);
	return true;
}

const struct finding_rule FINDING_STARTTLS_BROKEN = {
	.id = "starttls-broken",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_MEDIUM,
	.title = "STARTTLS does not work",
	.rules = "X-11, I-8",
	.reference = "RFC 8314 4, RFC 9051 6.2.1, RFC 2595 4",
	.condition = "STARTTLS is announced and refused, or agreed to while TLS never comes up. Medium when a login in clear text is "
		     "possible, else low.",
	.explanation = "The server offers STARTTLS but cannot do it: often the certificate or key file is missing, unreadable or does not "
		       "fit. Mail programs that insist on TLS cannot log in; the others go on without it.",
	.exploit = "Where a login in clear text is possible, anyone who can read the traffic.",
	.user_sentence = "This server is set up wrongly; do not switch TLS off to get at your mail, tell the administrator.",
	.lab = "dovecot-mismatch:143",
	.holds_for_service = holds,
};
