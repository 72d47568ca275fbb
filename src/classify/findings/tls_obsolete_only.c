/* SPDX-License-Identifier: ISC */
/* tls-obsolete-only: no client of today should accept it. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	const enum answer *versions = view->tls->versions;
	bool is_old = versions[TLS_INDEX_SSL_3] == ANSWER_YES || versions[TLS_INDEX_TLS_1_0] == ANSWER_YES ||
	              versions[TLS_INDEX_TLS_1_1] == ANSWER_YES;
	bool is_without_tls12 = versions[TLS_INDEX_TLS_1_2] == ANSWER_NO ||
	                        (versions[TLS_INDEX_TLS_1_2] != ANSWER_YES && view->tls->version_intolerant == ANSWER_YES);

	if (!is_old || !is_without_tls12 || versions[TLS_INDEX_TLS_1_3] == ANSWER_YES)
		return false;
	/* Who chose 1.1 when 1.2 was offered will hardly know 1.3; but it was not asked. */
	finding->confidence = versions[TLS_INDEX_TLS_1_3] == ANSWER_NO ? CONFIDENCE_HIGH : CONFIDENCE_MEDIUM;
	evidence_of_versions(view, finding);
	return true;
}

const struct finding_rule FINDING_TLS_OBSOLETE_ONLY = {
	.id = "tls-obsolete-only",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_MEDIUM,
	.title = "Nothing newer than TLS 1.1",
	.rules = "T-10, T-22",
	.reference = "RFC 8996, RFC 8314 4.1, RFC 9325 3.1.1",
	.condition = "The newest version that the server accepts is TLS 1.1 or older.",
	.explanation =
		"TLS 1.0 and 1.1 and SSL 3.0 were withdrawn: they rest on MD5 and SHA-1 and on ciphers with known weaknesses. Current mail "
		"programs refuse to connect, and users help themselves by switching TLS off. Update the mail server or its TLS library.",
	.exploit = "Someone who can change the traffic, with effort; mail programs that give up TLS can be read by anyone on the way.",
	.user_sentence = "Your mail program may refuse this server; the server is outdated, not your program.",
	.lab = "tls10-only:143",
	.holds_for_service = holds,
};
