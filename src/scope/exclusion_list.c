/* SPDX-License-Identifier: ISC */
/* Collects excluded ranges, merges them once, then answers by binary search. */
#include "scope/exclusion_list.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "scope/address_math.h"
#include "scope/range_text.h"

/* Where excluded ranges came from. */
struct source {
	const char *reason;
	char *file_name; /* NULL: not from a file */
};

/* One range of a list, for explanations. After sealing they are disjoint and ascending. */
struct listed_range {
	struct ip_range range;
	uint32_t source;
	uint32_t line; /* 0: not from a file */
};

struct special_state {
	struct ip_range range;
	bool is_closed;
};

/* As numbers: quicker to compare. */
struct range_4 {
	uint32_t first, last;
};

struct exclusion_list {
	struct special_state *special; /* beside SPECIAL_RANGES; NULL until they are added */
	struct source *sources;
	size_t source_count;
	struct listed_range *listed;
	size_t listed_count, listed_capacity;
	struct ip_range *ranges; /* all of them; after sealing disjoint, ascending and never adjacent */
	size_t range_count, range_capacity;
	/* IPv4, after sealing: the first of ranges that ends in or behind each /16, and one more. Asked for each SYN, so it must be quick: most of /16 have none. */
	uint32_t *first_of_16;
	uint64_t *touched_16; /* a bit for each /16 that has any: small enough for the nearest cache */
	struct range_4 *ranges_4;
	bool is_sealed;
};

enum { COUNT_OF_16 = 1 << 16 };

struct exclusion_list *exclusion_list_new(void)
{
	return memory_allocate(1, sizeof(struct exclusion_list));
}

void exclusion_list_free(struct exclusion_list *list)
{
	if (list == NULL)
		return;
	for (size_t i = 0; i < list->source_count; i++)
		free(list->sources[i].file_name);
	free(list->sources);
	free(list->special);
	free(list->listed);
	free(list->ranges);
	free(list->first_of_16);
	free(list->touched_16);
	free(list->ranges_4);
	free(list);
}

static void push_range(struct exclusion_list *list, const struct ip_range *range)
{
	assert(!list->is_sealed);
	if (list->range_count == list->range_capacity) {
		list->range_capacity = list->range_capacity * 2 + 64;
		list->ranges = memory_resize(list->ranges, list->range_capacity, sizeof(*list->ranges));
	}
	list->ranges[list->range_count++] = *range;
}

static void push_listed(struct exclusion_list *list, const struct ip_range *range, uint32_t source, uint32_t line)
{
	push_range(list, range);
	if (list->listed_count == list->listed_capacity) {
		list->listed_capacity = list->listed_capacity * 2 + 64;
		list->listed = memory_resize(list->listed, list->listed_capacity, sizeof(*list->listed));
	}
	list->listed[list->listed_count++] = (struct listed_range){*range, source, line};
}

static uint32_t push_source(struct exclusion_list *list, const char *reason, const char *file_name)
{
	if (file_name == NULL && list->source_count > 0) {
		const struct source *before = &list->sources[list->source_count - 1];

		if (before->file_name == NULL && before->reason == reason)
			return (uint32_t)list->source_count - 1;
	}
	list->sources = memory_resize(list->sources, list->source_count + 1, sizeof(*list->sources));
	list->sources[list->source_count] = (struct source){reason, file_name == NULL ? NULL : memory_copy_text(file_name)};
	return (uint32_t)list->source_count++;
}

/* ---- special-purpose ranges ---- */

/* The text of IPv4-mapped addresses always means IPv4 to the parser; as a range of IPv6 it is made by hand. */
static struct ip_range parse_special(const char *prefix)
{
	struct ip_range range;

	if (!ip_range_parse(span_from_text(prefix), &range)) {
		address_number mapped = (address_number)0xffff << 32;

		assert(strcmp(prefix, "::ffff:0:0/96") == 0);
		range.first = address_from_number(IP_FAMILY_6, mapped);
		range.last = address_from_number(IP_FAMILY_6, mapped + UINT32_MAX);
	}
	return range;
}

static bool contains_range(const struct ip_range *outer, const struct ip_range *inner)
{
	return ip_range_contains(outer, inner->first) && ip_range_contains(outer, inner->last);
}

static bool is_known_name(const char *name)
{
	for (size_t i = 0; i < SPECIAL_RANGE_COUNT; i++) {
		if (strcmp(SPECIAL_RANGES[i].name, name) == 0)
			return true;
	}
	return false;
}

static bool is_first_of_name(size_t row)
{
	for (size_t i = 0; i < row; i++) {
		if (strcmp(SPECIAL_RANGES[i].name, SPECIAL_RANGES[row].name) == 0)
			return false;
	}
	return true;
}

static bool refuse_name(const char *name, struct error *error)
{
	struct buffer names;
	char shown[RANGE_TEXT_SHOWN_SIZE];

	buffer_init(&names, sizeof(error->text));
	for (size_t i = 0; i < SPECIAL_RANGE_COUNT; i++) {
		if (is_first_of_name(i))
			buffer_append_format(&names, "%s%s", i > 0 ? ", " : "", SPECIAL_RANGES[i].name);
	}
	error_set(error, "there is no special-purpose range '%s' to open; there are: %s", range_text_show(span_from_text(name), shown),
	          buffer_text(&names));
	buffer_done(&names);
	return false;
}

/* Closes part, except for opened rows inside of it. Prefixes are nested or disjoint, so what is cut out always lies between two rests. */
static void close_part(struct exclusion_list *list, struct ip_range part, size_t from_row)
{
	for (size_t row = from_row; row < SPECIAL_RANGE_COUNT; row++) {
		const struct special_state *opened = &list->special[row];
		struct ip_range before = part, after = part;

		if (opened->is_closed || !contains_range(&part, &opened->range))
			continue;
		if (ip_address_compare(part.first, opened->range.first) < 0) {
			before.last = address_previous(opened->range.first);
			close_part(list, before, row + 1);
		}
		if (ip_address_compare(opened->range.last, part.last) < 0) {
			after.first = ip_address_next(opened->range.last);
			close_part(list, after, row + 1);
		}
		return;
	}
	push_range(list, &part);
}

static bool is_opened_name(const char *name, const char *const *opened, size_t opened_count)
{
	for (size_t i = 0; i < opened_count; i++) {
		if (strcmp(opened[i], name) == 0)
			return true;
	}
	return false;
}

bool exclusion_list_add_special(struct exclusion_list *list, const char *const *opened, size_t opened_count, struct error *error)
{
	assert(list->special == NULL);
	for (size_t i = 0; i < opened_count; i++) {
		if (!is_known_name(opened[i]))
			return refuse_name(opened[i], error);
	}
	list->special = memory_allocate(SPECIAL_RANGE_COUNT, sizeof(*list->special));
	for (size_t i = 0; i < SPECIAL_RANGE_COUNT; i++) {
		list->special[i].range = parse_special(SPECIAL_RANGES[i].prefix);
		list->special[i].is_closed = !is_opened_name(SPECIAL_RANGES[i].name, opened, opened_count);
	}
	for (size_t i = 0; i < SPECIAL_RANGE_COUNT; i++) {
		if (list->special[i].is_closed)
			close_part(list, list->special[i].range, 0);
	}
	return true;
}

/* ---- lists of people ---- */

static bool has_letter_beyond_hexadecimal(struct span word)
{
	for (size_t i = 0; i < word.size; i++) {
		unsigned char lower = word.data[i] | 0x20;

		if (lower > 'f' && lower <= 'z')
			return true;
	}
	return false;
}

static bool parse_line(struct span line, struct ip_range *range_out, struct error *error)
{
	struct span word = span_take_word(&line);
	char shown[RANGE_TEXT_SHOWN_SIZE];

	/* zmap reads the first word alone; "192.0.2.1 - 192.0.2.9" would then exclude one address and hide eight. */
	if (span_trim(line).size > 0)
		return error_set(error,
		                 "more than one word: '%s'; write one address, prefix or first-last range without spaces per line, and '#' "
		                 "before a comment",
		                 range_text_show(span_trim(line), shown));
	if (range_text_parse(word, range_out, error))
		return true;
	if (span_find_byte(word, ':') == word.size && has_letter_beyond_hexadecimal(word))
		error_set(error,
		          "%s: a list takes addresses, prefixes and first-last ranges, no host names; write the addresses of the host",
		          range_text_show(word, shown));
	return false;
}

bool exclusion_list_add_text(struct exclusion_list *list, struct span text, const char *file_name, const char *reason, struct error *error)
{
	uint32_t source = push_source(list, reason, file_name), line_number = 0;

	if (span_starts_with_text(text, "\xef\xbb\xbf")) /* the byte order mark that some editors write */
		text = span_part(text, 3, text.size);
	while (text.size > 0) {
		size_t end = span_find_byte(text, '\n');
		struct span line = span_part(text, 0, end);
		struct ip_range range;

		text = span_part(text, end + 1, text.size);
		line_number++;
		line = span_part(line, 0, span_find_byte(line, '#'));
		if (line.size > 0 && line.data[line.size - 1] == '\r')
			line.size--;
		line = span_trim(line);
		if (line.size == 0)
			continue;
		if (!parse_line(line, &range, error))
			return error_prefix(error, "%s, line %u", file_name, line_number);
		push_listed(list, &range, source, line_number);
	}
	return true;
}

void exclusion_list_add_range(struct exclusion_list *list, const struct ip_range *range, const char *reason)
{
	push_listed(list, range, push_source(list, reason, NULL), 0);
}

/* ---- sealing and asking ---- */

static int compare_ranges(const void *a, const void *b)
{
	const struct ip_range *left = a, *right = b;
	int order = ip_address_compare(left->first, right->first);

	return order != 0 ? order : ip_address_compare(right->last, left->last);
}

static int compare_listed(const void *a, const void *b)
{
	const struct listed_range *left = a, *right = b;
	int order = compare_ranges(&left->range, &right->range);

	if (order != 0)
		return order;
	if (left->source != right->source)
		return left->source < right->source ? -1 : 1;
	return left->line < right->line ? -1 : left->line > right->line;
}

static bool is_adjacent(struct ip_address last, struct ip_address first)
{
	return last.family == first.family && ip_address_compare(last, first) < 0 && ip_address_compare(ip_address_next(last), first) == 0;
}

static void merge_ranges(struct exclusion_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->range_count; i++) {
		struct ip_range range = list->ranges[i];
		struct ip_range *before = kept > 0 ? &list->ranges[kept - 1] : NULL;

		if (before != NULL && (ip_range_contains(before, range.first) || is_adjacent(before->last, range.first))) {
			if (ip_address_compare(before->last, range.last) < 0)
				before->last = range.last;
		} else {
			list->ranges[kept++] = range;
		}
	}
	list->range_count = kept;
}

/* Makes the listed ranges disjoint: where two overlap, the one that begins first explains. */
static void part_listed(struct exclusion_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->listed_count; i++) {
		struct listed_range listed = list->listed[i];
		const struct ip_range *before = kept > 0 ? &list->listed[kept - 1].range : NULL;

		if (before != NULL && ip_range_contains(before, listed.range.last))
			continue;
		if (before != NULL && ip_range_contains(before, listed.range.first))
			listed.range.first = ip_address_next(before->last);
		list->listed[kept++] = listed;
	}
	list->listed_count = kept;
}

static uint32_t number_4(struct ip_address address)
{
	return (uint32_t)address_to_number(address);
}

static void index_ipv4(struct exclusion_list *list)
{
	uint32_t range = 0;

	list->first_of_16 = memory_allocate(COUNT_OF_16 + 1, sizeof(*list->first_of_16));
	for (uint32_t i = 0; i < COUNT_OF_16; i++) {
		while (range < list->range_count && list->ranges[range].last.family == IP_FAMILY_4 &&
		       number_4(list->ranges[range].last) < i << 16)
			range++;
		list->first_of_16[i] = range;
	}
	while (range < list->range_count && list->ranges[range].last.family == IP_FAMILY_4)
		range++;
	list->first_of_16[COUNT_OF_16] = range;
	list->ranges_4 = memory_allocate((size_t)range + 1, sizeof(*list->ranges_4));
	for (uint32_t i = 0; i < range; i++)
		list->ranges_4[i] = (struct range_4){number_4(list->ranges[i].first), number_4(list->ranges[i].last)};
	list->touched_16 = memory_allocate(COUNT_OF_16 / 64, sizeof(*list->touched_16));
	for (uint32_t i = 0; i < range; i++) {
		for (uint32_t place = list->ranges_4[i].first >> 16; place <= list->ranges_4[i].last >> 16; place++)
			list->touched_16[place / 64] |= UINT64_C(1) << place % 64;
	}
	list->ranges_4[range] = (struct range_4){UINT32_MAX, 0}; /* holds nothing */
}

void exclusion_list_seal(struct exclusion_list *list)
{
	assert(!list->is_sealed);
	list->is_sealed = true;
	if (list->range_count > 0)
		qsort(list->ranges, list->range_count, sizeof(*list->ranges), compare_ranges);
	if (list->listed_count > 0)
		qsort(list->listed, list->listed_count, sizeof(*list->listed), compare_listed);
	merge_ranges(list);
	part_listed(list);
	index_ipv4(list);
}

/* Both arrays are of structures that begin with their range. */
static const void *find_range(const void *array, size_t count, size_t size, struct ip_address address)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct ip_range *range = (const void *)((const char *)array + middle * size);

		if (ip_address_compare(address, range->first) < 0)
			high = middle;
		else if (ip_address_compare(range->last, address) < 0)
			low = middle + 1;
		else
			return range;
	}
	return NULL;
}

static bool is_excluded_4(const struct exclusion_list *list, uint32_t number)
{
	uint32_t place = number >> 16, low, high;

	if ((list->touched_16[place / 64] >> place % 64 & 1) == 0)
		return false;
	low = list->first_of_16[place];
	high = list->first_of_16[place + 1]; /* it may begin in this /16 and end behind it */
	while (low < high) {                 /* the first that ends at or behind number */
		uint32_t middle = low + (high - low) / 2;

		if (list->ranges_4[middle].last < number)
			low = middle + 1;
		else
			high = middle;
	}
	return list->ranges_4[low].first <= number && number <= list->ranges_4[low].last;
}

/* Is it in one of ranges? */
static bool is_excluded(const struct exclusion_list *list, struct ip_address address)
{
	if (address.family == IP_FAMILY_4)
		return is_excluded_4(list, number_4(address));
	return find_range(list->ranges, list->range_count, sizeof(*list->ranges), address) != NULL;
}

/* The narrowest row decides, and it is the one to explain with. */
static const struct special_range *find_special(const struct exclusion_list *list, struct ip_address address)
{
	size_t narrowest = SPECIAL_RANGE_COUNT;

	for (size_t i = 0; list->special != NULL && i < SPECIAL_RANGE_COUNT; i++) {
		if (ip_range_contains(&list->special[i].range, address) &&
		    (narrowest == SPECIAL_RANGE_COUNT || contains_range(&list->special[narrowest].range, &list->special[i].range)))
			narrowest = i;
	}
	return narrowest < SPECIAL_RANGE_COUNT && list->special[narrowest].is_closed ? &SPECIAL_RANGES[narrowest] : NULL;
}

const char *exclusion_list_reason(const struct exclusion_list *list, struct ip_address address)
{
	const struct listed_range *listed;
	const struct special_range *special;

	assert(list->is_sealed);
	if (!is_excluded(list, address))
		return NULL;
	listed = find_range(list->listed, list->listed_count, sizeof(*list->listed), address);
	if (listed != NULL)
		return list->sources[listed->source].reason;
	special = find_special(list, address);
	return special != NULL ? special->name : "excluded";
}

void exclusion_list_explain(const struct exclusion_list *list, struct ip_address address, struct buffer *out)
{
	const struct listed_range *listed = find_range(list->listed, list->listed_count, sizeof(*list->listed), address);
	const struct special_range *special = find_special(list, address);

	assert(list->is_sealed);
	if (listed != NULL) {
		const struct source *source = &list->sources[listed->source];

		buffer_append_format(out, "the %s", source->reason);
		if (source->file_name != NULL)
			buffer_append_format(out, " (%s, line %u)", source->file_name, listed->line);
	} else if (special != NULL) {
		buffer_append_format(out, "the special-purpose range %s (%s, %s), which --open %s opens for a lab", special->name,
		                     special->prefix, special->source, special->name);
	}
}

bool exclusion_list_range(const struct exclusion_list *list, size_t i, struct ip_range *range_out)
{
	assert(list->is_sealed);
	if (i >= list->range_count)
		return false;
	*range_out = list->ranges[i];
	return true;
}
