/* SPDX-License-Identifier: ISC */
/* Records into rows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/transcript.h"
#include "store/postgres/postgres_store.h"
#include "store/transcript_parts.h"

enum { TRANSCRIPT_SHARED_MAX = 8192 };

static struct postgres_store *self(struct store *store)
{
	return (struct postgres_store *)store;
}

/* ---- services ---- */

/* An APOP stamp makes a greeting the server's own, and another one each time (RFC 1939 section 7). */
static bool has_stamp(struct span greeting)
{
	struct span rest = span_part(greeting, span_find_byte(greeting, '<'), greeting.size);

	return span_find_byte(span_part(rest, 0, span_find_byte(rest, '>')), '@') < span_find_byte(rest, '>') &&
	       span_find_byte(rest, '>') < rest.size;
}

static void put_tls(struct fields *row, const struct tls_observation *tls)
{
	field_word(row, WORD_TLS_OUTCOME, tls->outcome);
	field_word(row, WORD_TLS_HELLO, tls->hello);
	field_integer(row, tls->version);
	field_integer(row, tls->cipher_suite);
	field_integer(row, tls->group);
	field_integer(row, tls->dh_bits);
	field_integer(row, tls->rsa_export_bits);
	field_integer(row, tls->alert_level);
	field_integer(row, tls->alert_description);
	field_integer(row, tls->flags);
	field_bytes(row, span_make(tls->alpn, strnlen(tls->alpn, sizeof(tls->alpn))));
	field_integer(row, tls->certificate_count);
}

static void put_tls_facts(struct fields *row, const struct tls_facts *facts)
{
	enum { COLUMNS = 4 };
	struct tls_facts without = *facts;
	struct buffer words;
	int64_t accepted = 0;

	if (facts->connections == 0) {
		for (unsigned i = 0; i < COLUMNS; i++)
			field_null(row);
		return;
	}
	without.chain_count = 0;
	buffer_init(&words, SIZE_MAX / 2);
	tls_facts_format(&without, &words);
	field_bytes(row, buffer_view(&words));
	buffer_done(&words);
	for (unsigned i = 0; i < TLS_INDEX_COUNT; i++)
		accepted |= facts->versions[i] == ANSWER_YES ? (int64_t)1 << i : 0;
	field_word(row, WORD_PROBE_DEPTH, facts->depth);
	field_integer(row, accepted);
	field_word(row, WORD_ANSWER, facts->post_quantum);
}

static void put_software(struct fields *row, const struct software *software)
{
	enum { COLUMNS = 16 };

	if (software->product[0] == '\0') {
		for (unsigned i = 0; i < COLUMNS; i++)
			field_null(row);
		return;
	}
	field_text(row, software->product);
	field_text(row, software->version);
	field_text(row, software->vendor);
	field_text(row, software->fingerprint);
	field_text(row, software->distribution);
	field_text(row, software->front);
	field_text(row, software->library);
	field_text(row, software->cpe);
	field_word(row, WORD_SOFTWARE_FAMILY, software->family);
	field_word(row, WORD_CONFIDENCE, software->confidence);
	field_word(row, WORD_SUPPORT_STATE, software->support);
	field_integer(row, software->is_version_certain);
	field_text(row, software->support_ends);
	field_text(row, software->support_source);
	field_word(row, WORD_SUPPORT_STATE, software->library_support);
	field_text(row, software->library_ends);
}

static void put_look(struct fields *row, const struct service_record *service)
{
	field_word(row, WORD_PROTOCOL, service->protocol);
	field_word(row, WORD_VERDICT, service->verdict);
	field_word(row, WORD_CONFIDENCE, service->confidence);
	field_word(row, WORD_CLEARTEXT_LOGIN, service->cleartext_login);
	field_word(row, WORD_ENDING, service->ending);
	field_word(row, WORD_PRESENCE, service->starttls_advertised);
	field_word(row, WORD_UPGRADE, service->upgrade);
	field_integer(row, service->observation_flags);
	field_integer(row, service->plaintext_on_tls_port);
	field_integer(row, service->tls_proven);
	field_integer(row, service->attempts);
	put_tls(row, &service->tls);
	field_bytes(row, service->reason);
	if (has_stamp(service->greeting))
		field_null(row);
	else
		field_bytes(row, service->greeting);
	field_bytes(row, service->capabilities_before);
	field_bytes(row, service->capabilities_after);
	field_bytes(row, service->upgrade_reply);
	put_tls_facts(row, &service->tls_facts);
	put_software(row, &service->software);
}

/* False: none were shown. */
static bool put_credentials(struct fields *row, const struct service_record *service)
{
	const struct tls_facts *facts = &service->tls_facts;
	unsigned char pairs[TLS_FACTS_CHAINS_MAX * 2 * CERTIFICATE_FINGERPRINT_SIZE];
	size_t size = 0;

	for (size_t i = 0; facts->connections > 0 && i < facts->chain_count && i < TLS_FACTS_CHAINS_MAX; i++) {
		memcpy(pairs + size, facts->chains[i], CERTIFICATE_FINGERPRINT_SIZE);
		memcpy(pairs + size + CERTIFICATE_FINGERPRINT_SIZE, facts->leaves[i], CERTIFICATE_FINGERPRINT_SIZE);
		size += (size_t)2 * CERTIFICATE_FINGERPRINT_SIZE;
	}
	if (size == 0 && fingerprint_is_none(service->tls.leaf_sha256) && fingerprint_is_none(service->tls.chain_sha256))
		return false;
	field_fingerprint(row, service->tls.leaf_sha256);
	field_fingerprint(row, service->tls.chain_sha256);
	field_bytes(row, span_make(pairs, size));
	return true;
}

bool postgres_add_service(struct store *base, census_id census, const struct service_record *service, struct error *error)
{
	struct postgres_store *store = self(base);
	struct fields *row = &store->fields;

	if (!postgres_may_change(store, census, error))
		return false;
	stage_begin(store, error);
	field_small(row, census);
	field_address(row, &service->endpoint.address);
	field_small(row, service->endpoint.port);
	field_integer(row, service->decided_at.unix_ms);
	fields_begin(&store->shared_fields, error);
	put_look(&store->shared_fields, service);
	stage_shared(store, STAGE_SERVICE, SHARED_LOOK);
	fields_begin(&store->shared_fields, error);
	if (put_credentials(&store->shared_fields, service))
		stage_shared(store, STAGE_SERVICE, SHARED_CREDENTIALS);
	else
		field_null(row);
	if (has_stamp(service->greeting))
		field_bytes(row, service->greeting);
	else
		field_null(row);
	return stage_end(store, STAGE_SERVICE);
}

/* ---- conversations ---- */

bool postgres_add_conversation(struct store *base, census_id census, const struct conversation_record *conversation, struct error *error)
{
	struct postgres_store *store = self(base);
	struct fields *row = &store->fields;
	struct buffer common, own;

	if (!postgres_may_write_to(store, census, error))
		return false;
	buffer_init(&common, TRANSCRIPT_MAX);
	buffer_init(&own, TRANSCRIPT_MAX);
	stage_begin(store, error);
	field_small(row, census);
	field_address(row, &conversation->endpoint.address);
	field_small(row, conversation->endpoint.port);
	field_integer(row, conversation->attempt);
	field_integer(row, conversation->started_at.unix_ms);
	field_integer(row, conversation->duration_ms);
	field_word(row, WORD_ENDING, conversation->ending);
	if (transcript_take_apart(conversation->transcript, true, &common, &own) && common.size <= TRANSCRIPT_SHARED_MAX) {
		fields_begin(&store->shared_fields, error);
		field_bytes(&store->shared_fields, buffer_view(&common));
		stage_shared(store, STAGE_CONVERSATION, SHARED_TRANSCRIPT);
		field_bytes(row, buffer_view(&own));
	} else {
		field_null(row);
		field_bytes(row, conversation->transcript);
	}
	buffer_done(&common);
	buffer_done(&own);
	return stage_end(store, STAGE_CONVERSATION);
}

/* ---- findings ---- */

static int compare_findings(const struct finding_record *a, const struct finding_record *b)
{
	if (a->endpoint.port != b->endpoint.port)
		return a->endpoint.port < b->endpoint.port ? -1 : 1;
	return strcmp(a->id, b->id);
}

/* By port, the host's own first, then by name; of two with one identity the later one. They are few. */
static size_t put_in_order(const struct finding_record **ordered, size_t count, const struct finding_record *added)
{
	size_t at = count;

	while (at > 0 && compare_findings(ordered[at - 1], added) > 0)
		at--;
	if (at > 0 && compare_findings(ordered[at - 1], added) == 0) {
		ordered[at - 1] = added;
		return count;
	}
	memmove(&ordered[at + 1], &ordered[at], (count - at) * sizeof(const struct finding_record *));
	ordered[at] = added;
	return count + 1;
}

static void put_findings(struct fields *row, const struct finding_record *const *ordered, size_t count)
{
	size_t array = field_array_begin(row, TYPE_BIGINT, count);

	for (size_t i = 0; i < count; i++)
		field_integer(row, ordered[i]->endpoint.port);
	field_array_end(row, array, count);
	array = field_array_begin(row, TYPE_TEXT, count);
	for (size_t i = 0; i < count; i++)
		field_text(row, ordered[i]->id);
	field_array_end(row, array, count);
	array = field_array_begin(row, TYPE_TEXT, count);
	for (size_t i = 0; i < count; i++)
		field_word(row, WORD_SEVERITY, ordered[i]->severity);
	field_array_end(row, array, count);
	array = field_array_begin(row, TYPE_TEXT, count);
	for (size_t i = 0; i < count; i++)
		field_word(row, WORD_CONFIDENCE, ordered[i]->confidence);
	field_array_end(row, array, count);
	array = field_array_begin(row, TYPE_BYTEA, count);
	for (size_t i = 0; i < count; i++)
		field_bytes(row, ordered[i]->evidence);
	field_array_end(row, array, count);
}

bool postgres_set_findings(struct store *base, census_id census, const struct ip_address *address, const struct finding_record *findings,
                           size_t count, struct error *error)
{
	struct postgres_store *store = self(base);
	const struct finding_record **ordered;
	size_t kept = 0;

	if (!postgres_may_change(store, census, error))
		return false;
	ordered = memory_allocate(count + 1, sizeof(const struct finding_record *));
	for (size_t i = 0; i < count; i++)
		kept = put_in_order(ordered, kept, &findings[i]);
	stage_begin(store, error);
	field_small(&store->fields, census);
	field_address(&store->fields, address);
	fields_begin(&store->shared_fields, error);
	put_findings(&store->shared_fields, ordered, kept);
	free(ordered);
	stage_shared(store, STAGE_HOST_FINDING, SHARED_FINDING_LIST);
	return stage_end(store, STAGE_HOST_FINDING);
}

/* ---- certificates and chains ---- */

bool postgres_add_certificate(struct store *base, const struct certificate_record *certificate, struct error *error)
{
	struct postgres_store *store = self(base);
	struct fields *row = &store->fields;

	if (!postgres_may_write(store, error))
		return false;
	stage_begin(store, error);
	field_bytes(row, span_make(certificate->sha256, CERTIFICATE_FINGERPRINT_SIZE));
	field_bytes(row, certificate->der);
	field_integer(row, certificate->not_before.unix_ms);
	field_integer(row, certificate->not_after.unix_ms);
	field_text(row, certificate->subject);
	field_text(row, certificate->issuer);
	field_text(row, certificate->common_name);
	field_text(row, certificate->names);
	field_text(row, certificate->serial);
	field_text(row, certificate->key_type);
	field_text(row, certificate->signature_algorithm);
	field_integer(row, certificate->key_bits);
	field_integer(row, certificate->is_readable);
	field_integer(row, certificate->is_self_signed);
	field_text(row, certificate->curve);
	field_text(row, certificate->signature_hash);
	field_text(row, certificate->validation_level);
	field_integer(row, certificate->has_dns_names);
	field_integer(row, certificate->is_authority);
	field_word(row, WORD_ANSWER, certificate->is_known_weak_key);
	field_fingerprint(row, certificate->spki_sha256);
	return stage_end(store, STAGE_CERTIFICATE);
}

bool postgres_add_chain(struct store *base, const struct chain_record *chain, struct error *error)
{
	struct postgres_store *store = self(base);
	struct fields *row = &store->fields;

	if (!postgres_may_write(store, error))
		return false;
	if (chain->count > CHAIN_CERTIFICATES_MAX) {
		store->has_failed = true;
		return error_set(error, "cannot keep a chain of %u certificates", chain->count);
	}
	stage_begin(store, error);
	field_bytes(row, span_make(chain->sha256, CERTIFICATE_FINGERPRINT_SIZE));
	field_integer(row, chain->is_cut);
	field_bytes(row, span_make(chain->fingerprints, (size_t)chain->count * CERTIFICATE_FINGERPRINT_SIZE));
	field_word(row, WORD_ANSWER, chain->is_ordered);
	field_word(row, WORD_ANSWER, chain->has_root);
	field_word(row, WORD_CHAIN_TRUST, chain->system);
	field_word(row, WORD_CHAIN_TRUST, chain->mozilla);
	field_text(row, chain->missing_issuer);
	field_text(row, chain->weakest_signature_hash);
	field_integer(row, chain->smallest_rsa_bits);
	field_integer(row, chain->not_after.unix_ms);
	field_integer(row, chain->judged_at.unix_ms);
	return stage_end(store, STAGE_CHAIN);
}

/* ---- contacts ---- */

bool postgres_add_contact(struct store *base, const struct contact_record *contact, struct error *error)
{
	struct postgres_store *store = self(base);

	if (!postgres_may_write(store, error))
		return false;
	stage_begin(store, error);
	field_integer(&store->fields, contact->at.unix_ms);
	field_address(&store->fields, &contact->address);
	return stage_end(store, STAGE_CONTACT);
}

bool postgres_forget_contacts_before(struct store *base, struct timestamp before, struct error *error)
{
	struct postgres_store *store = self(base);
	char sql[96];

	if (!postgres_may_write(store, error) || !postgres_flush(store, error))
		return false;
	(void)snprintf(sql, sizeof(sql), "DELETE FROM mailcensus.contact WHERE at < %lld", (long long)before.unix_ms);
	if (postgres_run(store, sql, error))
		return true;
	store->has_failed = true;
	return false;
}

/* ---- names of addresses ---- */

bool postgres_set_hostname(struct store *base, const struct hostname_record *hostname, struct error *error)
{
	struct postgres_store *store = self(base);
	struct fields *row = &store->fields;

	if (!postgres_may_write(store, error))
		return false;
	stage_begin(store, error);
	field_address(row, &hostname->address);
	field_word(row, WORD_HOSTNAME_OUTCOME, hostname->outcome);
	field_word(row, WORD_HOSTNAME_SOURCE, hostname->source);
	field_text(row, hostname->name);
	field_word(row, WORD_ANSWER, hostname->is_confirmed);
	field_integer(row, hostname->names);
	field_integer(row, hostname->unusable);
	field_integer(row, hostname->looked_up_at.unix_ms);
	return stage_end(store, STAGE_HOSTNAME);
}
