/* SPDX-License-Identifier: ISC */
/* The option rows of check, their defaults and the policy that follows from them. */
#include "app/check_options.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "app/finding_names.h"
#include "app/scan_options.h"
#include "base/memory.h"

static const char *const DEPTH_CHOICES[] = {"verdict", "standard", "full", NULL};
static const char *const COLOUR_CHOICES[] = {"auto", "always", "never", NULL};
static const char *const SEVERITY_CHOICES[] = {"info", "low", "medium", "high", "critical", NULL};
static const char *const FAIL_CHOICES[] = {"never", "info", "low", "medium", "high", "critical", NULL};

#define AT(member) offsetof(struct check_options, member)

const struct option_row CHECK_OPTION_ROWS[] = {
	{"depth", "HOW", OPTION_CHOICE, AT(depth), 0, 0, DEPTH_CHOICES, false,
         "verdict: how logins are protected, about one connection a service; standard: certificate, best version, key exchange too, at "
         "most 3; "
         "full: everything, at most 20 (full)."},
	{"ports", "LIST", OPTION_TEXT, AT(ports), 0, 0, NULL, false, "Ports of hosts that name none (110,143,993,995)."},
	{"json", NULL, OPTION_FLAG, AT(json), 0, 0, NULL, false, "The report as one JSON object, schema mailcensus.check/1."},
	{"nagios", NULL, OPTION_FLAG, AT(nagios), 0, 0, NULL, false,
         "One line with performance data; exit code 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN."},
	{"user", NULL, OPTION_FLAG, AT(is_for_user), 0, 0, NULL, false, "A short report for somebody who only reads mail there."},
	{"color", "WHEN", OPTION_CHOICE, AT(colour), 0, 0, COLOUR_CHOICES, false,
         "auto (on a terminal, unless NO_COLOR is set), always, never (auto)."},
	{"no-advice", NULL, OPTION_FLAG, AT(no_advice), 0, 0, NULL, false, "Leave out what to change."},
	{"warning", "SEVERITY", OPTION_CHOICE, AT(warning), 0, 0, SEVERITY_CHOICES, false,
         "With --nagios: WARNING from this severity on (low)."},
	{"critical", "SEVERITY", OPTION_CHOICE, AT(critical), 0, 0, SEVERITY_CHOICES, false,
         "With --nagios: CRITICAL from this severity on (medium)."},
	{"watch-for", "FINDING", OPTION_TEXT_LIST, AT(watched), 0, 0, NULL, false,
         "Say whether this finding is there: exit code 0 absent, 1 present, 3 could not be told. May be repeated."},
	{"fail-on", "SEVERITY", OPTION_CHOICE, AT(fail_on), 0, 0, FAIL_CHOICES, false,
         "Exit code 1 when there is a finding of this severity or worse (never)."},
	{"jarm", NULL, OPTION_FLAG, AT(jarm), 0, 0, NULL, false,
         "JARM fingerprint too: ten more connections to each service that speaks TLS."},
	{"confirm-login", NULL, OPTION_FLAG, AT(confirm_login), 0, 0, NULL, false,
         "Open a SASL exchange without any credentials and cancel it, to see whether a password would really be taken in clear. Servers "
         "log it, "
         "some ban for it: only for hosts of your own."},
	{"wait", NULL, OPTION_FLAG, AT(waits), 0, 0, NULL, false,
         "Wait for later looks at services that are silent (10 minutes) or busy (an hour), as a scan does."},
	{"timeout", "SECONDS", OPTION_SECONDS, AT(timeout_ms), 0, 0, NULL, false, "Give a conversation this long (60)."},
	{"gap", "SECONDS", OPTION_SECONDS, AT(gap_ms), 0, 0, NULL, false,
         "Pause between two connections to one address (2; none where the host is local: loopback, private or link-local). Shorter only "
         "for local hosts."},
	{"source", "ADDRESS", OPTION_TEXT_LIST, AT(sources), 0, 0, NULL, false,
         "Connect from this address of the machine. May be repeated."},
	{"support-url", "URL", OPTION_TEXT, AT(support_url), 0, 0, NULL, false, "Say who we are: sent as IMAP ID to servers that list ID."},
	{"dns-server", "ADDR[:PORT]", OPTION_TEXT, AT(dns_server), 0, 0, NULL, false,
         "Resolve host names there instead of by the system's servers."},
	{"open", "NAME", OPTION_TEXT_LIST, AT(opened), 0, 0, NULL, false,
         "Open one more special-purpose range for a lab. Loopback, private, unique-local and link-local are open here. May be repeated."},
	{"exclude", "FILE", OPTION_TEXT_LIST, AT(exclude_files), 0, 0, NULL, false, "Never contact what FILE lists. May be repeated."},
	{"opt-out", "FILE", OPTION_TEXT_LIST, AT(opt_out_files), 0, 0, NULL, false, "The same for those who asked to be left alone."},
	ASSESSOR_OPTION_ROWS(AT(assessor), false),
	{"quiet", NULL, OPTION_FLAG, AT(quiet), 0, 0, NULL, false, "No progress, and no report on success: the exit code tells."},
	{.name = NULL},
};

void check_options_init(struct check_options *options)
{
	*options = (struct check_options){
		.depth = PROBE_DEPTH_FULL,
		.ports = "110,143,993,995",
		.gap_ms = CHECK_GAP_BY_PLACE,
		.timeout_ms = 60000,
		.warning = SEVERITY_LOW,
		.critical = SEVERITY_MEDIUM,
	};
}

void check_options_done(struct check_options *options)
{
	text_list_done(&options->exclude_files);
	text_list_done(&options->opt_out_files);
	text_list_done(&options->opened);
	text_list_done(&options->sources);
	assessor_options_done(&options->assessor);
	text_list_done(&options->watched);
}

static bool is_one_form(const struct check_options *options)
{
	return (options->json ? 1 : 0) + (options->nagios ? 1 : 0) + (options->is_for_user ? 1 : 0) <= 1;
}

bool check_options_finish(const struct check_options *options, struct error *error)
{
	if (!is_one_form(options))
		return error_set(error, "--json, --nagios and --user are three forms of the report: choose one");
	if (options->nagios && (options->watched.count > 0 || options->fail_on != 0))
		return error_set(
			error, "--nagios has exit codes of its own: leave out --watch-for and --fail-on, and use --warning and --critical");
	if (options->warning > options->critical)
		return error_set(error, "--warning must not be a worse severity than --critical, else nothing would ever warn");
	if (options->timeout_ms < 1000)
		return error_set(error, "--timeout must be at least 1 second");
	for (size_t i = 0; i < options->watched.count; i++) {
		if (!finding_name_check(options->watched.items[i], error))
			return false;
	}
	return scan_options_check_support_url(options->support_url, error);
}

bool check_options_policy(const struct check_options *options, bool is_local, size_t ports_max, struct probe_policy *policy_out,
                          struct error *error)
{
	enum { JARM_HELLOS = 10, CONNECT_MS = 5000, HANDSHAKE_MS = 10000, SPARE = 4 };
	unsigned usual_gap_ms;

	probe_policy_init(policy_out);
	usual_gap_ms = policy_out->gap_ms;
	policy_out->depth = (enum probe_depth)options->depth;
	policy_out->asks_jarm = options->jarm;
	policy_out->confirms_login = options->confirm_login;
	policy_out->gap_ms = options->gap_ms != CHECK_GAP_BY_PLACE ? options->gap_ms : is_local ? 0 : usual_gap_ms;
	if (!is_local && policy_out->gap_ms < usual_gap_ms)
		return error_set(error, "--gap below %u s is only for local hosts (rule K-7): loopback, private, unique-local, link-local",
		                 usual_gap_ms / 1000);
	policy_out->per_address = (unsigned)ports_max * (policy_out->per_service + (options->jarm ? JARM_HELLOS : 0) + SPARE);
	policy_out->conversation_ms = options->timeout_ms;
	policy_out->conversation_slow_ms = options->timeout_ms + options->timeout_ms / 2;
	policy_out->connect_ms = options->timeout_ms < CONNECT_MS ? options->timeout_ms : CONNECT_MS;
	policy_out->handshake_ms = options->timeout_ms < HANDSHAKE_MS ? options->timeout_ms : HANDSHAKE_MS;
	if (!options->waits) {
		/* Somebody sits there: the slow look comes at once, and who is busy is told to be. A TLS start that failed is still tried once more after a minute (rule X-11). */
		policy_out->slow_after_ms = policy_out->gap_ms;
		policy_out->busy_retries = 0;
	}
	if (is_local)
		policy_out->confirm_after_ms = policy_out->gap_ms;
	if (options->support_url != NULL)
		memcpy(policy_out->support_url, options->support_url, strlen(options->support_url) + 1);
	return scan_options_sources(&options->sources, policy_out, error);
}
