/* SPDX-License-Identifier: ISC */
/* preauth-tls: a mailbox without a door, behind TLS. */
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	return is_open_without_login(view, true, " inside TLS", finding);
}

const struct finding_rule FINDING_PREAUTH_TLS = {
	.id = "preauth-tls",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_CRITICAL,
	.title = "Open without a login, inside TLS",
	.rules = "I-12, J-20, K-10",
	.reference = "RFC 9051 7.1.4, 11.1",
	.condition = "The server greets inside TLS as if a user had logged in already (PREAUTH), and does not say that this is a test or "
		     "for reading only. Confidence is high when two conversations showed it.",
	.explanation = "Whoever connects is logged in without a password: the mailbox lies open to all. TLS protects the way to it, not "
		       "the mailbox.",
	.exploit = "Anyone who can connect.",
	.user_sentence = "This mailbox can be read by everybody.",
	.lab = "preauth-tls:993",
	.holds_for_service = holds,
};
