/* SPDX-License-Identifier: ISC */
/* What is asked for beside the services while a whole census is visited: findings and names of their hosts, certificates and chains. A question for each would be millions
   of ways to the server; here the first question of a batch of services brings the answers for all of the batch. */
#ifndef STORE_POSTGRES_POSTGRES_AHEAD_H
#define STORE_POSTGRES_POSTGRES_AHEAD_H

#include "store/postgres/postgres_row.h"

/* Around a visit of all services of a census that is nobody's transaction. */
void ahead_begin(struct postgres_store *store, census_id census);
/* The rows that are handed out next: address first, leaf and chain before the last. Valid until the next ones, or ahead_end. */
void ahead_batch(struct postgres_store *store, const PGresult *batch);
void ahead_end(struct postgres_store *store);

/* Hands out what is there for this address. range_sql asks for all from $1 to $2, the address in front. *is_known_out false: it is not of the batch, ask the
   server. False: failed. */
bool ahead_visit_address(struct postgres_store *store, enum ahead_kind kind, const char *range_sql, row_reader *read_row,
                         const struct ip_address *address, const struct store_visitor *visitor, bool *is_known_out,
                         struct error *error) MUST_CHECK;
/* The same for a fingerprint; query->all is asked. */
bool ahead_find(struct postgres_store *store, const struct fingerprint_query *query, enum ahead_kind kind,
                const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE], const struct store_visitor *visitor, bool *is_known_out,
                struct error *error) MUST_CHECK;

#endif
