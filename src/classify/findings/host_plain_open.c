/* SPDX-License-Identifier: ISC */
/* host-plain-open: well guarded doors that nobody needs. */
#include "base/attributes.h"
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool holds(const struct host_view *view, struct finding *finding)
{
	static const uint16_t ports[] = {110, 143};
	bool is_found = false;

	for (size_t i = 0; i < ARRAY_LENGTH(ports); i++) {
		const struct service_view *service = service_at(view, ports[i]);
		enum verdict verdict = service != NULL ? service->judgement->verdict : VERDICT_CLOSED;

		if (verdict == VERDICT_CLOSED || verdict == VERDICT_NOT_MAIL)
			continue;
		if (!verdict_is_known(verdict) || verdict == VERDICT_TLS_ON_PLAIN_PORT ||
		    service->judgement->cleartext_login != CLEARTEXT_LOGIN_DENIED)
			return false;
		evidence_say(finding, "%s%u", is_found ? ", " : "logins before TLS are refused on ", (unsigned)ports[i]);
		is_found = true;
	}
	return is_found;
}

const struct finding_rule FINDING_HOST_PLAIN_OPEN = {
	.id = "host-plain-open",
	.scope = FINDING_OF_HOST,
	.severity = SEVERITY_INFO,
	.title = "Ports for clear text are open without need",
	.rules = "X-1, X-4, X-12",
	.reference = "RFC 8314 4.1",
	.condition = "110 or 143 is open, and every such port refuses logins before TLS.",
	.explanation = "All is well, but these ports serve only mail programs that use STARTTLS, and a mistake in the configuration would "
		       "open them to clear text. Where 993 and 995 work they can be closed.",
	.exploit = "",
	.user_sentence = "Prefer \"SSL/TLS\" on port 993 or 995.",
	.lab = "dovecot-required:143",
	.holds_for_host = holds,
};
