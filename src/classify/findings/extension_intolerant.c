/* SPDX-License-Identifier: ISC */
/* extension-intolerant: a hello with extensions breaks it. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	if (view->tls->extension_intolerant != ANSWER_YES)
		return false;
	evidence_say(finding, "a hello with extensions failed, the same without was answered");
	return true;
}

const struct finding_rule FINDING_EXTENSION_INTOLERANT = {
	.id = "extension-intolerant",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_LOW,
	.title = "Chokes on TLS extensions",
	.rules = "T-22",
	.reference = "RFC 5246 E.1",
	.condition = "The hello with extensions fails, and the same one without extensions is answered.",
	.explanation = "A correct server passes over extensions that it does not know. This one breaks, so that current clients cannot "
		       "connect. Update the software or the device in front of it.",
	.exploit = "",
	.user_sentence = "Your mail program may be unable to connect; the server is outdated.",
	.lab = "extension-intolerant:143",
	.holds_for_service = holds,
};
