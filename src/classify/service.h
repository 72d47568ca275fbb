/* SPDX-License-Identifier: ISC */
/* What the conversations with one endpoint mean: a pure question. The verdict of the service, why, and how a login is protected (rulebook 3 and 5). */
#ifndef CLASSIFY_SERVICE_H
#define CLASSIFY_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/observation.h"
#include "model/verdict.h"

struct service_judgement {
	enum verdict verdict;
	enum confidence confidence;
	enum cleartext_login cleartext_login;
	enum wire_protocol protocol;
	bool plaintext_on_tls_port; /* rule W-2 */
	bool tls_proven;
	size_t deciding;     /* index of the observation that decided */
	size_t tls_deciding; /* index of the one that tells most about TLS */
	const char *reason;  /* one sentence with rule numbers; static text */
};

/* observations in order of attempts, count >= 1. Those of the ladder and those that injected a command are passed over, whatever they show. */
void service_judge(uint16_t port, const struct observation *observations, size_t count, struct service_judgement *judgement_out);

/* Rules on one conversation; an exchange that was opened and cancelled decides (rules ). */
enum cleartext_login cleartext_login_judge(const struct observation *observation, enum confidence *confidence_out);

#endif
