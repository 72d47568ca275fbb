/* SPDX-License-Identifier: ISC */
/* One service as one line of JSON; the fields are in the order of docs/export-format.md. */
#include "report/jsonl.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "model/suite_trait.h"
#include "model/tls_group.h"
#include "report/attribution_json.h"
#include "report/contact_json.h"
#include "report/facts_json.h"
#include "report/json_write.h"
#include "report/tls_names.h"

static void append_time_or_null(struct buffer *out, const char *key, struct timestamp time)
{
	if (time.unix_ms == 0)
		json_word_or_null(out, key, NULL);
	else
		json_time(out, key, time);
}

static void append_certificate_facts(struct buffer *out, const struct certificate_record *certificate)
{
	json_word_or_null(out, "subject", certificate->subject);
	json_word_or_null(out, "issuer", certificate->issuer);
	json_word_or_null(out, "common_name", certificate->common_name);
	json_list(out, "names", span_from_text(certificate->names != NULL ? certificate->names : ""), " ");
	json_time(out, "not_before", certificate->not_before);
	json_time(out, "not_after", certificate->not_after);
	json_word_or_null(out, "serial", certificate->serial);
	json_word_or_null(out, "key_type", certificate->key_type);
	json_number_or_null(out, "key_bits", certificate->key_bits);
	json_word_or_null(out, "signature_algorithm", certificate->signature_algorithm);
	json_bool(out, "self_signed", certificate->is_self_signed);
	/* Without a digest of the key nobody has read the rest: what is false then is not known. */
	if (fingerprint_is_none(certificate->spki_sha256))
		return;
	json_word_or_null(out, "curve", certificate->curve);
	json_word_or_null(out, "signature_hash", certificate->signature_hash);
	json_word_or_null(out, "validation_level", certificate->validation_level);
	json_bool(out, "has_dns_names", certificate->has_dns_names);
	json_bool(out, "authority", certificate->is_authority);
	json_word(out, "known_weak_key", answer_name(certificate->is_known_weak_key));
	json_hex(out, "spki_sha256", span_make(certificate->spki_sha256, sizeof(certificate->spki_sha256)));
}

static void append_certificate(struct buffer *out, const struct tls_observation *tls, const struct certificate_record *certificate)
{
	json_key(out, "certificate");
	if (tls->certificate_count == 0) {
		buffer_append_text(out, "null");
		return;
	}
	buffer_append_byte(out, '{');
	json_hex(out, "sha256", span_make(tls->leaf_sha256, sizeof(tls->leaf_sha256)));
	json_bool(out, "readable", certificate != NULL && certificate->is_readable);
	if (certificate != NULL && certificate->is_readable)
		append_certificate_facts(out, certificate);
	buffer_append_byte(out, '}');
}

static void append_alert(struct buffer *out, const struct tls_observation *tls)
{
	json_key(out, "alert");
	if (tls->alert_level == 0) {
		buffer_append_text(out, "null");
		return;
	}
	buffer_append_byte(out, '{');
	json_word(out, "level", tls->alert_level == 1 ? "warning" : tls->alert_level == 2 ? "fatal" : "other");
	json_number(out, "number", tls->alert_description);
	json_word_or_null(out, "name", tls_alert_name(tls->alert_description));
	buffer_append_byte(out, '}');
}

static void append_tls(struct buffer *out, const struct tls_observation *tls, bool is_proven, const struct certificate_record *certificate)
{
	json_key(out, "tls");
	buffer_append_byte(out, '{');
	json_bool(out, "proven", is_proven);
	json_word(out, "outcome", tls_outcome_name(tls->outcome));
	json_word(out, "hello", tls_hello_name(tls->hello));
	json_word_or_null(out, "version", tls_version_name(tls->version));
	json_registered(out, "suite", tls->cipher_suite, suite_name(tls->cipher_suite));
	json_registered(out, "group", tls->group, tls_group_name(tls->group));
	json_number_or_null(out, "dh_bits", tls->dh_bits);
	json_number_or_null(out, "rsa_export_bits", tls->rsa_export_bits);
	append_alert(out, tls);
	json_flags(out, "flags", tls->flags, tls_flag_name);
	json_key(out, "alpn");
	if (tls->alpn[0] == '\0')
		buffer_append_text(out, "null");
	else
		text_append_json(span_make(tls->alpn, strnlen(tls->alpn, sizeof(tls->alpn))), out);
	json_number(out, "certificate_count", tls->certificate_count);
	append_certificate(out, tls, certificate);
	buffer_append_byte(out, '}');
}

static void append_judged_chain(struct buffer *out, const struct chain_record *chain)
{
	json_bool(out, "cut", chain->is_cut);
	json_key(out, "certificates");
	buffer_append_byte(out, '[');
	for (unsigned i = 0; i < chain->count && i < CHAIN_CERTIFICATES_MAX; i++) {
		buffer_append_text(out, i > 0 ? ",\"" : "\"");
		text_append_hex(span_make(chain->fingerprints[i], CERTIFICATE_FINGERPRINT_SIZE), out);
		buffer_append_byte(out, '"');
	}
	buffer_append_byte(out, ']');
	json_word(out, "ordered", answer_name(chain->is_ordered));
	json_word(out, "root_sent", answer_name(chain->has_root));
	json_key(out, "trust");
	buffer_append_byte(out, '{');
	json_word(out, "system", chain_trust_name(chain->system));
	json_word(out, "mozilla", chain_trust_name(chain->mozilla));
	buffer_append_byte(out, '}');
	json_word_or_null(out, "missing_issuer", chain->missing_issuer);
	json_word_or_null(out, "weakest_signature_hash", chain->weakest_signature_hash);
	json_number_or_null(out, "smallest_rsa_bits", chain->smallest_rsa_bits);
	append_time_or_null(out, "not_after", chain->not_after);
	append_time_or_null(out, "judged_at", chain->judged_at);
}

static void append_chain(struct buffer *out, const struct tls_observation *tls, const struct chain_record *chain)
{
	json_key(out, "chain");
	if (fingerprint_is_none(tls->chain_sha256)) {
		buffer_append_text(out, "null");
		return;
	}
	buffer_append_byte(out, '{');
	json_hex(out, "sha256", span_make(tls->chain_sha256, sizeof(tls->chain_sha256)));
	json_bool(out, "judged", chain != NULL);
	if (chain != NULL)
		append_judged_chain(out, chain);
	buffer_append_byte(out, '}');
}

static void append_findings(struct buffer *out, const struct finding_record *findings, size_t count)
{
	json_key(out, "findings");
	buffer_append_byte(out, '[');
	for (size_t i = 0; i < count; i++) {
		buffer_append_text(out, i > 0 ? ",{" : "{");
		json_word(out, "id", findings[i].id);
		json_word(out, "severity", severity_name(findings[i].severity));
		json_word(out, "confidence", confidence_name(findings[i].confidence));
		json_span(out, "evidence", findings[i].evidence);
		buffer_append_byte(out, '}');
	}
	buffer_append_byte(out, ']');
}

static void append_starttls(struct buffer *out, const struct service_record *service)
{
	json_key(out, "starttls");
	buffer_append_byte(out, '{');
	json_word(out, "advertised", presence_name(service->starttls_advertised));
	json_word(out, "upgrade", upgrade_name(service->upgrade));
	json_span(out, "reply", service->upgrade_reply);
	buffer_append_byte(out, '}');
}

static void append_hostname(struct buffer *out, const struct hostname_record *hostname)
{
	bool is_found = hostname != NULL && hostname->outcome == HOSTNAME_FOUND;

	json_word_or_null(out, "hostname", is_found ? hostname->name : NULL);
	json_word_or_null(out, "hostname_source", is_found ? hostname_source_name(hostname->source) : NULL);
	if (is_found && hostname->is_confirmed != ANSWER_UNKNOWN)
		json_bool(out, "hostname_confirmed", hostname->is_confirmed == ANSWER_YES);
	else
		json_null(out, "hostname_confirmed");
	json_key(out, "hostname_lookup");
	if (hostname == NULL) {
		buffer_append_text(out, "null");
		return;
	}
	buffer_append_byte(out, '{');
	json_word(out, "outcome", hostname_outcome_name(hostname->outcome));
	json_number(out, "names", hostname->names);
	json_number(out, "unusable", hostname->unusable);
	json_time(out, "at", hostname->looked_up_at);
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
	json_word(out, "schema", JSONL_SERVICE_SCHEMA);
	json_number(out, "census", (uint64_t)line->census);
	json_word(out, "address", address);
	json_number(out, "port", service->endpoint.port);
	json_word(out, "protocol", wire_protocol_name(service->protocol));
	json_word(out, "verdict", verdict_name(service->verdict));
	json_word(out, "confidence", confidence_name(service->confidence));
	json_span(out, "reason", service->reason);
	json_word(out, "cleartext_login", cleartext_login_name(service->cleartext_login));
	append_starttls(out, service);
	append_tls(out, &service->tls, service->tls_proven, line->certificate);
	append_chain(out, &service->tls, line->chain);
	json_tls_facts(out, "tls_facts", &service->tls_facts);
	json_bool(out, "plaintext_on_tls_port", service->plaintext_on_tls_port);
	json_software(out, "software", &service->software);
	append_findings(out, line->findings, line->finding_count);
	json_span(out, "greeting", service->greeting);
	json_list(out, "capabilities_before", service->capabilities_before, separator);
	json_list(out, "capabilities_after", service->capabilities_after, separator);
	json_flags(out, "flags", service->observation_flags, observation_flag_name);
	json_number(out, "attempts", service->attempts);
	json_word(out, "ending", ending_name(service->ending));
	json_time(out, "decided_at", service->decided_at);
	json_key(out, "host");
	buffer_append_byte(out, '{');
	json_word(out, "verdict", host_verdict_name(line->host_verdict));
	json_bool(out, "strict", line->host_is_strict);
	append_findings(out, line->host_findings, line->host_finding_count);
	buffer_append_byte(out, '}');
	append_hostname(out, line->hostname);
	json_attribution(out, line->attribution, service->endpoint.address);
	json_contact(out, line->contact);
	buffer_append_text(out, "}\n");
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
