/* SPDX-License-Identifier: ISC */
/* Questions in a row for each registry; the registry that may be asked the soonest is asked next. */
#include "contact/contact_query.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "contact/http_client.h"
#include "contact/query_cache.h"
#include "contact/rdap_answer.h"
#include "contact/rdap_bootstrap.h"
#include "enrich/data_file.h"
#include "enrich/source.h"
#include "net/dns_text.h"

enum {
	URL_MAX = 1024,
	PATH_MAX_SIZE = 4096,
	TRIES_MAX = 3,    /* of one question, when a registry asks us to wait */
	FAILURES_MAX = 3, /* in a row: then the registry is left alone in this run */
	HOLD_MAX_S = 60,  /* a longer pause is for another day */
	ABUSIX_TTL_MIN_S = 3600,
	ABUSIX_LENGTH_4 = 24, /* one question stands for its neighbours */
	ABUSIX_LENGTH_6 = 48,
};

static const int64_t DAY_MS = INT64_C(24) * 60 * 60 * 1000;
static const int64_t FOUND_MS = INT64_C(7) * 24 * 60 * 60 * 1000;
static const char IANA[] = "https://data.iana.org/rdap/";

/* Who is responsible, with the questions that wait for them. */
struct registry {
	const char *url;
	size_t first, last; /* questions; SIZE_MAX: none */
	unsigned failures;
};

struct question {
	struct contact_match match;
	const struct rdap_service *service; /* NULL: no registry is responsible */
	size_t next;                        /* of the same registry */
	unsigned tries;
};

struct querying {
	const struct query_settings *settings;
	struct query_cache *cache;
	struct http_client *client;
	struct rdap_bootstrap bootstrap;
	struct question *questions;
	size_t count;
	struct registry *registries;
	size_t registry_count;
	struct http_answer answer;
	struct dns_text text;
	bool (*on_result)(void *context, const struct query_result *result);
	void *context;
	bool is_stopped;
};

/* ---- results ---- */

static void tell(struct querying *querying, const struct query_result *result)
{
	querying->is_stopped = querying->is_stopped || !querying->on_result(querying->context, result);
}

static void tell_failure(struct querying *querying, const struct question *question, const char *why)
{
	tell(querying, &(struct query_result){
			       .asked = &question->match, .outcome = QUERY_FAILED, .match = "", .contact = "", .source = "", .why = why});
}

/* Keeps it, then tells it. False: it cannot be kept. */
static bool conclude(struct querying *querying, const struct question *question, const struct contact_row *row, struct error *error)
{
	char match[CONTACT_MATCH_SIZE], source[64];

	if (!query_cache_add(querying->cache, row, error))
		return false;
	contact_match_format(&row->match, match);
	(void)snprintf(source, sizeof(source), "%.*s", (int)row->source.size, (const char *)row->source.data);
	tell(querying, &(struct query_result){.asked = &question->match,
	                                      .outcome = row->is_never ? QUERY_NONE : QUERY_FOUND,
	                                      .match = match,
	                                      .contact = row->is_never ? "" : row->contact,
	                                      .source = source,
	                                      .why = ""});
	return true;
}

/* What is left to do for a question. */
enum left { LEFT_NOTHING, LEFT_ABUSIX, LEFT_ALL };

static bool asks_abusix(const struct querying *querying, const struct question *question)
{
	return querying->settings->uses_abusix && question->match.kind == CONTACT_PREFIX;
}

/* Tells what is known already. One's nobody does not speak for the other. */
static enum left tell_cached(struct querying *querying, const struct question *question)
{
	bool asks_rdap = question->service != NULL, is_asked_by_dns = asks_abusix(querying, question);
	struct cached_answer cached;

	query_cache_find(querying->cache, &question->match, &cached);
	if (!cached.is_found && asks_rdap && !cached.is_none_by[QUERY_RDAP])
		return LEFT_ALL;
	if (!cached.is_found && is_asked_by_dns && !cached.is_none_by[QUERY_ABUSIX])
		return LEFT_ABUSIX;
	if (!cached.is_found && !asks_rdap && !is_asked_by_dns)
		return LEFT_ALL;
	tell(querying, &(struct query_result){.asked = &question->match,
	                                      .outcome = cached.is_found ? QUERY_FOUND : QUERY_NONE,
	                                      .is_cached = true,
	                                      .match = cached.match,
	                                      .contact = cached.contact,
	                                      .source = cached.is_found ? cached.source
	                                                                : query_source_name(is_asked_by_dns ? QUERY_ABUSIX : QUERY_RDAP),
	                                      .why = ""});
	return LEFT_NOTHING;
}

/* ---- Abusix ---- */

bool abusix_name(struct ip_address address, const char *zone, char name[256])
{
	char reverse[REVERSE_NAME_SIZE];
	int size;

	hostname_reverse_name(address, reverse);
	/* Without "in-addr.arpa" or "ip6.arpa". */
	size = (int)strlen(reverse) - (address.family == IP_FAMILY_4 ? 12 : 8);
	return snprintf(name, 256, "%.*s%s", size, reverse, zone) <= HOSTNAME_MAX;
}

/* The network around the address that one question stands for. */
static struct ip_range neighbours_of(struct ip_address address)
{
	return source_prefix(address.family, address.bytes, address.family == IP_FAMILY_4 ? ABUSIX_LENGTH_4 : ABUSIX_LENGTH_6);
}

static bool conclude_abusix(struct querying *querying, const struct question *question, struct error *error)
{
	struct contact_list list = {.count = 0};
	uint32_t ttl = querying->text.ttl_s > ABUSIX_TTL_MIN_S ? querying->text.ttl_s : ABUSIX_TTL_MIN_S;
	struct contact_row row = {.match = {.kind = CONTACT_PREFIX, .range = neighbours_of(question->match.range.first)},
	                          .source = span_from_text("abusix"),
	                          .comment = span_from_text("")};

	for (size_t i = 0; i < querying->text.text.size; i++) {
		if (querying->text.text.data[i] == '\n')
			querying->text.text.data[i] = ',';
	}
	/* More than anybody has: whoever answers so knows nobody. */
	if (!contact_list_read(buffer_view(&querying->text.text), &list, NULL))
		list.count = 0;
	row.is_never = list.count == 0;
	row.contact = list.text;
	row.expires.unix_ms = querying->settings->now.unix_ms + (list.count == 0                  ? DAY_MS
	                                                         : (int64_t)ttl * 1000 < FOUND_MS ? (int64_t)ttl * 1000
	                                                                                          : FOUND_MS);
	return conclude(querying, question, &row, error);
}

static bool ask_abusix(struct querying *querying, const struct question *question, struct error *error)
{
	char name[256];

	if (!abusix_name(question->match.range.first, querying->settings->zone, name)) {
		tell_failure(querying, question, "the zone of Abusix has too long a name");
		return true;
	}
	buffer_clear(&querying->text.text);
	if (!dns_text_ask(name, querying->settings->dns_server, &querying->text, error))
		return false;
	if (querying->text.outcome == RESOLVER_FOUND || querying->text.outcome == RESOLVER_NOT_FOUND ||
	    querying->text.outcome == RESOLVER_NO_ADDRESS)
		return conclude_abusix(querying, question, error);
	tell_failure(querying, question, "the name server could not be asked for Abusix's answer");
	return true;
}

/* ---- RDAP ---- */

/* Nobody is known to RDAP: keep that, or ask the other one. */
static bool conclude_none(struct querying *querying, const struct question *question, const struct contact_match *match,
                          const char *comment, struct error *error)
{
	struct contact_row row = {.match = *match,
	                          .is_never = true,
	                          .contact = "-",
	                          .source = span_from_text("rdap"),
	                          .comment = span_from_text(comment),
	                          .expires = {querying->settings->now.unix_ms + DAY_MS}};

	if (!asks_abusix(querying, question))
		return conclude(querying, question, &row, error);
	return query_cache_add(querying->cache, &row, error) && ask_abusix(querying, question, error);
}

/* What the answer is about, as far as it may be about that: a registry does not speak for what it was not given, nor for others than were asked for. */
static bool read_about(const struct question *question, const struct rdap_answer *answer, struct contact_match *match)
{
	const struct ip_range *within = &question->service->match.range;

	*match = question->match;
	if (question->match.kind == CONTACT_NETWORK)
		return !answer->has_numbers || (answer->first_asn <= match->asn && match->asn <= answer->last_asn);
	if (!answer->has_range)
		return true;
	match->range = answer->range;
	return ip_range_contains(&answer->range, question->match.range.first) && ip_range_contains(within, answer->range.first) &&
	       ip_range_contains(within, answer->range.last);
}

static bool conclude_answer(struct querying *querying, const struct question *question, struct error *error)
{
	struct rdap_answer answer;
	struct contact_match match;
	struct error problem;
	struct contact_row row = {.source = span_from_text("rdap")};
	char comment[400], asked[TIMESTAMP_TEXT_SIZE];

	if (!rdap_answer_read(buffer_view(&querying->answer.body), &answer, &problem)) {
		tell_failure(querying, question, problem.text);
		return true;
	}
	if (!read_about(question, &answer, &match)) {
		tell_failure(querying, question, "the registry answers about something else than was asked for");
		return true;
	}
	timestamp_format(querying->settings->now, asked);
	(void)snprintf(comment, sizeof(comment), "%s%s%s of %s, asked %.10s", answer.role, answer.role[0] != '\0' ? " of " : "",
	               answer.handle[0] != '\0' ? answer.handle : "range", querying->answer.host, asked);
	if (answer.contacts.count == 0)
		return conclude_none(querying, question, &match, comment, error);
	row.match = match;
	row.contact = answer.contacts.text;
	row.comment = span_from_text(comment);
	row.expires.unix_ms = querying->settings->now.unix_ms + FOUND_MS;
	return conclude(querying, question, &row, error);
}

static void push(struct querying *querying, struct registry *registry, size_t place)
{
	querying->questions[place].next = SIZE_MAX;
	if (registry->first == SIZE_MAX)
		registry->first = place;
	else
		querying->questions[registry->last].next = place;
	registry->last = place;
}

/* True: it will be asked again. */
static bool wait_and_push(struct querying *querying, struct registry *registry, size_t place)
{
	struct question *question = &querying->questions[place];
	int64_t pause = querying->answer.retry_after_s > 0 ? querying->answer.retry_after_s : INT64_C(5) << question->tries;

	if (pause > HOLD_MAX_S) {
		registry->failures = FAILURES_MAX;
		return false;
	}
	http_client_hold(querying->client, querying->answer.host, pause);
	if (++question->tries >= TRIES_MAX)
		return false;
	push(querying, registry, place);
	return true;
}

static bool conclude_status(struct querying *querying, struct registry *registry, size_t place, struct error *error)
{
	const struct question *question = &querying->questions[place];
	char why[400];

	if (querying->answer.status == 200) {
		registry->failures = 0;
		return conclude_answer(querying, question, error);
	}
	if (querying->answer.status == 404) {
		registry->failures = 0;
		(void)snprintf(why, sizeof(why), "%s knows nothing of it", querying->answer.host);
		return conclude_none(querying, question, &question->match, why, error);
	}
	if ((querying->answer.status == 429 || querying->answer.status == 503) && wait_and_push(querying, registry, place))
		return true;
	registry->failures++;
	if (querying->answer.status == 429 || querying->answer.status == 503)
		(void)snprintf(why, sizeof(why), "%s wants to be left alone for %" PRId64 " s; ask again later", querying->answer.host,
		               querying->answer.retry_after_s);
	else
		(void)snprintf(why, sizeof(why), "%s answers with status %ld", querying->answer.host, querying->answer.status);
	tell_failure(querying, question, why);
	return true;
}

static bool ask_registry(struct querying *querying, struct registry *registry, size_t place, struct error *error)
{
	const struct question *question = &querying->questions[place];
	char url[URL_MAX], address[IP_ADDRESS_TEXT_SIZE];
	struct error problem;

	ip_address_format(question->match.range.first, address);
	if (question->match.kind == CONTACT_NETWORK)
		(void)snprintf(url, sizeof(url), "%sautnum/%" PRIu32, registry->url, question->match.asn);
	else
		(void)snprintf(url, sizeof(url), "%sip/%s", registry->url, address);
	if (http_client_get(querying->client, url, "application/rdap+json, application/json", &querying->answer, &problem))
		return conclude_status(querying, registry, place, error);
	registry->failures++;
	tell_failure(querying, question, problem.text);
	return true;
}

static bool ask_next(struct querying *querying, struct registry *registry, struct error *error)
{
	size_t place = registry->first;

	registry->first = querying->questions[place].next;
	switch (tell_cached(querying, &querying->questions[place])) {
	case LEFT_NOTHING:
		return true;
	case LEFT_ABUSIX:
		return ask_abusix(querying, &querying->questions[place], error);
	case LEFT_ALL:
		break;
	}
	if (registry->failures >= FAILURES_MAX) {
		tell_failure(querying, &querying->questions[place],
		             "its registry did not answer several times, and was left alone; ask again later");
		return true;
	}
	return ask_registry(querying, registry, place, error);
}

/* NULL: no question is left. */
static struct registry *find_soonest(const struct querying *querying)
{
	struct registry *soonest = NULL;
	struct instant soonest_at = {0};

	for (size_t i = 0; i < querying->registry_count; i++) {
		struct registry *registry = &querying->registries[i];
		struct instant ready_at;

		if (registry->first == SIZE_MAX)
			continue;
		ready_at = http_client_ready_at(querying->client, registry->url);
		if (soonest != NULL && !instant_is_before(ready_at, soonest_at))
			continue;
		soonest = registry;
		soonest_at = ready_at;
	}
	return soonest;
}

static struct registry *find_registry(struct querying *querying, const char *url)
{
	for (size_t i = 0; i < querying->registry_count; i++) {
		if (strcmp(querying->registries[i].url, url) == 0)
			return &querying->registries[i];
	}
	querying->registries = memory_resize(querying->registries, querying->registry_count + 1, sizeof(*querying->registries));
	querying->registries[querying->registry_count] = (struct registry){.url = url, .first = SIZE_MAX, .last = SIZE_MAX};
	return &querying->registries[querying->registry_count++];
}

static bool share_out(struct querying *querying, struct error *error)
{
	for (size_t i = 0; i < querying->count && !querying->is_stopped; i++) {
		struct question *question = &querying->questions[i];
		const char *url = rdap_bootstrap_find(&querying->bootstrap, &question->match, &question->service);

		if (url != NULL) {
			push(querying, find_registry(querying, url), i);
			continue;
		}
		if (tell_cached(querying, question) == LEFT_NOTHING)
			continue;
		if (!asks_abusix(querying, question))
			tell_failure(querying, question,
			             querying->settings->uses_rdap ? "no registry is responsible for it"
			                                           : "Abusix knows addresses alone, no networks");
		else if (!ask_abusix(querying, question, error))
			return false;
	}
	return true;
}

static bool ask_all(struct querying *querying, struct error *error)
{
	struct registry *registry;

	if (!share_out(querying, error))
		return false;
	while (!querying->is_stopped && (registry = find_soonest(querying)) != NULL) {
		if (!ask_next(querying, registry, error))
			return false;
	}
	return true;
}

/* ---- bootstrap ---- */

static bool is_fresh(const char *path, struct timestamp now)
{
	struct stat status;

	return stat(path, &status) == 0 && now.unix_ms - (int64_t)status.st_mtim.tv_sec * 1000 < DAY_MS;
}

static bool fetch(struct querying *querying, const char *name, const char *path, struct error *error)
{
	char url[sizeof(IANA) + 32];

	(void)snprintf(url, sizeof(url), "%s%s", IANA, name);
	if (!http_client_get(querying->client, url, "application/json", &querying->answer, error))
		return false;
	if (querying->answer.status != 200)
		return error_set(error, "%s answers with status %ld", url, querying->answer.status);
	return data_file_write(path, buffer_view(&querying->answer.body), error);
}

static bool add_bootstrap(struct querying *querying, const char *name, struct error *error)
{
	const struct query_settings *settings = querying->settings;
	char path[PATH_MAX_SIZE];
	struct data_file file;
	bool is_done;

	if (snprintf(path, sizeof(path), "%s/%s%s", settings->bootstrap != NULL ? settings->bootstrap : settings->directory,
	             settings->bootstrap != NULL ? "" : "rdap-", name) >= (int)sizeof(path))
		return error_set(error, "the name of the directory is too long");
	/* One of yesterday is better than none: what it says changes a few times a year. */
	if (settings->bootstrap == NULL && !is_fresh(path, settings->now) && !fetch(querying, name, path, error) && access(path, R_OK) != 0)
		return error_prefix(error,
		                    "the registries are not known; --bootstrap names a directory with ipv4.json, ipv6.json and asn.json");
	if (!data_file_open(path, &file, error))
		return false;
	is_done =
		rdap_bootstrap_add(&querying->bootstrap, file.content, settings->allows_loopback, error) || error_prefix(error, "%s", path);
	data_file_close(&file);
	return is_done;
}

static bool wants(const struct querying *querying, enum contact_kind kind, enum ip_family family)
{
	for (size_t i = 0; i < querying->count; i++) {
		const struct contact_match *match = &querying->questions[i].match;

		if (match->kind == kind && (kind == CONTACT_NETWORK || match->range.first.family == family))
			return true;
	}
	return false;
}

static bool prepare_rdap(struct querying *querying, struct error *error)
{
	if (!querying->settings->uses_rdap)
		return true;
	querying->client = http_client_new(querying->settings->agent, querying->settings->allows_loopback, error);
	if (querying->client == NULL)
		return false;
	return (!wants(querying, CONTACT_PREFIX, IP_FAMILY_4) || add_bootstrap(querying, "ipv4.json", error)) &&
	       (!wants(querying, CONTACT_PREFIX, IP_FAMILY_6) || add_bootstrap(querying, "ipv6.json", error)) &&
	       (!wants(querying, CONTACT_NETWORK, IP_FAMILY_4) || add_bootstrap(querying, "asn.json", error));
}

bool contact_query_run(const struct query_settings *settings, const struct contact_match *questions, size_t count,
                       bool (*on_result)(void *context, const struct query_result *result), void *context, struct error *error)
{
	struct querying querying = {.settings = settings, .count = count, .on_result = on_result, .context = context};
	bool is_done;

	querying.questions = memory_allocate(count > 0 ? count : 1, sizeof(*querying.questions));
	for (size_t i = 0; i < count; i++)
		querying.questions[i].match = questions[i];
	rdap_bootstrap_init(&querying.bootstrap);
	http_answer_init(&querying.answer);
	dns_text_init(&querying.text);
	querying.cache = query_cache_open(settings->directory, settings->now, error);
	is_done = querying.cache != NULL && prepare_rdap(&querying, error) && ask_all(&querying, error);
	query_cache_close(querying.cache);
	http_client_free(querying.client);
	rdap_bootstrap_done(&querying.bootstrap);
	http_answer_done(&querying.answer);
	dns_text_done(&querying.text);
	free(querying.questions);
	free(querying.registries);
	return is_done;
}
