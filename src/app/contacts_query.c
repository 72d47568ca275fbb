/* SPDX-License-Identifier: ISC */
/* mailcensus contacts query: asks registries whom to tell, for addresses or for what a census found without TLS. Off unless it is asked for by name. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/census_reader.h"
#include "app/command.h"
#include "app/contacts_command.h"
#include "app/version.h"
#include "base/memory.h"
#include "base/text.h"
#include "contact/contact_query.h"
#include "report/json_write.h"

enum { LINE_MAX_SIZE = 64 * 1024 };

/* What is asked. */
struct asked {
	struct contact_match *items;
	size_t count, capacity;
};

static void add(struct asked *asked, const struct contact_match *match)
{
	if (asked->count == asked->capacity) {
		asked->capacity = asked->capacity > 0 ? 2 * asked->capacity : 1024;
		asked->items = memory_resize(asked->items, asked->capacity, sizeof(*asked->items));
	}
	asked->items[asked->count++] = *match;
}

static void add_address(struct asked *asked, struct ip_address address)
{
	add(asked, &(struct contact_match){.kind = CONTACT_PREFIX, .range = {address, address}});
}

static bool add_words(struct asked *asked, const struct text_list *words, struct error *error)
{
	for (size_t i = 1; i < words->count; i++) {
		struct span word = span_from_text(words->items[i]);
		struct contact_match match = {.kind = CONTACT_NETWORK};
		struct ip_address address;

		if (ip_address_parse(word, &address)) {
			add_address(asked, address);
		} else if (span_starts_with_text_ignoring_case(word, "AS") && asn_read(word, &match.asn) && match.asn != 0) {
			add(asked, &match);
		} else {
			struct buffer shown;

			buffer_init(&shown, 400);
			text_escape(span_part(word, 0, 80), &shown);
			error_set(error, "'%s' is neither an address nor a network such as AS64500", buffer_text(&shown));
			buffer_done(&shown);
			return false;
		}
	}
	return true;
}

/* ---- of a census ---- */

struct choosing {
	struct asked *asked;
	struct attributor *attributor;
	struct contact_table *table;
	struct timestamp now;
	struct ip_address last;
	struct contact_chain chain;
	uint64_t known; /* hosts whose owner is known already, or may not be told */
};

/* Hosts that somebody will be told of, and of whom no owner is known. */
static bool choose(void *context, const struct census_service *service)
{
	struct choosing *choosing = context;
	struct contact_question question = {
		.address = service->service->endpoint.address, .domain = census_service_confirmed_name(service), .now = choosing->now};
	char country[3];

	if (!service->is_without_tls || ip_address_equals(choosing->last, question.address))
		return true;
	choosing->last = question.address;
	attributor_look_up_network(choosing->attributor, question.address, country, &question.asn);
	question.country = country;
	contact_table_look_up(choosing->table, &question, &choosing->chain);
	if (choosing->chain.is_never || (choosing->chain.to != NULL && choosing->chain.to->scope == CONTACT_OWNER))
		choosing->known++;
	else
		add_address(choosing->asked, question.address);
	return true;
}

static bool add_census(struct asked *asked, const struct contacts_options *options, struct error *error)
{
	struct choosing *choosing = memory_allocate(1, sizeof(*choosing));
	struct census_reader reader;
	bool is_done = false;

	choosing->asked = asked;
	choosing->now = options->now;
	choosing->attributor = attribution_open(&options->attribution, error);
	if (choosing->attributor != NULL)
		choosing->table = contact_options_open(&options->contacts, NULL, NULL, error);
	if (choosing->table != NULL && census_reader_open(&options->reader, &reader, error)) {
		is_done = census_reader_visit(&reader, NULL, CENSUS_WANTS_HOSTNAMES, choose, choosing, error);
		census_reader_close(&reader);
	}
	if (is_done)
		fprintf(stderr, "%zu hosts without TLS have no known owner, %" PRIu64 " have one or may not be told\n", asked->count,
		        choosing->known);
	contact_table_free(choosing->table);
	attributor_close(choosing->attributor);
	free(choosing);
	return is_done;
}

/* ---- results ---- */

struct telling {
	bool json, is_watched;
	size_t done, count;
	size_t failed;
	struct buffer out;
};

static const char *outcome_name(enum query_outcome outcome)
{
	static const char *const NAMES[] = {"found", "none", "failed"};

	return NAMES[outcome];
}

static void format_asked(const struct contact_match *match, char text[CONTACT_MATCH_SIZE])
{
	if (match->kind == CONTACT_PREFIX)
		ip_address_format(match->range.first, text);
	else
		contact_match_format(match, text);
}

static void append_json(struct buffer *out, const struct query_result *result, const char *asked)
{
	buffer_append_byte(out, '{');
	json_word(out, "schema", "mailcensus.contact-query/1");
	json_word(out, "asked", asked);
	json_word(out, "outcome", outcome_name(result->outcome));
	json_bool(out, "cached", result->is_cached);
	json_word_or_null(out, "match", result->match);
	json_list(out, "contact", span_from_text(result->contact), ",");
	json_word_or_null(out, "source", result->source);
	json_word_or_null(out, "why", result->why);
	buffer_append_text(out, "}\n");
}

static void append_text(struct buffer *out, const struct query_result *result, const char *asked)
{
	buffer_append_format(out, "%s  ", asked);
	if (result->outcome == QUERY_FAILED) {
		buffer_append_text(out, "could not be told: ");
		text_escape(span_from_text(result->why), out);
	} else {
		buffer_append_format(out, "%s (%s for %s%s)", result->outcome == QUERY_FOUND ? result->contact : "nobody", result->source,
		                     result->match, result->is_cached ? ", asked before" : "");
	}
	buffer_append_byte(out, '\n');
}

static bool tell(void *context, const struct query_result *result)
{
	struct telling *telling = context;
	char asked[CONTACT_MATCH_SIZE];

	format_asked(result->asked, asked);
	buffer_clear(&telling->out);
	(telling->json ? append_json : append_text)(&telling->out, result, asked);
	telling->done++;
	telling->failed += result->outcome == QUERY_FAILED;
	(void)fwrite(telling->out.data, 1, telling->out.size, stdout);
	(void)fflush(stdout);
	if (telling->is_watched)
		fprintf(stderr, "%zu of %zu\r", telling->done, telling->count);
	return true;
}

static int ask(const struct contacts_options *options, const struct asked *asked, struct error *error)
{
	struct query_settings settings = {.directory = options->contacts.directory,
	                                  .uses_rdap = options->uses_rdap,
	                                  .uses_abusix = options->uses_abusix,
	                                  .bootstrap = options->bootstrap,
	                                  .zone = options->abusix_zone,
	                                  .dns_server = options->dns_server,
	                                  .agent = "mailcensus/" MAILCENSUS_VERSION,
	                                  .allows_loopback = options->lab_http,
	                                  .now = options->now};
	struct telling telling = {
		.json = options->json, .count = asked->count, .is_watched = asked->count > 10 && isatty(STDERR_FILENO) != 0};
	bool is_done;

	buffer_init(&telling.out, LINE_MAX_SIZE);
	is_done = contact_query_run(&settings, asked->items, asked->count, tell, &telling, error);
	buffer_done(&telling.out);
	if (!is_done)
		return EXIT_FAILED;
	if (telling.failed == 0 && telling.done == asked->count)
		return EXIT_DONE;
	error_set(error, "%zu of %zu could not be told; the same command asks for them again, and for no others",
	          asked->count - telling.done + telling.failed, asked->count);
	return EXIT_INCOMPLETE;
}

static bool check_usage(const struct contacts_options *options, const struct text_list *words, struct error *error)
{
	if (!options->uses_rdap && !options->uses_abusix)
		return error_set(error, "query sends addresses to others: say to whom by --rdap, --abusix or both");
	if ((words->count < 2) == !options->reader.census.is_given)
		return error_set(error, "query needs addresses, or --census alone");
	return true;
}

int contacts_query(const struct contacts_options *options, const struct text_list *words, struct error *error)
{
	struct asked asked = {.items = NULL};
	int code = EXIT_USAGE;

	if (!check_usage(options, words, error))
		return EXIT_USAGE;
	if (options->reader.census.is_given)
		code = add_census(&asked, options, error) ? EXIT_DONE : EXIT_FAILED;
	else if (add_words(&asked, words, error))
		code = EXIT_DONE;
	if (code == EXIT_DONE)
		code = ask(options, &asked, error);
	free(asked.items);
	return code;
}
