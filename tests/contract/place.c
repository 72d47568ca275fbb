/* SPDX-License-Identifier: ISC */
/* A file below a fresh directory, or one of the databases of a server. */
#include "place.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/memory.h"

int place_set_up(void **state)
{
	static unsigned databases;
	const char *server = getenv("MAILCENSUS_CONTRACT_SERVER");
	struct place *place = memory_allocate(1, sizeof(*place));

	if (server != NULL) {
		(void)snprintf(place->location, sizeof(place->location), "postgresql:///contract_%u?%s", databases++, server);
	} else {
		(void)snprintf(place->directory, sizeof(place->directory), "/tmp/mailcensus-contract-XXXXXX");
		if (mkdtemp(place->directory) == NULL)
			return -1;
		(void)snprintf(place->location, sizeof(place->location), "%s/census.db", place->directory);
	}
	place->store = store_open(place->location, STORE_READ_WRITE, &place->error);
	if (place->store == NULL)
		print_error("%s\n", place->error.text);
	*state = place;
	return place->store == NULL ? -1 : 0;
}

int place_tear_down(void **state)
{
	static const char *const SUFFIXES[] = {"", "-wal", "-shm", "-lock", "-journal"};
	struct place *place = *state;
	char path[300];

	store_close(place->store);
	for (size_t i = 0; place->directory[0] != '\0' && i < ARRAY_LENGTH(SUFFIXES); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", place->location, SUFFIXES[i]);
		(void)unlink(path);
	}
	if (place->directory[0] != '\0')
		(void)rmdir(place->directory);
	free(place);
	return 0;
}

void reopen(struct place *place, enum store_mode mode)
{
	store_close(place->store);
	place->store = store_open(place->location, mode, &place->error);
	MUST(place->store != NULL);
}

void begin(struct place *place)
{
	MUST(store_begin(place->store, &place->error));
}

void commit(struct place *place)
{
	MUST(store_commit(place->store, &place->error));
}

census_id add_census(struct place *place, unsigned salt)
{
	struct census_record census = sample_census(salt);

	MUST(store_add_census(place->store, &census, &place->error));
	return census.id;
}

void add_service(struct place *place, census_id census, const char *address, uint16_t port, unsigned salt)
{
	struct service_record service = sample_service(address, port, salt);

	MUST(store_add_service(place->store, census, &service, &place->error));
}
