/* SPDX-License-Identifier: ISC */
/* heartbeat-offered: presence only, nothing is tried. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	if (view->tls->heartbeat != ANSWER_YES)
		return false;
	evidence_say(finding, "the server answered the heartbeat extension; whether it is vulnerable was not tried");
	return true;
}

const struct finding_rule FINDING_HEARTBEAT_OFFERED = {
	.id = "heartbeat-offered",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_INFO,
	.title = "Heartbeat is offered",
	.rules = "T-19, K-11",
	.reference = "RFC 6520 2",
	.condition = "Offered the heartbeat extension, the server answered it. No heartbeat message is ever sent.",
	.explanation = "The extension is hardly used and was the home of Heartbleed (CVE-2014-0160). That it is offered does not show the "
		       "bug, which is never tested here. Make sure that OpenSSL is newer than 1.0.1f, or switch it off.",
	.exploit = "",
	.user_sentence = "Nothing to do for you.",
	.lab = "heartbeat:143",
	.holds_for_service = holds,
};
