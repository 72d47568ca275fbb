/* SPDX-License-Identifier: ISC */
/* Rows on their way. What is shared is sent by COPY into temporary tables of the session and gets its number first. All else goes by COPY straight into its table, behind a
   savepoint; where one of the rows is kept already, back to the savepoint, and all of them go through temporary tables: of two with one identity the later one holds. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/postgres/postgres_store.h"

enum {
	FLUSH_BYTES = 8 << 20, /* gathered at most, roughly */
	FLUSH_ROWS = 1 << 15,
	STAGE_BYTES_MAX = 1 << 29,
	COPY_CHUNK = 1 << 20,
	DETOURS_MAX = 63,
};

#define UNIQUE_VIOLATION "23505"

#define LOOK_COLUMNS                                                                                                                       \
	"protocol, verdict, confidence, cleartext_login, ending, starttls_advertised, upgrade, flags, plaintext_on_tls_port, tls_proven, " \
	"attempts, tls_outcome, tls_hello, tls_version, tls_suite, tls_group, tls_dh_bits, tls_rsa_export_bits, tls_alert_level, "         \
	"tls_alert, tls_flags, tls_alpn, tls_certificate_count, reason, greeting, capabilities_before, capabilities_after, "               \
	"upgrade_reply, tls_facts, depth, tls_versions_accepted, post_quantum, product, version, vendor, fingerprint, distribution, "      \
	"front, library, cpe, family, software_confidence, support, is_version_certain, support_ends, support_source, library_support, "   \
	"library_ends"
#define CERTIFICATE_COLUMNS                                                                                                                \
	"sha256, der, not_before, not_after, subject, issuer, common_name, names, serial, key_type, signature_algorithm, key_bits, "       \
	"is_readable, is_self_signed, curve, signature_hash, validation_level, has_dns_names, is_authority, is_known_weak_key, "           \
	"spki_sha256"
#define CHAIN_COLUMNS                                                                                                                      \
	"sha256, is_cut, fingerprints, is_ordered, has_root, system_trust, mozilla_trust, missing_issuer, weakest_signature_hash, "        \
	"smallest_rsa_bits, not_after, judged_at"
#define CREDENTIALS_COLUMNS "leaf, chain, pairs"
#define FINDING_LIST_COLUMNS "ports, names, severities, confidences, evidences"
#define SERVICE_COLUMNS "census, address, port, decided_at, look, credentials, greeting"
#define HOST_FINDING_COLUMNS "census, address, list"
#define HOSTNAME_COLUMNS "address, outcome, source, name, is_confirmed, names, unusable, looked_up_at"
#define CONVERSATION_COLUMNS "census, address, port, attempt, started_at, duration_ms, ending, common, own"
#define CONTACT_COLUMNS "at, address"
#define COUNTED_COLUMNS "census, kind, value, numbers"

/* What is shared: put in place, then ask for the numbers, one search in the index for each. */
#define SHARED(table, columns)                                                                                                             \
	{                                                                                                                                  \
		.name = (table),                                                                                                           \
		.make = "CREATE TEMPORARY TABLE stage_" table                                                                              \
			" ON COMMIT DELETE ROWS AS SELECT 0::bigint AS place, ''::bytea AS image, " columns " FROM mailcensus." table      \
			" LIMIT 0; ALTER TABLE stage_" table " ADD hash bytea GENERATED ALWAYS AS (sha256(image)) STORED",                 \
		.copy = "COPY stage_" table " (place, image, " columns ") FROM STDIN (FORMAT binary)", .statements = {                     \
			"INSERT INTO mailcensus." table " (hash, " columns ") SELECT DISTINCT ON (hash) hash, " columns                    \
			" FROM stage_" table " ON CONFLICT (hash) DO NOTHING",                                                             \
			"SELECT place, (SELECT id FROM mailcensus." table " AS kept WHERE kept.hash = stage.hash) FROM stage_" table       \
			" AS stage",                                                                                                       \
		}                                                                                                                          \
	}
/* What has an identity. The temporary table is made when it is needed, as that is seldom. */
#define OWN(table, columns, identity, last, conflict)                                                                                      \
	{                                                                                                                                  \
		.name = (table), .copy = "COPY mailcensus." table " (" columns ") FROM STDIN (FORMAT binary)",                             \
		.make = "CREATE TEMPORARY TABLE IF NOT EXISTS stage_" table " (LIKE mailcensus." table                                     \
			", place bigint GENERATED ALWAYS AS IDENTITY) ON COMMIT DELETE ROWS",                                              \
		.copy_again = "COPY stage_" table " (" columns ") FROM STDIN (FORMAT binary)", .statements = {                             \
			"INSERT INTO mailcensus." table " (" columns ") SELECT DISTINCT ON (" identity ") " columns " FROM stage_" table   \
			" ORDER BY " identity ", place " last " ON CONFLICT (" identity ") DO " conflict,                                  \
		}                                                                                                                          \
	}

static const struct {
	const char *name, *make, *copy, *copy_again; /* copy_again NULL: has no identity */
	const char *statements[STATEMENTS_PER_STAGE];
} STAGES[STAGE_COUNT] = {
	[STAGE_LOOK] = SHARED("look", LOOK_COLUMNS),
	[STAGE_CREDENTIALS] = SHARED("credentials", CREDENTIALS_COLUMNS),
	[STAGE_FINDING_LIST] = SHARED("finding_list", FINDING_LIST_COLUMNS),
	[STAGE_TRANSCRIPT] = SHARED("transcript", "common"),
	[STAGE_SERVICE] = OWN("service", SERVICE_COLUMNS, "census, address, port", "DESC",
                              "UPDATE SET decided_at = excluded.decided_at, look = excluded.look, credentials = excluded.credentials, "
                              "greeting = excluded.greeting"),
	[STAGE_HOST_FINDING] = OWN("host_finding", HOST_FINDING_COLUMNS, "census, address", "DESC", "UPDATE SET list = excluded.list"),
	[STAGE_CONVERSATION] = OWN("conversation", CONVERSATION_COLUMNS, "census, address, port, attempt", "DESC",
                                   "UPDATE SET started_at = excluded.started_at, duration_ms = excluded.duration_ms, ending = "
                                   "excluded.ending, common = excluded.common, own = excluded.own"),
	[STAGE_CERTIFICATE] = OWN("certificate", CERTIFICATE_COLUMNS, "sha256", "", "NOTHING"),
	[STAGE_CHAIN] = OWN("chain", CHAIN_COLUMNS, "sha256", "DESC",
                            "UPDATE SET (" CHAIN_COLUMNS ") = (excluded.sha256, excluded.is_cut, excluded.fingerprints, "
                            "excluded.is_ordered, excluded.has_root, excluded.system_trust, excluded.mozilla_trust, "
                            "excluded.missing_issuer, excluded.weakest_signature_hash, excluded.smallest_rsa_bits, excluded.not_after, "
                            "excluded.judged_at)"),
	[STAGE_CONTACT] = {.name = "contact", .copy = "COPY mailcensus.contact (" CONTACT_COLUMNS ") FROM STDIN (FORMAT binary)"},
	[STAGE_COUNTED] = OWN("counted", COUNTED_COLUMNS, "census, kind, value", "DESC", "UPDATE SET numbers = excluded.numbers"),
	/* The rule of store_set_hostname, among the rows of the stage and against the one that is kept. */
	[STAGE_HOSTNAME] =
		{.name = "hostname",
                 .copy = "COPY mailcensus.hostname (" HOSTNAME_COLUMNS ") FROM STDIN (FORMAT binary)",
                 .make = "CREATE TEMPORARY TABLE IF NOT EXISTS stage_hostname (LIKE mailcensus.hostname, place bigint GENERATED ALWAYS AS "
                         "IDENTITY) ON COMMIT DELETE ROWS",
                 .copy_again = "COPY stage_hostname (" HOSTNAME_COLUMNS ") FROM STDIN (FORMAT binary)",
                 .statements = {"INSERT INTO mailcensus.hostname AS kept (" HOSTNAME_COLUMNS
                                ") SELECT DISTINCT ON (address) " HOSTNAME_COLUMNS
                                " FROM stage_hostname ORDER BY address, outcome <> 'failed' DESC, looked_up_at DESC, place DESC "
                                "ON CONFLICT (address) DO UPDATE SET (" HOSTNAME_COLUMNS
                                ") = (excluded.address, excluded.outcome, excluded.source, excluded.name, excluded.is_confirmed, "
                                "excluded.names, excluded.unusable, excluded.looked_up_at) WHERE (excluded.outcome <> 'failed', "
                                "excluded.looked_up_at) >= (kept.outcome <> 'failed', kept.looked_up_at)"}},
};

bool postgres_make_stages(struct postgres_store *store, struct error *error)
{
	for (size_t i = 0; i < STAGE_COUNT; i++) {
		buffer_init(&store->stages[i].rows, STAGE_BYTES_MAX);
		if (i < SHARED_COUNT && !postgres_run(store, STAGES[i].make, error))
			return false;
	}
	return true;
}

bool postgres_may_write(struct postgres_store *store, struct error *error)
{
	if (store->mode != STORE_READ_WRITE)
		return error_set(error, "%s was opened for reading only", store->location);
	if (!store->is_in_transaction || store->has_failed)
		return error_set(error, "%s: nothing can be written outside of a transaction, or after a failure in it", store->location);
	return true;
}

static const struct known_census *known(struct postgres_store *store, census_id census, struct error *error)
{
	char sql[96];
	int64_t state;

	for (size_t i = 0; i < store->census_count; i++) {
		if (store->censuses[i].id == census)
			return &store->censuses[i];
	}
	(void)snprintf(sql, sizeof(sql), "SELECT CASE ended_at WHEN 0 THEN 1 ELSE 2 END FROM mailcensus.census WHERE id = %lld",
	               (long long)census);
	if (!postgres_number(store, sql, &state, error))
		return NULL;
	if (state == 0) {
		error_set(error, "%s holds no such census", store->location);
		return NULL;
	}
	if (store->census_count == KNOWN_CENSUSES)
		store->census_count = 0;
	store->censuses[store->census_count] = (struct known_census){census, state == 2};
	return &store->censuses[store->census_count++];
}

bool postgres_may_write_to(struct postgres_store *store, census_id census, struct error *error)
{
	const struct known_census *found;

	if (!postgres_may_write(store, error))
		return false;
	found = known(store, census, error);
	if (found == NULL)
		store->has_failed = true;
	return found != NULL;
}

bool postgres_may_change(struct postgres_store *store, census_id census, struct error *error)
{
	const struct known_census *found;

	if (!postgres_may_write_to(store, census, error))
		return false;
	found = known(store, census, error);
	return found != NULL && (!found->has_ended || postgres_forget_counts_once(store, census, error));
}

void stage_begin(struct postgres_store *store, struct error *error)
{
	fields_begin(&store->fields, error);
}

static void wait_for(struct stage *stage, struct patch patch)
{
	if (stage->patch_count == stage->patch_capacity) {
		stage->patch_capacity = stage->patch_capacity > 0 ? 2 * stage->patch_capacity : 1024;
		stage->patches = memory_resize(stage->patches, stage->patch_capacity, sizeof(*stage->patches));
	}
	stage->patches[stage->patch_count++] = patch;
}

/* A row of a stage: the number of its fields and they. */
static void add_row(struct stage *stage, uint16_t count, struct span first, struct span rest)
{
	buffer_append_u16(&stage->rows, count);
	buffer_append(&stage->rows, first);
	buffer_append(&stage->rows, rest);
	stage->count++;
}

/* A row for what was not met before: its entry, its bytes as a whole, and its columns. */
static void add_shared_row(struct postgres_store *store, enum shared_id shared, size_t entry, const struct fields *columns)
{
	struct fields head = {.count = 0};

	fields_begin(&head, columns->error);
	field_integer(&head, (int64_t)entry);
	field_bytes(&head, buffer_view(&columns->bytes));
	add_row(&store->stages[shared], (uint16_t)(head.count + columns->count), buffer_view(&head.bytes), buffer_view(&columns->bytes));
	buffer_done(&head.bytes);
}

void stage_shared(struct postgres_store *store, enum stage_id stage, enum shared_id shared)
{
	struct fields *columns = &store->shared_fields;
	bool is_new;
	size_t entry;

	if (columns->has_failed) {
		store->fields.has_failed = true;
		field_null(&store->fields);
		return;
	}
	entry = shared_rows_meet(&store->shared[shared], buffer_view(&columns->bytes), &is_new);
	if (is_new)
		add_shared_row(store, shared, entry, columns);
	field_integer(&store->fields, 0);
	/* The row begins behind what is there, with 2 bytes for the number of its fields. */
	wait_for(&store->stages[stage],
	         (struct patch){shared, entry, store->stages[stage].rows.size + 2 + store->fields.bytes.size - FIELD_INTEGER_SIZE});
}

bool postgres_is_time_to_flush(const struct postgres_store *store)
{
	size_t bytes = 0, rows = store->open_count;

	for (size_t i = 0; i < STAGE_COUNT; i++) {
		bytes += store->stages[i].rows.size;
		rows += store->stages[i].count;
	}
	return bytes >= FLUSH_BYTES || rows >= FLUSH_ROWS;
}

bool stage_end(struct postgres_store *store, enum stage_id id)
{
	struct stage *stage = &store->stages[id];

	if (!store->fields.has_failed)
		add_row(stage, store->fields.count, buffer_view(&store->fields.bytes), span_make(NULL, 0));
	if (stage->rows.overflowed && !store->fields.has_failed)
		store->fields.has_failed = !error_set(store->fields.error, "a record is too large for %s", store->location);
	if (store->fields.has_failed) {
		store->has_failed = true;
		return false;
	}
	return !postgres_is_time_to_flush(store) || postgres_flush(store, store->fields.error);
}

static bool send_rows(struct postgres_store *store, const struct buffer *rows)
{
	static const char HEAD[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", END[] = "\377\377";
	bool is_sent = PQputCopyData(store->connection, HEAD, sizeof(HEAD) - 1) == 1;

	for (size_t at = 0; is_sent && at < rows->size; at += COPY_CHUNK) {
		struct span part = span_part(buffer_view(rows), at, COPY_CHUNK);

		is_sent = PQputCopyData(store->connection, (const char *)part.data, (int)part.size) == 1;
	}
	return is_sent && PQputCopyData(store->connection, END, sizeof(END) - 1) == 1 && PQputCopyEnd(store->connection, NULL) == 1;
}

/* *has_conflict_out: it failed because a row is kept already; NULL: then it just failed. */
static bool copy_rows(struct postgres_store *store, const char *copy, const struct buffer *rows, bool *has_conflict_out,
                      struct error *error)
{
	PGresult *result = PQexec(store->connection, copy);
	bool is_done = PQresultStatus(result) == PGRES_COPY_IN;

	if (!is_done) {
		postgres_fail(store, result, error);
		PQclear(result);
		return false;
	}
	PQclear(result);
	is_done = send_rows(store, rows);
	if (!is_done)
		postgres_fail(store, NULL, error);
	while ((result = PQgetResult(store->connection)) != NULL) {
		const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

		if (is_done && PQresultStatus(result) != PGRES_COMMAND_OK) {
			is_done = postgres_fail(store, result, error);
			if (has_conflict_out != NULL)
				*has_conflict_out = state != NULL && strcmp(state, UNIQUE_VIOLATION) == 0;
		}
		PQclear(result);
		if (PQstatus(store->connection) == CONNECTION_BAD)
			break;
	}
	return is_done;
}

/* Prepared when it is run the first time. NULL: it failed. The caller clears the result. */
static PGresult *run_statement(struct postgres_store *store, enum stage_id id, size_t number, struct error *error)
{
	uint64_t bit = (uint64_t)1 << ((unsigned)id * STATEMENTS_PER_STAGE + number);
	char name[48];
	PGresult *result;

	(void)snprintf(name, sizeof(name), "%s_%zu", STAGES[id].name, number);
	if ((store->prepared & bit) == 0) {
		result = PQprepare(store->connection, name, STAGES[id].statements[number], 0, NULL);
		if (PQresultStatus(result) != PGRES_COMMAND_OK) {
			postgres_fail(store, result, error);
			PQclear(result);
			return NULL;
		}
		PQclear(result);
		store->prepared |= bit;
	}
	result = PQexecPrepared(store->connection, name, 0, NULL, NULL, NULL, 1);
	if (PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK)
		return result;
	postgres_fail(store, result, error);
	PQclear(result);
	return NULL;
}

/* (entry, row) of what was sent. */
static bool take_numbers(struct postgres_store *store, enum stage_id id, const PGresult *result, struct error *error)
{
	struct shared_rows *shared = &store->shared[id];

	for (int row = 0; row < PQntuples(result); row++) {
		uint64_t entry = (uint64_t)integer_of((const unsigned char *)PQgetvalue(result, row, 0));

		if (entry < shared->count)
			shared->entries[entry].row = integer_of((const unsigned char *)PQgetvalue(result, row, 1));
	}
	if ((size_t)PQntuples(result) == store->stages[id].count)
		return true;
	return error_set(error, "%s: the server did not keep what it was given; nothing of this transaction is kept", store->location);
}

/* By way of the temporary table. */
static bool put_in_place(struct postgres_store *store, enum stage_id id, const char *copy, struct error *error)
{
	struct stage *stage = &store->stages[id];
	char sql[64];

	/* Of an earlier round of this transaction; its end empties them. */
	if (stage->is_used) {
		(void)snprintf(sql, sizeof(sql), "DELETE FROM stage_%s", STAGES[id].name);
		if (!postgres_run(store, sql, error))
			return false;
	}
	stage->is_used = true;
	if (!copy_rows(store, copy, &stage->rows, NULL, error))
		return false;
	for (size_t i = 0; i < STATEMENTS_PER_STAGE && STAGES[id].statements[i] != NULL; i++) {
		PGresult *result = run_statement(store, id, i, error);
		bool is_done = result != NULL && (id >= (enum stage_id)SHARED_COUNT || i == 0 || take_numbers(store, id, result, error));

		PQclear(result);
		if (!is_done)
			return false;
	}
	return true;
}

static void fill_numbers(struct postgres_store *store, struct stage *stage)
{
	for (size_t i = 0; i < stage->patch_count; i++) {
		const struct patch *patch = &stage->patches[i];

		integer_bytes(store->shared[patch->shared].entries[patch->entry].row, stage->rows.data + patch->at);
	}
}

static bool put_shared(struct postgres_store *store, struct error *error)
{
	for (unsigned id = 0; id < SHARED_COUNT; id++) {
		if (store->stages[id].count > 0 && !put_in_place(store, (enum stage_id)id, STAGES[id].copy, error))
			return false;
	}
	return true;
}

static bool put_straight(struct postgres_store *store, bool *has_conflict_out, struct error *error)
{
	for (unsigned id = SHARED_COUNT; id < STAGE_COUNT; id++) {
		if (store->stages[id].count > 0 && !copy_rows(store, STAGES[id].copy, &store->stages[id].rows, has_conflict_out, error))
			return false;
	}
	return true;
}

static bool put_again(struct postgres_store *store, struct error *error)
{
	for (unsigned id = SHARED_COUNT; id < STAGE_COUNT; id++) {
		if (store->stages[id].count == 0)
			continue;
		if (STAGES[id].copy_again == NULL ? !copy_rows(store, STAGES[id].copy, &store->stages[id].rows, NULL, error)
		                                  : !postgres_run(store, STAGES[id].make, error) ||
		                                            !put_in_place(store, (enum stage_id)id, STAGES[id].copy_again, error))
			return false;
	}
	return true;
}

/* Where records are given again, most batches have some of them: after each conflict the straight way is not tried for longer. */
static bool put_own(struct postgres_store *store, struct error *error)
{
	bool has_conflict = false;

	if (store->detours_left > 0) {
		store->detours_left--;
		return put_again(store, error);
	}
	if (!postgres_run(store, "SAVEPOINT straight", error))
		return false;
	if (put_straight(store, &has_conflict, error)) {
		store->detours = 0;
		return postgres_run(store, "RELEASE straight", error);
	}
	if (!has_conflict || !postgres_run(store, "ROLLBACK TO straight; RELEASE straight", error))
		return false;
	store->detours = store->detours < DETOURS_MAX ? 2 * store->detours + 1 : DETOURS_MAX;
	store->detours_left = store->detours;
	return put_again(store, error);
}

static bool put_all(struct postgres_store *store, struct error *error)
{
	size_t count = 0;

	if (!put_shared(store, error))
		return false;
	for (unsigned id = SHARED_COUNT; id < STAGE_COUNT; id++) {
		fill_numbers(store, &store->stages[id]);
		count += store->stages[id].count;
	}
	return count == 0 || put_own(store, error);
}

static void clear_rows(struct postgres_store *store)
{
	for (size_t i = 0; i < STAGE_COUNT; i++) {
		buffer_clear(&store->stages[i].rows);
		store->stages[i].count = 0;
		store->stages[i].patch_count = 0;
	}
}

bool postgres_flush(struct postgres_store *store, struct error *error)
{
	bool is_done = put_all(store, error) && postgres_put_open_hosts(store, error);

	clear_rows(store);
	if (!is_done) {
		store->has_failed = true;
		return false;
	}
	for (size_t i = 0; i < SHARED_COUNT; i++) {
		if (shared_rows_is_full(&store->shared[i]))
			shared_rows_done(&store->shared[i]);
	}
	return true;
}

void postgres_transaction_ended(struct postgres_store *store)
{
	for (size_t i = 0; i < STAGE_COUNT; i++)
		store->stages[i].is_used = false;
}

void postgres_forget(struct postgres_store *store)
{
	clear_rows(store);
	store->open_count = 0;
	for (size_t i = 0; i < SHARED_COUNT; i++)
		shared_rows_done(&store->shared[i]);
	store->census_count = 0;
	store->forgotten = 0;
	if (store->certificates != NULL)
		memset(store->certificates, 0, KNOWN_FINGERPRINTS * sizeof(*store->certificates));
	if (store->chains != NULL)
		memset(store->chains, 0, KNOWN_FINGERPRINTS * sizeof(*store->chains));
}

void postgres_stages_done(struct postgres_store *store)
{
	for (size_t i = 0; i < STAGE_COUNT; i++) {
		buffer_done(&store->stages[i].rows);
		free(store->stages[i].patches);
	}
	for (size_t i = 0; i < SHARED_COUNT; i++)
		shared_rows_done(&store->shared[i]);
	buffer_done(&store->fields.bytes);
	buffer_done(&store->shared_fields.bytes);
	free(store->open_changes);
}
