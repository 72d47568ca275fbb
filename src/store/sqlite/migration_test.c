/* SPDX-License-Identifier: ISC */
/* Migration with steps of the test's own: from every older version to the newest, all steps or none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/verdict.h"
#include "store/sqlite/migration.h"
#include "store/sqlite/words.h"

static const char *const STEPS[] = {
	"CREATE TABLE host (name TEXT)",
	"ALTER TABLE host ADD COLUMN port INTEGER; UPDATE host SET port = 143",
	"CREATE TABLE note (text TEXT); INSERT INTO note SELECT name || port FROM host",
};
static const char *const BROKEN_STEPS[] = {
	"CREATE TABLE host (name TEXT)",
	"ALTER TABLE host ADD COLUMN port INTEGER; UPDATE host SET port = 143",
	"CREATE TABLE note (text TEXT); INSERT INTO nowhere VALUES (1)",
};

static int open_memory(void **state)
{
	return sqlite3_open(":memory:", (sqlite3 **)state) == SQLITE_OK ? 0 : -1;
}

static int close_memory(void **state)
{
	return sqlite3_close(*state) == SQLITE_OK ? 0 : -1;
}

static void run(sqlite3 *connection, const char *sql)
{
	if (sqlite3_exec(connection, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(connection));
}

/* The first column of the first row as text, "" without a row. */
static void expect(sqlite3 *connection, const char *sql, const char *expected)
{
	sqlite3_stmt *statement;
	const char *text = "";

	if (sqlite3_prepare_v2(connection, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(connection));
	if (sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_text(statement, 0) != NULL)
		text = (const char *)sqlite3_column_text(statement, 0);
	assert_string_equal(text, expected);
	assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
}

static void migrate(sqlite3 *connection, const char *const *steps, int count)
{
	struct error error;

	if (!migration_run(connection, steps, count, &error))
		fail_msg("%s", error.text);
}

static void an_older_database_becomes_the_newest_and_keeps_its_rows(void **state)
{
	int version = 0;

	assert_int_equal(migration_state(*state, 3, NULL), MIGRATION_EMPTY);
	migrate(*state, STEPS, 1);
	run(*state, "INSERT INTO host VALUES ('mail')");
	assert_int_equal(migration_state(*state, 1, &version), MIGRATION_CURRENT);
	assert_int_equal(migration_state(*state, 3, &version), MIGRATION_OLDER);
	assert_int_equal(version, 1);
	migrate(*state, STEPS, 3);
	assert_int_equal(migration_state(*state, 3, &version), MIGRATION_CURRENT);
	assert_int_equal(version, 3);
	expect(*state, "SELECT text FROM note", "mail143");
	/* Again: there is nothing to do. */
	migrate(*state, STEPS, 3);
	expect(*state, "SELECT count(*) FROM note", "1");
}

static void a_step_that_fails_leaves_the_database_as_it_was(void **state)
{
	struct error error = {{0}};

	migrate(*state, BROKEN_STEPS, 1);
	run(*state, "INSERT INTO host VALUES ('mail')");
	assert_false(migration_run(*state, BROKEN_STEPS, 3, &error));
	assert_non_null(strstr(error.text, "schema step 3"));
	assert_non_null(strstr(error.text, "nowhere"));
	expect(*state, "PRAGMA user_version", "1");
	expect(*state, "SELECT count(*) FROM sqlite_schema", "1");
	expect(*state, "SELECT count(*) FROM pragma_table_info('host')", "1");
	assert_true(sqlite3_get_autocommit(*state));
	migrate(*state, STEPS, 3);
	expect(*state, "SELECT text FROM note", "mail143");
}

static void newer_and_foreign_databases_are_told_apart(void **state)
{
	int version = 0;

	migrate(*state, STEPS, 3);
	assert_int_equal(migration_state(*state, 2, &version), MIGRATION_NEWER);
	assert_int_equal(version, 3);
	run(*state, "PRAGMA application_id = 7");
	assert_int_equal(migration_state(*state, 3, NULL), MIGRATION_FOREIGN);
	run(*state, "PRAGMA application_id = 0; PRAGMA user_version = 0");
	assert_int_equal(migration_state(*state, 3, NULL), MIGRATION_FOREIGN);
}

static void the_steps_of_this_program_make_a_schema_that_sqlite_finds_sound(void **state)
{
	migrate(*state, MIGRATION_STEPS, MIGRATION_STEP_COUNT);
	expect(*state, "PRAGMA integrity_check", "ok");
	expect(*state, "PRAGMA application_id", "1835232883");
	/* Every view can be read: a column that went away is noticed here and not by a person. */
	expect(*state, "SELECT count(*) FROM sqlite_schema WHERE type = 'view'", "10");
	expect(*state, "SELECT * FROM counted_view", "");
	expect(*state, "SELECT * FROM census_view", "");
	expect(*state, "SELECT * FROM service_with_texts", "");
	expect(*state, "SELECT * FROM service_view", "");
	expect(*state, "SELECT * FROM conversation_view", "");
	expect(*state, "SELECT * FROM certificate_view", "");
	expect(*state, "SELECT * FROM chain_view", "");
	expect(*state, "SELECT * FROM finding_view", "");
	expect(*state, "SELECT * FROM finding_count_view", "");
	expect(*state, "SELECT * FROM hostname_view", "");
}

/* The plan of the query as SQLite tells it, its steps joined by "; ". */
static void expect_plan(sqlite3 *connection, const char *sql, const char *expected)
{
	char plan[512] = "";
	sqlite3_stmt *statement;

	assert_int_equal(sqlite3_prepare_v2(connection, sql, -1, &statement, NULL), SQLITE_OK);
	while (sqlite3_step(statement) == SQLITE_ROW) {
		size_t size = strlen(plan);

		(void)snprintf(plan + size, sizeof(plan) - size, "%s%s", size > 0 ? "; " : "",
		               (const char *)sqlite3_column_text(statement, 3));
	}
	assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
	assert_string_equal(plan, expected);
}

static void visits_follow_the_index_and_sort_nothing(void **state)
{
	migrate(*state, MIGRATION_STEPS, MIGRATION_STEP_COUNT);
	run(*state, "CREATE UNIQUE INDEX service_of_7 ON service (length(address), address, port) WHERE census = 7");
	run(*state, "CREATE UNIQUE INDEX conversation_of_7 ON conversation (length(address), address, port, attempt) WHERE census = 7");
	expect_plan(*state, "EXPLAIN QUERY PLAN SELECT reason FROM service WHERE census = 7 ORDER BY length(address), address, port",
	            "SCAN service USING INDEX service_of_7");
	expect_plan(*state,
	            "EXPLAIN QUERY PLAN SELECT transcript FROM conversation WHERE census = 7 AND length(address) = length(?1) AND address "
	            "= ?1 "
	            "ORDER BY port, attempt",
	            "SEARCH conversation USING INDEX conversation_of_7 (<expr>=? AND address=?)");
	expect_plan(*state,
	            "EXPLAIN QUERY PLAN SELECT reason, product FROM service LEFT JOIN software ON software.id = service.software WHERE "
	            "census = "
	            "7 ORDER BY length(address), address, port",
	            "SCAN service USING INDEX service_of_7; SEARCH software USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN");
	/* Another census is not slowed down by it. */
	expect_plan(*state, "EXPLAIN QUERY PLAN SELECT reason FROM service WHERE census = 8", "SCAN service");
}

/* Findings of the second schema become one row of each host, contacts are gone, open hosts stay. */
static void a_file_of_the_second_schema_keeps_its_findings_and_open_hosts(void **state)
{
	migrate(*state, MIGRATION_STEPS, 2);
	run(*state, "INSERT INTO word VALUES ('finding', 1, 'no-tls'), ('finding', 2, 'host-mixed'), ('severity', 3, 'medium'), "
	            "('confidence', 2, 'high')");
	run(*state, "INSERT INTO census VALUES (1, 1795466160123, 0, '0.1', 'x', '', 1, 2, 0, 1, 4)");
	run(*state, "INSERT INTO finding VALUES (1, x'c0000201', 143, 1, 3, 2, 'said \"no\"'), (1, x'c0000201', 0, 2, 3, 2, x'1b41'), "
	            "(1, x'c0000202', 110, 1, 3, 2, 'also')");
	run(*state, "INSERT INTO open_host VALUES (1, 7); INSERT INTO contact VALUES (5, x'c0000201', 1)");
	migrate(*state, MIGRATION_STEPS, MIGRATION_STEP_COUNT);
	expect(*state, "SELECT count(*) FROM host_finding", "2");
	expect(*state,
	       "SELECT group_concat(coalesce(port, 0) || ' ' || finding || ' ' || severity || ' ' || evidence, '; ') FROM finding_view "
	       "WHERE address = '192.0.2.1'",
	       "0 host-mixed medium X'1B41'; 143 no-tls medium said \"no\"");
	expect(*state, "SELECT count FROM finding_count_view WHERE finding = 'no-tls'", "2");
	expect(*state, "SELECT number FROM open_host", "7");
	expect(*state, "SELECT service_from FROM census_rows WHERE census = 1 AND service_to IS NULL", "1");
}

/* What the first schema could not know reads as unknown, and everything that it knew is still there. */
static void a_file_of_the_first_schema_keeps_its_rows(void **state)
{
	migrate(*state, MIGRATION_STEPS, 1);
	run(*state, "INSERT INTO word VALUES ('verdict', 5, 'no-tls'), ('protocol', 1, 'pop3')");
	run(*state, "INSERT INTO census VALUES (1, 1795466160123, 0, '0.1', 'x', '', 1, 2, 0, 1, 4)");
	run(*state,
	    "INSERT INTO service VALUES (1, x'c0000201', 110, 1795466160123, 1, 5, 2, 4, 1, 1, 2, 0, 0, 0, 1, 0, 0, 771, 47, 0, 0, 0, "
	    "0, 0, 0, '', 0, NULL, 'because', '+OK', '', '', '-ERR')");
	run(*state,
	    "INSERT INTO certificate VALUES (zeroblob(32), x'3082', 1, 2, 'CN=a', 'CN=b', 'a', '', '1', 'RSA', 'RSA-SHA1', 1024, 1, 0)");
	migrate(*state, MIGRATION_STEPS, MIGRATION_STEP_COUNT);
	expect(*state,
	       "SELECT address || ' ' || port || ' ' || protocol || ' ' || verdict || ' ' || tls_suite || ' ' || greeting FROM "
	       "service_view",
	       "192.0.2.1 110 pop3 no-tls 002f +OK");
	expect(*state,
	       "SELECT count(*) FROM service_view WHERE depth IS NULL AND tls_versions IS NULL AND post_quantum IS NULL AND product IS "
	       "NULL AND "
	       "chain IS NULL AND tls_facts IS NULL",
	       "1");
	expect(*state, "SELECT subject || ' ' || key_bits FROM certificate_view WHERE spki_sha256 IS NULL AND is_known_weak_key IS NULL",
	       "CN=a 1024");
	expect(*state, "PRAGMA integrity_check", "ok");
	expect(*state, "PRAGMA foreign_key_check", "");
}

static void a_file_keeps_the_numbers_that_it_gave_its_words(void **state)
{
	struct words words;
	struct error error;
	int changes;

	migrate(*state, MIGRATION_STEPS, MIGRATION_STEP_COUNT);
	/* As if an older program had numbered otherwise, and a newer one knew more. */
	run(*state, "INSERT INTO word VALUES ('verdict', 0, 'no-tls'), ('verdict', 9, 'word-of-tomorrow')");
	assert_true(words_load(&words, *state, true, &error));
	assert_int_equal(words_number(&words, WORD_VERDICT, VERDICT_NO_TLS), 0);
	assert_int_equal(words_value(&words, WORD_VERDICT, 0), VERDICT_NO_TLS);
	assert_int_equal(words_value(&words, WORD_VERDICT, 9), -1);
	for (unsigned verdict = 0; verdict < VERDICT_COUNT; verdict++) {
		int number = words_number(&words, WORD_VERDICT, verdict);

		assert_true(number >= 0);
		assert_int_equal(words_value(&words, WORD_VERDICT, number), verdict);
	}
	expect(*state, "SELECT count(*) FROM word WHERE kind = 'verdict'", "18");
	expect(*state, "SELECT number FROM word WHERE kind = 'tls-hello' AND name = 'session'", "100");
	expect(*state, "SELECT name FROM word WHERE kind = 'observation-flag' AND number = 1024", "nul-byte");
	/* A second time nothing changes. */
	changes = sqlite3_total_changes(*state);
	assert_true(words_load(&words, *state, true, &error));
	assert_int_equal(sqlite3_total_changes(*state), changes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_older_database_becomes_the_newest_and_keeps_its_rows, open_memory, close_memory),
		cmocka_unit_test_setup_teardown(a_step_that_fails_leaves_the_database_as_it_was, open_memory, close_memory),
		cmocka_unit_test_setup_teardown(newer_and_foreign_databases_are_told_apart, open_memory, close_memory),
		cmocka_unit_test_setup_teardown(the_steps_of_this_program_make_a_schema_that_sqlite_finds_sound, open_memory, close_memory),
		cmocka_unit_test_setup_teardown(visits_follow_the_index_and_sort_nothing, open_memory, close_memory),
		cmocka_unit_test_setup_teardown(a_file_of_the_second_schema_keeps_its_findings_and_open_hosts, open_memory, close_memory),
		cmocka_unit_test_setup_teardown(a_file_of_the_first_schema_keeps_its_rows, open_memory, close_memory),
		cmocka_unit_test_setup_teardown(a_file_keeps_the_numbers_that_it_gave_its_words, open_memory, close_memory),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
