/* SPDX-License-Identifier: ISC */
/* Carries what the prober tells into the store: contacts before they happen, results within a second, all so that a killed run goes on where it was. */
#ifndef APP_CENSUS_WRITER_H
#define APP_CENSUS_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "app/assessment.h"
#include "app/census_sweep.h"
#include "app/progress.h"
#include "base/error.h"
#include "probe/probe.h"
#include "scope/exclusion_list.h"
#include "scope/target_walk.h"
#include "store/store.h"

struct census_writer;

struct census_writer_setup {
	struct store *store;
	census_id census;
	const struct target_set *targets;
	struct target_walk walk; /* at the position to go on from */
	const struct exclusion_list *exclusions;
	struct assessor *assessor;       /* the caller's */
	struct census_progress progress; /* as stored */
	uint64_t host_limit;
	bool keeps_closed;
	uint32_t window_ms;             /* how long contacts matter */
	bool (*on_tick)(void *context); /* called some ten times per second; false stops the run */
	void *tick_context;
};

struct census_writer *census_writer_new(const struct census_writer_setup *setup);
void census_writer_free(struct census_writer *writer);
/* The callbacks for probe_new. */
struct probe_owner census_writer_owner(struct census_writer *writer);
/* For census_sweep_new: hosts are found by a sweep from now on, and the walk of the setup is not used. */
struct census_sweep_owner census_writer_sweep_owner(struct census_writer *writer);
/* The sweep, before the first of the prober's calls and before restoring; the caller's. */
void census_writer_set_sweep(struct census_writer *writer, struct census_sweep *sweep);
/* Gives the prober what earlier runs left: contacts of the last window, open hosts with their decided endpoints and conversations. */
bool census_writer_restore(struct census_writer *writer, struct probe *probe, struct error *error) MUST_CHECK;
/* Commits the rest. */
bool census_writer_finish(struct census_writer *writer, struct error *error) MUST_CHECK;
/* Why the store failed, or NULL. */
const struct error *census_writer_error(const struct census_writer *writer);
struct progress_numbers census_writer_numbers(const struct census_writer *writer);
struct census_progress census_writer_progress(const struct census_writer *writer);
/* Services that were left undecided (unknown, slow, rate-limited) only because a later look was not waited for. */
uint64_t census_writer_undecided(const struct census_writer *writer);

#endif
