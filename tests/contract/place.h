/* SPDX-License-Identifier: ISC */
/* Where a test of the contract of stores keeps its data, and the steps that most of them take. */
#ifndef PLACE_H
#define PLACE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "records.h"
#include "store/store.h"

/* A location of its own for each test: a file below a fresh directory, or where MAILCENSUS_CONTRACT_SERVER says how a PostgreSQL server is reached
   (postgres_contract.py does), the next of its databases. */
struct place {
	char directory[64];
	char location[256];
	struct store *store;
	struct error error;
};

int place_set_up(void **state);
int place_tear_down(void **state);

#define MUST(call)                                                                                                                         \
	do {                                                                                                                               \
		if (!(call))                                                                                                               \
			fail_msg("%s", place->error.text);                                                                                 \
	} while (0)

/* Each fails the test with the store's own words. */
void reopen(struct place *place, enum store_mode mode);
void begin(struct place *place);
void commit(struct place *place);
census_id add_census(struct place *place, unsigned salt);
void add_service(struct place *place, census_id census, const char *address, uint16_t port, unsigned salt);

#endif
