/* SPDX-License-Identifier: ISC */
/* Texts that many rows share: a column has the bytes, or the number of the row of table text that has them. */
#ifndef STORE_SQLITE_SQLITE_TEXTS_H
#define STORE_SQLITE_SQLITE_TEXTS_H

#include "store/sqlite/sqlite_row.h"

/* Binds the bytes, or their number when they were met before. */
void bind_shared(struct binder *row, struct span bytes);
/* Was this text met before, and does it thus have, or get now, a row? 0: it has none. */
int64_t shared_row(struct binder *row, struct span bytes);
/* The bytes, until the next row. */
struct span take_shared(struct columns *columns);
/* The bytes of this row of table text, until the next row of columns. */
struct span look_up_shared(struct columns *columns, int64_t row);
/* Forgets what rows there are: after a rollback they may be gone. */
void forget_texts(struct sqlite_store *store);

#endif
