/* SPDX-License-Identifier: ISC */
/* A row for each table of the totals, or each line of one: its value says which, its numbers are the columns. */
#include "app/stats_totals_kept.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "model/count_numbers.h"

enum { NUMBERS_MAX = 1 << 14, VALUE_MAX = 1 << 12, NAME_SIZE = 64, COLUMNS_MAX = 32 };

/* One number and where it is; a row is an array of them. */
struct cell {
	const char *name;
	uint64_t *number;
};

struct row {
	struct cell cells[COLUMNS_MAX];
	size_t count;
};

static void put(struct row *row, const char *name, uint64_t *number)
{
	if (row->count < COLUMNS_MAX)
		row->cells[row->count++] = (struct cell){name, number};
}

/* ---- rows of which there is one each ---- */

static void put_hosts(struct stats_totals *totals, struct row *row)
{
	for (size_t i = 0; i < HOST_VERDICT_COUNT; i++)
		put(row, host_verdict_name((enum host_verdict)i), &totals->hosts[i]);
	put(row, "offer_pop3", &totals->hosts_pop3);
	put(row, "offer_imap", &totals->hosts_imap);
	put(row, "offer_both", &totals->hosts_both);
	put(row, "offer_any", &totals->hosts_any);
	put(row, "without_tls_pop3", &totals->no_tls_pop3);
	put(row, "without_tls_imap", &totals->no_tls_imap);
	put(row, "without_tls_both", &totals->no_tls_both);
	put(row, "without_tls_any", &totals->no_tls_any);
	put(row, "without_tls_strict", &totals->no_tls_strict);
}

static void put_assessed(struct stats_totals *totals, struct row *row)
{
	struct stats_facts *facts = &totals->facts;

	put(row, "services", &facts->services);
	put(row, "hosts", &facts->hosts);
	put(row, "mail_services", &facts->mail_services);
	put(row, "tls_services", &facts->tls_services);
	put(row, "software_unknown", &facts->software_unknown);
	put(row, "software_others", &facts->software.others);
	put(row, "findings_others", &facts->findings.others);
	put(row, "host_findings_others", &facts->host_findings.others);
}

static void put_worst(struct stats_totals *totals, struct row *row)
{
	for (size_t i = 0; i < SEVERITY_COUNT; i++)
		put(row, severity_name((enum severity)i), &totals->facts.worst[i]);
	put(row, "none", &totals->facts.without_finding);
}

static void put_prefixes(struct stats_totals *totals, struct row *row)
{
	for (size_t i = 0; i < PREFIX_VERDICT_COUNT; i++)
		put(row, prefix_verdict_name((enum prefix_verdict)i), &totals->prefixes.prefixes[i]);
}

static void put_prefix_hosts(struct stats_totals *totals, struct row *row)
{
	for (size_t i = 0; i < PREFIX_VERDICT_COUNT; i++)
		put(row, prefix_verdict_name((enum prefix_verdict)i), &totals->prefixes.hosts[i]);
}

static const struct {
	const char *value;
	void (*put)(struct stats_totals *totals, struct row *row);
} SINGLE_ROWS[] = {
	{"hosts", put_hosts},       {"assessed", put_assessed},         {"worst", put_worst},
	{"prefixes", put_prefixes}, {"prefix hosts", put_prefix_hosts},
};

/* ---- rows of which there are many: "port 143", "software Dovecot" ---- */

static const char PORT[] = "port ", OTHER_PORTS[] = "others", TLS[] = "tls ", POST_QUANTUM[] = "post-quantum", EXAMPLE[] = "example ";

static void put_port(struct stats_totals *totals, size_t column, struct row *row)
{
	for (size_t i = 0; i < VERDICT_COUNT; i++)
		put(row, verdict_name((enum verdict)i), &totals->services[i][column]);
}

static void put_answers(uint64_t counts[ANSWER_YES + 1], struct row *row)
{
	put(row, "unknown", &counts[ANSWER_UNKNOWN]);
	put(row, "no", &counts[ANSWER_NO]);
	put(row, "yes", &counts[ANSWER_YES]);
}

/* The lists of names, by what stands before a name in the value. */
static struct name_counts *names_of(struct stats_totals *totals, size_t place, const char **prefix_out)
{
	static const char *const PREFIXES[] = {"finding ", "host-finding ", "software "};
	struct name_counts *lists[] = {&totals->facts.findings, &totals->facts.host_findings, &totals->facts.software};

	if (place >= ARRAY_LENGTH(lists))
		return NULL;
	*prefix_out = PREFIXES[place];
	return lists[place];
}

/* An example of a prefix; its place comes first, as they are in order. */
struct example_numbers {
	uint64_t verdict, accepting, speaking, false_hosts, alike;
};

static void put_example(struct example_numbers *example, struct row *row)
{
	put(row, "verdict", &example->verdict);
	put(row, "accepting", &example->accepting);
	put(row, "speaking", &example->speaking);
	put(row, "false_hosts", &example->false_hosts);
	put(row, "alike", &example->alike);
}

/* ---- keeping ---- */

struct keeping {
	struct stats_totals *totals;
	struct store *store;
	census_id census;
	uint64_t *rows;
	struct error *error;
	struct buffer value, numbers;
};

static bool keep_row(struct keeping *keeping, const struct row *row)
{
	struct count_record record = {.kind = STATS_TOTALS_KIND};

	buffer_clear(&keeping->numbers);
	count_numbers_begin(&keeping->numbers);
	for (size_t i = 0; i < row->count; i++)
		count_numbers_add(&keeping->numbers, row->cells[i].name, *row->cells[i].number);
	count_numbers_end(&keeping->numbers);
	record.value = buffer_view(&keeping->value);
	record.numbers = buffer_view(&keeping->numbers);
	++*keeping->rows;
	return store_add_count(keeping->store, keeping->census, &record, keeping->error);
}

static void begin_value(struct keeping *keeping, const char *prefix, const char *rest)
{
	buffer_clear(&keeping->value);
	buffer_append_text(&keeping->value, prefix);
	buffer_append_text(&keeping->value, rest);
}

static bool keep_single(struct keeping *keeping)
{
	bool is_kept = true;

	for (size_t i = 0; i < ARRAY_LENGTH(SINGLE_ROWS) && is_kept; i++) {
		struct row row = {.count = 0};

		begin_value(keeping, SINGLE_ROWS[i].value, "");
		SINGLE_ROWS[i].put(keeping->totals, &row);
		is_kept = keep_row(keeping, &row);
	}
	return is_kept;
}

static bool keep_ports(struct keeping *keeping)
{
	bool is_kept = true;

	for (size_t i = 0; i <= keeping->totals->port_count && is_kept; i++) {
		struct row row = {.count = 0};
		char port[NAME_SIZE];
		bool is_others = i == keeping->totals->port_count;

		(void)snprintf(port, sizeof(port), "%u", is_others ? 0U : keeping->totals->ports[i]);
		begin_value(keeping, PORT, is_others ? OTHER_PORTS : port);
		put_port(keeping->totals, is_others ? STATS_PORTS_MAX : i, &row);
		is_kept = keep_row(keeping, &row);
	}
	return is_kept;
}

static bool keep_names(struct keeping *keeping)
{
	const char *prefix;
	struct name_counts *names;
	bool is_kept = true;

	for (size_t list = 0; (names = names_of(keeping->totals, list, &prefix)) != NULL; list++) {
		for (size_t i = 0; i < names->count && is_kept; i++) {
			uint64_t severity = (uint64_t)names->items[i].severity;
			struct row row = {.count = 0};

			begin_value(keeping, prefix, names->items[i].name);
			put(&row, "count", &names->items[i].count);
			put(&row, "severity", &severity);
			is_kept = keep_row(keeping, &row);
		}
	}
	return is_kept;
}

static bool keep_tls(struct keeping *keeping)
{
	bool is_kept = true;

	for (size_t i = 0; i <= TLS_INDEX_COUNT && is_kept; i++) {
		struct row row = {.count = 0};

		begin_value(keeping, TLS,
		            i == TLS_INDEX_COUNT ? POST_QUANTUM : tls_version_name(tls_index_version((enum tls_version_index)i)));
		put_answers(i == TLS_INDEX_COUNT ? keeping->totals->facts.post_quantum : keeping->totals->facts.versions[i], &row);
		is_kept = keep_row(keeping, &row);
	}
	return is_kept;
}

static bool keep_examples(struct keeping *keeping)
{
	bool is_kept = true;

	for (unsigned i = 0; i < keeping->totals->prefixes.shown_count && is_kept; i++) {
		const struct prefix_row *shown = &keeping->totals->prefixes.shown[i];
		struct example_numbers numbers = {(uint64_t)shown->verdict, shown->accepting, shown->speaking, shown->false_hosts,
		                                  shown->alike};
		struct row row = {.count = 0};
		char address[IP_ADDRESS_TEXT_SIZE], text[NAME_SIZE + IP_ADDRESS_TEXT_SIZE];

		ip_address_format(shown->prefix, address);
		(void)snprintf(text, sizeof(text), "%02u %s", i, address);
		begin_value(keeping, EXAMPLE, text);
		put_example(&numbers, &row);
		is_kept = keep_row(keeping, &row);
	}
	return is_kept;
}

bool stats_totals_keep(const struct stats_totals *totals, struct store *store, census_id census, uint64_t *rows, struct error *error)
{
	/* Rows point at the numbers, as they do where they are taken; nothing is written through them here. */
	struct stats_totals copy = *totals;
	struct keeping keeping = {.totals = &copy, .store = store, .census = census, .rows = rows, .error = error};
	bool is_kept;

	buffer_init(&keeping.value, VALUE_MAX);
	buffer_init(&keeping.numbers, NUMBERS_MAX);
	is_kept = keep_single(&keeping) && keep_ports(&keeping) && keep_names(&keeping) && keep_tls(&keeping) && keep_examples(&keeping);
	buffer_done(&keeping.value);
	buffer_done(&keeping.numbers);
	return is_kept;
}

/* ---- taking ---- */

static bool take_row(struct span numbers, const struct row *row)
{
	struct span name;
	uint64_t number;

	while (count_numbers_take(&numbers, &name, &number)) {
		size_t at = 0;

		while (at < row->count && !span_equals_text(name, row->cells[at].name))
			at++;
		if (at == row->count)
			return false;
		*row->cells[at].number = number;
	}
	return numbers.size == 0;
}

static bool take_single(struct stats_totals *totals, const struct count_record *record, bool *is_one_out)
{
	struct row row = {.count = 0};

	*is_one_out = false;
	for (size_t i = 0; i < ARRAY_LENGTH(SINGLE_ROWS); i++) {
		if (!span_equals_text(record->value, SINGLE_ROWS[i].value))
			continue;
		*is_one_out = true;
		SINGLE_ROWS[i].put(totals, &row);
		return take_row(record->numbers, &row);
	}
	return false;
}

static bool take_port(struct stats_totals *totals, struct span rest, struct span numbers)
{
	struct row row = {.count = 0};
	uint64_t port;

	if (span_equals_text(rest, OTHER_PORTS))
		put_port(totals, STATS_PORTS_MAX, &row);
	else if (text_parse_unsigned(rest, UINT16_MAX, &port))
		put_port(totals, stats_totals_column(totals, (uint16_t)port), &row);
	return row.count > 0 && take_row(numbers, &row);
}

static bool take_name(struct name_counts *names, struct span rest, struct span numbers)
{
	uint64_t count = 0, severity = 0;
	struct row row = {.count = 0};
	char name[VALUE_MAX];

	put(&row, "count", &count);
	put(&row, "severity", &severity);
	if (rest.size >= sizeof(name) || !take_row(numbers, &row) || severity >= SEVERITY_COUNT)
		return false;
	(void)snprintf(name, sizeof(name), "%.*s", (int)rest.size, (const char *)rest.data);
	name_counts_add(names, name, (enum severity)severity, count);
	return true;
}

static bool take_tls(struct stats_totals *totals, struct span rest, struct span numbers)
{
	struct row row = {.count = 0};

	if (span_equals_text(rest, POST_QUANTUM))
		put_answers(totals->facts.post_quantum, &row);
	for (size_t i = 0; i < TLS_INDEX_COUNT; i++) {
		if (span_equals_text(rest, tls_version_name(tls_index_version((enum tls_version_index)i))))
			put_answers(totals->facts.versions[i], &row);
	}
	return row.count > 0 && take_row(numbers, &row);
}

static bool take_example(struct prefix_count *prefixes, struct span rest, struct span numbers)
{
	size_t space = span_find_byte(rest, ' ');
	struct example_numbers example = {.verdict = 0};
	struct row row = {.count = 0};
	struct ip_address prefix;

	put_example(&example, &row);
	if (!ip_address_parse(span_part(rest, space + 1, rest.size), &prefix) || !take_row(numbers, &row) ||
	    example.verdict >= PREFIX_VERDICT_COUNT || prefixes->shown_count == PREFIXES_SHOWN_MAX)
		return false;
	prefixes->shown[prefixes->shown_count++] = (struct prefix_row){
		prefix, (enum prefix_verdict)example.verdict, example.accepting, example.speaking, example.false_hosts, example.alike};
	return true;
}

/* What stands behind the prefix. */
static bool has_prefix(struct span value, const char *prefix, struct span *rest_out)
{
	*rest_out = span_part(value, strlen(prefix), value.size);
	return span_starts_with_text(value, prefix);
}

bool stats_totals_take(struct stats_totals *totals, const struct count_record *record)
{
	const char *prefix;
	struct name_counts *names;
	struct span rest;
	bool is_single, is_taken = take_single(totals, record, &is_single);

	if (is_single)
		return is_taken;
	if (has_prefix(record->value, PORT, &rest))
		return take_port(totals, rest, record->numbers);
	if (has_prefix(record->value, TLS, &rest))
		return take_tls(totals, rest, record->numbers);
	if (has_prefix(record->value, EXAMPLE, &rest))
		return take_example(&totals->prefixes, rest, record->numbers);
	for (size_t list = 0; (names = names_of(totals, list, &prefix)) != NULL; list++) {
		if (has_prefix(record->value, prefix, &rest))
			return take_name(names, rest, record->numbers);
	}
	return false;
}
