/* SPDX-License-Identifier: ISC */
/* Counts hosts once, by the host's judgement, and services each. */
#include "report/totals.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "report/rate.h"
#include "report/world_map.h"

/* More kinds than that are counted together: names of software are a server's words. */
enum { ROWS_MAX = 200000 };
static const char OTHERS[] = "(others)";

struct totals *totals_new(void)
{
	return memory_allocate(1, sizeof(struct totals));
}

static void table_done(struct totals_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		free(table->rows[i].key);
		free(table->rows[i].name);
	}
	free(table->rows);
	free(table->places);
}

void totals_free(struct totals *totals)
{
	table_done(&totals->countries);
	table_done(&totals->networks);
	table_done(&totals->software);
	table_done(&totals->findings);
	free(totals);
}

static size_t *place_of(const struct totals_table *table, const char *key)
{
	size_t mask = 2 * table->capacity - 1, at;
	uint64_t value = 14695981039346656037u;

	for (const char *byte = key; *byte != '\0'; byte++)
		value = (value ^ (unsigned char)*byte) * 1099511628211u;
	at = (size_t)(value ^ value >> 32) & mask;
	while (table->places[at] != 0 && strcmp(table->rows[table->places[at] - 1].key, key) != 0)
		at = (at + 1) & mask;
	return &table->places[at];
}

static void grow(struct totals_table *table)
{
	table->capacity = table->capacity > 0 ? 2 * table->capacity : 64;
	table->rows = memory_resize(table->rows, table->capacity, sizeof(*table->rows));
	free(table->places);
	table->places = memory_allocate(2 * table->capacity, sizeof(*table->places));
	for (size_t i = 0; i < table->count; i++)
		*place_of(table, table->rows[i].key) = i + 1;
}

static struct totals_row *row_of(struct totals_table *table, const char *key, const char *name)
{
	size_t *place;

	if (table->count == table->capacity)
		grow(table);
	place = place_of(table, key);
	if (*place == 0 && table->count >= ROWS_MAX) {
		name = "";
		place = place_of(table, OTHERS);
		key = OTHERS;
	}
	if (*place == 0) {
		table->rows[table->count] =
			(struct totals_row){.key = memory_copy_text(key), .name = memory_copy_text(name != NULL ? name : "")};
		*place = ++table->count;
	}
	return &table->rows[*place - 1];
}

static void count_host(struct totals_row *row, const struct report_host *host)
{
	row->count++;
	row->offering[TOTALS_POP3] += host->offers_pop3;
	row->offering[TOTALS_IMAP] += host->offers_imap;
	row->offering[TOTALS_BOTH] += host->offers_pop3 && host->offers_imap;
	row->offering[TOTALS_ANY] += host->offers_pop3 || host->offers_imap;
	row->without_tls[TOTALS_POP3] += host->no_tls_pop3;
	row->without_tls[TOTALS_IMAP] += host->no_tls_imap;
	row->without_tls[TOTALS_BOTH] += host->no_tls_pop3 && host->no_tls_imap;
	row->without_tls[TOTALS_ANY] += host->no_tls_pop3 || host->no_tls_imap;
}

static void add_host(struct totals *totals, const struct report_service *service)
{
	const struct attribution *attribution = service->line.attribution;
	const char *country = (attribution->flags & ATTRIBUTION_ANYCAST) != 0 ? "(anycast)"
	                      : attribution->country[0] != '\0'               ? attribution->country
	                                                                      : "(unknown)";
	char network[16] = "(unknown)";

	if (attribution->asn != 0)
		(void)snprintf(network, sizeof(network), "AS%" PRIu32, attribution->asn);
	count_host(&totals->all, &service->host);
	count_host(row_of(&totals->countries, country, world_country_name(country)), &service->host);
	count_host(row_of(&totals->networks, network, attribution->asn != 0 ? attribution->as_name : ""), &service->host);
	totals->hosts[service->line.host_verdict]++;
	totals->strict += service->line.host_is_strict;
	for (size_t i = 0; i < service->line.host_finding_count; i++)
		row_of(&totals->findings, service->line.host_findings[i].id, severity_name(service->line.host_findings[i].severity))
			->count++;
}

static void count_answer(uint64_t counts[2], enum answer answer)
{
	counts[0] += answer == ANSWER_YES;
	counts[1] += answer != ANSWER_UNKNOWN;
}

void totals_add(struct totals *totals, const struct report_service *service)
{
	const struct service_record *record = service->line.service;

	if (service->is_first_of_host)
		add_host(totals, service);
	if (!report_service_is_mail(service))
		return;
	totals->services++;
	totals->services_without += service->is_without_tls;
	totals->verdicts[record->verdict][record->protocol == WIRE_POP3 ? TOTALS_POP3 : TOTALS_IMAP]++;
	row_of(&totals->software, record->software.product[0] != '\0' ? record->software.product : "(unknown)", "")->count++;
	for (size_t i = 0; i < service->line.finding_count; i++)
		row_of(&totals->findings, service->line.findings[i].id, severity_name(service->line.findings[i].severity))->count++;
	for (size_t i = 0; i < TLS_INDEX_COUNT; i++)
		count_answer(totals->versions[i], record->tls_facts.versions[i]);
	count_answer(totals->post_quantum, record->tls_facts.post_quantum);
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return a > b ? -1 : a < b ? 1 : 0;
}

static int compare_rows(const void *a, const void *b)
{
	const struct totals_row *one = a, *other = b;
	int order = compare_numbers(one->without_tls[TOTALS_ANY], other->without_tls[TOTALS_ANY]);

	if (order == 0)
		order = compare_numbers(one->offering[TOTALS_ANY], other->offering[TOTALS_ANY]);
	if (order == 0)
		order = compare_numbers(one->count, other->count);
	return order != 0 ? order : strcmp(one->key, other->key);
}

void totals_sort(struct totals *totals)
{
	struct totals_table *tables[] = {&totals->countries, &totals->networks, &totals->software, &totals->findings};

	for (size_t i = 0; i < ARRAY_LENGTH(tables); i++) {
		if (tables[i]->count > 1)
			qsort(tables[i]->rows, tables[i]->count, sizeof(*tables[i]->rows), compare_rows);
	}
}

uint64_t totals_per_thousand(const struct totals_row *row)
{
	return rate_round(row->without_tls[TOTALS_ANY], 10000, row->offering[TOTALS_ANY]);
}

const char *totals_number(uint64_t number, char text[TOTALS_NUMBER_SIZE])
{
	char plain[24];
	size_t size = 0, length;

	(void)snprintf(plain, sizeof(plain), "%" PRIu64, number);
	length = strlen(plain);
	for (size_t i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			text[size++] = ',';
		text[size++] = plain[i];
	}
	text[size] = '\0';
	return text;
}
