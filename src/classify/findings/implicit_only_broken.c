/* SPDX-License-Identifier: ISC */
/* implicit-only-broken: the one way to TLS that a protocol has here is broken. It needs all ports, so it is asked of the host. */
#include "base/attributes.h"
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"
#include "model/mail_port.h"

/* Everything else of this protocol was asked and has no TLS; a port that was not asked, or did not say, may have it. */
static bool is_only_tls(const struct host_view *view, uint16_t implicit_port, uint16_t plain_port)
{
	const struct service_view *plain = service_at(view, plain_port);
	enum wire_protocol protocol = mail_port_protocol(implicit_port);

	if (plain == NULL || !verdict_is_known(plain->judgement->verdict))
		return false;
	for (size_t i = 0; i < view->service_count; i++) {
		const struct service_view *service = &view->services[i];
		enum verdict verdict = service->judgement->verdict;

		if (service->port == implicit_port || protocol_of(service) != protocol)
			continue;
		if (verdict != VERDICT_CLOSED && verdict != VERDICT_NO_TLS && verdict != VERDICT_DEAD_PORT && verdict != VERDICT_NOT_MAIL)
			return false;
	}
	return true;
}

static bool holds(const struct host_view *view, struct finding *finding)
{
	static const uint16_t ports[][2] = {{995, 110}, {993, 143}};
	bool is_found = false;

	for (size_t i = 0; i < ARRAY_LENGTH(ports); i++) {
		for (size_t j = 0; j < view->service_count; j++) {
			if (view->services[j].port != ports[i][0] || finding_of(view, j, "implicit-broken") == NULL ||
			    !is_only_tls(view, ports[i][0], ports[i][1]))
				continue;
			evidence_next(finding);
			evidence_say(finding, "port %u brings no TLS up, and port %u is %s", (unsigned)ports[i][0], (unsigned)ports[i][1],
			             verdict_name(service_at(view, ports[i][1])->judgement->verdict));
			is_found = true;
		}
	}
	return is_found;
}

const struct finding_rule FINDING_IMPLICIT_ONLY_BROKEN = {
	.id = "implicit-only-broken",
	.scope = FINDING_OF_HOST,
	.severity = SEVERITY_MEDIUM,
	.title = "The only port with TLS does not work",
	.rules = "W-3",
	.reference = "RFC 8314 3, 4.1",
	.condition = "The port for implicit TLS is broken, and the host is known to have no STARTTLS for that protocol.",
	.explanation = "TLS for this protocol exists on this host on one port only, and there it does not come up. Nobody can read mail "
		       "here with protection.",
	.exploit = "Whoever reads the traffic of those who fall back to clear text.",
	.user_sentence = "There is no protected way to your mail on this server at the moment.",
	.lab = "closes-on-tls-ports-only:993",
	.holds_for_host = holds,
};
