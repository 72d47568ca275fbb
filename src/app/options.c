/* SPDX-License-Identifier: ISC */
/* Parsing and printing options from their rows. */
#include "app/options.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/text.h"

enum { HELP_COLUMN = 26, HELP_WIDTH = 80 };

void text_list_add(struct text_list *list, const char *item)
{
	list->items = memory_resize(list->items, list->count + 1, sizeof(*list->items));
	list->items[list->count++] = item;
}

void text_list_done(struct text_list *list)
{
	free(list->items);
	*list = (struct text_list){0};
}

static void *target_of(const struct option_row *row, void *values)
{
	return (char *)values + row->offset;
}

static const struct option_row *find_row(const struct option_row *rows, struct span name)
{
	for (; rows->name != NULL; rows++) {
		if (span_equals_text(name, rows->name))
			return rows;
	}
	return NULL;
}

static bool parse_number(const struct option_row *row, const char *value, uint64_t *number_out, struct error *error)
{
	if (!text_parse_unsigned(span_from_text(value), row->maximum, number_out) || *number_out < row->minimum)
		return error_set(error, "--%s takes a whole number from %llu to %llu, not '%s'", row->name,
		                 (unsigned long long)row->minimum, (unsigned long long)row->maximum, value);
	return true;
}

static bool parse_decimal(const char *value, double *number_out)
{
	char *end;

	if (value[0] < '0' || value[0] > '9')
		return false;
	errno = 0;
	*number_out = strtod(value, &end);
	return errno == 0 && *end == '\0' && isfinite(*number_out);
}

static bool parse_choice(const struct option_row *row, const char *value, unsigned *index_out, struct error *error)
{
	struct buffer words;

	for (unsigned i = 0; row->choices[i] != NULL; i++) {
		if (strcmp(row->choices[i], value) == 0) {
			*index_out = i;
			return true;
		}
	}
	buffer_init(&words, 200);
	for (unsigned i = 0; row->choices[i] != NULL; i++)
		buffer_append_format(&words, "%s%s", i > 0 ? ", " : "", row->choices[i]);
	error_set(error, "--%s takes one of: %s; not '%s'", row->name, buffer_text(&words), value);
	buffer_done(&words);
	return false;
}

static bool take_value(const struct option_row *row, const char *value, void *target, struct error *error)
{
	double decimal;

	switch (row->type) {
	case OPTION_FLAG:
		*(bool *)target = true;
		return true;
	case OPTION_TEXT:
		*(const char **)target = value;
		return true;
	case OPTION_TEXT_LIST:
		text_list_add(target, value);
		return true;
	case OPTION_UNSIGNED:
		return parse_number(row, value, target, error);
	case OPTION_RATE:
		if (!parse_decimal(value, &decimal) || decimal < 0.01 || decimal > 1e6)
			return error_set(error, "--%s takes a number from 0.01 to 1000000, not '%s'", row->name, value);
		*(double *)target = decimal;
		return true;
	case OPTION_SECONDS:
		if (!parse_decimal(value, &decimal) || decimal > 86400.0 * 30)
			return error_set(error, "--%s takes seconds (at most 30 days), such as 600 or 0.5, not '%s'", row->name, value);
		*(unsigned *)target = (unsigned)(decimal * 1000.0 + 0.5);
		return true;
	case OPTION_CHOICE:
		return parse_choice(row, value, target, error);
	case OPTION_OPTIONAL_UNSIGNED: {
		struct optional_unsigned *optional = target;

		optional->is_given = true;
		optional->has_value = value != NULL;
		return value == NULL || parse_number(row, value, &optional->value, error);
	}
	}
	return false;
}

static bool is_number(const char *text)
{
	uint64_t number;

	return text_parse_unsigned(span_from_text(text), UINT64_MAX, &number);
}

static bool take_option(const struct option_row *rows, int argc, char **argv, int *index, void *values, struct error *error)
{
	const char *word = argv[*index] + 2;
	struct span name = span_from_text(word);
	size_t equals = span_find_byte(name, '=');
	const char *value = equals < name.size ? word + equals + 1 : NULL;
	const struct option_row *row = find_row(rows, span_part(name, 0, equals));

	if (row == NULL)
		return error_set(error, "there is no option --%.*s; try --help", (int)equals, word);
	if (row->type == OPTION_FLAG) {
		if (value != NULL)
			return error_set(error, "--%s takes no value", row->name);
	} else if (row->type == OPTION_OPTIONAL_UNSIGNED) {
		if (value == NULL && *index + 1 < argc && is_number(argv[*index + 1]))
			value = argv[++*index];
	} else if (value == NULL) {
		if (*index + 1 >= argc)
			return error_set(error, "--%s wants a value: --%s %s", row->name, row->name, row->argument);
		value = argv[++*index];
	}
	return take_value(row, value, target_of(row, values), error);
}

static bool parse_words(const struct option_row *rows, int argc, char **argv, void *values, struct option_result *result_out,
                        struct error *error)
{
	bool is_rest = false;

	for (int i = 1; i < argc; i++) {
		if (is_rest || argv[i][0] != '-' || argv[i][1] == '\0') {
			text_list_add(&result_out->arguments, argv[i]);
		} else if (strcmp(argv[i], "--") == 0) {
			is_rest = true;
		} else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			result_out->wants_help = true;
		} else if (argv[i][1] != '-') {
			return error_set(error, "there is no option %s; options have two dashes, try --help", argv[i]);
		} else if (!take_option(rows, argc, argv, &i, values, error)) {
			return false;
		}
	}
	return true;
}

bool options_parse(const struct option_row *rows, int argc, char **argv, void *values, struct option_result *result_out,
                   struct error *error)
{
	*result_out = (struct option_result){0};
	if (parse_words(rows, argc, argv, values, result_out, error))
		return true;
	text_list_done(&result_out->arguments);
	return false;
}

/* Wraps text at the terminal's width, indented to the help column. */
static void print_wrapped(const char *text)
{
	struct span rest = span_from_text(text);
	size_t column = HELP_COLUMN;

	for (;;) {
		struct span word = span_take_word(&rest);

		if (word.size == 0)
			break;
		if (column > HELP_COLUMN && column + 1 + word.size > HELP_WIDTH) {
			printf("\n%*s", HELP_COLUMN, "");
			column = HELP_COLUMN;
		} else if (column > HELP_COLUMN) {
			putchar(' ');
			column++;
		}
		printf("%.*s", (int)word.size, (const char *)word.data);
		column += word.size;
	}
	putchar('\n');
}

void options_print(const struct option_row *rows)
{
	for (; rows->name != NULL; rows++) {
		int size =
			printf("  --%s%s%s", rows->name, rows->argument != NULL ? " " : "", rows->argument != NULL ? rows->argument : "");

		if (size >= HELP_COLUMN)
			printf("\n%*s", HELP_COLUMN, "");
		else
			printf("%*s", HELP_COLUMN - size, "");
		print_wrapped(rows->help);
	}
	printf("  --help%*s", HELP_COLUMN - 8, "");
	print_wrapped("This text.");
}

void options_keep(const struct option_row *rows, const void *values, struct buffer *out)
{
	for (; rows->name != NULL; rows++) {
		const void *target = (const char *)values + rows->offset;
		const struct text_list *list = target;

		if (!rows->is_kept)
			continue;
		switch (rows->type) {
		case OPTION_FLAG:
			if (*(const bool *)target)
				buffer_append_format(out, "--%s\n", rows->name);
			break;
		case OPTION_TEXT:
			if (*(const char *const *)target != NULL)
				buffer_append_format(out, "--%s=%s\n", rows->name, *(const char *const *)target);
			break;
		case OPTION_TEXT_LIST:
			for (size_t i = 0; i < list->count; i++)
				buffer_append_format(out, "--%s=%s\n", rows->name, list->items[i]);
			break;
		case OPTION_UNSIGNED:
			buffer_append_format(out, "--%s=%llu\n", rows->name, (unsigned long long)*(const uint64_t *)target);
			break;
		case OPTION_RATE:
			/* 0 is no limit, which is said by not saying it. */
			if (*(const double *)target > 0)
				buffer_append_format(out, "--%s=%g\n", rows->name, *(const double *)target);
			break;
		case OPTION_SECONDS:
			buffer_append_format(out, "--%s=%u.%03u\n", rows->name, *(const unsigned *)target / 1000,
			                     *(const unsigned *)target % 1000);
			break;
		case OPTION_CHOICE:
			buffer_append_format(out, "--%s=%s\n", rows->name, rows->choices[*(const unsigned *)target]);
			break;
		case OPTION_OPTIONAL_UNSIGNED:
			break;
		}
	}
}
