/* SPDX-License-Identifier: ISC */
/* Rows into records. A row that no mailcensus can have written is an error, not a guess. */
#include <inttypes.h>
#include <string.h>

#include "store/sqlite/sqlite_facts.h"
#include "store/sqlite/sqlite_row.h"
#include "store/sqlite/sqlite_store.h"

static struct sqlite_store *self(struct store *store)
{
	return (struct sqlite_store *)store;
}

static bool read_census(struct columns *columns, const struct store_visitor *visitor)
{
	struct census_record census;
	struct census_progress progress;

	census.id = take_integer(columns, 1, INT64_MAX);
	census.started_at = take_time(columns);
	census.ended_at = take_time(columns);
	census.tool_version = take_text(columns);
	census.scope_text = take_text(columns);
	census.options_text = take_text(columns);
	census.scope_fingerprint = take_u64(columns);
	census.seed = take_u64(columns);
	census.shard = (uint32_t)take_integer(columns, 0, UINT32_MAX);
	census.shard_count = (uint32_t)take_integer(columns, 0, UINT32_MAX);
	census.host_count = take_u64(columns);
	/* No progress noted yet: NULL, which reads as 0. */
	progress.position = take_u64(columns);
	progress.hosts_done = take_u64(columns);
	progress.hosts_silent = take_u64(columns);
	progress.connections = take_u64(columns);
	return !columns->is_wrong && visitor->on_census(visitor->context, &census, &progress);
}

bool sqlite_visit_censuses(struct store *base, const struct store_visitor *visitor, struct error *error)
{
	sqlite3_stmt *statement = statement_take(self(base), STATEMENT_VISIT_CENSUSES, error);

	return statement != NULL && visit_rows(self(base), STATEMENT_VISIT_CENSUSES, statement, read_census, visitor, error);
}

static void take_tls(struct columns *columns, struct tls_observation *tls)
{
	const char *alpn;

	tls->outcome = (enum tls_outcome)take_word(columns, WORD_TLS_OUTCOME);
	tls->hello = (enum tls_hello)take_word(columns, WORD_TLS_HELLO);
	tls->version = (uint16_t)take_integer(columns, 0, UINT16_MAX);
	tls->cipher_suite = (uint16_t)take_integer(columns, 0, UINT16_MAX);
	tls->group = (uint16_t)take_integer(columns, 0, UINT16_MAX);
	tls->dh_bits = (uint16_t)take_integer(columns, 0, UINT16_MAX);
	tls->rsa_export_bits = (uint16_t)take_integer(columns, 0, UINT16_MAX);
	tls->alert_level = (uint8_t)take_integer(columns, 0, UINT8_MAX);
	tls->alert_description = (uint8_t)take_integer(columns, 0, UINT8_MAX);
	tls->flags = (uint32_t)take_integer(columns, 0, UINT32_MAX);
	alpn = take_text(columns);
	memcpy(tls->alpn, alpn, strnlen(alpn, sizeof(tls->alpn)));
	tls->certificate_count = (uint8_t)take_integer(columns, 0, UINT8_MAX);
	take_fingerprint(columns, tls->leaf_sha256);
}

static bool read_service(struct columns *columns, const struct store_visitor *visitor)
{
	struct service_record service;

	memset(&service, 0, sizeof(service));
	service.endpoint = take_endpoint(columns);
	service.decided_at = take_time(columns);
	service.protocol = (enum wire_protocol)take_word(columns, WORD_PROTOCOL);
	service.verdict = (enum verdict)take_word(columns, WORD_VERDICT);
	service.confidence = (enum confidence)take_word(columns, WORD_CONFIDENCE);
	service.cleartext_login = (enum cleartext_login)take_word(columns, WORD_CLEARTEXT_LOGIN);
	service.ending = (enum ending)take_word(columns, WORD_ENDING);
	service.starttls_advertised = (enum presence)take_word(columns, WORD_PRESENCE);
	service.upgrade = (enum upgrade)take_word(columns, WORD_UPGRADE);
	service.observation_flags = (uint32_t)take_integer(columns, 0, UINT32_MAX);
	service.plaintext_on_tls_port = take_integer(columns, 0, 1) != 0;
	service.tls_proven = take_integer(columns, 0, 1) != 0;
	service.attempts = (unsigned)take_integer(columns, 0, UINT32_MAX);
	take_tls(columns, &service.tls);
	service.reason = take_blob(columns);
	service.greeting = take_blob(columns);
	service.capabilities_before = take_blob(columns);
	service.capabilities_after = take_blob(columns);
	service.upgrade_reply = take_blob(columns);
	take_tls_facts(columns, &service.tls_facts);
	take_fingerprint(columns, service.tls.chain_sha256);
	take_software(columns, &service.software);
	return !columns->is_wrong && visitor->on_service(visitor->context, &service);
}

bool sqlite_visit_services(struct store *store, census_id census, const struct ip_address *only_address,
                           const struct store_visitor *visitor, struct error *error)
{
	return visit_of_census(self(store), STATEMENT_VISIT_SERVICES, STATEMENT_VISIT_SERVICES_OF_ADDRESS, census, only_address,
	                       read_service, visitor, error);
}

static bool read_conversation(struct columns *columns, const struct store_visitor *visitor)
{
	struct conversation_record conversation;

	conversation.endpoint = take_endpoint(columns);
	conversation.attempt = (unsigned)take_integer(columns, 0, UINT32_MAX);
	conversation.started_at = take_time(columns);
	conversation.duration_ms = (uint32_t)take_integer(columns, 0, UINT32_MAX);
	conversation.ending = (enum ending)take_word(columns, WORD_ENDING);
	conversation.transcript = take_blob(columns);
	return !columns->is_wrong && visitor->on_conversation(visitor->context, &conversation);
}

bool sqlite_visit_conversations(struct store *store, census_id census, const struct ip_address *only_address,
                                const struct store_visitor *visitor, struct error *error)
{
	return visit_of_census(self(store), STATEMENT_VISIT_CONVERSATIONS, STATEMENT_VISIT_CONVERSATIONS_OF_ADDRESS, census, only_address,
	                       read_conversation, visitor, error);
}

static bool read_certificate(struct columns *columns, const struct store_visitor *visitor)
{
	struct certificate_record certificate;

	take_fingerprint(columns, certificate.sha256);
	certificate.der = take_blob(columns);
	certificate.not_before = take_time(columns);
	certificate.not_after = take_time(columns);
	certificate.subject = take_text(columns);
	certificate.issuer = take_text(columns);
	certificate.common_name = take_text(columns);
	certificate.names = take_text(columns);
	certificate.serial = take_text(columns);
	certificate.key_type = take_text(columns);
	certificate.signature_algorithm = take_text(columns);
	certificate.key_bits = (unsigned)take_integer(columns, 0, UINT32_MAX);
	certificate.is_readable = take_integer(columns, 0, 1) != 0;
	certificate.is_self_signed = take_integer(columns, 0, 1) != 0;
	certificate.curve = take_text(columns);
	certificate.signature_hash = take_text(columns);
	certificate.validation_level = take_text(columns);
	certificate.has_dns_names = take_integer(columns, 0, 1) != 0;
	certificate.is_authority = take_integer(columns, 0, 1) != 0;
	certificate.is_known_weak_key = (enum answer)take_word_or(columns, WORD_ANSWER, ANSWER_UNKNOWN);
	take_fingerprint(columns, certificate.spki_sha256);
	return !columns->is_wrong && visitor->on_certificate(visitor->context, &certificate);
}

bool sqlite_find_certificate(struct store *store, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE], const struct store_visitor *visitor,
                             struct error *error)
{
	return visit_by_fingerprint(self(store), STATEMENT_FIND_CERTIFICATE, sha256, read_certificate, visitor, error);
}

static bool read_contact(struct columns *columns, const struct store_visitor *visitor)
{
	struct contact_record contact;
	int64_t count;

	contact.at = take_time(columns);
	contact.address = take_address(columns);
	count = take_integer(columns, 1, INT32_MAX);
	for (int64_t i = 0; i < count && !columns->is_wrong; i++) {
		if (!visitor->on_contact(visitor->context, &contact))
			return false;
	}
	return !columns->is_wrong;
}

bool sqlite_visit_contacts(struct store *base, const struct store_visitor *visitor, struct error *error)
{
	sqlite3_stmt *statement = statement_take(self(base), STATEMENT_VISIT_CONTACTS, error);

	return statement != NULL && visit_rows(self(base), STATEMENT_VISIT_CONTACTS, statement, read_contact, visitor, error);
}

static bool read_open_host(struct columns *columns, const struct store_visitor *visitor)
{
	struct open_host_record host = {.number = take_u64(columns)};

	return visitor->on_open_host(visitor->context, &host);
}

bool sqlite_visit_open_hosts(struct store *base, census_id census, const struct store_visitor *visitor, struct error *error)
{
	struct sqlite_store *store = self(base);
	sqlite3_stmt *statement = statement_take(store, STATEMENT_VISIT_OPEN_HOSTS, error);

	if (statement == NULL ||
	    !bind_or_fail(store, statement, STATEMENT_VISIT_OPEN_HOSTS, sqlite3_bind_int64(statement, 1, census), error))
		return false;
	return visit_rows(store, STATEMENT_VISIT_OPEN_HOSTS, statement, read_open_host, visitor, error);
}

bool sqlite_has_certificate(struct store *store, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE])
{
	return has_fingerprint(self(store), STATEMENT_HAS_CERTIFICATE, sha256);
}
