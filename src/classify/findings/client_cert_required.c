/* SPDX-License-Identifier: ISC */
/* client-cert-required: only who has one gets in. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool is_certificate_alert(const struct tls_observation *tls)
{
	/* Rulebook 2.3: a server that demands or dislikes a client certificate; 116 is certificate_required. */
	return tls->alert_level == 2 && ((tls->alert_description >= 41 && tls->alert_description <= 46) || tls->alert_description == 116);
}

static bool failed_for_want_of_it(const struct observation *observation)
{
	enum ending ending = observation->ending;

	if (is_certificate_alert(&observation->tls))
		return true;
	/* Only a real handshake comes so far that it could be missed; one that ends as merely observed was refused behind a good flight. */
	return observation->tls.hello == TLS_HELLO_SESSION && observation->tls.outcome != TLS_CLIENT_FAILED &&
	       (observation->tls.flags & TLS_WANTS_CLIENT_CERTIFICATE) != 0 &&
	       (ending == ENDING_TLS_FAILED || ending == ENDING_TLS_OBSERVED || ending == ENDING_TRUNCATED || ending == ENDING_RESET ||
	        ending == ENDING_CLOSED_SILENT || ending == ENDING_RESET_SILENT);
}

/* Something was said inside TLS to us, who have none. */
static bool did_without_it(const struct observation *observation)
{
	return observation->tls.outcome == TLS_PROVEN && observation->tls.hello == TLS_HELLO_SESSION &&
	       (observation->ending == ENDING_COMPLETE || observation->capabilities_after_known);
}

static bool holds(const struct service_view *view, struct finding *finding)
{
	for (size_t i = 0; i < view->observation_count; i++) {
		if (did_without_it(&view->observations[i]))
			return false;
	}
	for (size_t i = 0; i < view->observation_count; i++) {
		const struct observation *observation = &view->observations[i];

		if (!failed_for_want_of_it(observation))
			continue;
		evidence_say(finding, "without one the connection ended: %s", ending_name(observation->ending));
		if (observation->tls.alert_level != 0)
			evidence_say(finding, ", alert %u", (unsigned)observation->tls.alert_description);
		return true;
	}
	return false;
}

const struct finding_rule FINDING_CLIENT_CERT_REQUIRED = {
	.id = "client-cert-required",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_INFO,
	.title = "A client certificate is required",
	.rules = "T-8",
	.reference = "RFC 8446 4.3.2, RFC 8314 4.2",
	.condition = "The server asks for a client certificate, and the connection failed without one.",
	.explanation = "Only devices with a certificate get in. That is safe. It also means that nothing of what is said inside could be "
		       "looked at.",
	.exploit = "",
	.user_sentence = "You need a certificate of your own for this server.",
	.lab = "client-certificate:993",
	.holds_for_service = holds,
};
