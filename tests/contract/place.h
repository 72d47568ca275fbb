/* SPDX-License-Identifier: ISC */
/* Where a test of the contract keeps its records: a store of its own, opened for writing. */
#ifndef PLACE_H
#define PLACE_H

#include "store/store.h"

/* A location of its own for each test: a file below a fresh directory, or where MAILCENSUS_CONTRACT_SERVER says how a PostgreSQL server is reached
   (postgres_contract.py does), the next of its databases. */
struct place {
	char directory[64];
	char location[256];
	struct store *store;
	struct error error;
};

#define MUST_OF(where, call)                                                                                                               \
	do {                                                                                                                               \
		if (!(call))                                                                                                               \
			fail_msg("%s", (where)->error.text);                                                                               \
	} while (0)
#define MUST(call) MUST_OF(place, call)

/* For cmocka: *state becomes a struct place. */
int set_up(void **state);
int tear_down(void **state);
/* The rest fail the test where the store fails. */
void reopen(struct place *place, enum store_mode mode);
void begin(struct place *place);
void commit(struct place *place);
census_id add_census(struct place *place, unsigned salt);
void add_service(struct place *place, census_id census, const char *address, uint16_t port, unsigned salt);
void add_conversation(struct place *place, census_id census, const char *address, uint16_t port, unsigned attempt, unsigned salt);

#endif
