/* SPDX-License-Identifier: ISC */
/* Rows sorted by what they are about. Ranges may nest and overlap as they like, so they form a tree in which each one knows the highest address
   below it: only branches that can hold the address are walked. */
#include "contact/contact_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/character.h"
#include "base/memory.h"
#include "enrich/byte_pool.h"
#include "scope/address_math.h"

/* Texts are offsets in the pool. */
struct entry {
	struct ip_range range; /* CONTACT_PREFIX */
	uint32_t key;          /* AS number; the letters of a country; the offset of a domain */
	uint32_t match, contact, source, comment;
	uint32_t file, line;
	int64_t expires_ms;
	uint8_t kind, scope;
	bool is_never;
};

struct contact_table {
	struct byte_pool texts;
	struct entry *entries; /* sorted: by kind, then by what they are about, then by file and line */
	size_t count, capacity;
	size_t ends[CONTACT_KINDS]; /* of each kind among the entries */
	struct ip_address *highest; /* of each range: the highest last address of its part of the tree */
	uint32_t files[256];        /* names */
	size_t file_count;
};

struct contact_table *contact_table_new(void)
{
	return memory_allocate(1, sizeof(struct contact_table));
}

void contact_table_free(struct contact_table *table)
{
	if (table == NULL)
		return;
	byte_pool_done(&table->texts);
	free(table->entries);
	free(table->highest);
	free(table);
}

static uint32_t keep_text(struct contact_table *table, struct span text)
{
	char copy[CONTACT_LIST_SIZE];

	(void)snprintf(copy, sizeof(copy), "%.*s", (int)text.size, text.size > 0 ? (const char *)text.data : "");
	return byte_pool_add(&table->texts, span_make(copy, strlen(copy) + 1));
}

static const char *text_at(const struct contact_table *table, uint32_t offset)
{
	return (const char *)table->texts.data + offset;
}

static uint32_t country_key(const char *country)
{
	return (uint32_t)(unsigned char)country[0] << 8 | (unsigned char)country[1];
}

static uint32_t key_of(struct contact_table *table, const struct contact_match *match)
{
	if (match->kind == CONTACT_NETWORK)
		return match->asn;
	if (match->kind == CONTACT_COUNTRY)
		return country_key(match->country);
	return match->kind == CONTACT_DOMAIN ? keep_text(table, span_from_text(match->domain)) : 0;
}

static void keep_row(void *context, const struct contact_row *row)
{
	struct contact_table *table = context;
	char match[CONTACT_MATCH_SIZE];

	if (table->count == table->capacity) {
		table->capacity = table->capacity > 0 ? 2 * table->capacity : 1024;
		table->entries = memory_resize(table->entries, table->capacity, sizeof(*table->entries));
	}
	contact_match_format(&row->match, match);
	table->entries[table->count++] = (struct entry){
		.range = row->match.range,
		.key = key_of(table, &row->match),
		.match = keep_text(table, span_from_text(match)),
		.contact = keep_text(table, span_from_text(row->contact)),
		.source = keep_text(table, row->source),
		.comment = keep_text(table, row->comment),
		.file = (uint32_t)(table->file_count - 1),
		.line = row->line < UINT32_MAX ? (uint32_t)row->line : UINT32_MAX,
		.expires_ms = row->expires.unix_ms,
		.kind = (uint8_t)row->match.kind,
		.scope = (uint8_t)row->scope,
		.is_never = row->is_never,
	};
}

bool contact_table_add(struct contact_table *table, const char *name, struct span content, struct contact_counts *counts_out,
                       struct error *error)
{
	struct contact_visitor visitor = {.context = table, .on_row = keep_row};
	struct contact_counts counts;
	const char *slash = strrchr(name, '/');

	if (table->file_count == ARRAY_LENGTH(table->files))
		return error_set(error, "there are more than %zu files of contacts", ARRAY_LENGTH(table->files));
	table->files[table->file_count++] = keep_text(table, span_from_text(slash != NULL ? slash + 1 : name));
	if (!contact_file_read(content, &visitor, counts_out != NULL ? counts_out : &counts, error))
		return error_prefix(error, "%s", name);
	if (table->texts.is_full)
		return error_set(error, "%s: contacts have more than 1 GiB of texts", name);
	return true;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b ? 1 : 0;
}

static int compare_entries(const void *a, const void *b, void *context)
{
	const struct entry *one = a, *other = b;
	const struct contact_table *table = context;
	int order = compare_numbers(one->kind, other->kind);

	if (order == 0 && one->kind == CONTACT_PREFIX)
		order = ip_address_compare(one->range.first, other->range.first);
	if (order == 0 && one->kind == CONTACT_DOMAIN)
		order = strcmp(text_at(table, one->key), text_at(table, other->key));
	else if (order == 0)
		order = compare_numbers(one->key, other->key);
	if (order == 0)
		order = compare_numbers(one->file, other->file);
	return order != 0 ? order : compare_numbers(one->line, other->line);
}

/* The root of a part of the tree is its middle. */
static struct ip_address fill_highest(struct contact_table *table, size_t begin, size_t end)
{
	size_t middle = begin + (end - begin) / 2;
	struct ip_address highest = table->entries[middle].range.last, other;

	if (begin < middle) {
		other = fill_highest(table, begin, middle);
		highest = ip_address_compare(other, highest) > 0 ? other : highest;
	}
	if (middle + 1 < end) {
		other = fill_highest(table, middle + 1, end);
		highest = ip_address_compare(other, highest) > 0 ? other : highest;
	}
	table->highest[middle] = highest;
	return highest;
}

/* Long lists mostly are, and sorting takes as much memory again. */
static bool is_sorted(struct contact_table *table)
{
	for (size_t i = 1; i < table->count; i++) {
		if (compare_entries(&table->entries[i - 1], &table->entries[i], table) > 0)
			return false;
	}
	return true;
}

void contact_table_seal(struct contact_table *table)
{
	size_t at = 0;

	if (!is_sorted(table))
		qsort_r(table->entries, table->count, sizeof(*table->entries), compare_entries, table);
	for (size_t kind = 0; kind < CONTACT_KINDS; kind++) {
		while (at < table->count && table->entries[at].kind == kind)
			at++;
		table->ends[kind] = at;
	}
	if (table->ends[CONTACT_PREFIX] > 0) {
		table->highest = memory_allocate(table->ends[CONTACT_PREFIX], sizeof(*table->highest));
		(void)fill_highest(table, 0, table->ends[CONTACT_PREFIX]);
	}
}

/* The rows that count most, in their order. */
struct gathering {
	const struct contact_table *table;
	const struct contact_question *question;
	const struct entry *found[CONTACT_STEPS_MAX];
	size_t count;
	bool is_cut;
};

/* Narrower ranges and longer domains first. */
static int compare_widths(const struct contact_table *table, const struct entry *one, const struct entry *other)
{
	address_number width, other_width;

	if (one->kind == CONTACT_DOMAIN)
		return compare_numbers(strlen(text_at(table, other->key)), strlen(text_at(table, one->key)));
	if (one->kind != CONTACT_PREFIX)
		return 0;
	width = range_span(&one->range);
	other_width = range_span(&other->range);
	return width < other_width ? -1 : width > other_width ? 1 : 0;
}

static int compare_ranks(const struct contact_table *table, const struct entry *one, const struct entry *other)
{
	int order = compare_numbers(one->file, other->file);

	if (order == 0)
		order = compare_numbers(one->kind, other->kind);
	if (order == 0)
		order = compare_widths(table, one, other);
	return order != 0 ? order : compare_numbers(one->line, other->line);
}

/* Of more than fit, the last go. */
static void take(struct gathering *gathering, const struct entry *entry)
{
	size_t place = gathering->count;

	if (entry->expires_ms != 0 && gathering->question->now.unix_ms >= entry->expires_ms)
		return;
	while (place > 0 && compare_ranks(gathering->table, entry, gathering->found[place - 1]) < 0)
		place--;
	gathering->is_cut = gathering->is_cut || gathering->count == CONTACT_STEPS_MAX;
	if (place == CONTACT_STEPS_MAX)
		return;
	if (gathering->count < CONTACT_STEPS_MAX)
		gathering->count++;
	for (size_t i = gathering->count - 1; i > place; i--)
		gathering->found[i] = gathering->found[i - 1];
	gathering->found[place] = entry;
}

static void take_ranges(struct gathering *gathering, size_t begin, size_t end)
{
	const struct contact_table *table = gathering->table;
	struct ip_address address = gathering->question->address;

	while (begin < end) {
		size_t middle = begin + (end - begin) / 2;
		const struct ip_range *range = &table->entries[middle].range;

		if (ip_address_compare(table->highest[middle], address) < 0)
			return;
		take_ranges(gathering, begin, middle);
		if (ip_address_compare(range->first, address) > 0)
			return;
		if (ip_range_contains(range, address))
			take(gathering, &table->entries[middle]);
		begin = middle + 1;
	}
}

/* Negative: the entry is about less than the key, or the text. */
static int compare_key(const struct contact_table *table, const struct entry *entry, uint32_t key, const char *text)
{
	return entry->kind == CONTACT_DOMAIN ? strcmp(text_at(table, entry->key), text) : compare_numbers(entry->key, key);
}

static void take_key(struct gathering *gathering, enum contact_kind kind, uint32_t key, const char *text)
{
	const struct contact_table *table = gathering->table;
	size_t begin = table->ends[kind - 1], end = table->ends[kind], last = end;

	while (begin < end) {
		size_t middle = begin + (end - begin) / 2;

		if (compare_key(table, &table->entries[middle], key, text) < 0)
			begin = middle + 1;
		else
			end = middle;
	}
	for (; begin < last && compare_key(table, &table->entries[begin], key, text) == 0; begin++)
		take(gathering, &table->entries[begin]);
}

static void take_domains(struct gathering *gathering, const char *domain)
{
	char name[HOSTNAME_SIZE];
	size_t size = domain != NULL ? strlen(domain) : 0;

	if (size > 0 && domain[size - 1] == '.')
		size--;
	if (size == 0 || size >= sizeof(name))
		return;
	for (size_t i = 0; i < size; i++)
		name[i] = (char)character_small((unsigned char)domain[i]);
	name[size] = '\0';
	for (const char *at = name; at != NULL; at = strchr(at, '.')) {
		at += *at == '.';
		take_key(gathering, CONTACT_DOMAIN, 0, at);
	}
}

static struct contact_step step_of(const struct contact_table *table, const struct entry *entry)
{
	return (struct contact_step){
		.kind = (enum contact_kind)entry->kind,
		.scope = (enum contact_scope)entry->scope,
		.is_never = entry->is_never,
		.match = text_at(table, entry->match),
		.contact = text_at(table, entry->contact),
		.source = text_at(table, entry->source),
		.comment = text_at(table, entry->comment),
		.file = text_at(table, table->files[entry->file]),
		.line = entry->line,
		.expires = {entry->expires_ms},
	};
}

/* What follows of the rows, up to the one that ends it. */
static void conclude(const struct gathering *gathering, struct contact_chain *chain)
{
	const struct contact_step *cert = NULL;
	bool is_ended = false;

	for (size_t i = 0; i < gathering->count && !is_ended; i++) {
		struct contact_step *step = &chain->steps[chain->count++];

		*step = step_of(gathering->table, gathering->found[i]);
		is_ended = step->is_never;
		if (!is_ended && step->scope == CONTACT_OWNER && chain->to == NULL)
			chain->to = step;
		if (!is_ended && step->scope == CONTACT_CERT && cert == NULL)
			cert = step;
	}
	chain->is_cut = gathering->is_cut;
	chain->is_never = is_ended && chain->to == NULL;
	if (chain->is_never)
		return;
	if (chain->to == NULL)
		chain->to = cert;
	else
		chain->copy = cert;
}

void contact_table_look_up(const struct contact_table *table, const struct contact_question *question, struct contact_chain *chain_out)
{
	struct gathering gathering = {.table = table, .question = question};

	take_ranges(&gathering, 0, table->ends[CONTACT_PREFIX]);
	take_domains(&gathering, question->domain);
	if (question->asn != 0)
		take_key(&gathering, CONTACT_NETWORK, question->asn, "");
	if (question->country != NULL && question->country[0] != '\0' && question->country[1] != '\0')
		take_key(&gathering, CONTACT_COUNTRY, country_key(question->country), "");
	take_key(&gathering, CONTACT_ANY, 0, "");
	chain_out->count = 0;
	chain_out->to = chain_out->copy = NULL;
	conclude(&gathering, chain_out);
}

size_t contact_table_count(const struct contact_table *table)
{
	return table->count;
}

size_t contact_table_expired(const struct contact_table *table, struct timestamp now)
{
	size_t expired = 0;

	for (size_t i = 0; i < table->count; i++)
		expired += table->entries[i].expires_ms != 0 && now.unix_ms >= table->entries[i].expires_ms;
	return expired;
}
