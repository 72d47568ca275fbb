/* SPDX-License-Identifier: ISC */
/* What was found out about a host, as records of the store. */
#ifndef APP_FACT_RECORDS_H
#define APP_FACT_RECORDS_H

#include <stdbool.h>

#include "app/assessment.h"
#include "base/error.h"
#include "store/store.h"

/* The texts of a record are those of the facts. */
void certificate_record_from(const struct certificate_facts *facts, struct span der, struct certificate_record *record_out);
/* Its transcript stays the conversation's. */
void conversation_record_from(const struct probe_conversation *conversation, struct conversation_record *record_out);
/* What was decided of one service out of its observations, whose bytes are the record's. */
void service_record_from(const struct assessed_service *assessed, const struct observation *observations, size_t count,
                         struct timestamp decided_at, struct service_record *record_out);
void chain_record_from(const struct chain_facts *facts, struct timestamp judged_at, struct chain_record *record_out);

/* Keeps all findings of a host, its own and those of its services, in place of those that were kept before, and the chains that are not kept yet.
   Inside the transaction in which its services are kept; those are the caller's. */
bool fact_records_write(struct store *store, census_id census, const struct assessed_host *host, struct timestamp judged_at,
                        struct error *error) MUST_CHECK;

#endif
