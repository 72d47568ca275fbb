/* SPDX-License-Identifier: ISC */
/* Each distinct port list once, known by a small number: many ranges share few lists. */
#ifndef SCOPE_PORT_TABLE_H
#define SCOPE_PORT_TABLE_H

#include <stdint.h>

#include "scope/target_set.h"

struct port_table {
	struct port_list *lists;
	uint32_t count, capacity;
	uint32_t *slots; /* open addressing: 1 + index of a list, 0 is free */
	uint32_t slot_count;
};

/* A table of zeroes is empty and valid; port_table_done() frees what it came to hold. */
void port_table_done(struct port_table *table);
/* The number of an equal list, added when it is new. */
uint32_t port_table_intern(struct port_table *table, const struct port_list *list);

#endif
