/* SPDX-License-Identifier: ISC */
/* host-no-tls-strict: all its ports were asked, and none has it. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"

static bool has_no_tls(const struct host_view *view, enum wire_protocol protocol, uint16_t plain_port, uint16_t implicit_port)
{
	const struct service_view *plain = service_at(view, plain_port), *implicit = service_at(view, implicit_port);
	bool takes_logins = false;

	if (plain == NULL || implicit == NULL)
		return false;
	for (size_t i = 0; i < view->service_count; i++) {
		const struct service_view *service = &view->services[i];
		enum verdict verdict = service->judgement->verdict;

		if (protocol_of(service) != protocol && service != plain && service != implicit)
			continue;
		if (verdict_has_working_tls(verdict) || !verdict_is_known(verdict))
			return false;
		takes_logins = takes_logins || (protocol_of(service) == protocol && is_without_tls(service));
	}
	return takes_logins;
}

static bool holds(const struct host_view *view, struct finding *finding)
{
	bool is_pop3 = has_no_tls(view, WIRE_POP3, 110, 995), is_imap = has_no_tls(view, WIRE_IMAP, 143, 993);

	if (!is_pop3 && !is_imap)
		return false;
	evidence_say(finding, "no TLS for %s%s%s on any port", is_pop3 ? "POP3" : "", is_pop3 && is_imap ? " and " : "",
	             is_imap ? "IMAP" : "");
	return true;
}

const struct finding_rule FINDING_HOST_NO_TLS_STRICT = {
	.id = "host-no-tls-strict",
	.scope = FINDING_OF_HOST,
	.severity = SEVERITY_MEDIUM,
	.title = "No port of a protocol has TLS",
	.rules = "D-11",
	.reference = "RFC 8314 3, 4.1",
	.condition = "For POP3 or IMAP both ports were asked, and neither offers working TLS, while logins are taken.",
	.explanation = "For this protocol there is no protected way to this host at all; no setting of a mail program helps. Give the "
		       "server a certificate and switch TLS on, or put something with TLS in front.",
	.exploit = "Anyone who can read the traffic on the way.",
	.user_sentence = "This server cannot protect your password; ask the provider for another one.",
	.lab = "dovecot-no-tls:143",
	.holds_for_host = holds,
};
