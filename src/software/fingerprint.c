/* SPDX-License-Identifier: ISC */
/* Rows of fingerprints.tsv, and lists of them. */
#include "software/fingerprint.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/text.h"
#include "software/tsv.h"

enum column {
	COLUMN_ID,
	COLUMN_PROTOCOL,
	COLUMN_FIELD,
	COLUMN_NEEDS,
	COLUMN_PATTERN,
	COLUMN_PRODUCT,
	COLUMN_VERSION,
	COLUMN_VENDOR,
	COLUMN_FAMILY,
	COLUMN_ROLE,
	COLUMN_STRENGTH,
	COLUMN_CPE,
	COLUMN_NOTES,
};
enum { COLUMNS_NEEDED = COLUMN_CPE + 1, COLUMNS_MAX = COLUMN_NOTES + 1 };

static const char FIELD_LETTERS[FIELD_COUNT + 1] = "DICTRSALV";

struct word {
	const char *text;
	int value;
};

static const struct word ROLES[] = {
	{"back", ROLE_BACK}, {"front", ROLE_FRONT}, {"panel", ROLE_PANEL}, {"library", ROLE_LIBRARY}, {"distribution", ROLE_DISTRIBUTION},
};
static const struct word STRENGTHS[] = {{"certain", STRENGTH_CERTAIN}, {"habit", STRENGTH_HABIT}, {"weak", STRENGTH_WEAK}};
static const struct word NEEDS[] = {
	{"stamp", NEED_STAMP},
	{"no-stamp", NEED_NO_STAMP},
	{"uuid-stamp", NEED_UUID_STAMP},
	{"pid-time-stamp", NEED_PID_TIME_STAMP},
	{"textless-refusal", NEED_TEXTLESS_REFUSAL},
};

static bool find_word(const struct word *words, size_t count, struct span text, int *value_out)
{
	for (size_t i = 0; i < count; i++)
		if (span_equals_text(text, words[i].text)) {
			*value_out = words[i].value;
			return true;
		}
	return false;
}

char *fingerprint_copy(struct span text)
{
	char *copy = memory_allocate(text.size + 1, 1);

	if (text.size > 0)
		memcpy(copy, text.data, text.size);
	return copy;
}

void fingerprint_done(struct fingerprint *fingerprint)
{
	free(fingerprint->id);
	free(fingerprint->product);
	free(fingerprint->version);
	free(fingerprint->vendor);
	free(fingerprint->cpe);
	pattern_free(fingerprint->pattern);
	*fingerprint = (struct fingerprint){.id = NULL};
}

void fingerprint_list_done(struct fingerprint_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		fingerprint_done(&list->items[i]);
	free(list->items);
	*list = (struct fingerprint_list){.items = NULL};
}

void fingerprint_list_add(struct fingerprint_list *list, struct fingerprint fingerprint)
{
	if (list->count == list->capacity) {
		list->capacity = list->capacity == 0 ? 64 : list->capacity * 2;
		list->items = memory_resize(list->items, list->capacity, sizeof(list->items[0]));
	}
	list->items[list->count++] = fingerprint;
}

void fingerprint_list_prepend(struct fingerprint_list *list, struct fingerprint_list *added)
{
	for (size_t i = 0; i < list->count; i++)
		fingerprint_list_add(added, list->items[i]);
	free(list->items);
	*list = *added;
	*added = (struct fingerprint_list){.items = NULL};
}

const struct fingerprint *fingerprint_list_find_product(const struct fingerprint_list *list, const char *product)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcasecmp(list->items[i].product, product) == 0)
			return &list->items[i];
	return NULL;
}

char fingerprint_field_letter(enum fingerprint_field field)
{
	return FIELD_LETTERS[field];
}

bool fingerprint_field_parse(struct span letter, enum fingerprint_field *field_out)
{
	for (int i = 0; i < FIELD_COUNT; i++)
		if (letter.size == 1 && letter.data[0] == (unsigned char)FIELD_LETTERS[i]) {
			*field_out = (enum fingerprint_field)i;
			return true;
		}
	return false;
}

bool fingerprint_needs_parse(struct span words, uint32_t *needs_out)
{
	uint32_t needs = 0;

	for (struct span word = span_take_word(&words); word.size > 0; word = span_take_word(&words)) {
		int value = 0;

		if (!find_word(NEEDS, ARRAY_LENGTH(NEEDS), word, &value))
			return false;
		needs |= (uint32_t)value;
	}
	*needs_out = needs;
	return true;
}

bool fingerprint_protocol_parse(struct span word, enum wire_protocol *protocol_out)
{
	if (span_equals_text(word, "any")) {
		*protocol_out = WIRE_UNKNOWN;
		return true;
	}
	return wire_protocol_parse(word, protocol_out) && *protocol_out != WIRE_UNKNOWN;
}

/* "$3" is a group of the pattern, anything else the version itself. */
static bool read_version(struct fingerprint *fingerprint, struct span word, struct error *error)
{
	uint64_t number = 0;

	fingerprint->version_group = 0;
	if (word.size == 0 || word.data[0] != '$')
		return true;
	if (!text_parse_unsigned(span_part(word, 1, word.size), PATTERN_GROUPS_MAX, &number) || number == 0 ||
	    number > pattern_group_count(fingerprint->pattern))
		return error_set(error, "the version is to come from a group that the pattern does not have");
	fingerprint->version_group = (uint8_t)number;
	return true;
}

static bool read_words(struct fingerprint *fingerprint, const struct tsv_row *row, struct error *error)
{
	int value = 0;

	if (!fingerprint_protocol_parse(row->columns[COLUMN_PROTOCOL], &fingerprint->protocol))
		return error_set(error, "the protocol is none of any, imap, pop3, smtp, sieve");
	if (!fingerprint_field_parse(row->columns[COLUMN_FIELD], &fingerprint->field))
		return error_set(error, "the field is none of the letters %s", FIELD_LETTERS);
	if (!fingerprint_needs_parse(row->columns[COLUMN_NEEDS], &fingerprint->needs))
		return error_set(error, "needs has a word that is none of stamp, no-stamp, uuid-stamp, pid-time-stamp, textless-refusal");
	if (!software_family_parse(row->columns[COLUMN_FAMILY], &fingerprint->family))
		return error_set(error, "there is no such family; other is one that always fits");
	if (!find_word(ROLES, ARRAY_LENGTH(ROLES), row->columns[COLUMN_ROLE], &value))
		return error_set(error, "the role is none of back, front, panel, library, distribution");
	fingerprint->role = (enum fingerprint_role)value;
	if (!find_word(STRENGTHS, ARRAY_LENGTH(STRENGTHS), row->columns[COLUMN_STRENGTH], &value))
		return error_set(error, "the strength is none of certain, habit, weak");
	fingerprint->strength = (enum fingerprint_strength)value;
	if (fingerprint->field == FIELD_VERSION && fingerprint->role != ROLE_DISTRIBUTION)
		return error_set(error, "from a version (V) only a distribution can be told");
	return true;
}

static bool has_nul(const struct tsv_row *row)
{
	for (size_t i = 0; i < row->count && i < TSV_COLUMNS_MAX; i++)
		if (span_find_byte(row->columns[i], '\0') < row->columns[i].size)
			return true;
	return false;
}

static bool read_row(struct fingerprint *fingerprint, struct pattern_engine *engine, const struct tsv_row *row, struct error *error)
{
	if (row->count < COLUMNS_NEEDED || row->count > COLUMNS_MAX)
		return error_set(error, "%zu columns, but there must be %d or, with notes, %d, separated by one tab each", row->count,
		                 COLUMNS_NEEDED, COLUMNS_MAX);
	if (row->columns[COLUMN_ID].size == 0 || row->columns[COLUMN_PRODUCT].size == 0)
		return error_set(error, "id and product must not be empty");
	if (has_nul(row))
		return error_set(error, "there is a NUL byte in it");
	if (!read_words(fingerprint, row, error))
		return false;
	fingerprint->pattern = pattern_new(engine, row->columns[COLUMN_PATTERN], PATTERN_IGNORES_CASE, error);
	if (fingerprint->pattern == NULL || !read_version(fingerprint, row->columns[COLUMN_VERSION], error))
		return false;
	fingerprint->distribution_group = (uint8_t)pattern_group_number(fingerprint->pattern, "distribution");
	fingerprint->behind_group = (uint8_t)pattern_group_number(fingerprint->pattern, "behind");
	fingerprint->id = fingerprint_copy(row->columns[COLUMN_ID]);
	fingerprint->product = fingerprint_copy(row->columns[COLUMN_PRODUCT]);
	fingerprint->version = fingerprint_copy(row->columns[COLUMN_VERSION]);
	fingerprint->vendor = fingerprint_copy(row->columns[COLUMN_VENDOR]);
	fingerprint->cpe = fingerprint_copy(row->columns[COLUMN_CPE]);
	return true;
}

bool fingerprint_list_read(struct fingerprint_list *list, struct pattern_engine *engine, const char *name, struct span text,
                           struct error *error)
{
	struct tsv_reader reader = tsv_reader_make(text);
	struct tsv_row row;

	if (text.size > TSV_SIZE_MAX)
		return error_set(error, "%s is larger than %d bytes: that is no table of fingerprints", name, TSV_SIZE_MAX);
	while (tsv_next(&reader, &row)) {
		struct fingerprint fingerprint = {.id = NULL};

		if (list->count >= FINGERPRINTS_MAX)
			return error_set(error, "%s line %zu: more than %d fingerprints", name, reader.line, FINGERPRINTS_MAX);
		if (!read_row(&fingerprint, engine, &row, error)) {
			fingerprint_done(&fingerprint);
			return error_prefix(error, "%s line %zu", name, reader.line);
		}
		fingerprint_list_add(list, fingerprint);
	}
	return true;
}
