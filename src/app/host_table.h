/* SPDX-License-Identifier: ISC */
/* What the writer has to remember of hosts between their first and last service: what was observed at each port, and whether any accepted. */
#ifndef APP_HOST_TABLE_H
#define APP_HOST_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/observation.h"
#include "scope/target_set.h"

struct assessed_service;

struct host_service_entry {
	uint16_t port;
	struct assessed_service *assessed; /* when it was over, without chains and findings; NULL: by an earlier run. Owned */
	struct observation *observations;  /* in order of attempts; owned */
	size_t count;
};

struct host_entry {
	uint64_t number;
	struct ip_address address;
	bool is_used;
	bool has_accepted; /* at least one port took a connection, now or in an earlier run */
	uint8_t closed_count;
	uint16_t closed_ports[TARGET_PORTS_MAX];
	uint8_t closed_endings[TARGET_PORTS_MAX]; /* enum ending */
	struct host_service_entry *services;      /* ports that accepted; owned */
	uint8_t service_count;
};

struct host_table {
	struct host_entry *entries;
	size_t capacity; /* a power of two, or 0 */
	size_t count;
};

/* Finds or makes the entry of a host; valid until the next call. */
struct host_entry *host_table_get(struct host_table *table, uint64_t number);
/* Keeps a copy of one more observation of this port; beyond TARGET_PORTS_MAX ports it is left out. */
void host_entry_keep(struct host_entry *host, uint16_t port, const struct observation *observation);
/* Takes over what was said of this port, one allocation without parts of its own. */
void host_entry_keep_assessed(struct host_entry *host, uint16_t port, struct assessed_service *assessed);
void host_table_remove(struct host_table *table, uint64_t number);
void host_table_done(struct host_table *table);

#endif
