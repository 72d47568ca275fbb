/* SPDX-License-Identifier: ISC */
/* tls-optional: STARTTLS works, but nobody has to use it. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	const struct observation *observation = starttls_that_works(view);

	if (observation == NULL || !may_log_in_in_clear(view))
		return false;
	finding->confidence = view->judgement->confidence;
	evidence_say(finding, "STARTTLS brought up %s", tls_version_name(observation->tls.version));
	evidence_of_cleartext_login(view, finding);
	return true;
}

const struct finding_rule FINDING_TLS_OPTIONAL = {
	.id = "tls-optional",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_LOW,
	.title = "Passwords are taken without TLS too",
	.rules = "X-2, X-3, X-4, X-5",
	.reference = "RFC 8314 4.1, RFC 9051 6.2.3, RFC 2595 2.1",
	.condition = "STARTTLS works, and a login with the password in clear text is possible before it.",
	.explanation =
		"TLS works, but the server also takes a password without it. A mail program that is set up wrongly, or that an attacker "
		"keeps from STARTTLS, sends the password in clear text and nobody notices. The server should refuse logins before TLS.",
	.exploit = "Someone who can change the traffic removes STARTTLS from the server's list; against a mail program without TLS, "
		   "reading along is enough.",
	.user_sentence = "Set your mail program to \"SSL/TLS\" or \"STARTTLS (required)\", never to \"none\" or \"if available\".",
	.lab = "dovecot-optional:143",
	.holds_for_service = holds,
};
