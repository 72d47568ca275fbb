/* SPDX-License-Identifier: ISC */
/* A table of hosts that have not begun: chained, doubled when it is full, empty in a run that resumes nothing. */
#include "probe/remembered.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { BUCKETS_FIRST = 64 };

struct remembered {
	const struct probe_policy *policy;
	struct host **buckets;
	size_t bucket_count, count;
};

struct remembered *remembered_new(const struct probe_policy *policy)
{
	struct remembered *remembered = memory_allocate(1, sizeof(*remembered));

	remembered->policy = policy;
	return remembered;
}

void remembered_free(struct remembered *remembered)
{
	if (remembered == NULL)
		return;
	for (size_t i = 0; i < remembered->bucket_count; i++) {
		while (remembered->buckets[i] != NULL) {
			struct host *host = remembered->buckets[i];

			remembered->buckets[i] = host->next;
			host_free(host);
		}
	}
	free(remembered->buckets);
	free(remembered);
}

/* FNV-1a; the addresses come out of our own store. */
static size_t bucket_of(const struct remembered *remembered, struct ip_address address)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < sizeof(address.bytes); i++)
		hash = (hash ^ address.bytes[i]) * UINT64_C(0x100000001b3);
	return (size_t)(hash ^ hash >> 32) & (remembered->bucket_count - 1);
}

static void insert(struct remembered *remembered, struct host *host)
{
	struct host **bucket = &remembered->buckets[bucket_of(remembered, host->address)];

	host->next = *bucket;
	*bucket = host;
}

static void grow(struct remembered *remembered)
{
	size_t old_count = remembered->bucket_count;
	struct host **old = remembered->buckets;

	remembered->bucket_count = old_count > 0 ? 2 * old_count : BUCKETS_FIRST;
	remembered->buckets = memory_allocate(remembered->bucket_count, sizeof(struct host *));
	for (size_t i = 0; i < old_count; i++) {
		while (old[i] != NULL) {
			struct host *host = old[i];

			old[i] = host->next;
			insert(remembered, host);
		}
	}
	free(old);
}

static struct host **find(struct remembered *remembered, struct ip_address address)
{
	struct host **link;

	if (remembered->bucket_count == 0)
		return NULL;
	for (link = &remembered->buckets[bucket_of(remembered, address)]; *link != NULL; link = &(*link)->next) {
		if (ip_address_compare((*link)->address, address) == 0)
			return link;
	}
	return NULL;
}

/* The ports of these hosts are not known yet: each has room for as many as there can be, and the ones that were told are counted. */
static struct host *get(struct remembered *remembered, struct ip_address address)
{
	struct probe_assignment assignment = {.host = {.address = address, .ports = {.count = TARGET_PORTS_MAX}}};
	struct host **link = find(remembered, address);
	struct host *host;

	if (link != NULL)
		return *link;
	if (remembered->count == remembered->bucket_count)
		grow(remembered);
	host = host_new(&assignment, 0);
	host->port_count = 0;
	insert(remembered, host);
	remembered->count++;
	return host;
}

static struct host_port *get_port(struct host *host, uint16_t number)
{
	struct host_port *port = host_find_port(host, number);

	if (port != NULL || host->port_count == TARGET_PORTS_MAX)
		return port;
	port = &host->ports[host->port_count++];
	port->port = number;
	return port;
}

void remembered_add_contact(struct remembered *remembered, struct ip_address address, struct instant at)
{
	contact_budget_add(&get(remembered, address)->budget, at, remembered->policy->per_address);
}

void remembered_add_conversation(struct remembered *remembered, struct endpoint endpoint, unsigned attempt,
                                 const struct observation *observation, struct instant ended_at)
{
	struct host *host = get(remembered, endpoint.address);
	struct host_port *port = get_port(host, endpoint.port);

	if (port != NULL && !port->is_decided)
		host_remember(host, port, observation, attempt, ended_at, remembered->policy);
}

void remembered_add_decided(struct remembered *remembered, struct endpoint endpoint)
{
	struct host_port *port = get_port(get(remembered, endpoint.address), endpoint.port);

	if (port != NULL)
		host_decide(port);
}

static bool is_canary(const struct host_port *port)
{
	return port->count > 0 && (port->observations[0].flags & OBSERVED_CANARY) != 0;
}

void remembered_move_to(struct remembered *remembered, struct host *host)
{
	struct host **link = find(remembered, host->address);
	struct host *known;

	if (link == NULL)
		return;
	known = *link;
	*link = known->next;
	remembered->count--;
	host->budget = known->budget;
	known->budget = (struct contact_budget){0};
	host->gap_until = known->gap_until;
	for (size_t i = 0; i < known->port_count; i++) {
		struct host_port *port = host_find_port(host, known->ports[i].port);

		if (port == NULL && is_canary(&known->ports[i]))
			port = host_set_canary(host, known->ports[i].port);
		if (port == NULL)
			continue;
		*port = known->ports[i];
		known->ports[i].observations = NULL;
		known->ports[i].count = 0;
	}
	host_free(known);
}
