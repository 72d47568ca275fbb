/* SPDX-License-Identifier: ISC */
/* Copies facts into records, field by field, and gives them to the store. */
#include "app/fact_records.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void certificate_record_from(const struct certificate_facts *facts, struct span der, struct certificate_record *record_out)
{
	*record_out = (struct certificate_record){
		.der = der,
		.not_before = facts->not_before,
		.not_after = facts->not_after,
		.subject = facts->subject,
		.issuer = facts->issuer,
		.common_name = facts->common_name,
		.names = facts->names,
		.serial = facts->serial,
		.key_type = facts->key_type,
		.signature_algorithm = facts->signature_algorithm,
		.key_bits = facts->key_bits,
		.is_readable = facts->is_readable,
		.is_self_signed = facts->is_self_signed,
		.curve = facts->curve,
		.signature_hash = facts->signature_hash,
		.validation_level = facts->validation_level,
		.has_dns_names = facts->has_dns_names,
		.is_authority = facts->is_authority,
		.is_known_weak_key = facts->is_known_weak_key,
	};
	memcpy(record_out->sha256, facts->sha256, sizeof(record_out->sha256));
	memcpy(record_out->spki_sha256, facts->spki_sha256, sizeof(record_out->spki_sha256));
}

void conversation_record_from(const struct probe_conversation *conversation, struct conversation_record *record_out)
{
	*record_out = (struct conversation_record){
		.endpoint = conversation->endpoint,
		.attempt = conversation->attempt,
		.started_at = conversation->started_at,
		.duration_ms = conversation->duration_ms,
		.ending = conversation->observation->ending,
		.transcript = conversation->transcript,
	};
}

void service_record_from(const struct assessed_service *assessed, const struct observation *observations, size_t count,
                         struct timestamp decided_at, struct service_record *record_out)
{
	const struct service_judgement *judgement = &assessed->judgement;
	const struct observation *deciding = &observations[judgement->deciding], *tls = &observations[judgement->tls_deciding];

	*record_out = (struct service_record){
		.endpoint = assessed->endpoint,
		.decided_at = decided_at,
		.protocol = judgement->protocol,
		.verdict = judgement->verdict,
		.confidence = judgement->confidence,
		.cleartext_login = judgement->cleartext_login,
		.ending = deciding->ending,
		.starttls_advertised = deciding->starttls_advertised,
		.upgrade = deciding->upgrade,
		.plaintext_on_tls_port = judgement->plaintext_on_tls_port,
		.tls_proven = judgement->tls_proven,
		.tls = tls->tls,
		.tls_facts = assessed->tls,
		.software = assessed->software,
		.attempts = (unsigned)count,
		.reason = span_from_text(judgement->reason),
		.greeting = buffer_view(&deciding->greeting),
		.capabilities_before = buffer_view(&deciding->capabilities_before),
		.capabilities_after = buffer_view(&tls->capabilities_after),
		.upgrade_reply = buffer_view(&deciding->upgrade_reply),
	};
	for (size_t i = 0; i < count; i++)
		record_out->observation_flags |= observations[i].flags;
}

void chain_record_from(const struct chain_facts *facts, struct timestamp judged_at, struct chain_record *record_out)
{
	*record_out = (struct chain_record){
		.count = facts->count,
		.is_cut = facts->is_cut,
		.is_ordered = facts->is_ordered,
		.has_root = facts->has_root,
		.system = facts->system,
		.mozilla = facts->mozilla,
		.missing_issuer = facts->missing_issuer,
		.weakest_signature_hash = facts->weakest_signature_hash,
		.smallest_rsa_bits = facts->smallest_rsa_bits,
		.not_after = facts->not_after,
		.judged_at = judged_at,
	};
	memcpy(record_out->sha256, facts->sha256, sizeof(record_out->sha256));
	memcpy(record_out->fingerprints, facts->fingerprints, sizeof(record_out->fingerprints));
}

static size_t add_findings(struct endpoint endpoint, const struct finding *findings, size_t count, struct finding_record *records)
{
	for (size_t i = 0; i < count; i++) {
		records[i] = (struct finding_record){
			.endpoint = endpoint,
			.id = findings[i].id,
			.severity = findings[i].severity,
			.confidence = findings[i].confidence,
			.evidence = span_from_text(findings[i].evidence),
		};
	}
	return count;
}

static bool write_findings(struct store *store, census_id census, const struct assessed_host *host, struct error *error)
{
	struct finding_record *records;
	size_t count = host->finding_count;
	bool is_done;

	for (size_t i = 0; i < host->service_count; i++)
		count += host->services[i].finding_count;
	records = memory_allocate(count + 1, sizeof(*records));
	count = add_findings((struct endpoint){host->address, 0}, host->findings, host->finding_count, records);
	for (size_t i = 0; i < host->service_count; i++)
		count += add_findings(host->services[i].endpoint, host->services[i].findings, host->services[i].finding_count,
		                      records + count);
	is_done = store_set_findings(store, census, &host->address, records, count, error);
	free(records);
	return is_done;
}

static bool write_chains(struct store *store, const struct assessed_service *service, struct timestamp judged_at, struct error *error)
{
	for (size_t i = 0; i < service->chain_count; i++) {
		struct chain_record record;

		if (store_has_chain(store, service->chains[i].sha256))
			continue;
		chain_record_from(&service->chains[i], judged_at, &record);
		if (!store_add_chain(store, &record, error))
			return false;
	}
	return true;
}

bool fact_records_write(struct store *store, census_id census, const struct assessed_host *host, struct timestamp judged_at,
                        struct error *error)
{
	for (size_t i = 0; i < host->service_count; i++) {
		if (!write_chains(store, &host->services[i], judged_at, error))
			return false;
	}
	return write_findings(store, census, host, error);
}
