/* SPDX-License-Identifier: ISC */
/* What to ask a service whose TLS is known to work, hello by hello, so that each connection answers as much as it can (rules T-1, T-10, T-20 to T-22, T-30, T-31). Pure.

   The order in words: what older versions are there (H2, H3, H4, H5), post-quantum groups, suites trait by trait, finite-field groups, the certificate of the other kind of key, SNI and old features,
   the remaining groups, then a real session and the test of STARTTLS, and at the end one hello that is known to be answered, if the last refusals were silent (rule T-8). */
#ifndef PROBE_LADDER_H
#define PROBE_LADDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/observation.h"
#include "probe/plan.h"
#include "probe/probe.h"

/* False: nothing more to ask at this depth, or the number of connections is used up. observations: all of this endpoint, in order of attempts.
   step comes filled as for a dialogue of this endpoint (its session and delay); what is asked is put into it. */
bool ladder_next_step(const struct observation *observations, size_t count, const struct probe_policy *policy, struct plan_step *step);

#endif
