/* SPDX-License-Identifier: ISC */
/* version-intolerant: a hello for TLS 1.2 breaks it. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	if (view->tls->version_intolerant != ANSWER_YES)
		return false;
	evidence_say(finding, "a hello for TLS 1.2 failed, one for TLS 1.0 was answered");
	return true;
}

const struct finding_rule FINDING_VERSION_INTOLERANT = {
	.id = "version-intolerant",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_LOW,
	.title = "Chokes on newer versions of TLS",
	.rules = "T-22",
	.reference = "RFC 5246 E.1",
	.condition = "The hello for TLS 1.2 hangs or is cut off, and one for TLS 1.0 is answered.",
	.explanation =
		"A correct server answers a hello of a version that it does not know with its own best one. This one breaks instead, so "
		"clients that know newer versions cannot connect at all. Update the software or the device in front of it.",
	.exploit = "Someone who can change the traffic profits from clients that try again with old versions.",
	.user_sentence = "Your mail program may be unable to connect; the server is outdated.",
	.lab = "version-intolerant:143",
	.holds_for_service = holds,
};
