/* SPDX-License-Identifier: ISC */
/* tls-optional-hashed: before TLS only challenge-response, and then the mail in clear. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	const struct observation *observation = starttls_that_works(view);

	if (observation == NULL || view->judgement->cleartext_login != CLEARTEXT_LOGIN_HASHED_ONLY)
		return false;
	finding->confidence = view->judgement->confidence;
	evidence_of_cleartext_login(view, finding);
	return true;
}

const struct finding_rule FINDING_TLS_OPTIONAL_HASHED = {
	.id = "tls-optional-hashed",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_INFO,
	.title = "Challenge-response logins without TLS",
	.rules = "X-1, X-9",
	.reference = "RFC 8314 4.1, RFC 2195 3",
	.condition = "STARTTLS works, and before it only challenge-response logins are possible.",
	.explanation = "Before TLS the server takes logins that do not show the password itself (CRAM-MD5, SCRAM, APOP and the like). The "
		       "mail that follows is in clear text all the same, and what is recorded of CRAM-MD5 or APOP can be used to guess the "
		       "password at leisure.",
	.exploit = "Anyone who can read the traffic reads the mail, and can try passwords against the recorded exchange.",
	.user_sentence = "Set your mail program to require TLS: a hashed password does not hide your mail.",
	.lab = "hashed-only:143",
	.holds_for_service = holds,
};
