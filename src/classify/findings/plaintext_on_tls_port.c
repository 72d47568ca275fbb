/* SPDX-License-Identifier: ISC */
/* plaintext-on-tls-port: the port is meant for TLS from the first byte, and speaks in clear. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	const struct observation *observation = deciding_observation(view);

	if (!view->judgement->plaintext_on_tls_port)
		return false;
	if (!may_log_in_in_clear(view) && view->judgement->cleartext_login != CLEARTEXT_LOGIN_HASHED_ONLY)
		return false;
	evidence_of_greeting(observation, finding);
	evidence_of_cleartext_login(view, finding);
	return true;
}

const struct finding_rule FINDING_PLAINTEXT_ON_TLS_PORT = {
	.id = "plaintext-on-tls-port",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_MEDIUM,
	.title = "Clear text on a TLS port",
	.rules = "W-2",
	.reference = "RFC 8314 3",
	.condition = "A port for implicit TLS answers in clear text with POP3 or IMAP, and a login is possible there.",
	.explanation = "On this port TLS should begin with the first byte, but the server speaks clear text. Mail programs that expect TLS "
		       "cannot connect, and those that do not look send the password unprotected, on a port that is believed to be safe.",
	.exploit = "Anyone who can read the traffic on the way.",
	.user_sentence =
		"This port looks protected but is not; do not use it until it is repaired, and change a password that was used there.",
	.lab = "clear-text-on-tls-ports:993",
	.holds_for_service = holds,
};
