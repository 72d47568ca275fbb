/* SPDX-License-Identifier: ISC */
/* starttls-not-advertised: works, and clients are not told. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	const struct observation *working = starttls_that_works(view), *list = NULL;

	for (size_t i = 0; i < view->observation_count; i++) {
		const struct observation *observation = &view->observations[i];

		/* Announced once, or masked on the way: that is another matter. */
		if (observation->starttls_advertised == PRESENCE_PRESENT || (observation->flags & OBSERVED_STARTTLS_MASKED) != 0)
			return false;
		if (list == NULL && observation->starttls_advertised == PRESENCE_ABSENT)
			list = observation;
	}
	if (working == NULL || list == NULL)
		return false;
	evidence_say(finding, "STARTTLS brought up %s", tls_version_name(working->tls.version));
	if ((list->flags & OBSERVED_CAPABILITY_REFUSED) != 0) {
		evidence_say(finding, ", and the server lists no capabilities");
	} else {
		evidence_say(finding, ", and is not among ");
		evidence_quote(finding, buffer_view(&list->capabilities_before));
	}
	return true;
}

const struct finding_rule FINDING_STARTTLS_NOT_ADVERTISED = {
	.id = "starttls-not-advertised",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_LOW,
	.title = "STARTTLS works but is not announced",
	.rules = "X-10",
	.reference = "RFC 2595 3.1, 4, RFC 9051 6.2.1",
	.condition = "STARTTLS works although the capability list does not have it.",
	.explanation = "The server can do TLS here, but does not say so. Mail programs use STARTTLS only when it is announced; most will "
		       "go on in clear text or refuse to connect.",
	.exploit = "Anyone who can read the traffic of the mail programs that go on without TLS.",
	.user_sentence =
		"Your mail program may not notice that this server can protect you; use \"SSL/TLS\" on port 993 or 995 where it exists.",
	.lab = "starttls-hidden:143",
	.holds_for_service = holds,
};
