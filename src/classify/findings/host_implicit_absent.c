/* SPDX-License-Identifier: ISC */
/* host-implicit-absent: STARTTLS alone can be stripped. */
#include "base/attributes.h"
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct host_view *view, struct finding *finding)
{
	static const uint16_t ports[][2] = {{110, 995}, {143, 993}};
	bool is_found = false;

	for (size_t i = 0; i < ARRAY_LENGTH(ports); i++) {
		const struct service_view *plain = service_at(view, ports[i][0]), *implicit = service_at(view, ports[i][1]);

		if (plain == NULL || implicit == NULL || starttls_that_works(plain) == NULL ||
		    implicit->judgement->verdict != VERDICT_CLOSED)
			continue;
		evidence_next(finding);
		evidence_say(finding, "STARTTLS works on %u, and %u is closed", (unsigned)ports[i][0], (unsigned)ports[i][1]);
		is_found = true;
	}
	return is_found;
}

const struct finding_rule FINDING_HOST_IMPLICIT_ABSENT = {
	.id = "host-implicit-absent",
	.scope = FINDING_OF_HOST,
	.severity = SEVERITY_LOW,
	.title = "No port with TLS from the first byte",
	.rules = "W-1",
	.reference = "RFC 8314 3, 4",
	.condition = "STARTTLS works on 110 or 143, but 995 or 993 is closed.",
	.explanation = "STARTTLS begins in clear text, and whoever is between can meddle before TLS is up. TLS from the first byte leaves "
		       "no room for that; RFC 8314 prefers it. Open 993 and 995.",
	.exploit = "Someone who can change the traffic takes STARTTLS out, against mail programs that go on without it.",
	.user_sentence = "Set your mail program to \"STARTTLS (required)\" here.",
	.lab = "courier-starttls-only:143",
	.holds_for_host = holds,
};
