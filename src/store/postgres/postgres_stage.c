/* SPDX-License-Identifier: ISC */
/* Rows on their way: gathered here, sent by COPY into temporary tables of the session, which the log of the server knows nothing of, and put in place from there.
   Of two rows with one identity the later one holds; what is shared gets its number first. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/postgres/postgres_store.h"

enum {
	FLUSH_BYTES = 8 << 20, /* gathered at most, roughly */
	FLUSH_ROWS = 1 << 15,
	STAGE_BYTES_MAX = 1 << 29,
	COPY_CHUNK = 1 << 20,
};

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
/* A temporary table with the columns of another one before which the order stands. */
#define MAKE(name, columns, table)                                                                                                         \
	"CREATE TEMPORARY TABLE stage_" name " ON COMMIT DELETE ROWS AS SELECT 0::bigint AS place, " columns " FROM mailcensus." table     \
	" LIMIT 0"
#define MAKE_SHARED(table, columns)                                                                                                        \
	"CREATE TEMPORARY TABLE stage_" table " ON COMMIT DELETE ROWS AS SELECT 0::bigint AS place, ''::bytea AS image, " columns          \
	" FROM mailcensus." table " LIMIT 0; ALTER TABLE stage_" table " ADD hash bytea GENERATED ALWAYS AS (sha256(image)) STORED"
#define COPY(name, columns) "COPY stage_" name " (place, " columns ") FROM STDIN (FORMAT binary)"
#define COPY_SHARED(table, columns) "COPY stage_" table " (place, image, " columns ") FROM STDIN (FORMAT binary)"
#define INSERT_SHARED(table, columns)                                                                                                      \
	"INSERT INTO mailcensus." table " (hash, " columns ") SELECT DISTINCT ON (hash) hash, " columns " FROM stage_" table               \
	" ON CONFLICT (hash) DO NOTHING"
#define NUMBERS_SHARED(table) "SELECT stage.place, kept.id FROM stage_" table " AS stage JOIN mailcensus." table " AS kept USING (hash)"
#define CREDENTIALS_COLUMNS "leaf, chain, pairs"
#define FINDING_LIST_COLUMNS "ports, names, severities, confidences, evidences"
#define SERVICE_COLUMNS "census, address, port, decided_at, look, credentials, greeting"
#define HOST_FINDING_COLUMNS "census, address, list"
#define HOSTNAME_COLUMNS "address, outcome, source, name, is_confirmed, names, unusable, looked_up_at"
#define CONVERSATION_COLUMNS "census, address, port, attempt, started_at, duration_ms, ending, common, own"

/* Shared ones: put in place, then ask for their numbers. */
static const struct {
	const char *name, *make, *copy;
	const char *statements[STATEMENTS_PER_STAGE];
} STAGES[STAGE_COUNT] = {
	[STAGE_LOOK] = {"look",
                        MAKE_SHARED("look", LOOK_COLUMNS),
                        COPY_SHARED("look", LOOK_COLUMNS),
                        {INSERT_SHARED("look", LOOK_COLUMNS), NUMBERS_SHARED("look")}},
	[STAGE_CREDENTIALS] = {"credentials",
                               MAKE_SHARED("credentials", CREDENTIALS_COLUMNS),
                               COPY_SHARED("credentials", CREDENTIALS_COLUMNS),
                               {INSERT_SHARED("credentials", CREDENTIALS_COLUMNS), NUMBERS_SHARED("credentials")}},
	[STAGE_FINDING_LIST] = {"finding_list",
                                MAKE_SHARED("finding_list", FINDING_LIST_COLUMNS),
                                COPY_SHARED("finding_list", FINDING_LIST_COLUMNS),
                                {INSERT_SHARED("finding_list", FINDING_LIST_COLUMNS), NUMBERS_SHARED("finding_list")}},
	[STAGE_TRANSCRIPT] = {"transcript",
                              MAKE_SHARED("transcript", "common"),
                              COPY_SHARED("transcript", "common"),
                              {INSERT_SHARED("transcript", "common"), NUMBERS_SHARED("transcript")}},
	[STAGE_SERVICE] = {"service",
                           MAKE("service", "census::bigint, address, port::bigint, decided_at, look, credentials, greeting", "service"),
                           COPY("service", SERVICE_COLUMNS),
                           {"INSERT INTO mailcensus.service (" SERVICE_COLUMNS ") SELECT DISTINCT ON (census, address, port) census, "
                            "address, port, decided_at, look, credentials, greeting FROM stage_service "
                            "ORDER BY census, address, port, place DESC ON CONFLICT (census, address, port) DO UPDATE SET decided_at = "
                            "excluded.decided_at, look = excluded.look, credentials = excluded.credentials, greeting = "
                            "excluded.greeting"}},
	[STAGE_HOST_FINDING] = {"host_finding",
                                MAKE("host_finding", "census::bigint, address, list", "host_finding"),
                                COPY("host_finding", HOST_FINDING_COLUMNS),
                                {"INSERT INTO mailcensus.host_finding (" HOST_FINDING_COLUMNS
                                 ") SELECT DISTINCT ON (census, address) census, address, list FROM stage_host_finding ORDER BY census, "
                                 "address, place DESC ON CONFLICT (census, address) DO UPDATE SET list = excluded.list"}},
	[STAGE_CONVERSATION] =
		{"conversation",
                 MAKE("conversation", "census::bigint, address, port::bigint, attempt, started_at, duration_ms, ending, common, own",
                      "conversation"),
                 COPY("conversation", CONVERSATION_COLUMNS),
                 {"INSERT INTO mailcensus.conversation (" CONVERSATION_COLUMNS
                  ") SELECT DISTINCT ON (census, address, port, attempt) " CONVERSATION_COLUMNS
                  " FROM stage_conversation ORDER BY census, address, port, attempt, place DESC ON CONFLICT (census, address, port, "
                  "attempt) DO UPDATE SET started_at = excluded.started_at, duration_ms = excluded.duration_ms, ending = "
                  "excluded.ending, common = excluded.common, own = excluded.own"}},
	[STAGE_CERTIFICATE] = {"certificate",
                               MAKE("certificate", CERTIFICATE_COLUMNS, "certificate"),
                               COPY("certificate", CERTIFICATE_COLUMNS),
                               {"INSERT INTO mailcensus.certificate (" CERTIFICATE_COLUMNS
                                ") SELECT DISTINCT ON (sha256) " CERTIFICATE_COLUMNS
                                " FROM stage_certificate ORDER BY sha256, place ON CONFLICT (sha256) DO NOTHING"}},
	[STAGE_CHAIN] = {"chain",
                         MAKE("chain", CHAIN_COLUMNS, "chain"),
                         COPY("chain", CHAIN_COLUMNS),
                         {"INSERT INTO mailcensus.chain (" CHAIN_COLUMNS ") SELECT DISTINCT ON (sha256) " CHAIN_COLUMNS
                          " FROM stage_chain ORDER BY sha256, place DESC ON CONFLICT (sha256) DO UPDATE SET (" CHAIN_COLUMNS
                          ") = (excluded.sha256, excluded.is_cut, excluded.fingerprints, excluded.is_ordered, excluded.has_root, "
                          "excluded.system_trust, excluded.mozilla_trust, excluded.missing_issuer, excluded.weakest_signature_hash, "
                          "excluded.smallest_rsa_bits, excluded.not_after, excluded.judged_at)"}},
	[STAGE_CONTACT] = {"contact",
                           MAKE("contact", "at, address", "contact"),
                           COPY("contact", "at, address"),
                           {"INSERT INTO mailcensus.contact (at, address) SELECT at, address FROM stage_contact ORDER BY place"}},
	[STAGE_OPEN_HOST] =
		{"open_host",
                 "CREATE TEMPORARY TABLE stage_open_host (place bigint, census bigint, number bigint, is_open bigint) ON COMMIT DELETE "
                 "ROWS",
                 COPY("open_host", "census, number, is_open"),
                 {"DELETE FROM mailcensus.open_host AS kept USING (SELECT DISTINCT ON (census, number) census, number, is_open FROM "
                  "stage_open_host ORDER BY census, number, place DESC) AS last WHERE last.is_open = 0 AND kept.census = last.census AND "
                  "kept.number = last.number",
                  "INSERT INTO mailcensus.open_host (census, number) SELECT census, number FROM (SELECT DISTINCT ON (census, number) "
                  "census, number, is_open FROM stage_open_host ORDER BY census, number, place DESC) AS last WHERE is_open = 1 ON CONFLICT "
                  "DO NOTHING"}},
	[STAGE_COUNTED] =
		{"counted",
                 MAKE("counted", "census, kind, value, numbers", "counted"),
                 COPY("counted", "census, kind, value, numbers"),
                 {"INSERT INTO mailcensus.counted (census, kind, value, numbers) SELECT DISTINCT ON (census, kind, value) census, "
                  "kind, value, numbers FROM stage_counted ORDER BY census, kind, value, place DESC ON CONFLICT (census, kind, "
                  "value) DO UPDATE SET numbers = excluded.numbers"}},
	/* The rule of store_set_hostname, among the rows of the stage and against the one that is kept. */
	[STAGE_HOSTNAME] = {"hostname",
                            MAKE("hostname", HOSTNAME_COLUMNS, "hostname"),
                            COPY("hostname", HOSTNAME_COLUMNS),
                            {"INSERT INTO mailcensus.hostname AS kept (" HOSTNAME_COLUMNS ") SELECT DISTINCT ON (address) " HOSTNAME_COLUMNS
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
		if (!postgres_run(store, STAGES[i].make, error))
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
	field_integer(&store->fields, store->next_order++);
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

bool stage_end(struct postgres_store *store, enum stage_id id)
{
	struct stage *stage = &store->stages[id];
	size_t bytes = 0, rows = 0;

	if (!store->fields.has_failed)
		add_row(stage, store->fields.count, buffer_view(&store->fields.bytes), span_make(NULL, 0));
	if (stage->rows.overflowed && !store->fields.has_failed)
		store->fields.has_failed = !error_set(store->fields.error, "a record is too large for %s", store->location);
	if (store->fields.has_failed) {
		store->has_failed = true;
		return false;
	}
	for (size_t i = 0; i < STAGE_COUNT; i++) {
		bytes += store->stages[i].rows.size;
		rows += store->stages[i].count;
	}
	return (bytes < FLUSH_BYTES && rows < FLUSH_ROWS) || postgres_flush(store, store->fields.error);
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

static bool copy_rows(struct postgres_store *store, enum stage_id id, struct error *error)
{
	PGresult *result = PQexec(store->connection, STAGES[id].copy);
	bool is_done = PQresultStatus(result) == PGRES_COPY_IN;

	if (!is_done) {
		postgres_fail(store, result, error);
		PQclear(result);
		return false;
	}
	PQclear(result);
	is_done = send_rows(store, &store->stages[id].rows);
	if (!is_done)
		postgres_fail(store, NULL, error);
	while ((result = PQgetResult(store->connection)) != NULL) {
		if (is_done && PQresultStatus(result) != PGRES_COMMAND_OK)
			is_done = postgres_fail(store, result, error);
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

static bool put_in_place(struct postgres_store *store, enum stage_id id, struct error *error)
{
	struct stage *stage = &store->stages[id];
	bool is_done = copy_rows(store, id, error);

	for (size_t i = 0; is_done && i < STATEMENTS_PER_STAGE && STAGES[id].statements[i] != NULL; i++) {
		PGresult *result = run_statement(store, id, i, error);

		is_done = result != NULL && (id >= (enum stage_id)SHARED_COUNT || i == 0 || take_numbers(store, id, result, error));
		PQclear(result);
	}
	if (is_done) {
		char sql[64];

		(void)snprintf(sql, sizeof(sql), "DELETE FROM stage_%s", STAGES[id].name);
		is_done = postgres_run(store, sql, error);
	}
	buffer_clear(&stage->rows);
	stage->count = 0;
	stage->patch_count = 0;
	return is_done;
}

static void fill_numbers(struct postgres_store *store, struct stage *stage)
{
	for (size_t i = 0; i < stage->patch_count; i++) {
		const struct patch *patch = &stage->patches[i];

		integer_bytes(store->shared[patch->shared].entries[patch->entry].row, stage->rows.data + patch->at);
	}
}

bool postgres_flush(struct postgres_store *store, struct error *error)
{
	bool is_done = true;

	for (unsigned id = 0; is_done && id < STAGE_COUNT; id++) {
		if (store->stages[id].count == 0)
			continue;
		fill_numbers(store, &store->stages[id]);
		is_done = put_in_place(store, (enum stage_id)id, error);
	}
	if (!is_done) {
		store->has_failed = true;
		return false;
	}
	store->next_order = 0;
	for (size_t i = 0; i < SHARED_COUNT; i++) {
		if (shared_rows_is_full(&store->shared[i]))
			shared_rows_done(&store->shared[i]);
	}
	return true;
}

void postgres_forget(struct postgres_store *store)
{
	for (size_t i = 0; i < STAGE_COUNT; i++) {
		buffer_clear(&store->stages[i].rows);
		store->stages[i].count = 0;
		store->stages[i].patch_count = 0;
	}
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
}
