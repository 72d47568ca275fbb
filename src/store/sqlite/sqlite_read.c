/* SPDX-License-Identifier: ISC */
/* Rows into records. A row that no mailcensus can have written is an error, not a guess. */
#include <inttypes.h>
#include <string.h>

#include "model/transcript.h"
#include "store/sqlite/sqlite_facts.h"
#include "store/sqlite/sqlite_row.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/sqlite_texts.h"
#include "store/transcript_parts.h"

static struct sqlite_store *self(struct store *store)
{
	return (struct sqlite_store *)store;
}

static bool read_census(struct columns *columns, const struct store_visitor *visitor)
{
	struct census_record census = {.id = 0};
	struct census_progress progress;
	struct span syn_key;

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
	progress.reserved_position = take_u64(columns);
	progress.reserved_at = take_time(columns);
	progress.reserved_times = (unsigned)take_integer(columns, 0, UINT32_MAX);
	progress.syns = take_u64(columns);
	progress.refused = take_u64(columns);
	progress.unreachable = take_u64(columns);
	progress.excluded = take_u64(columns);
	syn_key = take_blob(columns);
	for (size_t i = 0; i < syn_key.size && i < 2 * sizeof(uint64_t); i++)
		census.syn_key[i / 8] |= (uint64_t)syn_key.data[i] << (i % 8 * 8);
	census.merged_parts = (uint32_t)take_integer(columns, 0, UINT32_MAX);
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
	take_fingerprint(columns, tls->chain_sha256);
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
	service.reason = take_shared(columns);
	service.greeting = take_shared(columns);
	service.capabilities_before = take_shared(columns);
	service.capabilities_after = take_shared(columns);
	service.upgrade_reply = take_shared(columns);
	take_tls_facts(columns, &service.tls, &service.tls_facts);
	take_software(columns, &service.software);
	return !columns->is_wrong && visitor->on_service(visitor->context, &service);
}

bool sqlite_visit_services(struct store *store, census_id census, const struct ip_address *only_address,
                           const struct store_visitor *visitor, struct error *error)
{
	return visit_of_census(self(store), STATEMENT_VISIT_SERVICES, census, only_address, read_service, visitor, error);
}

static struct span take_transcript(struct columns *columns)
{
	struct span common = take_shared(columns), own;

	if (next_is_null(columns)) {
		columns->index++;
		return common;
	}
	own = take_blob(columns);
	if (columns->transcript.max == 0)
		buffer_init(&columns->transcript, TRANSCRIPT_MAX);
	if (!transcript_put_together(common, own, &columns->transcript))
		columns_wrong(columns, "no part of a transcript");
	return buffer_view(&columns->transcript);
}

static bool read_conversation(struct columns *columns, const struct store_visitor *visitor)
{
	struct conversation_record conversation;

	conversation.endpoint = take_endpoint(columns);
	conversation.attempt = (unsigned)take_integer(columns, 0, UINT32_MAX);
	conversation.started_at = take_time(columns);
	conversation.duration_ms = (uint32_t)take_integer(columns, 0, UINT32_MAX);
	conversation.ending = (enum ending)take_word(columns, WORD_ENDING);
	conversation.transcript = take_transcript(columns);
	return !columns->is_wrong && visitor->on_conversation(visitor->context, &conversation);
}

bool sqlite_visit_conversations(struct store *store, census_id census, const struct ip_address *only_address,
                                const struct store_visitor *visitor, struct error *error)
{
	return visit_of_census(self(store), STATEMENT_VISIT_CONVERSATIONS, census, only_address, read_conversation, visitor, error);
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

bool sqlite_has_certificate(struct store *store, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE])
{
	return has_fingerprint(self(store), STATEMENT_HAS_CERTIFICATE, sha256);
}
