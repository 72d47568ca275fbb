/* SPDX-License-Identifier: ISC */
/* dead-port: neither TLS nor a login. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	const struct observation *observation = deciding_observation(view);

	if (view->judgement->verdict != VERDICT_DEAD_PORT)
		return false;
	finding->confidence = view->judgement->confidence;
	if (observation != NULL) {
		evidence_say(finding, "STARTTLS was answered by ");
		evidence_quote(finding, buffer_view(&observation->upgrade_reply));
	}
	evidence_of_cleartext_login(view, finding);
	return true;
}

const struct finding_rule FINDING_DEAD_PORT = {
	.id = "dead-port",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_INFO,
	.title = "Nobody can log in on this port",
	.rules = "X-12",
	.reference = "RFC 9051 6.2.3, RFC 2595 3.2",
	.condition = "Logins without TLS are refused, and there is no STARTTLS either.",
	.explanation = "Without TLS the server takes no password, and it offers no TLS on this port: nobody can log in. That is safe but "
		       "useless. Close the port, or give the server a certificate and STARTTLS.",
	.exploit = "",
	.user_sentence = "This port cannot be used; take 993 or 995.",
	.lab = "no-login-no-tls:143",
	.holds_for_service = holds,
};
