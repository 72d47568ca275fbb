/* SPDX-License-Identifier: ISC */
/* mailcensus scan: from targets to verdicts in the store; --dry-run and --resume. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "app/census_counts.h"
#include "app/census_writer.h"
#include "app/command.h"
#include "app/dry_run.h"
#include "app/hostname_lookup.h"
#include "app/progress.h"
#include "app/scan_engine.h"
#include "app/scan_options.h"
#include "app/scan_scope.h"
#include "app/stop_signal.h"
#include "app/uniform_pass.h"
#include "app/version.h"
#include "base/memory.h"
#include "classify/prefix.h"
#include "net/clock.h"
#include "net/privilege.h"
#include "net/random.h"
#include "net/raw_loop.h"
#include "store/location.h"
#include "store/store.h"

/* Judged chains that are kept in memory, some 7 kB each; what falls out is judged again from the store when its host is done. */
enum { CHAINS_MAX = 4096 };
enum { LATE_ANSWERS_MS = 8000 }; /* how long answers to the last SYNs are waited for */

struct scan {
	struct scan_options options;
	struct option_result parsed;
	char *kept_options; /* of the census that is resumed */
	char *kept_scope;
	enum engine kept_engine;
	struct scan_scope scope;
	struct store *store;
	struct census_record census;
	struct census_progress kept_progress;
	bool is_found; /* the census to resume */
	struct assessor assessor;
	bool has_assessor;
	struct scan_engine engine;
	struct census_sweep *sweep; /* NULL: the engine of sockets */
	struct census_writer *writer;
	struct probe_policy policy;
	struct probe *probe;
	struct progress progress;
};

static bool on_tick(void *context)
{
	struct scan *scan = context;
	struct probe_status status;
	struct progress_numbers numbers = census_writer_numbers(scan->writer);

	probe_get_status(scan->probe, &status);
	progress_show(&scan->progress, clock_now(), &status, &numbers);
	return !stop_signal_has_come();
}

/* Descriptors for all conversations, the database and a few files; as many as the system allows without privilege. */
static bool raise_descriptor_limit(struct scan_options *options, struct error *error)
{
	enum { KEPT_FOR_OURSELVES = 32 };
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return true;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
		return true;
	if (limit.rlim_cur < KEPT_FOR_OURSELVES + 8)
		return error_set(error,
		                 "only %" PRIuMAX " file descriptors are allowed, which is too few; raise the limit (ulimit -n 20000, or "
		                 "LimitNOFILE= in the unit) and try again",
		                 (uintmax_t)limit.rlim_cur);
	if (options->max_open > limit.rlim_cur - KEPT_FOR_OURSELVES)
		options->max_open = limit.rlim_cur - KEPT_FOR_OURSELVES;
	return true;
}

static bool choose_census(void *context, const struct census_record *census, const struct census_progress *progress)
{
	struct scan *scan = context;
	const struct optional_unsigned *wanted = &scan->options.resume;

	/* One that waits for more shards to be merged is nobody's scan. */
	if (wanted->has_value ? (uint64_t)census->id != wanted->value : census->ended_at.unix_ms != 0 || census->merged_parts > 0)
		return true;
	free(scan->kept_options);
	free(scan->kept_scope);
	scan->census = *census;
	scan->kept_options = memory_copy_text(census->options_text);
	scan->kept_scope = memory_copy_text(census->scope_text);
	scan->census.options_text = scan->census.scope_text = scan->census.tool_version = NULL;
	scan->kept_progress = *progress;
	scan->is_found = true;
	return true;
}

static bool find_census(struct scan *scan, struct error *error)
{
	struct store_visitor visitor = {.context = scan, .on_census = choose_census};
	char shown[LOCATION_SHOWN_SIZE];

	location_show(scan->options.database, shown);
	if (!store_visit_censuses(scan->store, &visitor, error))
		return false;
	if (!scan->is_found && scan->options.resume.has_value)
		return error_set(error, "%s holds no census %" PRIu64 "; \"mailcensus list\" shows which there are", shown,
		                 scan->options.resume.value);
	if (!scan->is_found)
		return error_set(error, "%s holds no unfinished census; \"mailcensus list\" shows which there are", shown);
	if (scan->census.ended_at.unix_ms != 0)
		return error_set(error, "census %" PRId64 " is finished, there is nothing to resume", scan->census.id);
	if (scan->census.merged_parts > 0)
		return error_set(error, "census %" PRId64 " was merged out of other files; resume what is missing where it was scanned",
		                 scan->census.id);
	return true;
}

/* Where packets leave may be another machine now: what the command line names instead does not stand beside what was kept. */
static void forget_kept_way(const struct scan_options *given, struct scan_options *kept)
{
	if (given->sources.count > 0)
		text_list_done(&kept->sources);
	if (given->engine.interface != NULL)
		kept->engine.gateway_mac = NULL; /* somebody else's, on another link */
}

/* Kept options first, then the command line again on top of them. */
static bool prepare_resumed(struct scan *scan, int argc, char **argv, struct error *error)
{
	struct scan_options options;
	struct option_result again;

	if (scan->parsed.arguments.count > 0 || scan->options.target_files.count > 0 || scan->options.reported_files.count > 0)
		return error_set(error, "--resume goes on with the targets of the stopped census; leave them out");
	scan->store = store_open(scan->options.database, STORE_READ_WRITE, error);
	if (scan->store == NULL || !find_census(scan, error))
		return false;
	scan_options_init(&options);
	if (!scan_options_take_over(&options, scan->kept_options, error))
		return false;
	/* One that knows no engine is of a version that had sockets alone. */
	scan->kept_engine = options.engine.engine != ENGINE_AUTO ? (enum engine)options.engine.engine : ENGINE_SOCKETS;
	options.engine.engine = ENGINE_AUTO;
	forget_kept_way(&scan->options, &options);
	if (!options_parse(SCAN_OPTION_ROWS, argc, argv, &options, &again, error))
		return false;
	text_list_done(&again.arguments);
	if (options.engine.engine == ENGINE_AUTO)
		options.engine.engine = (unsigned)scan->kept_engine;
	scan_options_done(&scan->options);
	scan->options = options;
	if (!scan_options_finish(&scan->options, error) || !scan_scope_rebuild(&scan->options, scan->kept_scope, &scan->scope, error))
		return false;
	if (target_set_fingerprint(scan->scope.targets) != scan->census.scope_fingerprint)
		return error_set(error,
		                 "the kept targets of census %" PRId64
		                 " do not match their fingerprint: the database is damaged, or was made by another version",
		                 scan->census.id);
	return true;
}

static struct syn_key key_of(const struct census_record *census)
{
	return (struct syn_key){.halves = {census->syn_key[0], census->syn_key[1]}};
}

/* A sweep finds hosts before they are asked, sockets find them by asking: what one of them left to be done means nothing to the other. */
static bool is_same_way(const struct scan *scan, struct error *error)
{
	bool was_sweep = scan->kept_engine != ENGINE_SOCKETS;

	if (scan->store == NULL || was_sweep == (scan->engine.loop != NULL))
		return true;
	return error_set(error, "census %" PRId64 " was begun %s and can only go on so: resume it with --engine %s", scan->census.id,
	                 was_sweep ? "by a packet engine" : "by kernel sockets", was_sweep ? "raw" : "sockets");
}

/* The machine or its links may have changed since. */
static void say_what_was_kept(const struct scan *scan, struct error *error)
{
	struct error why = *error;

	if (scan->store != NULL && scan->kept_engine != ENGINE_SOCKETS)
		(void)error_set(error,
		                "%s. Census %" PRId64
		                " goes on as it was begun; on another machine or link name its --interface, --source or --gateway-mac",
		                why.text, scan->census.id);
}

/* What was chosen is kept with the census: a resumed run goes on in the same way. */
static bool open_engine(struct scan *scan, struct error *error)
{
	struct engine_options *options = &scan->options.engine;

	if (!scan_engine_open(&scan->options, &scan->scope, key_of(&scan->census), &scan->engine, error)) {
		say_what_was_kept(scan, error);
		return false;
	}
	if (!is_same_way(scan, error))
		return false;
	if (scan->engine.chosen == ENGINE_SOCKETS || !engine_options_want_raw(options))
		options->engine = (unsigned)scan->engine.chosen;
	if (options->verbose)
		fprintf(stderr, "%s\n", scan->engine.reason);
	return true;
}

static bool begin_census(struct scan *scan, struct error *error)
{
	struct buffer scope_text, options_text;
	uint64_t seed = scan->options.seed;
	struct target_walk walk;
	bool is_done;

	if (seed == 0)
		seed = random_u64() >> 1; /* kept as a signed 64-bit number */
	target_walk_init(&walk, target_set_count(scan->scope.targets), seed, scan->options.shard_index, scan->options.shard_count);
	buffer_init(&scope_text, SIZE_MAX / 2);
	buffer_init(&options_text, SIZE_MAX / 2);
	scan_scope_text(&scan->scope, &scope_text);
	options_keep(SCAN_OPTION_ROWS, &scan->options, &options_text);
	scan->census = (struct census_record){
		.started_at = clock_wall(),
		.tool_version = MAILCENSUS_VERSION,
		.scope_text = buffer_text(&scope_text),
		.options_text = buffer_text(&options_text),
		.scope_fingerprint = target_set_fingerprint(scan->scope.targets),
		.seed = seed,
		.shard = scan->options.shard_index,
		.shard_count = scan->options.shard_count,
		.host_count = target_walk_size(&walk),
		.syn_key = {scan->census.syn_key[0], scan->census.syn_key[1]},
	};
	is_done =
		store_begin(scan->store, error) && store_add_census(scan->store, &scan->census, error) && store_commit(scan->store, error);
	buffer_done(&scope_text);
	buffer_done(&options_text);
	scan->census.tool_version = scan->census.scope_text = scan->census.options_text = NULL;
	return is_done;
}

static bool prepare_new(struct scan *scan, struct error *error)
{
	if (!scan_options_finish(&scan->options, error))
		return false;
	if (scan->parsed.arguments.count == 0 && scan->options.target_files.count == 0 && scan->options.reported_files.count == 0)
		return error_set(
			error,
			"say what to scan: an address, a prefix, a range, a host name, --targets FILE or --reported FILE; try --help");
	if (!scan_scope_build(&scan->options, &scan->parsed.arguments, &scan->scope, error))
		return false;
	return scan_scope_allows(&scan->scope, &scan->options, error);
}

static bool make_sweep(struct scan *scan, const struct target_walk *walk, struct error *error)
{
	struct census_sweep_owner owner = census_writer_sweep_owner(scan->writer);
	struct sweep_setup setup = {
		.loop = scan->engine.loop,
		.targets = scan->scope.targets,
		.exclusions = scan->scope.exclusions,
		.walk = *walk,
		.reserved_position = scan->kept_progress.reserved_position,
		.reserved_at = scan->kept_progress.reserved_at,
		.reserved_times = scan->kept_progress.reserved_times,
		.ports = scan->options.engine.swept,
		.attempts = (unsigned)scan->options.engine.attempts,
		.gap_ms = scan->options.gap_ms,
		.late_ms = LATE_ANSWERS_MS,
		.per_address = (unsigned)scan->options.per_address,
		.window_ms = scan->options.window_ms,
		.syns_per_second = scan->options.rate,
		.limit = scan->options.limit,
		.key = key_of(&scan->census),
		.wall_now = clock_wall(),
	};

	if (setup.reserved_position < walk->position)
		setup.reserved_position = walk->position;
	scan->sweep = census_sweep_new(&setup, &owner, error);
	if (scan->sweep == NULL)
		return false;
	census_writer_set_sweep(scan->writer, scan->sweep);
	scan->policy.loop = scan->engine.loop;
	scan->policy.source_count = 0; /* the loop has them */
	return true;
}

static bool make_prober(struct scan *scan, struct error *error)
{
	struct probe_owner owner;
	struct census_writer_setup setup = {
		.store = scan->store,
		.census = scan->census.id,
		.targets = scan->scope.targets,
		.exclusions = scan->scope.exclusions,
		.assessor = &scan->assessor,
		.progress = scan->kept_progress,
		.host_limit = scan->options.limit,
		.keeps_closed = scan->options.keep_closed,
		.window_ms = scan->options.window_ms,
		.on_tick = on_tick,
		.tick_context = scan,
	};

	target_walk_init(&setup.walk, target_set_count(scan->scope.targets), scan->census.seed, scan->census.shard,
	                 scan->census.shard_count);
	setup.walk.position = scan->kept_progress.position;
	if (!scan_options_policy(&scan->options, &scan->policy, error))
		return false;
	scan->writer = census_writer_new(&setup);
	if (scan->engine.loop != NULL && !make_sweep(scan, &setup.walk, error))
		return false;
	owner = census_writer_owner(scan->writer);
	scan->probe = probe_new(&scan->policy, &owner, error);
	return scan->probe != NULL && census_writer_restore(scan->writer, scan->probe, error);
}

static void print_engine(const struct scan *scan)
{
	struct raw_loop_statistics loop;
	struct sweep_status sweep;

	if (scan->sweep == NULL || !scan->options.engine.verbose)
		return;
	raw_loop_get_statistics(scan->engine.loop, &loop);
	census_sweep_get_status(scan->sweep, &sweep);
	fprintf(stderr,
	        "sweep: %" PRIu64 " SYNs, %" PRIu64 " hosts accepted, %" PRIu64 " ports refused, %" PRIu64 " unreachable, %" PRIu64
	        " excluded at the last moment\n"
	        "frames: %" PRIu64 " sent, %" PRIu64 " received, %" PRIu64 " lost here, %" PRIu64 " refused by the kernel, %" PRIu64
	        " segments sent again; slowed down %" PRIu64 " times, at the end to %.0f %%\n",
	        sweep.syns, sweep.found, sweep.refused, sweep.unreachable, sweep.excluded, loop.path.sent, loop.path.received,
	        loop.path.receive_lost, loop.path.send_refused, loop.retransmitted, loop.rate_lowered, loop.pace * 100);
}

static void print_summary(const struct scan *scan, bool is_complete)
{
	struct census_progress progress = census_writer_progress(scan->writer);
	struct progress_numbers numbers = census_writer_numbers(scan->writer);
	const char *quote = location_is_server(scan->options.database) ? "'" : ""; /* its & and ? are the shell's */
	char shown[LOCATION_SHOWN_SIZE];

	if (scan->options.quiet)
		return;
	print_engine(scan);
	fprintf(stderr,
	        "census %" PRId64 ": %" PRIu64 " of %" PRIu64 " hosts done (%" PRIu64 " without any open port), %" PRIu64
	        " connections; this run judged %" PRIu64 " services, %" PRIu64 " of them without TLS\n",
	        scan->census.id, progress.hosts_done, scan->census.host_count, progress.hosts_silent, progress.connections,
	        numbers.services, numbers.no_tls);
	location_show(scan->options.database, shown);
	if (is_complete)
		fprintf(stderr, "look at it: mailcensus stats --database %s%s%s; mailcensus show --database %s%s%s\n", quote, shown, quote,
		        quote, shown, quote);
	else
		fprintf(stderr, "stopped; go on with: mailcensus scan --resume --database %s%s%s\n", quote, shown, quote);
}

/* False: some SYNs of the sweep could not leave at all, so their hosts are not known to be silent. */
static bool sweep_is_whole(const struct scan *scan)
{
	struct sweep_status status;

	if (scan->sweep == NULL)
		return true;
	census_sweep_get_status(scan->sweep, &status);
	if (status.unsendable > 0)
		fprintf(stderr,
		        "mailcensus scan: %" PRIu64
		        " addresses and ports were not asked, as there is no source address of their family; name one with --source "
		        "and scan them again\n",
		        status.unsendable);
	return status.unsendable == 0;
}

static bool has_not_stopped(void *context)
{
	(void)context;
	return !stop_signal_has_come();
}

/* Prefixes whose addresses all look alike are known only when all of them were asked. */
static bool ask_uniform_prefixes(struct scan *scan, struct census_progress *progress, struct error *error)
{
	struct uniform_pass pass = {.store = scan->store,
	                            .census = scan->census.id,
	                            .exclusions = scan->scope.exclusions,
	                            .assessor = &scan->assessor,
	                            .policy = &scan->policy,
	                            .on_tick = has_not_stopped};
	struct uniform_counts counts;

	if (!scan->policy.canary || scan->census.host_count < PREFIX_UNIFORM_MIN)
		return true;
	if (!uniform_pass_run(&pass, &counts, error))
		return false;
	progress->connections += counts.connections;
	if (!scan->options.quiet && counts.prefixes > 0)
		fprintf(stderr,
		        "%" PRIu64 " prefixes look alike on all addresses: %" PRIu64 " connections more, %" PRIu64
		        " hosts are no mail servers\n",
		        counts.prefixes, counts.connections, counts.false_hosts);
	return true;
}

enum { COUNTING_TAKES_A_WHILE = 500000 }; /* hosts */

/* What was seen is whole without them, and `stats` counts by itself then. */
static void keep_counts(struct scan *scan, const struct census_progress *progress)
{
	struct error error;

	if (!scan->options.quiet && progress->hosts_done - progress->hosts_silent >= COUNTING_TAKES_A_WHILE)
		fprintf(stderr, "the census is done and kept; counting it for \"mailcensus stats\" takes a while and may be stopped\n");
	if (!census_counts_keep_by_default(scan->store, scan->census.id, stop_signal_has_come, &error))
		fprintf(stderr,
		        "mailcensus scan: the census is whole, but its statistics could not be kept: %s; \"mailcensus stats --keep\" does "
		        "it "
		        "later\n",
		        error.text);
}

/* Names are no part of the census: what is not answered is left to resolve. */
static bool look_up_hostnames(struct scan *scan)
{
	static const int64_t MAX_AGE_MS = INT64_C(7) * 86400000;
	struct hostname_lookup lookup = {.store = scan->store,
	                                 .census = scan->census.id,
	                                 .scope = HOSTNAMES_OF_MAIL,
	                                 .max_age_ms = MAX_AGE_MS,
	                                 .progress = scan->options.quiet ? SCAN_PROGRESS_NONE : (enum scan_progress)scan->options.progress};
	struct hostname_counts counts;
	struct error error = {{0}};
	bool is_done;

	reverse_settings_init(&lookup.settings);
	lookup.settings.server = scan->options.dns_server;
	is_done = hostname_lookup_run(&lookup, &counts, &error);
	if (!scan->options.quiet)
		hostname_counts_print(scan->census.id, &counts);
	if (!is_done)
		fprintf(stderr, "mailcensus scan: the census is done, but host names are missing (mailcensus resolve looks them up): %s\n",
		        error.text);
	return is_done;
}

static int run_census(struct scan *scan, struct error *error)
{
	bool is_complete, is_named;
	struct census_progress progress;
	uint64_t undecided;

	stop_signal_catch();
	progress_begin(&scan->progress, (enum scan_progress)scan->options.progress, clock_now(),
	               scan->census.host_count < scan->options.limit ? scan->census.host_count : scan->options.limit,
	               scan->kept_progress.hosts_done);
	if (!probe_run(scan->probe, error)) {
		struct error of_store;

		progress_end(&scan->progress);
		if (!census_writer_finish(scan->writer, &of_store))
			*error = of_store;
		return EXIT_FAILED;
	}
	progress_end(&scan->progress);
	if (!census_writer_finish(scan->writer, error))
		return EXIT_FAILED;
	progress = census_writer_progress(scan->writer);
	is_complete = !stop_signal_has_come() && progress.hosts_done >= scan->census.host_count;
	if (is_complete && !ask_uniform_prefixes(scan, &progress, error))
		return EXIT_FAILED;
	is_complete = is_complete && !stop_signal_has_come();
	if (is_complete && (!store_begin(scan->store, error) || !store_set_progress(scan->store, scan->census.id, &progress, error) ||
	                    !store_end_census(scan->store, scan->census.id, clock_wall(), error) || !store_commit(scan->store, error)))
		return EXIT_FAILED;
	if (is_complete && !scan->options.no_counts)
		keep_counts(scan, &progress);
	print_summary(scan, is_complete);
	is_named = !is_complete || !scan->options.reverse_dns || look_up_hostnames(scan);
	undecided = census_writer_undecided(scan->writer);
	if (!sweep_is_whole(scan) || stop_signal_has_come() || (!is_complete && progress.hosts_done < scan->options.limit) ||
	    (scan->options.no_wait && undecided > 0) || scan->scope.unresolved > 0 || !is_named)
		return EXIT_INCOMPLETE;
	return EXIT_DONE;
}

/* Nothing is unfinished: was one killed while it was being counted? Then that is what there is to go on with. */
static int resume_counting(struct scan *scan, struct error *error)
{
	struct error of_store;
	census_id census;

	if (scan->options.resume.has_value || !census_counts_find_missing(scan->store, &census, &of_store) || census == 0)
		return EXIT_USAGE;
	stop_signal_catch();
	if (!census_counts_keep_by_default(scan->store, census, stop_signal_has_come, error))
		return EXIT_FAILED;
	error->text[0] = '\0';
	if (!scan->options.quiet)
		fprintf(stderr, "census %" PRId64 " had ended; it was counted for \"mailcensus stats\"\n", census);
	return EXIT_DONE;
}

static int scan_with(struct scan *scan, int argc, char **argv, struct error *error)
{
	if (!options_parse(SCAN_OPTION_ROWS, argc, argv, &scan->options, &scan->parsed, error))
		return EXIT_USAGE;
	if (scan->parsed.wants_help) {
		command_help(&SCAN_COMMAND);
		return EXIT_DONE;
	}
	if (scan->options.resume.is_given) {
		if (!prepare_resumed(scan, argc, argv, error))
			return scan->store == NULL || scan->is_found ? EXIT_FAILED : resume_counting(scan, error);
	} else if (!prepare_new(scan, error)) {
		return EXIT_USAGE;
	}
	if (!scan->options.is_dry_run) {
		scan->has_assessor =
			assessor_open(&scan->options.assessor, (enum probe_depth)scan->options.depth, CHAINS_MAX, &scan->assessor, error);
		if (!scan->has_assessor)
			return EXIT_USAGE;
	}
	if (scan->options.is_dry_run)
		return dry_run_print(&scan->options, &scan->scope) ? EXIT_DONE : EXIT_FAILED;
	if (scan->store == NULL)
		random_secret(scan->census.syn_key, sizeof(scan->census.syn_key));
	if (!open_engine(scan, error))
		return scan->store == NULL ? EXIT_USAGE : EXIT_FAILED;
	if (scan->engine.loop == NULL && !raise_descriptor_limit(&scan->options, error))
		return EXIT_FAILED;
	if (scan->store == NULL) {
		scan->store = store_open(scan->options.database, STORE_READ_WRITE, error);
		if (scan->store == NULL || !begin_census(scan, error))
			return EXIT_FAILED;
	}
	if (!make_prober(scan, error) || (scan->engine.loop != NULL && !privilege_drop(PRIVILEGE_FILES, error)))
		return EXIT_FAILED;
	return run_census(scan, error);
}

static int run_scan(int argc, char **argv)
{
	struct scan scan = {0};
	struct error error = {{0}};
	int code;

	scan_options_init(&scan.options);
	code = scan_with(&scan, argc, argv, &error);
	if (error.text[0] != '\0' && (code == EXIT_FAILED || code == EXIT_USAGE))
		(void)command_fail(&SCAN_COMMAND, code, &error);
	probe_free(scan.probe);
	census_sweep_free(scan.sweep);
	scan_engine_close(&scan.engine);
	census_writer_free(scan.writer);
	if (scan.has_assessor)
		assessor_done(&scan.assessor);
	store_close(scan.store);
	scan_scope_done(&scan.scope);
	text_list_done(&scan.parsed.arguments);
	scan_options_done(&scan.options);
	free((void *)(uintptr_t)scan.policy.sources);
	free(scan.kept_options);
	free(scan.kept_scope);
	return code;
}

const struct command SCAN_COMMAND = {
	"scan",
	"TARGET...",
	"Find POP3 and IMAP servers among the targets and decide what protects their logins.",
	"Targets are addresses, prefixes, first-last ranges or host names, with or without ports:\n"
	"  192.0.2.7   192.0.2.0/24   192.0.2.1-192.0.2.9   2001:db8::/120   mail.example.org\n"
	"  192.0.2.7:143   192.0.2.0/24:110,995   [2001:db8::1]:993\n\n"
	"Exit codes: 0 done, 1 failed, 2 called wrongly, 3 stopped or finished incompletely.\n\n"
	"Examples:\n"
	"  mailcensus scan mail.example.org\n"
	"  mailcensus scan --rate 200 --exclude blocklist.txt --targets our-prefixes.txt\n"
	"  mailcensus scan --dry-run 192.0.2.0/24\n"
	"  mailcensus scan --reported 2026-11-30-scan_imap_vulnerable.csv\n"
	"  mailcensus scan --resume\n",
	SCAN_OPTION_ROWS,
	run_scan,
};
