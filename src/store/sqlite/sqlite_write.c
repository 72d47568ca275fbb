/* SPDX-License-Identifier: ISC */
/* Transactions, and records into rows. */
#include <string.h>

#include "store/sqlite/sqlite_store.h"

static struct sqlite_store *self(struct store *store)
{
	return (struct sqlite_store *)store;
}

/* Values for one statement, in order; the first failure sticks. */
struct binder {
	struct sqlite_store *store;
	enum statement_id id;
	sqlite3_stmt *statement;
	int index;
	bool has_failed;
	struct error *error;
};

static void note(struct binder *binder, int code)
{
	if (code != SQLITE_OK && !binder->has_failed) {
		binder->has_failed = true;
		sqlite_store_fail(binder->store->connection, binder->store->location, binder->error);
	}
}

static void bind_integer(struct binder *binder, int64_t value)
{
	note(binder, sqlite3_bind_int64(binder->statement, ++binder->index, value));
}

/* 64 bits without sign are kept as the signed number of the same bits. */
static void bind_unsigned(struct binder *binder, uint64_t value)
{
	bind_integer(binder, (int64_t)value);
}

static void bind_blob(struct binder *binder, struct span bytes)
{
	note(binder, sqlite3_bind_blob64(binder->statement, ++binder->index, bytes.size > 0 ? (const void *)bytes.data : "", bytes.size,
	                                 SQLITE_STATIC));
}

static void bind_text(struct binder *binder, const char *text)
{
	note(binder, sqlite3_bind_text(binder->statement, ++binder->index, text != NULL ? text : "", -1, SQLITE_STATIC));
}

static void bind_address(struct binder *binder, const struct ip_address *address)
{
	bind_blob(binder, span_make(address->bytes, ip_address_size(*address)));
}

static void bind_word(struct binder *binder, enum word_kind kind, unsigned value)
{
	int number = words_number(&binder->store->words, kind, value);

	if (number < 0 && !binder->has_failed) {
		binder->has_failed = true;
		error_set(binder->error, "cannot keep %u as %s: no such word", value, words_kind_name(kind));
	}
	bind_integer(binder, number);
}

/* Takes the statement. False when nothing may be written now; then no statement is held. */
static bool begin_row(struct binder *binder, struct store *store, enum statement_id id, struct error *error)
{
	*binder = (struct binder){.store = self(store), .id = id, .error = error};
	if (binder->store->mode != STORE_READ_WRITE)
		return error_set(error, "%s was opened for reading only", binder->store->location);
	/* SQLite may have rolled back by itself (full disk, input/output error): then nothing may be written outside of a transaction. */
	if (!binder->store->is_in_transaction || binder->store->has_failed || sqlite3_get_autocommit(binder->store->connection))
		return error_set(error, "%s: nothing can be written outside of a transaction, or after a failure in it",
		                 binder->store->location);
	binder->statement = statement_take(binder->store, id, error);
	if (binder->statement == NULL)
		binder->store->has_failed = true;
	return binder->statement != NULL;
}

/* Runs the statement and gives it back. */
static bool end_row(struct binder *binder)
{
	if (!binder->has_failed && sqlite3_step(binder->statement) != SQLITE_DONE)
		note(binder, SQLITE_ERROR);
	statement_release(binder->store, binder->id, binder->statement);
	if (binder->has_failed)
		binder->store->has_failed = true;
	return !binder->has_failed;
}

/* A statement without values. */
static bool run(struct sqlite_store *store, enum statement_id id, struct error *error)
{
	sqlite3_stmt *statement = statement_take(store, id, error);
	bool is_done;

	if (statement == NULL)
		return false;
	is_done = sqlite3_step(statement) == SQLITE_DONE;
	if (!is_done)
		sqlite_store_fail(store->connection, store->location, error);
	statement_release(store, id, statement);
	return is_done;
}

bool sqlite_begin(struct store *base, struct error *error)
{
	struct sqlite_store *store = self(base);

	if (store->mode != STORE_READ_WRITE)
		return error_set(error, "%s was opened for reading only", store->location);
	if (store->is_in_transaction)
		return error_set(error, "%s: a transaction is open already", store->location);
	if (!run(store, STATEMENT_BEGIN, error))
		return false;
	store->is_in_transaction = true;
	store->has_failed = false;
	return true;
}

bool sqlite_commit(struct store *base, struct error *error)
{
	struct sqlite_store *store = self(base);

	if (!store->is_in_transaction)
		return error_set(error, "%s: there is no transaction to commit", store->location);
	if (store->has_failed || sqlite3_get_autocommit(store->connection)) {
		sqlite_rollback(base);
		return error_set(error, "%s: the transaction could not be written whole, so nothing of it is kept", store->location);
	}
	if (!run(store, STATEMENT_COMMIT, error)) {
		sqlite_rollback(base);
		return false;
	}
	store->is_in_transaction = false;
	return true;
}

void sqlite_rollback(struct store *base)
{
	struct sqlite_store *store = self(base);

	if (!store->is_in_transaction)
		return;
	/* With autocommit on, SQLite has rolled back already. */
	if (!sqlite3_get_autocommit(store->connection))
		(void)run(store, STATEMENT_ROLLBACK, NULL);
	store->is_in_transaction = false;
	store->has_failed = false;
}

bool sqlite_add_census(struct store *store, struct census_record *census, struct error *error)
{
	struct binder row;

	if (!begin_row(&row, store, STATEMENT_ADD_CENSUS, error))
		return false;
	bind_integer(&row, census->started_at.unix_ms);
	bind_integer(&row, census->ended_at.unix_ms);
	bind_text(&row, census->tool_version);
	bind_text(&row, census->scope_text);
	bind_text(&row, census->options_text);
	bind_unsigned(&row, census->scope_fingerprint);
	bind_unsigned(&row, census->seed);
	bind_unsigned(&row, census->shard);
	bind_unsigned(&row, census->shard_count);
	bind_unsigned(&row, census->host_count);
	if (!end_row(&row))
		return false;
	census->id = sqlite3_last_insert_rowid(self(store)->connection);
	return true;
}

bool sqlite_end_census(struct store *store, census_id census, struct timestamp ended_at, struct error *error)
{
	struct binder row;

	if (!begin_row(&row, store, STATEMENT_END_CENSUS, error))
		return false;
	bind_integer(&row, census);
	bind_integer(&row, ended_at.unix_ms);
	if (!end_row(&row))
		return false;
	if (sqlite3_changes(self(store)->connection) == 0) {
		self(store)->has_failed = true;
		return error_set(error, "%s holds no such census", self(store)->location);
	}
	return true;
}

bool sqlite_set_progress(struct store *store, census_id census, const struct census_progress *progress, struct error *error)
{
	struct binder row;

	if (!begin_row(&row, store, STATEMENT_SET_PROGRESS, error))
		return false;
	bind_integer(&row, census);
	bind_unsigned(&row, progress->position);
	bind_unsigned(&row, progress->hosts_done);
	bind_unsigned(&row, progress->hosts_silent);
	bind_unsigned(&row, progress->connections);
	return end_row(&row);
}

bool sqlite_add_conversation(struct store *store, census_id census, const struct conversation_record *conversation, struct error *error)
{
	struct binder row;

	if (!begin_row(&row, store, STATEMENT_ADD_CONVERSATION, error))
		return false;
	bind_integer(&row, census);
	bind_address(&row, &conversation->endpoint.address);
	bind_integer(&row, conversation->endpoint.port);
	bind_integer(&row, conversation->attempt);
	bind_integer(&row, conversation->started_at.unix_ms);
	bind_integer(&row, conversation->duration_ms);
	bind_word(&row, WORD_ENDING, conversation->ending);
	bind_blob(&row, conversation->transcript);
	return end_row(&row);
}

static void bind_tls(struct binder *row, const struct tls_observation *tls)
{
	static const uint8_t none[CERTIFICATE_FINGERPRINT_SIZE] = {0};
	bool has_leaf = memcmp(tls->leaf_sha256, none, sizeof(none)) != 0;

	bind_word(row, WORD_TLS_OUTCOME, tls->outcome);
	bind_word(row, WORD_TLS_HELLO, tls->hello);
	bind_integer(row, tls->version);
	bind_integer(row, tls->cipher_suite);
	bind_integer(row, tls->group);
	bind_integer(row, tls->dh_bits);
	bind_integer(row, tls->rsa_export_bits);
	bind_integer(row, tls->alert_level);
	bind_integer(row, tls->alert_description);
	bind_integer(row, tls->flags);
	note(row, sqlite3_bind_text(row->statement, ++row->index, tls->alpn, (int)strnlen(tls->alpn, sizeof(tls->alpn)), SQLITE_STATIC));
	bind_integer(row, tls->certificate_count);
	if (has_leaf)
		bind_blob(row, span_make(tls->leaf_sha256, sizeof(tls->leaf_sha256)));
	else
		note(row, sqlite3_bind_null(row->statement, ++row->index));
}

bool sqlite_add_service(struct store *store, census_id census, const struct service_record *service, struct error *error)
{
	struct binder row;

	if (!begin_row(&row, store, STATEMENT_ADD_SERVICE, error))
		return false;
	bind_integer(&row, census);
	bind_address(&row, &service->endpoint.address);
	bind_integer(&row, service->endpoint.port);
	bind_integer(&row, service->decided_at.unix_ms);
	bind_word(&row, WORD_PROTOCOL, service->protocol);
	bind_word(&row, WORD_VERDICT, service->verdict);
	bind_word(&row, WORD_CONFIDENCE, service->confidence);
	bind_word(&row, WORD_CLEARTEXT_LOGIN, service->cleartext_login);
	bind_word(&row, WORD_ENDING, service->ending);
	bind_word(&row, WORD_PRESENCE, service->starttls_advertised);
	bind_word(&row, WORD_UPGRADE, service->upgrade);
	bind_integer(&row, service->observation_flags);
	bind_integer(&row, service->plaintext_on_tls_port);
	bind_integer(&row, service->tls_proven);
	bind_integer(&row, service->attempts);
	bind_tls(&row, &service->tls);
	bind_blob(&row, service->reason);
	bind_blob(&row, service->greeting);
	bind_blob(&row, service->capabilities_before);
	bind_blob(&row, service->capabilities_after);
	bind_blob(&row, service->upgrade_reply);
	return end_row(&row);
}

bool sqlite_add_certificate(struct store *store, const struct certificate_record *certificate, struct error *error)
{
	struct binder row;

	if (!begin_row(&row, store, STATEMENT_ADD_CERTIFICATE, error))
		return false;
	bind_blob(&row, span_make(certificate->sha256, sizeof(certificate->sha256)));
	bind_blob(&row, certificate->der);
	bind_integer(&row, certificate->not_before.unix_ms);
	bind_integer(&row, certificate->not_after.unix_ms);
	bind_text(&row, certificate->subject);
	bind_text(&row, certificate->issuer);
	bind_text(&row, certificate->common_name);
	bind_text(&row, certificate->names);
	bind_text(&row, certificate->serial);
	bind_text(&row, certificate->key_type);
	bind_text(&row, certificate->signature_algorithm);
	bind_integer(&row, certificate->key_bits);
	bind_integer(&row, certificate->is_readable);
	bind_integer(&row, certificate->is_self_signed);
	return end_row(&row);
}

bool sqlite_add_contact(struct store *store, const struct contact_record *contact, struct error *error)
{
	struct binder row;

	if (!begin_row(&row, store, STATEMENT_ADD_CONTACT, error))
		return false;
	bind_integer(&row, contact->at.unix_ms);
	bind_address(&row, &contact->address);
	return end_row(&row);
}

bool sqlite_forget_contacts_before(struct store *store, struct timestamp before, struct error *error)
{
	struct binder row;

	if (!begin_row(&row, store, STATEMENT_FORGET_CONTACTS, error))
		return false;
	bind_integer(&row, before.unix_ms);
	return end_row(&row);
}

static bool change_open_host(struct store *store, enum statement_id id, census_id census, const struct open_host_record *host,
                             struct error *error)
{
	struct binder row;

	if (!begin_row(&row, store, id, error))
		return false;
	bind_integer(&row, census);
	bind_unsigned(&row, host->number);
	return end_row(&row);
}

bool sqlite_add_open_host(struct store *store, census_id census, const struct open_host_record *host, struct error *error)
{
	return change_open_host(store, STATEMENT_ADD_OPEN_HOST, census, host, error);
}

bool sqlite_remove_open_host(struct store *store, census_id census, const struct open_host_record *host, struct error *error)
{
	return change_open_host(store, STATEMENT_REMOVE_OPEN_HOST, census, host, error);
}
