/* SPDX-License-Identifier: ISC */
/* referral-before-tls: a REFERRAL in clear text; it is never followed. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	const struct observation *observation = observation_with(view, OBSERVED_REFERRAL_BEFORE_TLS);

	if (observation == NULL)
		return false;
	evidence_of_greeting(observation, finding);
	return true;
}

const struct finding_rule FINDING_REFERRAL_BEFORE_TLS = {
	.id = "referral-before-tls",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_INFO,
	.title = "Sends clients elsewhere before TLS",
	.rules = "J-23",
	.reference = "RFC 2221 3",
	.condition = "The server names another server to log in to (REFERRAL) before TLS is up.",
	.explanation = "A referral that comes in clear text can be forged on the way and lead mail programs, with the password, to another "
		       "server. Servers should send it only after login inside TLS.",
	.exploit = "Someone who can change the traffic on the way, against mail programs that follow referrals.",
	.user_sentence = "Nothing to do for you; few mail programs follow such a referral.",
	.lab = "referral:143",
	.holds_for_service = holds,
};
