/* SPDX-License-Identifier: ISC */
/* Versions, dates, and whose date counts. */
#include "software/support.h"
#include "base/character.h"

#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "software/fingerprint.h"
#include "software/tsv.h"

enum column {
	COLUMN_PRODUCT,
	COLUMN_VERSIONS,
	COLUMN_END,
	COLUMN_BUILDS,
	COLUMN_SOURCE,
	COLUMN_CHECKED_ON,
	COLUMN_NOTES,
};
enum { COLUMNS_NEEDED = COLUMN_CHECKED_ON + 1, COLUMNS_MAX = COLUMN_NOTES + 1, VERSION_PARTS_MAX = 6 };

struct version {
	uint32_t parts[VERSION_PARTS_MAX];
	size_t count;
};

/* Digits and dots, as far as they go; a "v" before them is no part of it. */
static struct version version_read(struct span text)
{
	struct version version = {.count = 0};
	size_t at = text.size > 0 && (text.data[0] == 'v' || text.data[0] == 'V') ? 1 : 0;

	while (version.count < VERSION_PARTS_MAX && at < text.size && character_is_digit(text.data[at])) {
		uint32_t part = 0;

		for (; at < text.size && character_is_digit(text.data[at]); at++)
			part = part > 100000000 ? part : part * 10 + (uint32_t)(text.data[at] - '0');
		version.parts[version.count++] = part;
		if (at < text.size && text.data[at] == '.')
			at++;
	}
	return version;
}

/* Below, at or above, over the first count parts; missing ones are 0. */
static int version_compare(const struct version *a, const struct version *b, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t left = i < a->count ? a->parts[i] : 0, right = i < b->count ? b->parts[i] : 0;

		if (left != right)
			return left < right ? -1 : 1;
	}
	return 0;
}

static bool version_fits(const struct version *version, struct span wanted)
{
	size_t dash = span_find_byte(wanted, '-');
	struct version low = version_read(span_part(wanted, 0, dash)), high;

	if (span_equals_text(wanted, "*"))
		return true;
	if (version->count == 0)
		return false;
	if (span_starts_with_text(wanted, "<=")) {
		high = version_read(span_part(wanted, 2, wanted.size));
		return version_compare(version, &high, high.count) <= 0;
	}
	if (span_starts_with_text(wanted, "<")) {
		high = version_read(span_part(wanted, 1, wanted.size));
		return version_compare(version, &high, VERSION_PARTS_MAX) < 0;
	}
	if (dash < wanted.size) {
		high = version_read(span_part(wanted, dash + 1, wanted.size));
		return version_compare(version, &low, VERSION_PARTS_MAX) >= 0 && version_compare(version, &high, high.count) <= 0;
	}
	/* 2 alone may be any 2.x, so that it is not 2.2. */
	return version->count >= low.count && version_compare(version, &low, low.count) == 0;
}

bool version_is_among(const char *version, const char *versions)
{
	struct version parts = version_read(span_from_text(version));
	struct span rest = span_from_text(versions);

	while (rest.size > 0) {
		size_t size = span_find_byte(rest, ',');

		if (version_fits(&parts, span_trim(span_part(rest, 0, size))))
			return true;
		rest = span_part(rest, size + 1, rest.size);
	}
	return false;
}

static bool is_version_list(struct span versions)
{
	while (versions.size > 0) {
		size_t size = span_find_byte(versions, ',');
		struct span one = span_trim(span_part(versions, 0, size));
		size_t at = 0;

		if (!span_equals_text(one, "*")) {
			at = span_starts_with_text(one, "<=") ? 2 : span_starts_with_text(one, "<") ? 1 : 0;
			if (at == one.size || !character_is_digit(one.data[at]))
				return false;
			for (; at < one.size; at++)
				if (!character_is_digit(one.data[at]) && one.data[at] != '.' && one.data[at] != '-')
					return false;
		}
		versions = span_part(versions, size + 1, versions.size);
	}
	return true;
}

/* 2025-01-24: compared as text. */
static bool is_date(struct span text)
{
	if (text.size != DATE_TEXT_SIZE - 1)
		return false;
	for (size_t i = 0; i < text.size; i++)
		if (i == 4 || i == 7 ? text.data[i] != '-' : !character_is_digit(text.data[i]))
			return false;
	return true;
}

static void row_done(struct support_row *row)
{
	free(row->product);
	free(row->versions);
	free(row->builds);
	free(row->source);
}

void support_list_done(struct support_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		row_done(&list->items[i]);
	free(list->items);
	*list = (struct support_list){.items = NULL};
}

static void add_row(struct support_list *list, struct support_row row)
{
	if (list->count == list->capacity) {
		list->capacity = list->capacity == 0 ? 64 : list->capacity * 2;
		list->items = memory_resize(list->items, list->capacity, sizeof(list->items[0]));
	}
	list->items[list->count++] = row;
}

void support_list_prepend(struct support_list *list, struct support_list *added)
{
	for (size_t i = 0; i < list->count; i++)
		add_row(added, list->items[i]);
	free(list->items);
	*list = *added;
	*added = (struct support_list){.items = NULL};
}

static bool read_end(struct support_row *row, struct span end, struct error *error)
{
	row->state = SUPPORT_UNKNOWN;
	if (span_equals_text(end, "going"))
		row->state = SUPPORT_GOING;
	else if (span_equals_text(end, "ended"))
		row->state = SUPPORT_ENDED;
	else if (is_date(end))
		memcpy(row->end, end.data, end.size);
	else
		return error_set(error, "the end is neither a date like 2025-01-24 nor going nor ended");
	return true;
}

static bool read_row(struct support_row *row, const struct tsv_row *columns, struct error *error)
{
	if (columns->count < COLUMNS_NEEDED || columns->count > COLUMNS_MAX)
		return error_set(error, "%zu columns, but there must be %d or, with notes, %d, separated by one tab each", columns->count,
		                 COLUMNS_NEEDED, COLUMNS_MAX);
	for (size_t i = 0; i < columns->count; i++)
		if (span_find_byte(columns->columns[i], '\0') < columns->columns[i].size)
			return error_set(error, "there is a NUL byte in it");
	if (columns->columns[COLUMN_PRODUCT].size == 0 || columns->columns[COLUMN_SOURCE].size == 0)
		return error_set(error, "product and source must not be empty");
	if (columns->columns[COLUMN_VERSIONS].size == 0 || !is_version_list(columns->columns[COLUMN_VERSIONS]))
		return error_set(error, "the versions are none of the forms 2.2, <2.3, <=2.5, 15.2-15.2.2561 and *, separated by commas");
	if (!is_date(columns->columns[COLUMN_CHECKED_ON]))
		return error_set(error, "when it was checked must be a date like 2026-11-24");
	if (!read_end(row, columns->columns[COLUMN_END], error))
		return false;
	row->product = fingerprint_copy(columns->columns[COLUMN_PRODUCT]);
	row->versions = fingerprint_copy(columns->columns[COLUMN_VERSIONS]);
	row->builds = fingerprint_copy(columns->columns[COLUMN_BUILDS]);
	row->source = fingerprint_copy(columns->columns[COLUMN_SOURCE]);
	return true;
}

bool support_list_read(struct support_list *list, const char *name, struct span text, struct error *error)
{
	struct tsv_reader reader = tsv_reader_make(text);
	struct tsv_row columns;

	if (text.size > TSV_SIZE_MAX)
		return error_set(error, "%s is larger than %d bytes: that is no table of ends of support", name, TSV_SIZE_MAX);
	while (tsv_next(&reader, &columns)) {
		struct support_row row = {.product = NULL};

		if (list->count >= SUPPORT_ROWS_MAX)
			return error_set(error, "%s line %zu: more than %d rows", name, reader.line, SUPPORT_ROWS_MAX);
		if (!read_row(&row, &columns, error))
			return error_prefix(error, "%s line %zu", name, reader.line);
		add_row(list, row);
	}
	return true;
}

static const struct support_row *find_row(const struct support_list *list, const char *product, const char *version)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcasecmp(list->items[i].product, product) == 0 && version_is_among(version, list->items[i].versions))
			return &list->items[i];
	return NULL;
}

static struct support_answer answer_of(const struct support_row *row, const char *today)
{
	struct support_answer answer = {.state = SUPPORT_UNKNOWN, .ends = "", .source = ""};

	if (row == NULL)
		return answer;
	answer = (struct support_answer){.state = row->state, .ends = row->end, .source = row->source};
	if (row->end[0] != '\0')
		answer.state = strcmp(row->end, today) < 0 ? SUPPORT_ENDED : SUPPORT_GOING;
	return answer;
}

/* The name of a distribution and its release are separated by the last space: "Enterprise Linux 7". */
static void split_distribution(struct span text, char name[48], char release[16])
{
	size_t space = text.size;

	for (size_t i = 0; i + 1 < text.size; i++)
		if (text.data[i] == ' ' && character_is_digit(text.data[i + 1]))
			space = i;
	snprintf(name, 48, "%.*s", (int)(space < 47 ? space : 47), (const char *)text.data);
	text = span_trim(span_part(text, space, text.size));
	snprintf(release, 16, "%.*s", (int)(text.size < 15 ? text.size : 15), text.size > 0 ? (const char *)text.data : "");
}

/* The row's builds tell the newest release that ships such a version: the build is of that one at most. */
static void bound_release(const struct support_row *row, const char *name, char release[16])
{
	struct span rest = span_from_text(row == NULL ? "" : row->builds);

	while (rest.size > 0) {
		size_t size = span_find_byte(rest, ',');
		char one_name[48], one_release[16];

		split_distribution(span_trim(span_part(rest, 0, size)), one_name, one_release);
		if (strcasecmp(one_name, name) == 0)
			memcpy(release, one_release, sizeof(one_release));
		rest = span_part(rest, size + 1, rest.size);
	}
}

struct support_answer support_of(const struct support_list *list, const char *product, const char *version, const char *distribution,
                                 const char *today)
{
	const struct support_row *row = find_row(list, product, version);
	struct support_answer vendor = answer_of(row, today), builder;
	char name[48] = "", release[16] = "";

	if (distribution[0] == '\0')
		return vendor;
	split_distribution(span_from_text(distribution), name, release);
	if (release[0] == '\0')
		bound_release(row, name, release);
	builder = answer_of(release[0] == '\0' ? NULL : find_row(list, name, release), today);
	if (builder.state == SUPPORT_ENDED)
		return builder;
	if (builder.state == SUPPORT_GOING && vendor.state != SUPPORT_GOING) {
		builder.state = SUPPORT_DISTRIBUTION;
		return builder;
	}
	/* Somebody else may still fix what the vendor has given up, but nobody knows until when. */
	if (builder.state == SUPPORT_UNKNOWN && vendor.state == SUPPORT_ENDED)
		return builder;
	return vendor;
}
