/* SPDX-License-Identifier: ISC */
/* starttls-inside-tls: a sign of something in front that ends TLS. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	const struct observation *observation = observation_with(view, OBSERVED_STARTTLS_INSIDE_TLS);

	if (observation == NULL)
		return false;
	evidence_say(finding, "inside TLS the server lists ");
	evidence_quote(finding, buffer_view(&observation->capabilities_after));
	return true;
}

const struct finding_rule FINDING_STARTTLS_INSIDE_TLS = {
	.id = "starttls-inside-tls",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_INFO,
	.title = "STARTTLS is announced inside TLS",
	.rules = "D-17, J-21",
	.reference = "RFC 9051 6.2.1, RFC 2595 4",
	.condition = "Inside TLS the capability list still has STARTTLS.",
	.explanation = "TLS is already up when the server offers to start it. This nearly always means that something in front of the mail "
		       "server (stunnel, HAProxy, a load balancer) ends TLS, and the server behind believes that it speaks in clear text. "
		       "Harmless by itself; the server may treat protected logins as unprotected ones.",
	.exploit = "",
	.user_sentence = "Nothing to do for you.",
	.lab = "starttls-inside-tls:143",
	.holds_for_service = holds,
};
