/* SPDX-License-Identifier: ISC */
/* wrong-port-protocol: the one where the other belongs. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"
#include "classify/questions.h"
#include "model/mail_port.h"

static bool holds(const struct service_view *view, struct finding *finding)
{
	enum wire_protocol meant = mail_port_protocol(view->port);
	enum wire_protocol heard = view->judgement->protocol;

	if (!wire_protocol_is_mail(meant) || !wire_protocol_is_mail(heard) || meant == heard)
		return false;
	evidence_say(finding, "port %u speaks %s", (unsigned)view->port, wire_protocol_name(heard));
	evidence_of_greeting(deciding_observation(view), finding);
	return true;
}

const struct finding_rule FINDING_WRONG_PORT_PROTOCOL = {
	.id = "wrong-port-protocol",
	.scope = FINDING_OF_SERVICE,
	.severity = SEVERITY_INFO,
	.title = "POP3 and IMAP on each other's ports",
	.rules = "W-5, D-8",
	.reference = "RFC 1939 3, RFC 9051 2.1",
	.condition = "IMAP speaks on a port for POP3, or POP3 on one for IMAP.",
	.explanation = "The protocol on this port is not the one that it is registered for. Usually two lines of a configuration or of a "
		       "port forwarding are mixed up.",
	.exploit = "",
	.user_sentence = "Your mail program will not get on with this port.",
	.lab = "imap-on-110-pop3-on-143:110",
	.holds_for_service = holds,
};
