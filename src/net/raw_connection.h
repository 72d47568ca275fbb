/* SPDX-License-Identifier: ISC */
/* The connections of a raw loop, found by both ends of a segment. */
#ifndef NET_RAW_CONNECTION_H
#define NET_RAW_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/connection.h"
#include "net/event_loop_backend.h"
#include "net/raw_link.h"
#include "net/timer_wheel.h"
#include "packet/syn_cookie.h"
#include "packet/tcp_client.h"

struct raw_connection {
	struct connection base; /* must be first */
	struct timer timer;     /* when the client is due; may be earlier than that, then it is set again */
	struct instant timer_at;
	struct tcp_client client;
	const struct raw_source *source;
	const struct connection_handler *handler; /* NULL: its owner has closed it, what was sent is still to arrive */
	void *context;
	struct raw_connection *next; /* in its slot of the table, or among the dead */
	struct endpoint endpoint;
	uint16_t own_port;
	bool is_dead, was_open;
};

/* Chained, keyed: strangers choose addresses and ports. */
struct raw_table {
	struct raw_connection **slots;
	size_t slot_count; /* a power of two */
	size_t count;
	struct syn_key key;
};

void raw_table_init(struct raw_table *table, size_t connections_max, struct syn_key key);
/* Frees all connections. */
void raw_table_done(struct raw_table *table);
/* NULL: none. */
struct raw_connection *raw_table_find(const struct raw_table *table, struct ip_address host, uint16_t host_port, struct ip_address own,
                                      uint16_t own_port);
void raw_table_add(struct raw_table *table, struct raw_connection *connection);
void raw_table_remove(struct raw_table *table, struct raw_connection *connection);

#endif
