/* SPDX-License-Identifier: ISC */
/* Open addressing with linear probing; removal moves later entries back so that no tombstones pile up. */
#include "app/host_table.h"

#include <stdlib.h>

#include "base/memory.h"

enum { FIRST_CAPACITY = 64 };

static size_t slot_of(const struct host_table *table, uint64_t number)
{
	return (size_t)((number * 0x9e3779b97f4a7c15u) >> 20) & (table->capacity - 1);
}

static void grow(struct host_table *table)
{
	struct host_table larger = {.capacity = table->capacity > 0 ? table->capacity * 2 : FIRST_CAPACITY};

	larger.entries = memory_allocate(larger.capacity, sizeof(*larger.entries));
	for (size_t i = 0; i < table->capacity; i++) {
		size_t slot;

		if (!table->entries[i].is_used)
			continue;
		for (slot = slot_of(&larger, table->entries[i].number); larger.entries[slot].is_used;
		     slot = (slot + 1) & (larger.capacity - 1))
			;
		larger.entries[slot] = table->entries[i];
		larger.count++;
	}
	free(table->entries);
	*table = larger;
}

struct host_entry *host_table_get(struct host_table *table, uint64_t number)
{
	size_t slot;

	if (2 * (table->count + 1) > table->capacity)
		grow(table);
	for (slot = slot_of(table, number); table->entries[slot].is_used; slot = (slot + 1) & (table->capacity - 1)) {
		if (table->entries[slot].number == number)
			return &table->entries[slot];
	}
	table->entries[slot] = (struct host_entry){.number = number, .is_used = true};
	table->count++;
	return &table->entries[slot];
}

static struct host_service_entry *service_of(struct host_entry *host, uint16_t port)
{
	for (size_t i = 0; i < host->service_count; i++) {
		if (host->services[i].port == port)
			return &host->services[i];
	}
	if (host->service_count == TARGET_PORTS_MAX)
		return NULL;
	host->services = memory_resize(host->services, host->service_count + 1U, sizeof(*host->services));
	host->services[host->service_count] = (struct host_service_entry){.port = port};
	return &host->services[host->service_count++];
}

void host_entry_keep(struct host_entry *host, uint16_t port, const struct observation *observation)
{
	struct host_service_entry *service = service_of(host, port);

	if (service == NULL)
		return;
	service->observations = memory_resize(service->observations, service->count + 1, sizeof(*service->observations));
	observation_copy(&service->observations[service->count++], observation);
}

void host_entry_keep_assessed(struct host_entry *host, uint16_t port, struct assessed_service *assessed)
{
	struct host_service_entry *service = service_of(host, port);

	if (service == NULL) {
		free(assessed);
		return;
	}
	free(service->assessed);
	service->assessed = assessed;
}

static void forget(struct host_entry *host)
{
	for (size_t i = 0; i < host->service_count; i++) {
		for (size_t k = 0; k < host->services[i].count; k++)
			observation_done(&host->services[i].observations[k]);
		free(host->services[i].observations);
		free(host->services[i].assessed);
	}
	free(host->services);
	host->services = NULL;
	host->service_count = 0;
}

void host_table_remove(struct host_table *table, uint64_t number)
{
	size_t hole, mask = table->capacity - 1;

	if (table->capacity == 0)
		return;
	for (hole = slot_of(table, number); table->entries[hole].is_used && table->entries[hole].number != number; hole = (hole + 1) & mask)
		;
	if (!table->entries[hole].is_used)
		return;
	forget(&table->entries[hole]);
	for (size_t slot = (hole + 1) & mask; table->entries[slot].is_used; slot = (slot + 1) & mask) {
		size_t home = slot_of(table, table->entries[slot].number);

		if (((slot - home) & mask) >= ((slot - hole) & mask)) {
			table->entries[hole] = table->entries[slot];
			hole = slot;
		}
	}
	table->entries[hole].is_used = false;
	table->count--;
}

void host_table_done(struct host_table *table)
{
	for (size_t i = 0; i < table->capacity; i++) {
		if (table->entries[i].is_used)
			forget(&table->entries[i]);
	}
	free(table->entries);
	*table = (struct host_table){0};
}
