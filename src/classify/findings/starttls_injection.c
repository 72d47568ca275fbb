/* SPDX-License-Identifier: ISC */
/* starttls-injection: CVE-2011-0411 and what followed. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	const struct observation *observation;

	if (view->tls->injection != ANSWER_YES)
		return false;
	evidence_say(finding, "a command sent in clear behind STARTTLS was answered inside TLS");
	if ((observation = observation_with(view, OBSERVED_INJECTION_AT_ONCE)) != NULL)
		evidence_say(finding, ", at once");
	else if ((observation = observation_with(view, OBSERVED_INJECTION_LATE)) != NULL)
		evidence_say(finding, ", before the answer to the next command");
	if (observation != NULL && observation->tls.version != 0)
		evidence_say(finding, " (%s)", tls_version_name(observation->tls.version));
	return true;
}

const struct finding_rule FINDING_STARTTLS_INJECTION = {
	.id = "starttls-injection",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_MEDIUM,
	.title = "Commands can be smuggled into TLS",
	.rules = "J-2, J-4, J-5, J-8",
	.reference = "RFC 9051 6.2.1, CVE-2011-0411 and its class",
	.condition = "A harmless command that stood in clear text behind STARTTLS was carried out inside TLS.",
	.explanation = "The server keeps what arrives together with STARTTLS and treats it, after the handshake, as if it had come "
		       "protected. Whoever sits between can put commands in front of those of the user, and so get hold of logins or mail, "
		       "although TLS and certificate are good. An update of the mail server cures it.",
	.exploit = "Someone who can change the traffic on the way, against users whose mail programs are set up correctly.",
	.user_sentence = "Use the port where TLS comes first (993 or 995) until the server has been updated.",
	.lab = "injection-at-once:143",
	.holds_for_service = holds,
};
