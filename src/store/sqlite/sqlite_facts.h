/* SPDX-License-Identifier: ISC */
/* The parts of a service's row that sum up all its conversations. */
#ifndef STORE_SQLITE_SQLITE_FACTS_H
#define STORE_SQLITE_SQLITE_FACTS_H

#include "base/buffer.h"
#include "store/sqlite/sqlite_row.h"

enum { TLS_FACTS_WORDS_MAX = 4096 };

/* The words of the facts, made in `words`, which must stay until end_row; their chains, beside those of the deciding conversation; and the columns for SQL. */
void bind_tls_facts(struct binder *row, const struct tls_facts *facts, const struct tls_observation *tls, struct buffer *words);
void take_tls_facts(struct columns *columns, const struct tls_observation *tls, struct tls_facts *facts_out);
/* The row of this software, which is made when there is none; 0 for an unknown one. */
bool software_row(struct store *store, const struct software *software, int64_t *id_out, struct error *error);
void take_software(struct columns *columns, struct software *software_out);

#endif
