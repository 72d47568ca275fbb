/* SPDX-License-Identifier: ISC */
/* tls-obsolete-enabled: the old beside the new. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	const enum answer *versions = view->tls->versions;

	if (versions[TLS_INDEX_TLS_1_2] != ANSWER_YES && versions[TLS_INDEX_TLS_1_3] != ANSWER_YES)
		return false;
	if (versions[TLS_INDEX_TLS_1_0] != ANSWER_YES && versions[TLS_INDEX_TLS_1_1] != ANSWER_YES)
		return false;
	evidence_of_versions(view, finding);
	return true;
}

const struct finding_rule FINDING_TLS_OBSOLETE_ENABLED = {
	.id = "tls-obsolete-enabled",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_LOW,
	.title = "TLS 1.0 or 1.1 is still accepted",
	.rules = "T-10",
	.reference = "RFC 8996, RFC 9325 3.1.1",
	.condition = "TLS 1.2 or 1.3 works, and TLS 1.0 or 1.1 is accepted too.",
	.explanation = "Current mail programs get a good version, but old ones are still let in with TLS 1.0 or 1.1, which were withdrawn "
		       "in 2021. Hardly anything needs them now. Set the lowest version to TLS 1.2.",
	.exploit = "Someone who can change the traffic, with effort, against old mail programs.",
	.user_sentence = "Nothing to do if your mail program is up to date.",
	.lab = "courier-starttls-and-implicit:143",
	.holds_for_service = holds,
};
