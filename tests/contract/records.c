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
	};
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
	};

	memset(certificate.sha256, (int)salt, sizeof(certificate.sha256));
	return certificate;
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
	assert_true(a->host_count == b->host_count);
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
}
