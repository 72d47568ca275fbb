/* SPDX-License-Identifier: ISC */
/* Groups in a hash table while hosts are counted, in order afterwards. */
#include "app/stats_groups.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "report/json_write.h"
#include "report/table.h"

bool stats_groups_parse(const char *text, unsigned *keys_out, struct error *error)
{
	struct span rest = span_from_text(text);
	unsigned keys = 0;
	bool has_more = true;

	while (has_more) {
		size_t end = span_find_byte(rest, ',');
		struct span word = span_trim(span_part(rest, 0, end));

		if (span_equals_text(word, "country"))
			keys |= GROUP_BY_COUNTRY;
		else if (span_equals_text(word, "asn"))
			keys |= GROUP_BY_ASN;
		else
			return error_set(error, "--by %s: by country, asn, or country,asn for both together", text);
		has_more = end < rest.size;
		rest = span_part(rest, end + 1, rest.size);
	}
	*keys_out = keys;
	return true;
}

void stats_groups_done(struct stats_groups *groups)
{
	free(groups->items);
	*groups = (struct stats_groups){.items = NULL};
}

static struct stats_group *find_slot(const struct stats_groups *groups, const char country[GROUP_COUNTRY_SIZE], uint32_t asn)
{
	uint64_t hash = asn * 0x9e3779b97f4a7c15ULL;
	size_t at;

	for (size_t i = 0; i < GROUP_COUNTRY_SIZE; i++)
		hash = (hash ^ (unsigned char)country[i]) * 0x100000001b3ULL;
	at = (size_t)(hash >> 20) & (groups->capacity - 1);
	while (groups->items[at].is_used &&
	       (groups->items[at].asn != asn || memcmp(groups->items[at].country, country, GROUP_COUNTRY_SIZE) != 0))
		at = (at + 1) & (groups->capacity - 1);
	return &groups->items[at];
}

static struct stats_group *get_group(struct stats_groups *groups, const char country[GROUP_COUNTRY_SIZE], uint32_t asn)
{
	struct stats_group *group;

	if (2 * groups->count >= groups->capacity) {
		struct stats_group *old = groups->items;
		size_t old_capacity = groups->capacity;

		groups->capacity = old_capacity > 0 ? 2 * old_capacity : 256;
		groups->items = memory_allocate(groups->capacity, sizeof(*groups->items));
		for (size_t i = 0; i < old_capacity; i++) {
			if (old[i].is_used)
				*find_slot(groups, old[i].country, old[i].asn) = old[i];
		}
		free(old);
	}
	group = find_slot(groups, country, asn);
	if (!group->is_used) {
		group->is_used = true;
		memcpy(group->country, country, GROUP_COUNTRY_SIZE);
		group->asn = asn;
		groups->count++;
	}
	return group;
}

static void count_protocols(uint64_t counts[4], bool has_pop3, bool has_imap)
{
	counts[GROUP_POP3] += has_pop3;
	counts[GROUP_IMAP] += has_imap;
	counts[GROUP_BOTH] += has_pop3 && has_imap;
	counts[GROUP_ANY] += has_pop3 || has_imap;
}

static void count_host(struct stats_groups *groups, const struct attributor *attributor, const struct census_service *service)
{
	struct attribution attribution;
	char country[GROUP_COUNTRY_SIZE] = "";
	const struct host_judgement *host = service->host;

	attributor_look_up(attributor, service->service->endpoint.address, &attribution);
	if ((groups->keys & GROUP_BY_COUNTRY) != 0)
		(void)snprintf(country, sizeof(country), "%s",
		               (attribution.flags & ATTRIBUTION_ANYCAST) != 0 ? "anycast" : attribution.country);
	groups->current = get_group(groups, country, (groups->keys & GROUP_BY_ASN) != 0 ? attribution.asn : 0);
	groups->current->hosts[host->verdict]++;
	count_protocols(groups->current->offering, host->offers_pop3, host->offers_imap);
	count_protocols(groups->current->without_tls, host->no_tls_pop3, host->no_tls_imap);
	groups->current->strict += host->is_strict;
}

void stats_groups_count(struct stats_groups *groups, const struct attributor *attributor, const struct census_service *service)
{
	if (service->is_first_of_host)
		count_host(groups, attributor, service);
	groups->current->services[service->service->verdict]++;
}

static int compare_groups(const void *a, const void *b)
{
	const struct stats_group *one = a, *other = b;
	int country;

	if (one->is_used != other->is_used)
		return one->is_used ? -1 : 1;
	if (one->without_tls[GROUP_ANY] != other->without_tls[GROUP_ANY])
		return one->without_tls[GROUP_ANY] > other->without_tls[GROUP_ANY] ? -1 : 1;
	if (one->offering[GROUP_ANY] != other->offering[GROUP_ANY])
		return one->offering[GROUP_ANY] > other->offering[GROUP_ANY] ? -1 : 1;
	country = strcmp(one->country, other->country);
	if (country != 0)
		return country;
	return one->asn < other->asn ? -1 : one->asn > other->asn;
}

void stats_groups_sort(struct stats_groups *groups)
{
	if (groups->capacity > 0)
		qsort(groups->items, groups->capacity, sizeof(*groups->items), compare_groups);
}

static uint64_t sum(const uint64_t *counts, size_t count)
{
	uint64_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += counts[i];
	return total;
}

/* "12.3" of 1,000 hosts that offer mail; "" when there are none. */
static void format_rate(const struct stats_group *group, char text[32])
{
	uint64_t of = group->offering[GROUP_ANY], tenths = of > 0 ? (group->without_tls[GROUP_ANY] * 10000 + of / 2) / of : 0;

	text[0] = '\0';
	if (of > 0)
		(void)snprintf(text, 32, "%" PRIu64 ".%" PRIu64, tenths / 10, tenths % 10);
}

static void add_network(struct table *table, const struct stats_group *group, const struct attributor *attributor)
{
	char number[32] = "-";

	if (group->asn != 0)
		(void)snprintf(number, sizeof(number), "AS%" PRIu32, group->asn);
	table_add_text(table, number);
	table_add_text(table, group->asn != 0 ? attributor_network_name(attributor, group->asn) : "");
}

void stats_groups_render(const struct stats_groups *groups, const struct attributor *attributor, struct buffer *out)
{
	struct table_column columns[TABLE_COLUMNS_MAX];
	static const struct table_column numbers[] = {{"HOSTS", true},   {"UNTOLD", true},  {"OFFER MAIL", true}, {"NO TLS", true},
	                                              {"POP3", true},    {"IMAP", true},    {"BOTH", true},       {"STRICT", true},
	                                              {"OF 1000", true}, {"SERVICES", true}};
	size_t count = 0;
	struct table *table;

	if ((groups->keys & GROUP_BY_COUNTRY) != 0)
		columns[count++] = (struct table_column){"COUNTRY", false};
	if ((groups->keys & GROUP_BY_ASN) != 0) {
		columns[count++] = (struct table_column){"ASN", false};
		columns[count++] = (struct table_column){"NETWORK", false};
	}
	memcpy(columns + count, numbers, sizeof(numbers));
	table = table_new(columns, count + ARRAY_LENGTH(numbers));
	for (size_t i = 0; i < groups->count; i++) {
		const struct stats_group *group = &groups->items[i];
		char rate[32];

		if ((groups->keys & GROUP_BY_COUNTRY) != 0)
			table_add_text(table, group->country[0] != '\0' ? group->country : "-");
		if ((groups->keys & GROUP_BY_ASN) != 0)
			add_network(table, group, attributor);
		table_add_number(table, sum(group->hosts, HOST_VERDICT_COUNT));
		table_add_number(table, group->hosts[HOST_UNKNOWN]);
		table_add_number(table, group->offering[GROUP_ANY]);
		table_add_number(table, group->without_tls[GROUP_ANY]);
		table_add_number(table, group->without_tls[GROUP_POP3]);
		table_add_number(table, group->without_tls[GROUP_IMAP]);
		table_add_number(table, group->without_tls[GROUP_BOTH]);
		table_add_number(table, group->strict);
		format_rate(group, rate);
		table_add_text(table, rate[0] != '\0' ? rate : "-");
		table_add_number(table, sum(group->services, VERDICT_COUNT));
	}
	table_render(table, TABLE_WIDTH_ANY, out);
	table_free(table);
}

/* All that is counted, in one order for CSV and JSON. */
static void visit_counts(const struct stats_group *group, struct buffer *out,
                         void (*add)(struct buffer *out, const char *name, uint64_t count))
{
	static const char *const offering[] = {"offer_pop3", "offer_imap", "offer_both", "offer_any"};
	static const char *const without[] = {"without_tls_pop3", "without_tls_imap", "without_tls_both", "without_tls_any"};

	add(out, "hosts", sum(group->hosts, HOST_VERDICT_COUNT));
	for (size_t i = 0; i < ARRAY_LENGTH(offering); i++)
		add(out, offering[i], group->offering[i]);
	for (size_t i = 0; i < ARRAY_LENGTH(without); i++)
		add(out, without[i], group->without_tls[i]);
	add(out, "without_tls_strict", group->strict);
	for (size_t i = 0; i < HOST_VERDICT_COUNT; i++)
		add(out, host_verdict_name((enum host_verdict)i), group->hosts[i]);
	add(out, "services", sum(group->services, VERDICT_COUNT));
	for (size_t i = 0; i < VERDICT_COUNT; i++) {
		char name[64];

		(void)snprintf(name, sizeof(name), "service-%s", verdict_name((enum verdict)i));
		add(out, name, group->services[i]);
	}
}

static void append_title(struct buffer *out, const char *name, uint64_t count)
{
	(void)count;
	buffer_append_byte(out, ',');
	buffer_append_text(out, name);
}

static void append_count(struct buffer *out, const char *name, uint64_t count)
{
	(void)name;
	buffer_append_format(out, ",%" PRIu64, count);
}

/* RFC 4180: in quotes, quotes doubled. Names are harmless since they were compiled: no control characters. */
static void append_quoted(struct buffer *out, const char *text)
{
	buffer_append_byte(out, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			buffer_append_byte(out, '"');
		buffer_append_byte(out, (unsigned char)*text);
	}
	buffer_append_byte(out, '"');
}

void stats_groups_csv_titles(const struct stats_groups *groups, struct buffer *out)
{
	static const struct stats_group none;

	buffer_append_text(out, (groups->keys & GROUP_BY_COUNTRY) == 0 ? "asn,as_name"
	                        : (groups->keys & GROUP_BY_ASN) == 0   ? "country"
	                                                               : "country,asn,as_name");
	visit_counts(&none, out, append_title);
	buffer_append_text(out, ",without_tls_of_1000\n");
}

void stats_groups_csv_line(const struct stats_groups *groups, size_t place, const struct attributor *attributor, struct buffer *out)
{
	const struct stats_group *group = &groups->items[place];
	char rate[32];

	if ((groups->keys & GROUP_BY_COUNTRY) != 0)
		buffer_append_text(out, group->country);
	if (groups->keys == (GROUP_BY_COUNTRY | GROUP_BY_ASN))
		buffer_append_byte(out, ',');
	if ((groups->keys & GROUP_BY_ASN) != 0) {
		if (group->asn != 0)
			buffer_append_format(out, "%" PRIu32, group->asn);
		buffer_append_byte(out, ',');
		append_quoted(out, group->asn != 0 ? attributor_network_name(attributor, group->asn) : "");
	}
	visit_counts(group, out, append_count);
	format_rate(group, rate);
	buffer_append_format(out, ",%s\n", rate);
}

void stats_groups_json(const struct stats_groups *groups, size_t place, const struct attributor *attributor, struct buffer *out)
{
	const struct stats_group *group = &groups->items[place];
	char rate[32];

	buffer_append_byte(out, '{');
	if ((groups->keys & GROUP_BY_COUNTRY) != 0)
		json_word_or_null(out, "country", group->country);
	if ((groups->keys & GROUP_BY_ASN) != 0) {
		json_number_or_null(out, "asn", group->asn);
		json_word_or_null(out, "as_name", group->asn != 0 ? attributor_network_name(attributor, group->asn) : NULL);
	}
	visit_counts(group, out, json_number);
	format_rate(group, rate);
	json_key(out, "without_tls_of_1000");
	buffer_append_text(out, rate[0] != '\0' ? rate : "null");
	buffer_append_byte(out, '}');
}
