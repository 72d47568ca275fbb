/* SPDX-License-Identifier: ISC */
/* host-eol: as the gravest of its services. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct host_view *view, struct finding *finding)
{
	const struct finding *gravest = NULL;

	for (size_t i = 0; i < view->service_count; i++) {
		const struct finding *found = finding_of(view, i, "eol-software");

		if (found != NULL && (gravest == NULL || found->severity > gravest->severity)) {
			gravest = found;
			finding->evidence[0] = '\0';
			evidence_say(finding, "port %u: %s", (unsigned)view->services[i].port, found->evidence);
		}
	}
	if (gravest == NULL)
		return false;
	finding->severity = gravest->severity;
	finding->confidence = gravest->confidence;
	return true;
}

const struct finding_rule FINDING_HOST_EOL = {
	.id = "host-eol",
	.scope = FINDING_OF_HOST,
	.severity = SEVERITY_HIGH,
	.title = "The host runs software without security fixes",
	.rules = "V-4, V-5, V-7",
	.reference = "No RFC: as eol-software",
	.condition = "A service has the finding eol-software; the severity is that of the gravest one.",
	.explanation = "Holes that are found from now on stay open. Move to a version that is still maintained.",
	.exploit = "Anyone who can connect, once a hole is known.",
	.user_sentence = "The software of this server is out of date; ask the administrator.",
	.lab = "eol-software:143",
	.holds_for_host = holds,
};
