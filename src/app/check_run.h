/* SPDX-License-Identifier: ISC */
/* Holds the conversations of a check, everything in memory: one address at a time where two names lead to the same, then assesses each host. */
#ifndef APP_CHECK_RUN_H
#define APP_CHECK_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/assessment.h"
#include "app/check_options.h"
#include "app/check_targets.h"
#include "base/error.h"

/* What was observed at one port. */
struct checked_service {
	struct endpoint endpoint;
	struct observation *observations; /* owned */
	size_t count;
};

struct checked_host {
	const struct check_target *target;
	struct checked_service services[TARGET_PORTS_MAX];
	size_t service_count;
	struct assessment_notes notes;
	bool is_assessed; /* false: it could not be looked at, or it was stopped before */
	struct assessed_host assessed;
};

struct check_run {
	struct checked_host *hosts; /* one for each target, in the same order */
	size_t host_count;
	uint64_t connections;
	struct timestamp started_at;
	uint32_t duration_ms;
	bool was_stopped;
};

/* on_tick may be NULL; it is told how many hosts are done and connections made, and stops the run by returning false: what was seen until then is assessed. */
struct check_progress {
	bool (*on_tick)(void *context, size_t hosts_done, uint64_t connections);
	void *context;
};

/* False: our own side failed, or an option does not fit these hosts. */
bool check_run(const struct check_options *options, const struct check_targets *targets, struct assessor *assessor,
               const struct check_progress *progress, struct check_run *out, struct error *error) MUST_CHECK;
void check_run_done(struct check_run *run);

#endif
