/* SPDX-License-Identifier: ISC */
/* A queue of found hosts. When the prober cannot follow, the sweep pauses: a host that accepted waits for us with a connection half open. */
#include "app/census_sweep.h"

#include <stdlib.h>

#include "base/memory.h"

enum { WAITING_MAX = 1024 };

struct census_sweep {
	struct census_sweep_owner owner;
	struct sweep *sweep;
	struct sweep_find *waiting; /* a ring */
	size_t first, count, capacity;
	struct sweep_find current;
};

static bool on_reserve(void *context, uint64_t position, unsigned times)
{
	const struct census_sweep *sweep = context;

	return sweep->owner.on_reserve(sweep->owner.context, position, times);
}

static void grow(struct census_sweep *sweep)
{
	size_t capacity = sweep->capacity == 0 ? WAITING_MAX : 2 * sweep->capacity;
	struct sweep_find *waiting = memory_allocate(capacity, sizeof(*waiting));

	for (size_t i = 0; i < sweep->count; i++)
		waiting[i] = sweep->waiting[(sweep->first + i) % sweep->capacity];
	free(sweep->waiting);
	sweep->waiting = waiting;
	sweep->first = 0;
	sweep->capacity = capacity;
}

static bool on_find(void *context, const struct sweep_find *find)
{
	struct census_sweep *sweep = context;

	if (sweep->count == sweep->capacity)
		grow(sweep);
	sweep->waiting[(sweep->first + sweep->count++) % sweep->capacity] = *find;
	sweep->owner.on_found(sweep->owner.context, find->number);
	return true;
}

struct census_sweep *census_sweep_new(const struct sweep_setup *setup, const struct census_sweep_owner *owner, struct error *error)
{
	struct census_sweep *sweep = memory_allocate(1, sizeof(*sweep));
	struct sweep_setup own = *setup;

	sweep->owner = *owner;
	own.context = sweep;
	own.on_reserve = on_reserve;
	own.on_find = on_find;
	sweep->sweep = sweep_new(&own, error);
	if (sweep->sweep == NULL) {
		census_sweep_free(sweep);
		return NULL;
	}
	return sweep;
}

void census_sweep_free(struct census_sweep *sweep)
{
	if (sweep == NULL)
		return;
	sweep_free(sweep->sweep);
	free(sweep->waiting);
	free(sweep);
}

void census_sweep_remember(struct census_sweep *sweep, struct ip_address address)
{
	sweep_remember_found(sweep->sweep, address);
}

bool census_sweep_next(struct census_sweep *sweep, const struct sweep_find **find_out)
{
	if (sweep->count == 0)
		return false;
	sweep->current = sweep->waiting[sweep->first];
	sweep->first = (sweep->first + 1) % sweep->capacity;
	sweep->count--;
	*find_out = &sweep->current;
	return true;
}

bool census_sweep_may_find_more(const struct census_sweep *sweep)
{
	return sweep->count > 0 || !sweep_is_over(sweep->sweep);
}

struct instant census_sweep_round(struct census_sweep *sweep, struct instant now)
{
	sweep_set_paused(sweep->sweep, sweep->count >= WAITING_MAX);
	return sweep_round(sweep->sweep, now);
}

uint64_t census_sweep_position(const struct census_sweep *sweep)
{
	return sweep_done_position(sweep->sweep);
}

void census_sweep_get_status(const struct census_sweep *sweep, struct sweep_status *status_out)
{
	sweep_get_status(sweep->sweep, status_out);
}
