/* SPDX-License-Identifier: ISC */
/* The steps of the schema, made from migrations/NNNN_name.sql. Step N makes schema N of schema N - 1; a step that was released never changes. */
#ifndef STORE_POSTGRES_POSTGRES_MIGRATION_H
#define STORE_POSTGRES_POSTGRES_MIGRATION_H

extern const char *const POSTGRES_MIGRATION_STEPS[];
extern const int POSTGRES_MIGRATION_STEP_COUNT;

#endif
