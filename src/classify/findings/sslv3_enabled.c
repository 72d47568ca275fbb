/* SPDX-License-Identifier: ISC */
/* sslv3-enabled: POODLE. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	const enum answer *versions = view->tls->versions;
	bool is_only = versions[TLS_INDEX_TLS_1_0] == ANSWER_NO && versions[TLS_INDEX_TLS_1_1] == ANSWER_NO &&
	               versions[TLS_INDEX_TLS_1_2] == ANSWER_NO && versions[TLS_INDEX_TLS_1_3] == ANSWER_NO;

	if (versions[TLS_INDEX_SSL_3] != ANSWER_YES)
		return false;
	finding->severity = is_only ? SEVERITY_MEDIUM : SEVERITY_LOW;
	evidence_of_versions(view, finding);
	return true;
}

const struct finding_rule FINDING_SSLV3_ENABLED = {
	.id = "sslv3-enabled",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_LOW,
	.title = "SSL 3.0 is accepted",
	.rules = "T-9, T-10",
	.reference = "RFC 7568 3",
	.condition = "SSL 3.0 is accepted. Medium when it is the only version.",
	.explanation = "SSL 3.0 of 1996 is broken (POODLE, CVE-2014-3566) and must not be used. Switch it off. Where nothing newer exists, "
		       "the software is so old that it has to be replaced.",
	.exploit = "Someone who can change the traffic and make the mail program try again and again.",
	.user_sentence = "Nothing to do if your mail program is up to date: it refuses SSL 3.0.",
	.lab = "sslv3-only:143",
	.holds_for_service = holds,
};
