/* SPDX-License-Identifier: ISC */
/* Which conversation comes next at an endpoint: a pure question about what was observed so far, so that as few connections are made as the decision needs. */
#ifndef PROBE_PLAN_H
#define PROBE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/observation.h"
#include "probe/probe.h"
#include "protocol/session.h"

/* How one conversation is to be held. */
struct plan_step {
	struct session_plan session;
	enum tls_hello hello; /* what to send where TLS begins: TLS_HELLO_SESSION is a real handshake */
	uint32_t offered;     /* what TLS_HELLO_TRAITS and TLS_HELLO_GROUPS offer */
	unsigned delay_ms;    /* not earlier than this after the last conversation at this endpoint ended */
};

/* False: enough is known, or nothing more may be asked. observations are in order of attempts, all of the same endpoint. */
bool plan_next_step(uint16_t port, const struct observation *observations, size_t count, const struct probe_policy *policy,
                    struct plan_step *step_out);

/* The one connection to a port that nobody uses, to see whether it accepts as well (rule D-7): it listens, and says nothing that a server did not begin. */
void plan_canary_step(const struct probe_policy *policy, struct plan_step *step_out);

#endif
