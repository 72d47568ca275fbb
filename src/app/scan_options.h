/* SPDX-License-Identifier: ISC */
/* What can be said to "mailcensus scan", and what a resumed run takes over from the stopped one. */
#ifndef APP_SCAN_OPTIONS_H
#define APP_SCAN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "app/assessor_options.h"
#include "app/engine_options.h"
#include "app/options.h"
#include "base/buffer.h"
#include "probe/probe.h"

enum scan_progress {
	SCAN_PROGRESS_AUTO, /* a line that is rewritten on a terminal, plain lines elsewhere */
	SCAN_PROGRESS_LINE,
	SCAN_PROGRESS_PLAIN,
	SCAN_PROGRESS_NONE,
};

struct scan_options {
	const char *database;
	const char *ports;
	struct text_list target_files, reported_files, exclude_files, opt_out_files, opened, sources;
	double rate;
	uint64_t max_open, per_address, busy_retries, seed, limit;
	unsigned window_ms, gap_ms, slow_after_ms, busy_after_ms, confirm_after_ms;
	bool no_wait, keep_closed, no_counts, is_dry_run, json, quiet;
	bool injection, jarm, confirm_login, reverse_dns;
	struct assessor_options assessor;
	struct engine_options engine;
	unsigned sessions; /* enum probe_sessions */
	unsigned depth;    /* enum probe_depth */
	unsigned progress; /* enum scan_progress */
	const char *shard, *support_url, *dns_server;
	struct optional_unsigned resume;
	uint32_t shard_index, shard_count; /* 0-based, from shard */
};

extern const struct option_row SCAN_OPTION_ROWS[];

void scan_options_init(struct scan_options *options);
void scan_options_done(struct scan_options *options);
/* Checks what rows alone cannot say, and fills what follows from texts. */
bool scan_options_finish(struct scan_options *options, struct error *error) MUST_CHECK;
/* Takes over the kept options of an earlier run ("--name=value" lines; must outlive the options), to be called before the command line is parsed. */
bool scan_options_take_over(struct scan_options *options, char *kept_lines, struct error *error) MUST_CHECK;
/* What two verbs share: an address that can go over the wire in IMAP ID (NULL is fine), and source addresses, which the caller frees. */
bool scan_options_check_support_url(const char *url, struct error *error) MUST_CHECK;
bool scan_options_sources(const struct text_list *words, struct probe_policy *policy, struct error *error) MUST_CHECK;
/* The policy these options ask for; sources must outlive it. */
bool scan_options_policy(const struct scan_options *options, struct probe_policy *policy_out, struct error *error) MUST_CHECK;

#endif
