/* SPDX-License-Identifier: ISC */
/* A chained table of a fixed number of slots: connections come and go millions of times, their number at once is known. */
#include "net/raw_connection.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { SLOTS_MIN = 1 << 10, SLOTS_MAX = 1 << 20 };

void raw_table_init(struct raw_table *table, size_t connections_max, struct syn_key key)
{
	size_t slots = SLOTS_MIN;

	while (slots < connections_max && slots < SLOTS_MAX)
		slots *= 2;
	*table = (struct raw_table){
		.slots = memory_allocate(
			slots, sizeof(struct raw_connection *)), /* NOLINT(bugprone-sizeof-expression): an array of pointers is meant */
		.slot_count = slots,
		.key = key,
	};
}

void raw_table_done(struct raw_table *table)
{
	for (size_t i = 0; i < table->slot_count; i++) {
		for (struct raw_connection *connection = table->slots[i], *next; connection != NULL; connection = next) {
			next = connection->next;
			tcp_client_done(&connection->client);
			free(connection);
		}
	}
	free(table->slots);
	*table = (struct raw_table){0};
}

static struct raw_connection **slot_of(const struct raw_table *table, struct ip_address host, uint16_t host_port, uint16_t own_port)
{
	unsigned char bytes[sizeof(host.bytes) + sizeof(host_port) + sizeof(own_port)];

	memcpy(bytes, host.bytes, sizeof(host.bytes));
	memcpy(bytes + sizeof(host.bytes), &host_port, sizeof(host_port));
	memcpy(bytes + sizeof(host.bytes) + sizeof(host_port), &own_port, sizeof(own_port));
	return &table->slots[sip_hash(&table->key, bytes, sizeof(bytes)) & (table->slot_count - 1)];
}

struct raw_connection *raw_table_find(const struct raw_table *table, struct ip_address host, uint16_t host_port, struct ip_address own,
                                      uint16_t own_port)
{
	for (struct raw_connection *connection = *slot_of(table, host, host_port, own_port); connection != NULL;
	     connection = connection->next) {
		if (connection->own_port == own_port && connection->endpoint.port == host_port &&
		    ip_address_equals(connection->endpoint.address, host) && ip_address_equals(connection->source->address, own))
			return connection;
	}
	return NULL;
}

void raw_table_add(struct raw_table *table, struct raw_connection *connection)
{
	struct raw_connection **slot = slot_of(table, connection->endpoint.address, connection->endpoint.port, connection->own_port);

	connection->next = *slot;
	*slot = connection;
	table->count++;
}

void raw_table_remove(struct raw_table *table, struct raw_connection *connection)
{
	struct raw_connection **at = slot_of(table, connection->endpoint.address, connection->endpoint.port, connection->own_port);

	while (*at != connection)
		at = &(*at)->next;
	*at = connection->next;
	connection->next = NULL;
	table->count--;
}
