/* SPDX-License-Identifier: ISC */
/* The last step of a census: in prefixes whose addresses all look alike (classify/prefix.h), hosts are asked one port that nobody uses (rule D-7).
   Who greets there as everywhere is no mail server. The likeness alone takes no host away: a hoster's servers, whose unused ports refuse, stay what they are. */
#ifndef APP_UNIFORM_PASS_H
#define APP_UNIFORM_PASS_H

#include <stdbool.h>
#include <stdint.h>

#include "app/assessment.h"
#include "base/error.h"
#include "probe/probe.h"
#include "scope/exclusion_list.h"
#include "store/store.h"

enum { UNIFORM_SAMPLE = 3 }; /* hosts of a prefix that are asked first: the rest only where one of them greeted alike */

struct uniform_pass {
	struct store *store; /* no transaction begun */
	census_id census;
	const struct exclusion_list *exclusions;
	struct assessor *assessor;
	const struct probe_policy *policy; /* of the census: its rate, gaps and budgets hold here too */
	bool (*on_tick)(void *context);    /* false stops the run */
	void *context;
};

struct uniform_counts {
	uint64_t prefixes;    /* that look alike */
	uint64_t connections; /* attempts */
	uint64_t false_hosts; /* that were found, by earlier runs too */
};

/* What is kept is not asked again, so a run that was killed goes on. False: our own side failed. */
bool uniform_pass_run(const struct uniform_pass *pass, struct uniform_counts *counts_out, struct error *error) MUST_CHECK;

#endif
