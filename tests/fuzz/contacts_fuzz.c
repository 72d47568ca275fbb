/* SPDX-License-Identifier: ISC */
/* Targets contact_file_read, contact_table_add and contact_table_look_up: a file of contacts is refused in printable words, or every row of it can be
   written, is read back as the same, and leads to nobody whom the grammar of addresses does not allow. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "contact/contact_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
	if (!is_true)
		abort();
}

static void is_printable(const char *text)
{
	for (; *text != '\0'; text++)
		require(*text >= ' ' && *text <= '~');
}

static void contact_is_sound(const char *contact)
{
	struct contact_list list;

	is_printable(contact);
	if (strcmp(contact, "-") == 0)
		return;
	require(contact_list_read(span_from_text(contact), &list, NULL));
	require(list.count > 0 && list.placeholders == 0 && list.malformed == 0);
	require(strcmp(list.text, contact) == 0);
}

struct rows {
	struct buffer text;
	const struct contact_table *table;
};

static void on_row(void *context, const struct contact_row *row)
{
	struct rows *rows = context;

	contact_is_sound(row->contact);
	contact_file_append(&rows->text, row);
}

/* Who asks for the very thing that a row is about, finds the row. */
static void on_asked_row(void *context, const struct contact_row *row)
{
	const struct rows *rows = context;
	struct contact_question question = {
		.address = row->match.range.last, .asn = row->match.asn, .country = row->match.country, .domain = row->match.domain};
	struct contact_chain chain;

	if (row->match.kind != CONTACT_PREFIX)
		question.address = (struct ip_address){.family = IP_FAMILY_4};
	contact_table_look_up(rows->table, &question, &chain);
	require(chain.count > 0);
	require(!chain.is_never || (chain.to == NULL && chain.copy == NULL));
	if (chain.to != NULL)
		contact_is_sound(chain.to->contact);
	if (chain.copy != NULL)
		require(chain.copy->scope == CONTACT_CERT && !chain.copy->is_never);
}

static void on_problem(void *context, uint64_t line, bool is_wrong, const char *what)
{
	(void)context;
	(void)is_wrong;
	require(line > 0);
	is_printable(what);
}

static void table_is_sound(struct span content, struct rows *rows)
{
	struct contact_table *table = contact_table_new();
	struct contact_counts counts;
	struct error error;

	require(contact_table_add(table, "FILE", content, NULL, &error));
	contact_table_seal(table);
	rows->table = table;
	require(contact_file_read(content, &(struct contact_visitor){.context = rows, .on_row = on_asked_row}, &counts, &error));
	contact_table_free(table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct contact_counts counts, again;
	struct rows rows = {.table = NULL}, second = {.table = NULL};
	struct error error = {{0}};
	struct span content = span_make(data, size);

	buffer_init(&rows.text, 16 << 20);
	buffer_init(&second.text, 16 << 20);
	buffer_append_text(&rows.text, CONTACT_FILE_TITLES);
	buffer_append_text(&second.text, CONTACT_FILE_TITLES);
	if (contact_file_read(content, &(struct contact_visitor){&rows, on_row, on_problem}, &counts, &error)) {
		require(contact_file_read(buffer_view(&rows.text), &(struct contact_visitor){&second, on_row, NULL}, &again, &error));
		require(span_equals(buffer_view(&rows.text), buffer_view(&second.text)));
		for (size_t kind = 0; kind < CONTACT_KINDS; kind++)
			require(counts.rows[kind] == again.rows[kind]);
		table_is_sound(buffer_view(&rows.text), &rows);
	}
	is_printable(error.text);
	buffer_done(&rows.text);
	buffer_done(&second.text);
	return 0;
}
