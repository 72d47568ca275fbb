/* SPDX-License-Identifier: ISC */
/* host-mixed-protection: the same mailbox behind two doors, one of them open. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

/* What all services of a protocol do to logins together. */
enum protection { PROTECTION_UNKNOWN, PROTECTION_FULL, PROTECTION_MISSING };

static enum protection protection_of(const struct host_view *view, enum wire_protocol protocol)
{
	enum protection protection = PROTECTION_UNKNOWN;
	bool is_certain = true;

	for (size_t i = 0; i < view->service_count; i++) {
		const struct service_view *service = &view->services[i];
		enum verdict verdict = service->judgement->verdict;

		if (protocol_of(service) != protocol)
			continue;
		if (is_without_tls(service) || (verdict_has_working_tls(verdict) && may_log_in_in_clear(service)))
			return PROTECTION_MISSING;
		is_certain = is_certain && verdict_is_known(verdict);
		if (verdict == VERDICT_TLS_REQUIRED || verdict == VERDICT_IMPLICIT_TLS || verdict == VERDICT_TLS_ON_PLAIN_PORT)
			protection = PROTECTION_FULL;
	}
	return is_certain ? protection : PROTECTION_UNKNOWN;
}

static bool holds(const struct host_view *view, struct finding *finding)
{
	enum protection pop3 = protection_of(view, WIRE_POP3), imap = protection_of(view, WIRE_IMAP);

	if (pop3 == PROTECTION_FULL && imap == PROTECTION_MISSING)
		evidence_say(finding, "POP3 protects all logins, IMAP does not");
	else if (imap == PROTECTION_FULL && pop3 == PROTECTION_MISSING)
		evidence_say(finding, "IMAP protects all logins, POP3 does not");
	else
		return false;
	return true;
}

const struct finding_rule FINDING_HOST_MIXED_PROTECTION = {
	.id = "host-mixed-protection",
	.scope = FINDING_OF_HOST,
	.severity = SEVERITY_LOW,
	.title = "POP3 and IMAP are not protected alike",
	.rules = "X-1, X-3, X-4",
	.reference = "RFC 8314 4.1",
	.condition = "Every service of one protocol protects its logins, and some service of the other does not.",
	.explanation = "One of POP3 and IMAP was secured and the other forgotten. Both lead to the same mail with the same password.",
	.exploit = "Anyone who can read, or change, the traffic of the protocol that was forgotten.",
	.user_sentence = "Use the protocol that is protected.",
	.lab = "mixed-protection:143",
	.holds_for_host = holds,
};
