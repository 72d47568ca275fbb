/* SPDX-License-Identifier: ISC */
/* mailcensus check: everything about single hosts, at once: what is wrong, who can use it, what to do now. Keeps nothing. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/check_document.h"
#include "app/check_options.h"
#include "app/check_run.h"
#include "app/check_targets.h"
#include "app/command.h"
#include "app/finding_names.h"
#include "app/scan_scope.h"
#include "app/stop_signal.h"
#include "net/clock.h"
#include "report/check_json.h"
#include "report/check_nagios.h"
#include "report/check_text.h"

enum { CHAINS_MAX = 4096, PROGRESS_EVERY_MS = 500 };

struct check {
	struct check_options options;
	struct option_result parsed;
	struct check_targets targets;
	struct assessor assessor;
	bool has_assessor;
	struct check_run run;
	struct check_document document;
	bool shows_progress;
	struct instant last_shown;
};

/* ---- before ---- */

static bool make_assessor(struct check *check, struct error *error)
{
	check->has_assessor =
		assessor_open(&check->options.assessor, (enum probe_depth)check->options.depth, CHAINS_MAX, &check->assessor, error);
	return check->has_assessor;
}

/* ---- meanwhile ---- */

static bool on_tick(void *context, size_t hosts_done, uint64_t connections)
{
	struct check *check = context;
	struct instant now = clock_now();

	if (check->shows_progress && instant_ms_between(check->last_shown, now) >= PROGRESS_EVERY_MS) {
		fprintf(stderr, "\r\033[Kchecking: %zu of %zu addresses done, %" PRIu64 " connections", hosts_done, check->targets.count,
		        connections);
		check->last_shown = now;
	}
	return !stop_signal_has_come();
}

static void clear_progress(const struct check *check)
{
	if (check->shows_progress)
		fprintf(stderr, "\r\033[K");
}

/* ---- afterwards ---- */

static bool wants_colour(const struct check_options *options)
{
	const char *no_colour;

	switch ((enum check_colour)options->colour) {
	case CHECK_COLOUR_ALWAYS:
		return true;
	case CHECK_COLOUR_NEVER:
		return false;
	case CHECK_COLOUR_AUTO:
		break;
	}
	no_colour = getenv("NO_COLOR");
	return isatty(STDOUT_FILENO) && (no_colour == NULL || no_colour[0] == '\0');
}

static void print(const struct buffer *out)
{
	(void)fwrite(out->data, 1, out->size, stdout);
}

static void print_text(const struct check *check)
{
	struct check_text_style style = {
		.has_colour = wants_colour(&check->options), .is_for_user = check->options.is_for_user, .width = TEXT_FLOW_WIDTH};
	struct buffer out;

	buffer_init(&out, CHECK_TEXT_MAX);
	check_text_render(&check->document.report, &style, &out);
	print(&out);
	buffer_done(&out);
}

static void print_json(const struct check *check)
{
	struct buffer out;

	buffer_init(&out, CHECK_JSON_MAX);
	check_json_render(&check->document.report, &out);
	print(&out);
	buffer_done(&out);
}

static int print_nagios(const struct check *check)
{
	struct check_thresholds thresholds = {(enum severity)check->options.warning, (enum severity)check->options.critical};
	struct buffer out;
	enum check_state state;

	buffer_init(&out, CHECK_NAGIOS_MAX);
	state = check_nagios_render(&check->document.report, &thresholds, &out);
	print(&out);
	buffer_done(&out);
	return (int)state;
}

/* Something could be told of at least one address of everything that was asked for: not every machine has IPv6. */
static bool is_measured(const struct check *check)
{
	const struct check_report *report = &check->document.report;

	for (size_t i = 0; i < report->host_count; i++) {
		bool is_known = false;

		for (size_t j = 0; j < report->host_count; j++)
			is_known = is_known || (strcmp(report->hosts[i].asked, report->hosts[j].asked) == 0 &&
			                        check_host_is_measured(&report->hosts[j]));
		if (!is_known)
			return false;
	}
	return true;
}

/* Of all addresses of one name: present anywhere, absent where anything could be told. */
static enum watch_state watch_name(const struct check *check, const char *asked, const char *id)
{
	bool is_absent = false, is_untold = false;

	for (size_t i = 0; i < check->run.host_count; i++) {
		const struct checked_host *host = &check->run.hosts[i];
		enum watch_state state = WATCH_UNTOLD;

		if (strcmp(host->target->asked, asked) != 0)
			continue;
		if (host->is_assessed)
			state = finding_watch(&host->assessed, id);
		if (state == WATCH_PRESENT)
			return state;
		is_absent = is_absent || state == WATCH_ABSENT;
		/* An address on which nothing accepts a connection takes nothing away from what the others told. */
		is_untold = is_untold || (state == WATCH_UNTOLD && !(host->is_assessed && host->assessed.judgement.verdict == HOST_CLOSED));
	}
	return is_absent && !is_untold ? WATCH_ABSENT : WATCH_UNTOLD;
}

static int watch(const struct check *check, bool is_printed)
{
	static const char *const words[] = {[WATCH_ABSENT] = "absent", [WATCH_UNTOLD] = "could not be told", [WATCH_PRESENT] = "present"};
	bool is_present = false, is_untold = false;

	for (size_t i = 0; i < check->run.host_count; i++) {
		const char *asked = check->run.hosts[i].target->asked;

		if (i > 0 && strcmp(check->run.hosts[i - 1].target->asked, asked) == 0)
			continue;
		for (size_t j = 0; j < check->options.watched.count; j++) {
			enum watch_state state = watch_name(check, asked, check->options.watched.items[j]);

			if (is_printed)
				printf("%s: %s %s\n", asked, check->options.watched.items[j], words[state]);
			is_present = is_present || state == WATCH_PRESENT;
			is_untold = is_untold || state == WATCH_UNTOLD;
		}
	}
	return is_present ? EXIT_FAILED : is_untold ? EXIT_INCOMPLETE : EXIT_DONE;
}

static bool has_failed(const struct check *check)
{
	for (size_t i = 0; check->options.fail_on > 0 && i < check->document.report.host_count; i++) {
		enum severity worst;

		if (check_host_worst(&check->document.report.hosts[i], &worst) && (unsigned)worst + 1 >= check->options.fail_on)
			return true;
	}
	return false;
}

static int report(const struct check *check)
{
	const struct check_options *options = &check->options;
	bool is_watching = options->watched.count > 0;
	int code = EXIT_DONE;

	if (options->nagios)
		return print_nagios(check);
	if (options->json)
		print_json(check);
	else if (!is_watching && !options->quiet)
		print_text(check);
	if (is_watching)
		code = watch(check, !options->json && !options->quiet);
	if (code != EXIT_FAILED && has_failed(check))
		code = EXIT_FAILED;
	if (code == EXIT_DONE && (check->run.was_stopped || !is_measured(check)))
		code = EXIT_INCOMPLETE;
	return code;
}

static int usage(struct error *error)
{
	error_set(error, "say what to check: a host name or an address, such as mail.example.org; try --help");
	return EXIT_USAGE;
}

/* What would stop a round is told before the first connection. */
static bool fits_targets(const struct check *check, struct error *error)
{
	for (size_t i = 0; i < check->targets.count; i++) {
		struct probe_policy policy;

		if (!check->targets.items[i].has_address)
			continue;
		if (!check_options_policy(&check->options, check->targets.items[i].is_local, 1, &policy, error))
			return false;
		free((void *)(uintptr_t)policy.sources);
	}
	return true;
}

static int check_with(struct check *check, int argc, char **argv, struct error *error)
{
	struct check_progress progress = {.on_tick = on_tick, .context = check};

	if (!options_parse(CHECK_OPTION_ROWS, argc, argv, &check->options, &check->parsed, error))
		return EXIT_USAGE;
	if (check->parsed.wants_help) {
		command_help(&CHECK_COMMAND);
		return EXIT_DONE;
	}
	if (check->parsed.arguments.count == 0)
		return usage(error);
	if (!check_options_finish(&check->options, error) ||
	    !check_targets_build(&check->options, &check->parsed.arguments, &check->targets, error) || !fits_targets(check, error))
		return EXIT_USAGE;
	stop_signal_catch();
	if (!make_assessor(check, error))
		return EXIT_FAILED;
	check->shows_progress = !check->options.quiet && isatty(STDERR_FILENO);
	if (!check_run(&check->options, &check->targets, &check->assessor, &progress, &check->run, error)) {
		clear_progress(check);
		return EXIT_FAILED;
	}
	clear_progress(check);
	check_document_build(&check->run, (enum probe_depth)check->options.depth, !check->options.no_advice, &check->document);
	check->document.report.confirmed_login = check->options.confirm_login;
	return report(check);
}

/* A monitoring system takes 1 and 2 for states of the host: what went wrong here is UNKNOWN, in the form that it reads. */
static int fail_for_nagios(const struct error *error)
{
	printf("MAILCENSUS UNKNOWN - %s\n", error->text);
	return CHECK_STATE_UNKNOWN;
}

static bool asks_for_nagios(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--nagios") == 0)
			return true;
	}
	return false;
}

static int run_check(int argc, char **argv)
{
	static struct check check;
	struct error error = {{0}};
	int code;

	check_options_init(&check.options);
	code = check_with(&check, argc, argv, &error);
	if (error.text[0] != '\0')
		code = asks_for_nagios(argc, argv) ? fail_for_nagios(&error) : command_fail(&CHECK_COMMAND, code, &error);
	check_document_done(&check.document);
	check_run_done(&check.run);
	if (check.has_assessor)
		assessor_done(&check.assessor);
	check_targets_done(&check.targets);
	text_list_done(&check.parsed.arguments);
	check_options_done(&check.options);
	return code;
}

const struct command CHECK_COMMAND = {
	"check",
	"HOST...",
	"Tell all about single hosts: what is wrong, who can use it, and what to change.",
	"HOST is a name, an address or either with a port:\n"
	"  mail.example.org   192.0.2.7   mail.example.org:143   192.0.2.7:110,995   [2001:db8::1]:993\n"
	"All addresses of a name are looked at, IPv6 too, six at most. Nothing is kept.\n\n"
	"Exit codes: 0 done, 1 failed (or found, with --watch-for and --fail-on), 2 called wrongly,\n"
	"3 nothing could be measured, or stopped. With --nagios: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.\n\n"
	"Examples:\n"
	"  mailcensus check mail.example.org\n"
	"  mailcensus check --user mail.example.org           # is my password safe there?\n"
	"  mailcensus check --depth verdict --json 192.0.2.7\n"
	"  mailcensus check --nagios --critical high mail.example.org\n"
	"  mailcensus check --watch-for no-tls mail.example.org && echo mended\n"
	"  mailcensus check --fail-on medium --quiet localhost  # in a pipeline\n",
	CHECK_OPTION_ROWS,
	run_check,
};
