/* SPDX-License-Identifier: ISC */
/* Samples that a careless store would bend: NULs, quotes, invalid UTF-8, highest numbers. */
#include "records.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const unsigned char ALL_BYTES[] = "\0'\";--\r\n\t\x1b[2J%s%n\\\xff\xfe\xc0\x80\xed\xa0\x80\xf4\x90\x80\x80=cmd|' /C'!A0<script>\x7f";
static const char HOSTILE_TEXT[] = "CN=\"a'b;\",O=\xff\xc0\x80\x1b[31m,OU=\xe2\x80\xae);DROP TABLE service;--";

struct ip_address sample_address(const char *text)
{
	struct ip_address address;

	assert_true(ip_address_parse(span_from_text(text), &address));
	return address;
}

/* A different part for each field and salt, always with the NUL at the front for salt 0. */
static struct span bytes(unsigned salt, unsigned field)
{
	return span_part(span_make(ALL_BYTES, sizeof(ALL_BYTES)), salt, sizeof(ALL_BYTES) - field * 3);
}

static const char *text(unsigned salt, unsigned field)
{
	return HOSTILE_TEXT + (salt + field) % (sizeof(HOSTILE_TEXT) - 1);
}

struct census_record sample_census(unsigned salt)
{
	return (struct census_record){
		.started_at = {1795466160123 + salt},
		.ended_at = {salt % 2 == 0 ? 0 : 1795466999999},
		.tool_version = text(salt, 0),
		.scope_text = text(salt, 1),
		.options_text = text(salt, 2),
		.scope_fingerprint = UINT64_MAX - salt,
		.seed = 0x8000000000000000u + salt,
		.shard = UINT32_MAX - salt,
		.shard_count = UINT32_MAX,
		.host_count = UINT64_MAX - 7 - salt,
		.syn_key = {salt % 3 == 0 ? 0 : UINT64_MAX - salt, salt % 3 == 0 ? 0 : 0x8000000000000001u + salt},
	};
}

/* Cut to the field and always ended. */
static void fill(char *out, size_t size, unsigned salt, unsigned field)
{
	const char *from = text(salt, field);
	size_t length = strnlen(from, size - 1);

	memset(out, 0, size);
	memcpy(out, from, length);
}

static struct software sample_software(unsigned salt)
{
	struct software software = {
		.family = (enum software_family)(salt % SOFTWARE_FAMILY_COUNT),
		.confidence = (enum confidence)(salt % 3),
		.support = (enum support_state)(salt % (SUPPORT_DISTRIBUTION + 1)),
		.is_version_certain = salt % 2 == 0,
	};

	fill(software.product, sizeof(software.product), salt, 0);
	fill(software.version, sizeof(software.version), salt, 1);
	fill(software.vendor, sizeof(software.vendor), salt, 2);
	fill(software.fingerprint, sizeof(software.fingerprint), salt, 3);
	fill(software.distribution, sizeof(software.distribution), salt, 4);
	fill(software.front, sizeof(software.front), salt, 5);
	fill(software.library, sizeof(software.library), salt, 6);
	fill(software.cpe, sizeof(software.cpe), salt, 7);
	fill(software.support_ends, sizeof(software.support_ends), salt, 8);
	fill(software.support_source, sizeof(software.support_source), salt, 9);
	return software;
}

static struct tls_facts sample_tls_facts(unsigned salt)
{
	struct tls_facts facts = {
		.is_seen = salt % 2 == 0,
		.depth = (enum probe_depth)(salt % (PROBE_DEPTH_FULL + 1)),
		.traits_accepted = UINT32_MAX - salt,
		.traits_refused = 0x80000000u + salt,
		.best_suite = (uint16_t)(0xffff - salt),
		.weakest_suite = (uint16_t)(1 + salt),
		.suite_tls13 = (uint16_t)(0x1301 + salt),
		.groups_accepted = 0x80000001u + salt,
		.groups_refused = UINT32_MAX - 2 * salt,
		.preferred_group = (uint16_t)(0x11ec + salt),
		.post_quantum = (enum answer)(salt % 3),
		.dh_bits = (uint16_t)(1024 + salt),
		.rsa_export_bits = (uint16_t)(512 + salt),
		.ocsp_staple = (enum answer)((salt + 1) % 3),
		.injection = (enum answer)((salt + 2) % 3),
		.alpn_name = "imap",
		.chain_count = (uint8_t)(salt % (TLS_FACTS_CHAINS_MAX + 1)),
		.ja3s = "0123456789abcdef0123456789abcdef",
		.connections = (uint16_t)(UINT16_MAX - salt),
	};

	for (unsigned i = 0; i < TLS_INDEX_COUNT; i++)
		facts.versions[i] = (enum answer)((salt + i) % 3);
	memset(facts.dh_prime_sha256, (int)(salt % 7), sizeof(facts.dh_prime_sha256));
	for (unsigned i = 0; i < facts.chain_count; i++) {
		memset(facts.chains[i], (int)(salt + i + 1), sizeof(facts.chains[i]));
		memset(facts.leaves[i], (int)(255 - i - salt), sizeof(facts.leaves[i]));
	}
	return facts;
}

struct service_record sample_service(const char *address, uint16_t port, unsigned salt)
{
	struct service_record service = {
		.endpoint = {sample_address(address), port},
		.decided_at = {1795466160456 + salt},
		.protocol = (enum wire_protocol)(salt % (WIRE_OTHER_BINARY + 1)),
		.verdict = (enum verdict)(salt % VERDICT_COUNT),
		.confidence = (enum confidence)(salt % 3),
		.cleartext_login = (enum cleartext_login)(salt % (CLEARTEXT_LOGIN_CONFIRMED + 1)),
		.ending = (enum ending)(salt % (ENDING_LOCAL_FAILURE + 1)),
		.starttls_advertised = (enum presence)(salt % 3),
		.upgrade = (enum upgrade)(salt % (UPGRADE_AGREED + 1)),
		.observation_flags = UINT32_MAX - salt,
		.plaintext_on_tls_port = salt % 2 == 0,
		.tls_proven = salt % 2 == 1,
		.tls = {.outcome = (enum tls_outcome)(salt % (TLS_CLIENT_FAILED + 1)),
	                .hello = salt % 8 == 7 ? TLS_HELLO_SESSION : (enum tls_hello)(salt % 8),
	                .version = (uint16_t)(0x0300 + salt),
	                .cipher_suite = (uint16_t)(0xffff - salt),
	                .group = (uint16_t)(0xfffe - salt),
	                .dh_bits = (uint16_t)(65000 + salt),
	                .rsa_export_bits = (uint16_t)(512 + salt),
	                .alert_level = (uint8_t)(255 - salt % 2),
	                .alert_description = (uint8_t)(255 - salt),
	                .flags = 0x80000000u + salt,
	                .certificate_count = (uint8_t)(salt % 3 == 0 ? 0 : 255 - salt)},
		.attempts = UINT32_MAX - salt,
		.reason = bytes(salt, 1),
		.greeting = bytes(salt, 2),
		.capabilities_before = bytes(salt, 3),
		.capabilities_after = salt % 2 == 0 ? span_make(NULL, 0) : bytes(salt, 4),
		.upgrade_reply = bytes(salt, 5),
	};

	memcpy(service.tls.alpn, "sixteen-letters'", sizeof(service.tls.alpn) - salt % 4);
	if (service.tls.certificate_count > 0)
		memset(service.tls.leaf_sha256, (int)(200 + salt % 50), sizeof(service.tls.leaf_sha256));
	if (service.tls.certificate_count > 0)
		memset(service.tls.chain_sha256, (int)(100 + salt % 50), sizeof(service.tls.chain_sha256));
	/* Some were never looked at that deep. */
	if (salt % 5 != 4) {
		service.tls_facts = sample_tls_facts(salt);
		service.software = sample_software(salt % 7);
	}
	return service;
}

struct conversation_record sample_conversation(const char *address, uint16_t port, unsigned attempt, unsigned salt)
{
	return (struct conversation_record){
		.endpoint = {sample_address(address), port},
		.attempt = attempt,
		.started_at = {-1 + (int64_t)salt},
		.duration_ms = UINT32_MAX - salt,
		.ending = (enum ending)(1 + salt % ENDING_LOCAL_FAILURE),
		.transcript = bytes(salt, 0),
	};
}

struct certificate_record sample_certificate(unsigned salt)
{
	struct certificate_record certificate = {
		.der = bytes(salt, 0),
		.not_before = {-62135596800000 + (int64_t)salt},
		.not_after = {253402300799000},
		.subject = text(salt, 0),
		.issuer = text(salt, 1),
		.common_name = text(salt, 2),
		.names = text(salt, 3),
		.serial = text(salt, 4),
		.key_type = text(salt, 5),
		.signature_algorithm = text(salt, 6),
		.key_bits = UINT32_MAX - salt,
		.is_readable = salt % 2 == 0,
		.is_self_signed = salt % 2 == 1,
		.curve = text(salt, 7),
		.signature_hash = text(salt, 8),
		.validation_level = text(salt, 9),
		.has_dns_names = salt % 2 == 1,
		.is_authority = salt % 2 == 0,
		.is_known_weak_key = (enum answer)(salt % 3),
	};

	memset(certificate.sha256, (int)salt, sizeof(certificate.sha256));
	memset(certificate.spki_sha256, (int)(2 * salt), sizeof(certificate.spki_sha256));
	return certificate;
}

struct chain_record sample_chain(unsigned salt)
{
	struct chain_record chain = {
		.count = (uint8_t)(salt == 0 ? CHAIN_CERTIFICATES_MAX : salt % CHAIN_CERTIFICATES_MAX),
		.is_cut = salt % 2 == 0,
		.is_ordered = (enum answer)(salt % 3),
		.has_root = (enum answer)((salt + 1) % 3),
		.system = (enum chain_trust)(salt % (TRUST_NONE + 1)),
		.mozilla = (enum chain_trust)((salt + 1) % (TRUST_NONE + 1)),
		.missing_issuer = text(salt, 1),
		.weakest_signature_hash = text(salt, 2),
		.smallest_rsa_bits = UINT32_MAX - salt,
		.not_after = {253402300799000 - (int64_t)salt},
		.judged_at = {1795466160123 + (int64_t)salt},
	};

	memset(chain.sha256, (int)salt, sizeof(chain.sha256));
	for (unsigned i = 0; i < chain.count; i++)
		memset(chain.fingerprints[i], (int)(salt + i), sizeof(chain.fingerprints[i]));
	return chain;
}

struct finding_record sample_finding(const char *address, uint16_t port, const char *id, unsigned salt)
{
	return (struct finding_record){
		.endpoint = {sample_address(address), port},
		.id = id,
		.severity = (enum severity)(salt % SEVERITY_COUNT),
		.confidence = (enum confidence)(salt % 3),
		.evidence = bytes(salt, 6),
	};
}

static void assert_same_bytes(struct span a, struct span b)
{
	assert_int_equal(a.size, b.size);
	assert_true(span_equals(a, b));
}

static void assert_same_endpoint(struct endpoint a, struct endpoint b)
{
	assert_int_equal(ip_address_compare(a.address, b.address), 0);
	assert_int_equal(a.port, b.port);
}

void assert_same_census(const struct census_record *a, const struct census_record *b)
{
	assert_true(a->id == b->id && a->started_at.unix_ms == b->started_at.unix_ms && a->ended_at.unix_ms == b->ended_at.unix_ms);
	assert_string_equal(a->tool_version, b->tool_version);
	assert_string_equal(a->scope_text, b->scope_text);
	assert_string_equal(a->options_text, b->options_text);
	assert_true(a->scope_fingerprint == b->scope_fingerprint && a->seed == b->seed && a->shard == b->shard &&
	            a->shard_count == b->shard_count);
	assert_true(a->host_count == b->host_count && a->syn_key[0] == b->syn_key[0] && a->syn_key[1] == b->syn_key[1]);
	assert_int_equal(a->merged_parts, b->merged_parts);
}

static void assert_same_tls_facts(const struct tls_facts *a, const struct tls_facts *b)
{
	for (unsigned i = 0; i < TLS_INDEX_COUNT; i++)
		assert_int_equal(a->versions[i], b->versions[i]);
	assert_true(a->is_seen == b->is_seen && a->depth == b->depth && a->connections == b->connections);
	assert_true(a->traits_accepted == b->traits_accepted && a->traits_refused == b->traits_refused);
	assert_true(a->best_suite == b->best_suite && a->weakest_suite == b->weakest_suite && a->suite_tls13 == b->suite_tls13);
	assert_true(a->groups_accepted == b->groups_accepted && a->groups_refused == b->groups_refused);
	assert_true(a->preferred_group == b->preferred_group && a->post_quantum == b->post_quantum);
	assert_true(a->dh_bits == b->dh_bits && a->rsa_export_bits == b->rsa_export_bits);
	assert_true(a->ocsp_staple == b->ocsp_staple && a->injection == b->injection);
	assert_string_equal(a->alpn_name, b->alpn_name);
	assert_string_equal(a->ja3s, b->ja3s);
	assert_string_equal(a->jarm, b->jarm);
	assert_memory_equal(a->dh_prime_sha256, b->dh_prime_sha256, sizeof(a->dh_prime_sha256));
	assert_int_equal(a->chain_count, b->chain_count);
	assert_memory_equal(a->chains, b->chains, sizeof(a->chains));
	assert_memory_equal(a->leaves, b->leaves, sizeof(a->leaves));
}

static void assert_same_software(const struct software *a, const struct software *b)
{
	assert_string_equal(a->product, b->product);
	assert_string_equal(a->version, b->version);
	assert_string_equal(a->vendor, b->vendor);
	assert_string_equal(a->fingerprint, b->fingerprint);
	assert_string_equal(a->distribution, b->distribution);
	assert_string_equal(a->front, b->front);
	assert_string_equal(a->library, b->library);
	assert_string_equal(a->cpe, b->cpe);
	assert_string_equal(a->support_ends, b->support_ends);
	assert_string_equal(a->support_source, b->support_source);
	assert_true(a->family == b->family && a->confidence == b->confidence && a->support == b->support &&
	            a->is_version_certain == b->is_version_certain);
}

void assert_same_service(const struct service_record *a, const struct service_record *b)
{
	assert_same_endpoint(a->endpoint, b->endpoint);
	assert_true(a->decided_at.unix_ms == b->decided_at.unix_ms);
	assert_int_equal(a->protocol, b->protocol);
	assert_int_equal(a->verdict, b->verdict);
	assert_int_equal(a->confidence, b->confidence);
	assert_int_equal(a->cleartext_login, b->cleartext_login);
	assert_int_equal(a->ending, b->ending);
	assert_int_equal(a->starttls_advertised, b->starttls_advertised);
	assert_int_equal(a->upgrade, b->upgrade);
	assert_int_equal(a->observation_flags, b->observation_flags);
	assert_int_equal(a->plaintext_on_tls_port, b->plaintext_on_tls_port);
	assert_int_equal(a->tls_proven, b->tls_proven);
	assert_int_equal(a->attempts, b->attempts);
	assert_int_equal(a->tls.outcome, b->tls.outcome);
	assert_int_equal(a->tls.hello, b->tls.hello);
	assert_int_equal(a->tls.version, b->tls.version);
	assert_int_equal(a->tls.cipher_suite, b->tls.cipher_suite);
	assert_int_equal(a->tls.group, b->tls.group);
	assert_int_equal(a->tls.dh_bits, b->tls.dh_bits);
	assert_int_equal(a->tls.rsa_export_bits, b->tls.rsa_export_bits);
	assert_int_equal(a->tls.alert_level, b->tls.alert_level);
	assert_int_equal(a->tls.alert_description, b->tls.alert_description);
	assert_int_equal(a->tls.flags, b->tls.flags);
	assert_memory_equal(a->tls.alpn, b->tls.alpn, sizeof(a->tls.alpn));
	assert_int_equal(a->tls.certificate_count, b->tls.certificate_count);
	assert_memory_equal(a->tls.leaf_sha256, b->tls.leaf_sha256, sizeof(a->tls.leaf_sha256));
	assert_memory_equal(a->tls.chain_sha256, b->tls.chain_sha256, sizeof(a->tls.chain_sha256));
	assert_same_tls_facts(&a->tls_facts, &b->tls_facts);
	assert_same_software(&a->software, &b->software);
	assert_same_bytes(a->reason, b->reason);
	assert_same_bytes(a->greeting, b->greeting);
	assert_same_bytes(a->capabilities_before, b->capabilities_before);
	assert_same_bytes(a->capabilities_after, b->capabilities_after);
	assert_same_bytes(a->upgrade_reply, b->upgrade_reply);
}

void assert_same_conversation(const struct conversation_record *a, const struct conversation_record *b)
{
	assert_same_endpoint(a->endpoint, b->endpoint);
	assert_int_equal(a->attempt, b->attempt);
	assert_true(a->started_at.unix_ms == b->started_at.unix_ms);
	assert_int_equal(a->duration_ms, b->duration_ms);
	assert_int_equal(a->ending, b->ending);
	assert_same_bytes(a->transcript, b->transcript);
}

void assert_same_certificate(const struct certificate_record *a, const struct certificate_record *b)
{
	assert_memory_equal(a->sha256, b->sha256, sizeof(a->sha256));
	assert_same_bytes(a->der, b->der);
	assert_true(a->not_before.unix_ms == b->not_before.unix_ms && a->not_after.unix_ms == b->not_after.unix_ms);
	assert_string_equal(a->subject, b->subject);
	assert_string_equal(a->issuer, b->issuer);
	assert_string_equal(a->common_name, b->common_name);
	assert_string_equal(a->names, b->names);
	assert_string_equal(a->serial, b->serial);
	assert_string_equal(a->key_type, b->key_type);
	assert_string_equal(a->signature_algorithm, b->signature_algorithm);
	assert_int_equal(a->key_bits, b->key_bits);
	assert_int_equal(a->is_readable, b->is_readable);
	assert_int_equal(a->is_self_signed, b->is_self_signed);
	assert_string_equal(a->curve, b->curve);
	assert_string_equal(a->signature_hash, b->signature_hash);
	assert_string_equal(a->validation_level, b->validation_level);
	assert_int_equal(a->has_dns_names, b->has_dns_names);
	assert_int_equal(a->is_authority, b->is_authority);
	assert_int_equal(a->is_known_weak_key, b->is_known_weak_key);
	assert_memory_equal(a->spki_sha256, b->spki_sha256, sizeof(a->spki_sha256));
}

void assert_same_chain(const struct chain_record *a, const struct chain_record *b)
{
	assert_memory_equal(a->sha256, b->sha256, sizeof(a->sha256));
	assert_int_equal(a->count, b->count);
	assert_memory_equal(a->fingerprints, b->fingerprints, sizeof(a->fingerprints));
	assert_true(a->is_cut == b->is_cut && a->is_ordered == b->is_ordered && a->has_root == b->has_root);
	assert_true(a->system == b->system && a->mozilla == b->mozilla && a->smallest_rsa_bits == b->smallest_rsa_bits);
	assert_string_equal(a->missing_issuer, b->missing_issuer);
	assert_string_equal(a->weakest_signature_hash, b->weakest_signature_hash);
	assert_true(a->not_after.unix_ms == b->not_after.unix_ms && a->judged_at.unix_ms == b->judged_at.unix_ms);
}

void assert_same_finding(const struct finding_record *a, const struct finding_record *b)
{
	assert_same_endpoint(a->endpoint, b->endpoint);
	assert_string_equal(a->id, b->id);
	assert_int_equal(a->severity, b->severity);
	assert_int_equal(a->confidence, b->confidence);
	assert_same_bytes(a->evidence, b->evidence);
}
