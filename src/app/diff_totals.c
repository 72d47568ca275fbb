/* SPDX-License-Identifier: ISC */
/* What is counted, and how it is shown. */
#include "app/diff_totals.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/csv_write.h"
#include "report/json_write.h"
#include "report/table.h"

enum { NAME_MAX_SIZE = 255 };

/* In the order in which people want to read them. */
static const enum change ORDER[] = {CHANGE_NEW,     CHANGE_GONE,      CHANGE_FIXED, CHANGE_REGRESSED,
                                    CHANGE_CHANGED, CHANGE_UNCHANGED, CHANGE_UNTOLD};
/* What can become of a finding. */
static const enum change FINDING_ORDER[] = {CHANGE_NEW, CHANGE_FIXED, CHANGE_GONE, CHANGE_UNTOLD};

void diff_totals_done(struct diff_totals *totals)
{
	diff_groups_done(&totals->groups);
}

/* ---- counting ---- */

static void count_finding(void *context, const char *id, enum change change)
{
	struct diff_totals *totals = context;
	size_t at = 0;

	while (at < totals->finding_count && strcmp(totals->findings[at].id, id) != 0)
		at++;
	if (at == DIFF_FINDINGS_MAX)
		return;
	if (at == totals->finding_count)
		totals->findings[totals->finding_count++] = (struct diff_finding){.id = id};
	totals->findings[at].counts[change]++;
}

/* Each doubt is counted once, for the first look that is to blame. */
static void count_doubt(struct diff_totals *totals, const struct diff_service *service)
{
	const enum standing standings[DIFF_SIDES] = {service->pair.old, service->pair.new};

	for (unsigned side = 0; side < DIFF_SIDES; side++) {
		if (standings[side] == STANDING_UNASKED) {
			totals->doubts[side][service->reach[side]]++;
			return;
		}
	}
	totals->untold[standings[DIFF_OLD] == STANDING_UNTOLD ? DIFF_OLD : DIFF_NEW]++;
}

static void count_service(struct diff_totals *totals, struct census_diff *diff, const struct diff_service *service)
{
	totals->all.services[service->pair.change]++;
	for (unsigned i = 0; service->pair.change == CHANGE_CHANGED && i < DETAIL_COUNT; i++)
		totals->details[i] += service->details >> i & 1;
	if (service->pair.change == CHANGE_UNTOLD)
		count_doubt(totals, service);
	census_diff_findings(diff, service, count_finding, totals);
}

static void count_sides(struct diff_totals *totals, const struct diff_host *host)
{
	for (unsigned side = 0; side < DIFF_SIDES; side++) {
		if (host->rows[side] == NULL)
			continue;
		totals->answering[side] += host->rows[side]->verdict != HOST_CLOSED ? 1 : 0;
		totals->without_tls[side] += host->rows[side]->verdict == HOST_NO_TLS ? 1 : 0;
	}
}

void diff_totals_count(struct diff_totals *totals, struct census_diff *diff, const struct diff_host *host,
                       const struct attributor *attributor)
{
	struct diff_counts *group = NULL;

	count_sides(totals, host);
	if (host->change == CHANGE_NONE)
		return;
	if (totals->groups.keys != 0)
		group = diff_groups_get(&totals->groups, host->address, attributor);
	totals->all.hosts[host->change]++;
	if (group != NULL)
		group->hosts[host->change]++;
	for (size_t i = 0; i < host->service_count; i++) {
		count_service(totals, diff, &host->services[i]);
		if (group != NULL)
			group->services[host->services[i].pair.change]++;
	}
}

/* ---- order ---- */

static int compare_findings(const void *a, const void *b)
{
	return strcmp(((const struct diff_finding *)a)->id, ((const struct diff_finding *)b)->id);
}

void diff_totals_sort(struct diff_totals *totals)
{
	diff_groups_sort(&totals->groups);
	if (totals->finding_count > 0)
		qsort(totals->findings, totals->finding_count, sizeof(*totals->findings), compare_findings);
}

/* ---- as tables ---- */

static void render_changes(const struct diff_totals *totals, struct buffer *out)
{
	struct table_column columns[] = {{"CHANGE", false}, {"HOSTS", true}, {"SERVICES", true}};
	struct table *table = table_new(columns, ARRAY_LENGTH(columns));

	for (size_t i = 0; i < ARRAY_LENGTH(ORDER); i++) {
		table_add_text(table, change_name(ORDER[i]));
		table_add_number(table, totals->all.hosts[ORDER[i]]);
		table_add_number(table, totals->all.services[ORDER[i]]);
	}
	table_render(table, TABLE_WIDTH_ANY, out);
	table_free(table);
}

static void render_details(const struct diff_totals *totals, struct buffer *out)
{
	const char *separator = "\nChanged services differ in ";

	for (unsigned i = 0; i < DETAIL_COUNT; i++) {
		if (totals->details[i] == 0)
			continue;
		buffer_append_format(out, "%s%s (%" PRIu64 ")", separator, diff_detail_name(1u << i), totals->details[i]);
		separator = ", ";
	}
	if (separator[0] == ',')
		buffer_append_text(out, ".\n");
}

static void render_doubts(const struct diff_totals *totals, struct buffer *out)
{
	static const char *const sides[DIFF_SIDES] = {"then", "now"};

	if (totals->all.services[CHANGE_UNTOLD] == 0)
		return;
	buffer_append_text(out, "\nWhy it cannot be said, in services:\n");
	for (unsigned side = 0; side < DIFF_SIDES; side++) {
		if (totals->untold[side] > 0)
			buffer_append_format(out, "%10" PRIu64 "  %s: asked, and could not tell\n", totals->untold[side], sides[side]);
		for (unsigned reach = 0; reach < REACH_COUNT; reach++) {
			if (totals->doubts[side][reach] > 0)
				buffer_append_format(out, "%10" PRIu64 "  %s: %s\n", totals->doubts[side][reach], sides[side],
				                     reach_sentence((enum reach)reach));
		}
	}
}

static void render_findings(const struct diff_totals *totals, struct buffer *out)
{
	struct table_column columns[] = {{"FINDING", false}, {"NEW", true}, {"FIXED", true}, {"GONE", true}, {"CANNOT SAY", true}};
	struct table *table = table_new(columns, ARRAY_LENGTH(columns));

	for (size_t i = 0; i < totals->finding_count; i++) {
		table_add_text(table, totals->findings[i].id);
		for (size_t k = 0; k < ARRAY_LENGTH(FINDING_ORDER); k++)
			table_add_number(table, totals->findings[i].counts[FINDING_ORDER[k]]);
	}
	if (totals->finding_count > 0)
		buffer_append_byte(out, '\n');
	table_render(table, TABLE_WIDTH_ANY, out);
	table_free(table);
}

void diff_totals_render(const struct diff_totals *totals, struct buffer *out)
{
	render_changes(totals, out);
	buffer_append_format(
		out, "\n%" PRIu64 " hosts answered then, %" PRIu64 " let people log in without TLS; now %" PRIu64 " and %" PRIu64 ".\n",
		totals->answering[DIFF_OLD], totals->without_tls[DIFF_OLD], totals->answering[DIFF_NEW], totals->without_tls[DIFF_NEW]);
	render_details(totals, out);
	render_doubts(totals, out);
	render_findings(totals, out);
}

void diff_totals_render_groups(const struct diff_totals *totals, const struct attributor *attributor, struct buffer *out)
{
	struct table_column columns[TABLE_COLUMNS_MAX];
	static const char *const titles[] = {"NEW", "GONE", "FIXED", "REGRESSED", "CHANGED", "UNCHANGED", "CANNOT SAY"};
	size_t count = 0;
	struct table *table;

	if ((totals->groups.keys & DIFF_BY_COUNTRY) != 0)
		columns[count++] = (struct table_column){"COUNTRY", false};
	if ((totals->groups.keys & DIFF_BY_ASN) != 0) {
		columns[count++] = (struct table_column){"ASN", false};
		columns[count++] = (struct table_column){"NETWORK", false};
	}
	for (size_t i = 0; i < ARRAY_LENGTH(titles); i++)
		columns[count++] = (struct table_column){titles[i], true};
	table = table_new(columns, count);
	for (size_t i = 0; i < totals->groups.count; i++) {
		const struct diff_group *group = &totals->groups.items[i];
		char number[32] = "-";

		if (group->asn != 0)
			(void)snprintf(number, sizeof(number), "AS%" PRIu32, group->asn);
		if ((totals->groups.keys & DIFF_BY_COUNTRY) != 0)
			table_add_text(table, group->country[0] != '\0' ? group->country : "-");
		if ((totals->groups.keys & DIFF_BY_ASN) != 0) {
			table_add_text(table, number);
			table_add_text(table, group->asn != 0 ? attributor_network_name(attributor, group->asn) : "");
		}
		for (size_t k = 0; k < ARRAY_LENGTH(ORDER); k++)
			table_add_number(table, group->counts.hosts[ORDER[k]]);
	}
	table_render(table, TABLE_WIDTH_ANY, out);
	table_free(table);
}

/* ---- for programs ---- */

void diff_totals_csv_groups(const struct diff_totals *totals, const struct attributor *attributor, struct buffer *out)
{
	buffer_append_text(out, "country,asn,as_name");
	for (size_t k = 0; k < ARRAY_LENGTH(ORDER); k++)
		buffer_append_format(out, ",hosts_%s", ORDER[k] == CHANGE_UNTOLD ? "cannot_say" : change_name(ORDER[k]));
	for (size_t k = 0; k < ARRAY_LENGTH(ORDER); k++)
		buffer_append_format(out, ",services_%s", ORDER[k] == CHANGE_UNTOLD ? "cannot_say" : change_name(ORDER[k]));
	buffer_append_byte(out, '\n');
	for (size_t i = 0; i < totals->groups.count; i++) {
		const struct diff_group *group = &totals->groups.items[i];

		buffer_append_text(out, group->country);
		buffer_append_byte(out, ',');
		if (group->asn != 0)
			buffer_append_format(out, "%" PRIu32, group->asn);
		csv_next(out);
		csv_text(out, span_from_text(group->asn != 0 ? attributor_network_name(attributor, group->asn) : ""), NAME_MAX_SIZE, true);
		for (size_t k = 0; k < ARRAY_LENGTH(ORDER); k++)
			buffer_append_format(out, ",%" PRIu64, group->counts.hosts[ORDER[k]]);
		for (size_t k = 0; k < ARRAY_LENGTH(ORDER); k++)
			buffer_append_format(out, ",%" PRIu64, group->counts.services[ORDER[k]]);
		buffer_append_byte(out, '\n');
	}
}

static void json_changes(struct buffer *out, const char *key, const uint64_t counts[CHANGE_COUNT], const enum change *order, size_t count)
{
	if (key != NULL) {
		json_key(out, key);
		buffer_append_byte(out, '{');
	}
	for (size_t i = 0; i < count; i++)
		json_number(out, change_name(order[i]), counts[order[i]]);
	if (key != NULL)
		buffer_append_byte(out, '}');
}

static void json_doubts(struct buffer *out, const struct diff_totals *totals)
{
	static const char *const sides[DIFF_SIDES] = {"old", "new"};

	json_key(out, "cannot_say_because");
	buffer_append_byte(out, '{');
	for (unsigned side = 0; side < DIFF_SIDES; side++) {
		json_key(out, sides[side]);
		buffer_append_byte(out, '{');
		json_number(out, "untold", totals->untold[side]);
		for (unsigned reach = REACH_ASKED + 1; reach < REACH_COUNT; reach++)
			json_number(out, reach_name((enum reach)reach), totals->doubts[side][reach]);
		buffer_append_byte(out, '}');
	}
	buffer_append_byte(out, '}');
}

static void json_groups(struct buffer *out, const struct diff_totals *totals, const struct attributor *attributor)
{
	json_key(out, "groups");
	buffer_append_byte(out, '[');
	for (size_t i = 0; i < totals->groups.count; i++) {
		const struct diff_group *group = &totals->groups.items[i];

		json_open_item(out);
		if ((totals->groups.keys & DIFF_BY_COUNTRY) != 0)
			json_word_or_null(out, "country", group->country);
		if ((totals->groups.keys & DIFF_BY_ASN) != 0) {
			json_number_or_null(out, "asn", group->asn);
			json_word_or_null(out, "as_name", group->asn != 0 ? attributor_network_name(attributor, group->asn) : NULL);
		}
		json_changes(out, "hosts", group->counts.hosts, ORDER, ARRAY_LENGTH(ORDER));
		json_changes(out, "services", group->counts.services, ORDER, ARRAY_LENGTH(ORDER));
		buffer_append_byte(out, '}');
	}
	buffer_append_byte(out, ']');
}

void diff_totals_json(const struct diff_totals *totals, const struct attributor *attributor, struct buffer *out)
{
	json_changes(out, "hosts", totals->all.hosts, ORDER, ARRAY_LENGTH(ORDER));
	json_changes(out, "services", totals->all.services, ORDER, ARRAY_LENGTH(ORDER));
	json_key(out, "changed");
	buffer_append_byte(out, '{');
	for (unsigned i = 0; i < DETAIL_COUNT; i++)
		json_number(out, diff_detail_name(1u << i), totals->details[i]);
	buffer_append_byte(out, '}');
	json_doubts(out, totals);
	json_key(out, "findings");
	buffer_append_byte(out, '[');
	for (size_t i = 0; i < totals->finding_count; i++) {
		json_open_item(out);
		json_word(out, "id", totals->findings[i].id);
		json_changes(out, NULL, totals->findings[i].counts, FINDING_ORDER, ARRAY_LENGTH(FINDING_ORDER));
		buffer_append_byte(out, '}');
	}
	buffer_append_byte(out, ']');
	if (totals->groups.keys != 0)
		json_groups(out, totals, attributor);
}
