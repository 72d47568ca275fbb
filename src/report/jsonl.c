/* SPDX-License-Identifier: ISC */
/* One service as one line of JSON; the fields are in the order of docs/export-format.md. */
#include "report/jsonl.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "model/suite_trait.h"
#include "model/tls_group.h"
#include "report/json_write.h"
#include "report/tls_names.h"

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

static void append_starttls(struct buffer *out, const struct service_record *service)
{
	json_key(out, "starttls");
	buffer_append_byte(out, '{');
	json_word(out, "advertised", presence_name(service->starttls_advertised));
	json_word(out, "upgrade", upgrade_name(service->upgrade));
	json_span(out, "reply", service->upgrade_reply);
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
	json_bool(out, "plaintext_on_tls_port", service->plaintext_on_tls_port);
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
