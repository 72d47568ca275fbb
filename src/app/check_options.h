/* SPDX-License-Identifier: ISC */
/* What can be said to "mailcensus check". */
#ifndef APP_CHECK_OPTIONS_H
#define APP_CHECK_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "app/assessor_options.h"
#include "app/options.h"
#include "probe/probe.h"
#include "report/check_nagios.h"

enum check_colour {
	CHECK_COLOUR_AUTO, /* a terminal, and no NO_COLOR in the environment */
	CHECK_COLOUR_ALWAYS,
	CHECK_COLOUR_NEVER,
};

struct check_options {
	unsigned depth;  /* enum probe_depth */
	unsigned colour; /* enum check_colour */
	const char *ports;
	unsigned gap_ms; /* CHECK_GAP_BY_PLACE: 2 s, or none where the host is local */
	unsigned timeout_ms;
	struct text_list exclude_files, opt_out_files, opened, sources;
	struct assessor_options assessor;
	struct text_list watched; /* ids of findings */
	const char *dns_server, *support_url;
	bool jarm, confirm_login, waits, no_advice, json, nagios, is_for_user, quiet;
	unsigned fail_on;           /* 0: never, else enum severity + 1 */
	unsigned warning, critical; /* enum severity */
};

enum { CHECK_GAP_BY_PLACE = (int)0x7fffffff };

extern const struct option_row CHECK_OPTION_ROWS[];

void check_options_init(struct check_options *options);
void check_options_done(struct check_options *options);
/* Checks what rows alone cannot say: one form of output, findings that exist, a support address that can be sent. */
bool check_options_finish(const struct check_options *options, struct error *error) MUST_CHECK;
/* The policy for hosts that are local or not, ports_max of them with one address; sources must be freed by the caller. */
bool check_options_policy(const struct check_options *options, bool is_local, size_t ports_max, struct probe_policy *policy_out,
                          struct error *error) MUST_CHECK;

#endif
