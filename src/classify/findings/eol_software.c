/* SPDX-License-Identifier: ISC */
/* eol-software: beyond its vendor's last date. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	const struct software *software = view->software;

	if (software->product[0] == '\0' || software->confidence == CONFIDENCE_LOW)
		return false;
	if (software->support == SUPPORT_DISTRIBUTION)
		finding->severity = SEVERITY_INFO;
	else if (software->support == SUPPORT_ENDED)
		finding->severity = software->is_version_certain ? SEVERITY_HIGH : SEVERITY_MEDIUM;
	else
		return false;
	finding->confidence = software->confidence;
	evidence_quote_text(finding, software->product);
	if (software->version[0] != '\0') {
		evidence_say(finding, software->is_version_certain ? " version " : " branch ");
		evidence_quote_text(finding, software->version);
	}
	if (software->support_ends[0] != '\0')
		evidence_say(finding, ", support ended %s", software->support_ends);
	if (software->support == SUPPORT_DISTRIBUTION)
		evidence_say(finding, ", still maintained by its distribution");
	if (software->support_source[0] != '\0')
		evidence_say(finding, " (%s)", software->support_source);
	return true;
}

const struct finding_rule FINDING_EOL_SOFTWARE = {
	.id = "eol-software",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_HIGH,
	.title = "The software gets no more security fixes",
	.rules = "V-4, V-5, V-7",
	.reference = "No RFC: the dates are those of the vendors; the evidence names their source",
	.condition = "The software is known, and its vendor's support has ended. High when the version is certain, medium when only a "
		     "branch is inferred, info when a distribution that still maintains it built it.",
	.explanation = "Holes that are found from now on stay open. Move to a version that is still maintained, or to a distribution that "
		       "maintains this one.",
	.exploit = "Anyone who can connect, once a hole is known.",
	.user_sentence = "The software of this server is out of date; ask the administrator.",
	.lab = "eol-software:143",
	.holds_for_service = holds,
};
