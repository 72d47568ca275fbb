/* SPDX-License-Identifier: ISC */
/* One service as one line of JSON; the fields are in the order of docs/export-format.md. */
#include "report/jsonl.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "model/suite_trait.h"
#include "model/tls_group.h"
#include "report/tls_names.h"

static void append_key(struct buffer *out, const char *key)
{
	unsigned char last = out->size > 0 ? out->data[out->size - 1] : 0;

	if (last != '{' && last != '[' && last != '\n' && last != 0)
		buffer_append_byte(out, ',');
	text_append_json(span_from_text(key), out);
	buffer_append_byte(out, ':');
}

static void append_span(struct buffer *out, const char *key, struct span bytes)
{
	append_key(out, key);
	text_append_json(bytes, out);
}

static void append_word(struct buffer *out, const char *key, const char *word)
{
	append_span(out, key, span_from_text(word));
}

/* null for what is not there: no name, no text. */
static void append_word_or_null(struct buffer *out, const char *key, const char *word)
{
	append_key(out, key);
	if (word == NULL || word[0] == '\0')
		buffer_append_text(out, "null");
	else
		text_append_json(span_from_text(word), out);
}

static void append_number(struct buffer *out, const char *key, uint64_t number)
{
	append_key(out, key);
	buffer_append_format(out, "%" PRIu64, number);
}

/* 0 means that it was not seen. */
static void append_number_or_null(struct buffer *out, const char *key, uint64_t number)
{
	if (number != 0)
		append_number(out, key, number);
	else
		append_word_or_null(out, key, NULL);
}

static void append_bool(struct buffer *out, const char *key, bool value)
{
	append_key(out, key);
	buffer_append_text(out, value ? "true" : "false");
}

static void append_time(struct buffer *out, const char *key, struct timestamp time)
{
	char text[TIMESTAMP_TEXT_SIZE];

	timestamp_format(time, text);
	append_word(out, key, text);
}

static void append_hex(struct buffer *out, const char *key, struct span bytes)
{
	append_key(out, key);
	buffer_append_byte(out, '"');
	text_append_hex(bytes, out);
	buffer_append_byte(out, '"');
}

static void append_item(struct buffer *out, struct span item)
{
	if (out->size > 0 && out->data[out->size - 1] != '[')
		buffer_append_byte(out, ',');
	text_append_json(item, out);
}

/* Where the separator begins, or the size. */
static size_t find_separator(struct span list, const char *separator)
{
	for (size_t at = 0; at < list.size; at++) {
		if (span_starts_with_text(span_part(list, at, list.size), separator))
			return at;
	}
	return list.size;
}

static void append_list(struct buffer *out, const char *key, struct span list, const char *separator)
{
	append_key(out, key);
	buffer_append_byte(out, '[');
	while (list.size > 0) {
		size_t end = find_separator(list, separator);

		if (end > 0)
			append_item(out, span_part(list, 0, end));
		list = span_part(list, end + strlen(separator), list.size);
	}
	buffer_append_byte(out, ']');
}

static void append_flags(struct buffer *out, const char *key, uint32_t flags, const char *(*name)(uint32_t bit))
{
	append_key(out, key);
	buffer_append_byte(out, '[');
	for (unsigned i = 0; i < 32; i++) {
		uint32_t bit = (uint32_t)1 << i;

		if ((flags & bit) != 0 && name(bit) != NULL)
			append_item(out, span_from_text(name(bit)));
	}
	buffer_append_byte(out, ']');
}

/* A registered number as {"number":"c02f","name":"..."}; null for 0. */
static void append_registered(struct buffer *out, const char *key, uint16_t number, const char *name)
{
	append_key(out, key);
	if (number == 0) {
		buffer_append_text(out, "null");
		return;
	}
	buffer_append_format(out, "{\"number\":\"%04x\"", number);
	append_word_or_null(out, "name", name);
	buffer_append_byte(out, '}');
}

/* Names of the groups of a set. */
static void append_groups(struct buffer *out, const char *key, uint32_t groups)
{
	append_key(out, key);
	buffer_append_byte(out, '[');
	for (unsigned i = 0; i < TLS_GROUP_BITS_MAX; i++) {
		if ((groups & (uint32_t)1 << i) != 0 && tls_group_name(tls_group_at(i)) != NULL)
			append_item(out, span_from_text(tls_group_name(tls_group_at(i))));
	}
	buffer_append_byte(out, ']');
}

static bool is_zero(const uint8_t fingerprint[CERTIFICATE_FINGERPRINT_SIZE])
{
	static const uint8_t none[CERTIFICATE_FINGERPRINT_SIZE] = {0};

	return memcmp(fingerprint, none, sizeof(none)) == 0;
}

static void append_hex_or_null(struct buffer *out, const char *key, const uint8_t fingerprint[CERTIFICATE_FINGERPRINT_SIZE])
{
	if (is_zero(fingerprint))
		append_word_or_null(out, key, NULL);
	else
		append_hex(out, key, span_make(fingerprint, CERTIFICATE_FINGERPRINT_SIZE));
}

static void append_time_or_null(struct buffer *out, const char *key, struct timestamp time)
{
	if (time.unix_ms == 0)
		append_word_or_null(out, key, NULL);
	else
		append_time(out, key, time);
}

static void append_certificate_facts(struct buffer *out, const struct certificate_record *certificate)
{
	append_word_or_null(out, "subject", certificate->subject);
	append_word_or_null(out, "issuer", certificate->issuer);
	append_word_or_null(out, "common_name", certificate->common_name);
	append_list(out, "names", span_from_text(certificate->names != NULL ? certificate->names : ""), " ");
	append_time(out, "not_before", certificate->not_before);
	append_time(out, "not_after", certificate->not_after);
	append_word_or_null(out, "serial", certificate->serial);
	append_word_or_null(out, "key_type", certificate->key_type);
	append_number_or_null(out, "key_bits", certificate->key_bits);
	append_word_or_null(out, "signature_algorithm", certificate->signature_algorithm);
	append_bool(out, "self_signed", certificate->is_self_signed);
	/* Without a digest of the key nobody has read the rest: what is false then is not known. */
	if (is_zero(certificate->spki_sha256))
		return;
	append_word_or_null(out, "curve", certificate->curve);
	append_word_or_null(out, "signature_hash", certificate->signature_hash);
	append_word_or_null(out, "validation_level", certificate->validation_level);
	append_bool(out, "has_dns_names", certificate->has_dns_names);
	append_bool(out, "authority", certificate->is_authority);
	append_word(out, "known_weak_key", answer_name(certificate->is_known_weak_key));
	append_hex(out, "spki_sha256", span_make(certificate->spki_sha256, sizeof(certificate->spki_sha256)));
}

static void append_certificate(struct buffer *out, const struct tls_observation *tls, const struct certificate_record *certificate)
{
	append_key(out, "certificate");
	if (tls->certificate_count == 0) {
		buffer_append_text(out, "null");
		return;
	}
	buffer_append_byte(out, '{');
	append_hex(out, "sha256", span_make(tls->leaf_sha256, sizeof(tls->leaf_sha256)));
	append_bool(out, "readable", certificate != NULL && certificate->is_readable);
	if (certificate != NULL && certificate->is_readable)
		append_certificate_facts(out, certificate);
	buffer_append_byte(out, '}');
}

static void append_alert(struct buffer *out, const struct tls_observation *tls)
{
	append_key(out, "alert");
	if (tls->alert_level == 0) {
		buffer_append_text(out, "null");
		return;
	}
	buffer_append_byte(out, '{');
	append_word(out, "level", tls->alert_level == 1 ? "warning" : tls->alert_level == 2 ? "fatal" : "other");
	append_number(out, "number", tls->alert_description);
	append_word_or_null(out, "name", tls_alert_name(tls->alert_description));
	buffer_append_byte(out, '}');
}

static void append_tls(struct buffer *out, const struct tls_observation *tls, bool is_proven, const struct certificate_record *certificate)
{
	append_key(out, "tls");
	buffer_append_byte(out, '{');
	append_bool(out, "proven", is_proven);
	append_word(out, "outcome", tls_outcome_name(tls->outcome));
	append_word(out, "hello", tls_hello_name(tls->hello));
	append_word_or_null(out, "version", tls_version_name(tls->version));
	append_registered(out, "suite", tls->cipher_suite, suite_name(tls->cipher_suite));
	append_registered(out, "group", tls->group, tls_group_name(tls->group));
	append_number_or_null(out, "dh_bits", tls->dh_bits);
	append_number_or_null(out, "rsa_export_bits", tls->rsa_export_bits);
	append_alert(out, tls);
	append_flags(out, "flags", tls->flags, tls_flag_name);
	append_key(out, "alpn");
	if (tls->alpn[0] == '\0')
		buffer_append_text(out, "null");
	else
		text_append_json(span_make(tls->alpn, strnlen(tls->alpn, sizeof(tls->alpn))), out);
	append_number(out, "certificate_count", tls->certificate_count);
	append_certificate(out, tls, certificate);
	buffer_append_byte(out, '}');
}

static void append_versions(struct buffer *out, const struct tls_facts *facts)
{
	append_key(out, "versions");
	buffer_append_byte(out, '{');
	for (unsigned i = 0; i < TLS_INDEX_COUNT; i++)
		append_word(out, tls_version_name(tls_index_version((enum tls_version_index)i)), answer_name(facts->versions[i]));
	buffer_append_byte(out, '}');
}

static void append_answers(struct buffer *out, const struct tls_facts *facts)
{
	append_word(out, "secure_renegotiation", answer_name(facts->secure_renegotiation));
	append_word(out, "extended_master_secret", answer_name(facts->extended_master_secret));
	append_word(out, "encrypt_then_mac", answer_name(facts->encrypt_then_mac));
	append_word(out, "tickets", answer_name(facts->tickets));
	append_word(out, "compression", answer_name(facts->compression));
	append_word(out, "heartbeat", answer_name(facts->heartbeat));
	append_word(out, "ocsp_staple", answer_name(facts->ocsp_staple));
	append_word(out, "client_certificate", answer_name(facts->client_certificate));
	append_word(out, "fallback_signal", answer_name(facts->fallback_signal));
	append_word(out, "alpn", answer_name(facts->alpn));
	append_word_or_null(out, "alpn_name", facts->alpn_name);
	append_word(out, "name_matters", answer_name(facts->name_matters));
	append_word(out, "version_intolerant", answer_name(facts->version_intolerant));
	append_word(out, "extension_intolerant", answer_name(facts->extension_intolerant));
	append_word(out, "injection", answer_name(facts->injection));
}

static void append_chains(struct buffer *out, const struct tls_facts *facts)
{
	append_key(out, "chains");
	buffer_append_byte(out, '[');
	for (unsigned i = 0; i < facts->chain_count && i < TLS_FACTS_CHAINS_MAX; i++) {
		buffer_append_text(out, i > 0 ? ",{" : "{");
		append_hex(out, "sha256", span_make(facts->chains[i], CERTIFICATE_FINGERPRINT_SIZE));
		append_hex(out, "leaf", span_make(facts->leaves[i], CERTIFICATE_FINGERPRINT_SIZE));
		buffer_append_byte(out, '}');
	}
	buffer_append_byte(out, ']');
}

static void append_tls_facts(struct buffer *out, const struct tls_facts *facts)
{
	append_key(out, "tls_facts");
	if (facts->connections == 0) {
		buffer_append_text(out, "null");
		return;
	}
	buffer_append_byte(out, '{');
	append_word(out, "depth", probe_depth_name(facts->depth));
	append_bool(out, "seen", facts->is_seen);
	append_number(out, "connections", facts->connections);
	append_versions(out, facts);
	append_flags(out, "traits_accepted", facts->traits_accepted, suite_trait_name);
	append_flags(out, "traits_refused", facts->traits_refused, suite_trait_name);
	append_registered(out, "best_suite", facts->best_suite, suite_name(facts->best_suite));
	append_registered(out, "weakest_suite", facts->weakest_suite, suite_name(facts->weakest_suite));
	append_registered(out, "tls13_suite", facts->suite_tls13, suite_name(facts->suite_tls13));
	append_groups(out, "groups_accepted", facts->groups_accepted);
	append_groups(out, "groups_refused", facts->groups_refused);
	append_registered(out, "preferred_group", facts->preferred_group, tls_group_name(facts->preferred_group));
	append_word(out, "post_quantum", answer_name(facts->post_quantum));
	append_number_or_null(out, "dh_bits", facts->dh_bits);
	append_hex_or_null(out, "dh_prime_sha256", facts->dh_prime_sha256);
	append_number_or_null(out, "rsa_export_bits", facts->rsa_export_bits);
	append_answers(out, facts);
	append_chains(out, facts);
	append_word_or_null(out, "ja3s", facts->ja3s);
	append_word_or_null(out, "ladder", facts->ladder);
	append_word_or_null(out, "jarm", facts->jarm);
	buffer_append_byte(out, '}');
}

static void append_judged_chain(struct buffer *out, const struct chain_record *chain)
{
	append_bool(out, "cut", chain->is_cut);
	append_key(out, "certificates");
	buffer_append_byte(out, '[');
	for (unsigned i = 0; i < chain->count && i < CHAIN_CERTIFICATES_MAX; i++) {
		buffer_append_text(out, i > 0 ? ",\"" : "\"");
		text_append_hex(span_make(chain->fingerprints[i], CERTIFICATE_FINGERPRINT_SIZE), out);
		buffer_append_byte(out, '"');
	}
	buffer_append_byte(out, ']');
	append_word(out, "ordered", answer_name(chain->is_ordered));
	append_word(out, "root_sent", answer_name(chain->has_root));
	append_key(out, "trust");
	buffer_append_byte(out, '{');
	append_word(out, "system", chain_trust_name(chain->system));
	append_word(out, "mozilla", chain_trust_name(chain->mozilla));
	buffer_append_byte(out, '}');
	append_word_or_null(out, "missing_issuer", chain->missing_issuer);
	append_word_or_null(out, "weakest_signature_hash", chain->weakest_signature_hash);
	append_number_or_null(out, "smallest_rsa_bits", chain->smallest_rsa_bits);
	append_time_or_null(out, "not_after", chain->not_after);
	append_time_or_null(out, "judged_at", chain->judged_at);
}

static void append_chain(struct buffer *out, const struct tls_observation *tls, const struct chain_record *chain)
{
	append_key(out, "chain");
	if (is_zero(tls->chain_sha256)) {
		buffer_append_text(out, "null");
		return;
	}
	buffer_append_byte(out, '{');
	append_hex(out, "sha256", span_make(tls->chain_sha256, sizeof(tls->chain_sha256)));
	append_bool(out, "judged", chain != NULL);
	if (chain != NULL)
		append_judged_chain(out, chain);
	buffer_append_byte(out, '}');
}

static void append_software(struct buffer *out, const struct software *software)
{
	append_key(out, "software");
	if (software->product[0] == '\0') {
		buffer_append_text(out, "null");
		return;
	}
	buffer_append_byte(out, '{');
	append_word(out, "product", software->product);
	append_word_or_null(out, "version", software->version);
	append_bool(out, "version_certain", software->is_version_certain);
	append_word_or_null(out, "vendor", software->vendor);
	append_word_or_null(out, "distribution", software->distribution);
	append_word_or_null(out, "front", software->front);
	append_word_or_null(out, "library", software->library);
	append_word_or_null(out, "cpe", software->cpe);
	append_word(out, "family", software_family_name(software->family));
	append_word(out, "confidence", confidence_name(software->confidence));
	append_word_or_null(out, "fingerprint", software->fingerprint);
	append_key(out, "support");
	buffer_append_byte(out, '{');
	append_word(out, "state", support_state_name(software->support));
	append_word_or_null(out, "ends", software->support_ends);
	append_word_or_null(out, "source", software->support_source);
	buffer_append_text(out, "}}");
}

static void append_findings(struct buffer *out, const struct finding_record *findings, size_t count)
{
	append_key(out, "findings");
	buffer_append_byte(out, '[');
	for (size_t i = 0; i < count; i++) {
		buffer_append_text(out, i > 0 ? ",{" : "{");
		append_word(out, "id", findings[i].id);
		append_word(out, "severity", severity_name(findings[i].severity));
		append_word(out, "confidence", confidence_name(findings[i].confidence));
		append_span(out, "evidence", findings[i].evidence);
		buffer_append_byte(out, '}');
	}
	buffer_append_byte(out, ']');
}

static void append_starttls(struct buffer *out, const struct service_record *service)
{
	append_key(out, "starttls");
	buffer_append_byte(out, '{');
	append_word(out, "advertised", presence_name(service->starttls_advertised));
	append_word(out, "upgrade", upgrade_name(service->upgrade));
	append_span(out, "reply", service->upgrade_reply);
	buffer_append_byte(out, '}');
}

static void append_line(const struct jsonl_service *line, struct buffer *out)
{
	const struct service_record *service = line->service;
	/* As model/observation.h joins them. */
	const char *separator = service->protocol == WIRE_POP3 ? " / " : " ";
	char address[IP_ADDRESS_TEXT_SIZE];

	ip_address_format(service->endpoint.address, address);
	buffer_append_byte(out, '{');
	append_word(out, "schema", JSONL_SERVICE_SCHEMA);
	append_number(out, "census", (uint64_t)line->census);
	append_word(out, "address", address);
	append_number(out, "port", service->endpoint.port);
	append_word(out, "protocol", wire_protocol_name(service->protocol));
	append_word(out, "verdict", verdict_name(service->verdict));
	append_word(out, "confidence", confidence_name(service->confidence));
	append_span(out, "reason", service->reason);
	append_word(out, "cleartext_login", cleartext_login_name(service->cleartext_login));
	append_starttls(out, service);
	append_tls(out, &service->tls, service->tls_proven, line->certificate);
	append_chain(out, &service->tls, line->chain);
	append_tls_facts(out, &service->tls_facts);
	append_bool(out, "plaintext_on_tls_port", service->plaintext_on_tls_port);
	append_software(out, &service->software);
	append_findings(out, line->findings, line->finding_count);
	append_span(out, "greeting", service->greeting);
	append_list(out, "capabilities_before", service->capabilities_before, separator);
	append_list(out, "capabilities_after", service->capabilities_after, separator);
	append_flags(out, "flags", service->observation_flags, observation_flag_name);
	append_number(out, "attempts", service->attempts);
	append_word(out, "ending", ending_name(service->ending));
	append_time(out, "decided_at", service->decided_at);
	append_key(out, "host");
	buffer_append_byte(out, '{');
	append_word(out, "verdict", host_verdict_name(line->host_verdict));
	append_bool(out, "strict", line->host_is_strict);
	append_findings(out, line->host_findings, line->host_finding_count);
	buffer_append_text(out, "}}\n");
}

void jsonl_append_service(const struct jsonl_service *service, struct buffer *out)
{
	size_t size = out->size;
	bool was_overflowed = out->overflowed;

	out->overflowed = false;
	append_line(service, out);
	if (out->overflowed)
		out->size = size;
	else
		out->overflowed = was_overflowed;
}
