/* SPDX-License-Identifier: ISC */
/* The option rows of scan, their defaults and the policy that follows from them. */
#include "app/scan_options.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

static const char *const SESSION_CHOICES[] = {"auto", "always", "never", NULL};
static const char *const DEPTH_CHOICES[] = {"verdict", "standard", "full", NULL};
static const char *const PROGRESS_CHOICES[] = {"auto", "line", "plain", "none", NULL};

#define AT(member) offsetof(struct scan_options, member)

const struct option_row SCAN_OPTION_ROWS[] = {
	{"database", "FILE", OPTION_TEXT, AT(database), 0, 0, NULL, false,
         "Keeps all censuses: a file, made when it does not exist (mailcensus.db), or postgresql://..."},
	{"targets", "FILE", OPTION_TEXT_LIST, AT(target_files), 0, 0, NULL, false,
         "Read more targets from FILE, one or more per line, '#' begins a comment; '-' is stdin. May be repeated."},
	{"reported", "FILE", OPTION_TEXT_LIST, AT(reported_files), 0, 0, NULL, false,
         "Take the addresses and ports of another tool's report as targets: Shadowserver's CSV, zgrab2's JSON lines, masscan's list, JSON "
         "or "
         "XML, zmap's CSV. May be repeated."},
	{"ports", "LIST", OPTION_TEXT, AT(ports), 0, 0, NULL, false, "Ports of targets that name none (110,143,993,995)."},
	{"exclude", "FILE", OPTION_TEXT_LIST, AT(exclude_files), 0, 0, NULL, true,
         "Never contact what FILE lists: addresses, prefixes or first-last ranges, IPv4 and IPv6, one per line (zmap's format). May be "
         "repeated."},
	{"opt-out", "FILE", OPTION_TEXT_LIST, AT(opt_out_files), 0, 0, NULL, true, "The same for those who asked not to be scanned."},
	{"open", "NAME", OPTION_TEXT_LIST, AT(opened), 0, 0, NULL, true,
         "Open one special-purpose range for a lab: loopback, private, benchmarking, documentation, class-e ... All others stay excluded. "
         "May be repeated."},
	{"rate", "N", OPTION_RATE, AT(rate), 0, 0, NULL, true, "Connections per second over all hosts (500)."},
	{"max-open", "N", OPTION_UNSIGNED, AT(max_open), 1, 1000000, NULL, true, "Conversations at once (10000)."},
	{"per-address", "N", OPTION_UNSIGNED, AT(per_address), 1, 1000, NULL, true,
         "Connections to one address per window, over all ports (4). More only in a lab: when every target is in an opened range that can "
         "only be your own (loopback, private, unique-local, link-local, benchmarking, documentation, class-e)."},
	{"window", "SECONDS", OPTION_SECONDS, AT(window_ms), 0, 0, NULL, true,
         "Length of that window (600); shorter under the same condition."},
	{"gap", "SECONDS", OPTION_SECONDS, AT(gap_ms), 0, 0, NULL, true,
         "Pause between two connections to one address (2); shorter under the same condition."},
	{"slow-after", "SECONDS", OPTION_SECONDS, AT(slow_after_ms), 0, 0, NULL, true,
         "A silent service gets its slow second look after this time (600)."},
	{"busy-after", "SECONDS", OPTION_SECONDS, AT(busy_after_ms), 0, 0, NULL, true,
         "A service that said it is busy is asked again after this time (3600)."},
	{"busy-retries", "N", OPTION_UNSIGNED, AT(busy_retries), 0, 4, NULL, true, "How often it is asked again (2)."},
	{"confirm-after", "SECONDS", OPTION_SECONDS, AT(confirm_after_ms), 0, 0, NULL, true,
         "A TLS start that failed is tried a last time after this time, before it is called broken (60)."},
	{"no-wait", NULL, OPTION_FLAG, AT(no_wait), 0, 0, NULL, true,
         "Do not wait for such later looks: judge with what is known. Exit code 3 if that left a service undecided."},
	{"sessions", "WHEN", OPTION_CHOICE, AT(sessions), 0, 0, SESSION_CHOICES, true,
         "Real TLS sessions: auto (on 993 and 995, and where only TLS 1.3 answers), always (after STARTTLS too), never (hello flights "
         "only)."},
	{"depth", "HOW", OPTION_CHOICE, AT(depth), 0, 0, DEPTH_CHOICES, true,
         "verdict: what decides how logins are protected, one connection where the first one decides; standard: best version, key exchange "
         "and "
         "obsolete versions too, at most 3 a service; full: everything, at most 20 a service (verdict)."},
	{"injection", NULL, OPTION_FLAG, AT(injection), 0, 0, NULL, true,
         "Test STARTTLS: one harmless command (NOOP, CAPA) behind it in the same segment, one more connection to a service where STARTTLS "
         "works. "
         "Part of --depth full."},
	{"jarm", NULL, OPTION_FLAG, AT(jarm), 0, 0, NULL, true,
         "JARM fingerprint for reports that have a column for it: ten more connections to each service that speaks TLS."},
	{"confirm-login", NULL, OPTION_FLAG, AT(confirm_login), 0, 0, NULL, true,
         "Open a SASL exchange without any credentials and cancel it, to see whether a password would really be taken in clear. Servers "
         "log it, some "
         "ban for it: only for hosts that are your own, each named as an address or a host name, 256 at most."},
	ASSESSOR_OPTION_ROWS(AT(assessor), true),
	ENGINE_OPTION_ROWS(AT(engine)),
	{"source", "ADDRESS", OPTION_TEXT_LIST, AT(sources), 0, 0, NULL, true,
         "Connect from this address of the machine; several are used in turn. May be repeated."},
	{"support-url", "URL", OPTION_TEXT, AT(support_url), 0, 0, NULL, true, "Say who we are: sent as IMAP ID to servers that list ID."},
	{"dns-server", "ADDR[:PORT]", OPTION_TEXT, AT(dns_server), 0, 0, NULL, false,
         "Resolve host names there instead of by the system's servers."},
	{"reverse-dns", NULL, OPTION_FLAG, AT(reverse_dns), 0, 0, NULL, true,
         "When all is done, look up the host names of the mail servers, as \"mailcensus resolve\" does."},
	{"seed", "N", OPTION_UNSIGNED, AT(seed), 0, UINT64_MAX, NULL, false,
         "Fix the pseudo-random order; shards of one census must share it (random)."},
	{"shard", "K/N", OPTION_TEXT, AT(shard), 0, 0, NULL, false, "Do only the K-th of N equal shares of the targets (1/1)."},
	{"limit", "N", OPTION_UNSIGNED, AT(limit), 1, UINT64_MAX, NULL, true, "Stop after N hosts."},
	{"keep-closed", NULL, OPTION_FLAG, AT(keep_closed), 0, 0, NULL, true,
         "Keep a row for every port also of hosts where nothing accepts connections."},
	{"no-counts", NULL, OPTION_FLAG, AT(no_counts), 0, 0, NULL, true,
         "Do not count the census for \"mailcensus stats\" when it has ended: for shards that are merged, or where \"stats\" is to do that "
         "later."},
	{"resume", "[CENSUS]", OPTION_OPTIONAL_UNSIGNED, AT(resume), 1, INT64_MAX, NULL, false,
         "Go on with a killed or stopped census: the newest unfinished one, or this number. Targets and options are remembered."},
	{"dry-run", NULL, OPTION_FLAG, AT(is_dry_run), 0, 0, NULL, false, "Tell what would be contacted; send nothing."},
	{"json", NULL, OPTION_FLAG, AT(json), 0, 0, NULL, false, "With --dry-run: as JSON."},
	{"progress", "HOW", OPTION_CHOICE, AT(progress), 0, 0, PROGRESS_CHOICES, false, "auto, line, plain or none, on stderr (auto)."},
	{"quiet", NULL, OPTION_FLAG, AT(quiet), 0, 0, NULL, false, "No progress and no summary."},
	{.name = NULL},
};

void scan_options_init(struct scan_options *options)
{
	struct probe_policy policy;

	probe_policy_init(&policy);
	*options = (struct scan_options){
		.database = "mailcensus.db",
		.ports = "110,143,993,995",
		.rate = policy.connections_per_second,
		.max_open = policy.open_max,
		.per_address = policy.per_address,
		.window_ms = policy.window_ms,
		.gap_ms = policy.gap_ms,
		.slow_after_ms = policy.slow_after_ms,
		.busy_after_ms = policy.busy_after_ms,
		.busy_retries = policy.busy_retries,
		.confirm_after_ms = policy.confirm_after_ms,
		.sessions = PROBE_SESSIONS_AUTO,
		.limit = UINT64_MAX,
		.shard = "1/1",
	};
	engine_options_init(&options->engine);
}

void scan_options_done(struct scan_options *options)
{
	text_list_done(&options->target_files);
	text_list_done(&options->reported_files);
	text_list_done(&options->exclude_files);
	text_list_done(&options->opt_out_files);
	text_list_done(&options->opened);
	text_list_done(&options->sources);
	assessor_options_done(&options->assessor);
}

static bool parse_shard(struct scan_options *options, struct error *error)
{
	struct span text = span_from_text(options->shard);
	size_t slash = span_find_byte(text, '/');
	uint64_t index, count;

	if (!text_parse_unsigned(span_part(text, 0, slash), UINT32_MAX, &index) ||
	    !text_parse_unsigned(span_part(text, slash + 1, text.size), UINT32_MAX, &count) || index < 1 || index > count)
		return error_set(error, "--shard takes K/N with 1 <= K <= N, such as 3/16, not '%s'", options->shard);
	options->shard_index = (uint32_t)(index - 1);
	options->shard_count = (uint32_t)count;
	return true;
}

/* What goes over the wire in IMAP ID: printable, without quotes. */
bool scan_options_check_support_url(const char *url, struct error *error)
{
	if (url == NULL)
		return true;
	if (strlen(url) >= sizeof(((struct probe_policy *)0)->support_url) || strlen(url) == 0)
		return error_set(error, "--support-url must have 1 to %zu characters", sizeof(((struct probe_policy *)0)->support_url) - 1);
	for (const char *at = url; *at != '\0'; at++) {
		if (*at <= ' ' || *at > '~' || *at == '"' || *at == '\\')
			return error_set(error, "--support-url may hold only printable ASCII without spaces, quotes and backslashes");
	}
	return true;
}

bool scan_options_finish(struct scan_options *options, struct error *error)
{
	if (options->quiet)
		options->progress = SCAN_PROGRESS_NONE;
	return parse_shard(options, error) && scan_options_check_support_url(options->support_url, error) &&
	       engine_options_finish(&options->engine, error);
}

bool scan_options_take_over(struct scan_options *options, char *kept_lines, struct error *error)
{
	struct text_list words = {0};
	struct option_result result;
	char *at = kept_lines;
	bool is_done;

	text_list_add(&words, "scan");
	while (*at != '\0') {
		char *end = strchr(at, '\n');

		text_list_add(&words, at);
		if (end == NULL)
			break;
		*end = '\0';
		at = end + 1;
	}
	is_done = options_parse(SCAN_OPTION_ROWS, (int)words.count, (char **)(void *)words.items, options, &result, error);
	text_list_done(&result.arguments);
	text_list_done(&words);
	return is_done || error_prefix(error, "the options kept with the census cannot be read");
}

bool scan_options_sources(const struct text_list *words, struct probe_policy *policy, struct error *error)
{
	struct ip_address *sources = memory_allocate(words->count, sizeof(*sources));

	for (size_t i = 0; i < words->count; i++) {
		if (!ip_address_parse(span_from_text(words->items[i]), &sources[i])) {
			error_set(error, "--source takes an address of this machine, not '%s'", words->items[i]);
			free(sources);
			return false;
		}
	}
	policy->sources = sources;
	policy->source_count = words->count;
	return true;
}

bool scan_options_policy(const struct scan_options *options, struct probe_policy *policy_out, struct error *error)
{
	probe_policy_init(policy_out);
	policy_out->connections_per_second = options->rate;
	policy_out->open_max = (unsigned)options->max_open;
	policy_out->per_address = (unsigned)options->per_address;
	policy_out->window_ms = options->window_ms;
	policy_out->gap_ms = options->gap_ms;
	policy_out->slow_after_ms = options->slow_after_ms;
	policy_out->busy_after_ms = options->busy_after_ms;
	policy_out->busy_retries = (unsigned)options->busy_retries;
	policy_out->confirm_after_ms = options->confirm_after_ms;
	policy_out->waits = !options->no_wait;
	policy_out->sessions = (enum probe_sessions)options->sessions;
	policy_out->depth = (enum probe_depth)options->depth;
	policy_out->tries_injection = options->injection;
	policy_out->asks_jarm = options->jarm;
	policy_out->confirms_login = options->confirm_login;
	if (options->support_url != NULL)
		memcpy(policy_out->support_url, options->support_url, strlen(options->support_url) + 1);
	return scan_options_sources(&options->sources, policy_out, error);
}
