/* SPDX-License-Identifier: ISC */
/* tls-on-plain-port: protected, but not where one expects it. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	const struct observation *observation = deciding_observation(view);

	if (view->judgement->verdict != VERDICT_TLS_ON_PLAIN_PORT)
		return false;
	finding->confidence = view->judgement->confidence;
	evidence_say(finding, "port %u answers a TLS hello", (unsigned)view->port);
	if (observation != NULL && observation->tls.version != 0)
		evidence_say(finding, " with %s", tls_version_name(observation->tls.version));
	return true;
}

const struct finding_rule FINDING_TLS_ON_PLAIN_PORT = {
	.id = "tls-on-plain-port",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_INFO,
	.title = "TLS from the first byte on a port for clear text",
	.rules = "W-1",
	.reference = "RFC 8314 3",
	.condition = "A port meant for clear text is silent until a TLS hello comes, and answers that.",
	.explanation = "The port is registered for POP3 or IMAP that begins in clear text, but TLS comes first here. Passwords are "
		       "protected; mail programs with usual settings will not be able to connect.",
	.exploit = "",
	.user_sentence = "Your mail program needs the setting \"SSL/TLS\" with this unusual port.",
	.lab = "tls-on-plain-ports:143",
	.holds_for_service = holds,
};
