/* SPDX-License-Identifier: ISC */
/* host-no-tls: one service is enough, and the host counts once. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct host_view *view, struct finding *finding)
{
	bool is_found = false;

	if (view->judgement->verdict != HOST_NO_TLS)
		return false;
	evidence_say(finding, "%s%s%s", view->judgement->no_tls_pop3 ? "POP3" : "",
	             view->judgement->no_tls_pop3 && view->judgement->no_tls_imap ? " and " : "",
	             view->judgement->no_tls_imap ? "IMAP" : "");
	for (size_t i = 0; i < view->service_count; i++) {
		if (!is_without_tls(&view->services[i]))
			continue;
		if (!is_found || view->services[i].judgement->confidence > finding->confidence)
			finding->confidence = view->services[i].judgement->confidence;
		is_found = true;
		evidence_next(finding);
		evidence_say(finding, "port %u is %s", (unsigned)view->services[i].port,
		             verdict_name(view->services[i].judgement->verdict));
	}
	return true;
}

const struct finding_rule FINDING_HOST_NO_TLS = {
	.id = "host-no-tls",
	.scope = FINDING_OF_HOST,
	.severity = SEVERITY_MEDIUM,
	.title = "The host takes logins without TLS",
	.rules = "D-11, W-2, X-11",
	.reference = "RFC 8314 4.1",
	.condition = "At least one service lets people log in by POP3 or IMAP and has no TLS, or TLS that does not work. This is the host "
		     "that is counted as vulnerable, once.",
	.explanation = "On at least one port of this host passwords and mail go over the net in clear text.",
	.exploit = "Anyone who can read the traffic on the way.",
	.user_sentence = "Your password and your mail can be read by others on the way; use a port with TLS, and change the password.",
	.lab = "dovecot-no-tls:143",
	.holds_for_host = holds,
};
