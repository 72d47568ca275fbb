/* SPDX-License-Identifier: ISC */
/* Whom the table makes out, by hand and beside a look-up that just walks all rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "contact/contact_table.h"
#include "scope/address_math.h"

static struct contact_table *table;
static struct contact_chain chain;

static void fill(const char *const *files, size_t count)
{
	char text[8192], name[32];
	struct error error;

	contact_table_free(table);
	table = contact_table_new();
	for (size_t i = 0; i < count; i++) {
		(void)snprintf(text, sizeof(text), "match,contact,scope,source,expires,comment\n%s", files[i]);
		(void)snprintf(name, sizeof(name), "/where/file%zu", i);
		if (!contact_table_add(table, name, span_from_text(text), NULL, &error))
			fail_msg("%s", error.text);
	}
	contact_table_seal(table);
}

static void fill_one(const char *rows)
{
	fill(&rows, 1);
}

/* steps: the matches with blanks between. */
static void answers(const char *address, uint32_t asn, const char *country, const char *domain, const char *steps, const char *to,
                    const char *copy)
{
	struct contact_question question = {.asn = asn, .country = country, .domain = domain, .now = {INT64_C(1800000000000)}};
	char got[4096] = "";

	assert_true(ip_address_parse(span_from_text(address), &question.address));
	contact_table_look_up(table, &question, &chain);
	for (size_t i = 0; i < chain.count; i++)
		(void)snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s", i > 0 ? " " : "", chain.steps[i].match);
	assert_string_equal(got, steps);
	assert_string_equal(chain.to != NULL ? chain.to->contact : "", to);
	assert_string_equal(chain.copy != NULL ? chain.copy->contact : "", copy);
}

static void the_most_specific_comes_first(void **state)
{
	(void)state;
	fill_one("*,all@isp.lab\nCC:DE,cert@de.lab\nAS64500,as@isp.lab\n.isp.lab,domain@isp.lab\n.mx.isp.lab,mx@isp.lab\n10.0.0.0/"
	         "8,wide@isp.lab\n"
	         "10.1.0.0/16,narrow@isp.lab\n10.1.2.3-10.1.2.4,two@isp.lab\n2001:db8::/32,six@isp.lab\n");
	answers("10.1.2.3", 64500, "DE", "a.mx.isp.lab", "10.1.2.3-10.1.2.4 10.1.0.0/16 10.0.0.0/8 .mx.isp.lab .isp.lab AS64500 CC:DE *",
	        "two@isp.lab", "cert@de.lab");
	answers("10.1.2.5", 0, "", NULL, "10.1.0.0/16 10.0.0.0/8 *", "narrow@isp.lab", "all@isp.lab");
	answers("192.0.2.1", 64500, "DE", "ISP.lab.", ".isp.lab AS64500 CC:DE *", "domain@isp.lab", "cert@de.lab");
	answers("192.0.2.1", 64500, "DE", "wisp.lab", "AS64500 CC:DE *", "as@isp.lab", "cert@de.lab");
	answers("2001:db8::1", 64501, "FR", "", "2001:db8::/32 *", "six@isp.lab", "all@isp.lab");
	assert_string_equal(chain.to->file, "file0");
	assert_int_equal(chain.to->line, 10);
}

static void without_an_owner_the_cert_is_written_to(void **state)
{
	(void)state;
	fill_one("CC:DE,cert@de.lab\n*,all@isp.lab\n");
	answers("192.0.2.1", 64500, "DE", "", "CC:DE *", "cert@de.lab", "");
	fill_one("AS64500,dfn@isp.lab,cert\nCC:DE,cert@de.lab\n");
	answers("192.0.2.1", 64500, "DE", "", "AS64500 CC:DE", "dfn@isp.lab", "");
	fill_one("10.0.0.0/8,gov@isp.lab,cert\nAS64500,as@isp.lab\nCC:DE,cert@de.lab\n");
	answers("10.0.0.1", 64500, "DE", "", "10.0.0.0/8 AS64500 CC:DE", "as@isp.lab", "gov@isp.lab");
	fill_one("");
	answers("192.0.2.1", 64500, "DE", "", "", "", "");
	assert_false(chain.is_never);
}

static void never_ends_the_chain(void **state)
{
	(void)state;
	fill_one("10.1.0.0/16,-\n10.1.2.0/24,owner@isp.lab\nAS64500,as@isp.lab\nCC:DE,cert@de.lab\n");
	answers("10.1.3.1", 64500, "DE", "", "10.1.0.0/16", "", "");
	assert_true(chain.is_never);
	answers("10.1.2.1", 64500, "DE", "", "10.1.2.0/24 10.1.0.0/16", "owner@isp.lab", "");
	assert_false(chain.is_never);
	/* A CERT before it does not become the owner. */
	fill_one("10.1.2.0/24,gov@isp.lab,cert\n10.1.0.0/16,-\n");
	answers("10.1.2.1", 0, "", "", "10.1.2.0/24 10.1.0.0/16", "", "");
	assert_true(chain.is_never);
}

static void what_expired_is_passed_over(void **state)
{
	(void)state;
	fill_one("10.0.0.0/8,old@isp.lab,,,2027-01-14\n10.0.0.0/8,new@isp.lab,,,2027-01-15\n*,-,,,2020-01-01\n"); /* 2027-01-15T08:00:00Z */
	answers("10.0.0.1", 0, "", "", "10.0.0.0/8", "new@isp.lab", "");
	assert_int_equal(contact_table_expired(table, (struct timestamp){INT64_C(1800000000000)}), 2);
	assert_int_equal(contact_table_count(table), 3);
}

static void earlier_files_count_more(void **state)
{
	const char *const files[] = {"AS64500,own@isp.lab\n.isp.lab,-\n",
	                             "10.0.0.0/8,first@isp.lab,,ripe\n10.0.0.0/8,second@isp.lab\nCC:DE,cert@de.lab\n"};

	(void)state;
	fill(files, 2);
	answers("10.0.0.1", 64500, "DE", "", "AS64500 10.0.0.0/8 10.0.0.0/8 CC:DE", "own@isp.lab", "cert@de.lab");
	assert_string_equal(chain.steps[1].contact, "first@isp.lab");
	assert_string_equal(chain.steps[1].source, "ripe");
	answers("10.0.0.1", 0, "DE", "mail.isp.lab", ".isp.lab", "", "");
	assert_true(chain.is_never);
}

static void a_chain_has_an_end(void **state)
{
	static char rows[CONTACT_STEPS_MAX * 32 * 4];
	size_t size = 0;
	char expected[64];

	(void)state;
	for (int i = 0; i < 2 * CONTACT_STEPS_MAX; i++)
		size += (size_t)snprintf(rows + size, sizeof(rows) - size, "10.0.0.0-10.0.%d.0,c%d@isp.lab\n", 2 * CONTACT_STEPS_MAX - i,
		                         i);
	fill_one(rows);
	contact_table_look_up(table, &(struct contact_question){.address = {IP_FAMILY_4, {10, 0, 0, 1}}}, &chain);
	assert_int_equal(chain.count, CONTACT_STEPS_MAX);
	assert_true(chain.is_cut);
	for (size_t i = 0; i < chain.count; i++) {
		(void)snprintf(expected, sizeof(expected), "10.0.0.0-10.0.%zu.0", i + 1);
		assert_string_equal(chain.steps[i].match, expected);
	}
}

/* ---- beside a linear look-up ---- */

enum { ROWS = 100, FILES = 3, QUESTIONS = 3000 };

struct plain_row {
	struct contact_match match;
	enum contact_scope scope;
	bool is_never;
	int64_t expires_ms;
	size_t file;
	unsigned line;
};

static struct plain_row plain[FILES * ROWS];

static uint32_t random_below(uint32_t limit)
{
	static uint64_t seed = 20261130;

	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)((seed >> 33) % limit);
}

/* From few addresses, so that ranges meet. */
static struct ip_address random_address(void)
{
	bool is_6 = random_below(3) == 0;
	struct ip_address address = {.family = is_6 ? IP_FAMILY_6 : IP_FAMILY_4};

	address.bytes[0] = is_6 ? 0x20 : 10;
	address.bytes[2] = (uint8_t)random_below(4);
	address.bytes[3] = (uint8_t)random_below(64);
	return address;
}

static void random_match(struct contact_match *match)
{
	static const char *const DOMAINS[] = {"lab", "a.lab", "b.a.lab", "c.b.a.lab", "x.lab"}, *const COUNTRIES[] = {"DE", "FR", "NZ"};
	struct ip_address other = random_address();

	*match = (struct contact_match){.kind = (enum contact_kind)(random_below(3) == 0 ? random_below(CONTACT_KINDS) : CONTACT_PREFIX)};
	if (match->kind == CONTACT_PREFIX) {
		do {
			match->range.first = random_address();
		} while (match->range.first.family != other.family);
		match->range.last = other;
		if (ip_address_compare(match->range.first, other) > 0)
			match->range = (struct ip_range){other, match->range.first};
	}
	if (match->kind == CONTACT_NETWORK)
		match->asn = 1 + random_below(20);
	if (match->kind == CONTACT_COUNTRY)
		(void)snprintf(match->country, sizeof(match->country), "%s", COUNTRIES[random_below(3)]);
	if (match->kind == CONTACT_DOMAIN)
		(void)snprintf(match->domain, sizeof(match->domain), "%s", DOMAINS[random_below(5)]);
}

static void fill_at_random(void)
{
	struct buffer text;
	struct error error;

	contact_table_free(table);
	table = contact_table_new();
	buffer_init(&text, 1 << 20);
	for (size_t file = 0; file < FILES; file++) {
		buffer_clear(&text);
		buffer_append_text(&text, CONTACT_FILE_TITLES);
		for (unsigned i = 0; i < ROWS; i++) {
			struct plain_row *row = &plain[file * ROWS + i];
			bool is_general;

			random_match(&row->match);
			is_general = row->match.kind != CONTACT_PREFIX;
			*row = (struct plain_row){.match = row->match,
			                          .scope = random_below(8) == 0 ? CONTACT_CERT : contact_kind_scope(row->match.kind),
			                          .is_never = random_below(is_general ? 200 : 60) == 0,
			                          .expires_ms = random_below(3) == 0 ? 86400000 * (1 + (int64_t)random_below(4)) : 0,
			                          .file = file,
			                          .line = i + 2};
			contact_file_append(&text, &(struct contact_row){.match = row->match,
			                                                 .scope = row->scope,
			                                                 .contact = row->is_never ? "-" : "a@isp.lab",
			                                                 .expires = {row->expires_ms}});
		}
		assert_true(contact_table_add(table, "file", buffer_view(&text), NULL, &error));
	}
	buffer_done(&text);
	contact_table_seal(table);
}

static bool plain_matches(const struct plain_row *row, const struct contact_question *question)
{
	size_t size = strlen(question->domain), tail = strlen(row->match.domain);

	if (row->expires_ms != 0 && question->now.unix_ms >= row->expires_ms)
		return false;
	switch (row->match.kind) {
	case CONTACT_PREFIX:
		return ip_range_contains(&row->match.range, question->address);
	case CONTACT_DOMAIN:
		return size >= tail && strcmp(question->domain + size - tail, row->match.domain) == 0 &&
		       (size == tail || question->domain[size - tail - 1] == '.');
	case CONTACT_NETWORK:
		return row->match.asn == question->asn;
	case CONTACT_COUNTRY:
		return strcmp(row->match.country, question->country) == 0;
	case CONTACT_ANY:
	case CONTACT_KINDS:
		break;
	}
	return true;
}

/* Does one count more than other? Both are of different lines. */
static bool plain_is_before(const struct plain_row *one, const struct plain_row *other)
{
	if (one->file != other->file)
		return one->file < other->file;
	if (one->match.kind != other->match.kind)
		return one->match.kind < other->match.kind;
	if (one->match.kind == CONTACT_PREFIX && range_span(&one->match.range) != range_span(&other->match.range))
		return range_span(&one->match.range) < range_span(&other->match.range);
	if (one->match.kind == CONTACT_DOMAIN && strlen(one->match.domain) != strlen(other->match.domain))
		return strlen(one->match.domain) > strlen(other->match.domain);
	return one->line < other->line;
}

/* The next row behind the given one, by looking at all of them. */
static const struct plain_row *plain_next(const struct plain_row *before, const struct contact_question *question)
{
	const struct plain_row *best = NULL;

	for (size_t i = 0; i < ARRAY_LENGTH(plain); i++) {
		const struct plain_row *row = &plain[i];

		if (row != before && plain_matches(row, question) && (before == NULL || plain_is_before(before, row)) &&
		    (best == NULL || plain_is_before(row, best)))
			best = row;
	}
	return best;
}

static void compare_with_plain(const struct contact_question *question)
{
	const struct plain_row *row = NULL, *to = NULL, *cert = NULL;
	bool is_ended = false;

	contact_table_look_up(table, question, &chain);
	for (size_t i = 0; i < chain.count; i++) {
		row = plain_next(row, question);
		assert_non_null(row);
		assert_int_equal(row->line, chain.steps[i].line);
		assert_int_equal(row->match.kind, chain.steps[i].kind);
		assert_false(is_ended);
		is_ended = row->is_never;
		to = to == NULL && !is_ended && row->scope == CONTACT_OWNER ? row : to;
		cert = cert == NULL && !is_ended && row->scope == CONTACT_CERT ? row : cert;
	}
	if (!is_ended && chain.count < CONTACT_STEPS_MAX)
		assert_null(plain_next(row, question));
	assert_int_equal(chain.is_never, is_ended && to == NULL);
	if (chain.is_never) {
		assert_null(chain.to);
		assert_null(chain.copy);
		return;
	}
	assert_int_equal(chain.to != NULL ? chain.to->line : 0, to != NULL ? to->line : cert != NULL ? cert->line : 0);
	assert_int_equal(chain.copy != NULL ? chain.copy->line : 0, to != NULL && cert != NULL ? cert->line : 0);
}

static void it_finds_what_a_walk_over_all_rows_finds(void **state)
{
	static const char *const DOMAINS[] = {"", "lab", "a.lab", "q.b.a.lab", "c.b.a.lab", "ya.lab"}, *const COUNTRIES[] = {"", "DE", "FR",
	                                                                                                                     "NZ"};

	(void)state;
	fill_at_random();
	for (unsigned i = 0; i < QUESTIONS; i++) {
		struct contact_question question = {.address = random_address(),
		                                    .asn = random_below(22),
		                                    .country = COUNTRIES[random_below(4)],
		                                    .domain = DOMAINS[random_below(6)],
		                                    .now = {86400000 * (int64_t)random_below(6)}};

		compare_with_plain(&question);
	}
}

static int tear_down(void **state)
{
	(void)state;
	contact_table_free(table);
	table = NULL;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_most_specific_comes_first),
		cmocka_unit_test(without_an_owner_the_cert_is_written_to),
		cmocka_unit_test(never_ends_the_chain),
		cmocka_unit_test(what_expired_is_passed_over),
		cmocka_unit_test(earlier_files_count_more),
		cmocka_unit_test(a_chain_has_an_end),
		cmocka_unit_test(it_finds_what_a_walk_over_all_rows_finds),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, tear_down);
}
