/* SPDX-License-Identifier: ISC */
/* Between the sweep and the prober: hosts that were found wait here until the prober takes them, and the store knows of each before the sweep's position passes it. */
#ifndef APP_CENSUS_SWEEP_H
#define APP_CENSUS_SWEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "discover/sweep.h"
#include "net/event_loop.h"

struct census_sweep;

/* What it asks of who writes the census. */
struct census_sweep_owner {
	void *context;
	/* Must be on disk when it returns; see sweep_setup.on_reserve. */
	bool (*on_reserve)(void *context, uint64_t position, unsigned times);
	/* A host was found: to be kept as open with the next commit. */
	void (*on_found)(void *context, uint64_t number);
};

/* setup without context and callbacks; loop and what it points to must outlive the sweep. NULL: error says why. */
struct census_sweep *census_sweep_new(const struct sweep_setup *setup, const struct census_sweep_owner *owner,
                                      struct error *error) MUST_CHECK;
void census_sweep_free(struct census_sweep *sweep);
/* A host of an earlier run. */
void census_sweep_remember(struct census_sweep *sweep, struct ip_address address);
/* The next host for the prober; false: none for now. Valid until the next call. */
bool census_sweep_next(struct census_sweep *sweep, const struct sweep_find **find_out);
/* More hosts may come. */
bool census_sweep_may_find_more(const struct census_sweep *sweep);
/* To be called in each round of the loop. */
struct instant census_sweep_round(struct census_sweep *sweep, struct instant now);
/* All before it is sent, and what was found of it has been told. */
uint64_t census_sweep_position(const struct census_sweep *sweep);
void census_sweep_get_status(const struct census_sweep *sweep, struct sweep_status *status_out);

#endif
