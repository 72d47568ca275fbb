/* SPDX-License-Identifier: ISC */
/* "Could not tell" is counted beside yes and no, and never among the services that a share is of. */
#include "app/stats_facts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "report/table.h"

enum { SOFTWARE_SHOWN_MAX = 30 };

static void counts_done(struct name_counts *counts)
{
	for (size_t i = 0; i < counts->count; i++)
		free(counts->items[i].name);
	free(counts->items);
}

void stats_facts_done(struct stats_facts *facts)
{
	counts_done(&facts->findings);
	counts_done(&facts->host_findings);
	counts_done(&facts->software);
	*facts = (struct stats_facts){.services = 0};
}

void name_counts_add(struct name_counts *counts, const char *name, enum severity severity, uint64_t count)
{
	size_t at = 0;

	while (at < counts->count && strcmp(counts->items[at].name, name) != 0)
		at++;
	if (at == NAME_COUNTS_MAX) {
		counts->others += count;
		return;
	}
	if (at == counts->count) {
		if (counts->count == counts->capacity) {
			counts->capacity = counts->capacity > 0 ? 2 * counts->capacity : 64;
			counts->items = memory_resize(counts->items, counts->capacity, sizeof(*counts->items));
		}
		counts->items[counts->count++] = (struct name_count){.name = memory_copy_text(name), .severity = severity};
	}
	counts->items[at].count += count;
	if (severity > counts->items[at].severity)
		counts->items[at].severity = severity;
}

static void count_findings(struct stats_facts *facts, const struct census_service *service)
{
	/* The worst comes first. */
	if (service->finding_count > 0)
		facts->worst[service->findings[0].severity]++;
	else
		facts->without_finding++;
	for (size_t i = 0; i < service->finding_count; i++)
		name_counts_add(&facts->findings, service->findings[i].id, service->findings[i].severity, 1);
}

static void count_tls(struct stats_facts *facts, const struct tls_facts *tls)
{
	if (!tls->is_seen)
		return;
	facts->tls_services++;
	for (size_t i = 0; i < TLS_INDEX_COUNT; i++)
		facts->versions[i][tls->versions[i]]++;
	facts->post_quantum[tls->post_quantum]++;
}

void stats_facts_count(struct stats_facts *facts, const struct census_service *service)
{
	const struct service_record *record = service->service;

	if (record->tls_facts.connections == 0 || record->verdict == VERDICT_CLOSED)
		return;
	facts->services++;
	if (facts->hosts == 0 || ip_address_compare(facts->last_host, record->endpoint.address) != 0) {
		facts->hosts++;
		facts->last_host = record->endpoint.address;
		for (size_t i = 0; i < service->host_finding_count; i++)
			name_counts_add(&facts->host_findings, service->host_findings[i].id, service->host_findings[i].severity, 1);
	}
	count_findings(facts, service);
	if (record->protocol == WIRE_POP3 || record->protocol == WIRE_IMAP) {
		facts->mail_services++;
		if (record->software.product[0] == '\0')
			facts->software_unknown++;
		else
			name_counts_add(&facts->software, record->software.product, SEVERITY_INFO, 1);
	}
	count_tls(facts, &record->tls_facts);
}

static int by_severity(const void *a, const void *b)
{
	const struct name_count *one = a, *other = b;

	if (one->severity != other->severity)
		return one->severity > other->severity ? -1 : 1;
	if (one->count != other->count)
		return one->count > other->count ? -1 : 1;
	return strcmp(one->name, other->name);
}

static void sort(struct name_counts *counts)
{
	if (counts->count > 1)
		qsort(counts->items, counts->count, sizeof(*counts->items), by_severity);
}

static void add_share(struct table *table, uint64_t count, uint64_t of)
{
	struct buffer text;
	uint64_t tenths = of > 0 ? (count * 1000 + of / 2) / of : 0;

	table_add_number(table, count);
	table_add_number(table, of);
	buffer_init(&text, 32);
	if (of > 0)
		buffer_append_format(&text, "%" PRIu64 ".%" PRIu64 " %%", tenths / 10, tenths % 10);
	else
		buffer_append_byte(&text, '-');
	table_add(table, buffer_view(&text));
	buffer_done(&text);
}

static void render(struct table *table, struct buffer *out)
{
	if (table_row_count(table) > 0) {
		buffer_append_byte(out, '\n');
		table_render(table, TABLE_WIDTH_ANY, out);
	}
	table_free(table);
}

static void render_findings(const struct name_counts *counts, const char *title, const char *unit, uint64_t of, struct buffer *out)
{
	struct table_column columns[] = {{title, false}, {"severity", false}, {unit, true}, {"of", true}, {"share", true}};
	struct table *table = table_new(columns, ARRAY_LENGTH(columns));

	for (size_t i = 0; i < counts->count; i++) {
		table_add_text(table, counts->items[i].name);
		table_add_text(table, severity_name(counts->items[i].severity));
		add_share(table, counts->items[i].count, of);
	}
	render(table, out);
}

static void render_worst(const struct stats_facts *facts, struct buffer *out)
{
	struct table_column columns[] = {{"WORST FINDING", false}, {"services", true}, {"of", true}, {"share", true}};
	struct table *table = table_new(columns, ARRAY_LENGTH(columns));

	for (unsigned severity = SEVERITY_COUNT; severity-- > 0;) {
		table_add_text(table, severity_name((enum severity)severity));
		add_share(table, facts->worst[severity], facts->services);
	}
	table_add_text(table, "none");
	add_share(table, facts->without_finding, facts->services);
	render(table, out);
}

static void render_software(const struct stats_facts *facts, struct buffer *out)
{
	struct table_column columns[] = {{"SOFTWARE", false}, {"services", true}, {"of", true}, {"share", true}};
	struct table *table = table_new(columns, ARRAY_LENGTH(columns));
	uint64_t others = facts->software.others;

	for (size_t i = 0; i < facts->software.count; i++) {
		if (i >= SOFTWARE_SHOWN_MAX) {
			others += facts->software.items[i].count;
			continue;
		}
		table_add_text(table, facts->software.items[i].name);
		add_share(table, facts->software.items[i].count, facts->mail_services);
	}
	if (others > 0) {
		table_add_text(table, "(others)");
		add_share(table, others, facts->mail_services);
	}
	table_add_text(table, "(unknown)");
	add_share(table, facts->software_unknown, facts->mail_services);
	render(table, out);
}

static void add_answers(struct table *table, const char *name, const uint64_t counts[ANSWER_YES + 1])
{
	table_add_text(table, name);
	add_share(table, counts[ANSWER_YES], counts[ANSWER_YES] + counts[ANSWER_NO]);
	table_add_number(table, counts[ANSWER_UNKNOWN]);
}

static void render_tls(const struct stats_facts *facts, struct buffer *out)
{
	struct table_column columns[] = {
		{"TLS ACCEPTS", false}, {"services", true}, {"of", true}, {"share", true}, {"could not tell", true}};
	struct table *table = table_new(columns, ARRAY_LENGTH(columns));

	for (unsigned i = 0; i < TLS_INDEX_COUNT; i++)
		add_answers(table, tls_version_name(tls_index_version((enum tls_version_index)i)), facts->versions[i]);
	add_answers(table, "post-quantum", facts->post_quantum);
	render(table, out);
}

void stats_facts_render(struct stats_facts *facts, struct buffer *out)
{
	if (facts->services == 0)
		return;
	sort(&facts->findings);
	sort(&facts->host_findings);
	sort(&facts->software);
	render_findings(&facts->findings, "FINDING", "services", facts->services, out);
	render_findings(&facts->host_findings, "FINDING OF HOSTS", "hosts", facts->hosts, out);
	render_worst(facts, out);
	render_software(facts, out);
	render_tls(facts, out);
}

static void append_counts_json(struct buffer *out, const char *key, const struct name_counts *counts, const char *unit, uint64_t of)
{
	buffer_append_format(out, ",\"%s\":[", key);
	for (size_t i = 0; i < counts->count; i++) {
		buffer_append_text(out, i > 0 ? ",{\"name\":" : "{\"name\":");
		text_append_json(span_from_text(counts->items[i].name), out);
		if (strcmp(key, "software") != 0)
			buffer_append_format(out, ",\"severity\":\"%s\"", severity_name(counts->items[i].severity));
		buffer_append_format(out, ",\"%s\":%" PRIu64 ",\"of\":%" PRIu64 "}", unit, counts->items[i].count, of);
	}
	buffer_append_byte(out, ']');
}

static void append_answers_json(struct buffer *out, const char *name, const uint64_t counts[ANSWER_YES + 1])
{
	buffer_append_format(out, "\"%s\":{\"yes\":%" PRIu64 ",\"no\":%" PRIu64 ",\"unknown\":%" PRIu64 "}", name, counts[ANSWER_YES],
	                     counts[ANSWER_NO], counts[ANSWER_UNKNOWN]);
}

void stats_facts_append_json(struct stats_facts *facts, struct buffer *out)
{
	sort(&facts->findings);
	sort(&facts->host_findings);
	sort(&facts->software);
	buffer_append_format(out,
	                     ",\"assessed\":{\"services\":%" PRIu64 ",\"hosts\":%" PRIu64 ",\"mail_services\":%" PRIu64
	                     ",\"tls_services\":%" PRIu64 "}",
	                     facts->services, facts->hosts, facts->mail_services, facts->tls_services);
	append_counts_json(out, "findings", &facts->findings, "services", facts->services);
	append_counts_json(out, "host_findings", &facts->host_findings, "hosts", facts->hosts);
	buffer_append_text(out, ",\"worst_finding\":{");
	for (unsigned severity = 0; severity < SEVERITY_COUNT; severity++)
		buffer_append_format(out, "\"%s\":%" PRIu64 ",", severity_name((enum severity)severity), facts->worst[severity]);
	buffer_append_format(out, "\"none\":%" PRIu64 ",\"of\":%" PRIu64 "}", facts->without_finding, facts->services);
	append_counts_json(out, "software", &facts->software, "services", facts->mail_services);
	buffer_append_format(out, ",\"software_unknown\":%" PRIu64 ",\"software_others\":%" PRIu64 ",\"tls_accepts\":{",
	                     facts->software_unknown, facts->software.others);
	for (unsigned i = 0; i < TLS_INDEX_COUNT; i++) {
		append_answers_json(out, tls_version_name(tls_index_version((enum tls_version_index)i)), facts->versions[i]);
		buffer_append_byte(out, ',');
	}
	append_answers_json(out, "post-quantum", facts->post_quantum);
	buffer_append_byte(out, '}');
}
