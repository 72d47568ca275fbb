/* SPDX-License-Identifier: ISC */
/* starttls-masked: the keyword is overwritten by X or A. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	const struct observation *observation = observation_with(view, OBSERVED_STARTTLS_MASKED);

	if (observation == NULL)
		return false;
	evidence_say(finding, "the list that came is ");
	evidence_quote(finding, buffer_view(&observation->capabilities_before));
	return true;
}

const struct finding_rule FINDING_STARTTLS_MASKED = {
	.id = "starttls-masked",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_MEDIUM,
	.title = "STARTTLS is overwritten on the way",
	.rules = "J-24",
	.reference = "RFC 8314 3, RFC 9325 3.2",
	.condition = "Where the capability list should have STARTTLS stands a word of X or A of its length.",
	.explanation = "Something between the server and us overwrites the word STARTTLS so that mail programs do not use TLS. Some "
		       "firewalls do this to be able to read mail. It may be the network of the server or one on the way.",
	.exploit = "Whoever runs that device, and anyone who can read the traffic behind it.",
	.user_sentence = "Something on the way keeps your mail program from using TLS; use port 993 or 995, where it cannot.",
	.lab = "starttls-masked:143",
	.holds_for_service = holds,
};
