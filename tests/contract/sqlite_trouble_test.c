/* SPDX-License-Identifier: ISC */
/* What can be wrong with a project file, its disk and its rights: each a sentence that says what to do, and nothing lost. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ftw.h>
#include <sched.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "model/suite_trait.h"
#include "records.h"
#include "store/sqlite/migration.h"
#include "store/store.h"

enum { NOBODY = 65534 };

struct place {
	char directory[64];
	char location[96];
	struct error error;
};

static int set_up(void **state)
{
	struct place *place = memory_allocate(1, sizeof(*place));

	(void)snprintf(place->directory, sizeof(place->directory), "/tmp/mailcensus-trouble-XXXXXX");
	if (mkdtemp(place->directory) == NULL)
		return -1;
	(void)snprintf(place->location, sizeof(place->location), "%s/census.db", place->directory);
	*state = place;
	return 0;
}

static int remove_one(const char *path, const struct stat *facts, int kind, struct FTW *position)
{
	(void)facts;
	(void)kind;
	(void)position;
	return remove(path);
}

static int tear_down(void **state)
{
	struct place *place = *state;

	(void)chmod(place->directory, 0700);
	(void)nftw(place->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(place);
	return 0;
}

/* A database with one census and `services` services of it. False on any failure. */
static bool fill(const char *location, unsigned services, struct error *error)
{
	struct store *store = store_open(location, STORE_READ_WRITE, error);
	struct census_record census = sample_census(0);
	bool is_done = store != NULL && store_begin(store, error) && store_add_census(store, &census, error);

	for (unsigned i = 0; is_done && i < services; i++) {
		struct service_record service = sample_service("192.0.2.1", (uint16_t)i, i % 24);

		is_done = store_add_service(store, 1, &service, error);
	}
	is_done = is_done && store_commit(store, error);
	store_close(store);
	return is_done;
}

static bool count_one(void *context, const struct service_record *service)
{
	(void)service;
	++*(int *)context;
	return true;
}

/* Services of census 1, or -1 when they cannot be read. */
static int count_services(struct store *store, struct error *error)
{
	int count = 0;
	struct store_visitor visitor = {.context = &count, .on_service = count_one};

	return store_visit_services(store, 1, NULL, &visitor, error) ? count : -1;
}

static int count_services_at(const char *location, struct error *error)
{
	struct store *store = store_open(location, STORE_READ_ONLY, error);
	int count = store != NULL ? count_services(store, error) : -1;

	store_close(store);
	return count;
}

/* Opening fails with a sentence that holds all these words. */
static void expect_refusal(const char *location, enum store_mode mode, const char *const words[])
{
	struct error error = {{0}};
	struct store *store = store_open(location, mode, &error);

	if (store != NULL)
		fail_msg("%s was opened", location);
	for (size_t i = 0; words[i] != NULL; i++) {
		if (strstr(error.text, words[i]) == NULL)
			fail_msg("\"%s\" lacks \"%s\"", error.text, words[i]);
	}
}

#define REFUSES(location, mode, ...) expect_refusal(location, mode, (const char *const[]){__VA_ARGS__, NULL})

static void change(const char *location, const char *sql)
{
	sqlite3 *connection;

	assert_int_equal(sqlite3_open(location, &connection), SQLITE_OK);
	if (sqlite3_exec(connection, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(connection));
	assert_int_equal(sqlite3_close(connection), SQLITE_OK);
}

static void write_file(const char *path, const char *text, long offset)
{
	FILE *file = fopen(path, offset > 0 ? "r+b" : "wb");

	assert_non_null(file);
	assert_int_equal(fseek(file, offset, SEEK_SET), 0);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
}

/* Runs in a process of its own, which may give up rights or sit on a small disk. The answer is NULL, or what went wrong. */
static void expect_in_child(const char *(*work)(struct place *place), struct place *place)
{
	int ends[2], status;
	char text[1200];
	ssize_t size;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		const char *problem = work(place);

		if (problem != NULL && write(ends[1], problem, strlen(problem)) < 0)
			_exit(2);
		_exit(problem == NULL ? 0 : 1);
	}
	(void)close(ends[1]);
	size = read(ends[0], text, sizeof(text) - 1);
	(void)close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	text[size > 0 ? size : 0] = '\0';
	if (!WIFEXITED(status) || WEXITSTATUS(status) == 1)
		fail_msg("in the child: %s", text);
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void missing_things_are_named(void **state)
{
	struct place *place = *state;
	char path[128];

	REFUSES(place->location, STORE_READ_ONLY, "there is no database", place->location, "--database", "scan");
	assert_int_equal(access(place->location, F_OK), -1);
	(void)snprintf(path, sizeof(path), "%s/deeper/census.db", place->directory);
	REFUSES(path, STORE_READ_WRITE, "/deeper does not exist", "mkdir -p");
	REFUSES(path, STORE_READ_ONLY, "/deeper does not exist");
	REFUSES(place->directory, STORE_READ_WRITE, "is a directory");
	REFUSES("", STORE_READ_WRITE, "no file name");
	REFUSES("/dev/null", STORE_READ_WRITE, "not a regular file");
	write_file(place->location, "x", 0);
	(void)snprintf(path, sizeof(path), "%s/census.db", place->location);
	REFUSES(path, STORE_READ_WRITE, "is not a directory");
}

static void files_of_others_are_refused_and_left_alone(void **state)
{
	struct place *place = *state;
	struct stat before, after;

	write_file(place->location,
	           "This is a letter to my aunt, and surely longer than the 100 bytes of an SQLite header, so that it is looked at in "
	           "earnest.",
	           0);
	REFUSES(place->location, STORE_READ_WRITE, "not a database of mailcensus", "--database");
	REFUSES(place->location, STORE_READ_ONLY, "not a database of mailcensus");
	assert_int_equal(unlink(place->location), 0);
	change(place->location, "CREATE TABLE letter (text TEXT)");
	assert_int_equal(stat(place->location, &before), 0);
	REFUSES(place->location, STORE_READ_WRITE, "another program");
	REFUSES(place->location, STORE_READ_ONLY, "another program");
	assert_int_equal(stat(place->location, &after), 0);
	assert_true(before.st_size == after.st_size && before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
}

static void an_empty_file_is_new_for_a_writer_and_nothing_for_a_reader(void **state)
{
	struct place *place = *state;

	write_file(place->location, "", 0);
	REFUSES(place->location, STORE_READ_ONLY, "is empty");
	assert_true(fill(place->location, 1, &place->error));
	assert_int_equal(count_services_at(place->location, &place->error), 1);
}

static void a_newer_file_is_refused_with_its_maker_and_left_alone(void **state)
{
	struct place *place = *state;
	char known[32], back[96];

	(void)snprintf(known, sizeof(known), "up to %d", MIGRATION_STEP_COUNT);
	(void)snprintf(back, sizeof(back), "ALTER TABLE campaign RENAME TO census; PRAGMA user_version = %d", MIGRATION_STEP_COUNT);
	assert_true(fill(place->location, 1, &place->error));
	change(place->location, "UPDATE census SET tool_version = '9.8.7'; PRAGMA user_version = 42");
	REFUSES(place->location, STORE_READ_WRITE, "newer mailcensus (9.8.7)", "format is 42", known, "--database");
	REFUSES(place->location, STORE_READ_ONLY, "newer mailcensus (9.8.7)");
	/* Even when it keeps its censuses elsewhere. */
	change(place->location, "DROP VIEW census_view; ALTER TABLE census RENAME TO campaign");
	REFUSES(place->location, STORE_READ_WRITE, "newer mailcensus:", "format is 42");
	change(place->location, back);
	assert_int_equal(count_services_at(place->location, &place->error), 1);
}

static bool expect_nothing_deep(void *context, const struct service_record *service)
{
	(void)context;
	assert_int_equal(service->verdict, VERDICT_NO_TLS);
	assert_int_equal(service->tls_facts.connections, 0);
	assert_int_equal(service->tls_facts.post_quantum, ANSWER_UNKNOWN);
	assert_string_equal(service->software.product, "");
	return true;
}

static bool expect_not_read_again(void *context, const struct certificate_record *certificate)
{
	static const uint8_t none[CERTIFICATE_FINGERPRINT_SIZE] = {0};

	*(bool *)context = true;
	assert_string_equal(certificate->subject, "CN=a");
	assert_string_equal(certificate->curve, "");
	assert_int_equal(certificate->is_known_weak_key, ANSWER_UNKNOWN);
	assert_memory_equal(certificate->spki_sha256, none, sizeof(none));
	return true;
}

static void a_file_of_the_first_schema_is_brought_up_to_date_by_a_writer_and_named_to_a_reader(void **state)
{
	struct place *place = *state;
	bool has_certificate = false;
	struct store_visitor visitor = {
		.context = &has_certificate, .on_service = expect_nothing_deep, .on_certificate = expect_not_read_again};
	uint8_t zeros[CERTIFICATE_FINGERPRINT_SIZE] = {0};
	struct store *store;

	change(place->location, MIGRATION_STEPS[0]);
	change(place->location,
	       "PRAGMA application_id = 1835232883; PRAGMA user_version = 1;"
	       "INSERT INTO word VALUES ('verdict', 77, 'no-tls');"
	       "INSERT INTO census VALUES (1, 1795466160123, 0, '0.1', 'x', '', 1, 2, 0, 1, 4);"
	       "INSERT INTO service VALUES (1, x'c0000201', 110, 1795466160123, 1, 77, 2, 4, 1, 1, 2, 0, 0, 0, 1, 0, 0, 771, 47, 0, 0, 0, "
	       "0, 0, 0, "
	       "'', 0, NULL, 'because', '+OK', '', '', '-ERR');"
	       "INSERT INTO certificate VALUES (zeroblob(32), x'3082', 1, 2, 'CN=a', 'CN=b', 'a', '', '1', 'RSA', 'RSA-SHA1', 1024, 1, 0)");
	REFUSES(place->location, STORE_READ_ONLY, "older mailcensus (format 1", "brings it up to date");
	store = store_open(place->location, STORE_READ_WRITE, &place->error);
	if (store == NULL)
		fail_msg("%s", place->error.text);
	assert_true(store_visit_services(store, 1, NULL, &visitor, &place->error));
	assert_true(store_find_certificate(store, zeros, &visitor, &place->error) && has_certificate);
	store_close(store);
	assert_int_equal(count_services_at(place->location, &place->error), 1);
}

static void damage_is_told_and_not_guessed_over(void **state)
{
	struct place *place = *state;
	struct store *store;

	assert_true(fill(place->location, 400, &place->error));
	for (long page = 50; page < 80; page++) /* those before hold the schema and the words, without which nothing can be opened */
		write_file(place->location, "damage damage damage damage", page * 4096);
	store = store_open(place->location, STORE_READ_ONLY, &place->error);
	if (store == NULL)
		fail_msg("%s", place->error.text);
	assert_int_equal(count_services(store, &place->error), -1);
	if (strstr(place->error.text, "damaged") == NULL || strstr(place->error.text, "backup") == NULL)
		fail_msg("%s", place->error.text);
	store_close(store);
}

static bool count_finding(void *context, const struct finding_record *finding)
{
	(void)finding;
	++*(int *)context;
	return true;
}

static void facts_and_findings_that_cannot_be_are_errors(void **state)
{
	struct place *place = *state;
	int count = 0;
	struct store_visitor visitor = {.context = &count, .on_finding = count_finding};
	struct store *store;

	assert_true(fill(place->location, 1, &place->error));
	change(place->location, "UPDATE service SET tls_facts = 'depth=full seen=yes tomorrow=7'");
	assert_int_equal(count_services_at(place->location, &place->error), -1);
	assert_non_null(strstr(place->error.text, "unknown TLS facts in column tls_facts"));
	change(place->location, "UPDATE service SET tls_facts = NULL; UPDATE software SET version = hex(zeroblob(48))");
	assert_int_equal(count_services_at(place->location, &place->error), -1);
	assert_non_null(strstr(place->error.text, "a text that is too long in column version"));
	change(place->location, "INSERT INTO host_finding VALUES (1, x'c0000201', '[[110,5000,0,0,\"\"]]')");
	store = store_open(place->location, STORE_READ_ONLY, &place->error);
	assert_non_null(store);
	assert_false(store_visit_findings(store, 1, NULL, &visitor, &place->error));
	assert_int_equal(count, 0);
	assert_non_null(strstr(place->error.text, "an unknown word"));
	store_close(store);
}

static void a_row_that_cannot_be_is_an_error(void **state)
{
	struct place *place = *state;

	assert_true(fill(place->location, 1, &place->error));
	change(place->location, "UPDATE service SET port = 65536");
	assert_int_equal(count_services_at(place->location, &place->error), -1);
	assert_non_null(strstr(place->error.text, "a number out of range in column port"));
	change(place->location,
	       "UPDATE service SET port = 110; INSERT INTO word VALUES ('verdict', 99, 'tomorrow'); UPDATE service SET verdict = 99");
	assert_int_equal(count_services_at(place->location, &place->error), -1);
	assert_non_null(strstr(place->error.text, "an unknown word in column verdict"));
	change(place->location, "UPDATE service SET verdict = 0, address = x'0102'");
	assert_int_equal(count_services_at(place->location, &place->error), -1);
	assert_non_null(strstr(place->error.text, "no address"));
	change(place->location, "UPDATE service SET address = x'01020304'");
	assert_int_equal(count_services_at(place->location, &place->error), 1);
}

static const char *refused_with(const char *location, enum store_mode mode, const char *word, struct error *error)
{
	struct store *store = store_open(location, mode, error);

	if (store != NULL)
		return "it was opened";
	return strstr(error->text, word) != NULL ? NULL : error->text;
}

static void give_up_rights(void)
{
	if (geteuid() == 0 && (setresgid(NOBODY, NOBODY, NOBODY) != 0 || setresuid(NOBODY, NOBODY, NOBODY) != 0))
		_exit(3);
}

static const char *work_without_rights_to_the_file(struct place *place)
{
	const char *problem;

	give_up_rights();
	problem = refused_with(place->location, STORE_READ_WRITE, "may not be written", &place->error);
	if (problem == NULL && count_services_at(place->location, &place->error) != 3)
		problem = place->error.text;
	return problem;
}

static void a_read_only_file_can_be_read_and_is_not_written(void **state)
{
	struct place *place = *state;

	assert_true(fill(place->location, 3, &place->error));
	assert_int_equal(chmod(place->location, 0444), 0);
	assert_int_equal(chmod(place->directory, 0777), 0);
	expect_in_child(work_without_rights_to_the_file, place);
}

static const char *work_without_rights_to_the_directory(struct place *place)
{
	const char *problem;
	char other[128];

	give_up_rights();
	(void)snprintf(other, sizeof(other), "%s/new.db", place->directory);
	problem = refused_with(place->location, STORE_READ_WRITE, "cannot be written", &place->error);
	if (problem == NULL)
		problem = refused_with(other, STORE_READ_WRITE, "cannot be written", &place->error);
	/* A finished file needs no files beside it. */
	if (problem == NULL && count_services_at(place->location, &place->error) != 3)
		problem = place->error.text;
	return problem;
}

static void a_file_in_a_read_only_directory_can_be_read_and_is_not_written(void **state)
{
	struct place *place = *state;

	/* With what a URI would take for its own. */
	(void)snprintf(place->location, sizeof(place->location), "%s/a?b=c#%%41 d.db", place->directory);
	assert_true(fill(place->location, 3, &place->error));
	assert_int_equal(chmod(place->location, 0666), 0);
	assert_int_equal(chmod(place->directory, 0555), 0);
	expect_in_child(work_without_rights_to_the_directory, place);
}

static const char *work_without_rights_to_read(struct place *place)
{
	give_up_rights();
	return refused_with(place->location, STORE_READ_ONLY, "may not be read", &place->error);
}

static void a_file_that_may_not_be_read_is_told(void **state)
{
	struct place *place = *state;

	assert_true(fill(place->location, 1, &place->error));
	assert_int_equal(chmod(place->location, 0200), 0);
	assert_int_equal(chmod(place->directory, 0777), 0);
	expect_in_child(work_without_rights_to_read, place);
}

/* Fills the disk in transactions of 50 services until one fails; then everything that was committed must be there, and go on when there is room. */
static const char *work_until_full(struct place *place, const char *expected, void (*make_room)(const struct place *place))
{
	struct store *store = store_open(place->location, STORE_READ_WRITE, &place->error);
	unsigned committed = 0;
	static unsigned char transcript[8192];
	struct census_record census = sample_census(0);
	bool is_done = store != NULL && store_begin(store, &place->error) && store_add_census(store, &census, &place->error) &&
	               store_commit(store, &place->error);

	if (!is_done)
		return place->error.text;
	while (is_done && committed < 10000) {
		is_done = store_begin(store, &place->error);
		for (unsigned i = 0; is_done && i < 50; i++) {
			struct service_record service = sample_service("192.0.2.1", (uint16_t)(committed + i), i % 24);

			service.greeting = span_make(transcript, sizeof(transcript));
			is_done = store_add_service(store, 1, &service, &place->error);
		}
		is_done = is_done && store_commit(store, &place->error);
		committed += is_done ? 50 : 0;
	}
	if (is_done)
		return "the disk never got full";
	store_rollback(store);
	if (strstr(place->error.text, expected) == NULL)
		return place->error.text;
	if (committed == 0 || count_services(store, &place->error) != (int)committed)
		return "rows were lost, or kept in part";
	make_room(place);
	if (!store_begin(store, &place->error) || !store_end_census(store, 1, (struct timestamp){5}, &place->error) ||
	    !store_commit(store, &place->error))
		return place->error.text;
	store_close(store);
	return count_services_at(place->location, &place->error) == (int)committed ? NULL : "rows were lost on closing";
}

static void lift_limit(const struct place *place)
{
	struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};

	(void)place;
	(void)getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_FSIZE, &limit);
}

static const char *work_below_a_limit(struct place *place)
{
	struct rlimit limit = {0, RLIM_INFINITY};

	(void)getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = 1536 * 1024;
	(void)signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
		_exit(77);
	return work_until_full(place, "limits on file sizes", lift_limit);
}

static void a_write_that_fails_loses_nothing_and_can_be_made_again(void **state)
{
	expect_in_child(work_below_a_limit, *state);
}

static void grow_disk(const struct place *place)
{
	(void)mount("none", place->directory, "tmpfs", MS_REMOUNT, "size=16m");
}

static const char *work_on_a_small_disk(struct place *place)
{
	if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", place->directory, "tmpfs", 0, "size=2m") != 0)
		_exit(77);
	return work_until_full(place, "no space left", grow_disk);
}

static void a_full_disk_loses_nothing_and_the_transaction_can_be_made_again(void **state)
{
	expect_in_child(work_on_a_small_disk, *state);
}

static const char *work_on_a_read_only_disk(struct place *place)
{
	if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", place->directory, "tmpfs", 0, "size=2m") != 0)
		_exit(77);
	if (!fill(place->location, 2, &place->error) || mount("none", place->directory, "tmpfs", MS_REMOUNT | MS_RDONLY, NULL) != 0)
		return place->error.text;
	if (count_services_at(place->location, &place->error) != 2)
		return place->error.text;
	return refused_with(place->location, STORE_READ_WRITE, "Read-only file system", &place->error);
}

static void a_read_only_disk_can_be_read(void **state)
{
	expect_in_child(work_on_a_read_only_disk, *state);
}

static void one_file_has_one_lock_whatever_name_it_is_given(void **state)
{
	struct place *place = *state;
	struct store *store = store_open(place->location, STORE_READ_WRITE, &place->error);
	char link[128], lock[128];

	assert_non_null(store);
	(void)snprintf(link, sizeof(link), "%s/link.db", place->directory);
	(void)snprintf(lock, sizeof(lock), "%s-lock", place->location);
	assert_int_equal(symlink("census.db", link), 0);
	REFUSES(link, STORE_READ_WRITE, "in use by another scan");
	assert_int_equal(access(lock, F_OK), 0);
	store_close(store);
	assert_int_equal(access(lock, F_OK), -1);
	/* What a killed scan leaves behind is in nobody's way. */
	write_file(lock, "1\n", 0);
	store = store_open(link, STORE_READ_WRITE, &place->error);
	assert_non_null(store);
	store_close(store);
}

static void expect_row(const char *location, const char *sql, const char *expected)
{
	sqlite3 *connection;
	sqlite3_stmt *statement;
	char row[512] = "";

	assert_int_equal(sqlite3_open_v2(location, &connection, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(connection, sql, -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	for (int i = 0; i < sqlite3_column_count(statement); i++) {
		size_t size = strlen(row);
		const unsigned char *text = sqlite3_column_text(statement, i);

		(void)snprintf(row + size, sizeof(row) - size, "%s%s", i > 0 ? "|" : "", text != NULL ? (const char *)text : "NULL");
	}
	assert_string_equal(row, expected);
	assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
	assert_int_equal(sqlite3_close(connection), SQLITE_OK);
}

static void a_person_with_the_sqlite3_shell_sees_words_and_no_control_characters(void **state)
{
	struct place *place = *state;
	struct store *store = store_open(place->location, STORE_READ_WRITE, &place->error);
	struct census_record census = sample_census(0);
	struct service_record service = {.endpoint = {sample_address("203.0.113.255"), 110},
	                                 .decided_at = {1795466160123},
	                                 .protocol = WIRE_POP3,
	                                 .verdict = VERDICT_NO_TLS,
	                                 .observation_flags = OBSERVED_NUL_BYTE | OBSERVED_LONG_LINE,
	                                 .greeting = span_from_text("+OK it's ready"),
	                                 .upgrade_reply = span_from_text("-ERR \x1b[2J"),
	                                 .tls = {.version = 0x0303, .cipher_suite = 0x2f},
	                                 .tls_facts = {.is_seen = true,
	                                               .depth = PROBE_DEPTH_FULL,
	                                               .versions = {[TLS_INDEX_TLS_1_0] = ANSWER_YES, [TLS_INDEX_TLS_1_2] = ANSWER_YES},
	                                               .traits_accepted = SUITE_CBC | SUITE_RC4,
	                                               .groups_accepted = 1,
	                                               .post_quantum = ANSWER_YES,
	                                               .connections = 3},
	                                 .software = {.product = "Dovecot", .version = "2.3\x1b", .support = SUPPORT_ENDED}};
	struct finding_record findings[2] = {{.endpoint = service.endpoint,
	                                      .id = "no-tls",
	                                      .severity = SEVERITY_MEDIUM,
	                                      .confidence = CONFIDENCE_HIGH,
	                                      .evidence = span_from_text("STLS: -ERR")}};
	struct chain_record chain = {.sha256 = {1}, .count = 2, .system = TRUST_INCOMPLETE, .missing_issuer = "CN=X"};

	assert_non_null(store);
	assert_true(store_begin(store, &place->error) && store_add_census(store, &census, &place->error) &&
	            store_add_service(store, 1, &service, &place->error) && store_add_chain(store, &chain, &place->error));
	findings[1] = findings[0];
	findings[1].endpoint.port = 0;
	findings[1].evidence = span_from_text("\x1b[2J");
	assert_true(store_set_findings(store, 1, &service.endpoint.address, findings, 2, &place->error));
	service.endpoint.address = sample_address("2001:db8::a:0");
	service.greeting = span_make("+OK\0\x1b", 5);
	assert_true(store_add_service(store, 1, &service, &place->error) && store_commit(store, &place->error));
	store_close(store);
	expect_row(place->location,
	           "SELECT address, port, protocol, verdict, tls_version, tls_suite, flags, greeting, upgrade_reply, certificate, "
	           "decided_at FROM service_view "
	           "WHERE port = 110 AND address LIKE '203%'",
	           "203.0.113.255|110|pop3|no-tls|TLSv1.2|002f|long-line nul-byte|+OK it's "
	           "ready|X'2D455252201B5B324A'|NULL|2026-11-23T20:36:00.123Z");
	expect_row(place->location, "SELECT address, greeting FROM service_view WHERE address LIKE '2001%'",
	           "2001:0db8:0000:0000:0000:0000:000a:0000|X'2B4F4B001B'");
	expect_row(place->location,
	           "SELECT depth, tls_versions, suite_traits, tls_groups, post_quantum, product, version, support, chain FROM service_view "
	           "WHERE "
	           "address LIKE '203%'",
	           "full|TLSv1.0 TLSv1.2|cbc rc4|X25519MLKEM768|yes|Dovecot|X'322E331B'|ended|NULL");
	expect_row(place->location, "SELECT address, port, finding, severity, confidence, evidence FROM finding_view WHERE port = 110",
	           "203.0.113.255|110|no-tls|medium|high|STLS: -ERR");
	expect_row(place->location, "SELECT port, evidence FROM finding_view WHERE port IS NULL", "NULL|X'1B5B324A'");
	expect_row(place->location, "SELECT finding, severity, count FROM finding_count_view WHERE census = 1", "no-tls|medium|2");
	expect_row(place->location, "SELECT count, system_trust, mozilla_trust, missing_issuer, not_after FROM chain_view",
	           "2|incomplete|unknown|CN=X|NULL");
	expect_row(place->location, "SELECT count(*) FROM software", "1");
	expect_row(place->location, "PRAGMA integrity_check", "ok");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(missing_things_are_named, set_up, tear_down),
		cmocka_unit_test_setup_teardown(files_of_others_are_refused_and_left_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_empty_file_is_new_for_a_writer_and_nothing_for_a_reader, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_newer_file_is_refused_with_its_maker_and_left_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_file_of_the_first_schema_is_brought_up_to_date_by_a_writer_and_named_to_a_reader, set_up,
	                                        tear_down),
		cmocka_unit_test_setup_teardown(damage_is_told_and_not_guessed_over, set_up, tear_down),
		cmocka_unit_test_setup_teardown(facts_and_findings_that_cannot_be_are_errors, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_row_that_cannot_be_is_an_error, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_read_only_file_can_be_read_and_is_not_written, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_file_in_a_read_only_directory_can_be_read_and_is_not_written, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_file_that_may_not_be_read_is_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_write_that_fails_loses_nothing_and_can_be_made_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_full_disk_loses_nothing_and_the_transaction_can_be_made_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_read_only_disk_can_be_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_file_has_one_lock_whatever_name_it_is_given, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_person_with_the_sqlite3_shell_sees_words_and_no_control_characters, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
