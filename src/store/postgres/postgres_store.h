/* SPDX-License-Identifier: ISC */
/* What the files of this store share. Rows are gathered here and sent by COPY, see postgres_stage.c. */
#ifndef STORE_POSTGRES_POSTGRES_STORE_H
#define STORE_POSTGRES_POSTGRES_STORE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "store/postgres/field.h"
#include "store/postgres/shared_rows.h"
#include "store/store_driver.h"

enum stage_id {
	STAGE_LOOK, /* the first are kept once for all that share them, in the order of enum shared_id */
	STAGE_CREDENTIALS,
	STAGE_FINDING_LIST,
	STAGE_TRANSCRIPT,
	STAGE_SERVICE,
	STAGE_HOST_FINDING,
	STAGE_CONVERSATION,
	STAGE_CERTIFICATE,
	STAGE_CHAIN,
	STAGE_CONTACT,
	STAGE_HOSTNAME,
	STAGE_COUNTED,
};
enum {
	STAGE_COUNT = STAGE_COUNTED + 1,
	KNOWN_CENSUSES = 64,
	KNOWN_FINGERPRINTS = 1 << 16,
	STATEMENTS_PER_STAGE = 2,
};

/* Where a row waits for the number of what it shares. */
struct patch {
	enum shared_id shared;
	size_t entry;
	size_t at; /* of the 8 bytes in its stage */
};

struct stage {
	struct buffer rows; /* as COPY wants them, without head and end */
	size_t count;
	struct patch *patches;
	size_t patch_count, patch_capacity;
	bool is_used; /* its temporary table, in this transaction */
};

/* A host that was opened or closed, in the order of that. */
struct open_change {
	census_id census;
	uint64_t number;
	size_t order;
	bool is_open;
};

struct known_census {
	census_id id;
	bool has_ended;
};

enum ahead_kind {
	AHEAD_FINDINGS,
	AHEAD_HOSTNAMES,
	AHEAD_CERTIFICATES,
	AHEAD_CHAINS,
};
enum { AHEAD_COUNT = AHEAD_CHAINS + 1 };

/* See postgres_ahead.h. */
struct ahead {
	census_id census;      /* 0: none is visited as a whole */
	const PGresult *batch; /* of services; NULL: not yet, or no more */
	PGresult *results[AHEAD_COUNT];
};

struct postgres_store {
	struct store base;
	PGconn *connection;
	char *location; /* to be shown: without a password */
	enum store_mode mode;
	bool is_in_transaction;
	bool has_failed;             /* in this transaction */
	unsigned visits;             /* that are going on */
	uint64_t prepared;           /* bits of the statements that the server knows */
	uint64_t cursors;            /* ever opened */
	struct fields fields;        /* of the row that is being made */
	struct fields shared_fields; /* of what it shares */
	struct stage stages[STAGE_COUNT];
	struct shared_rows shared[SHARED_COUNT];
	unsigned detours, detours_left; /* how many batches go by way of temporary tables */
	struct open_change *open_changes;
	size_t open_count, open_capacity;
	struct ahead ahead;
	struct known_census censuses[KNOWN_CENSUSES];
	size_t census_count;
	census_id forgotten; /* an ended census whose counts were forgotten in this transaction, as it is changed; 0: none */
	uint8_t (*certificates)[CERTIFICATE_FINGERPRINT_SIZE];
	uint8_t (*chains)[CERTIFICATE_FINGERPRINT_SIZE];
};

/* ---- postgres_open.c ---- */
struct store *postgres_open(const char *location, enum store_mode mode, struct error *error);
void postgres_close(struct store *store);
/* The sentence for what the server, or the way to it, said last. Returns false. The result may be NULL. */
bool postgres_fail(const struct postgres_store *store, const PGresult *result, struct error *error);
/* Runs SQL that gives no rows, or whose rows nobody wants. */
bool postgres_run(struct postgres_store *store, const char *sql, struct error *error);
/* One number of one row; 0 when there is no row. */
bool postgres_number(struct postgres_store *store, const char *sql, int64_t *number_out, struct error *error) MUST_CHECK;

/* ---- postgres_stage.c ---- */
bool postgres_make_stages(struct postgres_store *store, struct error *error) MUST_CHECK;
/* May something be written now? */
bool postgres_may_write(struct postgres_store *store, struct error *error) MUST_CHECK;
/* The same, and is there such a census? */
bool postgres_may_write_to(struct postgres_store *store, census_id census, struct error *error) MUST_CHECK;
/* The same for what its statistics count. */
bool postgres_may_change(struct postgres_store *store, census_id census, struct error *error) MUST_CHECK;
/* Begins a row. */
void stage_begin(struct postgres_store *store, struct error *error);
/* Puts a field that stands for the fields of `shared`, which were put into store->shared_fields. */
void stage_shared(struct postgres_store *store, enum stage_id stage, enum shared_id shared);
/* Adds the row to its stage. */
bool stage_end(struct postgres_store *store, enum stage_id stage) MUST_CHECK;
bool postgres_is_time_to_flush(const struct postgres_store *store);
/* Sends all that was gathered. */
bool postgres_flush(struct postgres_store *store, struct error *error) MUST_CHECK;
/* Forgets what was gathered and what the server may have forgotten. */
void postgres_forget(struct postgres_store *store);
/* Committed or rolled back. */
void postgres_transaction_ended(struct postgres_store *store);
void postgres_stages_done(struct postgres_store *store);

/* ---- postgres_write.c ---- */
bool postgres_begin(struct store *store, struct error *error);
bool postgres_commit(struct store *store, struct error *error);
void postgres_rollback(struct store *store);
bool postgres_add_census(struct store *store, struct census_record *census, struct error *error);
bool postgres_end_census(struct store *store, census_id census, struct timestamp ended_at, struct error *error);
bool postgres_set_progress(struct store *store, census_id census, const struct census_progress *progress, struct error *error);
bool postgres_change_census(struct store *store, const struct census_record *census, struct error *error);
bool postgres_set_merged(struct store *store, census_id census, const struct merged_record *merged, struct error *error);

/* ---- postgres_counts.c ---- */
bool postgres_add_count(struct store *store, census_id census, const struct count_record *count, struct error *error);
bool postgres_forget_counts(struct store *store, census_id census, struct error *error);
bool postgres_visit_counts(struct store *store, census_id census, const char *kind, const struct store_visitor *visitor,
                           struct error *error);
/* The same as postgres_forget_counts, once in a transaction, for a census that has ended and is changed. */
bool postgres_forget_counts_once(struct postgres_store *store, census_id census, struct error *error) MUST_CHECK;

/* Runs SQL whose parameters are the fields of store->fields. NULL: it failed. The caller clears the result. */
PGresult *postgres_run_with_fields(struct postgres_store *store, const char *sql, struct error *error);

/* ---- postgres_open_hosts.c ---- */
bool postgres_add_open_host(struct store *store, census_id census, const struct open_host_record *host, struct error *error);
bool postgres_remove_open_host(struct store *store, census_id census, const struct open_host_record *host, struct error *error);
/* Sends those that were gathered; a part of postgres_flush. */
bool postgres_put_open_hosts(struct postgres_store *store, struct error *error) MUST_CHECK;

/* ---- postgres_records.c ---- */
bool postgres_add_conversation(struct store *store, census_id census, const struct conversation_record *conversation, struct error *error);
bool postgres_add_service(struct store *store, census_id census, const struct service_record *service, struct error *error);
bool postgres_add_certificate(struct store *store, const struct certificate_record *certificate, struct error *error);
bool postgres_add_chain(struct store *store, const struct chain_record *chain, struct error *error);
bool postgres_set_findings(struct store *store, census_id census, const struct ip_address *address, const struct finding_record *findings,
                           size_t count, struct error *error);
bool postgres_add_contact(struct store *store, const struct contact_record *contact, struct error *error);
bool postgres_forget_contacts_before(struct store *store, struct timestamp before, struct error *error);
bool postgres_set_hostname(struct store *store, const struct hostname_record *hostname, struct error *error);

/* ---- postgres_read.c ---- */
bool postgres_visit_censuses(struct store *store, const struct store_visitor *visitor, struct error *error);
bool postgres_visit_services(struct store *store, census_id census, const struct ip_address *only_address,
                             const struct store_visitor *visitor, struct error *error);
bool postgres_visit_conversations(struct store *store, census_id census, const struct ip_address *only_address,
                                  const struct store_visitor *visitor, struct error *error);
bool postgres_visit_findings(struct store *store, census_id census, const struct ip_address *only_address,
                             const struct store_visitor *visitor, struct error *error);
bool postgres_find_certificate(struct store *store, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE], const struct store_visitor *visitor,
                               struct error *error);
bool postgres_find_chain(struct store *store, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE], const struct store_visitor *visitor,
                         struct error *error);
bool postgres_visit_contacts(struct store *store, const struct store_visitor *visitor, struct error *error);
bool postgres_visit_open_hosts(struct store *store, census_id census, const struct store_visitor *visitor, struct error *error);
bool postgres_visit_merged(struct store *store, census_id census, const struct store_visitor *visitor, struct error *error);
bool postgres_visit_hostnames(struct store *store, const struct ip_address *only_address, const struct store_visitor *visitor,
                              struct error *error);
bool postgres_has_certificate(struct store *store, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE]);
bool postgres_has_chain(struct store *store, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE]);

#endif
