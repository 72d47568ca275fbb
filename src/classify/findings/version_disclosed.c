/* SPDX-License-Identifier: ISC */
/* version-disclosed: not a hole, but a hint. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	const struct software *software = view->software;

	if (software->product[0] == '\0' || software->version[0] == '\0' || !software->is_version_certain ||
	    software->confidence == CONFIDENCE_LOW)
		return false;
	evidence_quote_text(finding, software->product);
	evidence_say(finding, " says that it is version ");
	evidence_quote_text(finding, software->version);
	return true;
}

const struct finding_rule FINDING_VERSION_DISCLOSED = {
	.id = "version-disclosed",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_INFO,
	.title = "Tells everybody its version",
	.rules = "V-1, V-4",
	.reference = "No RFC asks for it; RFC 2971 7 warns of it",
	.condition = "Greeting, ID or capability list contain the version of the software.",
	.explanation = "Who looks for servers with a certain hole finds this one at once. Hiding the version repairs nothing, but there is "
		       "no need to tell it to everybody.",
	.exploit = "",
	.user_sentence = "Nothing to do for you.",
	.lab = "version-disclosed:143",
	.holds_for_service = holds,
};
