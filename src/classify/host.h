/* SPDX-License-Identifier: ISC */
/* What the services of one address mean together; a host is counted once, however many of its ports are bad (rulebook 5.3). */
#ifndef CLASSIFY_HOST_H
#define CLASSIFY_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/observation.h"
#include "model/verdict.h"

struct host_service {
	uint16_t port;
	enum wire_protocol protocol;
	enum verdict verdict; /* may be revised: rule W-3 needs to know that the host talks on another port */
	enum ending ending;
	enum cleartext_login cleartext_login;
	bool tls_answered; /* some TLS record came from it: an alert, a hello, a flight */
	bool is_perdition; /* its greeting is Perdition's, whose CAPA lists USER even where TLS is forced */
	bool is_canary;    /* a port that nobody uses (rule D-7) */
	struct span greeting;
	const char *reason; /* set where the verdict is revised: why, one sentence with rule numbers; static text */
};

/* Is this greeting Perdition's? (Its POP3 side cannot spell its own name.) */
bool host_greeting_is_perdition(struct span greeting);

struct host_judgement {
	enum host_verdict verdict;
	bool offers_pop3, offers_imap; /* identified in clear or inside TLS */
	bool no_tls_pop3, no_tls_imap; /* without TLS in Shadowserver's sense, per protocol */
	bool is_strict;                /* for some protocol no port of the host offers working TLS (host-no-tls-strict) */
};

/* Revises service verdicts that depend on the others, then judges the host. */
void host_judge(struct host_service *services, size_t count, struct host_judgement *judgement_out);

/* Is this service without TLS in Shadowserver's sense: identified, a login possible, no TLS for it? */
bool service_is_without_tls(const struct host_service *service);

/* Which protocol a service counts for: what was heard, else (TLS seen from outside only) what the port is for; WIRE_UNKNOWN: neither POP3 nor IMAP. */
enum wire_protocol service_counted_protocol(const struct host_service *service);

#endif
