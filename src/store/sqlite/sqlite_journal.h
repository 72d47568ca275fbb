/* SPDX-License-Identifier: ISC */
/* Contacts and open hosts: gathered in memory and written as one row each when the transaction ends, before anything is sent. */
#ifndef STORE_SQLITE_SQLITE_JOURNAL_H
#define STORE_SQLITE_SQLITE_JOURNAL_H

#include "store/sqlite/sqlite_store.h"

/* Writes what was gathered; at a commit, and before it is read. */
bool journal_flush(struct sqlite_store *store, struct error *error);
/* Drops it, as a rollback does. */
void journal_forget(struct sqlite_store *store);
void journal_done(struct sqlite_store *store);

#endif
