/* SPDX-License-Identifier: ISC */
/* implicit-broken: accepts, and no hello brings TLS up. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool answered_in_tls(const struct service_view *view)
{
	for (size_t i = 0; i < view->observation_count; i++) {
		enum tls_outcome outcome = view->observations[i].tls.outcome;

		if (outcome == TLS_ALERT || outcome == TLS_HELLO_ONLY)
			return true;
	}
	return false;
}

static bool holds(const struct service_view *view, struct finding *finding)
{
	if (view->judgement->verdict != VERDICT_IMPLICIT_BROKEN || (!view->is_host_talking && !answered_in_tls(view)))
		return false;
	finding->confidence = view->judgement->confidence;
	evidence_say(finding, "%zu connections to port %u, none brought TLS up", view->observation_count, (unsigned)view->port);
	if (view->observation_count > 0) {
		const struct tls_observation *tls = &view->observations[view->observation_count - 1].tls;

		evidence_say(finding, "; the last one ended: %s", tls_outcome_name(tls->outcome));
		if (tls->alert_level != 0)
			evidence_say(finding, " %u", (unsigned)tls->alert_description);
	}
	return true;
}

const struct finding_rule FINDING_IMPLICIT_BROKEN = {
	.id = "implicit-broken",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_LOW,
	.title = "The TLS port does not work",
	.rules = "W-3",
	.reference = "RFC 8314 3",
	.condition =
		"A port for implicit TLS accepts connections but answers no hello of ours with TLS, while the host talks on another port.",
	.explanation = "The port is open, but no TLS comes up. Usually certificate or key cannot be read by the mail server. Mail programs "
		       "that are set to SSL/TLS cannot connect, and their owners may be tempted to switch TLS off.",
	.exploit = "",
	.user_sentence = "Mail over this port does not work at the moment; do not switch TLS off instead.",
	.lab = "dovecot-mismatch:993",
	.holds_for_service = holds,
};
