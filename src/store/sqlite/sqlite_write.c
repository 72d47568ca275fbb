/* SPDX-License-Identifier: ISC */
/* Transactions, and records into rows. */
#include <string.h>

#include "store/sqlite/sqlite_facts.h"
#include "store/sqlite/sqlite_journal.h"
#include "store/sqlite/sqlite_row.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/sqlite_texts.h"
#include "store/transcript_parts.h"

enum { SYN_KEY_SIZE = 16 };

static struct sqlite_store *self(struct store *store)
{
	return (struct sqlite_store *)store;
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
	if (!store->has_failed && !sqlite3_get_autocommit(store->connection) && !journal_flush(store, error)) {
		sqlite_rollback(base);
		return false;
	}
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
	sqlite_forget_remembered(store);
	journal_forget(store);
	store->is_in_transaction = false;
	store->has_failed = false;
}

/* As 16 bytes, the lowest of each half first. */
static void bind_syn_key(struct binder *row, const uint64_t key[2], unsigned char bytes[SYN_KEY_SIZE])
{
	for (unsigned i = 0; i < SYN_KEY_SIZE; i++)
		bytes[i] = (unsigned char)(key[i / 8] >> (i % 8 * 8));
	if (key[0] == 0 && key[1] == 0)
		bind_null(row);
	else
		bind_blob(row, span_make(bytes, SYN_KEY_SIZE));
}

bool sqlite_add_census(struct store *store, struct census_record *census, struct error *error)
{
	unsigned char syn_key[SYN_KEY_SIZE];
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
	bind_syn_key(&row, census->syn_key, syn_key);
	if (!end_row(&row))
		return false;
	census->id = sqlite3_last_insert_rowid(self(store)->connection);
	return census_rows_begin(self(store), census->id, error);
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
	self(store)->remembered->census = 0; /* it has ended from now on */
	return census_rows_end(self(store), census, error) && sqlite_forget_counts(store, census, error);
}

bool sqlite_set_progress(struct store *store, census_id census, const struct census_progress *progress, struct error *error)
{
	struct binder row;

	if (!begin_census_row(&row, store, STATEMENT_SET_PROGRESS, census, error))
		return false;
	bind_unsigned(&row, progress->position);
	bind_unsigned(&row, progress->hosts_done);
	bind_unsigned(&row, progress->hosts_silent);
	bind_unsigned(&row, progress->connections);
	bind_unsigned(&row, progress->reserved_position);
	bind_integer(&row, progress->reserved_at.unix_ms);
	bind_integer(&row, progress->reserved_times);
	bind_unsigned(&row, progress->syns);
	bind_unsigned(&row, progress->refused);
	bind_unsigned(&row, progress->unreachable);
	bind_unsigned(&row, progress->excluded);
	return end_row(&row);
}

/* What is shared with others apart from what is its own; where the whole was never met, the greeting may be what differs. */
static void bind_transcript(struct binder *row, struct span transcript)
{
	struct buffer *common = &row->store->scratch[0], *own = &row->store->scratch[1];
	int64_t number;

	if (!transcript_take_apart(transcript, false, common, own)) {
		bind_blob(row, transcript);
		bind_null(row);
		return;
	}
	number = shared_row(row, buffer_view(common));
	if (number != 0) {
		bind_integer(row, number);
	} else if (transcript_take_apart(transcript, true, common, own)) {
		bind_shared(row, buffer_view(common));
	} else {
		bind_blob(row, transcript);
		bind_null(row);
		return;
	}
	bind_blob(row, buffer_view(own));
}

bool sqlite_add_conversation(struct store *store, census_id census, const struct conversation_record *conversation, struct error *error)
{
	struct binder row;

	if (!begin_census_row(&row, store, STATEMENT_ADD_CONVERSATION, census, error))
		return false;
	bind_address(&row, &conversation->endpoint.address);
	bind_integer(&row, conversation->endpoint.port);
	bind_integer(&row, conversation->attempt);
	bind_integer(&row, conversation->started_at.unix_ms);
	bind_integer(&row, conversation->duration_ms);
	bind_word(&row, WORD_ENDING, conversation->ending);
	bind_transcript(&row, conversation->transcript);
	return end_row(&row);
}

static void bind_tls(struct binder *row, const struct tls_observation *tls)
{
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
	binder_note(row,
	            sqlite3_bind_text(row->statement, ++row->index, tls->alpn, (int)strnlen(tls->alpn, sizeof(tls->alpn)), SQLITE_STATIC));
	bind_integer(row, tls->certificate_count);
	bind_fingerprint(row, tls->leaf_sha256);
	bind_fingerprint(row, tls->chain_sha256);
}

bool sqlite_add_service(struct store *store, census_id census, const struct service_record *service, struct error *error)
{
	struct binder row;
	struct buffer *words = &self(store)->scratch[0];
	int64_t software;

	if (!software_row(store, &service->software, &software, error) ||
	    !begin_census_row(&row, store, STATEMENT_ADD_SERVICE, census, error))
		return false;
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
	bind_shared(&row, service->reason);
	bind_shared(&row, service->greeting);
	bind_shared(&row, service->capabilities_before);
	bind_shared(&row, service->capabilities_after);
	bind_shared(&row, service->upgrade_reply);
	buffer_clear(words);
	bind_tls_facts(&row, &service->tls_facts, &service->tls, words);
	if (software != 0)
		bind_integer(&row, software);
	else
		bind_null(&row);
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
	bind_text(&row, certificate->curve);
	bind_text(&row, certificate->signature_hash);
	bind_text(&row, certificate->validation_level);
	bind_integer(&row, certificate->has_dns_names);
	bind_integer(&row, certificate->is_authority);
	bind_word(&row, WORD_ANSWER, certificate->is_known_weak_key);
	bind_fingerprint(&row, certificate->spki_sha256);
	return end_row(&row);
}
