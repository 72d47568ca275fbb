/* SPDX-License-Identifier: ISC */
/* Gives rows to texts, and finds them again. */
#include "store/sqlite/sqlite_texts.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static int64_t add_text(struct binder *row, struct span bytes)
{
	struct binder text;

	if (!begin_row(&text, &row->store->base, STATEMENT_ADD_TEXT, row->error)) {
		row->has_failed = true;
		return 0;
	}
	bind_blob(&text, bytes);
	if (!end_row(&text)) {
		row->has_failed = true;
		return 0;
	}
	return sqlite3_last_insert_rowid(row->store->connection);
}

int64_t shared_row(struct binder *row, struct span bytes)
{
	bool was_met;
	struct text_place *place = text_memory_meet(&row->store->texts, bytes, &was_met);

	if (place == NULL || !was_met)
		return 0;
	if (place->row == 0 && !row->has_failed) {
		int64_t number = add_text(row, bytes);

		if (number != 0)
			text_place_keep(place, bytes, number);
	}
	return place->row;
}

void bind_shared(struct binder *row, struct span bytes)
{
	int64_t number = shared_row(row, bytes);

	if (number != 0)
		bind_integer(row, number);
	else
		bind_blob(row, bytes);
}

/* Reads it into a place of the store's memory; NULL: there is no such row. */
static const struct read_text *read_text(struct sqlite_store *store, int64_t row)
{
	struct read_text *place = &store->read_texts[(uint64_t)row % READ_TEXTS];
	sqlite3_stmt *statement;
	bool is_found;

	if (place->row == row)
		return place;
	statement = statement_take(store, STATEMENT_FIND_TEXT, NULL);
	if (statement == NULL)
		return NULL;
	is_found = sqlite3_bind_int64(statement, 1, row) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW;
	if (is_found) {
		size_t size = (size_t)sqlite3_column_bytes(statement, 0);

		place->bytes = memory_resize(place->bytes, size + 1, 1);
		if (size > 0)
			memcpy(place->bytes, sqlite3_column_blob(statement, 0), size);
		place->size = size;
		place->row = row;
	}
	statement_release(store, STATEMENT_FIND_TEXT, statement);
	return is_found ? place : NULL;
}

struct span look_up_shared(struct columns *columns, int64_t row)
{
	const struct read_text *text;
	struct buffer *copy;

	if (columns->store->read_texts == NULL)
		columns->store->read_texts = memory_allocate(READ_TEXTS, sizeof(*columns->store->read_texts));
	text = row > 0 ? read_text(columns->store, row) : NULL;
	if (text == NULL || columns->text_count == COLUMNS_TEXTS) {
		columns_wrong(columns, "the number of a text that is not there");
		return span_make(NULL, 0);
	}
	/* A copy, as other texts may take the place while this row is looked at. */
	copy = &columns->texts[columns->text_count++];
	buffer_clear(copy);
	buffer_append(copy, span_make(text->bytes, text->size));
	return buffer_view(copy);
}

struct span take_shared(struct columns *columns)
{
	if (sqlite3_column_type(columns->statement, columns->index) != SQLITE_INTEGER)
		return take_blob(columns);
	return look_up_shared(columns, sqlite3_column_int64(columns->statement, columns->index++));
}

void forget_texts(struct sqlite_store *store)
{
	text_memory_done(&store->texts);
	for (size_t i = 0; store->read_texts != NULL && i < READ_TEXTS; i++)
		free(store->read_texts[i].bytes);
	free(store->read_texts);
	store->read_texts = NULL;
}
