/* SPDX-License-Identifier: ISC */
/* host-tls-optional: TLS is there, and nobody has to use it. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct host_view *view, struct finding *finding)
{
	bool is_found = false;

	if (view->judgement->verdict == HOST_NO_TLS)
		return false;
	for (size_t i = 0; i < view->service_count; i++) {
		if (finding_of(view, i, "tls-optional") == NULL)
			continue;
		evidence_say(finding, "%s%u", is_found ? ", " : "tls-optional on ", (unsigned)view->services[i].port);
		is_found = true;
	}
	return is_found;
}

const struct finding_rule FINDING_HOST_TLS_OPTIONAL = {
	.id = "host-tls-optional",
	.scope = FINDING_OF_HOST,
	.severity = SEVERITY_LOW,
	.title = "The host takes passwords without TLS too",
	.rules = "X-2, X-3, X-4, X-5",
	.reference = "RFC 8314 4.1",
	.condition = "No service is without TLS, but some take the password in clear text as well.",
	.explanation = "TLS is there, but nobody has to use it. A mail program that is set up wrongly sends the password in clear text and "
		       "nobody notices. Refuse logins before TLS on all ports.",
	.exploit = "Someone who can change the traffic; against a mail program without TLS, reading is enough.",
	.user_sentence = "Set your mail program to require TLS.",
	.lab = "dovecot-optional:143",
	.holds_for_host = holds,
};
