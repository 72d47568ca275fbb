/* SPDX-License-Identifier: ISC */
/* no-tls: logins in clear text, and no TLS at all. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	const struct observation *observation = deciding_observation(view);

	if (view->judgement->verdict != VERDICT_NO_TLS || view->judgement->plaintext_on_tls_port)
		return false;
	finding->confidence = view->judgement->confidence;
	evidence_of_greeting(observation, finding);
	if (observation != NULL) {
		evidence_next(finding);
		evidence_say(finding, "STARTTLS was answered by ");
		evidence_quote(finding, buffer_view(&observation->upgrade_reply));
	}
	evidence_of_cleartext_login(view, finding);
	return true;
}

const struct finding_rule FINDING_NO_TLS = {
	.id = "no-tls",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_MEDIUM,
	.title = "No TLS",
	.rules = "D-11, D-14, X-3, X-4, X-8",
	.reference = "RFC 8314 4.1, RFC 9051 11.1, RFC 2595 2.1",
	.condition = "POP3 or IMAP speaks here, STARTTLS is neither announced nor accepted, and a login is possible.",
	.explanation = "Whoever logs in here sends the password, and then all mail, in clear text. The server offers no TLS on this port, "
		       "so no setting of a mail program can protect it.",
	.exploit = "Anyone who can read the traffic on the way: the same wireless network, a compromised router, an access provider. "
		   "Reading along is enough and leaves no trace.",
	.user_sentence = "Your password and your mail can be read by others on the way to this server; use a port with TLS, and change the "
			 "password.",
	.lab = "dovecot-no-tls:143",
	.holds_for_service = holds,
};
