/* SPDX-License-Identifier: ISC */
/* What an earlier, killed run left behind, by address, until the address has its turn. Hosts take theirs out. */
#ifndef PROBE_REMEMBERED_H
#define PROBE_REMEMBERED_H

#include <stdbool.h>
#include <stdint.h>

#include "model/endpoint.h"
#include "model/observation.h"
#include "probe/host.h"

struct remembered;

struct remembered *remembered_new(const struct probe_policy *policy);
/* NULL is fine. */
void remembered_free(struct remembered *remembered);
void remembered_add_contact(struct remembered *remembered, struct ip_address address, struct instant at);
void remembered_add_conversation(struct remembered *remembered, struct endpoint endpoint, unsigned attempt,
                                 const struct observation *observation, struct instant ended_at);
void remembered_add_decided(struct remembered *remembered, struct endpoint endpoint);
/* Gives a new host what is known of its address, and forgets it here. */
void remembered_move_to(struct remembered *remembered, struct host *host);

#endif
