/* SPDX-License-Identifier: ISC */
/* The inside of an open SQLite project file, shared by the driver's own files. */
#ifndef STORE_SQLITE_SQLITE_STORE_H
#define STORE_SQLITE_SQLITE_STORE_H

#include <sqlite3.h>
#include <stdbool.h>

#include "base/buffer.h"
#include "store/sqlite/file_lock.h"
#include "store/sqlite/text_memory.h"
#include "store/sqlite/words.h"
#include "store/store_driver.h"

/* Statements are prepared once, when first needed. */
enum statement_id {
	STATEMENT_BEGIN,
	STATEMENT_COMMIT,
	STATEMENT_ROLLBACK,
	STATEMENT_ADD_CENSUS,
	STATEMENT_END_CENSUS,
	STATEMENT_SET_PROGRESS,
	STATEMENT_ADD_CONVERSATION,
	STATEMENT_ADD_SERVICE,
	STATEMENT_ADD_CERTIFICATE,
	STATEMENT_FIND_SOFTWARE,
	STATEMENT_ADD_SOFTWARE,
	STATEMENT_ADD_CHAIN,
	STATEMENT_FIND_FINDING_WORD,
	STATEMENT_ADD_FINDING_WORD,
	STATEMENT_FIND_FINDING_NAME,
	STATEMENT_ADD_FINDINGS,
	STATEMENT_ADD_TEXT,
	STATEMENT_FIND_TEXT,
	STATEMENT_ADD_CONTACTS,
	STATEMENT_FORGET_CONTACTS,
	STATEMENT_ADD_OPEN_HOSTS,
	STATEMENT_FORGET_OPEN_HOSTS,
	STATEMENT_FIND_CENSUS,
	STATEMENT_ADD_ROWS,
	STATEMENT_END_ROWS,
	STATEMENT_CHANGE_CENSUS,
	STATEMENT_SET_MERGED,
	STATEMENT_VISIT_MERGED,
	STATEMENT_ADD_COUNT,
	STATEMENT_FORGET_COUNTS,
	STATEMENT_VISIT_COUNTS,
	STATEMENT_SET_HOSTNAME,
	STATEMENT_VISIT_HOSTNAMES,
	STATEMENT_FIND_HOSTNAME,
	STATEMENT_VISIT_CENSUSES,
	STATEMENT_VISIT_SERVICES,
	STATEMENT_VISIT_SERVICES_OF_ADDRESS,
	STATEMENT_VISIT_CONVERSATIONS,
	STATEMENT_VISIT_CONVERSATIONS_OF_ADDRESS,
	STATEMENT_FIND_CERTIFICATE,
	STATEMENT_FIND_CHAIN,
	STATEMENT_VISIT_FINDINGS,
	STATEMENT_VISIT_FINDINGS_OF_ADDRESS,
	STATEMENT_VISIT_CONTACTS,
	STATEMENT_VISIT_OPEN_HOSTS,
	STATEMENT_HAS_CERTIFICATE,
	STATEMENT_HAS_CHAIN,
};
enum { STATEMENT_COUNT = STATEMENT_HAS_CHAIN + 1 };

/* Rows that are named again and again, so that not each naming looks them up. Forgotten with the transaction that may have made them. */
enum { REMEMBERED_FINDINGS = 128, REMEMBERED_SOFTWARE = 512, REMEMBERED_CHAINS = 4096, READ_TEXTS = 4096 };

struct remembered {
	struct {
		char *id;
		int64_t number;
	} findings[REMEMBERED_FINDINGS];
	size_t finding_count;
	struct {
		struct software software;
		int64_t row;                                             /* 0: empty */
	} software[REMEMBERED_SOFTWARE];                                 /* by a hash; a newer one takes the place */
	uint8_t chains[REMEMBERED_CHAINS][CERTIFICATE_FINGERPRINT_SIZE]; /* likewise: are kept */
	census_id census;                                                /* is there, and its rows may be appended */
};

/* A text of table text that was read. */
struct read_text {
	int64_t row; /* 0: empty */
	unsigned char *bytes;
	size_t size;
};

struct journal_numbers {
	uint64_t *items;
	size_t count, capacity;
};

/* What the open transaction will write as one row each. */
struct journal {
	census_id census;
	struct journal_numbers begun, ended;
	size_t written; /* numbers since the last folding */
	struct timestamp contacts_at;
	struct buffer contacts;
};

struct sqlite_store {
	struct store base;
	sqlite3 *connection;
	char *location;
	enum store_mode mode;
	struct file_lock lock; /* held when mode is STORE_READ_WRITE */
	struct words words;
	bool is_in_transaction;
	struct remembered *remembered;
	struct text_memory texts;     /* while writing */
	struct read_text *read_texts; /* while reading; NULL: none yet */
	struct journal journal;
	struct buffer scratch[2];           /* for values that are made while a row is written */
	census_id visited[STATEMENT_COUNT]; /* the census that a kept statement is of, where it is of one */
	bool has_failed;                    /* something of the open transaction could not be written: it can only be rolled back */
	sqlite3_stmt *statements[STATEMENT_COUNT];
};

/* sqlite_open.c */
struct store *sqlite_store_open(const char *location, enum store_mode mode, struct error *error);
void sqlite_store_close(struct store *store);
/* The sentence for what SQLite reports of the connection, with what to do. Returns false. */
bool sqlite_store_fail(sqlite3 *connection, const char *location, struct error *error);

/* A statement, reset and without values; NULL with the error set when it cannot be prepared. While a visit uses the kept one, another is made. */
sqlite3_stmt *statement_take(struct sqlite_store *store, enum statement_id id, struct error *error);
/* Gives it back. */
void statement_release(struct sqlite_store *store, enum statement_id id, sqlite3_stmt *statement);

/* sqlite_index.c */
/* Is there such a census? Its rows may be appended from now on. */
bool known_census(struct sqlite_store *store, census_id census, struct error *error);
bool census_rows_begin(struct sqlite_store *store, census_id census, struct error *error);
/* The later of two rows with one identity stays, and a large census gets its indexes. */
bool census_rows_end(struct sqlite_store *store, census_id census, struct error *error);
/* The same for the censuses that an older program ended. */
bool census_rows_end_older(struct sqlite_store *store, struct error *error);
/* The rows of a census in the order of their identities, or those of one address (its only parameter). */
sqlite3_stmt *visit_statement_take(struct sqlite_store *store, enum statement_id id, census_id census, struct error *error);
void visit_statements_forget(struct sqlite_store *store);

/* sqlite_write.c */
bool sqlite_begin(struct store *store, struct error *error);
bool sqlite_commit(struct store *store, struct error *error);
void sqlite_rollback(struct store *store);
bool sqlite_add_census(struct store *store, struct census_record *census, struct error *error);
bool sqlite_end_census(struct store *store, census_id census, struct timestamp ended_at, struct error *error);
bool sqlite_set_progress(struct store *store, census_id census, const struct census_progress *progress, struct error *error);
bool sqlite_add_conversation(struct store *store, census_id census, const struct conversation_record *conversation, struct error *error);
bool sqlite_add_service(struct store *store, census_id census, const struct service_record *service, struct error *error);
bool sqlite_add_certificate(struct store *store, const struct certificate_record *certificate, struct error *error);

/* sqlite_journal.c */
bool sqlite_add_contact(struct store *store, const struct contact_record *contact, struct error *error);
bool sqlite_forget_contacts_before(struct store *store, struct timestamp before, struct error *error);
bool sqlite_add_open_host(struct store *store, census_id census, const struct open_host_record *host, struct error *error);
bool sqlite_remove_open_host(struct store *store, census_id census, const struct open_host_record *host, struct error *error);
bool sqlite_visit_contacts(struct store *store, const struct store_visitor *visitor, struct error *error);
bool sqlite_visit_open_hosts(struct store *store, census_id census, const struct store_visitor *visitor, struct error *error);

/* sqlite_hostnames.c */
bool sqlite_set_hostname(struct store *store, const struct hostname_record *hostname, struct error *error);
bool sqlite_visit_hostnames(struct store *store, const struct ip_address *only_address, const struct store_visitor *visitor,
                            struct error *error);

/* sqlite_read.c */
bool sqlite_visit_censuses(struct store *store, const struct store_visitor *visitor, struct error *error);
bool sqlite_visit_services(struct store *store, census_id census, const struct ip_address *only_address,
                           const struct store_visitor *visitor, struct error *error);
bool sqlite_visit_conversations(struct store *store, census_id census, const struct ip_address *only_address,
                                const struct store_visitor *visitor, struct error *error);
bool sqlite_find_certificate(struct store *store, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE], const struct store_visitor *visitor,
                             struct error *error);
bool sqlite_has_certificate(struct store *store, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE]);

/* sqlite_merged.c */
bool sqlite_change_census(struct store *store, const struct census_record *census, struct error *error);
bool sqlite_set_merged(struct store *store, census_id census, const struct merged_record *merged, struct error *error);
bool sqlite_visit_merged(struct store *store, census_id census, const struct store_visitor *visitor, struct error *error);

/* sqlite_counts.c */
bool sqlite_add_count(struct store *store, census_id census, const struct count_record *count, struct error *error);
bool sqlite_forget_counts(struct store *store, census_id census, struct error *error);
bool sqlite_visit_counts(struct store *store, census_id census, const char *kind, const struct store_visitor *visitor, struct error *error);

/* sqlite_facts.c */
void sqlite_forget_remembered(struct sqlite_store *store);
bool sqlite_add_chain(struct store *store, const struct chain_record *chain, struct error *error);
bool sqlite_find_chain(struct store *store, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE], const struct store_visitor *visitor,
                       struct error *error);
bool sqlite_has_chain(struct store *store, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE]);

/* sqlite_findings.c */
bool sqlite_set_findings(struct store *store, census_id census, const struct ip_address *address, const struct finding_record *findings,
                         size_t count, struct error *error);
bool sqlite_visit_findings(struct store *store, census_id census, const struct ip_address *only_address,
                           const struct store_visitor *visitor, struct error *error);

#endif
