/* SPDX-License-Identifier: ISC */
/* Reads and completes the table `word` from the names that the model gives its enumerators and flags. */
#include "store/sqlite/words.h"

#include <stdint.h>
#include <string.h>

#include "base/attributes.h"
#include "model/certificate_facts.h"
#include "model/finding.h"
#include "model/observation.h"
#include "model/software.h"
#include "model/suite_trait.h"
#include "model/tls_facts.h"
#include "model/tls_group.h"
#include "model/verdict.h"

static const char *tls_version_bit(uint32_t bit)
{
	for (unsigned index = 0; index < TLS_INDEX_COUNT; index++) {
		if (bit == (uint32_t)1 << index)
			return tls_version_name(tls_index_version((enum tls_version_index)index));
	}
	return NULL;
}

static const char *tls_group_bit_word(uint32_t bit)
{
	for (unsigned index = 0; index < TLS_GROUP_BITS_MAX; index++) {
		if (bit == (uint32_t)1 << index)
			return tls_group_name(tls_group_at(index));
	}
	return NULL;
}

/* Sets: their bits are stored as the program numbers them. */
static const struct {
	const char *name;
	const char *(*word)(uint32_t bit);
} FLAG_KINDS[] = {
	{"observation-flag", observation_flag_name}, {"tls-flag", tls_flag_name},
	{"tls-version-flag", tls_version_bit},       {"suite-trait-flag", suite_trait_name},
	{"tls-group-flag", tls_group_bit_word},
};

int words_number(const struct words *words, enum word_kind kind, unsigned value)
{
	return value < WORD_VALUES ? words->number_of[kind][value] : -1;
}

int words_value(const struct words *words, enum word_kind kind, long long number)
{
	return number >= 0 && number < WORD_NUMBERS ? words->value_of[kind][number] : -1;
}

static void take_row(struct words *words, const char *kind_name, long long number, const char *name)
{
	for (unsigned kind = 0; kind < WORD_KIND_COUNT; kind++) {
		int value;

		if (strcmp(word_kind_name((enum word_kind)kind), kind_name) != 0 || number < 0 || number >= WORD_NUMBERS)
			continue;
		value = word_value_named((enum word_kind)kind, name);
		words->value_of[kind][number] = (short)value;
		if (value >= 0)
			words->number_of[kind][value] = (short)number;
	}
}

static bool read_all(struct words *words, sqlite3 *connection, struct error *error)
{
	sqlite3_stmt *statement;

	memset(words, 0xff, sizeof(*words)); /* all -1 */
	if (sqlite3_prepare_v2(connection, "SELECT kind, number, name FROM word", -1, &statement, NULL) != SQLITE_OK)
		return error_set(error, "%s", sqlite3_errmsg(connection));
	while (sqlite3_step(statement) == SQLITE_ROW) {
		const char *kind = (const char *)sqlite3_column_text(statement, 0), *name = (const char *)sqlite3_column_text(statement, 2);

		if (kind != NULL && name != NULL)
			take_row(words, kind, sqlite3_column_int64(statement, 1), name);
	}
	if (sqlite3_finalize(statement) != SQLITE_OK)
		return error_set(error, "%s", sqlite3_errmsg(connection));
	return true;
}

/* With the enumerator as number where the file has not given it away, else with the next free one. What is there already stays. */
static bool add_word(sqlite3_stmt *statement, const char *kind, int64_t number, const char *name)
{
	bool is_done = sqlite3_bind_text(statement, 1, kind, -1, SQLITE_STATIC) == SQLITE_OK &&
	               sqlite3_bind_int64(statement, 2, number) == SQLITE_OK &&
	               sqlite3_bind_text(statement, 3, name, -1, SQLITE_STATIC) == SQLITE_OK && sqlite3_step(statement) == SQLITE_DONE;

	return sqlite3_reset(statement) == SQLITE_OK && is_done;
}

static bool add_missing(const struct words *words, sqlite3_stmt *statement)
{
	for (unsigned kind = 0; kind < WORD_KIND_COUNT; kind++) {
		for (unsigned value = 0; value < WORD_VALUES; value++) {
			const char *name = word_name((enum word_kind)kind, value);

			if (words->number_of[kind][value] < 0 && strcmp(name, "?") != 0 &&
			    !add_word(statement, word_kind_name((enum word_kind)kind), value, name))
				return false;
		}
	}
	for (size_t kind = 0; kind < ARRAY_LENGTH(FLAG_KINDS); kind++) {
		for (unsigned bit = 0; bit < 32; bit++) {
			const char *name = FLAG_KINDS[kind].word((uint32_t)1 << bit);

			if (name != NULL && !add_word(statement, FLAG_KINDS[kind].name, (int64_t)1 << bit, name))
				return false;
		}
	}
	return true;
}

bool words_load(struct words *words, sqlite3 *connection, bool may_write, struct error *error)
{
	static const char ADD[] = "INSERT OR IGNORE INTO word (kind, number, name) SELECT ?1, iif(EXISTS (SELECT 1 FROM word WHERE kind = "
				  "?1 AND number = ?2), "
				  "(SELECT max(number) + 1 FROM word WHERE kind = ?1), ?2), ?3 WHERE NOT EXISTS (SELECT 1 FROM word WHERE "
				  "kind = ?1 AND name = ?3)";
	sqlite3_stmt *statement;
	bool is_done;

	if (!read_all(words, connection, error))
		return false;
	if (!may_write)
		return true;
	if (sqlite3_exec(connection, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
		return error_set(error, "%s", sqlite3_errmsg(connection));
	is_done = sqlite3_prepare_v2(connection, ADD, -1, &statement, NULL) == SQLITE_OK && add_missing(words, statement);
	if (!is_done)
		error_set(error, "%s", sqlite3_errmsg(connection));
	(void)sqlite3_finalize(statement);
	if (is_done && sqlite3_exec(connection, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		is_done = error_set(error, "%s", sqlite3_errmsg(connection));
	if (!is_done) {
		(void)sqlite3_exec(connection, "ROLLBACK", NULL, NULL, NULL);
		return false;
	}
	return read_all(words, connection, error);
}
